//! Talks of a file beside those that are there.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::text::{Lines, clean};
use kernel::{Message, Timestamp};

use super::clashing;
use super::compare::{
    Cells, Compared, Complaint, Difference, Fate, Line, TalkWrite, Tongue, Wish, quoted,
};
use super::words::{self, Found};
use crate::actions::talks::{different, record};
use crate::exchange::{TalkDocument, document, level_of, text_of};
use crate::limits;
use crate::model::hand::{Part, TalkState, parts, with_parts};
use crate::model::{Part as List, TalkId};
use crate::spreadsheet::{Field, Row, Table, values};
use crate::store::{Day, Loaded, Speaker, Talk};

/// What is shown of a talk, and compared.
const SHOWN: &[Field] = &[
    Field::Title,
    Field::Subtitle,
    Field::When,
    Field::Track,
    Field::Room,
    Field::Speakers,
    Field::State,
    Field::Category,
    Field::Kind,
    Field::Level,
    Field::Language,
    Field::Code,
    Field::Abstract,
    Field::Description,
];

/// The programme as rows are compared with it.
pub(super) struct Book<'a> {
    pub(super) cells: &'a Cells,
    pub(super) wish: &'a Wish,
    pub(super) loaded: &'a Loaded,
    pub(super) tongue: &'a Tongue,
    pub(super) zone: TimeZone,
    /// Dates of the days that others see, in order, then of the team's own.
    pub(super) dates: Vec<Date>,
    credits: HashMap<&'a TalkId, Vec<&'a Speaker>>,
    people: HashMap<&'a str, Vec<&'a Speaker>>,
    now: Timestamp,
}

/// A row on its way.
pub(super) struct Entry<'a> {
    pub(super) line: u64,
    pub(super) was: Option<&'a Talk>,
    pub(super) was_speakers: Vec<Speaker>,
    pub(super) next: Talk,
    pub(super) speakers: Vec<Speaker>,
    pub(super) kept: Vec<Part>,
    pub(super) faults: Vec<Complaint>,
}

impl Entry<'_> {
    pub(super) fn is_different(&self) -> bool {
        let ids = |speakers: &[Speaker]| -> Vec<_> {
            speakers.iter().map(|own| own.id.clone()).collect()
        };
        self.was != Some(&self.next) || ids(&self.was_speakers) != ids(&self.speakers)
    }
}

pub(super) fn compare(
    table: &Table,
    cells: &Cells,
    wish: &Wish,
    loaded: &Loaded,
    tongue: &Tongue,
    now: Timestamp,
) -> Compared {
    let book = Book::open(cells, wish, loaded, tongue, now);
    let mut made: BTreeMap<String, Speaker> = BTreeMap::new();
    let targets = book.targets(table);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for (row, target) in table.rows.iter().zip(targets) {
        let mut entry = book.entry(row, target, &mut made);
        let key = match entry.was {
            Some(own) => own.id.to_string(),
            None if !entry.next.code.is_empty() => format!("code {}", entry.next.code),
            None => {
                let (next, place) = (&entry.next, entry.next.starts_at);
                format!("{place} {:?} {:?} {}", next.track, next.room, next.title)
            }
        };
        if let Some(first) = seen.insert(key, row.line) {
            let twice = Message::new("program-sheet-twice").with("first", first);
            entry.faults.push(Complaint::row(twice));
        }
        entries.push(entry);
    }
    let asks = clashing::refuse(loaded, wish, &mut entries);
    let mut compared = Compared {
        asks,
        ..Compared::default()
    };
    for entry in entries {
        book.close(entry, &mut compared);
    }
    compared
}

impl<'a> Book<'a> {
    fn open(
        cells: &'a Cells,
        wish: &'a Wish,
        loaded: &'a Loaded,
        tongue: &'a Tongue,
        now: Timestamp,
    ) -> Self {
        let by_id: HashMap<_, _> = loaded.speakers.iter().map(|own| (&own.id, own)).collect();
        let mut credits: HashMap<&TalkId, Vec<&Speaker>> = HashMap::new();
        for credit in &loaded.credits {
            let speaker = by_id.get(&credit.speaker).copied();
            credits.entry(&credit.talk).or_default().extend(speaker);
        }
        let mut people: HashMap<&str, Vec<&Speaker>> = HashMap::new();
        for own in loaded.speakers.iter().filter(|own| own.binned_at.is_none()) {
            people.entry(&own.name).or_default().push(own);
            if own.slug != own.name {
                people.entry(&own.slug).or_default().push(own);
            }
        }
        let (ours, public): (Vec<_>, Vec<_>) = loaded.days.iter().partition(|day| day.internal);
        Self {
            cells,
            wish,
            loaded,
            tongue,
            zone: loaded.conference.time_zone(),
            dates: public.into_iter().chain(ours).map(Day::date).collect(),
            credits,
            people,
            now,
        }
    }

    /// Which talk each row is about; none for a new one.
    fn targets(&self, table: &Table) -> Vec<Result<Option<&'a Talk>, Complaint>> {
        let there = self
            .loaded
            .talks
            .iter()
            .filter(|own| own.removed_at.is_none());
        let mut by_number: HashMap<i64, &Talk> = HashMap::new();
        let mut by_code: HashMap<&str, Vec<&Talk>> = HashMap::new();
        let mut by_title: HashMap<String, Vec<&Talk>> = HashMap::new();
        for talk in there {
            by_number.insert(talk.number, talk);
            if talk.binned_at.is_none() {
                by_code.entry(&talk.code).or_default().push(talk);
                by_title
                    .entry(clean(&talk.title, Lines::One))
                    .or_default()
                    .push(talk);
            }
        }
        let title = |row: &Row| {
            let title = self.cells.text(row, Field::Title).unwrap_or_default();
            clean(title, Lines::One)
        };
        let mut titles: HashMap<String, usize> = HashMap::new();
        for row in &table.rows {
            *titles.entry(title(row)).or_default() += 1;
        }
        let target = |row: &Row| {
            if let Some(number) = self.cells.number(row)? {
                let said = number.to_string();
                let unknown = || quoted("program-sheet-unknown", &said);
                let found = by_number.get(&number).copied();
                let found = found.ok_or_else(|| Complaint::of(Field::Number, unknown()))?;
                return match found.binned_at {
                    None => Ok(Some(found)),
                    Some(_) => Err(Complaint::of(Field::Number, "program-sheet-binned")),
                };
            }
            let code = self.cells.text(row, Field::Code).unwrap_or_default();
            if !code.is_empty() {
                return match by_code.get(code).map(Vec::as_slice) {
                    None => Ok(None),
                    Some([one]) => Ok(Some(*one)),
                    Some(_) => Err(Complaint::of(
                        Field::Code,
                        quoted("program-sheet-several", code),
                    )),
                };
            }
            let title = title(row);
            let several = titles.get(&title).is_some_and(|count| *count > 1);
            Ok(match by_title.get(&title).map(Vec::as_slice) {
                None => None,
                Some([one]) if !several => Some(*one),
                // Breaks are called the same all day: they are told apart by where they stand.
                Some(all) => all.iter().copied().find(|own| self.stands(row, own)),
            })
        };
        table.rows.iter().map(target).collect()
    }

    /// Whether a talk stands where a row says.
    fn stands(&self, row: &Row, talk: &Talk) -> bool {
        let mut next = talk.clone();
        let mut faults = Vec::new();
        self.place(row, talk, &mut next, &mut faults);
        faults.is_empty()
            && (next.starts_at, &next.track, &next.room)
                == (talk.starts_at, &talk.track, &talk.room)
    }

    fn entry(
        &self,
        row: &Row,
        target: Result<Option<&'a Talk>, Complaint>,
        made: &mut BTreeMap<String, Speaker>,
    ) -> Entry<'a> {
        let mut faults: Vec<Complaint> = self.cells.misfit(row).into_iter().collect();
        let was = target.unwrap_or_else(|complaint| {
            faults.push(complaint);
            None
        });
        let was_speakers: Vec<Speaker> = was
            .and_then(|own| self.credits.get(&own.id))
            .into_iter()
            .flatten()
            .map(|own| (*own).clone())
            .collect();
        let base = was.cloned().unwrap_or_else(|| Talk {
            kind: self.usual_kind(),
            made_by_hand: true,
            ..Talk::blank(0, String::new(), String::new(), 0, self.now)
        });
        let mut next = self.texts(row, &base, &mut faults);
        self.place(row, &base, &mut next, &mut faults);
        self.state(row, was, &mut next, &mut faults);
        let speakers = self.speakers(row, &was_speakers, made, &mut faults);
        let mut entry = Entry {
            line: row.line,
            was,
            was_speakers,
            next,
            speakers,
            kept: Vec::new(),
            faults,
        };
        self.by_hand(&mut entry);
        entry
    }

    /// The kind of a new talk of which the file says none: the first one that the conference offers, as in the form.
    fn usual_kind(&self) -> String {
        let mut kinds = self.loaded.terms.iter();
        let kind = kinds.find(|term| term.kind == List::Types);
        kind.map_or_else(|| "talk".to_owned(), |term| term.word.clone())
    }

    /// What stands in a talk's own words.
    fn texts(&self, row: &Row, base: &Talk, faults: &mut Vec<Complaint>) -> Talk {
        let name = (Lines::One, limits::NAME_CHARS_MAX);
        let word = (Lines::One, limits::WORD_CHARS_MAX);
        let prose = (Lines::Many, limits::PROSE_CHARS_MAX);
        let mut over =
            |field, current: &str, bounds| self.cells.over(row, field, current, bounds, faults);
        let mut next = Talk {
            title: over(Field::Title, &base.title, name),
            subtitle: over(Field::Subtitle, &base.subtitle, name),
            r#abstract: over(Field::Abstract, &base.r#abstract, prose),
            description: over(Field::Description, &base.description, prose),
            kind: over(Field::Kind, &base.kind, word),
            language: over(Field::Language, &base.language, word),
            ..base.clone()
        };
        if self.cells.said(row, Field::Level).is_some() {
            let current = level_of(base);
            let said = self.cells.over(row, Field::Level, &current, word, faults);
            if said != current {
                let level = words::level(self, &said, &current);
                let own: TalkDocument = document(&base.document);
                next.document = text_of(&TalkDocument { level, ..own });
            }
        }
        next.code = self.cells.code(row, &base.code, faults);
        if next.kind != base.kind {
            next.kind = words::kind(self, &next.kind, &base.kind);
        }
        if next.language != base.language {
            next.language = words::language(self, &next.language, &base.language);
        }
        if next.title.is_empty() {
            faults.push(Complaint::of(Field::Title, "web-field-empty"));
        }
        if let Some(text) = self.cells.text(row, Field::Category) {
            match words::category(self, text) {
                Found::Nothing => next.category = None,
                Found::One(id) => next.category = Some(id),
                Found::Unknown => {
                    faults.push(Complaint::of(
                        Field::Category,
                        quoted("program-sheet-category", text),
                    ));
                }
            }
        }
        next
    }

    fn state(&self, row: &Row, was: Option<&Talk>, next: &mut Talk, faults: &mut Vec<Complaint>) {
        let said = self
            .cells
            .text(row, Field::State)
            .filter(|text| !text.is_empty());
        if let Some(text) = said {
            match words::state(self, text) {
                Some(state) => next.state = state,
                None => faults.push(Complaint::of(
                    Field::State,
                    quoted("program-sheet-state", text),
                )),
            }
        } else if was.is_none() && next.day.is_none() {
            // It waits for its time, seen by the team alone.
            next.state = TalkState::Hidden;
        }
        let moved = was.is_none_or(|was| was.state != next.state || was.day != next.day);
        if moved && next.day.is_none() && next.state != TalkState::Hidden {
            faults.push(Complaint::of(Field::When, "program-talk-unplaced"));
        }
    }

    /// Who speaks. A name that nobody has makes a speaker, once for the whole file.
    fn speakers(
        &self,
        row: &Row,
        was: &[Speaker],
        made: &mut BTreeMap<String, Speaker>,
        faults: &mut Vec<Complaint>,
    ) -> Vec<Speaker> {
        let Some(text) = self.cells.text(row, Field::Speakers) else {
            return was.to_vec();
        };
        let names: Vec<&str> = was.iter().map(|own| own.name.as_str()).collect();
        if text == names.join(", ")
            || self.cells.said(row, Field::Speakers) == Some(&names.join(", "))
        {
            return was.to_vec();
        }
        let names = if self.people.contains_key(text) {
            vec![text.to_owned()]
        } else {
            values::names(text)
        };
        if names.len() > limits::SPEAKERS_MAX {
            let many = Message::new("program-talk-speakers-many");
            let many = many.with("limit", limits::SPEAKERS_MAX);
            faults.push(Complaint::of(Field::Speakers, many));
            return was.to_vec();
        }
        let mut speakers: Vec<Speaker> = Vec::new();
        for name in names {
            match self.person(&clean(&name, Lines::One), was, made) {
                Ok(speaker) if speakers.iter().any(|own| own.id == speaker.id) => {}
                Ok(speaker) => speakers.push(speaker),
                Err(message) => faults.push(Complaint::of(Field::Speakers, message)),
            }
        }
        speakers
    }

    /// Whom a name means: who spoke before where several are called so.
    fn person(
        &self,
        name: &str,
        was: &[Speaker],
        made: &mut BTreeMap<String, Speaker>,
    ) -> Result<Speaker, Message> {
        if name.chars().count() > limits::NAME_CHARS_MAX {
            return Err(Message::new("web-field-long").with("limit", limits::NAME_CHARS_MAX));
        }
        let known = self.people.get(name).map_or(&[][..], Vec::as_slice);
        let by_slug = known
            .iter()
            .find(|own| own.slug == name && own.name != name);
        let same = was
            .iter()
            .find(|own| own.name == name && own.binned_at.is_none());
        match (known, by_slug.copied().or(same)) {
            (_, Some(one)) => Ok(one.clone()),
            ([one], None) => Ok((*one).clone()),
            ([], None) => {
                let fresh = || Speaker {
                    name: name.to_owned(),
                    ..Speaker::blank(0, String::new(), String::new())
                };
                Ok(made.entry(name.to_owned()).or_insert_with(fresh).clone())
            }
            (several, None) => {
                let slugs: Vec<&str> = several.iter().map(|own| own.slug.as_str()).collect();
                let message = Message::new("program-speaker-several").with("name", name);
                Err(message.with("names", slugs.join(", ")))
            }
        }
    }

    /// Puts back what was edited by hand, unless that is not wanted, and marks what the file edits now.
    fn by_hand(&self, entry: &mut Entry<'_>) {
        let Some(was) = entry.was.filter(|was| !was.made_by_hand) else {
            return;
        };
        let hand = parts(&was.hand);
        if !self.wish.over_hand {
            let changed = self.edited(was, entry);
            let kept: Vec<Part> = changed
                .into_iter()
                .filter(|part| hand.contains(part))
                .collect();
            for part in &kept {
                put_back(*part, was, entry);
            }
            entry.kept = kept;
        }
        entry.next.hand = with_parts(&was.hand, &self.edited(was, entry));
    }

    fn edited(&self, was: &Talk, entry: &Entry<'_>) -> Vec<Part> {
        different(
            &record(self.loaded, was, &entry.was_speakers),
            &record(self.loaded, &entry.next, &entry.speakers),
            &entry.was_speakers,
            &entry.speakers,
        )
    }

    fn close(&self, entry: Entry<'_>, compared: &mut Compared) {
        let blank = Talk::blank(0, String::new(), String::new(), 0, self.now);
        let before = entry.was.unwrap_or(&blank);
        let differs = |field: &Field| {
            let was = match entry.was {
                Some(_) => words::shown(self, before, &entry.was_speakers, *field),
                None => String::new(),
            };
            let is = words::shown(self, &entry.next, &entry.speakers, *field);
            (was != is).then_some(Difference {
                field: *field,
                before: was,
                after: is,
            })
        };
        let differences: Vec<Difference> = SHOWN.iter().filter_map(differs).collect();
        let fate = match (entry.faults.is_empty(), entry.was) {
            (false, _) => Fate::Refused,
            (true, None) => Fate::New,
            (true, Some(_)) if entry.is_different() => Fate::Changed,
            (true, Some(_)) => Fate::Same,
        };
        compared.lines.push(Line {
            line: entry.line,
            fate,
            name: entry.next.title.clone(),
            id: entry.was.map(|own| own.id.to_string()),
            differences,
            kept: entry.kept,
            faults: entry.faults,
        });
        if matches!(fate, Fate::New | Fate::Changed) {
            let new = entry.speakers.iter().filter(|own| own.number == 0);
            compared.newcomers.extend(new.map(|own| own.name.clone()));
            compared.talks.push(TalkWrite {
                was: entry.was.cloned().map(|was| (was, entry.was_speakers)),
                next: entry.next,
                speakers: entry.speakers,
            });
        }
    }
}

fn put_back(part: Part, was: &Talk, entry: &mut Entry<'_>) {
    let next = &mut entry.next;
    match part {
        Part::Title => next.title.clone_from(&was.title),
        Part::Subtitle => next.subtitle.clone_from(&was.subtitle),
        Part::Kind => next.kind.clone_from(&was.kind),
        Part::Language => next.language.clone_from(&was.language),
        Part::Abstract => next.r#abstract.clone_from(&was.r#abstract),
        Part::Description => next.description.clone_from(&was.description),
        Part::Category => next.category.clone_from(&was.category),
        Part::Speakers => entry.speakers.clone_from(&entry.was_speakers),
        Part::Placement => {
            next.day.clone_from(&was.day);
            next.room.clone_from(&was.room);
            next.track.clone_from(&was.track);
            (next.starts_at, next.ends_at) = (was.starts_at, was.ends_at);
        }
        // Nothing else of it is in a spreadsheet.
        Part::Level => next.document.clone_from(&was.document),
        // A spreadsheet has none of these.
        Part::Links | Part::Slides | Part::Picture => {}
    }
}
