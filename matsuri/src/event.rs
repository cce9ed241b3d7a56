//! One conference in one file that outlives this program: docs/event-file.md.
//!
//! It shows one moment, says nothing that only the team's secrets are made of, and every text and picture is in it.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context as _, Result, bail};
use db::copy::Snapshot;
use kernel::Timestamp;
use platform::Blobs;
use platform::archive::Writer;
use platform::blob::{self, BlobId, Stored};
use program::portable::{People, Section};
use serde_json::json;

/// The format that is written. A reader may meet fields that it does not know.
pub const FORMAT: u32 = 1;

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Name of the conference.
    pub conference: &'a str,
    /// Whether people are named who are not part of the programme.
    pub people: People,
    /// Whether chat is in it.
    pub chat: bool,
    /// Address of the site.
    pub public_url: &'a str,
    /// When it happens.
    pub now: Timestamp,
}

/// Writes the file of a conference as it is at the snapshot's moment.
///
/// # Errors
/// No such conference, a stored file that is not there, a database or an output that fails.
pub async fn write<W: Write>(
    snapshot: &mut Snapshot,
    blobs: &Blobs,
    wish: &Wish<'_>,
    out: W,
) -> Result<W> {
    let Some(id) = program::portable::id_of(snapshot.run(), wish.conference).await? else {
        bail!("There is no conference of that name.");
    };
    let found = program::portable::portable(snapshot.run(), &id, wish.public_url).await?;
    let Some(programme) = found else {
        bail!("There is no conference of that name.");
    };
    let mut sections = vec![programme.section];
    sections.push(onair::portable::portable(snapshot.run(), &id, wish.people).await?);
    sections.push(live::portable::captions(snapshot.run(), &id).await?);
    sections.push(studio::portable::portable(snapshot.run(), &id).await?);
    if wish.chat {
        sections.push(live::portable::portable(snapshot.run(), &id, wish.people).await?);
    }
    let wanted: BTreeSet<BlobId> = sections.iter().flat_map(|own| own.files.clone()).collect();
    let mut files = blob::all(snapshot.run()).await?;
    files.retain(|stored| wanted.contains(&stored.id));

    let modified_s = u64::try_from(wish.now.as_second()).unwrap_or(0);
    let mut archive = Writer::new(out, modified_s);
    let head = json!({
        "format": FORMAT,
        "program": env!("CARGO_PKG_VERSION"),
        "created_at": wish.now,
        "conference": { "slug": programme.conference.slug, "title": programme.conference.title },
        "sections": sections.iter().map(|section| section.name).collect::<Vec<_>>(),
        "uploads": files.iter().map(described).collect::<Vec<_>>(),
    });
    archive.member("matsuri-event.json", &pretty(&head)?)?;
    for Section { name, content, .. } in &sections {
        archive.member(&format!("{name}.json"), &pretty(content)?)?;
    }
    archive.member("schedule.xml", programme.xml.as_bytes())?;
    archive.member("schedule.json", programme.json.as_bytes())?;
    for stored in &files {
        let path = blobs.path(&stored.id);
        let lost = || format!("the stored file {} cannot be read", stored.id);
        let mut source = std::fs::File::open(&path).with_context(lost)?;
        let bytes = u64::try_from(stored.bytes).unwrap_or(0);
        let name = format!("uploads/{}", stored.id);
        archive
            .stream(&name, bytes, &mut source)
            .with_context(lost)?;
    }
    Ok(archive.finish()?)
}

fn described(stored: &Stored) -> serde_json::Value {
    json!({ "id": stored.id, "bytes": stored.bytes, "sha256": stored.sha256 })
}

fn pretty(value: &serde_json::Value) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
