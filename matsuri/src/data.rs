//! The data folder: everything that lasts. Deleting it resets everything.
//!
//! One server per folder (a lock that ends with the process), nobody else looks into it (0700), and a demo
//! never touches the folder of a real conference, nor the other way round (a marker).

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Real conferences.
    Serve,
    /// The demo, which may be thrown away.
    Demo,
}

/// Name of the file that marks the folder of a demo.
const MARKER: &str = "demo";
const MARKER_TEXT: &str =
    "This folder belongs to `matsuri demo` and may be deleted; `matsuri serve` refuses it.\n";
/// Name of the folder of uploaded and made files.
pub const FILES: &str = "files";
/// Folder of what is being made of files, empty between two starts but for what is made again.
pub const MADE: &str = "made";
/// Name of the database where it is a file.
pub const DATABASE: &str = "matsuri.db";
/// Name of the file that who uses the folder holds.
pub const LOCK: &str = "lock";
const CONTROL: &str = "control.sock";

/// A folder that is ours for as long as this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Locked; the system lets go when the process ends, however it ends.
    _lock: File,
}

/// Somebody else runs in the folder.
#[derive(Debug, thiserror::Error)]
#[error("another matsuri already uses {}; stop it, or choose another folder with --data", .0.display())]
pub struct InUse(pub PathBuf);

impl DataFolder {
    /// Makes the folder where it is missing, and takes it.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        check(path, purpose)?;
        if !path.exists() {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700);
            builder
                .create(path)
                .with_context(|| format!("cannot make the data folder {}", path.display()))?;
            // The mode is subject to the umask, and parents were made with it as well.
            std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
        }
        let mode = std::fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(
                "other users can look into {}: chmod 0700 it",
                path.display()
            );
        }
        let lock = take(path)?;
        if purpose == Purpose::Demo {
            let marker = path.join(MARKER);
            std::fs::write(&marker, MARKER_TEXT)
                .with_context(|| format!("cannot write {}", marker.display()))?;
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder within, made where it is missing.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        // What lies in a folder lasts as long as the folder's own name does, and that is written in the one around it.
        File::open(&self.path)?
            .sync_all()
            .with_context(|| format!("cannot bring {} to the disk", path.display()))?;
        Ok(path)
    }
}

/// Whether the folder may be used for this purpose; a missing or empty one may be used for both.
pub fn check(path: &Path, purpose: Purpose) -> Result<()> {
    let shown = path.display();
    let mut entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot look into {shown}")),
    };
    let marked = path.join(MARKER).is_file();
    match purpose {
        Purpose::Serve if marked => bail!(
            "{shown} belongs to `matsuri demo`; choose another folder with --data, or delete it"
        ),
        Purpose::Demo if !marked && entries.next().is_some() => bail!(
            "{shown} is not empty and was not made by `matsuri demo`; choose another folder with --data"
        ),
        _ => Ok(()),
    }
}

/// What a folder is for: the demo where it is marked.
pub fn purpose_of(path: &Path) -> Purpose {
    if path.join(MARKER).is_file() {
        Purpose::Demo
    } else {
        Purpose::Serve
    }
}

/// Deletes a demo's folder; one that no demo made is refused, one that is used as well.
pub fn reset_demo(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    check(path, Purpose::Demo)?;
    let lock = take(path)?;
    std::fs::remove_dir_all(path).with_context(|| format!("cannot delete {}", path.display()))?;
    drop(lock);
    Ok(())
}

fn take(path: &Path) -> Result<File> {
    let file = path.join(LOCK);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(InUse(path.to_owned()).into()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", file.display()))
        }
    }
}

/// A path to the control socket of a folder that fits into a socket's address (108 bytes), however long the
/// folder's own path is. The file must be kept open as long as the path is used.
pub fn control_path(folder: &Path) -> Result<(PathBuf, File)> {
    use std::os::fd::AsRawFd as _;
    let open =
        File::open(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
    let direct = folder.join(CONTROL);
    let path = if direct.as_os_str().len() < 100 {
        direct
    } else {
        PathBuf::from(format!("/proc/self/fd/{}/{CONTROL}", open.as_raw_fd()))
    };
    Ok((path, open))
}
