//! The slate that every channel has: a calm loop of our own, drawn and played by `deploy/clips/`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use media_core::Slate;
use media_ingest::clip::Clip;

const FILE: &[u8] = include_bytes!("../clips/slate.flv");

/// Writes it into a folder, where ffmpeg finds it to write words over it.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("neutral.flv");
    std::fs::write(&path, FILE).context("the slate cannot be written")?;
    Ok(path)
}

/// Reads it.
pub fn slate() -> Result<Slate> {
    let clip = Clip::parse(Bytes::from_static(FILE)).context("the slate is no clip")?;
    clip.slate().context("the clip is no slate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slate_that_is_built_in_can_be_played() {
        slate().expect("a slate");
        assert!(FILE.len() <= 1024 * 1024, "{} bytes", FILE.len());
    }
}
