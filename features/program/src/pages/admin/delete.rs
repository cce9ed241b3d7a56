//! `/{conf}/admin/delete`: deleting a conference, and restoring it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Chair, Grant, Scope};
use web::form::{Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use crate::actions::{self, Writer};
use crate::limits;
use crate::pages::clocks::Clocks;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "admin_delete.html")]
struct DeletePage {
    page: Page,
    frame: Frame,
    sheet: Sheet,
    slug: String,
    talks: usize,
    /// Until when it can be restored, once it is deleted.
    until: Option<String>,
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (status, sheet): (StatusCode, Sheet),
) -> Response {
    let conference = &programme.conference;
    let frame = Frame::of(cx, scope, conference, "delete");
    let clocks = Clocks::of(cx, conference);
    let until = conference.removed_at.map(|at| {
        let end = at + limits::REMOVAL_GRACE;
        format!("{} {}", clocks.long_date(end), clocks.clock(end))
    });
    let template = DeletePage {
        page: frame.page(cx, scope, conference),
        frame,
        sheet,
        slug: conference.slug.clone(),
        talks: programme.talks.len(),
        until,
    };
    template.page.clone().render_status(status, &template)
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = Sheet::blank().put("typed", "");
    Ok(show(&cx, &scope, &programme, (StatusCode::OK, sheet)))
}

pub(super) async fn delete(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = Sheet::blank().put("typed", "").typed(&submitted);
    let writer = Writer::of(&cx, &programmes);
    match actions::delete(&writer, &grant, sheet.value("typed")).await {
        Ok(()) => {
            let place = format!("/{}/admin/delete", programme.conference.slug);
            Ok(Done::to(&cx, place)
                .say("program-delete-done", &[])
                .into_response())
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, shown))
        }
    }
}

pub(super) async fn restore(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    actions::restore(&Writer::of(&cx, &programmes), &grant).await?;
    Ok(
        Done::to(&cx, format!("/{}/admin", programme.conference.slug))
            .say("program-restore-done", &[])
            .into_response(),
    )
}
