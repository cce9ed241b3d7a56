//! `matsuri load` and `matsuri probe` against a real server, all in processes of their own.

use std::net::SocketAddr;
use std::process::{Child, Stdio};

use crate::process::{Server, folder, get, matsuri, run, text, until};
use crate::stage::schedule;

/// A process that ends with the test.
struct Helper(Child);

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn json(arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let output = run(arguments);
    let told = serde_json::from_slice(&output.stdout);
    assert!(told.is_ok(), "{}", text(&output.stderr));
    (output.status.code(), told.unwrap_or_default())
}

#[test]
fn encoders_publish_viewers_get_everything_and_a_probe_finds_nothing_wrong() {
    let server = Server::start(&folder("load"), &["--media", "127.0.0.1:0"]);
    let file = folder("load.json");
    std::fs::write(&file, schedule("ours", "Opening")).expect("written");
    server.command(&["import", "schedule", file.to_str().expect("text")]);
    let key = server.command(&["stream-key", "rotate", "ours", "hall-a"]);
    let keys = folder("load.keys");
    std::fs::write(&keys, format!("# ours\n{}", text(&key.stdout))).expect("written");
    let keys = keys.to_str().expect("text");
    let publishing = matsuri(&["load", "publish", "--keys", keys])
        .stdout(Stdio::null())
        .spawn();
    let publishing = Helper(publishing.expect("the binary is there"));
    let lean = server.line("media").split(' ').next().expect("told");
    let lean: SocketAddr = lean.parse().expect("an address");
    until("there is a picture", || {
        (get(lean, "/media/ours/hall-a/live.m3u8").0 == 200).then_some(())
    });

    let playlist = format!("http://{lean}/media/ours/hall-a/index.m3u8");
    let pid = server.id().to_string();
    let wish = [
        "load",
        "viewers",
        &playlist,
        "--json",
        "--viewers",
        "5",
        "--seconds",
        "4",
    ];
    let (code, report) = json(&[&wish[..], &["--ramp", "0", "--pid", &pid]].concat());
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(
        (&report["came"], &report["failures"]),
        (&5.into(), &0.into()),
        "{report}"
    );
    assert!(report["parts"].as_u64().expect("a number") >= 3, "{report}");
    assert!(report["server"]["memory_bytes"].as_f64().expect("a number") > 1e6);

    // By way of the page, on the main listener.
    let page = format!("http://{}/ours/live/hall-a", server.http);
    let (code, report) = json(&["probe", &page, "--seconds", "2", "--json"]);
    assert_eq!(
        (code, &report["problems"]),
        (Some(0), &serde_json::json!([])),
        "{report}"
    );
    assert!(
        report["picture"]["key_frames"].as_u64() >= Some(1),
        "{report}"
    );
    assert!(
        report["sound"]["per_second"].as_f64().expect("a number") > 40.0,
        "{report}"
    );
    drop(publishing);
}

#[test]
fn what_cannot_be_tried_is_told_and_ends_with_two() {
    let server = Server::start(&folder("untried"), &[]);
    let nowhere = format!("http://{}/media/days/a/index.m3u8", server.http);
    for arguments in [
        &["probe", "nonsense"][..],
        &["probe", &nowhere],
        &["load", "viewers", &nowhere],
        &["load", "viewers", &nowhere, "--viewers", "100000000"],
        &["load", "publish"],
        &["load", "publish", "http://x/live/secret"],
        &["load", "publish", "--keys", "missing"],
    ] {
        let output = run(arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(
            told.starts_with("matsuri: ") && !told.contains("secret"),
            "{told}"
        );
    }
    let refused = format!("{}/wrong", server.line("publish").trim_end_matches("/KEY"));
    let (code, report) = json(&["load", "publish", &refused, "--seconds", "1", "--json"]);
    assert_eq!(
        (code, &report["publishing"]),
        (Some(1), &0.into()),
        "{report}"
    );
}
