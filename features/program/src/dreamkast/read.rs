//! From files to an [`Export`]: every row is looked at, everything that is wrong is told at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use kernel::Message;

use super::fields::{address, chosen, clock, flag, kind, language, opt_out};
use super::table::{Row, Table, about};
use super::{CREDITS, Export, FILES, Files, ITEMS, Map, PROPOSALS, SPEAKERS, TALKS, Talk, Track};
use crate::limits;
use crate::schedule::{Broken, Complaint};

/// Columns of talks that mean something here.
const TALK_COLUMNS: &[&str] = &[
    "id",
    "conference_id",
    "type",
    "title",
    "abstract",
    "talk_category_id",
    "talk_difficulty_id",
    "track_id",
    "conference_day_id",
    "start_time",
    "end_time",
    "movie_url",
    "document_url",
    "ogp_image_url",
    "show_on_timetable",
    "created_at",
    "updated_at",
];
/// Columns of speakers that mean something here.
const SPEAKER_COLUMNS: &[&str] = &[
    "id",
    "conference_id",
    "name",
    "profile",
    "company",
    "job_title",
    "twitter_id",
    "github_id",
    "created_at",
    "updated_at",
];
/// Columns that say who somebody is, for nobody but them and the organisers.
const PERSONAL: &[&str] = &[
    "email",
    "sub",
    "user_id",
    "additional_documents",
    "tel",
    "phone",
    "phone_number",
    "address",
    "postal_code",
    "first_name",
    "last_name",
    "first_name_kana",
    "last_name_kana",
    "company_email",
    "company_tel",
    "company_address",
    "company_postal_code",
];

/// Reads an export and its mapping files.
///
/// # Errors
/// With every complaint, at most [`limits::COMPLAINTS_MAX`].
pub fn read(files: &Files) -> Result<Export, Broken> {
    let mut reader = Reader::default();
    let export = reader.export(files);
    if reader.faults.is_empty() {
        return Ok(export);
    }
    reader.faults.truncate(limits::COMPLAINTS_MAX);
    Err(Broken {
        complaints: reader.faults,
    })
}

#[derive(Default)]
struct Reader {
    faults: Vec<Complaint>,
    notes: Vec<Message>,
}

/// What stands about talks in other files than theirs.
#[derive(Default)]
struct Beside {
    status: HashMap<i64, Status>,
    language: HashMap<i64, &'static str>,
    opt_out: HashMap<i64, bool>,
    minutes: HashMap<i64, i64>,
    /// Talks whose length was answered by a number that nothing explains.
    lengthless: HashSet<i64>,
    speakers: HashMap<i64, Vec<i64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Undecided,
    Accepted,
    Rejected,
}

/// An option of a question.
struct Choice {
    text: String,
    key: String,
    value: String,
}

impl Reader {
    fn export(&mut self, files: &Files) -> Export {
        for file in FILES
            .iter()
            .filter(|name| !files.export.contains_key(**name))
        {
            self.notes
                .push(Message::new("program-dreamkast-missing").with("file", file));
        }
        for file in &files.others {
            self.notes
                .push(Message::new("program-dreamkast-unread").with("file", file));
        }
        let maps = self.maps(files);
        let talks = self.table(files, TALKS, &["id", "title"]);
        let speakers = self.table(files, SPEAKERS, &["id", "name"]);
        let credits = self.table(files, CREDITS, &["talk_id", "speaker_id"]);
        let proposals = self.table(files, PROPOSALS, &["talk_id", "status"]);
        let items = self.table(files, ITEMS, &["talk_id", "label", "params"]);
        let conference = self.conference(&talks);
        let people = self.speakers(&speakers, conference);
        let known: HashSet<i64> = talks
            .rows
            .iter()
            .filter_map(|row| talks.cell(row, "id").parse().ok())
            .collect();
        let mut beside = Beside::default();
        self.proposals(&proposals, &known, &mut beside);
        self.items(&items, &known, &maps.4, &mut beside);
        self.credits(&credits, &known, &people, &mut beside);
        let read = self.talks(&talks, &mut beside);
        self.leftovers(&talks, TALK_COLUMNS);
        self.leftovers(&speakers, SPEAKER_COLUMNS);
        let rows = [&talks, &speakers, &credits, &proposals, &items]
            .into_iter()
            .filter(|table| !table.file.is_empty())
            .map(|table| (table.file.clone(), table.rows.len()));
        Export {
            days: maps.0,
            tracks: maps.1,
            categories: maps.2,
            levels: maps.3,
            talks: read,
            speakers: people,
            rows: rows.collect(),
            notes: std::mem::take(&mut self.notes),
        }
    }

    fn table(&mut self, files: &Files, name: &str, required: &[&str]) -> Table {
        if let Some(bytes) = files.export.get(name) {
            return Table::read(name, bytes, required, &mut self.faults);
        }
        if name == TALKS {
            let none = Complaint::whole("program-dreamkast-none").with("file", name);
            self.faults.push(none);
        }
        Table::default()
    }

    #[expect(clippy::type_complexity, reason = "taken apart at once")]
    fn maps(
        &mut self,
        files: &Files,
    ) -> (
        BTreeMap<i64, jiff::civil::Date>,
        BTreeMap<i64, Track>,
        BTreeMap<i64, String>,
        BTreeMap<i64, String>,
        HashMap<i64, Choice>,
    ) {
        let days = self.map(files, Map::Days, "day_id", "date", |table, row| {
            table.cell(row, "date").parse().ok()
        });
        let tracks = self.map(files, Map::Tracks, "track_id", "name", |table, row| {
            let slug = table.cell(row, "slug");
            let fits = slug.is_empty() || kernel::text::is_slug(slug, 1);
            (named(table.cell(row, "name")) && fits).then(|| Track {
                name: table.cell(row, "name").to_owned(),
                slug: slug.to_owned(),
            })
        });
        let name = |table: &Table, row: &Row| {
            let name = table.cell(row, "name");
            named(name).then(|| name.to_owned())
        };
        let categories = self.map(files, Map::Categories, "category_id", "name", name);
        let levels = self.map(files, Map::Levels, "level_id", "name", name);
        let items = self.map(files, Map::Items, "item_id", "text", |table, row| {
            Some(Choice {
                text: table.cell(row, "text").to_owned(),
                key: table.cell(row, "key").to_owned(),
                value: table.cell(row, "value").to_owned(),
            })
        });
        (
            days,
            tracks,
            categories,
            levels,
            items.into_iter().collect(),
        )
    }

    fn map<T>(
        &mut self,
        files: &Files,
        map: Map,
        id: &str,
        column: &'static str,
        read: impl Fn(&Table, &Row) -> Option<T>,
    ) -> BTreeMap<i64, T> {
        let Some((name, bytes)) = files.maps.get(&map) else {
            return BTreeMap::new();
        };
        let table = Table::read(name, bytes, &[id, column], &mut self.faults);
        let (mut seen, mut found) = (HashMap::new(), BTreeMap::new());
        for row in &table.rows {
            let Some(number) = table.id(row, id, &mut seen, &mut self.faults) else {
                continue;
            };
            match read(&table, row) {
                Some(value) => {
                    found.insert(number, value);
                }
                None => self.faults.push(
                    about(name, row.line, "program-dreamkast-map")
                        .with("column", column)
                        .with("value", table.cell(row, column)),
                ),
            }
        }
        found
    }

    /// The one conference whose talks these are.
    fn conference(&mut self, talks: &Table) -> Option<i64> {
        let mut found = None;
        for row in &talks.rows {
            let number = talks.number(row, "conference_id", &mut self.faults);
            if number.is_some() && found.is_some() && number != found {
                self.faults
                    .push(about(TALKS, row.line, "program-dreamkast-conferences"));
                return None;
            }
            found = found.or(number);
        }
        found
    }

    /// Speakers; Dreamkast exports those of all its conferences at once.
    fn speakers(&mut self, table: &Table, conference: Option<i64>) -> Vec<super::Speaker> {
        let (mut seen, mut foreign, mut people) = (HashMap::new(), 0_usize, Vec::new());
        for row in &table.rows {
            let own = table.number(row, "conference_id", &mut self.faults);
            if own.is_some() && conference.is_some() && own != conference {
                foreign += 1;
                continue;
            }
            let Some(id) = table.id(row, "id", &mut seen, &mut self.faults) else {
                continue;
            };
            let text = |column: &str| table.cell(row, column).to_owned();
            if !named(&text("name")) {
                self.faults.push(
                    about(SPEAKERS, row.line, "program-dreamkast-name").with("column", "name"),
                );
            }
            self.bounded(table, row, &["profile", "company", "job_title"]);
            people.push(super::Speaker {
                id,
                name: text("name"),
                profile: text("profile"),
                company: text("company"),
                job_title: text("job_title"),
                twitter: text("twitter_id").trim_start_matches('@').to_owned(),
                github: text("github_id").trim_start_matches('@').to_owned(),
            });
        }
        self.note("program-dreamkast-foreign", foreign);
        people
    }

    fn proposals(&mut self, table: &Table, known: &HashSet<i64>, beside: &mut Beside) {
        let mut seen = HashMap::new();
        for row in &table.rows {
            let Some(talk) = table.id(row, "talk_id", &mut seen, &mut self.faults) else {
                continue;
            };
            let status = match table.cell(row, "status") {
                "0" | "registered" => Status::Undecided,
                "1" | "accepted" => Status::Accepted,
                "2" | "rejected" => Status::Rejected,
                other => {
                    self.faults.push(
                        about(PROPOSALS, row.line, "program-dreamkast-status").with("value", other),
                    );
                    continue;
                }
            };
            if self.points(table, row, "talk_id", talk, known) {
                beside.status.insert(talk, status);
            }
        }
    }

    /// Answers of proposals. Language, length and whether recordings may be shown have a place here.
    fn items(
        &mut self,
        table: &Table,
        known: &HashSet<i64>,
        choices: &HashMap<i64, Choice>,
        beside: &mut Beside,
    ) {
        let mut lost: BTreeMap<String, usize> = BTreeMap::new();
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        for row in &table.rows {
            let Some(talk) = table.number(row, "talk_id", &mut self.faults) else {
                continue;
            };
            if !self.points(table, row, "talk_id", talk, known) {
                continue;
            }
            let label = table.cell(row, "label");
            let understood = |choice: &Choice, beside: &mut Beside| -> bool {
                match label {
                    "language" => language(&choice.text)
                        .is_some_and(|word| beside.language.insert(talk, word).is_none()),
                    "whether_it_can_be_published" => opt_out(&choice.key)
                        .is_some_and(|out| beside.opt_out.insert(talk, out).is_none()),
                    "session_time" => choice
                        .value
                        .parse()
                        .is_ok_and(|minutes| beside.minutes.insert(talk, minutes).is_none()),
                    _ => false,
                }
            };
            let numbers = chosen(table.cell(row, "params"));
            let expressible =
                ["language", "whether_it_can_be_published", "session_time"].contains(&label);
            match numbers.first().and_then(|number| choices.get(number)) {
                Some(choice) if understood(choice, beside) => {}
                None if expressible => {
                    *unknown.entry(label.to_owned()).or_default() += 1;
                    if label == "session_time" {
                        beside.lengthless.insert(talk);
                    }
                }
                _ => *lost.entry(label.to_owned()).or_default() += 1,
            }
        }
        for (key, counts) in [
            ("program-dreamkast-option", unknown),
            ("program-dreamkast-answer", lost),
        ] {
            for (label, talks) in counts {
                self.notes
                    .push(Message::new(key).with("label", label).with("count", talks));
            }
        }
    }

    fn credits(
        &mut self,
        table: &Table,
        known: &HashSet<i64>,
        people: &[super::Speaker],
        beside: &mut Beside,
    ) {
        let people: HashSet<i64> = people.iter().map(|speaker| speaker.id).collect();
        for row in &table.rows {
            let talk = table.number(row, "talk_id", &mut self.faults);
            let speaker = table.number(row, "speaker_id", &mut self.faults);
            let (Some(talk), Some(speaker)) = (talk, speaker) else {
                continue;
            };
            if self.points(table, row, "talk_id", talk, known)
                && self.points(table, row, "speaker_id", speaker, &people)
            {
                let speakers = beside.speakers.entry(talk).or_default();
                if !speakers.contains(&speaker) {
                    speakers.push(speaker);
                }
            }
        }
    }

    fn talks(&mut self, table: &Table, beside: &mut Beside) -> Vec<Talk> {
        if table.rows.len() > limits::TALKS_MAX {
            self.faults.push(
                Complaint::whole("program-dreamkast-rows")
                    .with("file", TALKS)
                    .with("limit", limits::TALKS_MAX),
            );
            return Vec::new();
        }
        let (mut seen, mut talks) = (HashMap::new(), Vec::new());
        let (mut rejected, mut undecided, mut withheld) = (0, 0, 0);
        for row in &table.rows {
            let Some(id) = table.id(row, "id", &mut seen, &mut self.faults) else {
                continue;
            };
            let mut talk = self.talk(table, row, id, beside);
            match beside.status.get(&id) {
                Some(Status::Rejected) => rejected += 1,
                Some(Status::Undecided) => undecided += 1,
                _ if !talk.shown => withheld += 1,
                _ => {}
            }
            let decided = beside.status.get(&id);
            talk.shown &= decided.is_none_or(|status| *status == Status::Accepted);
            talks.push(talk);
        }
        self.note("program-dreamkast-rejected", rejected);
        self.note("program-dreamkast-undecided", undecided);
        self.note("program-dreamkast-withheld", withheld);
        talks
    }

    fn talk(&mut self, table: &Table, row: &Row, id: i64, beside: &mut Beside) -> Talk {
        let text = |column: &str| table.cell(row, column);
        if !named(text("title")) {
            self.faults
                .push(about(TALKS, row.line, "program-dreamkast-name").with("column", "title"));
        }
        self.bounded(table, row, &["abstract"]);
        let number = |reader: &mut Self, column| table.number(row, column, &mut reader.faults);
        let (day, track) = (number(self, "conference_day_id"), number(self, "track_id"));
        let category = number(self, "talk_category_id");
        let level = number(self, "talk_difficulty_id");
        let start = self.read_cell(table, row, "start_time", clock);
        let stated = self.read_cell(table, row, "end_time", clock);
        let shown = self.read_cell(table, row, "show_on_timetable", flag);
        let types = if table.has("type") {
            self.read_cell(table, row, "type", kind)
        } else {
            None
        };
        let is_break = text("abstract") == "intermission" || types == Some("break");
        let after = |minutes: &i64| {
            let span = jiff::Span::new().try_minutes(*minutes).ok()?;
            Some(start?.wrapping_add(span))
        };
        let leads = |column: &str| address(text(column)).unwrap_or_default().to_owned();
        Talk {
            id,
            title: text("title").to_owned(),
            text: if is_break { "" } else { text("abstract") }.to_owned(),
            kind: if is_break {
                "break"
            } else {
                types.unwrap_or("talk")
            },
            language: beside
                .language
                .get(&id)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            day,
            track,
            category,
            level,
            start,
            end: stated.or_else(|| beside.minutes.get(&id).and_then(after)),
            length_is_open: beside.lengthless.contains(&id),
            opt_out: beside.opt_out.get(&id).copied(),
            shown: shown.unwrap_or(true),
            document_url: leads("document_url"),
            movie_url: leads("movie_url"),
            picture: leads("ogp_image_url"),
            speakers: beside.speakers.remove(&id).unwrap_or_default(),
        }
    }

    /// A cell that may be empty; what it says otherwise must be understood.
    fn read_cell<T>(
        &mut self,
        table: &Table,
        row: &Row,
        column: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = table.cell(row, column);
        if text.is_empty() {
            return None;
        }
        let value = read(text);
        if value.is_none() {
            self.faults.push(
                about(&table.file, row.line, "program-dreamkast-value")
                    .with("column", column)
                    .with("value", text),
            );
        }
        value
    }

    fn bounded(&mut self, table: &Table, row: &Row, columns: &[&'static str]) {
        for column in columns {
            if table.cell(row, column).chars().count() > limits::TEXT_CHARS_MAX {
                self.faults.push(
                    about(&table.file, row.line, "program-dreamkast-long")
                        .with("column", column)
                        .with("limit", limits::TEXT_CHARS_MAX),
                );
            }
        }
    }

    /// Whether a number leads to a row; one that does not is told.
    fn points(
        &mut self,
        table: &Table,
        row: &Row,
        column: &str,
        number: i64,
        known: &HashSet<i64>,
    ) -> bool {
        let leads = known.contains(&number);
        if !leads && self.notes.len() < limits::COMPLAINTS_MAX {
            let note = about(&table.file, row.line, "program-dreamkast-dangling")
                .with("column", column)
                .with("value", number);
            self.notes.push(note.message);
        }
        leads
    }

    /// Columns that have no place here, where they say something.
    fn leftovers(&mut self, table: &Table, known: &[&str]) {
        for column in table
            .header
            .iter()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let rows = table.filled(column);
            if rows == 0 {
                continue;
            }
            let key = if PERSONAL.contains(&column.as_str()) {
                "program-dreamkast-personal"
            } else {
                "program-dreamkast-column"
            };
            self.notes.push(
                Message::new(key)
                    .with("file", &table.file)
                    .with("column", column)
                    .with("count", rows),
            );
        }
    }

    fn note(&mut self, key: &'static str, count: usize) {
        if count > 0 {
            self.notes.push(Message::new(key).with("count", count));
        }
    }
}

/// Whether a text can be a name.
fn named(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= limits::NAME_CHARS_MAX
}
