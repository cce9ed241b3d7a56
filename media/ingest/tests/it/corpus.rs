//! The fuzzer's corpus, replayed.

#[path = "../../../../fuzz/harness/ingest.rs"]
mod harness;
#[path = "../../../../fuzz/harness/corpus.rs"]
mod replay;

use replay::replay;

#[test]
fn every_conversation_of_the_corpus_keeps_the_promises() {
    replay("rtmp_session", harness::rtmp_session);
}

#[test]
fn every_amf_message_of_the_corpus_keeps_the_promises() {
    replay("amf0", harness::amf0);
}

#[test]
fn every_tag_of_the_corpus_keeps_the_promises() {
    replay("flv_tag", harness::flv_tag);
}

#[test]
fn every_file_of_the_corpus_keeps_the_promises() {
    replay("flv_file", harness::flv_file);
}

#[test]
fn every_offer_of_the_corpus_keeps_the_promises() {
    replay("offer", harness::offer);
}
