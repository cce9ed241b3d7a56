//! The fuzzer's corpus, replayed.

#![expect(clippy::panic, reason = "tests")]

#[path = "../../../../fuzz/harness/channel.rs"]
mod harness;
#[path = "../../../../fuzz/harness/corpus.rs"]
mod replay;

#[test]
fn every_encoder_of_the_corpus_leaves_valid_playlists() {
    replay::replay("channel", harness::channel);
}
