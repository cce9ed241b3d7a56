//! Schedules and streams through the real binary.

use std::time::{Duration, Instant};

use media_ingest::rtmp::Publisher;

use crate::process::{Server, folder, run, text};
use crate::stage::schedule;

fn import(server: &Server, name: &str, file: &str) -> std::process::Output {
    let path = folder(name);
    std::fs::write(&path, file).expect("written");
    server.command(&["import", "schedule", path.to_str().expect("text")])
}

#[test]
fn a_schedule_goes_in_is_updated_and_comes_out_again() {
    let server = Server::start(&folder("schedules"), &[]);
    let first = import(&server, "first.json", &schedule("ours", "Opening"));
    assert_eq!(
        text(&first.stdout),
        "Created ours: one talk.\n",
        "{}",
        text(&first.stderr)
    );
    let again = import(&server, "again.json", &schedule("ours", "Opening"));
    let unchanged = "ours is as the file says already; nothing was changed.\n";
    assert_eq!(text(&again.stdout), unchanged);
    let changed = import(&server, "changed.json", &schedule("ours", "Welcome"));
    let report = text(&changed.stdout);
    assert!(
        report.starts_with("Updated ours: 0 added, 1 changed, 0 removed.\n"),
        "{report}"
    );
    assert!(report.contains("~ Welcome: title"), "{report}");
    let (status, page) = server.get("/ours/timetable");
    assert!(status == 200 && page.contains("Welcome"), "{status}");

    let exported = server.command(&["export", "ours", "schedule", "--format", "json"]);
    let exported = text(&exported.stdout);
    let same = import(&server, "same.json", &exported);
    assert_eq!(text(&same.stdout), unchanged, "what came out says the same");
}

#[test]
fn a_broken_schedule_changes_nothing_and_is_told_by_line() {
    let server = Server::start(&folder("broken-schedule"), &[]);
    import(&server, "good.json", &schedule("ours", "Opening"));
    let broken = import(
        &server,
        "bad.xml",
        "<schedule>\n  <conference>\n</schedule>\n",
    );
    assert_eq!(broken.status.code(), Some(1));
    let complaint = text(&broken.stderr);
    assert!(complaint.starts_with("The file cannot be used, and nothing was changed:\n"));
    assert!(complaint.contains('3'), "{complaint}");
    assert!(server.get("/ours/timetable").1.contains("Opening"));
    let nowhere = server.command(&["export", "nowhere", "schedule"]);
    assert!(
        text(&nowhere.stderr).contains("no conference of that name"),
        "{nowhere:?}"
    );
    let missing = run(&["import", "schedule", "missing.xml"]);
    assert!(
        text(&missing.stderr).contains("cannot read missing.xml"),
        "{missing:?}"
    );
}

#[tokio::test]
async fn a_rotated_key_ends_the_old_one_s_encoder_at_once() {
    let server = Server::start(&folder("keys"), &[]);
    import(&server, "keys.json", &schedule("ours", "Opening"));
    let rotate = || {
        let output = server.command(&["stream-key", "rotate", "ours", "hall-a"]);
        let printed = text(&output.stdout);
        assert_eq!(
            printed.lines().count(),
            1,
            "{printed}{}",
            text(&output.stderr)
        );
        // The name that people use; the listener of a test is on one address only.
        printed.trim().replace("localhost", "127.0.0.1")
    };
    let first = rotate();
    let mut encoder = Publisher::connect(&first).await.expect("the key is good");
    let second = rotate();
    let began = Instant::now();
    encoder.ended().await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(
        Publisher::connect(&first).await.is_err(),
        "the old key opens nothing"
    );

    let mut encoder = Publisher::connect(&second).await.expect("the key is good");
    let revoked = server.command(&["stream-key", "revoke", "ours", "hall-a"]);
    assert!(revoked.status.success(), "{}", text(&revoked.stderr));
    let began = Instant::now();
    encoder.ended().await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let listed = text(
        &server
            .command(&["stream-key", "list", "ours", "hall-a"])
            .stdout,
    );
    assert_eq!(listed.lines().count(), 2, "{listed}");

    for address in [&first, &second] {
        let secret = address.rsplit('/').next().expect("a key");
        assert!(
            !server.log().contains(secret),
            "keys are no matter for logs"
        );
        assert!(!listed.contains(secret), "nor for lists");
    }
}

#[tokio::test]
async fn each_input_of_a_track_has_a_key_of_its_own() {
    let server = Server::start(&folder("seats"), &[]);
    import(&server, "seats.json", &schedule("ours", "Opening"));
    let rotate = |seat: &str| {
        let output = server.command(&["stream-key", "rotate", "ours", "hall-a", "--seat", seat]);
        let printed = text(&output.stdout);
        assert_eq!(printed.lines().count(), 1, "{}", text(&output.stderr));
        printed.trim().replace("localhost", "127.0.0.1")
    };
    let mut encoders = Vec::new();
    for seat in ["primary", "backup"] {
        let address = rotate(seat);
        encoders.push(Publisher::connect(&address).await.expect("both may send"));
    }
    let list = ["stream-key", "list", "ours", "hall-a", "--seat", "backup"];
    assert_eq!(text(&server.command(&list).stdout).lines().count(), 1);
    let revoke = ["stream-key", "revoke", "ours", "hall-a", "--seat", "backup"];
    assert!(server.command(&revoke).status.success());
    let [primary, backup] = encoders.as_mut_slice() else {
        panic!("two encoders");
    };
    let ended = tokio::time::timeout(Duration::from_secs(1), backup.ended());
    assert!(ended.await.is_ok(), "within a second");
    let stays = tokio::time::timeout(Duration::from_millis(300), primary.ended());
    assert!(stays.await.is_err(), "the other goes on");
    let wrong = run(&["stream-key", "list", "ours", "hall-a", "--seat", "middle"]);
    assert!(text(&wrong.stderr).contains("there are primary and backup"));
}

#[test]
fn a_key_made_without_a_server_is_good_when_one_runs() {
    let data = folder("offline-key");
    let path = data.to_str().expect("text");
    let file = folder("offline.json");
    std::fs::write(&file, schedule("ours", "Opening")).expect("written");
    let imported = run(&[
        "import",
        "schedule",
        file.to_str().expect("text"),
        "--data",
        path,
    ]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let rotated = run(&["stream-key", "rotate", "ours", "hall-a", "--data", path]);
    let address = text(&rotated.stdout);
    let key = address
        .trim()
        .strip_prefix("rtmp://localhost:1935/live/")
        .expect("an address");
    let server = Server::start(&data, &[]);
    let publish = server
        .line("publish")
        .replace("localhost", "127.0.0.1")
        .replace("KEY", key);
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    runtime.block_on(async { Publisher::connect(&publish).await.expect("the key is good") });
}
