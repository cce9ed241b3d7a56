//! Films from outside: what ffmpeg, which `make test` installs, wrote, and what is broken.

#![expect(clippy::unwrap_used, reason = "tests")]

mod convert;
mod corpus;
mod draw;
mod read;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes a film of so many seconds with these options.
pub(crate) fn film(dir: &Path, name: &str, seconds: u32, options: &[&str]) -> PathBuf {
    let path = dir.join(name);
    let pictures = format!("testsrc2=size=320x180:rate=30:duration={seconds}");
    let tone = format!("sine=frequency=440:sample_rate=48000:duration={seconds}");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", &pictures]);
    command.args(["-f", "lavfi", "-i", &tone, "-pix_fmt", "yuv420p"]);
    let output = command.args(options).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    path
}

/// H.264 with a key frame every two seconds.
pub(crate) const H264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-g", "60"];

pub(crate) fn options<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [H264, more].concat()
}
