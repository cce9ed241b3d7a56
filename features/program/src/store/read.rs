//! Reading the programme.

use db::{Run, params, sql};
use kernel::Result;

use super::rows::{
    Category, Conference, Credit, Day, ImportRow, Room, Speaker, Stamp, Talk, Track,
};
use crate::limits;
use crate::model::ConferenceId;

/// Everything of one conference, also what is gone (an import may bring it back).
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) conference: Conference,
    pub(crate) days: Vec<Day>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) tracks: Vec<Track>,
    pub(crate) categories: Vec<Category>,
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) credits: Vec<Credit>,
    pub(crate) terms: Vec<super::Term>,
    pub(crate) slides: Vec<super::slides::Slides>,
}

impl Loaded {
    /// Whether a talk is for the team alone.
    pub(crate) fn hides(&self, talk: &Talk) -> bool {
        self.days
            .iter()
            .any(|day| day.internal && talk.day.as_ref() == Some(&day.id))
    }

    /// Whether anything in it is for the team alone.
    pub(crate) fn hides_any(&self) -> bool {
        self.days.iter().any(|day| day.internal)
    }

    /// The same without what is for the team alone.
    pub(crate) fn for_outsiders(&self) -> Self {
        let mut seen = self.clone();
        seen.talks.retain(|talk| !self.hides(talk));
        seen.days.retain(|day| !day.internal);
        seen
    }
}

pub(crate) async fn by_slug(mut run: impl Run, slug: &str) -> Result<Option<Conference>> {
    Ok(run
        .opt(
            sql!(Conference:
                "SELECT id, number, slug, acronym, title, title_ja, title_en, description, zone, zone_inferred,
                 watch, label, document, version, created_at, changed_at, lifecycle, removed_at, settings FROM conference WHERE slug = $1"),
            params![slug],
        )
        .await?)
}

pub(crate) async fn by_id(mut run: impl Run, id: &ConferenceId) -> Result<Option<Conference>> {
    Ok(run
        .opt(
            sql!(Conference:
                "SELECT id, number, slug, acronym, title, title_ja, title_en, description, zone, zone_inferred,
                 watch, label, document, version, created_at, changed_at, lifecycle, removed_at, settings FROM conference WHERE id = $1"),
            params![id],
        )
        .await?)
}

/// Conferences, the newest first.
pub(crate) async fn all_conferences(mut run: impl Run) -> Result<Vec<Conference>> {
    Ok(run
        .all(
            sql!(Conference:
                "SELECT id, number, slug, acronym, title, title_ja, title_en, description, zone, zone_inferred,
                 watch, label, document, version, created_at, changed_at, lifecycle, removed_at, settings FROM conference
                 ORDER BY number DESC LIMIT $1"),
            params![&limits::CONFERENCES_SHOWN_MAX],
        )
        .await?)
}

/// The state that a conference's programme is in, by its name in addresses.
pub(crate) async fn stamp(mut run: impl Run, slug: &str) -> Result<Option<Stamp>> {
    Ok(run
        .opt(
            sql!(Stamp: "SELECT id, version FROM conference WHERE slug = $1"),
            params![slug],
        )
        .await?)
}

/// The same by id.
pub(crate) async fn stamp_of(mut run: impl Run, id: &ConferenceId) -> Result<Option<Stamp>> {
    Ok(run
        .opt(
            sql!(Stamp: "SELECT id, version FROM conference WHERE id = $1"),
            params![id],
        )
        .await?)
}

/// Everything of one conference as of one version. Outside of a transaction somebody may change it between the
/// statements; then it is read again.
pub(crate) async fn load(mut run: impl Run, id: &ConferenceId) -> Result<Option<Loaded>> {
    for _ in 0..LOAD_TRIES {
        let Some(loaded) = load_once(&mut run, id).await? else {
            return Ok(None);
        };
        if stamp_of(&mut run, id)
            .await?
            .is_some_and(|now| now.version == loaded.conference.version)
        {
            return Ok(Some(loaded));
        }
    }
    Err(kernel::Error::Unavailable("the programme is being changed"))
}

/// How often a load may meet a change before it gives up.
const LOAD_TRIES: usize = 5;

async fn load_once(tx: &mut impl Run, id: &ConferenceId) -> Result<Option<Loaded>> {
    let Some(conference) = by_id(&mut *tx, id).await? else {
        return Ok(None);
    };
    let (days, rooms, tracks, categories) = places(tx, id).await?;
    let speakers = tx
        .all(
            sql!(Speaker: "SELECT id, number, slug, file_id, guid, code, name, biography, avatar, document, version, hand,
                           binned_at
                           FROM speaker WHERE conference = $1 ORDER BY number"),
            params![id],
        )
        .await?;
    let talks = talks(tx, id).await?;
    let credits = tx
        .all(
            sql!(Credit: "SELECT s.talk, s.speaker FROM talk_speaker s JOIN talk t ON t.id = s.talk
                          WHERE t.conference = $1 ORDER BY s.talk, s.position"),
            params![id],
        )
        .await?;
    Ok(Some(Loaded {
        conference,
        days,
        rooms,
        tracks,
        categories,
        speakers,
        talks,
        credits,
        terms: super::terms::terms(tx, id).await?,
        slides: super::slides::of_conference(&mut *tx, id).await?,
    }))
}

/// A conference with what talks are put into: days, rooms, tracks, categories; without talks and people.
pub(crate) async fn frame(mut run: impl Run, id: &ConferenceId) -> Result<Option<Loaded>> {
    let Some(conference) = by_id(&mut run, id).await? else {
        return Ok(None);
    };
    let (days, rooms, tracks, categories) = places(&mut run, id).await?;
    Ok(Some(Loaded {
        conference,
        days,
        rooms,
        tracks,
        categories,
        speakers: Vec::new(),
        talks: Vec::new(),
        credits: Vec::new(),
        terms: Vec::new(),
        slides: Vec::new(),
    }))
}

/// What talks are put into.
type Places = (Vec<Day>, Vec<Room>, Vec<Track>, Vec<Category>);

async fn places(tx: &mut impl Run, id: &ConferenceId) -> Result<Places> {
    let days = tx
        .all(
            sql!(Day: "SELECT id, position, date, starts_at, ends_at, rooms, name, internal, version FROM conference_day
                       WHERE conference = $1 ORDER BY starts_at, position"),
            params![id],
        )
        .await?;
    let rooms = rooms(tx, id).await?;
    let tracks = tx
        .all(
            sql!(Track: "SELECT id, number, position, slug, name, room, removed_at, version FROM track
                         WHERE conference = $1 ORDER BY position, number"),
            params![id],
        )
        .await?;
    let categories = tx
        .all(
            sql!(Category: "SELECT id, position, name, color, slug, listed, document, version FROM category
                            WHERE conference = $1 ORDER BY position, name"),
            params![id],
        )
        .await?;
    Ok((days, rooms, tracks, categories))
}

/// Every room of a conference, also those that are gone.
pub(crate) async fn rooms(tx: &mut impl Run, id: &ConferenceId) -> Result<Vec<Room>> {
    Ok(tx
        .all(
            sql!(Room: "SELECT id, number, position, name, guid, description, capacity, document, removed_at, version
                        FROM room WHERE conference = $1 ORDER BY position, number"),
            params![id],
        )
        .await?)
}

async fn talks(tx: &mut impl Run, id: &ConferenceId) -> Result<Vec<Talk>> {
    Ok(tx
        .all(
            sql!(Talk:
                "SELECT id, number, guid, file_id, code, day, room, track, category, position, starts_at, ends_at,
                 slug, file_slug, url, title, subtitle, kind, language, abstract, description, logo, license,
                 opt_out, document, version, created_at, changed_at, removed_at, state, hand, made_by_hand, binned_at
                 FROM talk WHERE conference = $1 ORDER BY starts_at, position, number"),
            params![id],
        )
        .await?)
}

/// What the last imports changed, the newest first.
pub(crate) async fn imports(
    mut run: impl Run,
    id: &ConferenceId,
    limit: i64,
) -> Result<Vec<ImportRow>> {
    Ok(run
        .all(
            sql!(ImportRow: "SELECT at, who, report FROM schedule_import WHERE conference = $1
                             ORDER BY at DESC, id DESC LIMIT $2"),
            params![id, &limit],
        )
        .await?)
}
