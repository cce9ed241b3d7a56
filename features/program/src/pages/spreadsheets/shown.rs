//! A file that waits for a decision: what its columns are about, and every row beside what is there.

use askama::Template;
use web::form::Choice;
use web::{Cx, Page};

use super::{Frame, Place, Step, encodings, separators};
use crate::actions::spreadsheets::{Compared, Complaint, Counts, Fate, Line, Look, Wish};
use crate::limits;
use crate::spreadsheet::Table;

/// Cells of a column that its choice shows.
const SAMPLES: usize = 3;

#[derive(Template)]
#[template(path = "admin_spreadsheet.html")]
pub(super) struct SheetPage {
    pub(super) page: Page,
    frame: Frame,
    part: &'static str,
    href: String,
    name: String,
    rows: usize,
    encodings: Vec<Choice>,
    encoding: String,
    separators: Vec<Choice>,
    separator: String,
    columns: Vec<Column>,
    fields: Vec<Choice>,
    asks: Vec<(String, bool)>,
    kept: usize,
    over_hand: bool,
    newcomers: usize,
    tabs: Vec<Tab>,
    shown: &'static str,
    lines: Vec<Shown>,
    more: Option<String>,
    counts: Counts,
    digest: String,
    overtaken: bool,
}

/// A column of the file and what it is about.
struct Column {
    name: String,
    samples: String,
    field: String,
}

struct Tab {
    href: String,
    label: String,
    count: usize,
    current: bool,
}

/// A row as the page shows it.
struct Shown {
    line: u64,
    name: String,
    href: Option<String>,
    differences: Vec<(String, String, String)>,
    faults: Vec<(Option<String>, String)>,
    kept: Vec<String>,
}

impl SheetPage {
    /// The page of a file that waits for a decision.
    pub(super) fn of(
        cx: &Cx,
        step: Step,
        href: String,
        look: Look,
        place: &Place,
        overtaken: bool,
    ) -> Self {
        let (encoding, separator) = (look.encoding(), look.separator());
        let Look {
            row,
            wish,
            table,
            compared,
        } = look;
        let first = Fate::ALL.iter().find(|fate| compared.count(**fate) > 0);
        let shown = Fate::parse(&place.show)
            .or(first.copied())
            .unwrap_or(Fate::Same);
        let of_fate = compared.lines.iter().filter(|line| line.fate == shown);
        let to = place.from.saturating_add(limits::SPREADSHEET_ROWS_SHOWN);
        let lines = of_fate
            .skip(place.from)
            .take(limits::SPREADSHEET_ROWS_SHOWN);
        let items = format!("{}/admin/{}", step.frame.base, step.part);
        let fields = row.kind.fields().iter();
        let fields = fields.map(|own| Choice::new(own.as_str(), cx.text(own.label(), &[])));
        Self {
            lines: lines.map(|line| shown_line(cx, &items, line)).collect(),
            more: (compared.count(shown) > to)
                .then(|| format!("{href}?show={shown}&from={to}#rows")),
            tabs: tabs(cx, &href, &compared, shown),
            shown: shown.as_str(),
            columns: columns(&table, &wish),
            fields: fields.collect(),
            asks: asks(&compared, &wish),
            kept: compared.kept(),
            over_hand: wish.over_hand,
            newcomers: compared.newcomers.len(),
            encodings: encodings(cx),
            encoding: encoding.to_string(),
            separators: separators(cx),
            separator: separator.to_string(),
            rows: table.rows.len(),
            digest: compared.digest(),
            counts: Counts::of(&compared),
            name: row.name,
            page: step.page,
            frame: step.frame,
            part: step.part,
            href,
            overtaken,
        }
    }
}

fn tabs(cx: &Cx, href: &str, compared: &Compared, shown: Fate) -> Vec<Tab> {
    let tab = |fate: &Fate| Tab {
        href: format!("{href}?show={fate}#rows"),
        label: cx.text(&format!("program-sheet-fate-{fate}"), &[]),
        count: compared.count(*fate),
        current: *fate == shown,
    };
    Fate::ALL.iter().map(tab).collect()
}

fn columns(table: &Table, wish: &Wish) -> Vec<Column> {
    let column = |(index, name): (usize, &String)| Column {
        name: name.trim().to_owned(),
        samples: samples(table, index),
        field: wish
            .field(index)
            .map_or_else(String::new, |own| own.to_string()),
    };
    table.header.iter().enumerate().map(column).collect()
}

/// What may be said to be meant: what is in the way, and what was said already.
fn asks(compared: &Compared, wish: &Wish) -> Vec<(String, bool)> {
    let given = |word: &str| wish.meant.iter().any(|own| own == word);
    Wish::MEANT
        .into_iter()
        .filter(|word| given(word) || compared.asks.contains(word))
        .map(|word| (word.to_owned(), given(word)))
        .collect()
}

/// What stands in a column, for whoever says what it is about.
fn samples(table: &Table, column: usize) -> String {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let cells = cells
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty());
    let short = |cell: &str| -> String {
        let line = cell.lines().next().unwrap_or_default();
        let mut short: String = line.chars().take(30).collect();
        if short.len() < cell.len() {
            short.push('…');
        }
        short
    };
    let mut found: Vec<String> = Vec::new();
    for cell in cells.take(200).map(short) {
        if found.len() < SAMPLES && !found.contains(&cell) {
            found.push(cell);
        }
    }
    found.join(" · ")
}

fn shown_line(cx: &Cx, items: &str, line: &Line) -> Shown {
    let label = |complaint: &Complaint| complaint.field.map(|own| cx.text(own.label(), &[]));
    let fault = |own: &Complaint| (label(own), cx.texts.message(cx.locale, &own.message));
    Shown {
        line: line.line,
        name: line.name.clone(),
        href: line.id.as_ref().map(|id| format!("{items}/{id}")),
        differences: line
            .differences
            .iter()
            .map(|own| {
                let (before, after) = around(&own.before, &own.after);
                (cx.text(own.field.label(), &[]), before, after)
            })
            .collect(),
        faults: line.faults.iter().map(fault).collect(),
        kept: line
            .kept
            .iter()
            .map(|part| cx.text(part.label(), &[]))
            .collect(),
    }
}

/// Two texts from a little before their first difference on, as long as a page has room for.
fn around(before: &str, after: &str) -> (String, String) {
    let same = before
        .chars()
        .zip(after.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let most = limits::SPREADSHEET_CELL_SHOWN;
    let long = before.chars().count().max(after.chars().count()) > most;
    let skip = if long { same.saturating_sub(20) } else { 0 };
    let cut = |text: &str| {
        let mut shown = String::new();
        if skip > 0 {
            shown.push('…');
        }
        shown.extend(text.chars().skip(skip).take(most));
        if text.chars().count() > skip + most {
            shown.push('…');
        }
        shown
    };
    (cut(before), cut(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        assert_eq!(around("a", "b"), ("a".to_owned(), "b".to_owned()));
        let long = "祭".repeat(500);
        let (before, after) = around(&long, &format!("{long}り"));
        assert_eq!(before, format!("…{}", "祭".repeat(20)));
        assert_eq!(after, format!("…{}り", "祭".repeat(20)));
    }
}
