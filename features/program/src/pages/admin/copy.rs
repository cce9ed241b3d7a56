//! `/{conf}/admin/copy`: the next conference after the model of this one.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Chair, ConferenceId, Grant, Scope};
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use crate::actions::{self, Copy, Take, Writer};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "admin_copy.html")]
struct CopyPage {
    page: Page,
    frame: Frame,
    sheet: Sheet,
}

/// The form: everything but people is taken along, a year later.
fn blank(cx: &Cx, programme: &Programme) -> Sheet {
    let usual = Take::ALL
        .iter()
        .filter(|take| !matches!(take, Take::Talks | Take::Speakers));
    let choices = Take::ALL.iter().map(|take| {
        let words = cx.text(&format!("program-take-{take}"), &[]);
        Choice::new(take.as_str(), words)
    });
    let first = programme.dates().map(|(first, _)| first);
    let next = first.map(|first| first.saturating_add(jiff::Span::new().weeks(52)));
    Sheet::blank()
        .put("title", programme.conference.title_in(cx.locale))
        .put("slug", "")
        .put(
            "first_day",
            next.map(|date| date.to_string()).unwrap_or_default(),
        )
        .put_all("take", usual)
        .offer("take", choices.collect())
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (status, sheet): (StatusCode, Sheet),
) -> Response {
    let frame = Frame::of(cx, scope, &programme.conference, "copy");
    let template = CopyPage {
        page: frame.page(cx, scope, &programme.conference),
        frame,
        sheet,
    };
    template.page.clone().render_status(status, &template)
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, &programme);
    Ok(show(&cx, &scope, &programme, (StatusCode::OK, sheet)))
}

pub(super) async fn make(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, &programme).typed(&submitted);
    let take: BTreeSet<Take> = sheet
        .values("take")
        .iter()
        .filter_map(|word| Take::parse(word))
        .collect();
    let wanted = Copy {
        title: sheet.value("title").to_owned(),
        slug: sheet.value("slug").to_owned(),
        first_day: sheet.value("first_day").to_owned(),
        take,
    };
    let writer = Writer::of(&cx, &programmes);
    match actions::copy(
        &writer,
        &cx.blobs,
        &grant,
        ConferenceId::fresh(),
        &wanted,
        None,
    )
    .await
    {
        Ok(made) => Ok(Done::to(&cx, format!("/{}/admin", made.slug))
            .say("program-copy-done", &[("title", &made.title)])
            .saved(&submitted)
            .into_response()),
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, shown))
        }
    }
}
