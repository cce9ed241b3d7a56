//! What the tables hold.

use db::record;
use kernel::Timestamp;

use crate::exchange::{TalkDocument, text_of};
use crate::model::hand::TalkState;
use crate::model::{
    CategoryId, ConferenceId, ConferenceSettings, DayId, Effects, Lifecycle, RoomId, SpeakerId,
    TalkId, TrackId, Watch,
};
use crate::schedule::Extra;

record! {
    /// A conference.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Conference {
        /// Its id.
        pub id: ConferenceId,
        /// Its number.
        pub number: i64,
        /// Its name in addresses.
        pub slug: String,
        /// Its short name in files.
        pub acronym: String,
        /// Its title.
        pub title: String,
        /// Its title for readers of Japanese; may be empty.
        pub title_ja: String,
        /// Its title for readers of English; may be empty.
        pub title_en: String,
        /// A few sentences about it.
        pub description: String,
        /// Its IANA zone.
        pub zone: String,
        /// Whether the zone was inferred from a file that names none.
        pub zone_inferred: bool,
        /// Who may watch.
        pub watch: Watch,
        /// Name of the timetable's state.
        pub label: String,
        /// What files say beyond this, JSON.
        pub document: String,
        /// How often the programme was changed.
        pub version: i64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When its programme was changed last.
        pub changed_at: Timestamp,
        /// Where it stands in its life.
        pub lifecycle: Lifecycle,
        /// Since when it is deleted; it can be restored for some time.
        pub removed_at: Option<Timestamp>,
        /// What is said about it beyond the programme, JSON.
        pub settings: String,
    }
    /// A day.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Day {
        /// Its id.
        pub id: DayId,
        /// Counted from 1.
        pub position: i64,
        /// Its date in the conference's zone, `2026-11-22`.
        pub date: String,
        /// First instant of it.
        pub starts_at: Timestamp,
        /// Last instant of it.
        pub ends_at: Timestamp,
        /// Its rooms in order, JSON.
        pub rooms: String,
        /// What it is called beyond its date; may be empty.
        pub name: String,
        /// Whether it is for the team alone, such as a rehearsal.
        pub internal: bool,
        /// How often it was changed.
        pub version: i64,
    }
    /// A room.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Room {
        /// Its id.
        pub id: RoomId,
        /// Its number.
        pub number: i64,
        /// Its place among the rooms.
        pub position: i64,
        /// Its name.
        pub name: String,
        /// Its identity in files; may be empty.
        pub guid: String,
        /// A few words about it.
        pub description: String,
        /// How many people it holds.
        pub capacity: Option<i64>,
        /// What files say beyond this, JSON.
        pub document: String,
        /// Since when it is gone.
        pub removed_at: Option<Timestamp>,
        /// How often it was changed.
        pub version: i64,
    }
    /// A track.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Track {
        /// Its id.
        pub id: TrackId,
        /// Its number.
        pub number: i64,
        /// Its place among the tracks.
        pub position: i64,
        /// Its name in addresses.
        pub slug: String,
        /// Its name.
        pub name: String,
        /// Where it happens.
        pub room: Option<RoomId>,
        /// Since when it is gone.
        pub removed_at: Option<Timestamp>,
        /// How often it was changed.
        pub version: i64,
    }
    /// A category.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Category {
        /// Its id.
        pub id: CategoryId,
        /// Its place among the categories.
        pub position: i64,
        /// Its name.
        pub name: String,
        /// `#rrggbb`, or empty.
        pub color: String,
        /// Its name in files; may be empty.
        pub slug: String,
        /// Whether files list it, or only talks name it.
        pub listed: bool,
        /// What files say beyond this, JSON.
        pub document: String,
        /// How often it was changed.
        pub version: i64,
    }
    /// Somebody who speaks.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Speaker {
        /// Their id.
        pub id: SpeakerId,
        /// Their number.
        pub number: i64,
        /// Their name in addresses.
        pub slug: String,
        /// Their number in files.
        pub file_id: Option<i64>,
        /// Their identity in files; may be empty.
        pub guid: String,
        /// Their code in files; may be empty.
        pub code: String,
        /// Their name.
        pub name: String,
        /// A few sentences about them.
        pub biography: String,
        /// Address of their picture; may be empty.
        pub avatar: String,
        /// What files say beyond this, JSON.
        pub document: String,
        /// How often it was changed.
        pub version: i64,
        /// What was edited by hand ([`crate::model::hand`]).
        pub hand: String,
        /// Since when it is in the bin.
        pub binned_at: Option<Timestamp>,
    }
    /// A talk.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Talk {
        /// Its id.
        pub id: TalkId,
        /// Its number.
        pub number: i64,
        /// Its identity across files.
        pub guid: String,
        /// Its number in files.
        pub file_id: i64,
        /// Its code in files; may be empty.
        pub code: String,
        /// Its day.
        pub day: Option<DayId>,
        /// Its room.
        pub room: Option<RoomId>,
        /// Its track.
        pub track: Option<TrackId>,
        /// Its category.
        pub category: Option<CategoryId>,
        /// Its place among the talks in files.
        pub position: i64,
        /// When it begins.
        pub starts_at: Timestamp,
        /// When it ends.
        pub ends_at: Timestamp,
        /// Its name in addresses.
        pub slug: String,
        /// Its slug in files.
        pub file_slug: String,
        /// Its page elsewhere; may be empty.
        pub url: String,
        /// Its title.
        pub title: String,
        /// Its subtitle.
        pub subtitle: String,
        /// What kind of talk it is, a word of the conference's own.
        pub kind: String,
        /// Its language, as the file says it.
        pub language: String,
        /// Short text.
        pub r#abstract: String,
        /// Long text.
        pub description: String,
        /// Address of a picture.
        pub logo: String,
        /// Licence of the recording.
        pub license: String,
        /// Whether it must not be recorded.
        pub opt_out: Option<bool>,
        /// What files say beyond this, JSON.
        pub document: String,
        /// How often it was changed.
        pub version: i64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub changed_at: Timestamp,
        /// Since when it is gone.
        pub removed_at: Option<Timestamp>,
        /// What people see of it.
        pub state: TalkState,
        /// What was edited by hand ([`crate::model::hand`]).
        pub hand: String,
        /// Whether it was made here and is in no file.
        pub made_by_hand: bool,
        /// Since when it is in the bin.
        pub binned_at: Option<Timestamp>,
    }
    /// Who speaks in which talk.
    pub(crate) struct Credit {
        pub(crate) talk: TalkId,
        pub(crate) speaker: SpeakerId,
    }
    /// What an import changed.
    pub(crate) struct ImportRow {
        pub(crate) at: Timestamp,
        pub(crate) who: String,
        pub(crate) report: String,
    }
    /// Which state a conference's programme is in.
    pub(crate) struct Stamp {
        pub(crate) id: ConferenceId,
        pub(crate) version: i64,
    }
}

impl Conference {
    /// Its title for a reader.
    pub fn title_in(&self, locale: web::Locale) -> &str {
        let own = match locale {
            web::Locale::Ja => &self.title_ja,
            web::Locale::En => &self.title_en,
        };
        if own.is_empty() { &self.title } else { own }
    }

    /// A few sentences about it for a reader.
    pub fn description_in(&self, locale: web::Locale) -> String {
        let words = self.settings().descriptions;
        match words.get(locale.as_str()) {
            Some(text) => text.clone(),
            None if self.description.is_empty() => {
                crate::model::word_in(&words, locale.as_str()).to_owned()
            }
            None => self.description.clone(),
        }
    }

    /// What its team says about it beyond the programme.
    pub fn settings(&self) -> ConferenceSettings {
        crate::exchange::document(&self.settings)
    }

    /// Refuses where nothing can be changed any more, for what is asked for over a socket and not past the guard.
    ///
    /// # Errors
    /// `Conflict` when it is closed or deleted.
    pub fn changeable(&self) -> kernel::Result<()> {
        if self.effects().sealed {
            return Err(kernel::Error::conflict("program-sealed"));
        }
        Ok(())
    }

    /// What the state that it is in means for everybody.
    pub fn effects(&self) -> Effects {
        match self.removed_at {
            Some(_) => Effects::REMOVED,
            None => self.lifecycle.effects(),
        }
    }

    /// Its zone; UTC if this computer does not know it.
    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

impl Day {
    /// Its date in the conference's zone.
    pub fn date(&self) -> jiff::civil::Date {
        self.date.parse().unwrap_or_default()
    }
}

impl Speaker {
    /// Somebody of whom nothing is known but how they are called in addresses and across files.
    pub(crate) fn blank(number: i64, slug: String, guid: String) -> Self {
        Self {
            id: SpeakerId::fresh(),
            number,
            slug,
            file_id: None,
            guid,
            code: String::new(),
            name: String::new(),
            biography: String::new(),
            avatar: String::new(),
            document: text_of(&Extra::default()),
            version: 0,
            hand: String::new(),
            binned_at: None,
        }
    }
}

impl Talk {
    /// A talk of which nothing is known but how it is called in addresses and across files; it stands nowhere.
    pub(crate) fn blank(
        number: i64,
        slug: String,
        guid: String,
        position: i64,
        now: Timestamp,
    ) -> Self {
        Self {
            id: TalkId::fresh(),
            number,
            guid,
            file_id: number,
            code: String::new(),
            day: None,
            room: None,
            track: None,
            category: None,
            position,
            starts_at: Timestamp::UNIX_EPOCH,
            ends_at: Timestamp::UNIX_EPOCH,
            file_slug: slug.clone(),
            slug,
            url: String::new(),
            title: String::new(),
            subtitle: String::new(),
            kind: String::new(),
            language: String::new(),
            r#abstract: String::new(),
            description: String::new(),
            logo: String::new(),
            license: String::new(),
            opt_out: None,
            document: text_of(&TalkDocument::default()),
            version: 0,
            created_at: now,
            changed_at: now,
            removed_at: None,
            state: TalkState::Planned,
            hand: String::new(),
            made_by_hand: false,
            binned_at: None,
        }
    }

    /// Whether it is going on at `now`.
    pub fn is_on(&self, now: Timestamp) -> bool {
        self.starts_at <= now && now < self.ends_at
    }

    /// Whether it happens: people may see it, and it was not called off.
    pub fn happens(&self) -> bool {
        self.state == TalkState::Planned
    }

    /// Whether it is one that does not happen.
    pub fn is_cancelled(&self) -> bool {
        self.state == TalkState::Cancelled
    }

    /// Whether it is a pause.
    pub fn is_break(&self) -> bool {
        crate::model::is_break(&self.kind)
    }
}
