//! Speakers of a file beside those who are there.

use std::collections::HashMap;

use kernel::Message;
use kernel::text::Lines;

use super::compare::{
    Cells, Compared, Complaint, Difference, Fate, Line, SpeakerWrite, Wish, quoted,
};
use crate::limits;
use crate::model::hand::{Part, parts, with_parts};
use crate::spreadsheet::{Field, Row, Table};
use crate::store::{Loaded, Speaker};

/// What is shown of a speaker, and compared.
const SHOWN: &[Field] = &[Field::Name, Field::Code, Field::Biography, Field::Avatar];

struct Book<'a> {
    cells: &'a Cells,
    wish: &'a Wish,
    speakers: &'a [Speaker],
}

pub(super) fn compare(table: &Table, cells: &Cells, wish: &Wish, loaded: &Loaded) -> Compared {
    let book = Book {
        cells,
        wish,
        speakers: &loaded.speakers,
    };
    let mut compared = Compared::default();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for row in &table.rows {
        let (line, write) = book.row(row, &mut seen);
        compared.lines.push(line);
        compared.speakers.extend(write);
    }
    compared
}

impl Book<'_> {
    fn row(&self, row: &Row, seen: &mut HashMap<String, u64>) -> (Line, Option<SpeakerWrite>) {
        let mut faults: Vec<Complaint> = self.cells.misfit(row).into_iter().collect();
        let was = match self.found(row) {
            Ok(was) => was,
            Err(complaint) => {
                faults.push(complaint);
                None
            }
        };
        let blank = Speaker::blank(0, String::new(), String::new());
        let base = was.unwrap_or(&blank);
        let mut next = self.wanted(row, base, &mut faults);
        // Whom no file has brought has nothing to be kept from files.
        let ours = base.file_id.is_none() && base.code.is_empty();
        let kept = if self.wish.over_hand || ours {
            Vec::new()
        } else {
            by_hand(&mut next, base)
        };
        let key = match was {
            Some(own) => own.id.to_string(),
            None if next.code.is_empty() => format!("name {}", next.name),
            None => format!("code {}", next.code),
        };
        if let Some(first) = seen.insert(key, row.line) {
            let twice = Message::new("program-sheet-twice").with("first", first);
            faults.push(Complaint::row(twice));
        }
        let before = was.unwrap_or(&blank);
        let differences: Vec<Difference> = SHOWN
            .iter()
            .map(|field| Difference {
                field: *field,
                before: shown(before, *field).to_owned(),
                after: shown(&next, *field).to_owned(),
            })
            .filter(|own| own.before != own.after)
            .collect();
        let fate = match (faults.is_empty(), was) {
            (false, _) => Fate::Refused,
            (true, None) => Fate::New,
            (true, Some(_)) if differences.is_empty() => Fate::Same,
            (true, Some(_)) => Fate::Changed,
        };
        if let Some(was) = was {
            next.hand = with_parts(&was.hand, &edited(was, &next));
        }
        let line = Line {
            line: row.line,
            fate,
            name: next.name.clone(),
            id: was.map(|own| own.id.to_string()),
            differences,
            kept,
            faults,
        };
        let write = matches!(fate, Fate::New | Fate::Changed).then(|| SpeakerWrite {
            was: was.cloned(),
            next,
        });
        (line, write)
    }

    /// Whom a row is about: by number, else by code, else by name. Nobody for somebody new.
    fn found(&self, row: &Row) -> Result<Option<&Speaker>, Complaint> {
        if let Some(number) = self.cells.number(row)? {
            let found = self.speakers.iter().find(|own| own.number == number);
            let found = found.ok_or_else(|| {
                let said = number.to_string();
                Complaint::of(Field::Number, quoted("program-sheet-unknown", &said))
            })?;
            if found.binned_at.is_some() {
                return Err(Complaint::of(Field::Number, "program-sheet-binned"));
            }
            return Ok(Some(found));
        }
        let there = || self.speakers.iter().filter(|own| own.binned_at.is_none());
        let code = self.cells.text(row, Field::Code).unwrap_or_default();
        let name = self.cells.text(row, Field::Name).unwrap_or_default();
        let (field, said, found): (_, _, Vec<&Speaker>) = if code.is_empty() {
            (
                Field::Name,
                name,
                there().filter(|own| own.name == name).collect(),
            )
        } else {
            (
                Field::Code,
                code,
                there().filter(|own| own.code == code).collect(),
            )
        };
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Complaint::of(field, quoted("program-sheet-several", said))),
        }
    }

    fn wanted(&self, row: &Row, base: &Speaker, faults: &mut Vec<Complaint>) -> Speaker {
        let one = |max| (Lines::One, max);
        let prose = (Lines::Many, limits::PROSE_CHARS_MAX);
        let cells = self.cells;
        let next = Speaker {
            code: cells.code(row, &base.code, faults),
            name: cells.over(
                row,
                Field::Name,
                &base.name,
                one(limits::NAME_CHARS_MAX),
                faults,
            ),
            biography: cells.over(row, Field::Biography, &base.biography, prose, faults),
            avatar: cells.over(
                row,
                Field::Avatar,
                &base.avatar,
                one(limits::LINK_CHARS_MAX),
                faults,
            ),
            ..base.clone()
        };
        if next.name.is_empty() {
            faults.push(Complaint::of(Field::Name, "web-field-empty"));
        }
        if next.avatar != base.avatar && !web::form::is_page(&next.avatar) {
            faults.push(Complaint::of(Field::Avatar, "web-field-url"));
        }
        next
    }
}

fn shown(row: &Speaker, field: Field) -> &str {
    match field {
        Field::Name => &row.name,
        Field::Code => &row.code,
        Field::Biography => &row.biography,
        Field::Avatar => &row.avatar,
        _ => "",
    }
}

/// The parts in which two rows differ.
fn edited(was: &Speaker, is: &Speaker) -> Vec<Part> {
    let all = [
        (Part::Title, was.name != is.name),
        (Part::Abstract, was.biography != is.biography),
        (Part::Picture, was.avatar != is.avatar),
    ];
    let differing = all.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(part, _)| part).collect()
}

/// Puts back what was edited by hand; what the file says otherwise.
fn by_hand(next: &mut Speaker, was: &Speaker) -> Vec<Part> {
    let hand = parts(&was.hand);
    let kept: Vec<Part> = edited(was, next)
        .into_iter()
        .filter(|part| hand.contains(part))
        .collect();
    for part in &kept {
        match part {
            Part::Title => next.name.clone_from(&was.name),
            Part::Abstract => next.biography.clone_from(&was.biography),
            Part::Picture => next.avatar.clone_from(&was.avatar),
            _ => {}
        }
    }
    kept
}
