//! What the reader of MP4 files promises for any bytes: an answer, and a loop that a channel can play where it is a film.

use bytes::Bytes;
use media_film::Film;

/// A file.
pub(crate) fn film(bytes: &[u8]) {
    let Ok(film) = Film::of_bytes(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let facts = film.facts();
    if let Ok(slate) = film.slate() {
        assert_eq!(facts.check(), Ok(()));
        assert!(slate.round() > std::time::Duration::ZERO);
        assert!(slate.bytes() <= media_core::limits::SLATE_BYTES_MAX);
    }
}
