//! What the fuzzer began with and found (fuzz/corpus), replayed without it.

use std::path::Path;

#[path = "../../../../fuzz/harness/delivery.rs"]
mod harness;

#[test]
fn every_request_of_the_corpus_keeps_the_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/http_request");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // The name is on the screen when it panics.
        println!("{}", path.display());
        harness::http_request(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}
