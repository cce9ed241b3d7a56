//! What a spreadsheet would change: every row beside what is there, by the rules of the forms. Nothing is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kernel::text::{Lines, clean};
use kernel::{Message, Timestamp, word_enum};
use serde::{Deserialize, Serialize};
use web::Locale;
use web::texts::Texts;

use crate::limits;
use crate::model::hand::Part;
use crate::spreadsheet::{Columns, Encoding, Field, Kind, Row, Separator, Table, guess};
use crate::store::{Loaded, Speaker, Talk};

/// What somebody wants of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// How it is read; none for what is found out.
    #[serde(default)]
    pub(crate) encoding: Option<Encoding>,
    #[serde(default)]
    pub(crate) separator: Option<Separator>,
    /// What each column is about.
    #[serde(default)]
    pub(crate) columns: Columns,
    /// Whether what was edited by hand is taken over too.
    #[serde(default)]
    pub(crate) over_hand: bool,
    /// What is meant although it collides, as in forms: `speaker`, `day`.
    #[serde(default)]
    pub(crate) meant: Vec<String>,
}

impl Wish {
    /// What may be said to be meant.
    pub(crate) const MEANT: [&str; 2] = ["speaker", "day"];

    /// What the column at a place is about.
    pub(crate) fn field(&self, place: usize) -> Option<Field> {
        self.columns.get(place).copied().flatten()
    }
}

/// Words, and the language in which somebody reads them.
#[derive(Clone, Debug)]
pub(crate) struct Tongue {
    pub(crate) texts: Arc<Texts>,
    pub(crate) locale: Locale,
}

impl Tongue {
    /// A message for the reader.
    pub(crate) fn text(&self, key: &str) -> String {
        self.texts.get(self.locale, key, &[])
    }

    /// The same in every language.
    pub(crate) fn everywhere(&self, key: &str) -> [String; 2] {
        [Locale::Ja, Locale::En].map(|locale| self.texts.get(locale, key, &[]))
    }

    /// What columns of a file are about.
    pub(crate) fn guess(
        &self,
        kind: Kind,
        header: &[String],
        remembered: &BTreeMap<String, String>,
    ) -> Columns {
        let names = |field: Field| -> Vec<String> {
            let known = self.everywhere(&format!("program-column-{field}"));
            let known = known.iter().flat_map(|names| names.split(['、', ',']));
            let labels = self.everywhere(field.label());
            labels
                .iter()
                .map(String::as_str)
                .chain(known)
                .map(str::to_owned)
                .collect()
        };
        guess(kind, header, remembered, &names)
    }
}

word_enum! {
    /// What becomes of a row.
    pub enum Fate {
        /// It cannot be taken over.
        Refused = "refused",
        /// It changes something that is there.
        Changed = "changed",
        /// It is new.
        New = "new",
        /// It is there already, and the same.
        Same = "same",
    }
}

/// A part of a row that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) field: Field,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// A row of the file, compared.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "a line of the file is a line")]
pub(crate) struct Line {
    /// Where it begins in the file.
    pub(crate) line: u64,
    pub(crate) fate: Fate,
    /// What it is called.
    pub(crate) name: String,
    /// What it is about, by id.
    pub(crate) id: Option<String>,
    pub(crate) differences: Vec<Difference>,
    /// What the file says otherwise and was edited by hand.
    pub(crate) kept: Vec<Part>,
    pub(crate) faults: Vec<Complaint>,
}

/// What is wrong with a row, or with one of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) field: Option<Field>,
    pub(crate) message: Message,
}

impl Complaint {
    pub(super) fn of(field: Field, message: impl Into<Message>) -> Self {
        Self {
            field: Some(field),
            message: message.into(),
        }
    }

    pub(super) fn row(message: impl Into<Message>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }
}

/// A talk to be written.
pub(super) struct TalkWrite {
    pub(super) was: Option<(Talk, Vec<Speaker>)>,
    pub(super) next: Talk,
    /// Who speaks; those without a number are new, and known by their names.
    pub(super) speakers: Vec<Speaker>,
}

/// A speaker to be written.
pub(super) struct SpeakerWrite {
    pub(super) was: Option<Speaker>,
    pub(super) next: Speaker,
}

/// A file beside what is there.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) lines: Vec<Line>,
    /// What could be meant although it collides.
    pub(crate) asks: BTreeSet<&'static str>,
    /// Names of speakers that talks bring.
    pub(crate) newcomers: BTreeSet<String>,
    pub(super) talks: Vec<TalkWrite>,
    pub(super) speakers: Vec<SpeakerWrite>,
}

impl Compared {
    /// How many rows have a fate.
    pub(crate) fn count(&self, fate: Fate) -> usize {
        self.lines.iter().filter(|line| line.fate == fate).count()
    }

    /// How many rows say something else than what was edited by hand.
    pub(crate) fn kept(&self) -> usize {
        let kept = |line: &&Line| !line.kept.is_empty();
        self.lines.iter().filter(kept).count()
    }

    /// What somebody confirms: exactly these changes.
    pub(crate) fn digest(&self) -> String {
        let changes = |line: &&Line| matches!(line.fate, Fate::New | Fate::Changed);
        let lines = self.lines.iter().filter(changes);
        let said: Vec<_> = lines
            .map(|line| (line.line, &line.id, &line.differences))
            .collect();
        kernel::id::digest(&format!("{said:?}"))
    }
}

/// Compares a file with what is there.
pub(crate) fn compare(
    kind: Kind,
    table: &Table,
    wish: &Wish,
    loaded: &Loaded,
    tongue: &Tongue,
    now: Timestamp,
) -> Compared {
    let cells = Cells::of(table, wish);
    match kind {
        Kind::Talks => super::talks::compare(table, &cells, wish, loaded, tongue, now),
        Kind::Speakers => super::speakers::compare(table, &cells, wish, loaded),
    }
}

/// Where in a row a field stands.
pub(super) struct Cells {
    places: HashMap<Field, usize>,
    width: usize,
}

impl Cells {
    fn of(table: &Table, wish: &Wish) -> Self {
        let columns = wish.columns.iter().take(table.header.len()).enumerate();
        let places = columns.filter_map(|(place, field)| Some(((*field)?, place)));
        Self {
            places: places.collect(),
            width: table.header.len(),
        }
    }

    /// What a row says of a field; none where no column is about it.
    pub(super) fn said<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        let place = self.places.get(&field)?;
        row.cells.get(*place).map(|cell| cell.trim())
    }

    /// The same without what spreadsheets are told formulas from texts by.
    pub(super) fn text<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        self.said(row, field).map(web::list::restored)
    }

    /// The number by which a row says what it is about.
    pub(super) fn number(&self, row: &Row) -> Result<Option<i64>, Complaint> {
        match self.said(row, Field::Number) {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Complaint::of(Field::Number, quoted("program-sheet-number", text))),
        }
    }

    /// The code by which it is known elsewhere. It is given once: files recognise by it what they brought.
    pub(super) fn code(&self, row: &Row, current: &str, faults: &mut Vec<Complaint>) -> String {
        let bounds = (Lines::One, limits::LABEL_CHARS_MAX);
        let code = self.over(row, Field::Code, current, bounds, faults);
        if current.is_empty() || code == current {
            return code;
        }
        if !code.is_empty() {
            faults.push(Complaint::of(
                Field::Code,
                quoted("program-sheet-code", current),
            ));
        }
        current.to_owned()
    }

    /// A row that has more or fewer cells than the file has columns.
    pub(super) fn misfit(&self, row: &Row) -> Option<Complaint> {
        let found = row.cells.len();
        (found != self.width).then(|| {
            Complaint::row(
                Message::new("program-sheet-cells")
                    .with("expected", self.width)
                    .with("found", found),
            )
        })
    }

    /// A text as a row says it, or as it is where the row says the same or nothing.
    pub(super) fn over(
        &self,
        row: &Row,
        field: Field,
        current: &str,
        (lines, max): (Lines, usize),
        faults: &mut Vec<Complaint>,
    ) -> String {
        let (Some(said), Some(text)) = (self.said(row, field), self.text(row, field)) else {
            return current.to_owned();
        };
        let (is, text) = (clean(current, lines), clean(text, lines));
        if text == is || clean(said, lines) == is {
            return current.to_owned();
        }
        if text.chars().count() > max {
            let message = Message::new("web-field-long").with("limit", max);
            faults.push(Complaint::of(field, message));
        }
        text
    }
}

/// A message about what a cell says; a long one is cut.
pub(super) fn quoted(key: &'static str, text: &str) -> Message {
    let short: String = text
        .chars()
        .take(limits::SPREADSHEET_CELL_SHOWN / 2)
        .collect();
    Message::new(key).with("value", short)
}
