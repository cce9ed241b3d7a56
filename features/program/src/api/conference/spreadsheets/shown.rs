//! A spreadsheet as the API shows it.

use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use web::Cx;

use crate::actions::spreadsheets::{Counts, Line, Look};
use crate::store::spreadsheets::Spreadsheet;

/// How many rows a spreadsheet has of which kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetCounts {
    /// They make something.
    new: usize,
    /// They change something.
    changed: usize,
    /// They say what is there already.
    same: usize,
    /// They cannot be taken over.
    refused: usize,
}

impl From<Counts> for SheetCounts {
    fn from(counts: Counts) -> Self {
        Self {
            new: counts.new,
            changed: counts.changed,
            same: counts.same,
            refused: counts.refused,
        }
    }
}

/// A spreadsheet that was brought.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetListed {
    /// Its id.
    id: String,
    /// What its file is called.
    name: String,
    /// When it was brought.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who brought it.
    by: String,
    /// When it was taken over; null while nobody decided.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    applied_at: Option<Timestamp>,
    /// What taking it over did; null before.
    #[schema(required)]
    counts: Option<SheetCounts>,
}

impl SheetListed {
    pub(super) fn of(row: &Spreadsheet) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            created_at: row.created_at,
            by: row.created_by.clone(),
            applied_at: row.applied_at,
            counts: Counts::of_applied(row).map(Into::into),
        }
    }
}

/// A column of a spreadsheet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetColumn {
    /// Its head in the file.
    name: String,
    /// What it is about, such as `title`; null for nothing.
    #[schema(required)]
    field: Option<String>,
}

/// A spreadsheet beside what is there now. Nothing is changed by looking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetLook {
    /// The spreadsheet.
    #[serde(flatten)]
    sheet: SheetListed,
    /// How its characters are written: `utf-8`, `shift_jis` or `utf-16`.
    encoding: String,
    /// What stands between its cells: `comma`, `tab` or `semicolon`.
    separator: String,
    /// Its columns and what they are about.
    columns: Vec<SheetColumn>,
    /// What a column can be about.
    #[schema(example = json!(["title", "speakers"]))]
    fields: Vec<String>,
    /// Whether what was edited by hand is taken over too.
    over_hand: bool,
    /// What is meant although it collides.
    #[schema(example = json!(["speaker"]))]
    meant: Vec<String>,
    /// What could be said to be meant: `speaker` (somebody speaks in two places), `day` (outside of its day).
    #[schema(example = json!(["speaker"]))]
    asks: Vec<String>,
    /// What taking it over would do.
    would: SheetCounts,
}

impl SheetLook {
    pub(super) fn of(look: &Look) -> Self {
        let Look {
            row,
            wish,
            table,
            compared,
        } = look;
        let column = |(place, name): (usize, &String)| SheetColumn {
            name: name.trim().to_owned(),
            field: wish.field(place).map(|own| own.to_string()),
        };
        let fields = row.kind.fields().iter();
        Self {
            sheet: SheetListed::of(row),
            encoding: look.encoding().to_string(),
            separator: look.separator().to_string(),
            columns: table.header.iter().enumerate().map(column).collect(),
            fields: fields.map(ToString::to_string).collect(),
            over_hand: wish.over_hand,
            meant: wish.meant.clone(),
            asks: compared.asks.iter().map(ToString::to_string).collect(),
            would: Counts::of(compared).into(),
        }
    }
}

/// A row of a spreadsheet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetRow {
    /// Line of the file in which it begins.
    line: u64,
    /// `new`, `changed`, `same` or `refused`.
    #[schema(example = "changed")]
    fate: String,
    /// What it is called.
    name: String,
    /// Id of the talk or speaker that it is about; null for a new one.
    #[schema(required)]
    id: Option<String>,
    /// What is different.
    differences: Vec<SheetDifference>,
    /// What is wrong with it.
    faults: Vec<SheetFault>,
    /// What it says otherwise and stays as somebody edited it by hand.
    #[schema(example = json!(["Texts"]))]
    kept: Vec<String>,
}

/// A part of a row that is different.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetDifference {
    /// Which.
    field: String,
    /// What is there now.
    before: String,
    /// What is there afterwards.
    after: String,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetFault {
    /// In which cell; null for the whole row.
    #[schema(required)]
    field: Option<String>,
    /// A sentence.
    detail: String,
}

impl SheetRow {
    pub(super) fn of(cx: &Cx, line: &Line) -> Self {
        Self {
            line: line.line,
            fate: line.fate.to_string(),
            name: line.name.clone(),
            id: line.id.clone(),
            differences: line
                .differences
                .iter()
                .map(|own| SheetDifference {
                    field: own.field.to_string(),
                    before: own.before.clone(),
                    after: own.after.clone(),
                })
                .collect(),
            faults: line
                .faults
                .iter()
                .map(|own| SheetFault {
                    field: own.field.map(|field| field.to_string()),
                    detail: cx.texts.message(cx.locale, &own.message),
                })
                .collect(),
            kept: line
                .kept
                .iter()
                .map(|part| cx.text(part.label(), &[]))
                .collect(),
        }
    }
}
