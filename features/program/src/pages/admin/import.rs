//! `/{conf}/admin/import`: import the schedule again, and what the imports changed.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::Response;
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use web::{Cx, Page, redirect};

use super::Frame;
use crate::actions::{self, Onto, Report, Writer};
use crate::pages::clocks::Clocks;
use crate::pages::programme;
use crate::pages::upload::{Upload, sentences};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store;

/// How many imports the page remembers.
const IMPORTS_SHOWN: i64 = 10;

#[derive(Template)]
#[template(path = "admin_import.html")]
struct ImportPage {
    page: Page,
    frame: Frame,
    imports: Vec<Import>,
    complaints: Vec<String>,
    unchanged: bool,
}

struct Import {
    at: String,
    who: String,
    report: Report,
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    status: StatusCode,
    complaints: Vec<String>,
) -> web::Result<Response> {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let imports = store::imports(&cx.db, &conference.id, IMPORTS_SHOWN).await?;
    let frame = Frame::of(cx, scope, conference, "import");
    let page = frame.page(cx, scope, conference);
    let imports = imports.into_iter().map(|import| Import {
        at: format!(
            "{} {}",
            clocks.long_date(import.at),
            clocks.clock(import.at)
        ),
        who: import.who,
        report: serde_json::from_str(&import.report).unwrap_or_default(),
    });
    let template = ImportPage {
        page: page.clone(),
        frame,
        imports: imports.collect(),
        complaints,
        unchanged: cx.client.path.ends_with("?import=unchanged"),
    };
    Ok(page.render_status(status, &template))
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    show(&cx, &scope, &programme, StatusCode::OK, Vec::new()).await
}

pub(super) async fn import(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    form: Multipart,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let upload = Upload::receive(form).await?;
    let reading = match upload
        .read(&programme.conference.zone, programmes.metrics())
        .await?
    {
        Ok(reading) => reading,
        Err(broken) => {
            let complaints = sentences(&cx, &broken.complaints);
            return show(
                &cx,
                &scope,
                &programme,
                StatusCode::UNPROCESSABLE_ENTITY,
                complaints,
            )
            .await;
        }
    };
    let onto = Onto::Existing(grant.conference().clone());
    let done = actions::import(&Writer::of(&cx, &programmes), reading, onto, Some(&grant)).await?;
    let place = if done.report.is_empty() {
        "?import=unchanged"
    } else {
        "#imports"
    };
    Ok(redirect(&format!(
        "/{}/admin/import{place}",
        programme.conference.slug
    )))
}
