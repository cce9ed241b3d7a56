//! What a channel must not forget: which addresses may already have been seen.
//!
//! Invariant: an address never means two things. Sequence numbers are reserved on disk, a block at a
//! time, before they are used; after a crash the channel goes on behind the reserved block. Where nothing
//! can be read or written, addresses get a fresh random epoch instead, so that uniqueness never
//! depends on a disk.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::metrics::Metrics;
use crate::name::ChannelName;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    channel: String,
    epoch: String,
    /// Sequence numbers below this may have been used.
    msn: u64,
    /// So may discontinuity sequence numbers up to this.
    discontinuities: u64,
}

/// The file, and the order in which it is written: a late writer must not undo a newer reservation.
#[derive(Clone)]
struct Shelf {
    path: PathBuf,
    newest: Arc<Mutex<u64>>,
}

/// A channel's journal.
pub(crate) struct Journal {
    shelf: Option<Shelf>,
    order: u64,
    record: Record,
    next_msn: u64,
    discontinuities: u64,
    epoch: Arc<str>,
    continues: bool,
    metrics: Arc<Metrics>,
}

/// A reservation to be written, away from the publisher's task.
pub(crate) struct Reservation {
    shelf: Shelf,
    order: u64,
    record: Record,
}

impl Reservation {
    /// Writes it. Blocks on the disk.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        self.shelf.write(self.order, &self.record)
    }
}

impl Shelf {
    fn write(&self, order: u64, record: &Record) -> std::io::Result<()> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if order < *newest {
            return Err(std::io::Error::other(
                "a newer reservation is already written",
            ));
        }
        *newest = order;
        write(&self.path, record)
    }
}

impl Journal {
    /// Reads the channel's journal in `dir`, or starts a new one.
    pub(crate) fn open(name: &ChannelName, dir: Option<&Path>, metrics: Arc<Metrics>) -> Self {
        // A name has no dots, so this is one file per name.
        let path = dir.map(|dir| dir.join(format!("{}.json", name.as_str().replace('/', "."))));
        let found = path.as_deref().and_then(|path| read(path, name));
        let continues = found.is_some();
        let record = found.unwrap_or_else(|| Record {
            channel: name.as_str().to_owned(),
            epoch: fresh_epoch(),
            msn: 0,
            discontinuities: 0,
        });
        Self {
            shelf: path.map(|path| Shelf {
                path,
                newest: Arc::default(),
            }),
            order: 0,
            next_msn: record.msn,
            discontinuities: record.discontinuities,
            epoch: record.epoch.as_str().into(),
            record,
            continues,
            metrics,
        }
    }

    /// Whether something was published before this process began.
    pub(crate) fn continues(&self) -> bool {
        self.continues
    }

    /// Discontinuities that may have been announced so far.
    pub(crate) fn discontinuities(&self) -> u64 {
        self.discontinuities
    }

    /// The epoch of the next segment.
    pub(crate) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch)
    }

    /// Takes the next sequence number, reserved before it is used.
    pub(crate) fn take(&mut self, discontinuity: bool) -> (u64, Arc<str>) {
        if self.next_msn >= self.record.msn {
            // Nobody reserved ahead of us (see `due`), so it has to be here.
            self.reserve_now();
        }
        let msn = self.next_msn;
        self.next_msn += 1;
        self.discontinuities += u64::from(discontinuity);
        (msn, self.epoch())
    }

    /// The reservation to write soon, so that [`Journal::take`] never waits for the disk.
    pub(crate) fn due(&mut self) -> Option<Reservation> {
        let shelf = self.shelf.clone()?;
        let left = self.record.msn.saturating_sub(self.next_msn);
        if left > limits::JOURNAL_BLOCK / 2 {
            return None;
        }
        self.order += 1;
        Some(Reservation {
            shelf,
            order: self.order,
            record: self.next_record(),
        })
    }

    /// A reservation was written, or could not be.
    pub(crate) fn reserved(&mut self, reservation: &Reservation, written: bool) {
        if !written {
            self.metrics.journal_failures.add(1);
        } else if reservation.record.epoch == *self.epoch
            && reservation.record.msn > self.record.msn
        {
            self.record = reservation.record.clone();
        }
    }

    fn next_record(&self) -> Record {
        Record {
            channel: self.record.channel.clone(),
            epoch: self.epoch.as_ref().to_owned(),
            msn: self.next_msn.max(self.record.msn) + limits::JOURNAL_BLOCK,
            // At most one discontinuity per segment.
            discontinuities: self.discontinuities + 2 * limits::JOURNAL_BLOCK,
        }
    }

    fn reserve_now(&mut self) {
        let mut record = self.next_record();
        self.order += 1;
        if let Some(shelf) = &self.shelf
            && let Err(error) = shelf.write(self.order, &record)
        {
            self.metrics.journal_failures.add(1);
            tracing::error!(
                channel = %record.channel,
                path = %shelf.path.display(),
                error = %error,
                "the journal of a channel cannot be written; its addresses get a new epoch"
            );
            // Never on disk, so no later process can come upon it again.
            self.epoch = fresh_epoch().into();
            record.epoch = self.epoch.to_string();
        }
        self.record = record;
    }
}

/// Forty random bits: short in addresses, and never the same twice where it matters.
fn fresh_epoch() -> String {
    let mut epoch = kernel::id::secret();
    epoch.truncate(8);
    epoch
}

fn read(path: &Path, name: &ChannelName) -> Option<Record> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    let read = file
        .take(limits::JOURNAL_BYTES_MAX)
        .read_to_string(&mut text);
    let record = read
        .ok()
        .and_then(|_| serde_json::from_str::<Record>(&text).ok());
    let is_sound = |record: &Record| {
        record.channel == name.as_str()
            && !record.epoch.is_empty()
            && record
                .epoch
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
            && record.msn < u64::MAX / 2
            && record.discontinuities < u64::MAX / 2
    };
    let record = record.filter(is_sound);
    if record.is_none() {
        tracing::warn!(
            channel = %name,
            path = %path.display(),
            "the journal of a channel is damaged; its addresses get a new epoch"
        );
    }
    record
}

/// Writes beside, syncs, renames, syncs the folder: after that it is there or the old one still is.
fn write(path: &Path, record: &Record) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(dir)?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> ChannelName {
        ChannelName::parse("days/a").unwrap()
    }

    fn open(dir: &Path) -> Journal {
        Journal::open(&name(), Some(dir), Arc::default())
    }

    #[test]
    fn a_restart_goes_on_behind_everything_that_may_have_been_used() {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = std::collections::HashSet::new();
        let mut newest = None;
        for _restart in 0..5 {
            let mut journal = open(dir.path());
            for _ in 0..limits::JOURNAL_BLOCK + 3 {
                let (msn, epoch) = journal.take(false);
                assert!(newest.is_none_or(|newest| msn > newest));
                newest = Some(msn);
                assert!(seen.insert((epoch, msn)));
            }
            // Dropped without a word, as by a kill.
        }
        let epochs: std::collections::HashSet<_> =
            seen.into_iter().map(|(epoch, _)| epoch).collect();
        assert_eq!(epochs.len(), 1);
    }

    #[test]
    fn discontinuities_never_go_back_either() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        for _ in 0..3 * limits::JOURNAL_BLOCK {
            journal.take(true);
        }
        assert!(open(dir.path()).discontinuities() >= journal.discontinuities());
    }

    #[test]
    fn a_reservation_written_ahead_spares_the_disk_later() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        journal.take(false);
        assert!(journal.due().is_none());
        for _ in 0..limits::JOURNAL_BLOCK / 2 {
            journal.take(false);
        }
        let reservation = journal.due().unwrap();
        reservation.write().unwrap();
        journal.reserved(&reservation, true);
        assert!(journal.due().is_none());
        let after = open(dir.path());
        assert_eq!(after.next_msn, journal.record.msn);
    }

    #[test]
    fn a_damaged_or_missing_journal_means_a_new_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let (_, first) = open(dir.path()).take(false);
        let path = dir.path().join("days.a.json");
        fs::write(&path, "{").unwrap();
        let (_, second) = open(dir.path()).take(false);
        fs::remove_file(&path).unwrap();
        let (_, third) = open(dir.path()).take(false);
        assert!(first != second && second != third && first != third);
    }

    #[test]
    fn a_disk_that_cannot_be_written_means_a_new_epoch_too() {
        let dir = tempfile::tempdir().unwrap();
        let (_, first) = open(dir.path()).take(false);
        // A folder where the file should be written cannot be replaced by a file.
        fs::create_dir(dir.path().join("days.a.new")).unwrap();
        let mut journal = open(dir.path());
        let (_, second) = journal.take(false);
        assert_ne!(first, second);
        assert_eq!(journal.metrics.journal_failures.get(), 1);
    }
}
