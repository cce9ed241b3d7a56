//! Spreadsheets that somebody brought.

use db::{Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};
use platform::blob::BlobId;

use crate::model::{ConferenceId, SpreadsheetId};
use crate::spreadsheet::Kind;
use identity::AccountId;

record! {
    /// A spreadsheet.
    #[derive(PartialEq)]
    pub(crate) struct Spreadsheet {
        pub(crate) id: SpreadsheetId,
        pub(crate) kind: Kind,
        /// What its file was called.
        pub(crate) name: String,
        /// The file; none once it is taken over.
        pub(crate) blob: Option<BlobId>,
        /// What somebody wants of it, JSON.
        pub(crate) wish: String,
        /// Ids of what it made, JSON.
        pub(crate) made: String,
        /// How many rows were new, changed, the same and refused, JSON.
        pub(crate) counts: String,
        pub(crate) created_at: Timestamp,
        pub(crate) created_by: String,
        pub(crate) applied_at: Option<Timestamp>,
    }
    struct Columns { columns: String }
}

/// Writes a spreadsheet down; who brought it is written once.
pub(crate) async fn put(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Spreadsheet,
    account: &AccountId,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO spreadsheet (id, conference, kind, name, blob, wish, made, counts, created_at, created_by, applied_at,
                 created_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (id) DO UPDATE SET blob = $5, wish = $6, made = $7, counts = $8, applied_at = $11
             WHERE spreadsheet.conference = $2"
        ),
        params![
            row.id, conference, row.kind, row.name, row.blob, row.wish, row.made, row.counts, row.created_at,
            row.created_by, row.applied_at, account
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &SpreadsheetId,
) -> Result<Option<Spreadsheet>> {
    Ok(run
        .opt(
            sql!(Spreadsheet:
                "SELECT id, kind, name, blob, wish, made, counts, created_at, created_by, applied_at
                 FROM spreadsheet WHERE conference = $1 AND id = $2"),
            params![conference, id],
        )
        .await?)
}

/// The spreadsheets of a conference, the newest first.
pub(crate) async fn all(
    mut run: impl Run,
    conference: &ConferenceId,
    kind: Kind,
) -> Result<Vec<Spreadsheet>> {
    Ok(run
        .all(
            sql!(Spreadsheet:
                "SELECT id, kind, name, blob, wish, made, counts, created_at, created_by, applied_at
                 FROM spreadsheet WHERE conference = $1 AND kind = $2 ORDER BY created_at DESC, id DESC"),
            params![conference, kind],
        )
        .await?)
}

pub(crate) async fn remove(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &SpreadsheetId,
) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM spreadsheet WHERE conference = $1 AND id = $2"),
        params![conference, id],
    )
    .await?;
    Ok(())
}

/// What columns were about the last time, JSON by what they are called.
pub(crate) async fn columns(
    mut run: impl Run,
    conference: &ConferenceId,
    kind: Kind,
) -> Result<String> {
    let columns = sql!(Columns: "SELECT columns FROM spreadsheet_columns WHERE conference = $1 AND kind = $2");
    let found = run.opt(columns, params![conference, kind]).await?;
    Ok(found.map(|row| row.columns).unwrap_or_default())
}

pub(crate) async fn remember(
    tx: &mut Tx,
    conference: &ConferenceId,
    kind: Kind,
    columns: &str,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO spreadsheet_columns (conference, kind, columns) VALUES ($1, $2, $3)
             ON CONFLICT (conference, kind) DO UPDATE SET columns = $3"
        ),
        params![conference, kind, columns],
    )
    .await?;
    Ok(())
}
