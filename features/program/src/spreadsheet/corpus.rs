//! The fuzzer's corpus, replayed.

#[path = "../../../../fuzz/harness/spreadsheet.rs"]
mod harness;

use crate::replay;

#[test]
fn every_file_of_the_corpus_keeps_the_promises() {
    replay::replay("spreadsheet", harness::spreadsheet);
}
