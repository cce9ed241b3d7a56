//! What the reader of a probe's output promises for any bytes, in pieces of any size.

use media_probe::{Parser, judgements};

/// The output of a process, the first byte says in which pieces.
pub(crate) fn probe_output(bytes: &[u8]) {
    let size = usize::from(bytes.first().copied().unwrap_or(1)).max(1);
    let (mut pieces, mut whole) = (Parser::default(), Parser::default());
    for piece in bytes.chunks(size) {
        pieces.feed(piece);
    }
    whole.feed(bytes);
    let report = pieces.report();
    assert_eq!(report, whole.report());
    for value in [
        report.black_s,
        report.frozen_s,
        report.silent_s,
        report.clipped_percent,
    ] {
        assert!(value.is_finite() && value >= 0.0, "{report:?}");
    }
    let levels = [
        report.peak_dbfs,
        report.momentary_lufs,
        report.short_term_lufs,
        report.integrated_lufs,
    ];
    assert!(
        levels.iter().flatten().all(|level| level.is_finite()),
        "{report:?}"
    );
    let _ = judgements(&report);
}
