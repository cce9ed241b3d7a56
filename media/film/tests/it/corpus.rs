//! The fuzzer's corpus, replayed.

#[path = "../../../../fuzz/harness/film.rs"]
mod harness;
#[path = "../../../../fuzz/harness/corpus.rs"]
mod replay;

#[test]
fn every_file_of_the_corpus_gets_an_answer() {
    replay::replay("mp4_file", harness::film);
}
