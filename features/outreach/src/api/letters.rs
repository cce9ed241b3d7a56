//! Letters: how they are worded, what a wording makes of them, a copy to try one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use identity::{Access, Routes};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::api::{Call, IfMatch, versioned};
use web::{Cx, Letter, Locale, Result};

use crate::actions;
use crate::keeper::Keeper;
use crate::pages::{Desk, LetterPath, MAILERS};

pub(super) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/letters", MAILERS, list)
        .get(
            "/api/v2/conferences/{conf}/letters/{letter}/{locale}",
            MAILERS,
            read,
        )
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/letters/{letter}/{locale}",
            MAILERS,
            word,
        )
        .delete(
            "/api/v2/conferences/{conf}/letters/{letter}/{locale}",
            MAILERS,
            reset,
        )
        .post(
            "/api/v2/conferences/{conf}/letters/{letter}/{locale}/preview",
            MAILERS,
            preview,
        )
        .post(
            "/api/v2/conferences/{conf}/letters/{letter}/{locale}/try",
            MAILERS,
            try_out,
        )
        .get("/api/v2/letters", Access::Owner, list)
        .get("/api/v2/letters/{letter}/{locale}", Access::Owner, read)
        .on(
            Method::PUT,
            "/api/v2/letters/{letter}/{locale}",
            Access::Owner,
            word,
        )
        .delete("/api/v2/letters/{letter}/{locale}", Access::Owner, reset)
        .post(
            "/api/v2/letters/{letter}/{locale}/preview",
            Access::Owner,
            preview,
        )
        .post(
            "/api/v2/letters/{letter}/{locale}/try",
            Access::Owner,
            try_out,
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, read, word, reset, preview, try_out))]
pub(super) struct Api;

/// A letter in one language.
#[derive(Debug, Serialize, ToSchema)]
struct LetterListed {
    /// Its name.
    letter: String,
    /// The language: `ja` or `en`.
    locale: String,
    /// When it is sent, in the reader's language.
    #[schema(example = "Sent to somebody who is invited into the team.")]
    about: String,
    /// Its subject.
    subject: String,
    /// Whether the wording is their own, and none that they take over.
    own: bool,
    /// How often it was worded; `"v7"` in `If-Match`.
    version: i64,
}

/// Something that differs from copy to copy.
#[derive(Debug, Serialize, ToSchema)]
struct VariableOut {
    /// Its name, as between braces.
    #[schema(example = "url")]
    name: String,
    /// Whether the text has to have it.
    needed: bool,
    /// What it stands for, in the reader's language.
    #[schema(example = "The link that accepts the invitation")]
    about: String,
    /// A made-up value.
    #[schema(example = "https://example.org/account/invitations/…")]
    example: String,
}

/// A subject and a text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WordingIn {
    /// The subject; variables stand in braces.
    #[schema(example = "Welcome to the team of {conference}")]
    subject: String,
    /// The text.
    #[schema(example = "{inviter} invites you: {url}")]
    body: String,
}

/// How a letter is worded.
#[derive(Debug, Serialize, ToSchema)]
struct LetterOut {
    /// Its name.
    letter: String,
    /// The language: `ja` or `en`.
    locale: String,
    /// Its subject; variables stand in braces.
    #[schema(example = "Welcome to the team of {conference}")]
    subject: String,
    /// Its text.
    #[schema(example = "{inviter} invites you: {url}")]
    body: String,
    /// Whether the wording is their own, and none that they take over.
    own: bool,
    /// What it may name.
    variables: Vec<VariableOut>,
    /// A copy with made-up values.
    preview: CopyOut,
}

/// A copy with made-up values.
#[derive(Debug, Serialize, ToSchema)]
struct CopyOut {
    /// Its subject.
    #[schema(example = "Welcome to the team of Matsuri Days 2026")]
    subject: String,
    /// Its text.
    #[schema(example = "Towa invites you: https://example.org/account/invitations/…")]
    body: String,
}

/// To whom a copy was sent.
#[derive(Debug, Serialize, ToSchema)]
struct TriedOut {
    /// The address of whoever asked.
    to: String,
}

fn copy(cx: &Cx, letter: &Letter, locale: Locale, (subject, body): (&str, &str)) -> CopyOut {
    let (subject, body) = letter.example(&cx.texts, locale, subject, body);
    CopyOut { subject, body }
}

fn about(cx: &Cx, letter: &Letter) -> String {
    cx.text(&format!("{}-about", letter.name), &[])
}

async fn answer(
    cx: &Cx,
    keeper: &Keeper,
    (letter, locale): (&'static Letter, Locale),
) -> Result<Response> {
    let worded = actions::worded(cx, keeper, letter, locale).await?;
    let variables = letter.explained(&cx.texts, cx.locale, locale).into_iter();
    let wording = (
        worded.wording.subject.as_str(),
        worded.wording.body.as_str(),
    );
    let out = LetterOut {
        letter: letter.name.to_owned(),
        locale: locale.as_str().to_owned(),
        preview: copy(cx, letter, locale, wording),
        subject: worded.wording.subject.clone(),
        body: worded.wording.body.clone(),
        own: worded.is_own,
        variables: variables
            .map(|one| VariableOut {
                name: one.name.to_owned(),
                needed: one.needed,
                about: one.about,
                example: one.example,
            })
            .collect(),
    };
    Ok(versioned(StatusCode::OK, worded.wording.version, &out))
}

/// Every letter that a conference, or the site, may word, in every language.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/letters", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<LetterListed>)))]
async fn list(cx: Cx, keeper: Keeper, State(desk): State<Desk>) -> Result<Json<Vec<LetterListed>>> {
    let mut out = Vec::new();
    for letter in desk.letters().filter(|letter| keeper.may_word(letter)) {
        for locale in Locale::ALL {
            let worded = actions::worded(&cx, &keeper, letter, locale).await?;
            out.push(LetterListed {
                letter: letter.name.to_owned(),
                locale: locale.as_str().to_owned(),
                about: about(&cx, letter),
                subject: worded.wording.subject,
                own: worded.is_own,
                version: worded.wording.version,
            });
        }
    }
    Ok(Json(out))
}

/// How a letter is worded in a language, with what it may name and a copy with made-up values.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/letters/{letter}/{locale}", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("letter" = String, Path, description = "Name of the letter"),
        ("locale" = String, Path, description = "`ja` or `en`")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LetterOut, headers(("ETag" = String, description = "For If-Match")))))]
async fn read(
    cx: Cx,
    keeper: Keeper,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
) -> Result<Response> {
    answer(&cx, &keeper, path.find(&desk, &keeper)?).await
}

/// Words a letter anew, for a conference or for all that have no wording of their own. The text has to have what its reader cannot do without.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/letters/{letter}/{locale}", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("letter" = String, Path, description = "Name of the letter"),
        ("locale" = String, Path, description = "`ja` or `en`"),
        ("If-Match" = String, Header, description = "ETag of the wording that was read", example = "\"v0\"")),
    request_body = WordingIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = LetterOut)))]
async fn word(
    cx: Cx,
    keeper: Keeper,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<WordingIn>,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &keeper)?;
    let wording = (body.subject.as_str(), body.body.as_str());
    actions::word(&cx, &keeper, letter, locale, version, wording).await?;
    answer(&cx, &keeper, (letter, locale)).await
}

/// Gives a letter the wording back that it had before.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/letters/{letter}/{locale}", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("letter" = String, Path, description = "Name of the letter"),
        ("locale" = String, Path, description = "`ja` or `en`"),
        ("If-Match" = String, Header, description = "ETag of the wording that was read", example = "\"v7\"")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204)))]
async fn reset(
    cx: Cx,
    keeper: Keeper,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    let (letter, locale) = path.find(&desk, &keeper)?;
    actions::reset(&cx, &keeper, letter, locale, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what a wording would make of a letter; nothing is kept.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/letters/{letter}/{locale}/preview", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("letter" = String, Path, description = "Name of the letter"),
        ("locale" = String, Path, description = "`ja` or `en`")),
    request_body = WordingIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = CopyOut)))]
async fn preview(
    cx: Cx,
    keeper: Keeper,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    web::form::Json(body): web::form::Json<WordingIn>,
) -> Result<Json<CopyOut>> {
    let (letter, locale) = path.find(&desk, &keeper)?;
    let (subject, body) = letter.parse(&body.subject, &body.body)?;
    Ok(Json(copy(&cx, letter, locale, (&subject, &body))))
}

/// Sends whoever asks a copy of a letter, with made-up values.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/letters/{letter}/{locale}/try", tag = "mail",
    params(("conf" = String, Path, description = "Name of the conference"), ("letter" = String, Path, description = "Name of the letter"),
        ("locale" = String, Path, description = "`ja` or `en`"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per copy")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = TriedOut)))]
async fn try_out(
    cx: Cx,
    keeper: Keeper,
    State(desk): State<Desk>,
    Path(path): Path<LetterPath>,
    call: Call<Option<serde::de::IgnoredAny>>,
) -> Result<Response> {
    let (letter, locale) = path.find(&desk, &keeper)?;
    let to = match call.made::<String>(&cx.db, cx.now).await? {
        Some(to) => to,
        None => actions::try_out(&cx, &keeper, letter, locale, call.once.as_ref()).await?,
    };
    Ok((StatusCode::CREATED, Json(TriedOut { to })).into_response())
}
