//! Letters: which there are, and a form that words one anew in one language.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use web::form::{Done, Sheet, Submitted};
use web::letter::Explained;
use web::{Cx, Letter, Locale, Page, Result};

use super::{Desk, Place};
use crate::actions::{self, Worded};
use crate::keeper::Keeper;

/// A letter in the list.
struct Row {
    name: &'static str,
    about: String,
    /// Language, subject as it is worded, and whether the wording is their own.
    wordings: Vec<(Locale, String, bool)>,
}

#[derive(Template)]
#[template(path = "letters.html")]
struct LettersPage {
    page: Page,
    base: String,
    title: String,
    up: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage {
    page: Page,
    base: String,
    title: String,
    up: String,
    sheet: Sheet,
    path: String,
    about: String,
    locale: Locale,
    is_own: bool,
    version: i64,
    variables: Vec<Explained>,
    /// Subject and text of a copy with made-up values.
    copy: (String, String),
}

pub(super) async fn list(cx: Cx, place: Place, State(desk): State<Desk>) -> Result<Response> {
    let mut rows = Vec::new();
    for letter in desk
        .letters()
        .filter(|letter| place.keeper.may_word(letter))
    {
        let mut wordings = Vec::new();
        for locale in Locale::ALL {
            let worded = actions::worded(&cx, &place.keeper, letter, locale).await?;
            wordings.push((locale, worded.wording.subject, worded.is_own));
        }
        rows.push(Row {
            name: letter.name,
            about: cx.text(&format!("{}-about", letter.name), &[]),
            wordings,
        });
    }
    let template = LettersPage {
        page: place.page.clone(),
        base: place.base,
        title: place.title,
        up: place.up,
        rows,
    };
    Ok(place.page.render(&template))
}

/// The letter and language of an address.
#[derive(Deserialize)]
pub(crate) struct LetterPath {
    letter: String,
    locale: String,
}

impl LetterPath {
    pub(crate) fn find(
        &self,
        desk: &Desk,
        keeper: &Keeper,
    ) -> kernel::Result<(&'static Letter, Locale)> {
        let letter = desk.letter(keeper, &self.letter)?;
        let mut locales = Locale::ALL.into_iter();
        let locale = locales.find(|known| known.as_str() == self.locale);
        Ok((letter, locale.ok_or(Error::NotFound("letter"))?))
    }
}

fn sheet(worded: &Worded) -> Sheet {
    Sheet::of(worded.wording.version)
        .put("subject", &worded.wording.subject)
        .put("body", &worded.wording.body)
}

fn show(
    cx: &Cx,
    place: &Place,
    letter: &'static Letter,
    locale: Locale,
    worded: &Worded,
    (status, sheet): (StatusCode, Sheet),
) -> Response {
    let copy = letter.example(
        &cx.texts,
        locale,
        sheet.value("subject"),
        sheet.value("body"),
    );
    let template = LetterPage {
        page: place.page.clone(),
        base: place.base.clone(),
        title: place.title.clone(),
        up: place.up.clone(),
        path: format!("{}/letters/{}/{}", place.base, letter.name, locale.as_str()),
        about: cx.text(&format!("{}-about", letter.name), &[]),
        locale,
        is_own: worded.is_own,
        version: worded.wording.version,
        variables: letter.explained(&cx.texts, cx.locale, locale),
        copy,
        sheet,
    };
    place.page.render_status(status, &template)
}

pub(super) async fn form(
    cx: Cx,
    place: Place,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &place.keeper)?;
    let worded = actions::worded(&cx, &place.keeper, letter, locale).await?;
    let shown = (StatusCode::OK, sheet(&worded));
    Ok(show(&cx, &place, letter, locale, &worded, shown))
}

pub(super) async fn save(
    cx: Cx,
    place: Place,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    submitted: Submitted,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &place.keeper)?;
    let worded = actions::worded(&cx, &place.keeper, letter, locale).await?;
    let typed = sheet(&worded).typed(&submitted);
    if let Some(status) = typed.pause() {
        return Ok(show(&cx, &place, letter, locale, &worded, (status, typed)));
    }
    let version = typed.version().unwrap_or_default();
    let wording = (typed.value("subject"), typed.value("body"));
    match actions::word(&cx, &place.keeper, letter, locale, version, wording).await {
        Ok(()) => Ok(Done::to(&cx, format!("{}/letters", place.base))
            .say("outreach-letter-saved", &[])
            .saved(&submitted)
            .into_response()),
        Err(Error::Stale) => {
            let fresh = actions::worded(&cx, &place.keeper, letter, locale).await?;
            let typed = sheet(&fresh).typed(&submitted);
            let shown = (StatusCode::CONFLICT, typed);
            Ok(show(&cx, &place, letter, locale, &fresh, shown))
        }
        Err(error) => {
            let refused = typed.refused(&cx, error)?;
            Ok(show(&cx, &place, letter, locale, &worded, refused))
        }
    }
}

pub(super) async fn reset(
    cx: Cx,
    place: Place,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    submitted: Submitted,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &place.keeper)?;
    let version = submitted.version().unwrap_or_default();
    actions::reset(&cx, &place.keeper, letter, locale, version).await?;
    Ok(Done::to(&cx, format!("{}/letters", place.base))
        .say("outreach-letter-reset", &[])
        .into_response())
}

pub(super) async fn try_out(
    cx: Cx,
    place: Place,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &place.keeper)?;
    let to = actions::try_out(&cx, &place.keeper, letter, locale, None).await?;
    let back = format!("{}/letters/{}/{}", place.base, letter.name, locale.as_str());
    Ok(Done::to(&cx, back)
        .say("outreach-tried", &[("email", &to)])
        .into_response())
}
