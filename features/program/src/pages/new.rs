//! `/new`: the first conference, and every further one. A file, or days and tracks, or after the model of another one.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::Response;
use http::StatusCode;
use identity::{ConferenceId, Contents};
use kernel::{Error, Field};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use super::upload::{Upload, sentences};
use crate::actions::{self, Begin, Onto, Start, Writer};
use crate::limits;
use crate::model::{Lifecycle, Part, Words};
use crate::programme::Programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "new.html")]
struct NewPage {
    page: Page,
    form: StartForm,
    complaints: Vec<(String, String)>,
    file_complaints: Vec<String>,
    days_max: i64,
    zones: Vec<String>,
    /// Conferences to take as a model: title and address of the form.
    models: Vec<(String, String)>,
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
    /// `draft`, or `live` for whoever begins at once.
    #[serde(default)]
    lifecycle: String,
}

/// Words that most conferences offer for their talks; what people read for them is in the message files.
const USUAL_TERMS: &[(Part, &[&str])] = &[
    (
        Part::Types,
        &["session", "keynote", "lightning", "panel", "break"],
    ),
    (Part::Levels, &["beginner", "intermediate", "advanced"]),
    (Part::Languages, &["ja", "en"]),
    (Part::Durations, &["5", "20", "40", "60"]),
];

/// What a conference begins as.
pub(crate) fn begin(cx: &Cx, lifecycle: &str) -> Begin {
    let names = |part: Part, word: &str| -> Words {
        if part == Part::Durations {
            return Words::new();
        }
        let name = |locale: web::Locale| {
            let key = format!("program-term-{part}-{word}");
            (locale.as_str().to_owned(), cx.texts.get(locale, &key, &[]))
        };
        web::Locale::ALL.into_iter().map(name).collect()
    };
    let terms = USUAL_TERMS.iter().flat_map(|(part, words)| {
        words
            .iter()
            .map(|word| (*part, (*word).to_owned(), names(*part, word)))
    });
    Begin {
        lifecycle: match Lifecycle::parse(lifecycle) {
            Some(Lifecycle::Live) => Lifecycle::Live,
            _ => Lifecycle::Draft,
        },
        terms: terms.collect(),
        once: None,
    }
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
        tracks: cx.text("program-track-first", &[]),
        lifecycle: Lifecycle::Draft.to_string(),
        ..StartForm::default()
    }
}

async fn show(
    cx: &Cx,
    programmes: &Programmes,
    status: StatusCode,
    form: StartForm,
    (faults, file_complaints): (&[Field], Vec<String>),
) -> web::Result<Response> {
    let known = actions::listed(cx, programmes).await?;
    let model = |programme: &Programme| {
        let conference = &programme.conference;
        let href = format!("/{}/admin/copy", conference.slug);
        (conference.title_in(cx.locale).to_owned(), href)
    };
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
        zones: super::zones(),
        models: known
            .iter()
            .map(|(programme, _)| model(programme))
            .collect(),
    };
    Ok(page.render_status(status, &template))
}

pub(super) async fn form(cx: Cx, State(programmes): State<Programmes>) -> web::Result<Response> {
    let complaints = (&[][..], Vec::new());
    show(&cx, &programmes, StatusCode::OK, blank(&cx), complaints).await
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
    let writer = Writer::of(&cx, &programmes);
    let begin = begin(&cx, &form.lifecycle);
    match actions::create_empty(&writer, id, &start, begin, Some(&grant)).await {
        Ok(made) => Ok(redirect(&format!("/{}/admin", made.conference.slug))),
        Err(Error::Invalid(fields)) => {
            let refused = StatusCode::UNPROCESSABLE_ENTITY;
            show(&cx, &programmes, refused, form, (&fields, Vec::new())).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn import(
    cx: Cx,
    State(programmes): State<Programmes>,
    form: Multipart,
) -> web::Result<Response> {
    let upload = Upload::receive(form).await?;
    let refuse = async |sentences| {
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        let complaints = (&[][..], sentences);
        show(&cx, &programmes, refused, blank(&cx), complaints).await
    };
    let zone = cx.client.zone.as_deref().unwrap_or("UTC");
    let reading = match upload.read(zone, programmes.metrics()).await? {
        Ok(reading) => reading,
        Err(broken) => return refuse(sentences(&cx, &broken.complaints)).await,
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
        Err(Error::Invalid(fields)) => {
            let words = |field: &Field| cx.texts.message(cx.locale, &field.message);
            refuse(fields.iter().map(words).collect()).await
        }
        Err(error) => Err(error.into()),
    }
}
