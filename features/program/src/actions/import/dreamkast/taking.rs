//! Speakers and talks of an export, on their way into the tables.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::Tx;
use jiff::civil::Date;
use kernel::{Message, Result, Timestamp};

use super::Frame;
use crate::actions::import::{Placing, Plan};
use crate::actions::index;
use crate::actions::report::{Changed, Entry, Report};
use crate::dreamkast::{self, Export};
use crate::exchange::{TalkDocument, document, text_of};
use crate::model::hand::{Part, TalkState, parts};
use crate::model::{DayId, RoomId, SpeakerId, TrackId, free_slug, slug_or};
use crate::schedule::{self, Link, guid_for};
use crate::store::{Speaker, Talk, write};

/// An export on its way into the tables.
pub(super) struct Taking<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) export: &'a Export,
    /// The words of its levels, by number.
    pub(super) levels: &'a BTreeMap<i64, String>,
    pub(super) placing: &'a Placing<'a>,
    pub(super) frame: &'a Frame,
    pub(super) report: Report,
    pub(super) tally: Tally,
}

/// What is counted and told on the way.
#[derive(Default)]
pub(super) struct Tally {
    /// Speakers that are new, that are different, that are as they were.
    pub(super) speakers: [usize; 3],
    /// Talks that nobody outside the team sees.
    pub(super) hidden: usize,
    /// Talks of which the export says something else than what was edited here.
    pub(super) kept: usize,
    pub(super) notes: Vec<Message>,
}

/// Those who speak: by their number in the export, and by what they are called here.
#[derive(Default)]
pub(super) struct People {
    ids: HashMap<i64, SpeakerId>,
    names: HashMap<SpeakerId, String>,
    renamed: HashSet<SpeakerId>,
}

impl People {
    fn name_of(&self, id: &SpeakerId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }
}

/// Where and when a talk is.
struct Place {
    day: DayId,
    room: Option<RoomId>,
    track: Option<TrackId>,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

/// What an export says about where a talk is.
enum Said {
    /// It is there, or nowhere.
    Place(Option<Place>),
    /// Somewhere that only a mapping file could name.
    Unknown,
}

impl Place {
    /// Where a talk is already.
    fn of(talk: &Talk) -> Option<Self> {
        Some(Self {
            day: talk.day.clone()?,
            room: talk.room.clone(),
            track: talk.track.clone(),
            starts_at: talk.starts_at,
            ends_at: talk.ends_at,
        })
    }
}

impl Taking<'_> {
    fn guid(&self, kind: &str, id: i64) -> String {
        guid_for(
            &self.frame.schedule.conference.acronym,
            &format!("dreamkast:{kind}:{id}"),
        )
    }

    /// Every speaker.
    pub(super) async fn speakers(&mut self, tx: &mut Tx) -> Result<People> {
        let known = self.plan.was().map(|loaded| loaded.speakers.as_slice());
        let known = known.unwrap_or_default();
        let mut slugs: Vec<String> = known.iter().map(|own| own.slug.clone()).collect();
        let mut people = People::default();
        for own in known {
            people.names.insert(own.id.clone(), own.name.clone());
        }
        for person in &self.export.speakers {
            let guid = self.guid("speaker", person.id);
            let was = known.iter().find(|own| own.guid == guid);
            let base = if let Some(own) = was {
                own.clone()
            } else {
                let number = db::next_number(tx, "speaker").await?;
                let base = slug_or(&person.name, &format!("speaker-{number}"));
                let slug = free_slug(&base, |slug| slugs.iter().any(|own| own == slug));
                slugs.push(slug.clone());
                Speaker::blank(number, slug, guid)
            };
            let mut row = described(person, base);
            let kind = match was {
                None => 0,
                Some(own) if *own != row => 1,
                Some(_) => 2,
            };
            self.tally.speakers[kind] += 1;
            if kind < 2 {
                row.version += 1;
                write::put_speaker(tx, &self.plan.conference, &row).await?;
                index::speaker(tx, &self.plan.conference, &row).await?;
            }
            if was.is_some_and(|own| own.name != row.name) {
                people.renamed.insert(row.id.clone());
            }
            people.names.insert(row.id.clone(), row.name);
            people.ids.insert(person.id, row.id);
        }
        Ok(people)
    }

    pub(super) async fn talks(&mut self, tx: &mut Tx, people: &People) -> Result<()> {
        let loaded = self.plan.was();
        let known = loaded
            .map(|loaded| loaded.talks.as_slice())
            .unwrap_or_default();
        let by_guid: HashMap<&str, &Talk> = known
            .iter()
            .map(|talk| (talk.guid.as_str(), talk))
            .collect();
        let mut slugs: BTreeSet<String> = known.iter().map(|talk| talk.slug.clone()).collect();
        let mut last = known.iter().map(|talk| talk.position).max().unwrap_or(0);
        let mut open = Open::default();
        for talk in &self.export.talks {
            let guid = self.guid("talk", talk.id);
            let was = by_guid.get(guid.as_str()).copied();
            let base = if let Some(own) = was {
                own.clone()
            } else {
                let number = db::next_number(tx, "talk").await?;
                let base = slug_or(&talk.title, &format!("talk-{number}"));
                let slug = free_slug(&base, |slug| slugs.contains(slug));
                slugs.insert(slug.clone());
                last += 1;
                Talk::blank(number, slug, guid, last, self.plan.writer.now)
            };
            let place = match self.place(talk, &mut open) {
                Said::Place(place) => place,
                Said::Unknown => Place::of(&base),
            };
            open.unplaced += usize::from(place.is_none());
            let row = self.row(talk, base, place);
            self.put(tx, was, row, talk, people).await?;
        }
        open.tell(&mut self.tally.notes);
        if self.tally.kept > 0 {
            let kept = Message::new("program-dreamkast-kept").with("count", self.tally.kept);
            self.tally.notes.push(kept);
        }
        Ok(())
    }

    async fn put(
        &mut self,
        tx: &mut Tx,
        was: Option<&Talk>,
        mut row: Talk,
        talk: &dreamkast::Talk,
        people: &People,
    ) -> Result<()> {
        let loaded = self.plan.was().into_iter();
        let credited: Vec<SpeakerId> = loaded
            .flat_map(|loaded| &loaded.credits)
            .filter(|credit| credit.talk == row.id)
            .map(|credit| credit.speaker.clone())
            .collect();
        let mut credits: Vec<SpeakerId> = talk
            .speakers
            .iter()
            .filter_map(|id| people.ids.get(id).cloned())
            .collect();
        let same_people = credited == credits;
        if let Some(was) = was
            && by_hand(&mut row, was, same_people)
        {
            self.tally.kept += 1;
            if parts(&was.hand).contains(&Part::Speakers) || was.binned_at.is_some() {
                credits.clone_from(&credited);
            }
        }
        let same_people = credited == credits;
        self.tally.hidden += usize::from(row.state == TalkState::Hidden);
        if was == Some(&row) && same_people {
            // It reads the same, but is found by the new names of those who speak.
            if credits.iter().any(|id| people.renamed.contains(id)) {
                let names = credits.iter().filter_map(|id| people.name_of(id));
                index::talk(tx, &self.plan.conference, &row, names).await?;
            }
            return Ok(());
        }
        let (guid, title) = (row.guid.clone(), row.title.clone());
        match was {
            None => {
                row.version = 1;
                self.report.added.push(Entry { guid, title });
            }
            Some(was) => {
                row.version = was.version + 1;
                row.changed_at = self.plan.writer.now;
                self.report.changed.push(Changed {
                    guid,
                    title,
                    fields: fields(was, &row, same_people),
                });
            }
        }
        write::put_talk(tx, &self.plan.conference, &row).await?;
        if !same_people {
            write::put_credits(tx, &row.id, &credits).await?;
        }
        // By who speaks in it here, which is not always what the export says.
        let names = credits.iter().filter_map(|id| people.name_of(id));
        index::talk(tx, &self.plan.conference, &row, names).await
    }

    fn row(&self, talk: &dreamkast::Talk, base: Talk, place: Option<Place>) -> Talk {
        let mut said: TalkDocument = document(&base.document);
        said.recording_url.clone_from(&talk.movie_url);
        said.attachments.retain(|link| link.kind != "slides");
        if !talk.document_url.is_empty() {
            said.attachments.push(Link {
                url: talk.document_url.clone(),
                title: "slides".to_owned(),
                kind: "slides".to_owned(),
                ..Link::default()
            });
        }
        if let Some(word) = talk
            .level
            .map_or(Some(&String::new()), |number| self.levels.get(&number))
        {
            said.level.clone_from(word);
        }
        let shown = talk.shown && place.is_some();
        let state = match base.state {
            TalkState::Cancelled => TalkState::Cancelled,
            _ if place.is_none() => TalkState::Hidden,
            // The export says what it said before: whoever hid or showed it since meant that.
            state if said.shown == Some(shown) => state,
            _ if shown => TalkState::Planned,
            _ => TalkState::Hidden,
        };
        said.shown = Some(shown);
        let category = match talk.category {
            None => None,
            Some(number) => match self.export.categories.get(&number) {
                Some(name) => self.placing.categories.get(name).cloned(),
                None => base.category.clone(),
            },
        };
        let nowhere = (
            None,
            None,
            None,
            Timestamp::UNIX_EPOCH,
            Timestamp::UNIX_EPOCH,
        );
        let (day, room, track, starts_at, ends_at) = place.map_or(nowhere, |own| {
            (
                Some(own.day),
                own.room,
                own.track,
                own.starts_at,
                own.ends_at,
            )
        });
        Talk {
            file_id: talk.id,
            file_slug: schedule::slug_for(
                &self.frame.schedule.conference.acronym,
                talk.id,
                &talk.title,
            ),
            day,
            room,
            track,
            category,
            starts_at,
            ends_at,
            title: talk.title.clone(),
            kind: talk.kind.to_owned(),
            // Without the file that explains answers nothing is known of these, which is no news.
            language: match talk.language.as_str() {
                "" => base.language.clone(),
                said => said.to_owned(),
            },
            r#abstract: talk.text.clone(),
            logo: talk.picture.clone(),
            opt_out: talk.opt_out.or(base.opt_out),
            document: text_of(&said),
            state,
            removed_at: None,
            ..base
        }
    }

    /// Where and when the export says that a talk is.
    fn place(&self, talk: &dreamkast::Talk, open: &mut Open) -> Said {
        let count = |numbers: &mut BTreeMap<i64, usize>, number: i64| {
            *numbers.entry(number).or_default() += 1;
        };
        if let Some(number) = talk.category
            && !self.export.categories.contains_key(&number)
        {
            count(&mut open.categories, number);
        }
        if let Some(number) = talk.level
            && !self.levels.contains_key(&number)
        {
            count(&mut open.levels, number);
        }
        let date = talk.day.map(|number| {
            let date = self.export.days.get(&number).copied();
            if date.is_none() {
                count(&mut open.days, number);
            }
            date
        });
        let room = talk.track.map(|number| {
            let room = self.frame.rooms.get(&number);
            if room.is_none() {
                count(&mut open.tracks, number);
            }
            room
        });
        match (date, room) {
            (Some(None), _) | (_, Some(None)) => Said::Unknown,
            _ if talk.end.is_none() && talk.length_is_open => Said::Unknown,
            (Some(Some(date)), Some(Some(room))) => Said::Place(self.placed(talk, date, room)),
            _ => Said::Place(None),
        }
    }

    fn placed(&self, talk: &dreamkast::Talk, date: Date, room: &str) -> Option<Place> {
        let (start, end) = (talk.start?, talk.end?);
        // What ends before it begins ends after midnight; what ends as it begins has no time at all.
        let last = if end < start {
            date.tomorrow().ok()?
        } else {
            date
        };
        let instant = |date: Date, at| self.frame.zone.to_timestamp(date.to_datetime(at)).ok();
        let (starts_at, ends_at) = (instant(date, start)?, instant(last, end)?);
        let mut days = self.frame.schedule.days.iter();
        let day = self
            .placing
            .days
            .get(days.position(|day| day.date == date)?)?;
        let room = self.placing.rooms.get(room)?;
        (starts_at < ends_at).then(|| Place {
            day: day.clone(),
            track: self.placing.tracks.get(room).cloned(),
            room: Some(room.clone()),
            starts_at,
            ends_at,
        })
    }
}

/// Puts back what people edited here, and all of what they put into the bin; whether the export says something else.
fn by_hand(row: &mut Talk, was: &Talk, same_people: bool) -> bool {
    let said = row.clone();
    if was.binned_at.is_some() {
        row.clone_from(was);
    }
    let mut others = false;
    for part in parts(&was.hand) {
        match part {
            Part::Title => {
                row.title.clone_from(&was.title);
                row.file_slug.clone_from(&was.file_slug);
            }
            Part::Kind => row.kind.clone_from(&was.kind),
            Part::Language => row.language.clone_from(&was.language),
            Part::Abstract => row.r#abstract.clone_from(&was.r#abstract),
            Part::Category => row.category.clone_from(&was.category),
            Part::Links | Part::Slides => row.document.clone_from(&was.document),
            Part::Picture => row.logo.clone_from(&was.logo),
            Part::Level => {
                let mut own: TalkDocument = document(&row.document);
                own.level = document::<TalkDocument>(&was.document).level;
                row.document = text_of(&own);
            }
            Part::Speakers => others |= !same_people,
            Part::Placement => {
                row.day.clone_from(&was.day);
                row.room.clone_from(&was.room);
                row.track.clone_from(&was.track);
                (row.starts_at, row.ends_at) = (was.starts_at, was.ends_at);
                row.state = was.state;
            }
            // An export has none of these.
            Part::Subtitle | Part::Description => {}
        }
    }
    others || *row != said
}

/// Somebody as the export describes them, where nobody edited that here.
fn described(person: &dreamkast::Speaker, base: Speaker) -> Speaker {
    let hand = parts(&base.hand);
    let kept = |part: Part| base.binned_at.is_some() || hand.contains(&part);
    Speaker {
        file_id: Some(person.id),
        name: if kept(Part::Title) {
            base.name.clone()
        } else {
            person.name.clone()
        },
        biography: if kept(Part::Abstract) {
            base.biography.clone()
        } else {
            biography(person)
        },
        ..base
    }
}

/// What stays open because no mapping file says what a number means: how many talks, by number.
#[derive(Default)]
struct Open {
    days: BTreeMap<i64, usize>,
    tracks: BTreeMap<i64, usize>,
    categories: BTreeMap<i64, usize>,
    levels: BTreeMap<i64, usize>,
    unplaced: usize,
}

impl Open {
    fn tell(self, notes: &mut Vec<Message>) {
        for (key, numbers) in [
            ("program-dreamkast-day", self.days),
            ("program-dreamkast-track", self.tracks),
            ("program-dreamkast-category", self.categories),
            ("program-dreamkast-level", self.levels),
        ] {
            for (number, count) in numbers {
                notes.push(
                    Message::new(key)
                        .with("number", number)
                        .with("count", count),
                );
            }
        }
        if self.unplaced > 0 {
            notes.push(Message::new("program-dreamkast-unplaced").with("count", self.unplaced));
        }
    }
}

/// What is different about a talk, in words of the message files.
fn fields(was: &Talk, is: &Talk, same_people: bool) -> Vec<String> {
    let (old, new): (TalkDocument, TalkDocument) =
        (document(&was.document), document(&is.document));
    let other_level = old.level != new.level;
    let same_level = TalkDocument {
        level: new.level.clone(),
        ..old
    };
    let differs = [
        ("day", was.day != is.day || was.state != is.state),
        ("room", was.room != is.room),
        (
            "time",
            (was.starts_at, was.ends_at) != (is.starts_at, is.ends_at),
        ),
        ("title", was.title != is.title),
        ("category", was.category != is.category),
        ("kind", was.kind != is.kind),
        ("language", was.language != is.language),
        ("abstract", was.r#abstract != is.r#abstract),
        ("speakers", !same_people),
        ("level", other_level),
        ("links", same_level != new),
        ("picture", was.logo != is.logo),
        ("recording", was.opt_out != is.opt_out),
    ];
    let words = differs.into_iter().filter(|(_, differs)| *differs);
    words
        .map(|(word, _)| format!("program-field-{word}"))
        .collect()
}

/// What is known about somebody, as text: work first, then what they say, then where to find them.
fn biography(person: &dreamkast::Speaker) -> String {
    let work = [&person.job_title, &person.company];
    let work: Vec<&str> = work
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(String::as_str)
        .collect();
    let links = [
        ("X", "https://x.com/", &person.twitter),
        ("GitHub", "https://github.com/", &person.github),
    ];
    let is_handle = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let links: Vec<String> = links
        .into_iter()
        .filter(|(_, _, name)| is_handle(name))
        .map(|(label, base, name)| format!("[{label}]({base}{name})"))
        .collect();
    let parts = [work.join(", "), person.profile.clone(), links.join(" · ")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
