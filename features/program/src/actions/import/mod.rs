//! Importing a schedule file: compare, plan, write, announce. One transaction; a file that changes nothing
//! writes nothing.

mod dreamkast;
mod frame;
mod hand;
mod talks;

use std::collections::HashMap;

pub use dreamkast::{Destination, Taken, import_dreamkast};

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Result};
use platform::once::Once;

use super::Writer;
use super::merge::merge;
use super::report::Report;
use crate::exchange::{ConferenceDocument, text_of, when_text};
use crate::metrics::Outcome;
use crate::model::{
    CategoryId, ConferenceSettings, DayId, Lifecycle, Part, RoomId, SpeakerId, TermId, TrackId,
    Watch, Words, slug_for,
};
use crate::programme::Programme;
use crate::schedule::{Format, Reading, Schedule};
use crate::store::{self, Conference, Loaded, Term, terms, write};

/// Where a file goes.
#[derive(Clone, Debug)]
pub enum Onto {
    /// Into a new conference with this id, named by the file's acronym; refused when the name is taken.
    New(ConferenceId),
    /// Into a new conference with this id that was thought of and not exported, with what it begins as.
    Begun(ConferenceId, Begin),
    /// Over an existing one.
    Existing(ConferenceId),
    /// Over an existing one that is still in this version.
    Seen(ConferenceId, i64),
    /// Over the one that the file's acronym names, else into a new one.
    Acronym,
}

/// What a conference begins as.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The state that it begins in.
    pub lifecycle: Lifecycle,
    /// Words that it offers for its talks: which list, the word, what people read.
    pub terms: Vec<(Part, String, Words)>,
    /// Set where a client may ask for it again; what is kept is the conference's id.
    pub once: Option<Once>,
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The conference as it is now.
    pub conference: Conference,
    /// Whether it was made.
    pub created: bool,
    /// What changed.
    pub report: Report,
}

/// Imports a schedule. `by` is who did it in the browser; the command line is the operator's own.
///
/// # Errors
/// `Invalid` when the name is taken, `NotFound` when the conference is gone, `Conflict` when somebody else
/// changes the programme at the same time.
pub async fn import(
    writer: &Writer<'_>,
    reading: Reading,
    onto: Onto,
    by: Option<&Grant<Contents>>,
) -> Result<Imported> {
    let done = taken_over(writer, reading, onto, by).await;
    let outcome = match &done {
        Ok(done) if done.report.is_empty() => Outcome::Unchanged,
        Ok(_) => Outcome::Applied,
        Err(_) => Outcome::Refused,
    };
    writer.programmes.metrics().imported("schedule", outcome);
    done
}

async fn taken_over(
    writer: &Writer<'_>,
    reading: Reading,
    onto: Onto,
    by: Option<&Grant<Contents>>,
) -> Result<Imported> {
    let Reading {
        mut schedule,
        format,
        ..
    } = reading;
    let mut tx = writer.db.begin().await?;
    let slug = slug_of(&schedule);
    let (existing, fresh) = target(&mut tx, &onto, &slug).await?;
    let mut report = compared(writer, existing.as_ref(), &mut schedule, format);
    if let (Some(loaded), true) = (&existing, report.is_empty()) {
        return Ok(Imported {
            conference: loaded.conference.clone(),
            created: false,
            report,
        });
    }
    let created = existing.is_none();
    if created {
        // Everything about it is new; naming that helps nobody.
        report.conference.clear();
    }
    let mut plan = Plan {
        writer,
        report: &report,
        conference: fresh.clone(),
        loaded: existing,
        begin: match &onto {
            Onto::Begun(_, begin) => Some(begin),
            _ => None,
        },
        slugs: HashMap::new(),
    };
    let conference = plan.conference_row(&mut tx, &schedule, &slug).await?;
    plan.write(&mut tx, &conference, &schedule).await?;
    let who = match by {
        Some(grant) => (Some(grant.account()), grant.name()),
        None => (None, ""),
    };
    write::insert_import(&mut tx, &conference.id, who, &text_of(&report), writer.now).await?;
    if let Some(grant) = by {
        let counts = (
            report.added.len(),
            report.changed.len(),
            report.removed.len(),
        );
        audit::record(
            &mut tx,
            grant,
            "programme.import",
            conference.id.as_str(),
            &(),
            &counts,
        )
        .await?;
    }
    if let Onto::Begun(
        _,
        Begin {
            once: Some(once), ..
        },
    ) = &onto
    {
        once.keep(&mut tx, 201, &conference.id, writer.now).await?;
    }
    tx.commit().await?;
    writer.announce(&conference.id, conference.version);
    tracing::info!(
        conference = %conference.id, added = report.added.len(), changed = report.changed.len(),
        removed = report.removed.len(), "imported the schedule of {}", conference.slug
    );
    Ok(Imported {
        conference,
        created,
        report,
    })
}

/// What a schedule would change in a conference, and the version of that; nothing is written.
///
/// # Errors
/// `NotFound` when the conference is gone.
pub async fn compare(
    writer: &Writer<'_>,
    reading: Reading,
    conference: &ConferenceId,
) -> Result<(Report, i64)> {
    let mut schedule = reading.schedule;
    let loaded = store::load(writer.db, conference).await?;
    let loaded = loaded.ok_or(Error::NotFound("conference"))?;
    let report = compared(writer, Some(&loaded), &mut schedule, reading.format);
    Ok((report, loaded.conference.version))
}

/// A schedule beside what is there: afterwards it says what is to be, with what was edited by hand.
fn compared(
    writer: &Writer<'_>,
    existing: Option<&Loaded>,
    schedule: &mut Schedule,
    format: Format,
) -> Report {
    let before = existing.map(|loaded| {
        Programme::of_all(hand::of_files(&loaded.for_outsiders())).schedule(writer.public_url)
    });
    merge(before.as_ref(), schedule, format);
    let kept = match (existing, &before) {
        (Some(loaded), Some(before)) => hand::keep(loaded, before, schedule),
        _ => Vec::new(),
    };
    let mut report = Report::between(before.as_ref().unwrap_or(&Schedule::default()), schedule);
    report.kept = kept;
    report
}

/// The name in addresses that a file asks for.
fn slug_of(schedule: &Schedule) -> String {
    let year = schedule.days.first().map_or(0, |day| day.date.year());
    slug_for(
        &schedule.conference.acronym,
        &schedule.conference.title,
        year,
    )
}

async fn target(tx: &mut Tx, onto: &Onto, slug: &str) -> Result<(Option<Loaded>, ConferenceId)> {
    let named = store::by_slug(&mut *tx, slug).await?;
    let id = match (onto, named) {
        (Onto::Existing(id) | Onto::Seen(id, _), _) => id.clone(),
        (Onto::New(id) | Onto::Begun(id, _), None) => return Ok((None, id.clone())),
        (Onto::Acronym, None) => return Ok((None, ConferenceId::fresh())),
        (Onto::New(_) | Onto::Begun(..), Some(_)) => {
            return Err(Error::invalid(
                "file",
                kernel::Message::new("program-import-taken").with("slug", slug),
            ));
        }
        (Onto::Acronym, Some(conference)) => conference.id,
    };
    let loaded = store::load(&mut *tx, &id).await?;
    let loaded = loaded.ok_or(Error::NotFound("conference"))?;
    match onto {
        Onto::Seen(_, version) if *version != loaded.conference.version => Err(Error::Stale),
        _ => Ok((Some(loaded), id)),
    }
}

/// The rows that a schedule means, beside those that are there.
struct Plan<'a> {
    writer: &'a Writer<'a>,
    report: &'a Report,
    conference: ConferenceId,
    loaded: Option<Loaded>,
    begin: Option<&'a Begin>,
    /// Names in addresses that new tracks are to have, by the names of their rooms.
    slugs: HashMap<String, String>,
}

impl Plan<'_> {
    fn was(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    async fn conference_row(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
        slug: &str,
    ) -> Result<Conference> {
        let file = &schedule.conference;
        let document = ConferenceDocument {
            url: schedule.url.clone(),
            base_url: schedule.base_url.clone(),
            site: file.url.clone(),
            logo: file.logo.clone(),
            start: when_text(file.start),
            end: when_text(file.end),
            days: file.days,
            timeslot_seconds: file.timeslot_seconds,
            colors: file.colors.clone(),
            keywords: file.keywords.clone(),
            listed_rooms: file.rooms.iter().map(|room| room.name.clone()).collect(),
            extra: file.extra.clone(),
            schedule_extra: schedule.extra.clone(),
        };
        let mut row = match self.was() {
            Some(loaded) => loaded.conference.clone(),
            None => Conference {
                id: self.conference.clone(),
                number: db::next_number(tx, "conference").await?,
                slug: slug.to_owned(),
                acronym: String::new(),
                title: String::new(),
                title_ja: String::new(),
                title_en: String::new(),
                description: String::new(),
                zone: String::new(),
                zone_inferred: false,
                watch: Watch::Anyone,
                label: String::new(),
                document: String::new(),
                version: 1,
                created_at: self.writer.now,
                changed_at: self.writer.now,
                lifecycle: self.begin.map_or(Lifecycle::Live, |begin| begin.lifecycle),
                removed_at: None,
                settings: text_of(&ConferenceSettings::default()),
            },
        };
        if row.title != file.title {
            // The translations belong to the title that was.
            row.title_ja.clear();
            row.title_en.clear();
        }
        row.acronym.clone_from(&file.acronym);
        row.title.clone_from(&file.title);
        row.description.clone_from(&file.description);
        row.zone.clone_from(&file.zone);
        row.zone_inferred = file.zone_inferred;
        row.label.clone_from(&schedule.version);
        row.document = text_of(&document);
        row.changed_at = self.writer.now;
        if self.was().is_none() {
            write::insert_conference(tx, &row).await?;
            self.terms(tx).await?;
        } else {
            write::update_conference(tx, &row).await?;
            row.version += 1;
        }
        Ok(row)
    }

    /// The words that it offers from the first day on.
    async fn terms(&self, tx: &mut Tx) -> Result<()> {
        let begun = self.begin.map(|begin| begin.terms.as_slice());
        for (position, (part, word, names)) in (1_i64..).zip(begun.unwrap_or_default()) {
            let term = Term {
                id: TermId::fresh(),
                kind: *part,
                position,
                word: word.clone(),
                names: text_of(names),
                version: 1,
            };
            terms::put(tx, &self.conference, &term).await?;
        }
        Ok(())
    }

    async fn write(
        &mut self,
        tx: &mut Tx,
        conference: &Conference,
        schedule: &Schedule,
    ) -> Result<()> {
        let speakers = self.speakers(tx, schedule).await?;
        let placing = Placing {
            speakers,
            ..self.frame(tx, conference, schedule).await?
        };
        self.talks(tx, schedule, &placing).await?;
        self.drop_leftovers(tx, schedule).await
    }

    /// What talks stand in.
    async fn frame<'c>(
        &self,
        tx: &mut Tx,
        conference: &'c Conference,
        schedule: &Schedule,
    ) -> Result<Placing<'c>> {
        let rooms = self.rooms(tx, schedule).await?;
        let tracks = self.tracks(tx, &rooms).await?;
        Ok(Placing {
            slug: &conference.slug,
            rooms,
            tracks,
            categories: self.categories(tx, schedule).await?,
            speakers: HashMap::new(),
            days: self.days(tx, schedule).await?,
        })
    }
}

/// What talks point at.
struct Placing<'a> {
    slug: &'a str,
    rooms: HashMap<String, RoomId>,
    tracks: HashMap<RoomId, TrackId>,
    categories: HashMap<String, CategoryId>,
    speakers: HashMap<String, SpeakerId>,
    days: Vec<DayId>,
}
