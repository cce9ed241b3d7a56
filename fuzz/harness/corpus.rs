//! What the fuzzer began with and found (fuzz/corpus), replayed without it: included by an ordinary test of each
//! crate whose code is fuzzed.

/// Holds `promise` against every file of a target's corpus.
pub(crate) fn replay(target: &str, promise: fn(&[u8])) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");
    let folder = std::path::Path::new(folder).join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is in the repository") {
        let path = entry.expect("a file of the corpus").path();
        // The name is on the screen when it panics.
        println!("{}", path.display());
        promise(&std::fs::read(&path).expect("a file of the corpus"));
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}
