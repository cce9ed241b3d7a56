//! What a channel must not forget: how far its sequence numbers have come.
//!
//! Invariant: an address never means two things, and a sequence never goes back. Addresses carry an epoch
//! that is drawn afresh by every process, so that their uniqueness depends on no disk. The sequence is
//! written down before a segment's first part is published; a killed process loses nothing of that, and
//! its successor goes on with exactly the next number, which is what lets players go on too: hls.js
//! looks for the number after the one it played last, and finds nothing to play behind a gap. Only after
//! the machine itself went down may the newest writes be missing; then a margin is skipped.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::metrics::Metrics;
use crate::name::ChannelName;

/// A slot's size; the file has two, written in turn, so that one of them is always whole.
const SLOT_BYTES: usize = 512;

/// The first number of a channel of which nothing is known. Not 0: hls.js takes that for no number at all (`sn || -1` where it
/// looks for what the browser threw away), forgets what it has of such a segment and loads it anew, again and again.
const FIRST_MSN: u64 = 1;

/// What a slot says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    channel: String,
    /// Counts writes; the higher slot is the newer one.
    order: u64,
    /// The next media sequence number.
    msn: u64,
    /// Discontinuities announced so far.
    discontinuities: u64,
    /// Which run of the machine wrote this.
    boot: String,
}

/// A channel's journal.
pub(crate) struct Journal {
    record: Record,
    epoch: Arc<str>,
    continues: bool,
    file: Option<Arc<File>>,
    is_synced: bool,
    path: PathBuf,
    metrics: Arc<Metrics>,
}

impl Journal {
    /// Reads the channel's journal in `dir`, or starts a new one.
    pub(crate) fn open(name: &ChannelName, dir: Option<&Path>, metrics: Arc<Metrics>) -> Self {
        // A name has no dots, so this is one file per name.
        let file_name = format!("{}.journal", name.as_str().replace('/', "."));
        let path = dir.map(|dir| dir.join(file_name)).unwrap_or_default();
        let mut journal = Self {
            record: Record {
                channel: name.as_str().to_owned(),
                order: 0,
                msn: FIRST_MSN,
                discontinuities: 0,
                boot: boot(),
            },
            epoch: fresh_epoch(),
            continues: false,
            file: None,
            is_synced: true,
            path,
            metrics,
        };
        if let Some(dir) = dir {
            match open(dir, &journal.path) {
                Ok((file, found)) => journal.go_on(file, found),
                Err(error) => journal.complain(&error),
            }
        }
        journal
    }

    fn go_on(&mut self, file: File, found: Option<Record>) {
        self.file = Some(Arc::new(file));
        let Some(found) = found.filter(|found| found.channel == self.record.channel) else {
            return;
        };
        self.continues = true;
        let boot = std::mem::take(&mut self.record.boot);
        let skipped = if boot == found.boot {
            0
        } else {
            limits::JOURNAL_MARGIN
        };
        self.record = Record {
            msn: found.msn + skipped,
            discontinuities: found.discontinuities + skipped,
            boot,
            ..found
        };
    }

    /// Whether something was published before this process began.
    pub(crate) fn continues(&self) -> bool {
        self.continues
    }

    /// Discontinuities announced so far.
    pub(crate) fn discontinuities(&self) -> u64 {
        self.record.discontinuities
    }

    /// The epoch of this process's addresses.
    pub(crate) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch)
    }

    /// Takes the next sequence number, written down before it is used.
    pub(crate) fn take(&mut self, discontinuity: bool) -> u64 {
        let msn = self.record.msn;
        self.record.msn += 1;
        self.record.order += 1;
        self.record.discontinuities += u64::from(discontinuity);
        // Only as far as the system's memory: that survives us, and the disk is not waited for.
        if let Some(file) = &self.file {
            match write(file, &self.record) {
                Ok(()) => self.is_synced = false,
                Err(error) => self.complain(&error),
            }
        }
        msn
    }

    /// What should be brought to the disk, where nobody waits for it.
    pub(crate) fn unsynced(&mut self) -> Option<Arc<File>> {
        let file = self.file.clone()?;
        (!std::mem::replace(&mut self.is_synced, true)).then_some(file)
    }

    fn complain(&self, error: &std::io::Error) {
        self.metrics.journal_failures.add(1);
        tracing::error!(
            channel = %self.record.channel,
            path = %self.path.display(),
            error = %error,
            "the journal of a channel cannot be kept; after a restart its sequence may go back"
        );
    }
}

/// Forty random bits: short in addresses, and never the same twice where it matters.
fn fresh_epoch() -> Arc<str> {
    kernel::id::secret()[..8].into()
}

/// Names this run of the machine; where the system does not tell, every process is a run of its own.
fn boot() -> String {
    let told = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    told.map_or_else(
        |_| fresh_epoch().to_string(),
        |boot| boot.trim().chars().take(64).collect(),
    )
}

fn open(dir: &Path, path: &Path) -> std::io::Result<(File, Option<Record>)> {
    fs::create_dir_all(dir)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let mut bytes = Vec::new();
    (&mut file)
        .take(2 * SLOT_BYTES as u64)
        .read_to_end(&mut bytes)?;
    let newest = bytes
        .chunks(SLOT_BYTES)
        .filter_map(read)
        .max_by_key(|record| record.order);
    if newest.is_none() && !bytes.is_empty() {
        tracing::warn!(
            path = %path.display(),
            "the journal of a channel is damaged; its sequence starts again"
        );
    }
    if bytes.len() < 2 * SLOT_BYTES {
        // All of it is there from the beginning, so that later writes need no space.
        file.set_len(0)?;
        file.write_all(&[b' '; 2 * SLOT_BYTES])?;
        file.sync_all()?;
        File::open(dir)?.sync_all()?;
    }
    Ok((file, newest))
}

/// A slot is a digest and what it is the digest of.
fn read(slot: &[u8]) -> Option<Record> {
    let (digest, json) = std::str::from_utf8(slot).ok()?.trim_end().split_once(' ')?;
    let record = (kernel::id::digest(json) == digest).then(|| serde_json::from_str::<Record>(json));
    let possible = |record: &Record| record.msn.max(record.discontinuities) < u64::MAX / 2;
    record?.ok().filter(possible)
}

fn write(mut file: &File, record: &Record) -> std::io::Result<()> {
    let json = serde_json::to_string(record)?;
    let mut slot = format!("{} {json}", kernel::id::digest(&json)).into_bytes();
    slot.resize(SLOT_BYTES, b' ');
    file.seek(SeekFrom::Start(record.order % 2 * SLOT_BYTES as u64))?;
    file.write_all(&slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Journal {
        let name = ChannelName::parse("days/a").unwrap();
        Journal::open(&name, Some(dir), Arc::default())
    }

    #[test]
    fn a_restart_goes_on_with_the_next_number_under_another_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let mut epochs = std::collections::HashSet::new();
        let mut next = FIRST_MSN;
        for restart in 0..5 {
            let mut journal = open(dir.path());
            assert_eq!(journal.continues(), restart > 0);
            for _ in 0..restart + 3 {
                assert_eq!(journal.take(true), next);
                next += 1;
            }
            assert_eq!(journal.discontinuities(), next - FIRST_MSN);
            assert!(epochs.insert(journal.epoch()));
            // Dropped without a word, as by a kill.
        }
    }

    #[test]
    fn a_write_that_was_cut_off_leaves_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        (1..5).for_each(|msn| assert_eq!(journal.take(false), msn));
        let path = dir.path().join("days.a.journal");
        let whole = fs::read(&path).unwrap();
        for slot in 0..2 {
            for cut in 0..SLOT_BYTES {
                let mut torn = whole.clone();
                torn[slot * SLOT_BYTES + cut] ^= 1;
                fs::write(&path, &torn).unwrap();
                let msn = open(dir.path()).take(false);
                assert!(msn == 4 || msn == 5, "{msn}");
            }
        }
    }

    #[test]
    fn after_the_machine_went_down_a_margin_is_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        journal.record.boot = "another".to_owned();
        journal.take(false);
        assert_eq!(open(dir.path()).take(false), 2 + limits::JOURNAL_MARGIN);
        assert_eq!(open(dir.path()).take(false), 3 + limits::JOURNAL_MARGIN);
    }

    #[test]
    fn a_damaged_missing_or_foreign_journal_is_a_new_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("days.a.journal");
        for damaged in [&b"{"[..], b"", &[0; 4_096], &[b' '; 2 * SLOT_BYTES]] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(open(dir.path()).take(false), FIRST_MSN);
        }
        let other = ChannelName::parse("days/b").unwrap();
        fs::copy(&path, dir.path().join("days.b.journal")).unwrap();
        let mut journal = Journal::open(&other, Some(dir.path()), Arc::default());
        assert_eq!(journal.take(false), FIRST_MSN);
    }

    #[test]
    fn a_folder_that_cannot_be_written_stops_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let mut journal = open(&file);
        assert_eq!((journal.take(false), journal.take(false)), (1, 2));
        assert!(journal.metrics.journal_failures.get() > 0);
    }

    #[test]
    fn what_was_written_is_synced_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        assert!(journal.unsynced().is_none());
        journal.take(false);
        assert!(journal.unsynced().is_some());
        assert!(journal.unsynced().is_none());
    }
}
