//! The fuzzer's corpus, replayed.

#![expect(clippy::expect_used, reason = "tests")]

#[path = "../../../fuzz/harness/rt_frame.rs"]
mod harness;
#[path = "../../../fuzz/harness/corpus.rs"]
mod replay;

#[test]
fn every_frame_of_the_corpus_keeps_the_promises() {
    replay::replay("rt_frame", harness::rt_frame);
}
