//! `/{conf}/admin/theme/{spot}`: the pictures of a conference, beneath its colours.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use web::form::{Done, Submitted};
use web::{Cx, Picture};

use super::theme;
use crate::actions::{self, Brought, Writer};
use crate::model::{LANGUAGES, Look, Spot, Words};
use crate::pages::looks::picture;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

/// A spot for a picture, as the page shows it.
pub(super) struct ShownSpot {
    pub(super) word: &'static str,
    pub(super) name: String,
    pub(super) hint: String,
    pub(super) action: String,
    /// Whether it is shown on a dark ground.
    pub(super) is_dark: bool,
    /// Whether it says nothing that has to be said instead.
    pub(super) is_silent: bool,
    pub(super) accept: &'static str,
    pub(super) picture: Option<Picture>,
    /// What is said instead of it: name of the field, language, its name, text.
    pub(super) alts: Vec<(String, &'static str, String, String)>,
    pub(super) complaint: Option<String>,
}

/// What somebody sent for a spot that was not taken.
pub(super) struct Refusal<'a> {
    pub(super) spot: Spot,
    pub(super) sentence: String,
    pub(super) submitted: &'a Submitted,
}

/// Every spot, with what is there.
pub(super) fn spots(
    cx: &Cx,
    programme: &Programme,
    refusal: Option<&Refusal<'_>>,
) -> Vec<ShownSpot> {
    let base = format!("/{}", programme.conference.slug);
    let looks = programme.conference.settings().looks;
    let shown = |spot: Spot| {
        let look = looks.at(spot);
        let refusal = refusal.filter(|own| own.spot == spot);
        let alts = LANGUAGES.iter().map(|language| {
            let field = format!("alt_{language}");
            let kept = look.and_then(|look| look.alt.get(*language));
            let text = match refusal {
                Some(own) => own.submitted.text(&field).to_owned(),
                None => kept.cloned().unwrap_or_default(),
            };
            let name = cx.text(&format!("program-look-alt-{language}"), &[]);
            (field, *language, name, text)
        });
        ShownSpot {
            word: spot.as_str(),
            name: cx.text(&format!("program-look-{spot}"), &[]),
            hint: cx.text(&format!("program-look-{spot}-hint"), &[]),
            action: format!("{base}/admin/theme/{spot}"),
            is_dark: matches!(spot, Spot::LogoDark | Spot::Hero),
            // The dark logo says what the light one says; an icon stands beside its name.
            is_silent: matches!(spot, Spot::LogoDark | Spot::Icon),
            accept: match spot {
                Spot::Logo | Spot::LogoDark => "image/png,image/jpeg,image/webp,image/svg+xml",
                Spot::Hero | Spot::Icon => "image/png,image/jpeg,image/webp",
            },
            picture: look.and_then(Look::largest).map(|own| picture(&base, own)),
            alts: alts.collect(),
            complaint: refusal.map(|own| own.sentence.clone()),
        }
    };
    Spot::ALL.iter().copied().map(shown).collect()
}

/// Takes a picture, other words for it, or takes it down.
pub(super) async fn save(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, word)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let spot = Spot::parse(&word).ok_or(Error::NotFound("page"))?;
    let seen = programme(&cx, &programmes, &scope).await?;
    let writer = Writer::of(&cx, &programmes);
    let says = LANGUAGES
        .iter()
        .any(|own| submitted.has(&format!("alt_{own}")));
    let mut alt: Words = seen
        .conference
        .settings()
        .looks
        .at(spot)
        .map(|look| look.alt.clone())
        .unwrap_or_default();
    for language in LANGUAGES {
        let said = submitted.text(&format!("alt_{language}"));
        alt.insert(language.to_owned(), said.to_owned());
    }
    let removes = submitted.act() == "remove";
    let (done, said) = if removes {
        let done = actions::take_down(&writer, &grant, (spot, None)).await;
        (done, "program-look-removed")
    } else if let Some(file) = submitted.file("file") {
        let brought = Brought {
            spot,
            file: file.bytes.clone(),
            alt: says.then_some(alt),
            expected: None,
        };
        let done = actions::hang(&writer, &cx.blobs, &grant, brought).await;
        (done, "program-look-shown")
    } else if says && seen.conference.settings().looks.at(spot).is_some() {
        let done = actions::describe(&writer, &grant, (spot, None), alt).await;
        (done, "program-look-described")
    } else {
        let none = Error::invalid("file", "program-look-none");
        (Err(none), "program-look-shown")
    };
    match done {
        Ok(_) => {
            let place = format!("/{}/admin/theme#look-{spot}", seen.conference.slug);
            let name = cx.text(&format!("program-look-{spot}"), &[]);
            Ok(Done::to(&cx, place)
                .say(said, &[("name", &name)])
                .into_response())
        }
        Err(Error::Invalid(fields)) => {
            let field = fields.first();
            let refusal = Refusal {
                spot,
                sentence: field
                    .map(|own| cx.texts.message(cx.locale, &own.message))
                    .unwrap_or_default(),
                submitted: &submitted,
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(theme::with_refusal(&cx, &scope, &seen, status, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
