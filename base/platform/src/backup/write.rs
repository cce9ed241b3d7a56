//! Making a backup.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use db::{Db, Engine};
use kernel::Timestamp;

use super::archive::Writer;
use super::manifest::{self, Head};
use super::{
    Error, FORMAT, HEAD, MANIFEST, Manifest, Progress, Result, SEAL, Step, file_member, hex,
    io_error, rows, sha256, table_member,
};
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
    let cannot = || io_error("write", part);
    let modified_s = u64::try_from(now.as_second()).unwrap_or(0);
    let mut archive = Writer::create(part, modified_s).map_err(|cause| match cause.kind() {
        io::ErrorKind::ResourceBusy => Error::Busy(part.to_owned()),
        _ => cannot()(cause),
    })?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let head = Head {
        format: FORMAT,
        program: program.clone(),
        created_at: now,
    };
    let head = serde_json::to_vec(&head).map_err(|error| cannot()(error.into()))?;
    archive.member(HEAD, &head).map_err(cannot())?;
    let mut snapshot = db.snapshot().await?;
    let applied = snapshot.migrations().await?;
    let mut tables = Vec::new();
    for table in snapshot.tables().await? {
        archive
            .begin(&table_member(&table.name))
            .map_err(cannot())?;
        let (mut line, mut digest, mut bytes, mut count) = (Vec::new(), sha256(), 0, 0);
        let each = |row: Vec<_>| {
            line.clear();
            rows::write(&mut line, &row).map_err(cannot())?;
            archive.write_all(&line).map_err(cannot())?;
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
        snapshot.read(&table, each).await?;
        archive.end().map_err(cannot())?;
        progress(Step::Table {
            name: &table.name,
            rows: count,
            done: true,
        });
        let columns = table.columns.iter().map(|column| manifest::Column {
            name: column.name.clone(),
            kind: manifest::word(column.kind).to_owned(),
        });
        tables.push(manifest::Table {
            columns: columns.collect(),
            rows: count,
            bytes,
            sha256: hex(&digest),
            name: table.name,
        });
    }
    let kept = blob::all(snapshot.run())
        .await
        .map_err(|error| cannot()(io::Error::other(error)))?;
    drop(snapshot);
    let files = copy_files(&mut archive, part, blobs, &kept, progress)?;
    let manifest = Manifest {
        format: FORMAT,
        program,
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
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| cannot()(error.into()))?;
    archive.member(MANIFEST, &text).map_err(cannot())?;
    let mut seal = sha256();
    seal.update(&text);
    archive
        .member(SEAL, hex(&seal).as_bytes())
        .map_err(cannot())?;
    archive.finish().map_err(cannot())?;
    Ok(manifest)
}

fn copy_files(
    archive: &mut Writer,
    part: &Path,
    blobs: &Blobs,
    kept: &[blob::Stored],
    progress: Progress<'_>,
) -> Result<Vec<manifest::File>> {
    let cannot = || io_error("write", part);
    let mut files = Vec::with_capacity(kept.len());
    let mut buffer = vec![0; limits::BACKUP_BUFFER_BYTES];
    for (index, stored) in kept.iter().enumerate() {
        let path = blobs.path(&stored.id);
        let lost = || Error::Lost(stored.id.to_string());
        let mut source = File::open(&path).map_err(|_| lost())?;
        archive
            .begin(&file_member(stored.id.as_str()))
            .map_err(cannot())?;
        let (mut digest, mut bytes) = (sha256(), 0_u64);
        loop {
            let read = source.read(&mut buffer).map_err(io_error("read", &path))?;
            let piece = buffer.get(..read).unwrap_or_default();
            if piece.is_empty() {
                break;
            }
            archive.write_all(piece).map_err(cannot())?;
            digest.update(piece);
            bytes += piece.len() as u64;
        }
        archive.end().map_err(cannot())?;
        if hex(&digest) != stored.sha256 {
            return Err(lost());
        }
        files.push(manifest::File {
            id: stored.id.to_string(),
            bytes,
            sha256: stored.sha256.clone(),
        });
        progress(Step::Files {
            done: index + 1,
            total: kept.len(),
        });
    }
    Ok(files)
}
