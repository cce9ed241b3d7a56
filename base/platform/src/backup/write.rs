//! Making a backup.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use db::copy::Snapshot;
use db::{Db, Engine};
use kernel::Timestamp;
use kernel::id::Sha256;

use super::manifest::{self, Head};
use super::{
    Error, FORMAT, HEAD, MANIFEST, Manifest, Progress, Result, SEAL, Step, file_member, io_error,
    rows, table_member,
};
use crate::archive::Writer;
use crate::blob::{self, Blobs};
use crate::limits;

/// Writes everything as it is now into a new file. Others may go on; nothing they do is half in it.
///
/// # Errors
/// Whatever prevents it; then there is no file under that name.
pub async fn write(
    db: &Db,
    blobs: &Blobs,
    file: &Path,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Manifest> {
    if file.exists() {
        return Err(Error::Exists(file.to_owned()));
    }
    let part = part_of(file);
    let mut tries = 0;
    let written = loop {
        tries += 1;
        match write_once(db, blobs, &part, now, progress).await {
            // Somebody let go of a file since the moment that is shown, and it was swept. A later moment has it no more.
            Err(Error::Lost(_)) if tries < limits::BACKUP_TRIES => {}
            done => break done,
        }
    };
    let manifest = match written {
        Ok(manifest) => manifest,
        Err(error) => {
            if !matches!(error, Error::Busy(_)) {
                let _ = fs::remove_file(&part);
            }
            return Err(error);
        }
    };
    // Unlike a renaming this never replaces what somebody put there meanwhile.
    fs::hard_link(&part, file).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(file.to_owned()),
        _ => io_error("name", file)(cause),
    })?;
    fs::remove_file(&part).map_err(io_error("remove", &part))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let durable = File::open(folder).and_then(|folder| folder.sync_all());
    durable.map_err(io_error("sync", folder))?;
    Ok(manifest)
}

/// The name under which a backup is written until it is complete.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

async fn write_once(
    db: &Db,
    blobs: &Blobs,
    part: &Path,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Manifest> {
    let mut making = Making::begin(part, now)?;
    let mut snapshot = db.snapshot().await?;
    let applied = snapshot.migrations().await?;
    let mut tables = Vec::new();
    for table in snapshot.tables().await? {
        tables.push(making.table(&mut snapshot, &table, progress).await?);
    }
    let kept = blob::all(snapshot.run()).await;
    let kept = kept.map_err(|error| making.cannot()(io::Error::other(error)))?;
    drop(snapshot);
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: now,
        engine: match db.engine() {
            Engine::Sqlite => "sqlite".to_owned(),
            Engine::Postgres => "postgres".to_owned(),
        },
        migrations: applied
            .into_iter()
            .map(|own| manifest::Migration {
                feature: own.feature,
                name: own.name,
                sha256: own.checksum,
            })
            .collect(),
        tables,
        files: making.files(blobs, &kept, progress)?,
    };
    making.seal(&manifest)?;
    Ok(manifest)
}

/// A backup that is being written.
struct Making<'a> {
    archive: Writer<BufWriter<File>>,
    part: &'a Path,
}

impl<'a> Making<'a> {
    fn begin(part: &'a Path, now: Timestamp) -> Result<Self> {
        let file = create(part).map_err(|cause| match cause.kind() {
            io::ErrorKind::ResourceBusy => Error::Busy(part.to_owned()),
            _ => io_error("write", part)(cause),
        })?;
        let modified_s = u64::try_from(now.as_second()).unwrap_or(0);
        let out = BufWriter::with_capacity(limits::BACKUP_BUFFER_BYTES, file);
        let mut making = Self {
            archive: Writer::new(out, modified_s),
            part,
        };
        let head = Head {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: now,
        };
        let head = serde_json::to_vec(&head).map_err(|error| making.cannot()(error.into()))?;
        making.member(HEAD, &head)?;
        Ok(making)
    }

    fn cannot(&self) -> impl FnOnce(io::Error) -> Error + use<> {
        io_error("write", self.part)
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let written = self.archive.member(name, bytes);
        written.map_err(self.cannot())
    }

    async fn table(
        &mut self,
        snapshot: &mut Snapshot,
        table: &db::copy::Table,
        progress: Progress<'_>,
    ) -> Result<manifest::Table> {
        let begun = self.archive.begin(&table_member(&table.name));
        begun.map_err(self.cannot())?;
        let (mut line, mut digest, mut bytes, mut count) = (Vec::new(), Sha256::new(), 0, 0);
        let each = |row: Vec<_>| {
            line.clear();
            let written = rows::write(&mut line, &row).and_then(|()| self.archive.write_all(&line));
            written.map_err(io_error("write", self.part))?;
            digest.update(&line);
            bytes += line.len() as u64;
            count += 1;
            if count % limits::BACKUP_PROGRESS_ROWS == 0 {
                progress(Step::Table {
                    name: &table.name,
                    rows: count,
                    done: false,
                });
            }
            Ok::<_, Error>(())
        };
        snapshot.read(table, each).await?;
        let ended = self.archive.end();
        ended.map_err(self.cannot())?;
        progress(Step::Table {
            name: &table.name,
            rows: count,
            done: true,
        });
        let columns = table.columns.iter().map(|column| manifest::Column {
            name: column.name.clone(),
            kind: manifest::word(column.kind).to_owned(),
        });
        Ok(manifest::Table {
            name: table.name.clone(),
            columns: columns.collect(),
            rows: count,
            bytes,
            sha256: digest.hex(),
        })
    }

    fn files(
        &mut self,
        blobs: &Blobs,
        kept: &[blob::Stored],
        progress: Progress<'_>,
    ) -> Result<Vec<manifest::File>> {
        let mut files = Vec::with_capacity(kept.len());
        for stored in kept {
            files.push(self.file(blobs, stored)?);
            progress(Step::Files {
                done: files.len(),
                total: kept.len(),
            });
        }
        Ok(files)
    }

    fn file(&mut self, blobs: &Blobs, stored: &blob::Stored) -> Result<manifest::File> {
        let path = blobs.path(&stored.id);
        let lost = || Error::Lost(stored.id.to_string());
        let mut source = File::open(&path).map_err(|_| lost())?;
        let begun = self.archive.begin(&file_member(stored.id.as_str()));
        begun.map_err(self.cannot())?;
        let (mut digest, mut bytes) = (Sha256::new(), 0_u64);
        let mut buffer = vec![0; limits::BACKUP_BUFFER_BYTES];
        loop {
            let read = source.read(&mut buffer).map_err(io_error("read", &path))?;
            let piece = buffer.get(..read).unwrap_or_default();
            if piece.is_empty() {
                break;
            }
            let written = self.archive.write_all(piece);
            written.map_err(self.cannot())?;
            digest.update(piece);
            bytes += piece.len() as u64;
        }
        let ended = self.archive.end();
        ended.map_err(self.cannot())?;
        if digest.hex() != stored.sha256 {
            return Err(lost());
        }
        Ok(manifest::File {
            id: stored.id.to_string(),
            bytes,
            sha256: stored.sha256.clone(),
        })
    }

    /// Ends it with its manifest, and makes it durable.
    fn seal(mut self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest);
        let text = text.map_err(|error| self.cannot()(error.into()))?;
        self.member(MANIFEST, &text)?;
        let mut seal = Sha256::new();
        seal.update(&text);
        self.member(SEAL, seal.hex().as_bytes())?;
        let cannot = self.cannot();
        let out = self.archive.finish();
        let file = out.and_then(|out| out.into_inner().map_err(io::Error::from));
        file.and_then(|file| file.sync_all()).map_err(cannot)
    }
}

/// A file that nobody else can read. What a killed process left is written over; who still writes it keeps it.
fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::from(io::ErrorKind::ResourceBusy),
        TryLockError::Error(error) => error,
    })?;
    file.set_len(0)?;
    Ok(file)
}
