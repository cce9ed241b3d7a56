//! A conference after the model of another one: what is taken along is chosen, dates move by the difference of the first
//! days, ids and numbers are fresh, and nothing of people comes along unless somebody asks for it.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use identity::{Chair, ConferenceId, Grant, audit};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use kernel::text::{Lines, clean};
use kernel::{Error, Field, Message, Result, Timestamp, word_enum};
use platform::Blobs;
use platform::once::Once;

use super::Writer;
use crate::exchange::{ConferenceDocument, TalkDocument, document, level_of, text_of};
use crate::limits;
use crate::model::{
    CategoryId, ConferenceSettings, DayId, Lifecycle, Looks, PageId, RoomId, SpeakerId, TalkId,
    TermId, TrackId, parse_slug,
};
use crate::schedule::{acronym_for, guid_for};
use crate::store::{self, Category, Conference, Day, Loaded, Room, Speaker, Talk, Term, Track};
use crate::store::{sheets, terms, write};

word_enum! {
    /// What a conference can take along from another one.
    pub enum Take {
        /// Days.
        Days = "days",
        /// Rooms and tracks.
        Places = "places",
        /// Categories, talk types, levels, lengths, languages.
        Words = "words",
        /// Description, contact, links, colours, what is switched off, who may watch.
        Settings = "settings",
        /// Logo, hero picture, icon.
        Pictures = "pictures",
        /// Pages that the team wrote.
        Pages = "pages",
        /// Talks with their times, without speakers.
        Talks = "talks",
        /// Who speaks in them.
        Speakers = "speakers",
    }
}

/// What somebody wants of the new conference.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    /// Its title.
    pub title: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its first day, `2027-11-21`.
    pub first_day: String,
    /// What it takes along.
    pub take: BTreeSet<Take>,
}

/// Makes a draft after the model of the grant's conference, led by whoever asks. For a client that may ask again its id is
/// kept.
///
/// # Errors
/// `Invalid` with every field that cannot be used.
pub async fn copy(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Chair>,
    id: ConferenceId,
    wanted: &Copy,
    once: Option<&Once>,
) -> Result<Conference> {
    let (title, slug, first_day) = checked(wanted)?;
    let (looks, kept) = if wanted.take.contains(&Take::Pictures) {
        let model = store::by_id(writer.db, grant.conference()).await?;
        let model = model.ok_or(Error::NotFound("conference"))?;
        // Before the transaction, which nobody should have to wait for while a disk writes pictures.
        super::copied(blobs, &model.settings().looks).await?
    } else {
        (Looks::default(), Vec::new())
    };
    let mut tx = writer.db.begin().await?;
    if store::by_slug(&mut tx, &slug).await?.is_some() {
        return Err(Error::invalid("slug", "program-slug-taken"));
    }
    let model = store::load(&mut tx, grant.conference()).await?;
    let model = model.ok_or(Error::NotFound("conference"))?;
    let was_first = model
        .days
        .iter()
        .filter(|day| !day.internal)
        .map(Day::date)
        .min();
    let days = was_first.map_or(0, |first| (first_day - first).get_days());
    let row = conference_row(
        &mut tx,
        &model.conference,
        (id, title, slug),
        (wanted, looks),
        writer.now,
    )
    .await?;
    super::looks::keep(&mut tx, &kept, writer.now).await?;
    write::insert_conference(&mut tx, &row).await?;
    let mut copying = Copying {
        tx: &mut tx,
        model: &model,
        row: &row,
        by: days.days(),
        now: writer.now,
        take: &wanted.take,
    };
    copying.everything().await?;
    identity::actions::lead(&mut tx, grant, &row.id).await?;
    let taken: Vec<Take> = wanted.take.iter().copied().collect();
    audit::record(
        &mut tx,
        grant,
        "conference.copy",
        row.id.as_str(),
        &(),
        &(&row.slug, taken),
    )
    .await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &row.id, writer.now).await?;
    }
    tx.commit().await?;
    writer.announce(&row.id, row.version);
    tracing::info!(conference = %row.id, model = %model.conference.id, "made {} after {}", row.slug, model.conference.slug);
    Ok(row)
}

fn checked(wanted: &Copy) -> Result<(String, String, Date)> {
    let mut faults: Vec<Field> = Vec::new();
    let mut fault = |name: &'static str, message: Message| {
        faults.push(Field {
            name: name.into(),
            message,
        });
    };
    let title = clean(&wanted.title, Lines::One);
    if title.is_empty() {
        fault("title", Message::new("program-title-empty"));
    } else if title.chars().count() > limits::TITLE_CHARS_MAX {
        let message = Message::new("program-title-long");
        fault("title", message.with("limit", limits::TITLE_CHARS_MAX));
    }
    let slug = match parse_slug(&wanted.slug) {
        Ok(slug) => Some(slug),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                fault("slug", field.message);
            }
            None
        }
        Err(error) => return Err(error),
    };
    let date: Option<Date> = wanted.first_day.trim().parse().ok();
    if date.is_none() {
        fault("first_day", Message::new("program-date-malformed"));
    }
    match (slug, date) {
        (Some(slug), Some(date)) if faults.is_empty() => Ok((title, slug, date)),
        _ => Err(Error::Invalid(faults)),
    }
}

async fn conference_row(
    tx: &mut Tx,
    model: &Conference,
    (id, title, slug): (ConferenceId, String, String),
    (wanted, looks): (&Copy, Looks),
    now: Timestamp,
) -> Result<Conference> {
    let mut settings = if wanted.take.contains(&Take::Settings) {
        ConferenceSettings {
            version: 0,
            menu: Vec::new(),
            // The registration is another one.
            registration_url: String::new(),
            ..model.settings()
        }
    } else {
        ConferenceSettings::default()
    };
    settings.looks = looks;
    let kept: ConferenceDocument = document(&model.document);
    let own = ConferenceDocument {
        timeslot_seconds: kept.timeslot_seconds,
        colors: kept.colors,
        listed_rooms: if wanted.take.contains(&Take::Places) {
            kept.listed_rooms
        } else {
            Vec::new()
        },
        ..ConferenceDocument::default()
    };
    let keeps = wanted.take.contains(&Take::Settings);
    Ok(Conference {
        id,
        number: db::next_number(tx, "conference").await?,
        acronym: acronym_for(&slug),
        slug,
        title,
        title_ja: String::new(),
        title_en: String::new(),
        description: if keeps {
            model.description.clone()
        } else {
            String::new()
        },
        zone: model.zone.clone(),
        zone_inferred: false,
        watch: if keeps {
            model.watch
        } else {
            crate::model::Watch::Anyone
        },
        label: String::new(),
        document: text_of(&own),
        version: 1,
        created_at: now,
        changed_at: now,
        lifecycle: Lifecycle::Draft,
        removed_at: None,
        settings: text_of(&settings),
    })
}

struct Copying<'a> {
    tx: &'a mut Tx,
    model: &'a Loaded,
    row: &'a Conference,
    by: Span,
    now: Timestamp,
    take: &'a BTreeSet<Take>,
}

/// What talks stand in, by what it is in the model.
#[derive(Default)]
struct Places {
    days: HashMap<DayId, DayId>,
    rooms: HashMap<RoomId, RoomId>,
    tracks: HashMap<TrackId, TrackId>,
    categories: HashMap<CategoryId, CategoryId>,
}

impl Copying<'_> {
    fn takes(&self, what: Take) -> bool {
        self.take.contains(&what)
    }

    /// The same clock time as many days later, whatever the clocks did in between.
    fn moved(&self, at: Timestamp) -> Result<Timestamp> {
        let zone = self.row.time_zone();
        let clock = at.to_zoned(zone.clone()).datetime();
        let clock = clock.checked_add(self.by).map_err(Error::internal)?;
        zone.to_timestamp(clock).map_err(Error::internal)
    }

    async fn everything(&mut self) -> Result<()> {
        let mut places = Places::default();
        if self.takes(Take::Days) {
            self.days(&mut places).await?;
        }
        if self.takes(Take::Places) {
            self.places(&mut places).await?;
        }
        if self.takes(Take::Words) {
            self.words(&mut places).await?;
        }
        if self.takes(Take::Talks) {
            self.talks(&places).await?;
        }
        if self.takes(Take::Pages) {
            self.pages().await?;
        }
        Ok(())
    }

    async fn days(&mut self, places: &mut Places) -> Result<()> {
        for day in &self.model.days {
            let date = day.date().checked_add(self.by).map_err(Error::internal)?;
            let row = Day {
                id: DayId::fresh(),
                date: date.to_string(),
                starts_at: self.moved(day.starts_at)?,
                ends_at: self.moved(day.ends_at)?,
                rooms: if self.takes(Take::Places) {
                    day.rooms.clone()
                } else {
                    "[]".to_owned()
                },
                version: 1,
                ..day.clone()
            };
            places.days.insert(day.id.clone(), row.id.clone());
            write::put_day(self.tx, &self.row.id, &row).await?;
        }
        Ok(())
    }

    async fn places(&mut self, places: &mut Places) -> Result<()> {
        for room in self
            .model
            .rooms
            .iter()
            .filter(|room| room.removed_at.is_none())
        {
            let row = Room {
                id: RoomId::fresh(),
                number: db::next_number(self.tx, "room").await?,
                guid: guid_for(&self.row.acronym, &format!("room:{}", room.name)),
                version: 1,
                ..room.clone()
            };
            places.rooms.insert(room.id.clone(), row.id.clone());
            write::put_room(self.tx, &self.row.id, &row).await?;
        }
        for track in self
            .model
            .tracks
            .iter()
            .filter(|track| track.removed_at.is_none())
        {
            let row = Track {
                id: TrackId::fresh(),
                number: db::next_number(self.tx, "track").await?,
                room: track
                    .room
                    .as_ref()
                    .and_then(|id| places.rooms.get(id))
                    .cloned(),
                version: 1,
                ..track.clone()
            };
            places.tracks.insert(track.id.clone(), row.id.clone());
            write::put_track(self.tx, &self.row.id, &row).await?;
        }
        Ok(())
    }

    async fn words(&mut self, places: &mut Places) -> Result<()> {
        for category in &self.model.categories {
            let row = Category {
                id: CategoryId::fresh(),
                version: 1,
                ..category.clone()
            };
            places
                .categories
                .insert(category.id.clone(), row.id.clone());
            write::put_category(self.tx, &self.row.id, &row).await?;
        }
        for term in &self.model.terms {
            let row = Term {
                id: TermId::fresh(),
                version: 1,
                ..term.clone()
            };
            terms::put(self.tx, &self.row.id, &row).await?;
        }
        Ok(())
    }

    async fn talks(&mut self, places: &Places) -> Result<()> {
        let people = if self.takes(Take::Speakers) {
            self.speakers().await?
        } else {
            HashMap::new()
        };
        for talk in self
            .model
            .talks
            .iter()
            .filter(|talk| talk.removed_at.is_none() && talk.binned_at.is_none())
        {
            let row = Talk {
                id: TalkId::fresh(),
                number: db::next_number(self.tx, "talk").await?,
                guid: guid_for(&self.row.acronym, &format!("copy:{}", talk.guid)),
                day: talk
                    .day
                    .as_ref()
                    .and_then(|id| places.days.get(id))
                    .cloned(),
                room: talk
                    .room
                    .as_ref()
                    .and_then(|id| places.rooms.get(id))
                    .cloned(),
                track: talk
                    .track
                    .as_ref()
                    .and_then(|id| places.tracks.get(id))
                    .cloned(),
                category: talk
                    .category
                    .as_ref()
                    .and_then(|id| places.categories.get(id))
                    .cloned(),
                starts_at: self.moved(talk.starts_at)?,
                ends_at: self.moved(talk.ends_at)?,
                // Pages, recordings and files elsewhere are those of the model.
                url: String::new(),
                document: text_of(&TalkDocument {
                    level: level_of(talk),
                    ..TalkDocument::default()
                }),
                hand: String::new(),
                made_by_hand: true,
                version: 1,
                created_at: self.now,
                changed_at: self.now,
                ..talk.clone()
            };
            write::put_talk(self.tx, &self.row.id, &row).await?;
            let credits = self
                .model
                .credits
                .iter()
                .filter(|credit| credit.talk == talk.id);
            let speakers: Vec<SpeakerId> = credits
                .filter_map(|credit| people.get(&credit.speaker).cloned())
                .collect();
            write::put_credits(self.tx, &row.id, &speakers).await?;
        }
        Ok(())
    }

    async fn speakers(&mut self) -> Result<HashMap<SpeakerId, SpeakerId>> {
        let mut people = HashMap::new();
        for speaker in self
            .model
            .speakers
            .iter()
            .filter(|own| own.binned_at.is_none())
        {
            let row = Speaker {
                id: SpeakerId::fresh(),
                number: db::next_number(self.tx, "speaker").await?,
                hand: String::new(),
                version: 1,
                ..speaker.clone()
            };
            people.insert(speaker.id.clone(), row.id.clone());
            write::put_speaker(self.tx, &self.row.id, &row).await?;
        }
        Ok(people)
    }

    async fn pages(&mut self) -> Result<()> {
        for page in sheets::pages(&mut *self.tx, &self.model.conference.id).await? {
            let row = sheets::TextPage {
                id: PageId::fresh(),
                version: 1,
                changed_at: self.now,
                ..page
            };
            sheets::put_page(self.tx, &self.row.id, &row).await?;
        }
        super::sheets::write_menu(self.tx, &self.row.id).await
    }
}
