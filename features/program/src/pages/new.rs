//! `/new`: the first conference, and every further one. A file, or days and tracks.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::Response;
use http::StatusCode;
use identity::{ConferenceId, Contents};
use kernel::{Error, Field};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use super::upload::{Upload, sentences};
use crate::actions::{self, Onto, Start, Writer};
use crate::limits;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "new.html")]
struct NewPage {
    page: Page,
    form: StartForm,
    complaints: Vec<(String, String)>,
    file_complaints: Vec<String>,
    days_max: i64,
}

impl NewPage {
    fn complaint(&self, field: &str) -> Option<&str> {
        self.complaints
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, text)| text.as_str())
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct StartForm {
    title: String,
    slug: String,
    first_day: String,
    days: String,
    zone: String,
    tracks: String,
}

/// The form as it is first shown: today, one day, the reader's zone, one track.
fn blank(cx: &Cx) -> StartForm {
    let zone = cx
        .client
        .zone
        .clone()
        .unwrap_or_else(|| "Asia/Tokyo".to_owned());
    let here = jiff::tz::TimeZone::get(&zone).unwrap_or(jiff::tz::TimeZone::UTC);
    StartForm {
        first_day: cx.now.to_zoned(here).date().to_string(),
        days: "1".to_owned(),
        zone,
        tracks: "Track A".to_owned(),
        ..StartForm::default()
    }
}

fn show(
    cx: &Cx,
    status: StatusCode,
    form: StartForm,
    faults: &[Field],
    file_complaints: Vec<String>,
) -> Response {
    let page = Page::new(cx);
    let words = |field: &Field| {
        (
            field.name.to_string(),
            cx.texts.message(cx.locale, &field.message),
        )
    };
    let template = NewPage {
        page: page.clone(),
        form,
        complaints: faults.iter().map(words).collect(),
        file_complaints,
        days_max: limits::START_DAYS_MAX,
    };
    page.render_status(status, &template)
}

pub(super) async fn form(cx: Cx) -> Response {
    show(&cx, StatusCode::OK, blank(&cx), &[], Vec::new())
}

pub(super) async fn start(
    cx: Cx,
    State(programmes): State<Programmes>,
    Form(form): Form<StartForm>,
) -> web::Result<Response> {
    let id = ConferenceId::fresh();
    let grant = identity::grant::<Contents>(&cx, &id).await?;
    let start = Start {
        title: form.title.clone(),
        slug: form.slug.clone(),
        first_day: form.first_day.clone(),
        days: form.days.trim().parse().unwrap_or(0),
        zone: form.zone.clone(),
        tracks: form.tracks.clone(),
    };
    match actions::create_empty(&Writer::of(&cx, &programmes), id, &start, Some(&grant)).await {
        Ok(made) => Ok(redirect(&format!("/{}/admin", made.conference.slug))),
        Err(Error::Invalid(fields)) => Ok(show(
            &cx,
            StatusCode::UNPROCESSABLE_ENTITY,
            form,
            &fields,
            Vec::new(),
        )),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn import(
    cx: Cx,
    State(programmes): State<Programmes>,
    form: Multipart,
) -> web::Result<Response> {
    let upload = Upload::receive(form).await?;
    let refuse = |sentences| {
        Ok(show(
            &cx,
            StatusCode::UNPROCESSABLE_ENTITY,
            blank(&cx),
            &[],
            sentences,
        ))
    };
    let zone = cx.client.zone.as_deref().unwrap_or("UTC");
    let reading = match upload.read(zone).await? {
        Ok(reading) => reading,
        Err(broken) => return refuse(sentences(&cx, &broken.complaints)),
    };
    let id = ConferenceId::fresh();
    let grant = identity::grant::<Contents>(&cx, &id).await?;
    match actions::import(
        &Writer::of(&cx, &programmes),
        reading,
        Onto::New(id),
        Some(&grant),
    )
    .await
    {
        Ok(made) => Ok(redirect(&format!("/{}/admin", made.conference.slug))),
        Err(Error::Invalid(fields)) => refuse(
            fields
                .iter()
                .map(|field| cx.texts.message(cx.locale, &field.message))
                .collect(),
        ),
        Err(error) => Err(error.into()),
    }
}
