//! Files of slides: as everybody sees them with a talk, and as the team brings them.

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::{Error, Timestamp};
use platform::blob::BlobId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::api::{Asked, Call};
use web::failure::Problem;
use web::{Cx, Patience, Site};

use crate::actions::{Writer, slides as act};
use crate::limits;
use crate::pages::slides::{SlidesPath, kept};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::Talk;
use crate::store::slides::Slides;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    let body = usize::try_from(limits::SLIDES_BYTES_MAX).unwrap_or(usize::MAX);
    Routes::new()
        .get(
            "/api/v2/conferences/{conf}/admin/talks/{talk}/slides",
            CONTENTS,
            list,
        )
        .with_body(
            Method::POST,
            "/api/v2/conferences/{conf}/talks/{talk}/slides",
            CONTENTS,
            body,
            bring,
        )
        .delete(
            "/api/v2/conferences/{conf}/talks/{talk}/slides/{file}",
            CONTENTS,
            bin,
        )
        .post(
            "/api/v2/conferences/{conf}/talks/{talk}/slides/{file}/restore",
            CONTENTS,
            restore,
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, bring, bin, restore))]
pub(super) struct Api;

/// A file of slides.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SlidesOut {
    /// Where it is.
    #[schema(read_only)]
    url: String,
    /// What it is called.
    name: String,
    /// Its length.
    bytes: i64,
}

impl SlidesOut {
    /// The files of a talk.
    pub(super) fn all(site: &Site, programme: &Programme, talk: &Talk) -> Vec<Self> {
        let own = |slides: &crate::store::slides::Slides| Self {
            url: site.url(&crate::pages::slides::place(programme, talk, slides)),
            name: slides.name.clone(),
            bytes: slides.bytes,
        };
        programme.slides_of(&talk.id).map(own).collect()
    }
}

/// A file of slides for the team.
#[derive(Debug, Serialize, ToSchema)]
struct SlidesFile {
    /// Its id.
    #[schema(example = "blb_06eb3q5v1k2m7n9p4r8s0t6u2a")]
    id: String,
    /// What it is called.
    #[schema(example = "opening.pdf")]
    name: String,
    /// Its length.
    bytes: i64,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Timestamp,
    /// Since when it is in the bin.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    binned_at: Option<Timestamp>,
}

impl SlidesFile {
    fn of(row: &Slides) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            bytes: row.bytes,
            uploaded_at: row.uploaded_at,
            binned_at: row.binned_at,
        }
    }
}

/// What a file is called.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct FileNamed {
    /// What the file is called.
    #[param(example = "opening.pdf")]
    name: String,
}

/// The files of a talk's slides, also those in the bin.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/admin/talks/{talk}/slides", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk", example = "tlk_06eb3q5v1k2m7n9p4r8s0t6u2a")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<SlidesFile>)))]
async fn list(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SlidesPath>,
) -> web::Result<Json<Vec<SlidesFile>>> {
    let (_, all) = act::known(&cx.db, scope.conference(), &path.talk()?).await?;
    Ok(Json(all.iter().map(SlidesFile::of).collect()))
}

/// Adds a file of slides (PDF) to a talk. It is written to the disk as it comes.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/talks/{talk}/slides", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk", example = "tlk_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        FileNamed, ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per file")),
    request_body(content((Vec<u8> = "application/pdf")), description = "The file as it is"),
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = SlidesFile), (status = 409, body = Problem, description = "The talk has as many files as it may"),
        (status = 422, body = Problem, description = "It is no PDF, or too long")))]
async fn bring(
    cx: Cx,
    grant: Grant<Contents>,
    patience: Patience,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
    Query(named): Query<FileNamed>,
    request: Request,
) -> web::Result<Response> {
    let talk = path.talk()?;
    let (mut parts, body) = request.into_parts();
    let asked = Asked::of(&mut parts, &()).await?;
    // Before the file, which may take a while; whoever asks again for what filled it finds out below.
    if !asked.is_keyed() {
        act::has_room(&cx.db, grant.conference(), &talk).await?;
    }
    let stored = kept(
        body.into_data_stream(),
        &cx.blobs,
        programmes.metrics(),
        &patience,
    )
    .await?;
    let call = Call {
        body: (),
        once: asked.once(&stored.sha256),
    };
    let id = if let Some(id) = call.made::<String>(&cx.db, cx.now).await? {
        BlobId::stored(id)
    } else {
        let (writer, file) = (Writer::of(&cx, &programmes), (named.name.as_str(), &stored));
        let once = call.once.as_ref();
        act::bring(&writer, &grant, &talk, file, once).await?.id
    };
    let (_, all) = act::known(&cx.db, grant.conference(), &talk).await?;
    let made = all.iter().find(|own| own.id == id);
    let made = SlidesFile::of(made.ok_or(Error::NotFound("slides"))?);
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Puts a file of slides into the bin, where it lies for thirty days.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/talks/{talk}/slides/{file}", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk", example = "tlk_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        ("file" = String, Path, description = "Id of the file", example = "blb_06eb3q5v1k2m7n9p4r8s0t6u2a")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
async fn bin(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
) -> web::Result<StatusCode> {
    let place = (&path.talk()?, &path.file()?);
    act::bin(&Writer::of(&cx, &programmes), &grant, place, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a file of slides back from the bin. Sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/talks/{talk}/slides/{file}/restore", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference"), ("talk" = String, Path, description = "Id of the talk", example = "tlk_06eb3q5v1k2m7n9p4r8s0t6u2a"),
        ("file" = String, Path, description = "Id of the file", example = "blb_06eb3q5v1k2m7n9p4r8s0t6u2a")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SlidesFile), (status = 409, body = Problem, description = "The talk has as many files as it may")))]
async fn restore(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
) -> web::Result<Json<SlidesFile>> {
    let place = (&path.talk()?, &path.file()?);
    let row = act::bin(&Writer::of(&cx, &programmes), &grant, place, true).await?;
    Ok(Json(SlidesFile::of(&row)))
}
