use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;

use matsuri::config::Listen;
use matsuri::listen;

use crate::process::{Server, folder, get, head, run, send, text};

#[test]
fn a_fresh_server_says_where_it_is_and_is_ready() {
    let data = folder("fresh");
    let server = Server::start(&data, &[]);
    assert_eq!(server.get("/livez"), (200, "alive\n".to_owned()));
    let (status, body) = server.get("/readyz");
    assert_eq!((status, body.trim()), (200, "ready"));
    let mode = std::fs::metadata(&data).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(
        server
            .line("site")
            .starts_with(&format!("http://localhost:{}", server.http.port()))
    );
    let log = server.log();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(
            line["ts"].is_string() && line["level"].is_string(),
            "{line}"
        );
        assert!(
            !line["message"].as_str().expect("a sentence").is_empty(),
            "{line}"
        );
    }
    assert!(
        !log.contains("sign-in"),
        "the owner's link is no matter for a log"
    );
}

#[test]
fn metrics_are_on_their_own_listener_and_only_there() {
    let server = Server::start(&folder("metrics"), &[]);
    let address = server
        .line("metrics")
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    let address: SocketAddr = address.parse().expect("an address");
    server.get("/sign-in");
    let (status, body) = get(address, "/metrics");
    assert_eq!(status, 200);
    assert!(
        body.contains(
            "matsuri_http_requests_total{method=\"GET\",route=\"/sign-in\",status=\"200\"} 1"
        ),
        "{body}"
    );
    assert!(body.contains("\nprocess_resident_memory_bytes "), "{body}");
    assert_eq!(server.get("/metrics").0, 404);
    assert_eq!(get(address, "/sign-in").0, 404);
}

#[test]
fn media_has_a_listener_of_its_own_where_that_is_wanted() {
    let data = folder("lean");
    let config = data.with_extension("toml");
    std::fs::write(
        &config,
        "[media]\nurl = \"https://cdn.example.org:8443/\"\n",
    )
    .expect("written");
    let config = config.to_str().expect("text");
    let server = Server::start(&data, &["--media", "127.0.0.1:0", "--config", config]);
    let address = server.line("media").split(' ').next().expect("told");
    let address: SocketAddr = address.parse().expect("an address");
    // The same answer on both; pages on one of them only.
    for path in ["/media/days/a/index.m3u8", "/media/nothing"] {
        assert_eq!(get(address, path), server.get(path));
    }
    assert_eq!(get(address, "/sign-in").0, 404);
    let page = head(server.http, "/sign-in");
    for source in [
        "media-src 'self' https://cdn.example.org:8443 blob:;",
        "connect-src 'self' https://cdn.example.org:8443;",
    ] {
        assert!(page.contains(source), "{page}");
    }
}

#[test]
fn the_log_says_how_many_connections_the_limit_of_open_files_allows() {
    let server = Server::start(&folder("files"), &[]);
    let log = server.log();
    let told = log
        .lines()
        .filter(|line| line.contains("the limit of open files is "));
    let told: Vec<&str> = told.collect();
    assert_eq!(told.len(), 1, "{log}");
    let told: serde_json::Value = serde_json::from_str(told[0]).expect("JSON");
    let number = |name: &str| {
        told[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name} in {told}"))
    };
    assert_eq!(number("viewers"), number("connections") / 3);
    assert!(number("files") >= number("connections"));
}

#[test]
fn a_chosen_port_that_is_taken_is_an_error_that_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = taken.local_addr().expect("bound").to_string();
    let data = folder("taken");
    let data = data.to_str().expect("text");
    let output = run(&[
        "serve",
        "--data",
        data,
        "--webrtc",
        "127.0.0.1:0",
        "--metrics",
        "off",
        "--http",
        &address,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let sentence = text(&output.stderr);
    let wanted = format!(
        "matsuri: cannot listen on {address} for HTTP: the port is taken; choose another with --http HOST:PORT, or port 0 for any free one"
    );
    assert!(sentence.lines().any(|line| line == wanted), "{sentence}");
}

#[tokio::test]
async fn a_default_port_that_is_taken_gives_way_to_the_next() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let addr = taken.local_addr().expect("bound");
    let wanted = Listen {
        addr,
        chosen: false,
    };
    let bind = |addr| async move { web::serve::bind(addr) };
    let other = listen::take(listen::HTTP, wanted, bind)
        .await
        .expect("there is another");
    let port = other.local_addr().expect("bound").port();
    assert!(port > addr.port() && port <= addr.port() + 32, "{port}");
}

#[test]
fn an_address_of_another_machine_is_refused_with_its_reason() {
    let data = folder("elsewhere");
    let data = data.to_str().expect("text");
    let output = run(&["serve", "--data", data, "--http", "192.0.2.1:8080"]);
    assert!(
        text(&output.stderr).contains("this machine has no such address"),
        "{output:?}"
    );
}

#[test]
fn the_log_lines_of_a_request_carry_its_trace() {
    let server = Server::start(&folder("trace"), &[]);
    let link = server.command(&["user", "sign-in", "aoi@example.org"]);
    let link = text(&link.stdout);
    let path = link
        .trim()
        .splitn(4, '/')
        .nth(3)
        .expect("a path")
        .to_owned();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers = format!(
        "traceparent: 00-{trace}-00f067aa0ba902b7-01\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 0\r\n"
    );
    let (status, _) = send(server.http, "POST", &format!("/{path}"), &headers);
    assert_eq!(status, 303);
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("signed in"))
        .expect("it was told");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["trace_id"], trace, "{line}");
}
