//! `/{conf}/admin/theme`: the looks of a conference: its colours, with what can be read and what cannot, and its pictures.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use web::form::{Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use super::looks::{self, Refusal, ShownSpot};
use crate::actions::{self, Writer};
use crate::model::{CONTRAST_MIN, Theme};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "admin_theme.html")]
struct ThemePage {
    page: Page,
    frame: Frame,
    sheet: Sheet,
    pairs: Vec<ShownPair>,
    least: f64,
    spots: Vec<ShownSpot>,
}

struct ShownPair {
    name: String,
    ratio: String,
    readable: bool,
}

fn filled(theme: &Theme) -> Sheet {
    Sheet::of(theme.version)
        .put("accent", &theme.accent)
        .put("accent_dark", &theme.accent_dark)
        .put("now", &theme.now)
        .put("hero", &theme.hero)
}

fn read(sheet: &Sheet) -> Theme {
    let color = |name: &str| sheet.value(name).trim().to_owned();
    Theme {
        version: 0,
        accent: color("accent"),
        accent_dark: color("accent_dark"),
        now: color("now"),
        hero: color("hero"),
    }
}

/// What the colours look like together, light and dark. Drawn, since the policy of the site allows no styles in a page.
fn sample(theme: &Theme) -> String {
    let or = |color: &str, usual: &str| {
        let own = crate::model::Color::parse(color);
        own.map_or_else(|| usual.to_owned(), crate::model::Color::text)
    };
    let light = or(&theme.accent, "#2f3b97");
    let dark = theme
        .dark_accent()
        .map_or_else(|| "#97acfa".to_owned(), crate::model::Color::text);
    let (now, hero) = (or(&theme.now, "#d72b0b"), or(&theme.hero, "#11123f"));
    let mut svg = String::from(
        "<svg viewBox=\"0 0 640 200\" width=\"640\" class=\"theme-sample\" aria-hidden=\"true\">",
    );
    for (x, ground, ink, accent, on) in [
        (0, "#f8f9fd", "#16183b", light, "#ffffff"),
        (320, "#0a0d1d", "#eef0f9", dark, "#0a0d1d"),
    ] {
        let (a, b, c) = (x + 20, x + 34, x + 170);
        let _ = write!(
            svg,
            "<rect x=\"{x}\" width=\"320\" height=\"200\" fill=\"{ground}\"/><rect x=\"{x}\" width=\"320\" height=\"64\" fill=\"{hero}\"/>\
             <text x=\"{a}\" y=\"42\" font-size=\"26\" font-weight=\"700\" fill=\"#ffffff\">祭 2026</text>\
             <text x=\"{a}\" y=\"98\" font-size=\"16\" fill=\"{ink}\">あいう Abc</text><text x=\"{c}\" y=\"98\" font-size=\"16\" fill=\"{accent}\">→ Link</text>\
             <rect x=\"{a}\" y=\"120\" width=\"130\" height=\"44\" rx=\"22\" fill=\"{accent}\"/><text x=\"{b}\" y=\"148\" font-size=\"16\" fill=\"{on}\">OK</text>\
             <rect x=\"{c}\" y=\"120\" width=\"110\" height=\"44\" rx=\"22\" fill=\"{now}\"/><text x=\"{}\" y=\"148\" font-size=\"16\" fill=\"#ffffff\">● LIVE</text>",
            c + 20
        );
    }
    svg.push_str("</svg>");
    svg
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (status, sheet): (StatusCode, Sheet),
    refusal: Option<&Refusal<'_>>,
) -> Response {
    let frame = Frame::of(cx, scope, &programme.conference, "theme");
    let theme = read(&sheet);
    let pairs = theme.pairs().into_iter().map(|pair| ShownPair {
        name: cx.text(
            &format!("program-theme-{}", pair.field.replace('_', "-")),
            &[],
        ),
        ratio: format!("{:.1}", pair.ratio()),
        readable: pair.is_readable(),
    });
    let template = ThemePage {
        page: frame.page(cx, scope, &programme.conference),
        frame,
        pairs: pairs.collect(),
        sheet: sheet.preview("sample", sample(&theme)),
        least: CONTRAST_MIN,
        spots: looks::spots(cx, programme, refusal),
    };
    template.page.clone().render_status(status, &template)
}

/// The page again, with why a picture was not taken.
pub(super) fn with_refusal(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    status: StatusCode,
    refusal: &Refusal<'_>,
) -> Response {
    let sheet = filled(&programme.conference.settings().theme);
    show(cx, scope, programme, (status, sheet), Some(refusal))
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = filled(&programme.conference.settings().theme);
    Ok(show(&cx, &scope, &programme, (StatusCode::OK, sheet), None))
}

pub(super) async fn save(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let seen = programme(&cx, &programmes, &scope).await?;
    let sheet = filled(&seen.conference.settings().theme).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, &scope, &seen, (status, sheet), None));
    }
    let writer = Writer::of(&cx, &programmes);
    match actions::paint(&writer, &grant, &read(&sheet), sheet.version()).await {
        Ok(_) => {
            let place = format!("/{}/admin/theme", seen.conference.slug);
            Ok(Done::to(&cx, place)
                .say("program-theme-saved", &[])
                .saved(&submitted)
                .into_response())
        }
        Err(Error::Stale) => {
            let fresh = programme(&cx, &programmes, &scope).await?;
            let sheet = filled(&fresh.conference.settings().theme).typed(&submitted);
            Ok(show(
                &cx,
                &scope,
                &fresh,
                (StatusCode::CONFLICT, sheet),
                None,
            ))
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            Ok(show(&cx, &scope, &seen, shown, None))
        }
    }
}
