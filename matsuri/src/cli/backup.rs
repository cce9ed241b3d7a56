//! `matsuri backup` and `matsuri restore`.
//!
//! A backup is made by this process and not by the server: it only reads, the database shows it one moment
//! whatever the server does meanwhile, and a large copy costs no viewer anything but disk.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use db::Db;
use kernel::Clock;
use platform::Blobs;
use platform::backup::{self, Manifest, Step, Target};
use tokio::runtime::Builder;

use super::flags::{Flags, Where};
use super::{complain, failed};
use crate::config::{Config, Reach};
use crate::data::{self, DataFolder, Purpose};
use crate::process::say;
use crate::site;

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write; there must be none of that name.
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

#[derive(Args)]
pub(super) struct Restore {
    /// A file that `matsuri backup` wrote.
    file: PathBuf,
    /// Only see whether it is whole, and say what it holds.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    place: Where,
}

/// Name of the folder that is there while a restore is unfinished; a database file is put together in it.
const RESTORING: &str = "restoring";

pub(super) fn backup(what: Backup) -> ExitCode {
    configured(what.place, async |config| {
        let db = Db::open(&existing(config)?)
            .await
            .context("cannot open the database")?;
        let blobs = Blobs::new(config.data.join(data::FILES));
        let mut status = Status::new();
        let tell = &mut |step: Step<'_>| status.show(step);
        let written = backup::write(&db, &blobs, &what.file, Clock::system().now(), tell).await;
        drop(status);
        db.close().await;
        say(&format!("{}: {}", what.file.display(), summary(&written?)));
        Ok(())
    })
}

pub(super) fn restore(what: Restore) -> ExitCode {
    configured(what.place, async |config| {
        let mut status = Status::new();
        if what.check {
            let manifest = backup::verify(&what.file, &mut |step| status.show(step))?;
            drop(status);
            say(&format!(
                "{}: whole; {}",
                what.file.display(),
                summary(&manifest)
            ));
            return Ok(());
        }
        empty(&config.data)?;
        let folder = DataFolder::open(&config.data, Purpose::Serve)?;
        let manifest = put_together(config, &what.file, &mut |step| status.show(step)).await?;
        drop(status);
        drop(folder);
        say(&format!(
            "restored {}: {}",
            what.file.display(),
            summary(&manifest)
        ));
        Ok(())
    })
}

/// Takes it back so that a killed restore leaves no installation: a folder of its own marks what is unfinished, and
/// the database, without which nothing means anything, comes last.
async fn put_together(
    config: &Config,
    file: &Path,
    progress: backup::Progress<'_>,
) -> Result<Manifest> {
    let (stage, files) = (config.data.join(RESTORING), config.data.join(data::FILES));
    if stage.exists() {
        clear(&[&files, &stage])?;
    }
    fs::create_dir(&stage).with_context(|| format!("cannot make {}", stage.display()))?;
    let settled = settle(config, file, &stage, &files, progress).await;
    if settled.is_err() && stage.exists() {
        clear(&[&files, &stage])?;
    }
    settled
}

async fn settle(
    config: &Config,
    file: &Path,
    stage: &Path,
    files: &Path,
    progress: backup::Progress<'_>,
) -> Result<Manifest> {
    let beside = stage.join(data::DATABASE);
    let own_file = config.database.is_none();
    let address = if own_file {
        format!("sqlite:{}", beside.display())
    } else {
        config.database_address()
    };
    let to = Target {
        database: &address,
        files,
        migrations: site::MIGRATIONS,
        now: Clock::system().now(),
    };
    let proven = backup::restore(file, &to, progress).await?;
    if !own_file {
        // Once the server has committed there is nothing unfinished here that a later restore might clear away.
        fs::remove_dir(stage)?;
        return Ok(proven.keep().await?);
    }
    let manifest = proven.keep().await?;
    fs::rename(&beside, config.data.join(data::DATABASE))?;
    fs::File::open(&config.data)?.sync_all()?;
    fs::remove_dir(stage)?;
    Ok(manifest)
}

fn clear(folders: &[&Path]) -> Result<()> {
    for folder in folders {
        if folder.exists() {
            let cannot = || format!("cannot remove {}", folder.display());
            fs::remove_dir_all(folder).with_context(cannot)?;
        }
    }
    Ok(())
}

/// A folder in which nothing lies but what an earlier, unfinished restore left.
fn empty(folder: &Path) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot look into {}", folder.display()))?,
    };
    let unfinished = folder.join(RESTORING).exists();
    for entry in entries {
        let name = entry?.file_name();
        let left = name == data::LOCK || name == RESTORING || (unfinished && name == data::FILES);
        if !left {
            return Err(backup::Error::NotEmpty(folder.to_owned()).into());
        }
    }
    Ok(())
}

/// Address of a database that is there already; opening one that is a file would make it.
pub(super) fn existing(config: &Config) -> Result<String> {
    let address = config.database_address();
    match address.strip_prefix("sqlite:") {
        Some(path) if !Path::new(path).exists() => {
            bail!("there is no database at {path}; choose the folder with --data")
        }
        _ => Ok(address),
    }
}

/// Does something with the configuration of a place, and says why when it cannot.
pub(super) fn configured(place: Where, act: impl AsyncFnOnce(&Config) -> Result<()>) -> ExitCode {
    let config = match Flags::from(place).config(Reach::Everybody) {
        Ok(config) => config,
        Err(complaints) => return complain(&complaints),
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start");
    let done = runtime.and_then(|runtime| runtime.block_on(act(&config)));
    done.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn summary(manifest: &Manifest) -> String {
    let (tables, files) = (&manifest.tables, &manifest.files);
    let bytes: u64 = tables.iter().map(|table| table.bytes).sum::<u64>()
        + files.iter().map(|file| file.bytes).sum::<u64>();
    format!(
        "{} tables with {} rows, {} files, {}.{} MB; made at {} by {} from {}",
        tables.len(),
        manifest.rows(),
        files.len(),
        bytes / 1_000_000,
        bytes % 1_000_000 / 100_000,
        manifest.created_at,
        manifest.program,
        manifest.engine
    )
}

/// One line on a terminal that says how far it is; nothing where nobody looks.
struct Status {
    seen: bool,
}

impl Status {
    fn new() -> Self {
        Self {
            seen: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, step: Step<'_>) {
        if !self.seen {
            return;
        }
        let text = match step {
            Step::Verify { member } => format!("reading {member}"),
            Step::Table { name, rows, .. } => format!("table {name}: {rows} rows"),
            Step::Files { done, total } => format!("files: {done} of {total}"),
        };
        // A terminal that is gone is no reason to stop.
        let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        if self.seen {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
