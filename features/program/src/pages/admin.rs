//! `/{conf}/admin`: import the schedule again, say who may watch, and what the imports changed.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::Response;
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use serde::Deserialize;
use web::{Cx, Form, Page, redirect};

use super::clocks::Clocks;
use super::upload::{Upload, sentences};
use super::{brand, programme};
use crate::actions::{self, Onto, Report, Settings, Writer};
use crate::model::Watch;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store;

/// How many imports the page remembers.
const IMPORTS_SHOWN: i64 = 10;

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    page: Page,
    base: String,
    title: String,
    settings: SettingsForm,
    zone: String,
    talks: usize,
    tracks: Vec<(String, String)>,
    imports: Vec<Import>,
    complaints: Vec<String>,
    setting_complaint: Option<String>,
    unchanged: bool,
}

struct Import {
    at: String,
    who: String,
    report: Report,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct SettingsForm {
    #[serde(default)]
    title_ja: String,
    #[serde(default)]
    title_en: String,
    #[serde(default)]
    watch: String,
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    status: StatusCode,
    complaints: Vec<String>,
    setting: Option<(SettingsForm, String)>,
) -> web::Result<Response> {
    let conference = &programme.conference;
    let base = format!("/{}", conference.slug);
    let clocks = Clocks::of(cx, conference);
    let imports = store::imports(&cx.db, &conference.id, IMPORTS_SHOWN).await?;
    let page =
        Page::new(cx).with_brand(brand(cx, conference, Some(scope), &format!("{base}/admin")));
    let (settings, setting_complaint) = if let Some((form, complaint)) = setting {
        (form, Some(complaint))
    } else {
        let form = SettingsForm {
            title_ja: conference.title_ja.clone(),
            title_en: conference.title_en.clone(),
            watch: conference.watch.to_string(),
        };
        (form, None)
    };
    let template = AdminPage {
        page: page.clone(),
        title: conference.title_in(cx.locale).to_owned(),
        settings,
        zone: clocks.venue_label(cx.now),
        talks: programme.talks.len(),
        tracks: programme
            .tracks
            .iter()
            .map(|track| (track.slug.clone(), track.name.clone()))
            .collect(),
        imports: imports
            .into_iter()
            .map(|import| Import {
                at: format!(
                    "{} {}",
                    clocks.long_date(import.at),
                    clocks.clock(import.at)
                ),
                who: import.who,
                report: serde_json::from_str(&import.report).unwrap_or_default(),
            })
            .collect(),
        complaints,
        setting_complaint,
        unchanged: cx.client.path.ends_with("?import=unchanged"),
        base,
    };
    Ok(page.render_status(status, &template))
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    show(&cx, &scope, &programme, StatusCode::OK, Vec::new(), None).await
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
    let reading = match upload.read(&programme.conference.zone).await? {
        Ok(reading) => reading,
        Err(broken) => {
            let complaints = sentences(&cx, &broken.complaints);
            return show(
                &cx,
                &scope,
                &programme,
                StatusCode::UNPROCESSABLE_ENTITY,
                complaints,
                None,
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
        "/{}/admin{place}",
        programme.conference.slug
    )))
}

pub(super) async fn settings(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Form(form): Form<SettingsForm>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let settings = Settings {
        title_ja: form.title_ja.clone(),
        title_en: form.title_en.clone(),
        watch: Watch::parse(&form.watch).unwrap_or(programme.conference.watch),
    };
    match actions::settle(&Writer::of(&cx, &programmes), &grant, &settings).await {
        Ok(()) => Ok(redirect(&format!("/{}/admin", programme.conference.slug))),
        Err(kernel::Error::Invalid(fields)) => {
            let complaint = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message))
                .unwrap_or_default();
            show(
                &cx,
                &scope,
                &programme,
                StatusCode::UNPROCESSABLE_ENTITY,
                Vec::new(),
                Some((form, complaint)),
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}
