//! Files that people upload or that we make for them: written once, never changed, read as often as wanted.
//!
//! Invariant: a row of `blob` has its complete file on the disk. The file is durable before [`Writer::finish`]
//! returns; [`keep`] then writes the row in the transaction that refers to it, and [`release`] deletes the row in
//! the transaction that stops to. So a crash in between leaves a file without a row, never a row without a file,
//! and [`Blobs::sweep`] removes such files once they are old enough that nobody can be about to keep them.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use db::{Db, Run, Tx, params, record, sql};
use kernel::id::Sha256;
use kernel::{Error, Result, Timestamp, define_id};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

use crate::limits;

define_id!(
    /// A stored file.
    BlobId,
    "blb"
);

record! {
    /// What is known about a stored file.
    #[derive(PartialEq, Eq)]
    pub struct Stored {
        /// Its id.
        pub id: BlobId,
        /// Its length.
        pub bytes: i64,
        /// SHA-256 of its bytes, hex.
        pub sha256: String,
    }
}

/// The files of this installation. Clones share the folder.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: Arc<PathBuf>,
}

/// A file that is being written. Dropped before [`finish`](Self::finish), it leaves nothing.
pub struct Writer {
    blobs: Blobs,
    id: BlobId,
    file: File,
    hash: Sha256,
    bytes: u64,
    bytes_max: u64,
    finished: bool,
}

impl Blobs {
    /// Files below `folder`, which is made when the first one is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Arc::new(folder.into()),
        }
    }

    /// Begins a file of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// When the disk takes no file.
    pub async fn writer(&self, bytes_max: u64) -> Result<Writer> {
        let id = BlobId::fresh();
        let path = self.unfinished(&id);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).await.map_err(full)?;
        let file = File::create_new(&path).await.map_err(full)?;
        Ok(Writer {
            blobs: self.clone(),
            id,
            file,
            hash: Sha256::new(),
            bytes: 0,
            bytes_max,
            finished: false,
        })
    }

    /// Stores bytes that are in memory anyway.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub async fn put(&self, bytes: &[u8]) -> Result<Stored> {
        let mut writer = self.writer(u64::MAX).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// The bytes of a file, for those that fit into memory; `None` when there is no such file.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub async fn get(&self, id: &BlobId) -> Result<Option<Bytes>> {
        match fs::read(self.path(id)).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Where a file lies on this machine, for programs that read it themselves. It must not be written to.
    pub fn path(&self, id: &BlobId) -> PathBuf {
        // The time is at the beginning of an id: its end spreads files evenly.
        let name = id.as_str();
        let shelf = name.get(name.len().saturating_sub(2)..).unwrap_or("00");
        self.folder.join(shelf).join(name)
    }

    fn unfinished(&self, id: &BlobId) -> PathBuf {
        self.folder.join("unfinished").join(id.as_str())
    }

    /// Removes files that no row refers to and that are older than a day; how many there were.
    ///
    /// # Errors
    /// When the database or the disk cannot be read.
    pub async fn sweep(&self, db: &Db, now: Timestamp) -> Result<usize> {
        // The files first: what is kept after they were listed is either not among them or younger than a day.
        let mut old = Vec::new();
        for shelf in entries(&self.folder).await? {
            for path in entries(&shelf).await? {
                if let (Some(id), Ok(seen)) = (id_of(&path), fs::metadata(&path).await)
                    && is_old(&seen, now)
                {
                    old.push((id, path));
                }
            }
        }
        if old.is_empty() {
            return Ok(0);
        }
        let kept: HashSet<BlobId> = all(db).await?.into_iter().map(|own| own.id).collect();
        let mut swept = 0;
        for (id, path) in old {
            if !kept.contains(&id) {
                fs::remove_file(&path).await.map_err(Error::internal)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

impl Writer {
    /// Adds bytes to the end.
    ///
    /// # Errors
    /// When the file becomes longer than it may, or the disk takes no more.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.bytes_max {
            let most = kernel::Message::new("web-file-too-large")
                .with("megabytes", self.bytes_max / 1_000_000);
            return Err(Error::invalid("file", most));
        }
        self.hash.update(bytes);
        self.file.write_all(bytes).await.map_err(full)
    }

    /// Makes the file durable under its id. It lasts once [`keep`] has committed too.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn finish(mut self) -> Result<Stored> {
        let sha256 = self.hash.hex();
        self.file.flush().await.map_err(full)?;
        self.file.sync_all().await.map_err(full)?;
        let path = self.blobs.path(&self.id);
        let shelf = path.parent().unwrap_or(&self.blobs.folder);
        fs::create_dir_all(shelf).await.map_err(full)?;
        fs::rename(self.blobs.unfinished(&self.id), &path)
            .await
            .map_err(full)?;
        self.finished = true;
        // A name is durable once its folder is, and a new folder once the one around it is.
        for folder in [shelf, &self.blobs.folder] {
            let folder = File::open(folder).await.map_err(full)?;
            folder.sync_all().await.map_err(full)?;
        }
        Ok(Stored {
            id: self.id.clone(),
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            sha256,
        })
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("id", &self.id)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: what stays is swept later.
            let _ = std::fs::remove_file(self.blobs.unfinished(&self.id));
        }
    }
}

/// Keeps a file from now on, in the transaction that refers to it.
pub async fn keep(tx: &mut Tx, stored: &Stored, now: Timestamp) -> Result<()> {
    let sql = sql!("INSERT INTO blob (id, bytes, sha256, created_at) VALUES ($1, $2, $3, $4)");
    tx.exec(sql, params![stored.id, stored.bytes, stored.sha256, now])
        .await?;
    Ok(())
}

/// Lets go of a file, in the transaction that removes the last word about it.
pub async fn release(tx: &mut Tx, id: &BlobId) -> Result<()> {
    tx.exec(sql!("DELETE FROM blob WHERE id = $1"), params![id])
        .await?;
    Ok(())
}

/// Every file that is kept, in the order of their ids.
pub async fn all(mut run: impl Run) -> Result<Vec<Stored>> {
    let every = sql!(Stored: "SELECT id, bytes, sha256 FROM blob ORDER BY id");
    Ok(run.all(every, params![]).await?)
}

fn is_old(file: &std::fs::Metadata, now: Timestamp) -> bool {
    let written = file
        .modified()
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok());
    written.is_some_and(|at| now.duration_since(at) >= limits::BLOB_LITTER_AGE)
}

/// The id that a file's name says; none for what is not ours: whoever put it there may take it away.
fn id_of(path: &Path) -> Option<BlobId> {
    BlobId::parse(path.file_name()?.to_str()?).ok()
}

async fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut reader = match fs::read_dir(folder).await {
        Ok(reader) => reader,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(found),
        Err(error) => return Err(Error::internal(error)),
    };
    while let Some(entry) = reader.next_entry().await.map_err(Error::internal)? {
        found.push(entry.path());
    }
    Ok(found)
}

/// A disk that takes nothing is a state of the installation, which passes: the person can try again.
#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn full(error: io::Error) -> Error {
    tracing::error!(%error, "a file could not be written");
    Error::Unavailable("storage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_spread_over_shelves_by_the_end_of_their_ids() {
        let blobs = Blobs::new("/files");
        let id = BlobId::fresh();
        let path = blobs.path(&id);
        assert!(path.ends_with(id.as_str()));
        assert_eq!(
            path.parent().and_then(Path::file_name),
            id.as_str().get(28..).map(AsRef::as_ref)
        );
    }
}
