//! Schedule files: what one would change, taking it over, and a conference made of one.

use axum::extract::{Query, State};
use axum::response::Response;
use http::{Method, StatusCode};
use identity::{Access, ConferenceId, Contents, Grant, Role, Routes, Scope};
use kernel::{Error, Field};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::Cx;
use web::api::{FileCall, IfMatch, versioned};
use web::failure::Problem;

use super::make::made;
use crate::actions::{self, Begin, Onto, Report, Writer};
use crate::api::ConferenceOut;
use crate::limits;
use crate::model::Lifecycle;
use crate::pages::programme;
use crate::pages::upload::Upload;
use crate::programmes::Programmes;
use crate::schedule::Reading;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .with_body(
            Method::POST,
            "/api/v2/conferences/{conf}/schedule/compare",
            CONTENTS,
            limits::UPLOAD_BYTES_MAX,
            compare,
        )
        .with_body(
            Method::POST,
            "/api/v2/conferences/{conf}/schedule/import",
            CONTENTS,
            limits::UPLOAD_BYTES_MAX,
            import,
        )
        .with_body(
            Method::POST,
            "/api/v2/import",
            Access::Owner,
            limits::UPLOAD_BYTES_MAX,
            make,
        )
}

#[derive(OpenApi)]
#[openapi(paths(compare, import, make))]
pub(super) struct Api;

/// What a schedule file changes.
#[derive(Debug, Serialize, ToSchema)]
struct ScheduleReport {
    /// What about the conference itself: `title`, `days`, …
    #[schema(example = json!(["title"]))]
    conference: Vec<String>,
    /// Talks that are new.
    added: Vec<TalkReported>,
    /// Talks that are different.
    changed: Vec<TalkReported>,
    /// Talks that are no longer there.
    removed: Vec<TalkReported>,
    /// What the file says otherwise and stays as somebody edited it by hand.
    kept: Vec<TalkReported>,
    /// Guesses and oddities of the file that are worth a look.
    #[schema(example = json!(["Line 3: the file names no time zone; Asia/Tokyo is assumed."]))]
    notes: Vec<String>,
}

/// A talk that a schedule file changes.
#[derive(Debug, Serialize, ToSchema)]
struct TalkReported {
    /// Its identity across schedule files.
    guid: String,
    /// Its title.
    title: String,
    /// What is different: `title`, `room`, `start`, …; nothing for a talk that is new or gone.
    #[schema(example = json!(["room"]))]
    fields: Vec<String>,
}

fn told(cx: &Cx, report: Report, notes: &[crate::schedule::Complaint]) -> ScheduleReport {
    let plain = |fields: Vec<String>| -> Vec<String> {
        let word = |field: &String| field.trim_start_matches("program-field-").to_owned();
        fields.iter().map(word).collect()
    };
    let entry = |own: actions::Entry| TalkReported {
        guid: own.guid,
        title: own.title,
        fields: Vec::new(),
    };
    let changed = |own: actions::Changed| TalkReported {
        guid: own.guid,
        title: own.title,
        fields: plain(own.fields),
    };
    ScheduleReport {
        conference: plain(report.conference),
        added: report.added.into_iter().map(entry).collect(),
        changed: report.changed.into_iter().map(changed).collect(),
        removed: report.removed.into_iter().map(entry).collect(),
        kept: report.kept.into_iter().map(changed).collect(),
        notes: crate::pages::upload::sentences(cx, notes),
    }
}

/// The schedule in a file, or every complaint about it.
async fn read(programmes: &Programmes, file: &[u8], zone: &str) -> web::Result<Reading> {
    let upload = Upload {
        file: file.to_vec(),
        zone: String::new(),
    };
    let complaint = |own: crate::schedule::Complaint| Field {
        name: "body".into(),
        message: own.message,
    };
    match upload.read(zone, programmes.metrics()).await? {
        Ok(reading) => Ok(reading),
        Err(broken) => {
            let fields = broken.complaints.into_iter().map(complaint);
            Err(Error::Invalid(fields.collect()).into())
        }
    }
}

/// What a schedule file (frab's XML, or c3voc's JSON) would change in a conference. Nothing is changed; the answer's `ETag`
/// is for the import of the same file.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/schedule/compare", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference")),
    request_body(content((Vec<u8> = "application/xml")), description = "The file as it is: frab's XML, or c3voc's JSON"),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ScheduleReport, headers(("ETag" = String, description = "For If-Match of the import"))),
        (status = 422, body = Problem, description = "Every complaint about the file, line by line")))]
async fn compare(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    FileCall(call): FileCall,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let reading = read(&programmes, &call.body, &programme.conference.zone).await?;
    let notes = reading.notes.clone();
    let writer = Writer::of(&cx, &programmes);
    let (report, version) = actions::compare(&writer, reading, scope.conference()).await?;
    let report = told(&cx, report, &notes);
    Ok(versioned(StatusCode::OK, version, &report))
}

/// Imports a schedule file over a conference that is still as `compare` saw it. What was edited by hand stays. The same
/// file again changes nothing.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/schedule/import", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"),
        ("If-Match" = String, Header, description = "ETag of the comparison", example = "\"v7\"")),
    request_body(content((Vec<u8> = "application/xml")), description = "The file as it is: frab's XML, or c3voc's JSON"),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = ScheduleReport), (status = 409, body = Problem),
        (status = 422, body = Problem, description = "Every complaint about the file, line by line")))]
async fn import(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    FileCall(call): FileCall,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let reading = read(&programmes, &call.body, &programme.conference.zone).await?;
    let notes = reading.notes.clone();
    let onto = Onto::Seen(grant.conference().clone(), version);
    let writer = Writer::of(&cx, &programmes);
    let done = actions::import(&writer, reading, onto, Some(&grant)).await?;
    let report = told(&cx, done.report, &notes);
    Ok(versioned(StatusCode::OK, done.conference.version, &report))
}

/// What a file does not say.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Unsaid {
    /// IANA zone of a file that names none; UTC unless told.
    #[param(example = "Asia/Tokyo")]
    zone: String,
    /// State that the conference begins in: `live` unless told, or `draft`.
    #[param(example = "draft")]
    lifecycle: String,
}

/// Makes a conference of a schedule file; its name in addresses is the file's acronym.
#[utoipa::path(post, path = "/api/v2/import", tag = "conference",
    params(Unsaid, ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per conference")),
    request_body(content((Vec<u8> = "application/xml")), description = "The file as it is: frab's XML, or c3voc's JSON"),
    security(("session" = [])),
    responses((status = 201, body = ConferenceOut),
        (status = 422, body = Problem, description = "Every complaint about the file, or the name is taken")))]
async fn make(
    cx: Cx,
    State(programmes): State<Programmes>,
    Query(unsaid): Query<Unsaid>,
    FileCall(call): FileCall,
) -> web::Result<Response> {
    if let Some(id) = call.made(&cx.db, cx.now).await? {
        return made(&cx, &programmes, &ConferenceId::stored(id)).await;
    }
    let zone = match unsaid.zone.trim() {
        "" => "UTC",
        zone => zone,
    };
    let lifecycle = match unsaid.lifecycle.as_str() {
        "" | "live" => Lifecycle::Live,
        "draft" => Lifecycle::Draft,
        _ => return Err(Error::invalid("lifecycle", "web-field-choice").into()),
    };
    let reading = read(&programmes, &call.body, zone).await?;
    let id = ConferenceId::fresh();
    let grant = identity::grant::<Contents>(&cx, &id).await?;
    let begin = Begin {
        lifecycle,
        terms: Vec::new(),
        once: call.once,
    };
    let (writer, onto) = (Writer::of(&cx, &programmes), Onto::Begun(id, begin));
    let done = actions::import(&writer, reading, onto, Some(&grant)).await?;
    made(&cx, &programmes, &done.conference.id).await
}
