//! What the fuzzer began with and found (fuzz/corpus), replayed without it.

use std::path::Path;

#[path = "../../../../fuzz/harness/ingest.rs"]
mod harness;

fn replay(target: &str, promise: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // The name is on the screen when it panics.
        println!("{}", path.display());
        promise(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

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
