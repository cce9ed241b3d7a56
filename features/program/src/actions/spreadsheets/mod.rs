//! Spreadsheets of talks and speakers: brought, looked at beside what is there, taken over in one transaction or not at
//! all, taken back through the bin.
//!
//! Invariants: looking changes nothing; what is taken over is exactly what was looked at, by its digest; the same file
//! twice changes nothing the second time.

mod clashing;
mod compare;
mod place;
mod speakers;
mod talks;
mod words;
mod write;

use std::collections::BTreeMap;

use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Message, Result, Timestamp};
use platform::blob::{self, BlobId, Blobs};
use platform::jobs;
use platform::once::Once;
use serde::{Deserialize, Serialize};

pub(crate) use self::compare::{Compared, Complaint, Fate, Line, Tongue, Wish};
pub(crate) use self::words::span;
use super::Writer;
use crate::exchange::{document, text_of};
use crate::jobs::FORGET;
use crate::limits;
use crate::metrics::Outcome;
use crate::model::{SpeakerId, SpreadsheetId, TalkId};
use crate::spreadsheet::{self, Encoding, Fault, Kind, Separator, Table};
use crate::store::spreadsheets::Spreadsheet;
use crate::store::{self, Loaded, spreadsheets};

/// What a spreadsheet made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Made {
    pub(crate) talks: Vec<TalkId>,
    pub(crate) speakers: Vec<SpeakerId>,
}

/// How many rows had which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) new: usize,
    pub(crate) changed: usize,
    pub(crate) same: usize,
    pub(crate) refused: usize,
}

impl Counts {
    pub(crate) fn of(compared: &Compared) -> Self {
        Self {
            new: compared.count(Fate::New),
            changed: compared.count(Fate::Changed),
            same: compared.count(Fate::Same),
            refused: compared.count(Fate::Refused),
        }
    }

    /// What came of a spreadsheet; none while nobody decided.
    pub(crate) fn of_applied(row: &Spreadsheet) -> Option<Self> {
        row.applied_at.map(|_| document(&row.counts))
    }
}

/// A spreadsheet that is to be forgotten, and the file that goes with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    pub(crate) conference: ConferenceId,
    pub(crate) spreadsheet: SpreadsheetId,
    pub(crate) blob: BlobId,
}

/// Reads a file where nobody else waits.
pub(crate) async fn read(
    bytes: bytes::Bytes,
    wish: &Wish,
) -> Result<std::result::Result<Table, Fault>> {
    let (encoding, separator) = (wish.encoding, wish.separator);
    let read = move || spreadsheet::read(&bytes, encoding, separator);
    tokio::task::spawn_blocking(read)
        .await
        .map_err(Error::internal)
}

/// Keeps a file until somebody decides about it. With `once` what is kept of the call is its id.
///
/// # Errors
/// `Invalid` for a file that cannot be read.
pub(crate) async fn bring(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Contents>,
    kind: Kind,
    (name, bytes): (&str, bytes::Bytes),
    (mut wish, tongue): (Wish, &Tongue),
    once: Option<&Once>,
) -> Result<SpreadsheetId> {
    let conference = grant.conference();
    let table = read(bytes.clone(), &wish).await?;
    let metrics = writer.programmes.metrics();
    metrics.uploaded("spreadsheet", bytes.len(), table.is_ok());
    let table = table.map_err(|fault| Error::invalid("file", fault.0))?;
    (wish.encoding, wish.separator) = (Some(table.encoding), Some(table.separator));
    let stored = blobs.put(&bytes).await?;
    let mut tx = writer.db.begin().await?;
    let remembered = spreadsheets::columns(&mut tx, conference, kind).await?;
    wish.columns = tongue.guess(kind, &table.header, &document(&remembered));
    let row = Spreadsheet {
        id: SpreadsheetId::fresh(),
        kind,
        name: name.to_owned(),
        blob: Some(stored.id.clone()),
        wish: text_of(&wish),
        made: text_of(&Made::default()),
        counts: text_of(&Counts::default()),
        created_at: writer.now,
        created_by: grant.name().to_owned(),
        applied_at: None,
    };
    blob::keep(&mut tx, &stored, writer.now).await?;
    spreadsheets::put(&mut tx, conference, &row, grant.account()).await?;
    let waiting = spreadsheets::all(&mut tx, conference, kind).await?;
    let waiting = waiting.into_iter().filter(|own| own.applied_at.is_none());
    for old in waiting.skip(limits::SPREADSHEETS_MAX) {
        forget(&mut tx, conference, &old).await?;
    }
    let forgotten = Forgotten {
        conference: conference.clone(),
        spreadsheet: row.id.clone(),
        blob: stored.id,
    };
    jobs::enqueue(
        &mut tx,
        FORGET,
        &forgotten,
        writer.now + limits::SPREADSHEET_KEPT,
    )
    .await?;
    record(&mut tx, grant, "bring", &row, (None, Some(&wish))).await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &row.id, writer.now).await?;
    }
    tx.commit().await?;
    tracing::info!(spreadsheet = %row.id, %conference, rows = table.rows.len(), "{} brought {kind} in a spreadsheet", grant.name());
    Ok(row.id)
}

/// Removes a spreadsheet and its file.
pub(crate) async fn forget(
    tx: &mut db::Tx,
    conference: &ConferenceId,
    row: &Spreadsheet,
) -> Result<()> {
    if let Some(blob) = &row.blob {
        blob::release(tx, blob).await?;
    }
    spreadsheets::remove(tx, conference, &row.id).await
}

/// Throws a file away that nobody wants.
///
/// # Errors
/// `NotFound` when it is none of this conference.
pub(crate) async fn drop_it(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    id: &SpreadsheetId,
) -> Result<Spreadsheet> {
    let mut tx = writer.db.begin().await?;
    let row = found(&mut tx, grant.conference(), id).await?;
    forget(&mut tx, grant.conference(), &row).await?;
    let wish: Wish = document(&row.wish);
    record(&mut tx, grant, "drop", &row, (Some(&wish), None)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Writes into the audit log what somebody did with a file that is not taken over yet.
async fn record(
    tx: &mut db::Tx,
    grant: &Grant<Contents>,
    what: &str,
    row: &Spreadsheet,
    (before, after): (Option<&Wish>, Option<&Wish>),
) -> Result<()> {
    let act = format!("{}.import.{what}", row.kind);
    let named = |wish: Option<&Wish>| wish.map(|wish| (row.name.clone(), wish.clone()));
    let (before, after) = (named(before), named(after));
    audit::record(tx, grant, &act, row.id.as_str(), &before, &after).await
}

/// Remembers what somebody says about a file, and about the next one with columns of the same names. With `seen` only where
/// nobody said anything else since.
///
/// # Errors
/// `NotFound`, `Conflict` when it is taken over already, `Invalid` when the file cannot be read so, `Stale`.
pub(crate) async fn reconsider(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Contents>,
    id: &SpreadsheetId,
    (mut wish, tongue): (Wish, &Tongue),
    seen: Option<&Spreadsheet>,
) -> Result<()> {
    let conference = grant.conference();
    let row = found(writer.db, conference, id).await?;
    let table = table_of(blobs, &row, &wish).await?;
    (wish.encoding, wish.separator) = (Some(table.encoding), Some(table.separator));
    let mut tx = writer.db.begin().await?;
    store::talks::wait_for_turn(&mut tx, conference).await?;
    let mut row = found(&mut tx, conference, id).await?;
    if row.applied_at.is_some() {
        return Err(Error::conflict(Message::new("program-sheet-applied")));
    }
    if seen.is_some_and(|seen| seen.wish != row.wish) {
        return Err(Error::Stale);
    }
    let was: Wish = document(&row.wish);
    let remembered = spreadsheets::columns(&mut tx, conference, row.kind).await?;
    let mut columns: BTreeMap<String, String> = document(&remembered);
    if (was.encoding, was.separator) == (wish.encoding, wish.separator) {
        wish.columns.resize(table.header.len(), None);
        for (name, field) in table.header.iter().zip(&wish.columns) {
            let word = field.map_or("", |field| field.as_str());
            columns.insert(name.trim().to_owned(), word.to_owned());
        }
        while columns.len() > 2 * limits::SPREADSHEET_COLUMNS_MAX {
            columns.pop_first();
        }
        spreadsheets::remember(&mut tx, conference, row.kind, &text_of(&columns)).await?;
    } else {
        // Other columns came to light: what was said about the old ones is about nothing.
        wish.columns = tongue.guess(row.kind, &table.header, &columns);
    }
    row.wish = text_of(&wish);
    spreadsheets::put(&mut tx, conference, &row, grant.account()).await?;
    if was != wish {
        record(&mut tx, grant, "edit", &row, (Some(&was), Some(&wish))).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A file beside what is there now.
pub(crate) struct Look {
    pub(crate) row: Spreadsheet,
    pub(crate) wish: Wish,
    pub(crate) table: Table,
    pub(crate) compared: Compared,
}

impl Look {
    /// How its characters are written.
    pub(crate) fn encoding(&self) -> Encoding {
        self.wish.encoding.unwrap_or(self.table.encoding)
    }

    /// What stands between its cells.
    pub(crate) fn separator(&self) -> Separator {
        self.wish.separator.unwrap_or(self.table.separator)
    }
}

/// Looks at a spreadsheet; nothing is written.
///
/// # Errors
/// `NotFound`, `Conflict` when it is taken over already.
pub(crate) async fn look(
    db: &db::Db,
    blobs: &Blobs,
    conference: &ConferenceId,
    row: Spreadsheet,
    tongue: &Tongue,
    now: Timestamp,
) -> Result<Look> {
    let wish: Wish = document(&row.wish);
    let table = table_of(blobs, &row, &wish).await?;
    let loaded = store::load(db, conference).await?;
    let loaded = loaded.ok_or(Error::NotFound("conference"))?;
    let (compared, table, _) = compared(row.kind, table, &wish, loaded, tongue, now).await?;
    Ok(Look {
        row,
        wish,
        table,
        compared,
    })
}

/// A comparison where nobody else waits for the processor.
async fn compared(
    kind: Kind,
    table: Table,
    wish: &Wish,
    loaded: Loaded,
    tongue: &Tongue,
    now: Timestamp,
) -> Result<(Compared, Table, Loaded)> {
    let (wish, tongue) = (wish.clone(), tongue.clone());
    let work = move || {
        let compared = compare::compare(kind, &table, &wish, &loaded, &tongue, now);
        (compared, table, loaded)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)
}

/// What came of taking a spreadsheet over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// All of it is done, now or before.
    Done(Counts),
    /// Something is different from what was looked at; nothing was done.
    Different,
}

/// Takes over what somebody looked at: all of it, or nothing.
///
/// # Errors
/// `NotFound` when it is none of this conference.
pub(crate) async fn apply(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Contents>,
    (id, digest): (&SpreadsheetId, &str),
    tongue: &Tongue,
    progress: &(dyn Fn() + Sync),
) -> Result<Applied> {
    let conference = grant.conference();
    let row = found(writer.db, conference, id).await?;
    if let Some(counts) = Counts::of_applied(&row) {
        return Ok(Applied::Done(counts));
    }
    let wish: Wish = document(&row.wish);
    let table = table_of(blobs, &row, &wish).await?;
    // Compared before the turn, so that nobody waits for it; anew in it, should somebody have changed something meanwhile.
    let loaded = store::load(writer.db, conference).await?;
    let loaded = loaded.ok_or(Error::NotFound("conference"))?;
    let (mut compared, table, mut loaded) =
        self::compared(row.kind, table, &wish, loaded, tongue, writer.now).await?;
    progress();
    let mut tx = writer.db.begin().await?;
    let version = store::talks::turn(&mut tx, conference, writer.now).await?;
    let version = version.ok_or(Error::NotFound("conference"))?;
    // Whoever pressed the button twice waits for the turn, and finds it done.
    let mut row = found(&mut tx, conference, id).await?;
    if let Some(counts) = Counts::of_applied(&row) {
        return Ok(Applied::Done(counts));
    }
    if version != loaded.conference.version + 1 {
        let now = store::load(&mut tx, conference).await?;
        let now = now.ok_or(Error::NotFound("conference"))?;
        (compared, _, loaded) =
            self::compared(row.kind, table, &wish, now, tongue, writer.now).await?;
    }
    let metrics = writer.programmes.metrics();
    if compared.digest() != digest {
        metrics.imported(row.kind.as_str(), Outcome::Refused);
        return Ok(Applied::Different);
    }
    progress();
    let counts = Counts::of(&compared);
    let made = write::Writing::of(writer, grant, &loaded, progress)
        .all(&mut tx, compared)
        .await?;
    if let Some(blob) = row.blob.take() {
        blob::release(&mut tx, &blob).await?;
    }
    row.applied_at = Some(writer.now);
    row.made = text_of(&made);
    row.counts = text_of(&counts);
    spreadsheets::put(&mut tx, conference, &row, grant.account()).await?;
    let act = format!("{}.import", row.kind);
    audit::record(
        &mut tx,
        grant,
        &act,
        id.as_str(),
        &(),
        &(&row.name, &counts),
    )
    .await?;
    tx.commit().await?;
    metrics.imported(row.kind.as_str(), Outcome::Applied);
    writer.announce(conference, version);
    tracing::info!(
        spreadsheet = %id, %conference, new = counts.new, changed = counts.changed, refused = counts.refused,
        "{} took over {} from a spreadsheet", grant.name(), row.kind
    );
    Ok(Applied::Done(counts))
}

/// Puts what a spreadsheet made into the bin; how many there were. What it changed stays changed.
///
/// # Errors
/// `NotFound` when it is none of this conference.
pub(crate) async fn take_back(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    id: &SpreadsheetId,
) -> Result<(Spreadsheet, usize)> {
    let row = found(writer.db, grant.conference(), id).await?;
    let made: Made = document(&row.made);
    let (mut talks, mut people) = (Vec::new(), Vec::new());
    for id in made.talks {
        // What was emptied from the bin since is gone anyway.
        talks.extend(store::talks::talk(writer.db, grant.conference(), &id).await?);
    }
    for id in made.speakers {
        people.extend(store::speakers::speaker(writer.db, grant.conference(), &id).await?);
    }
    let talks: Vec<TalkId> = talks.into_iter().map(|own| own.id).collect();
    let people: Vec<SpeakerId> = people.into_iter().map(|own| own.id).collect();
    let binned = super::talks::act(writer, grant, &talks, super::talks::Act::Bin, None).await?;
    let gone =
        super::speakers::act(writer, grant, &people, super::speakers::Act::Bin, None).await?;
    Ok((row, binned.len() + gone.len()))
}

/// A spreadsheet of a conference.
pub(crate) async fn found(
    run: impl db::Run,
    conference: &ConferenceId,
    id: &SpreadsheetId,
) -> Result<Spreadsheet> {
    let found = spreadsheets::find(run, conference, id).await?;
    found.ok_or(Error::NotFound("spreadsheet"))
}

async fn table_of(blobs: &Blobs, row: &Spreadsheet, wish: &Wish) -> Result<Table> {
    let Some(blob) = &row.blob else {
        return Err(Error::conflict(Message::new("program-sheet-applied")));
    };
    let bytes = blobs
        .get(blob)
        .await?
        .ok_or(Error::NotFound("spreadsheet"))?;
    let table = read(bytes, wish).await?;
    table.map_err(|fault| Error::invalid("encoding", fault.0))
}
