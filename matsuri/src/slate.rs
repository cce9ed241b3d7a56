//! The slate that every channel has: a calm loop of our own, drawn and played by `deploy/clips/`.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use media_core::Slate;
use media_ingest::clip::Clip;

const FILE: &[u8] = include_bytes!("../clips/slate.flv");

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
