//! `/{conf}/admin/talks/new` and `/{conf}/admin/talks/{talk}`: a talk by hand.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use serde::Deserialize;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::admin::Frame;
use super::clocks::Clocks;
use super::programme;
use super::talks::{categories, days, tracks};
use crate::actions::Writer;
use crate::actions::talks::{self, Place, Saved, TalkDraft, TalkRecord};
use crate::limits;
use crate::markup;
use crate::model::hand::{Part, TalkState};
use crate::model::placement::{Clash, begins};
use crate::model::{CategoryId, DayId, Part as List, RoomId, TalkId, TrackId};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::schedule::Link;
use crate::store::{self, Talk};

#[derive(Deserialize)]
pub(super) struct TalkPath {
    pub(super) talk: String,
}

impl TalkPath {
    pub(super) fn id(&self) -> kernel::Result<TalkId> {
        TalkId::parse(&self.talk).map_err(|_| Error::NotFound("talk"))
    }
}

#[derive(Template)]
#[template(path = "admin_talk.html")]
struct TalkForm {
    page: Page,
    frame: Frame,
    back: String,
    zone: String,
    sheet: Sheet,
    /// Whether the conference says what kinds, and what languages, there are.
    names_kinds: bool,
    names_languages: bool,
    kinds: Vec<String>,
    languages: Vec<String>,
    names: Vec<String>,
    clashes: Vec<ClashLine>,
    talk: Option<Facts>,
}

impl TalkForm {
    /// Whether whatever is in the way was said to be meant.
    fn all_meant(&self) -> bool {
        self.clashes.iter().all(|clash| clash.given)
    }
}

/// What stands in the way, for the page.
struct ClashLine {
    sentence: String,
    consent: Option<String>,
    given: bool,
}

/// What the page says about a talk that is there.
struct Facts {
    id: String,
    title: String,
    public: Option<String>,
    hand: Vec<String>,
    imported: bool,
    binned: bool,
    changed: String,
}

/// The sheet of a talk, or of none yet.
pub(crate) fn sheet(cx: &Cx, programme: &Programme, talk: Option<(&Talk, &TalkRecord)>) -> Sheet {
    let zone = programme.conference.time_zone();
    let blank = Sheet::blank();
    let sheet = match talk {
        None => {
            let first = programme.days.first().map(|day| day.id.to_string());
            let usual = programme.terms(List::Types).next();
            let none: [&str; 0] = [];
            blank
                .put("title", "")
                .put("subtitle", "")
                .put("state", TalkState::Planned)
                .put("kind", usual.map_or("talk", |term| &term.word))
                .put("language", cx.locale.as_str())
                .put("category", "")
                .put("level", "")
                .put("day", first.unwrap_or_default())
                .put("starts", "")
                .put("minutes", 40)
                .put("track", "")
                .put("room", "")
                .put_all("speaker.name", none)
                .put("abstract", "")
                .put("description", "")
                .put_all("link.url", none)
                .put_all("link.title", none)
                .put_all("slide.url", none)
                .put_all("slide.title", none)
        }
        Some((row, record)) => {
            let starts = record
                .starts_at
                .map(|at| at.to_zoned(zone.clone()).strftime("%H:%M").to_string());
            let id = |id: Option<&str>| id.unwrap_or_default().to_owned();
            Sheet::of(row.version)
                .put("title", &row.title)
                .put("subtitle", &row.subtitle)
                .put("state", row.state)
                .put("kind", &row.kind)
                .put("language", &row.language)
                .put(
                    "category",
                    id(row.category.as_ref().map(CategoryId::as_str)),
                )
                .put("level", &record.level)
                .put("day", id(row.day.as_ref().map(DayId::as_str)))
                .put("starts", starts.unwrap_or_default())
                .put(
                    "minutes",
                    record
                        .minutes
                        .map(|minutes| minutes.to_string())
                        .unwrap_or_default(),
                )
                .put("track", id(row.track.as_ref().map(TrackId::as_str)))
                .put("room", id(row.room.as_ref().map(RoomId::as_str)))
                .put_all("speaker.name", called(programme, record))
                .put("abstract", &row.r#abstract)
                .put("description", &row.description)
                .put_all("link.url", record.links.iter().map(|link| &link.url))
                .put_all("link.title", record.links.iter().map(|link| &link.title))
                .put_all("slide.url", record.slides.iter().map(|link| &link.url))
                .put_all("slide.title", record.slides.iter().map(|link| &link.title))
        }
    };
    offered(cx, programme, sheet)
}

/// The speakers of a talk as a form calls them: by name, or by name in addresses where two have the same.
fn called(programme: &Programme, record: &TalkRecord) -> Vec<String> {
    let several = |name: &str| {
        programme
            .speakers
            .iter()
            .filter(|own| own.name == name)
            .count()
            > 1
    };
    let slugs: Vec<&str> = programme
        .speakers_of(&record.id)
        .map(|own| own.slug.as_str())
        .collect();
    let call = |(index, name): (usize, &String)| {
        let slug = slugs
            .get(index)
            .filter(|_| several(name) && slugs.len() == record.speakers.len());
        slug.map_or_else(|| name.clone(), |slug| (*slug).to_owned())
    };
    record.speakers.iter().enumerate().map(call).collect()
}

fn offered(cx: &Cx, programme: &Programme, sheet: Sheet) -> Sheet {
    let clocks = Clocks::of(cx, &programme.conference);
    let with_none = |key: &str, choices: Vec<Choice>| -> Vec<Choice> {
        std::iter::once(Choice::new("", cx.text(key, &[])))
            .chain(choices)
            .collect()
    };
    let states = TalkState::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), cx.text(state.label(), &[])));
    let rooms = programme
        .rooms
        .iter()
        .map(|room| Choice::new(room.id.as_str(), &room.name));
    let words = |list: List, current: &str| {
        let offered = programme.terms(list);
        let mut words: Vec<Choice> = offered
            .map(|term| Choice::new(&term.word, term.name_in(cx.locale)))
            .collect();
        if !current.is_empty() && !programme.terms(list).any(|term| term.word == current) {
            // The conference offers it no longer; the talk still has it.
            words.push(Choice::new(current, current));
        }
        with_none("program-choice-none", words)
    };
    let kinds = words(List::Types, sheet.value("kind"));
    let levels = words(List::Levels, sheet.value("level"));
    let languages = words(List::Languages, sheet.value("language"));
    sheet
        .offer("state", states.collect())
        .offer(
            "category",
            with_none("program-choice-none", categories(programme)),
        )
        .offer("kind", kinds)
        .offer("level", levels)
        .offer("language", languages)
        .offer(
            "day",
            with_none("program-choice-nowhere", days(programme, &clocks)),
        )
        .offer(
            "track",
            with_none("program-choice-all-tracks", tracks(programme)),
        )
        .offer(
            "room",
            with_none("program-choice-track-room", rooms.collect()),
        )
}

/// Reads the sheet as a draft.
pub(crate) fn draft(
    sheet: &Sheet,
    programme: &Programme,
    consents: Vec<String>,
) -> kernel::Result<TalkDraft> {
    let mut read = sheet.read();
    let title = read.required("title", limits::NAME_CHARS_MAX);
    let subtitle = read.text("subtitle", limits::NAME_CHARS_MAX);
    let kind = read.text("kind", limits::WORD_CHARS_MAX);
    let language = read.text("language", limits::WORD_CHARS_MAX);
    let level = read.text("level", limits::WORD_CHARS_MAX);
    let state = read.word("state", TalkState::parse);
    let category = read.word("category", |text| CategoryId::parse(text).ok());
    let track = read.word("track", |text| TrackId::parse(text).ok());
    let room = read.word("room", |text| RoomId::parse(text).ok());
    let day = read.word("day", |text| {
        programme.days.iter().find(|day| day.id.as_str() == text)
    });
    let time = read.time("starts");
    let minutes = read.number("minutes", 1..=limits::TALK_HOURS_MAX * 60);
    let placement = match (day, time, minutes) {
        (Some(day), Some(time), Some(minutes)) => {
            let zone = programme.conference.time_zone();
            let at = begins(day.date(), (day.starts_at, day.ends_at), time, &zone);
            if at.is_none() {
                read.fault("starts", "web-field-gap");
            }
            at.map(|starts_at| Place {
                day: day.id.clone(),
                starts_at,
                minutes,
                room,
                track,
            })
        }
        (Some(_), None, _) if sheet.value("starts").trim().is_empty() => {
            read.fault("starts", "web-field-empty");
            None
        }
        (Some(_), _, None) if sheet.value("minutes").trim().is_empty() => {
            read.fault("minutes", "web-field-empty");
            None
        }
        _ => None,
    };
    let rows = read.rows("speaker", &["name"]);
    let speakers: Vec<String> = rows
        .iter()
        .map(|row| read.cell(row, "name", limits::NAME_CHARS_MAX))
        .collect();
    if speakers.len() > limits::SPEAKERS_MAX {
        let message =
            kernel::Message::new("program-talk-speakers-many").with("limit", limits::SPEAKERS_MAX);
        read.fault("speaker", message);
    }
    let r#abstract = read.lines("abstract", limits::PROSE_CHARS_MAX);
    let description = read.lines("description", limits::PROSE_CHARS_MAX);
    let links = links(&mut read, "link");
    let slides = self::links(&mut read, "slide");
    read.done()?;
    Ok(TalkDraft {
        title,
        subtitle,
        kind,
        language,
        level,
        r#abstract,
        description,
        category,
        state,
        placement,
        speakers,
        links,
        slides,
        consents,
    })
}

fn links(read: &mut web::form::Reader<'_>, group: &'static str) -> Vec<Link> {
    let rows = read.rows(group, &["url", "title"]);
    if rows.len() > limits::TALK_LINKS_MAX {
        let message =
            kernel::Message::new("program-talk-links-many").with("limit", limits::TALK_LINKS_MAX);
        read.fault(group, message);
    }
    let mut links = Vec::new();
    for row in &rows {
        let url = read.cell_url(row, "url", limits::LINK_CHARS_MAX);
        let title = read.cell(row, "title", limits::NAME_CHARS_MAX);
        if url.is_empty() {
            read.fault(row.id("url"), "web-field-empty");
        }
        links.push(Link {
            url,
            title,
            ..Link::default()
        });
    }
    links
}

/// What a page is made of.
struct Shown<'a> {
    status: StatusCode,
    sheet: Sheet,
    talk: Option<(&'a Talk, &'a TalkRecord)>,
    clashes: Vec<Clash>,
    consents: Vec<String>,
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    shown: Shown<'_>,
) -> web::Result<Response> {
    let conference = &programme.conference;
    let clocks = Clocks::of(cx, conference);
    let frame = Frame::of(cx, scope, conference, "talks");
    let page = frame.page(cx, scope, conference);
    let prose = |name: &str| markup::to_html(shown.sheet.value(name));
    let (about, more) = (prose("abstract"), prose("description"));
    let line = |clash: &Clash| ClashLine {
        sentence: cx.texts.message(cx.locale, &clash.message()),
        given: clash.consent().is_some() && !clash.stands(&shown.consents),
        consent: clash.consent(),
    };
    let mut languages: Vec<String> = programme
        .talks
        .iter()
        .map(|talk| talk.language.clone())
        .collect();
    languages.extend(["ja".to_owned(), "en".to_owned()]);
    languages.sort_unstable();
    languages.dedup();
    languages.retain(|language| !language.is_empty());
    let facts = |(row, record): (&Talk, &TalkRecord)| Facts {
        id: row.id.to_string(),
        title: row.title.clone(),
        public: (row.state != TalkState::Hidden && row.binned_at.is_none())
            .then(|| format!("/{}/talks/{}", conference.slug, row.slug)),
        hand: record
            .hand
            .iter()
            .filter_map(|word| Part::parse(word))
            .map(|part| cx.text(part.label(), &[]))
            .collect(),
        imported: !row.made_by_hand,
        binned: row.binned_at.is_some(),
        changed: format!(
            "{} {}",
            clocks.long_date(row.changed_at),
            clocks.clock(row.changed_at)
        ),
    };
    let template = TalkForm {
        page: page.clone(),
        zone: clocks.venue_label(programme.reference()),
        names_kinds: programme.terms(List::Types).next().is_some(),
        names_languages: programme.terms(List::Languages).next().is_some(),
        kinds: store::talks::kinds(&cx.db, &conference.id).await?,
        languages,
        names: store::speakers::names(&cx.db, &conference.id, limits::NAMES_SUGGESTED_MAX).await?,
        clashes: shown.clashes.iter().map(line).collect(),
        talk: shown.talk.map(facts),
        back: format!("{}/admin/talks", frame.base),
        sheet: shown
            .sheet
            .preview("abstract", about)
            .preview("description", more),
        frame,
    };
    Ok(page.render_status(shown.status, &template))
}

pub(super) async fn blank(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let shown = Shown {
        status: StatusCode::OK,
        sheet: sheet(&cx, &programme, None),
        talk: None,
        clashes: Vec::new(),
        consents: Vec::new(),
    };
    show(&cx, &scope, &programme, shown).await
}

pub(super) async fn form(
    cx: Cx,
    scope: Scope,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let (row, record) = talks::read(&cx.db, scope.conference(), &path.id()?).await?;
    let talk = Some((&row, &record));
    let shown = Shown {
        status: StatusCode::OK,
        sheet: sheet(&cx, &programme, talk),
        talk,
        clashes: Vec::new(),
        consents: Vec::new(),
    };
    show(&cx, &scope, &programme, shown).await
}

pub(super) async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = sheet(&cx, &programme, None).typed(&submitted);
    let writer = Writer::of(&cx, &programmes);
    save(
        &cx,
        &scope,
        &programme,
        (&writer, &grant),
        None,
        sheet,
        &submitted,
    )
    .await
}

pub(super) async fn edit(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    Path(path): Path<TalkPath>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let id = path.id()?;
    let (row, record) = talks::read(&cx.db, scope.conference(), &id).await?;
    let sheet = sheet(&cx, &programme, Some((&row, &record))).typed(&submitted);
    let writer = Writer::of(&cx, &programmes);
    let talk = Some((&row, &record));
    match save(
        &cx,
        &scope,
        &programme,
        (&writer, &grant),
        talk,
        sheet,
        &submitted,
    )
    .await
    {
        // Somebody was faster between our reading and our writing.
        Err(failure) if failure.is_stale() => {
            let (row, record) = talks::read(&cx.db, scope.conference(), &id).await?;
            let talk = Some((&row, &record));
            let shown = Shown {
                status: StatusCode::CONFLICT,
                sheet: self::sheet(&cx, &programme, talk).typed(&submitted),
                talk,
                clashes: Vec::new(),
                consents: Vec::new(),
            };
            show(&cx, &scope, &programme, shown).await
        }
        saved => saved,
    }
}

/// Saves what was typed, or shows the page again with what speaks against it.
async fn save(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (writer, grant): (&Writer<'_>, &Grant<Contents>),
    talk: Option<(&Talk, &TalkRecord)>,
    sheet: Sheet,
    submitted: &Submitted,
) -> web::Result<Response> {
    let consents: Vec<String> = submitted.all("confirm").map(str::to_owned).collect();
    let again = |status, sheet, clashes| Shown {
        status,
        sheet,
        talk,
        clashes,
        consents: consents.clone(),
    };
    let draft = draft(&sheet, programme, consents.clone());
    if let Some(status) = sheet.pause() {
        let id = talk.map(|(row, _)| &row.id);
        let clashes = match &draft {
            Ok(draft) => talks::check(&cx.db, scope.conference(), id, draft).await?,
            Err(_) => Vec::new(),
        };
        return show(cx, scope, programme, again(status, sheet, clashes)).await;
    }
    let saved = match (draft, talk) {
        (Ok(draft), Some((row, _))) => {
            talks::edit(writer, grant, &row.id, row.version, &draft).await
        }
        (Ok(draft), None) => talks::add(writer, grant, &draft, None).await,
        (Err(error), _) => Err(error),
    };
    match saved {
        Ok(Saved::Talk(record)) => {
            let to = format!("/{}/admin/talks/{}", programme.conference.slug, record.id);
            let done = Done::to(cx, to).say("program-talk-saved", &[("title", &record.title)]);
            Ok(done.saved(submitted).into_response())
        }
        Ok(Saved::Clashes(clashes)) => {
            show(
                cx,
                scope,
                programme,
                again(StatusCode::CONFLICT, sheet, clashes),
            )
            .await
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(cx, error)?;
            show(cx, scope, programme, again(status, sheet, Vec::new())).await
        }
    }
}
