//! Taking a backup back.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::path::Path;

use db::Migrations;
use db::copy::{AppliedMigration, Load, Table};
use kernel::Timestamp;
use kernel::id::Sha256;
use kernel::value::Kind;

use super::manifest::{self, Manifest};
use super::{
    Error, HEAD, MANIFEST, Progress, Result, SEAL, Step, file_member, io_error, rows, table_member,
};
use crate::archive::{Member, Reader};
use crate::blob::{BlobId, Blobs};
use crate::limits;

/// Where a backup goes.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Address of the empty database.
    pub database: &'a str,
    /// The empty folder of stored files; made when there are any.
    pub files: &'a Path,
    /// The migrations that this program knows.
    pub migrations: &'a [Migrations],
    /// When it happens.
    pub now: Timestamp,
}

/// What a member turned out to be.
struct Seen {
    bytes: u64,
    lines: u64,
    sha256: String,
}

/// Reads a whole backup and compares it with its manifest, which it returns.
///
/// # Errors
/// `Foreign`, `Newer`, `Damaged`, or `Io` when it cannot be read.
pub fn verify(file: &Path, progress: Progress<'_>) -> Result<Manifest> {
    let damaged = |what: String| Error::Damaged {
        file: file.to_owned(),
        what,
    };
    let mut reader = Reader::open(file).map_err(io_error("read", file))?;
    let mut seen: HashMap<String, Seen> = HashMap::new();
    let (mut manifest, mut seal) = (Vec::new(), Vec::new());
    let mut first = true;
    loop {
        let member = reader.next().map_err(|cause| match cause.kind() {
            _ if first => Error::Foreign(file.to_owned()),
            io::ErrorKind::UnexpectedEof => damaged("it ends too early".to_owned()),
            io::ErrorKind::InvalidData => damaged("the head of a member cannot be read".to_owned()),
            _ => io_error("read", file)(cause),
        })?;
        let Some(mut member) = member else { break };
        let name = member.name.clone();
        if first && name != HEAD {
            return Err(Error::Foreign(file.to_owned()));
        }
        progress(Step::Verify { member: &name });
        let broken = |_| damaged(format!("{name} cannot be read to its end"));
        match name.as_str() {
            HEAD => {
                manifest::head(file, &small(&mut member).map_err(broken)?)?;
            }
            MANIFEST => manifest = small(&mut member).map_err(broken)?,
            SEAL => seal = small(&mut member).map_err(broken)?,
            _ => {
                let found = look(&mut member).map_err(broken)?;
                if seen.insert(name.clone(), found).is_some() {
                    return Err(damaged(format!("{name} is there twice")));
                }
            }
        }
        first = false;
    }
    let mut digest = Sha256::new();
    digest.update(&manifest);
    if digest.hex().as_bytes() != seal {
        return Err(damaged(
            "the manifest is not the one that was written".to_owned(),
        ));
    }
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|_| damaged("the manifest cannot be read".to_owned()))?;
    compare(&manifest, seen).map_err(damaged)?;
    Ok(manifest)
}

/// Whether the members are those of the manifest.
fn compare(manifest: &Manifest, mut seen: HashMap<String, Seen>) -> Result<(), String> {
    let tables = manifest.tables.iter().map(|own| {
        (
            table_member(&own.name),
            own.bytes,
            Some(own.rows),
            &own.sha256,
        )
    });
    let files = manifest
        .files
        .iter()
        .map(|own| (file_member(&own.id), own.bytes, None, &own.sha256));
    for (name, bytes, rows, sha256) in tables.chain(files) {
        let Some(found) = seen.remove(&name) else {
            return Err(format!("{name} is missing"));
        };
        let same = found.bytes == bytes
            && found.sha256 == *sha256
            && rows.is_none_or(|rows| rows == found.lines);
        if !same {
            return Err(format!("{name} is not what was written"));
        }
    }
    match seen.keys().min() {
        None => Ok(()),
        Some(name) => Err(format!("{name} was added to it")),
    }
}

fn look(member: &mut Member<'_>) -> io::Result<Seen> {
    let (mut digest, mut bytes, mut lines) = (Sha256::new(), 0, 0);
    let mut buffer = vec![0; limits::BACKUP_BUFFER_BYTES];
    loop {
        let read = member.read(&mut buffer)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        digest.update(piece);
        bytes += piece.len() as u64;
        #[expect(clippy::naive_bytecount, reason = "the digest takes far longer")]
        let ends = piece.iter().filter(|byte| **byte == b'\n').count();
        lines += ends as u64;
    }
    Ok(Seen {
        bytes,
        lines,
        sha256: digest.hex(),
    })
}

/// A member that is small by its nature.
fn small(member: &mut Member<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    member
        .take(limits::BACKUP_LINE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits::BACKUP_LINE_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(bytes)
}

/// A backup that was taken back and compared with what it said, and is gone again unless it is kept.
#[derive(Debug)]
pub struct Proven {
    manifest: Manifest,
    load: Load,
}

impl Proven {
    /// Makes the database last. The files are durable already.
    ///
    /// # Errors
    /// When the database does not commit.
    pub async fn keep(self) -> Result<Manifest> {
        self.load.commit().await?;
        Ok(self.manifest)
    }
}

/// Fills an empty database and an empty folder, and compares what arrived with the backup. The schema is that of the
/// backup: a program that is newer migrates it when it starts.
///
/// # Errors
/// Whatever prevents it; then the database is as empty as before.
pub async fn restore(file: &Path, to: &Target<'_>, progress: Progress<'_>) -> Result<Proven> {
    if fs::read_dir(to.files).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::NotEmpty(to.files.to_owned()));
    }
    let manifest = verify(file, progress)?;
    let applied: Vec<AppliedMigration> = manifest
        .migrations
        .iter()
        .map(|own| AppliedMigration {
            feature: own.feature.clone(),
            name: own.name.clone(),
            checksum: own.sha256.clone(),
        })
        .collect();
    let mut load = Load::begin(to.database, to.migrations, &applied, to.now).await?;
    let mut filling = Filling {
        file,
        manifest: &manifest,
        files: Blobs::new(to.files),
        files_done: 0,
        progress,
    };
    filling.fill(&mut load).await?;
    filling.prove(&mut load).await?;
    durable(to.files).map_err(io_error("sync", to.files))?;
    Ok(Proven { manifest, load })
}

/// A restore under way.
struct Filling<'a> {
    file: &'a Path,
    manifest: &'a Manifest,
    files: Blobs,
    files_done: usize,
    progress: Progress<'a>,
}

impl Filling<'_> {
    fn damaged(&self, what: impl Into<String>) -> Error {
        Error::Damaged {
            file: self.file.to_owned(),
            what: what.into(),
        }
    }

    async fn fill(&mut self, load: &mut Load) -> Result<()> {
        let tables = self.tables(load).await?;
        let file = self.file;
        let mut reader = Reader::open(file).map_err(io_error("read", file))?;
        while let Some(mut member) = reader.next().map_err(io_error("read", file))? {
            let name = member.name.clone();
            if let Some(table) = tables.iter().find(|own| table_member(&own.name) == name) {
                self.table(load, table, member).await?;
            } else if let Some(id) = name.strip_prefix("files/") {
                let id = BlobId::parse(id).map_err(|_| self.damaged(format!("{id} is no id")))?;
                let path = self.files.path(&id);
                write_file(&mut member, &path).map_err(io_error("write", &path))?;
                self.files_done += 1;
                (self.progress)(Step::Files {
                    done: self.files_done,
                    total: self.manifest.files.len(),
                });
            }
        }
        load.check().await?;
        Ok(())
    }

    /// The tables of the new database, with columns in the order of the backup's lines.
    async fn tables(&self, load: &mut Load) -> Result<Vec<Table>> {
        let own = load.tables().await?;
        let mut tables = Vec::new();
        for wanted in &self.manifest.tables {
            let name = &wanted.name;
            let differs = || {
                self.damaged(format!(
                    "its table {name} is not the one that its migrations make"
                ))
            };
            let table = own
                .iter()
                .find(|own| own.name == *name)
                .ok_or_else(differs)?;
            let column = |column: &manifest::Column| {
                let found = table.columns.iter().find(|own| own.name == column.name);
                found
                    .filter(|own| manifest::word(own.kind) == column.kind)
                    .cloned()
            };
            let columns: Option<Vec<_>> = wanted.columns.iter().map(column).collect();
            let columns = columns.filter(|all| all.len() == table.columns.len());
            tables.push(Table {
                name: name.clone(),
                columns: columns.ok_or_else(differs)?,
            });
        }
        if tables.len() != own.len() {
            return Err(self.damaged("it lacks tables that its migrations make"));
        }
        Ok(tables)
    }

    async fn table(&mut self, load: &mut Load, table: &Table, member: Member<'_>) -> Result<()> {
        let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
        let most = Load::rows_at_once(table);
        let mut input = BufReader::new(member);
        let (mut line, mut batch, mut batch_bytes, mut count) = (Vec::new(), Vec::new(), 0, 0_u64);
        loop {
            let next = rows::line(&mut input, &mut line).map_err(io_error("read", self.file))?;
            let ended = next.is_none();
            if let Some(line) = next {
                count += 1;
                batch_bytes += line.len();
                let row = rows::read(line, &kinds);
                batch.push(row.ok_or_else(|| {
                    self.damaged(format!("line {count} of {} is no row", table.name))
                })?);
            }
            if ended || batch.len() >= most || batch_bytes >= limits::BACKUP_BATCH_BYTES {
                load.insert(table, std::mem::take(&mut batch)).await?;
                batch_bytes = 0;
                (self.progress)(Step::Table {
                    name: &table.name,
                    rows: count,
                    done: ended,
                });
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// What the new database holds, read again, is what the backup said.
    async fn prove(&self, load: &mut Load) -> Result<()> {
        for (table, wanted) in self.tables(load).await?.iter().zip(&self.manifest.tables) {
            let (mut digest, mut line, mut count) = (Sha256::new(), Vec::new(), 0);
            let each = |row: Vec<_>| {
                line.clear();
                rows::write(&mut line, &row).map_err(io_error("read", self.file))?;
                digest.update(&line);
                count += 1;
                Ok::<_, Error>(())
            };
            load.read(table, each).await?;
            if count != wanted.rows || digest.hex() != wanted.sha256 {
                return Err(Error::Differs(table.name.clone()));
            }
        }
        Ok(())
    }
}

fn write_file(member: &mut Member<'_>, path: &Path) -> io::Result<()> {
    if let Some(shelf) = path.parent() {
        fs::create_dir_all(shelf)?;
    }
    let mut file = File::create_new(path)?;
    io::copy(member, &mut file)?;
    file.flush()?;
    file.sync_all()
}

/// Names are durable once their folders are.
fn durable(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}
