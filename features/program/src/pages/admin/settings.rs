//! `/{conf}/admin/settings`: names, texts, zone, contact, links, who may watch, and which parts there are.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use crate::actions::{self, Settings, Writer};
use crate::markup;
use crate::model::{Feature, LANGUAGES, NamedLink, Watch, Words};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "admin_settings.html")]
struct SettingsPage {
    page: Page,
    frame: Frame,
    sheet: Sheet,
    zones: Vec<String>,
}

/// The form of what is set.
fn filled(cx: &Cx, settings: &Settings) -> Sheet {
    let more = &settings.more;
    let watch = Watch::ALL.iter().map(|rule| {
        let key = format!("program-watch-{}", rule.as_str().replace('_', "-"));
        Choice::new(rule.as_str(), cx.text(&key, &[]))
    });
    let features = Feature::ALL.iter().map(|feature| {
        let key = format!("program-feature-{feature}");
        Choice::new(feature.as_str(), cx.text(&key, &[]))
    });
    let offered = Feature::ALL.iter().filter(|feature| more.offers(**feature));
    let mut sheet = Sheet::of(more.version)
        .put("title", &settings.title)
        .put("title_ja", &settings.title_ja)
        .put("title_en", &settings.title_en)
        .put("zone", &settings.zone)
        .put("contact", &more.contact)
        .put("registration_url", &more.registration_url)
        .put("sender", &more.sender)
        .put("reply_to", &more.reply_to)
        .put("watch", settings.watch)
        .put_all("features", offered)
        .put_all("link.url", more.links.iter().map(|link| &link.url))
        .offer("watch", watch.collect())
        .offer("features", features.collect());
    for language in LANGUAGES {
        let own = |words: &Words| words.get(language).cloned().unwrap_or_default();
        sheet = sheet
            .put(&format!("description_{language}"), own(&more.descriptions))
            .put_all(
                &format!("link.name_{language}"),
                more.links.iter().map(|link| own(&link.names)),
            );
    }
    sheet
}

/// What a sheet says, over what is set: languages that the form does not ask for stay.
fn read(sheet: &Sheet, was: &Settings) -> Settings {
    let mut settings = was.clone();
    let value = |name: &str| sheet.value(name).to_owned();
    settings.title = value("title");
    settings.title_ja = value("title_ja");
    settings.title_en = value("title_en");
    settings.zone = value("zone").trim().to_owned();
    settings.watch = Watch::parse(sheet.value("watch")).unwrap_or(was.watch);
    let more = &mut settings.more;
    more.contact = value("contact");
    more.registration_url = value("registration_url");
    more.sender = value("sender");
    more.reply_to = value("reply_to");
    let features = Feature::ALL.iter().copied();
    more.off = features
        .filter(|feature| !sheet.has("features", feature.as_str()))
        .collect();
    for language in LANGUAGES {
        let text = value(&format!("description_{language}"));
        more.descriptions.insert(language.to_owned(), text);
    }
    let rows = sheet.read().rows("link", &["url", "name_ja", "name_en"]);
    more.links = rows
        .iter()
        .map(|row| {
            let url = sheet.cell(row, "url").to_owned();
            let known = was.more.links.iter().find(|link| link.url == url);
            let mut names = known.map(|link| link.names.clone()).unwrap_or_default();
            for language in LANGUAGES {
                let name = sheet.cell(row, &format!("name_{language}"));
                names.insert(language.to_owned(), name.to_owned());
            }
            NamedLink { names, url }
        })
        .collect();
    settings
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (status, mut sheet): (StatusCode, Sheet),
) -> Response {
    let frame = Frame::of(cx, scope, &programme.conference, "settings");
    for language in LANGUAGES {
        let name = format!("description_{language}");
        let html = markup::to_html(sheet.value(&name));
        sheet = sheet.preview(&name, html);
    }
    let template = SettingsPage {
        page: frame.page(cx, scope, &programme.conference),
        frame,
        sheet,
        zones: super::super::zones(),
    };
    template.page.clone().render_status(status, &template)
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = filled(&cx, &Settings::of(&programme.conference));
    Ok(show(&cx, &scope, &programme, (StatusCode::OK, sheet)))
}

pub(super) async fn save(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let seen = programme(&cx, &programmes, &scope).await?;
    let was = Settings::of(&seen.conference);
    let sheet = filled(&cx, &was).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, &scope, &seen, (status, sheet)));
    }
    let settings = read(&sheet, &was);
    let writer = Writer::of(&cx, &programmes);
    match actions::settle(&writer, &grant, &settings, sheet.version()).await {
        Ok(_) => {
            let place = format!("/{}/admin/settings", seen.conference.slug);
            Ok(Done::to(&cx, place)
                .say("program-settings-saved", &[])
                .saved(&submitted)
                .into_response())
        }
        Err(Error::Stale) => {
            let fresh = programme(&cx, &programmes, &scope).await?;
            let sheet = filled(&cx, &Settings::of(&fresh.conference)).typed(&submitted);
            Ok(show(&cx, &scope, &fresh, (StatusCode::CONFLICT, sheet)))
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &seen, shown))
        }
    }
}
