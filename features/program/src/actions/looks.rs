//! The pictures of a conference: brought, described, taken down. A file is let go in the transaction that stops to
//! refer to it.

use bytes::Bytes;
use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Message, Result, Timestamp};
use platform::blob::{self, BlobId, Blobs, Stored};

use super::Writer;
use crate::exchange::text_of;
use crate::limits;
use crate::model::{Look, Looks, Size, Spot, Words};
use crate::pictures::{self, Made};
use crate::store::{self, Conference, write};

/// A picture on its way.
#[derive(Debug)]
pub struct Brought {
    /// Where it is to be shown.
    pub spot: Spot,
    /// The file as it was sent.
    pub file: Bytes,
    /// What is said instead of it, by language; what was said of the one before it where nothing is.
    pub alt: Option<Words>,
    /// The version of the pictures that it is about, where somebody says so.
    pub expected: Option<i64>,
}

/// Shows a picture, in the place of the one that was there; the version of the pictures now.
///
/// # Errors
/// `Invalid` when the file is none that can be shown, `Conflict` when somebody changes the conference at the same time.
pub async fn hang(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Contents>,
    brought: Brought,
) -> Result<i64> {
    let (kind, bytes) = (brought.spot.as_str(), brought.file.len());
    let shown = drawn(writer, blobs, grant, brought).await;
    let metrics = writer.programmes.metrics();
    metrics.uploaded(kind, bytes, shown.is_ok());
    shown
}

async fn drawn(
    writer: &Writer<'_>,
    blobs: &Blobs,
    grant: &Grant<Contents>,
    brought: Brought,
) -> Result<i64> {
    let alt = brought.alt.map(checked).transpose()?;
    let spot = brought.spot;
    let made = {
        let _room = writer.programmes.easel().acquire().await;
        let making = tokio::task::spawn_blocking(move || pictures::make(spot, &brought.file));
        making.await.map_err(Error::internal)??
    };
    let mut kept = Vec::new();
    let mut look = Look::default();
    for own in made.sizes {
        look.sizes.push(put(blobs, own, &mut kept).await?);
    }
    if let Some(own) = made.card {
        look.card = Some(put(blobs, own, &mut kept).await?);
    }
    let seen = brought.expected;
    change(writer, grant, seen, ("conference.look", &kept), |looks| {
        let before = looks.pictures.remove(&spot);
        let said = before.map(|before| before.alt).unwrap_or_default();
        look.alt = alt.unwrap_or(said);
        looks.pictures.insert(spot, look);
        Ok(())
    })
    .await
}

/// Says anew what is said instead of a picture; the version of the pictures now.
///
/// # Errors
/// `Invalid` for a text that is too long, `NotFound` where no picture is.
pub async fn describe(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    (spot, expected): (Spot, Option<i64>),
    alt: Words,
) -> Result<i64> {
    let alt = checked(alt)?;
    let act = ("conference.look.describe", &[][..]);
    change(writer, grant, expected, act, |looks| {
        let look = looks.pictures.get_mut(&spot);
        look.ok_or(Error::NotFound("picture"))?.alt = alt;
        Ok(())
    })
    .await
}

/// Takes a picture down; the version of the pictures now.
///
/// # Errors
/// `NotFound` where no picture is.
pub async fn take_down(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    (spot, expected): (Spot, Option<i64>),
) -> Result<i64> {
    let act = ("conference.look.remove", &[][..]);
    change(writer, grant, expected, act, |looks| {
        let gone = looks.pictures.remove(&spot);
        gone.map(|_| ()).ok_or(Error::NotFound("picture"))
    })
    .await
}

/// Copies of pictures for another conference, whose files are its own. They are kept by whoever writes them down.
pub(crate) async fn copied(blobs: &Blobs, looks: &Looks) -> Result<(Looks, Vec<Stored>)> {
    let (mut own, mut kept) = (looks.clone(), Vec::new());
    own.version = 0;
    for look in own.pictures.values_mut() {
        for size in look.sizes.iter_mut().chain(&mut look.card) {
            let bytes = blobs.get(&stored_at(size)).await?;
            let bytes = bytes.ok_or_else(|| Error::internal("a stored picture is not there"))?;
            let stored = blobs.put(&bytes).await?;
            size.file = stored.id.to_string();
            kept.push(stored);
        }
    }
    Ok((own, kept))
}

/// The stored file of a size.
pub(crate) fn stored_at(size: &Size) -> BlobId {
    BlobId::stored(size.file.clone())
}

async fn put(blobs: &Blobs, made: Made, kept: &mut Vec<Stored>) -> Result<Size> {
    let stored = blobs.put(&made.bytes).await?;
    let size = Size {
        file: stored.id.to_string(),
        format: made.format,
        width: made.width,
        height: made.height,
    };
    kept.push(stored);
    Ok(size)
}

/// Changes the pictures of the grant's conference, keeps what is new and lets go of what is no longer shown.
async fn change(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    expected: Option<i64>,
    (act, new): (&'static str, &[Stored]),
    change: impl FnOnce(&mut Looks) -> Result<()>,
) -> Result<i64> {
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, grant.conference()).await?;
    let was = was.ok_or(Error::NotFound("conference"))?;
    let mut settings = was.settings();
    let before = settings.looks.clone();
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    change(&mut settings.looks)?;
    if settings.looks == before {
        return Ok(before.version);
    }
    settings.looks.version += 1;
    let after = settings.looks.clone();
    keep(&mut tx, new, writer.now).await?;
    for size in before.files() {
        if after.files().all(|own| own.file != size.file) {
            blob::release(&mut tx, &stored_at(size)).await?;
        }
    }
    let row = Conference {
        settings: text_of(&settings),
        changed_at: writer.now,
        ..was
    };
    write::update_conference(&mut tx, &row).await?;
    audit::record(&mut tx, grant, act, row.id.as_str(), &before, &after).await?;
    tx.commit().await?;
    writer.announce(&row.id, row.version + 1);
    tracing::info!(conference = %row.id, act, "the pictures of {} were changed", row.slug);
    Ok(after.version)
}

/// Keeps the files that a conference shows from now on.
pub(super) async fn keep(tx: &mut Tx, kept: &[Stored], now: Timestamp) -> Result<()> {
    for stored in kept {
        blob::keep(tx, stored, now).await?;
    }
    Ok(())
}

/// Lets go of all pictures of a conference that is about to be gone.
pub(super) async fn release(tx: &mut Tx, id: &ConferenceId) -> Result<()> {
    let Some(row) = store::by_id(&mut *tx, id).await? else {
        return Ok(());
    };
    for size in row.settings().looks.files() {
        blob::release(tx, &stored_at(size)).await?;
    }
    Ok(())
}

/// Texts instead of a picture, in one way of writing.
fn checked(mut alt: Words) -> Result<Words> {
    for text in alt.values_mut() {
        *text = clean(text, Lines::One);
    }
    alt.retain(|_, text| !text.is_empty());
    let is_long = |text: &String| text.chars().count() > limits::ALT_CHARS_MAX;
    if alt.len() > limits::LANGUAGES_MAX || alt.values().any(is_long) {
        let message = Message::new("program-too-long").with("limit", limits::ALT_CHARS_MAX);
        return Err(Error::invalid("alt", message));
    }
    Ok(alt)
}
