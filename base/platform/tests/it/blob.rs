use std::fs::{File, FileTimes};
use std::path::Path;
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use platform::blob::{Blobs, all, keep, release};

use super::stores;

/// When files on this disk were written, as their clock says; the sweeper is told a time after it.
fn written(path: &Path) -> Timestamp {
    let at = std::fs::metadata(path).expect("there").modified();
    Timestamp::try_from(at.expect("known")).expect("in range")
}

fn files_below(folder: &Path) -> usize {
    let shelves = std::fs::read_dir(folder).expect("a folder").flatten();
    let counts = shelves.filter_map(|shelf| std::fs::read_dir(shelf.path()).ok());
    counts.map(Iterator::count).sum()
}

#[tokio::test]
async fn a_file_is_there_under_its_id_with_its_checksum_once_it_is_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::new(folder.path().join("files"));
    let mut writer = blobs.writer(100).await.expect("begins");
    writer.write(b"mat").await.expect("written");
    writer.write(b"suri").await.expect("written");
    let stored = writer.finish().await.expect("finished");
    assert_eq!(stored.bytes, 7);
    assert_eq!(stored.sha256, kernel::id::digest("matsuri"));
    let read = blobs.get(&stored.id).await.expect("read").expect("there");
    assert_eq!(&read[..], b"matsuri");
    assert_eq!(
        std::fs::read(blobs.path(&stored.id)).expect("there"),
        b"matsuri"
    );
}

#[tokio::test]
async fn what_is_too_long_or_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::new(folder.path());
    let mut writer = blobs.writer(3).await.expect("begins");
    writer.write(b"mat").await.expect("fits");
    writer
        .write(b"s")
        .await
        .expect_err("one byte more than it may have");
    assert_eq!(files_below(folder.path()), 1);
    drop(writer);
    assert_eq!(files_below(folder.path()), 0);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_said_and_breaks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let not_a_folder = folder.path().join("file");
    std::fs::write(&not_a_folder, b"").expect("written");
    let refused = Blobs::new(not_a_folder).put(b"matsuri").await;
    assert!(matches!(refused, Err(kernel::Error::Unavailable(_))));
}

#[tokio::test]
async fn files_that_nothing_refers_to_are_swept_after_a_day_and_no_others() {
    for db in stores("blob_sweep").await {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::new(folder.path());
        let kept = blobs.put(b"kept").await.expect("stored");
        let let_go = blobs.put(b"let go").await.expect("stored");
        let litter = blobs.put(b"litter").await.expect("stored");
        let now = written(&blobs.path(&litter.id));
        let mut tx = db.begin().await.expect("begins");
        keep(&mut tx, &kept, now).await.expect("kept");
        keep(&mut tx, &let_go, now).await.expect("kept");
        release(&mut tx, &let_go.id).await.expect("let go");
        tx.commit().await.expect("commits");
        assert_eq!(all(&db).await.expect("read"), std::slice::from_ref(&kept));

        let soon = now + SignedDuration::from_hours(23);
        assert_eq!(blobs.sweep(&db, soon).await.expect("swept"), 0);
        let later = now + SignedDuration::from_hours(25);
        assert_eq!(blobs.sweep(&db, later).await.expect("swept"), 2);
        assert!(blobs.get(&kept.id).await.expect("read").is_some());
        assert!(blobs.get(&litter.id).await.expect("read").is_none());
        assert!(blobs.get(&let_go.id).await.expect("read").is_none());
    }
}

#[tokio::test]
async fn half_an_upload_that_a_crash_left_is_swept_too() {
    for db in stores("blob_crash").await {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::new(folder.path());
        std::mem::forget(blobs.writer(100).await.expect("begins"));
        assert_eq!(files_below(folder.path()), 1);
        let unfinished = std::fs::read_dir(folder.path().join("unfinished"));
        let path = unfinished
            .expect("there")
            .flatten()
            .next()
            .expect("one")
            .path();
        let long_ago = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
        File::options()
            .append(true)
            .open(&path)
            .expect("opens")
            .set_times(long_ago)
            .expect("set");
        let now = written(folder.path());
        assert_eq!(blobs.sweep(&db, now).await.expect("swept"), 1);
        assert_eq!(files_below(folder.path()), 0);
    }
}
