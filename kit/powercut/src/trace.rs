//! What is written down, and for which files.

use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libc::{c_int, c_void};

/// More open files than a test's server has.
const FILES_MAX: usize = 65_536;

/// What a line of the trace begins with; `matsuri/tests/it/power/disk.rs` reads them.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Kind {
    Open = b'O',
    Write = b'W',
    Length = b'T',
    Sync = b'S',
    SyncFolder = b'D',
    Rename = b'R',
    Remove = b'U',
    Folder = b'M',
}

pub(crate) struct Settings {
    roots: Vec<PathBuf>,
    trace: c_int,
    full: Option<CString>,
    boot: Option<CString>,
}

/// Which open files are below a root.
static WATCHED: [AtomicBool; FILES_MAX] = [const { AtomicBool::new(false) }; FILES_MAX];
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        let roots = std::env::var_os("POWERCUT_ROOT").unwrap_or_default();
        let roots = roots.as_bytes().split(|byte| *byte == b':');
        let file = |name: &str| CString::new(std::env::var_os(name)?.into_vec()).ok();
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC;
        // SAFETY: a path that ends with zero, and a mode.
        let trace = file("POWERCUT_TRACE").map_or(-1, |path| unsafe {
            libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                path.as_ptr(),
                flags,
                0o666,
            )
        });
        Settings {
            roots: roots
                .filter(|root| !root.is_empty())
                .map(|root| PathBuf::from(OsString::from_vec(root.to_vec())))
                .collect(),
            trace: c_int::try_from(trace).unwrap_or(-1),
            full: file("POWERCUT_FULL"),
            boot: file("POWERCUT_BOOT"),
        }
    })
}

impl Settings {
    pub(crate) fn covers(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    /// What is opened when a program wants to open this.
    pub(crate) fn instead<'a>(&'a self, path: &'a CStr) -> &'a CStr {
        match &self.boot {
            Some(boot) if path == c"/proc/sys/kernel/random/boot_id" => boot,
            _ => path,
        }
    }

    /// Whether the disk takes nothing more at the moment.
    pub(crate) fn is_full(&self) -> bool {
        // SAFETY: a path that ends with zero.
        self.full.as_ref().is_some_and(|path| unsafe {
            libc::syscall(
                libc::SYS_faccessat,
                libc::AT_FDCWD,
                path.as_ptr(),
                libc::F_OK,
            ) == 0
        })
    }
}

pub(crate) fn watch(fd: c_int, watched: bool) {
    if let Some(flag) = usize::try_from(fd).ok().and_then(|fd| WATCHED.get(fd)) {
        flag.store(watched, Ordering::Release);
    }
}

pub(crate) fn is_watched(fd: c_int) -> bool {
    let flag = usize::try_from(fd).ok().and_then(|fd| WATCHED.get(fd));
    flag.is_some_and(|flag| flag.load(Ordering::Acquire))
}

/// Nobody else changes the disk or the trace while this lives.
pub(crate) struct Turn {
    _threads: MutexGuard<'static, ()>,
}

impl Turn {
    pub(crate) fn take() -> Self {
        let threads = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        lock(libc::F_WRLCK);
        Self { _threads: threads }
    }

    /// Adds a line: its length, its kind, numbers, and whatever else it says.
    #[expect(clippy::unused_self, reason = "only who has the turn may write")]
    pub(crate) fn note(&self, kind: Kind, numbers: &[u64], rest: &[&[u8]]) {
        let trace = settings().trace;
        if trace < 0 {
            return;
        }
        let mut line = vec![0; 4];
        line.push(kind as u8);
        for number in numbers {
            line.extend_from_slice(&number.to_le_bytes());
        }
        for part in rest {
            line.extend_from_slice(part);
        }
        let length = u32::try_from(line.len() - 4).unwrap_or(u32::MAX);
        line[..4].copy_from_slice(&length.to_le_bytes());
        let mut left = line.as_slice();
        while !left.is_empty() {
            // SAFETY: bytes that live as long as the call.
            let written = unsafe {
                libc::syscall(
                    libc::SYS_write,
                    trace,
                    left.as_ptr().cast::<c_void>(),
                    left.len(),
                )
            };
            match usize::try_from(written) {
                Ok(written) => left = &left[written..],
                // A trace with a hole would prove nothing.
                Err(_) => std::process::abort(),
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(libc::F_UNLCK);
    }
}

/// Takes or gives back the trace's file among processes.
fn lock(kind: c_int) {
    let trace = settings().trace;
    if trace < 0 {
        return;
    }
    // SAFETY: all of it may be zero.
    let mut wanted: libc::flock = unsafe { std::mem::zeroed() };
    wanted.l_type = kind.try_into().unwrap_or_default();
    wanted.l_whence = libc::SEEK_SET.try_into().unwrap_or_default();
    loop {
        // SAFETY: a lock that lives as long as the call.
        let done =
            unsafe { libc::syscall(libc::SYS_fcntl, trace, libc::F_SETLKW, &raw const wanted) };
        let interrupted = std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR);
        if done == 0 || !interrupted {
            return;
        }
    }
}

/// Where an open file lies.
pub(crate) fn path_of(fd: c_int) -> PathBuf {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default()
}

/// A path as the folder of an open file, or of the process, makes it.
pub(crate) fn absolute(folder: c_int, path: &CStr) -> PathBuf {
    let path = Path::new(std::ffi::OsStr::from_bytes(path.to_bytes()));
    if path.is_absolute() {
        return path.to_owned();
    }
    let base = if folder == libc::AT_FDCWD {
        std::env::current_dir().unwrap_or_default()
    } else {
        path_of(folder)
    };
    let mut whole = base;
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// The number by which the system knows a file, its length, and whether it is a folder.
pub(crate) fn known(fd: c_int) -> (u64, u64, bool) {
    // SAFETY: all of it may be zero, and the call fills it.
    let mut told: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    let done = unsafe { libc::fstat(fd, &raw mut told) };
    if done != 0 {
        return (0, 0, false);
    }
    let length = u64::try_from(told.st_size).unwrap_or_default();
    (
        told.st_ino,
        length,
        told.st_mode & libc::S_IFMT == libc::S_IFDIR,
    )
}

pub(crate) fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
