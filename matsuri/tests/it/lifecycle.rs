use std::net::TcpStream;
use std::time::Duration;

use crate::process::{Server, ask, folder, run, text, until};

async fn addresses(name: &str) -> Vec<String> {
    kit::addresses(name).await
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    for (index, database) in addresses("survives").await.iter().enumerate() {
        let data = folder(&format!("survives-{index}"));
        let more = ["--database", database];
        let server = Server::start(&data, &more);
        assert!(
            server.line("owner").contains("/sign-in/"),
            "{}",
            server.printed
        );
        let added = server.command(&["user", "add", "chie@example.org", "--owner"]);
        assert!(added.status.success(), "{}", text(&added.stderr));
        let account = text(&added.stdout);
        server.kill();

        let server = Server::start(&data, &more);
        assert_eq!(server.get("/readyz").0, 200);
        assert_eq!(server.line("owner"), "", "there is an owner now");
        let again = server.command(&["user", "add", "chie@example.org"]);
        assert_eq!(text(&again.stdout), account, "the same account");
        server.kill();
    }
}

#[test]
fn a_signal_ends_it_in_order_and_refuses_nobody_who_was_there() {
    let mut server = Server::start(&folder("drain"), &[]);
    let silent = TcpStream::connect(server.http).expect("connects");
    server.signal("TERM");
    let (_, body) = until("it says so", || {
        Some(server.get("/readyz")).filter(|(status, _)| *status == 503)
    });
    assert!(body.contains("shutting down"), "{body}");
    assert_eq!(
        ask(silent, server.http, "/livez").0,
        200,
        "accepted before, answered after"
    );
    let (status, took) = server.ended();
    assert_eq!(status.code(), Some(0), "{}", server.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(server.log().contains("SIGTERM"), "{}", server.log());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&folder("twice"), &[]);
    // Half a request, which the server would wait for.
    let mut half = TcpStream::connect(server.http).expect("connects");
    std::io::Write::write_all(&mut half, b"GET / HTTP/1.1\r\n").expect("written");
    server.signal("INT");
    until("the first is noticed", || {
        server.log().contains("SIGINT").then_some(())
    });
    server.signal("INT");
    let (status, _) = server.ended();
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_folder_has_one_server_and_one_purpose() {
    let data = folder("one");
    let _server = Server::start(&data, &[]);
    let path = data.to_str().expect("text");
    let second = run(&[
        "serve",
        "--data",
        path,
        "--http",
        "127.0.0.1:0",
        "--webrtc",
        "127.0.0.1:0",
        "--metrics",
        "off",
    ]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        text(&second.stderr).contains("another matsuri already uses"),
        "{second:?}"
    );

    let demo = folder("demo-folder");
    std::fs::create_dir(&demo).expect("made");
    std::fs::write(demo.join("demo"), "").expect("marked");
    let refused = run(&["serve", "--data", demo.to_str().expect("text")]);
    assert!(
        text(&refused.stderr).contains("belongs to `matsuri demo`"),
        "{refused:?}"
    );
    for fresh in [
        &["demo", "--data", path][..],
        &["demo", "--fresh", "--data", path],
    ] {
        let refused = run(fresh);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("was not made by `matsuri demo`"),
            "{refused:?}"
        );
    }
    assert!(data.join("matsuri.db").exists(), "nothing was deleted");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let data = folder("newer");
    Server::start(&data, &[]).kill();
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    runtime.block_on(async {
        let db = db::Db::open(&format!("sqlite:{}", data.join("matsuri.db").display())).await;
        let insert = db::sql!("INSERT INTO migration (feature, name, checksum, applied_at) VALUES ('platform', '9999_future.sql', '', 0)");
        db.expect("opens").exec(insert, db::params![]).await.expect("stored");
    });
    let refused = run(&[
        "serve",
        "--data",
        data.to_str().expect("text"),
        "--http",
        "127.0.0.1:0",
    ]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("used by a newer version"),
        "{refused:?}"
    );
}
