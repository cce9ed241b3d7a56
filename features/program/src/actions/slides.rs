//! Slides of a talk as files: uploaded, put into the bin, brought back.

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Message, Result};
use platform::blob::{self, BlobId, Stored};
use platform::jobs;
use platform::once::Once;

use super::Writer;
use crate::jobs::{EMPTY, Emptied};
use crate::limits;
use crate::model::TalkId;
use crate::store::slides::{self, Slides};
use crate::store::{Talk, talks};

/// A talk and its files, also those in the bin.
///
/// # Errors
/// `NotFound` when there is no such talk.
pub(crate) async fn known(
    db: &db::Db,
    conference: &ConferenceId,
    talk: &TalkId,
) -> Result<(Talk, Vec<Slides>)> {
    let row = talks::talk(db, conference, talk).await?;
    let row = row.ok_or(Error::NotFound("talk"))?;
    Ok((row, slides::of_talk(db, conference, talk).await?))
}

/// Adds a file that is on the disk already to a talk. With `once` what is kept is its id.
///
/// # Errors
/// `NotFound` when there is no such talk, `Conflict` when it has as many files as it may.
pub async fn bring(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    talk: &TalkId,
    (name, stored): (&str, &Stored),
    once: Option<&Once>,
) -> Result<Slides> {
    let conference = grant.conference();
    let mut tx = writer.db.begin().await?;
    let version = turn(&mut tx, writer, conference).await?;
    let known = talks::talk(&mut tx, conference, talk).await?;
    known.ok_or(Error::NotFound("talk"))?;
    has_room(&mut tx, conference, talk).await?;
    let row = Slides {
        id: stored.id.clone(),
        talk: talk.clone(),
        name: named(name),
        bytes: stored.bytes,
        uploaded_at: writer.now,
        binned_at: None,
    };
    blob::keep(&mut tx, stored, writer.now).await?;
    slides::insert(&mut tx, conference, &row).await?;
    audit::record(&mut tx, grant, "talk.slides.add", talk.as_str(), &(), &row).await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &row.id, writer.now).await?;
    }
    tx.commit().await?;
    writer.announce(conference, version);
    tracing::info!(%talk, file = %row.id, bytes = row.bytes, "slides were added to {talk}");
    Ok(row)
}

/// Puts a file into the bin, where it lies for thirty days, or brings it back; the file.
///
/// # Errors
/// `NotFound` when the talk has no such file, `Conflict` when it has as many others as it may.
pub async fn bin(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    (talk, id): (&TalkId, &BlobId),
    restore: bool,
) -> Result<Slides> {
    let conference = grant.conference();
    let mut tx = writer.db.begin().await?;
    let version = turn(&mut tx, writer, conference).await?;
    let all = slides::of_talk(&mut tx, conference, talk).await?;
    let was = all.into_iter().find(|row| row.id == *id);
    let was = was.ok_or(Error::NotFound("slides"))?;
    let row = Slides {
        binned_at: (!restore).then_some(writer.now),
        ..was.clone()
    };
    if !slides::mark(&mut tx, conference, (talk, id), row.binned_at).await? {
        return Ok(was);
    }
    if restore {
        // It is counted already.
        counted(&mut tx, conference, talk, limits::SLIDES_MAX).await?;
    } else {
        let emptied = Emptied::slides(conference, id);
        jobs::enqueue(&mut tx, EMPTY, &emptied, writer.now + limits::BIN_KEPT).await?;
    }
    let act = if restore {
        "talk.slides.restore"
    } else {
        "talk.slides.bin"
    };
    audit::record(&mut tx, grant, act, talk.as_str(), &was, &row).await?;
    tx.commit().await?;
    writer.announce(conference, version);
    Ok(row)
}

/// Lets go of the files of a conference that is about to be gone.
pub(super) async fn release(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    for row in slides::of_conference(&mut *tx, conference).await? {
        blob::release(tx, &row.id).await?;
    }
    Ok(())
}

/// Refuses a talk that has as many files as it may, before somebody sends one more.
///
/// # Errors
/// `Conflict` when it has.
pub async fn has_room(run: impl db::Run, conference: &ConferenceId, talk: &TalkId) -> Result<()> {
    counted(run, conference, talk, limits::SLIDES_MAX - 1).await
}

async fn counted(
    run: impl db::Run,
    conference: &ConferenceId,
    talk: &TalkId,
    most: usize,
) -> Result<()> {
    let all = slides::of_talk(run, conference, talk).await?;
    if all.iter().filter(|row| row.binned_at.is_none()).count() > most {
        let message = Message::new("program-slides-many").with("limit", limits::SLIDES_MAX);
        return Err(Error::conflict(message));
    }
    Ok(())
}

async fn turn(tx: &mut Tx, writer: &Writer<'_>, conference: &ConferenceId) -> Result<i64> {
    let version = talks::turn(tx, conference, writer.now).await?;
    version.ok_or(Error::NotFound("conference"))
}

/// What a file is called, whatever the computer that it comes from calls it.
fn named(name: &str) -> String {
    let name = clean(name, Lines::One);
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '"' | '\\' | '/' | '<' | '>' | ':' | '|' | '?' | '*'))
        .take(limits::LABEL_CHARS_MAX)
        .collect();
    let stem = plain
        .trim()
        .trim_end_matches(".pdf")
        .trim_end_matches(".PDF");
    let stem = stem.trim_matches(['.', ' ']);
    let stem = if stem.is_empty() { "slides" } else { stem };
    format!("{stem}.pdf")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_file_has_a_name_that_every_computer_takes() {
        assert_eq!(named("発表資料 v2.pdf"), "発表資料 v2.pdf");
        assert_eq!(named("../../etc/passwd"), "etcpasswd.pdf");
        assert_eq!(named("a\"b\r\nX: y.PDF"), "abX y.pdf");
        assert_eq!(named(""), "slides.pdf");
        assert!(named(&"長".repeat(500)).chars().count() <= 90);
    }
}
