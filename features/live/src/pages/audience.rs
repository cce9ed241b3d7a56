//! `/{conf}/audience`: who may watch: rules of single tracks, and the list.

use axum::extract::{Multipart, Path, Query, State};
use axum::response::Response;
use http::Method;
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Error;
use program::{Programme, Track, Watch};
use serde::Deserialize;
use web::{Cx, Form, Page, Result, redirect};

use super::framed_at;
use crate::actions::audience::Onto;
use crate::store::audience as store;
use crate::{Live, limits};

const CONTENTS: Access = Access::Role(&[Role::Contents]);
/// Room for the other fields of the form.
const FORM_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Routes<Live> {
    Routes::new()
        .get("/{conf}/audience", CONTENTS, page)
        .post("/{conf}/audience/{track}/rule", CONTENTS, rule)
        .with_body(
            Method::POST,
            "/{conf}/audience/people",
            CONTENTS,
            limits::LIST_BYTES_MAX + FORM_BYTES,
            add,
        )
        .post("/{conf}/audience/people/remove", CONTENTS, remove)
}

/// What the address says: a search, or what became of a pasted list.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    person: String,
    added: Option<usize>,
    #[serde(default)]
    known: usize,
    #[serde(default)]
    removed: u64,
    #[serde(default)]
    strange: String,
}

#[derive(askama::Template)]
#[template(path = "audience.html")]
struct AudiencePage {
    page: Page,
    slug: String,
    conference: String,
    /// Key of the conference's rule.
    rule: String,
    tracks: Vec<TrackShown>,
    asked: Asked,
    complaint: Option<String>,
    entries: Vec<Entry>,
    count: i64,
    is_cut: bool,
}

struct TrackShown {
    slug: String,
    id: String,
    name: String,
    /// `""` for the conference's rule.
    own: String,
}

struct Entry {
    person: String,
    list: String,
    track: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    #[serde(default)]
    watch: String,
}

#[derive(Debug, Deserialize)]
struct Removed {
    #[serde(default)]
    list: String,
    person: String,
}

async fn page(
    cx: Cx,
    scope: Scope,
    State(live): State<Live>,
    Path(conf): Path<String>,
    asked: std::result::Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    show(&cx, &scope, &programme, asked, None).await
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    asked: Asked,
    complaint: Option<String>,
) -> Result<Response> {
    let conference = &programme.conference;
    let page = framed_at(cx, scope, programme, "admin");
    let own = store::rules(&cx.db).await?;
    let part = asked.person.trim().to_lowercase();
    let found = store::entries(&cx.db, &conference.id, &part, limits::LIST_SHOWN).await?;
    let count = store::count(&cx.db, &conference.id).await?;
    let named = |list: &str| {
        programme
            .tracks
            .iter()
            .find(|track| track.id.as_str() == list)
    };
    let template = AudiencePage {
        slug: conference.slug.clone(),
        conference: conference.title_in(cx.locale).to_owned(),
        rule: page.t(rule_key(conference.watch)),
        tracks: programme
            .tracks
            .iter()
            .map(|track| TrackShown {
                slug: track.slug.clone(),
                id: track.id.to_string(),
                name: track.name.clone(),
                own: own
                    .iter()
                    .find(|rule| rule.track == track.id)
                    .map(|rule| rule.watch.to_string())
                    .unwrap_or_default(),
            })
            .collect(),
        is_cut: i64::try_from(found.len()).unwrap_or(i64::MAX) >= limits::LIST_SHOWN,
        entries: found
            .into_iter()
            .map(|entry| Entry {
                track: named(&entry.track).map(|track| track.name.clone()),
                person: entry.person,
                list: entry.track,
            })
            .collect(),
        count,
        asked,
        page: page.clone(),
        complaint,
    };
    let status = if template.complaint.is_some() {
        http::StatusCode::UNPROCESSABLE_ENTITY
    } else {
        http::StatusCode::OK
    };
    Ok(page.render_status(status, &template))
}

fn rule_key(watch: Watch) -> &'static str {
    match watch {
        Watch::Anyone => "live-audience-anyone",
        Watch::SignedIn => "live-audience-signed-in",
        Watch::Listed => "live-audience-listed",
    }
}

async fn rule(
    cx: Cx,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path((conf, track)): Path<(String, String)>,
    Form(rule): Form<Rule>,
) -> Result<Response> {
    let (programme, track) = live.track(&conf, &track).await?;
    let watch = match rule.watch.as_str() {
        "" => None,
        word => Some(
            Watch::parse(word)
                .ok_or_else(|| Error::invalid("watch", "live-audience-rule-unknown"))?,
        ),
    };
    live.set_rule(&cx, &grant, &programme, &track, watch)
        .await?;
    Ok(redirect(&format!("/{conf}/audience#tracks")))
}

/// The fields of a pasted or uploaded list.
#[derive(Default)]
struct Pasted {
    text: Vec<u8>,
    list: String,
    replace: bool,
}

impl Pasted {
    async fn receive(mut form: Multipart) -> Result<Self> {
        let malformed = |_| Error::invalid("people", "live-audience-malformed");
        let mut pasted = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(malformed)? {
            match field.name() {
                Some("people" | "file") => {
                    if !pasted.text.is_empty() {
                        pasted.text.push(b'\n');
                    }
                    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
                        if pasted.text.len() + chunk.len() > limits::LIST_BYTES_MAX {
                            return Err(Error::invalid("people", "live-audience-too-large").into());
                        }
                        pasted.text.extend_from_slice(&chunk);
                    }
                }
                Some("track") => {
                    let text = field.text().await.map_err(malformed)?;
                    pasted.list = text.trim().chars().take(64).collect();
                }
                Some("replace") => pasted.replace = true,
                _ => {}
            }
        }
        Ok(pasted)
    }

    fn onto(&self) -> Onto {
        if self.replace {
            Onto::Replaced
        } else {
            Onto::Added
        }
    }
}

async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path(conf): Path<String>,
    form: Multipart,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    let pasted = Pasted::receive(form).await?;
    let track = match pasted.list.as_str() {
        "" => None,
        list => Some(track_of(&programme, list)?),
    };
    let text = String::from_utf8_lossy(&pasted.text);
    let added = live
        .add_people(&cx, &grant, &programme, track, &text, pasted.onto())
        .await;
    match added {
        Ok(added) => {
            let strange: Vec<String> = added
                .strange
                .iter()
                .take(limits::STRANGE_SHOWN)
                .map(|(line, _)| line.to_string())
                .collect();
            Ok(redirect(&format!(
                "/{conf}/audience?added={}&known={}&removed={}&strange={}#list",
                added.new,
                added.known,
                added.removed,
                strange.join(".")
            )))
        }
        Err(Error::Invalid(fields)) => {
            let complaint = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            show(&cx, &scope, &programme, Asked::default(), complaint).await
        }
        Err(error) => Err(error.into()),
    }
}

fn track_of<'a>(programme: &'a Programme, id: &str) -> kernel::Result<&'a Track> {
    let found = programme
        .tracks
        .iter()
        .find(|track| track.id.as_str() == id);
    found.ok_or(Error::NotFound("track"))
}

async fn remove(
    cx: Cx,
    grant: Grant<Contents>,
    State(live): State<Live>,
    Path(conf): Path<String>,
    Form(removed): Form<Removed>,
) -> Result<Response> {
    let programme = live.named(&conf).await?;
    live.remove_person(&cx, &grant, &programme, &removed.list, &removed.person)
        .await?;
    Ok(redirect(&format!("/{conf}/audience#list")))
}
