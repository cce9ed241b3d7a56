//! What the fuzzer began with and found (fuzz/corpus), replayed without it.

use std::path::Path;

#[path = "../../../../fuzz/harness/probe.rs"]
mod harness;

#[test]
fn every_output_of_the_corpus_keeps_the_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/probe_output");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        harness::probe_output(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}
