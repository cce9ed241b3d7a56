//! The page of slates and clips, and its forms.

use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Broadcast, Grant, Routes, Scope};
use kernel::Error;
use media_film::{Ability, Facts, Refusal};
use program::Programme;
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use web::form::{Done, Submitted};
use web::page::Markup;
use web::{Cx, Page, Patience, Result};

use super::actions::{Brought, Direction};
use super::model::{Onto, Purpose, Slate, SlateId, Stage, parse_purpose};
use super::{form, receive, store};
use crate::pages::{TEAM, clock, framed};
use crate::{Studio, limits};

pub(crate) fn routes() -> Routes<Studio> {
    Routes::new()
        .get("/{conf}/studio/slates", TEAM, page)
        .with_body(
            Method::POST,
            "/{conf}/studio/slates",
            TEAM,
            UPLOAD_BYTES_MAX,
            bring,
        )
        .post("/{conf}/studio/slates/in-breaks", TEAM, in_breaks)
        .get("/{conf}/studio/slates/{slate}", TEAM, form::page)
        .post("/{conf}/studio/slates/{slate}", TEAM, form::save)
        .post("/{conf}/studio/slates/{slate}/move", TEAM, shift)
        .post("/{conf}/studio/slates/{slate}/remove", TEAM, remove)
        .get("/{conf}/studio/slates/{slate}/film", TEAM, film)
}

/// A film, and a little for the form around it: one that is too large is refused by a sentence, not by a closed door.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a file fits into the address space"
)]
pub(crate) const UPLOAD_BYTES_MAX: usize =
    media_film::limits::FILE_BYTES_MAX as usize + 1024 * 1024;

#[derive(askama::Template)]
#[template(path = "studio_slates.html")]
struct SlatesPage {
    page: Page,
    slug: String,
    island: Markup,
    sections: Vec<Section>,
    in_breaks: bool,
    ability: &'static str,
    has_room: bool,
    megabytes_max: u64,
}

/// The films for one purpose.
struct Section {
    purpose: Purpose,
    films: Vec<Shown>,
}

/// One film as the page shows it.
struct Shown {
    slate: Slate,
    stage: String,
    /// When it came, in the conference's time zone.
    came: String,
    tone: &'static str,
    facts: Vec<(String, String)>,
    /// Why it cannot be played, and what to do.
    refusal: Option<String>,
    /// What would be better about it.
    advice: Vec<String>,
}

/// What the script of the page begins with.
#[derive(Serialize)]
struct FirstState<'a> {
    conf: &'a str,
    busy: bool,
    words: Words,
}

#[derive(Serialize)]
struct Words {
    sending: String,
    checking: String,
    failed: String,
    large: String,
    bytes_max: u64,
}

/// Heading and lead of the films for one purpose, by key.
pub(crate) fn heading(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Slate => "studio-slates-slates",
        Purpose::Clip => "studio-slates-clips",
    }
}

pub(crate) fn lead(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Slate => "studio-slates-slates-lead",
        Purpose::Clip => "studio-slates-clips-lead",
    }
}

async fn page(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    show(&cx, &scope, &studio, &programme).await
}

async fn show(cx: &Cx, scope: &Scope, studio: &Studio, programme: &Programme) -> Result<Response> {
    let page = framed(cx, scope, programme);
    let slates = studio.slates(programme).await?;
    let ability = studio.ability().await;
    let is_busy = |slate: &Slate| matches!(slate.stage, Stage::Waiting | Stage::Working);
    let megabytes_max = media_film::limits::FILE_BYTES_MAX / 1_000_000;
    let first = FirstState {
        conf: &programme.conference.slug,
        busy: slates.iter().any(is_busy),
        words: Words {
            sending: page.ta("studio-slate-sending", &[("percent", "{percent}")]),
            checking: page.t("studio-slate-sent"),
            failed: page.t("studio-slate-failed"),
            large: page.ta(
                "studio-slate-large",
                &[("megabytes", &megabytes_max.to_string())],
            ),
            bytes_max: media_film::limits::FILE_BYTES_MAX,
        },
    };
    let island = page.island("slates", &first);
    let has_room = slates.len() < limits::SLATES_MAX;
    let sections = Purpose::ALL.iter().map(|purpose| {
        let own = slates.iter().filter(|slate| slate.purpose == *purpose);
        let films = own.map(|slate| shown(&page, programme, slate, ability));
        Section {
            purpose: *purpose,
            films: films.collect(),
        }
    });
    let template = SlatesPage {
        slug: programme.conference.slug.clone(),
        island,
        sections: sections.collect(),
        in_breaks: studio.are_clips_automatic(programme).await?,
        ability: match ability {
            Ability::Take => "studio-slates-take",
            Ability::Convert => "studio-slates-convert",
            Ability::Draw => "studio-slates-draw",
        },
        has_room,
        megabytes_max,
        page: page.clone(),
    };
    Ok(page.render(&template))
}

fn shown(page: &Page, programme: &Programme, slate: &Slate, ability: Ability) -> Shown {
    let tone = match slate.stage {
        Stage::Ready if slate.enabled => "ok",
        Stage::Ready => "",
        Stage::Waiting | Stage::Working => "info",
        Stage::Refused => "bad",
    };
    let refusal = slate.refusal.as_ref().map(|why| {
        let mut sentence = refused(page, why);
        if ability == Ability::Take {
            sentence.push(' ');
            sentence.push_str(&page.t("studio-slate-export"));
        }
        sentence
    });
    Shown {
        stage: page.t(&format!("studio-slate-stage-{}", slate.stage)),
        came: clock(programme, slate.uploaded_at),
        tone,
        facts: slate
            .facts
            .as_ref()
            .map_or_else(Vec::new, |facts| found(page, facts)),
        refusal,
        advice: advice(page, slate),
        slate: slate.clone(),
    }
}

/// The sentence of a refusal.
fn refused(page: &Page, why: &Refusal) -> String {
    let detail = why.detail();
    page.ta(
        &format!("studio-slate-{}", why.word()),
        &[("what", detail.as_str())],
    )
}

/// What was found in a film, by name.
fn found(page: &Page, facts: &Facts) -> Vec<(String, String)> {
    let mut found = vec![(page.t("studio-slate-duration"), minutes(facts.duration_ms))];
    let mut say = |key: &str, value: String| found.push((page.t(key), value));
    if let Some(picture) = &facts.picture {
        let (width, height) = (picture.width, picture.height);
        let rate = picture.milli_fps.div_ceil(10) * 10;
        let rate = format!("{}.{:02}", rate / 1_000, rate % 1_000 / 10);
        say(
            "studio-slate-picture",
            format!("{width}×{height} · {rate} fps · {}", picture.codec),
        );
        if let Some(interval) = picture.key_interval_ms {
            let seconds = format!("{}.{} s", interval / 1_000, interval % 1_000 / 100);
            say("studio-slate-keys", seconds);
        }
    }
    if let Some(sound) = &facts.sound {
        let (rate, channels) = (sound.rate, sound.channels);
        let text = format!(
            "{} · {}.{} kHz · {channels} ch",
            sound.codec,
            rate / 1_000,
            rate % 1_000 / 100
        );
        say("studio-slate-sound", text);
    }
    if let Some(lufs) = facts.loudness_lufs {
        say("studio-slate-loudness", format!("{lufs:.1} LUFS"));
    }
    let tenths = facts.bytes.div_ceil(100_000);
    say(
        "studio-slate-size",
        format!("{}.{} MB · {}", tenths / 10, tenths % 10, facts.container),
    );
    found
}

/// Loudness of speech and music on the net; more than so far from it is heard as a jump.
const LOUDNESS: f64 = -16.0;
const LOUDNESS_OFF: f64 = 5.0;

fn advice(page: &Page, slate: &Slate) -> Vec<String> {
    let Some(facts) = &slate.facts else {
        return Vec::new();
    };
    let mut advice = Vec::new();
    if slate.stage == Stage::Ready {
        match facts.loudness_lufs {
            Some(lufs) if lufs > LOUDNESS + LOUDNESS_OFF => {
                advice.push(page.t("studio-slate-loud"));
            }
            Some(lufs) if lufs < LOUDNESS - 2.0 * LOUDNESS_OFF => {
                advice.push(page.t("studio-slate-low"));
            }
            _ => {}
        }
        if facts.sound.is_none() {
            advice.push(page.t("studio-slate-mute"));
        }
    }
    advice
}

fn minutes(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

async fn bring(
    cx: Cx,
    grant: Grant<Broadcast>,
    patience: Patience,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    request: Request,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    studio.has_room(&programme).await?;
    let malformed = |_| Error::invalid("film", "studio-slate-no-film");
    let form = Multipart::from_request(request, &())
        .await
        .map_err(malformed)?;
    let form = receive::Form::receive(form, &cx.blobs, &patience).await?;
    let (file, stored) = form
        .film
        .ok_or_else(|| Error::invalid("film", "studio-slate-no-film"))?;
    let brought = Brought {
        purpose: parse_purpose(&form.purpose)?,
        name: &form.name,
        file: &file,
        tracks: Onto::parse(&programme, form.tracks.iter().map(String::as_str))?,
        stored,
    };
    let row = studio.bring(&programme, &grant, brought).await?;
    let said = Done::to(&cx, home(&conf)).say("studio-slate-brought", &[("name", &row.name)]);
    Ok(axum::response::IntoResponse::into_response(said))
}

pub(super) fn home(conf: &str) -> String {
    format!("/{conf}/studio/slates")
}

pub(crate) fn parse_id(id: &str) -> Result<SlateId> {
    Ok(SlateId::parse(id).map_err(|_| Error::NotFound("slate"))?)
}

async fn shift(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
    submitted: Submitted,
) -> Result<Response> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    let direction = parse_direction(submitted.text("to"))?;
    studio
        .move_slate(&programme, &grant, &id, direction)
        .await?;
    Ok(web::redirect(&format!("{}#{id}", home(&conf))))
}

pub(crate) fn parse_direction(word: &str) -> Result<Direction> {
    match word {
        "earlier" => Ok(Direction::Earlier),
        "later" => Ok(Direction::Later),
        _ => Err(Error::invalid("to", "studio-slate-bad-direction").into()),
    }
}

async fn remove(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    studio.remove_slate(&programme, &grant, &id).await?;
    let said = Done::to(&cx, home(&conf)).say("studio-slate-removed", &[]);
    Ok(axum::response::IntoResponse::into_response(said))
}

async fn in_breaks(
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    submitted: Submitted,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let automatic = submitted.has("in_breaks");
    studio
        .clips_in_breaks(&programme, &grant, automatic)
        .await?;
    Ok(web::redirect(&home(&conf)))
}

/// The film as it is played, for a look at it; a piece of it where a player asks for one.
pub(crate) async fn film(
    cx: Cx,
    grant: Grant<Broadcast>,
    State(_): State<Studio>,
    Path((_, slate)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let found = store::find(&cx.db, grant.conference(), &parse_id(&slate)?).await?;
    let played = found.and_then(|row| row.played);
    let played = played.ok_or(Error::NotFound("slate"))?;
    let opened = tokio::fs::File::open(cx.blobs.path(&played)).await;
    let mut file = opened.map_err(|_| Error::NotFound("slate"))?;
    let whole = file.metadata().await.map_err(Error::internal)?.len();
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let piece = range.and_then(|range| piece_of(range, whole));
    let (first, last) = piece.unwrap_or((0, whole.saturating_sub(1)));
    let length = (last + 1 - first).min(whole);
    file.seek(std::io::SeekFrom::Start(first))
        .await
        .map_err(Error::internal)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length)
        .read_to_end(&mut bytes)
        .await
        .map_err(Error::internal)?;
    let mut response = Response::new(bytes.into());
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    set.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // A film never changes; the address changes with it.
    set.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=86400"),
    );
    set.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("inline; filename=\"film.mp4\""),
    );
    if piece.is_some() {
        let range = format!("bytes {first}-{last}/{whole}");
        let range = HeaderValue::from_str(&range).map_err(Error::internal)?;
        set.insert(header::CONTENT_RANGE, range);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// First and last byte of a range that is asked for; at most a few megabytes at once, since it is read into memory.
fn piece_of(range: &str, whole: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let last = match last.trim() {
        "" => whole.checked_sub(1)?,
        last => last.parse().ok()?,
    };
    let last = last
        .min(whole.checked_sub(1)?)
        .min(first + limits::FILM_PIECE_BYTES_MAX - 1);
    (first <= last).then_some((first, last))
}

impl Studio {
    /// What this machine can do with films.
    pub(crate) async fn ability(&self) -> Ability {
        match self.0.slates.setup.get() {
            Some(setup) => setup.workshop.ability().await,
            None => Ability::Take,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_gets_the_piece_that_it_asks_for() {
        assert_eq!(piece_of("bytes=0-", 100), Some((0, 99)));
        assert_eq!(piece_of("bytes=10-19", 100), Some((10, 19)));
        assert_eq!(piece_of("bytes=90-200", 100), Some((90, 99)));
        let long = 10 * limits::FILM_PIECE_BYTES_MAX;
        assert_eq!(
            piece_of("bytes=0-", long),
            Some((0, limits::FILM_PIECE_BYTES_MAX - 1))
        );
        for bad in [
            "bytes=100-",
            "bytes=5-4",
            "bytes=-5",
            "lines=1-2",
            "bytes=a-b",
            "",
        ] {
            assert_eq!(piece_of(bad, 100), None, "{bad}");
        }
    }

    #[test]
    fn a_duration_is_written_as_people_say_it() {
        assert_eq!(
            (minutes(14_999), minutes(61_000)),
            ("0:15".into(), "1:01".into())
        );
    }
}
