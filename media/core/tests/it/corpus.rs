//! The fuzzer's corpus, replayed.

#[path = "../../../../fuzz/harness/corpus.rs"]
mod corpus;
#[path = "../../../../fuzz/harness/channel.rs"]
mod harness;

#[test]
fn every_encoder_of_the_corpus_leaves_valid_playlists() {
    corpus::replay("channel", harness::channel);
}
