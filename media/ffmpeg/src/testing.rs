//! Programs for tests, here and in other crates.

use std::io;
use std::path::{Path, PathBuf};

/// Writes a stand-in for ffmpeg that knows its version and then does as the line of shell says.
///
/// # Errors
/// When the file cannot be written.
#[cfg(unix)]
pub fn stand_in(dir: &Path, line: &str) -> io::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let path = dir.join("stand-in");
    let script =
        format!("#!/bin/sh\n[ \"$1\" = -version ] && {{ echo stand-in; exit 0; }}\n{line}\n");
    std::fs::write(&path, script)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
