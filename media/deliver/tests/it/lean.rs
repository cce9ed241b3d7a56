//! What the lean listener does with connections; its answers are tested with the other listener's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use media_deliver::lean::Bounds;
use media_deliver::limits;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use crate::support::{Listener, Stage, header, parse};

const RELOAD: &str =
    "GET /media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2 HTTP/1.1\r\nhost: x\r\n\r\n";
const PLAYLIST: &str = "GET /media/days/a/live.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection whose other end is served; the server's side ends with the set.
fn dial(stage: &Stage, served: &mut JoinSet<std::io::Result<()>>, room: usize) -> DuplexStream {
    let (client, server) = tokio::io::duplex(room);
    served.spawn(stage.lean.serve(server));
    client
}

async fn until_held(stage: &Stage, count: u64) {
    while stage.responder.metrics().held.get() != count {
        tokio::task::yield_now().await;
    }
}

async fn rest(client: &mut DuplexStream) -> Vec<u8> {
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    rest
}

#[tokio::test]
async fn both_listeners_say_the_same() {
    let mut main = Stage::new(Listener::Main);
    let input = main.admit();
    main.send(&input, 5);
    let hint = main.media().await.hint.unwrap();
    let epoch = hint.split('/').next().unwrap();
    let parts = [
        "index.m3u8".to_owned(),
        "live.m3u8".to_owned(),
        "live.m3u8?_HLS_msn=2&_HLS_part=0&_HLS_skip=YES&x=y".to_owned(),
        "live.m3u8?_HLS_part=0".to_owned(),
        "live.m3u8?_HLS_msn=99".to_owned(),
        format!("{epoch}/2.m4s"),
        format!("{epoch}/2.2.m4s"),
        format!("{epoch}/99.m4s"),
        "nonsense".to_owned(),
    ];
    let channels = ["days/a", "days/unknown", "../etc"];
    for path in channels.iter().flat_map(|channel| {
        let path = move |part: &String| format!("/media/{channel}/{part}");
        parts.iter().map(path)
    }) {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            for coding in ["gzip", "br"] {
                let request = Request::builder().method(method).uri(&path);
                let request = request.header("accept-encoding", coding).body(()).unwrap();
                let said = main.ask_on(Listener::Main, request.clone()).await;
                let mut lean = main.ask_on(Listener::Lean, request).await;
                assert_eq!(header(&lean, "connection"), "close");
                assert!(header(&lean, "date").ends_with(" GMT"));
                lean.headers_mut().remove("connection");
                lean.headers_mut().remove("date");
                assert_eq!(said.status(), lean.status(), "{method} {path}");
                assert_eq!(said.headers(), lean.headers(), "{method} {path}");
                assert_eq!(said.body(), lean.body(), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn requests_that_come_early_are_answered_in_their_order() {
    let mut stage = Stage::new(Listener::Lean);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut served = JoinSet::new();
    let mut client = dial(&stage, &mut served, 64 * 1024);
    client.write_all(PLAYLIST.as_bytes()).await.unwrap();
    client.write_all(RELOAD.as_bytes()).await.unwrap();
    until_held(&stage, 1).await;
    let missing = "GET /media/days/a/none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    client.write_all(missing.as_bytes()).await.unwrap();
    stage.send(&input, 1);
    let answers = rest(&mut client).await;
    let (first, after) = parse(&answers);
    assert_eq!(header(&first, "cache-control"), "public, max-age=1");
    let (second, after) = parse(after);
    assert_eq!(header(&second, "cache-control"), "public, max-age=24");
    let (third, after) = parse(after);
    assert_eq!(third.status(), 404);
    assert!(after.is_empty());
    served.join_next().await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_body_is_never_taken_for_a_request() {
    let stage = Stage::new(Listener::Lean);
    for framing in ["content-length: 70", "transfer-encoding: chunked"] {
        let mut served = JoinSet::new();
        let mut client = dial(&stage, &mut served, 64 * 1024);
        let head = format!("POST /media/days/a/x.m3u8 HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(PLAYLIST.as_bytes()).await.unwrap();
        let answers = rest(&mut client).await;
        let (only, after) = parse(&answers);
        assert_eq!(header(&only, "connection"), "close");
        assert!(after.is_empty(), "{framing}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_answered_once_and_ends_the_connection() {
    let stage = Stage::new(Listener::Lean);
    let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(limits::HEAD_BYTES_MAX));
    let many = "x: y\r\n".repeat(limits::HEAD_FIELDS_MAX + 1);
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    for (bytes, status) in [
        ("\x16\x03\x01\x02\0\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        (&*long, 431),
        (&*many, 431),
    ] {
        let mut served = JoinSet::new();
        let mut client = dial(&stage, &mut served, 64 * 1024);
        client.write_all(bytes.as_bytes()).await.unwrap();
        let answers = rest(&mut client).await;
        let (answer, after) = parse(&answers);
        assert_eq!(answer.status(), status, "{bytes:.40}");
        assert_eq!(header(&answer, "connection"), "close");
        assert!(after.is_empty());
    }
}

/// How long the connection lives.
async fn life(client: &mut DuplexStream) -> Duration {
    let began = Instant::now();
    rest(client).await;
    began.elapsed()
}

fn assert_about(time: Duration, limit: Duration) {
    let latest = limit + limits::SWEEP_EVERY * 2;
    assert!((limit..=latest).contains(&time), "{time:?}, not {limit:?}");
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_let_go() {
    let stage = Stage::new(Listener::Lean);
    let mut served = JoinSet::new();
    let mut client = dial(&stage, &mut served, 1024);
    assert_about(life(&mut client).await, limits::HEAD_TIME);
    let mut client = dial(&stage, &mut served, 64 * 1024);
    let request = "OPTIONS /media/days/a/live.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    assert_about(life(&mut client).await, limits::IDLE_TIME);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_has_as_long_as_one_that_does_not_come() {
    let stage = Stage::new(Listener::Lean);
    let mut served = JoinSet::new();
    let mut client = dial(&stage, &mut served, 1024);
    let began = Instant::now();
    for byte in RELOAD.bytes() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if client.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    // It is found out with the next byte, and the time counts from the first.
    let latest = limits::HEAD_TIME + Duration::from_secs(3);
    assert!(began.elapsed() <= latest, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_the_answer_is_let_go() {
    let mut stage = Stage::new(Listener::Lean);
    let input = stage.admit();
    stage.send(&input, 30);
    let mut served = JoinSet::new();
    let mut client = dial(&stage, &mut served, 64);
    let began = Instant::now();
    client.write_all(PLAYLIST.as_bytes()).await.unwrap();
    let ended = served.join_next().await.unwrap().unwrap();
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    // The playlist is smaller than what a second must bring.
    assert_about(began.elapsed(), limits::SEND_TIME);
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_talking_after_the_last_answer_is_cut_off() {
    let stage = Stage::new(Listener::Lean);
    let post = "POST /media/days/a/x.m3u8 HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n";
    // Much at once, or a little for ever.
    for (piece, pause) in [(64 * 1024, Duration::ZERO), (1, Duration::from_millis(100))] {
        let mut served = JoinSet::new();
        let mut client = dial(&stage, &mut served, 1024);
        client.write_all(post.as_bytes()).await.unwrap();
        let mut answer = [0; 13];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404 ");
        let began = Instant::now();
        let (mut from, mut to) = tokio::io::split(client);
        let mut sent = 0;
        let talking = async {
            while to.write_all(&vec![b'x'; piece]).await.is_ok() {
                sent += piece;
                tokio::time::sleep(pause).await;
            }
        };
        let mut leftover = Vec::new();
        let (read, ()) = tokio::join!(from.read_to_end(&mut leftover), talking);
        read.unwrap();
        assert!(sent <= limits::LEFTOVER_BYTES_MAX + 64 * 1024, "{sent}");
        assert!(began.elapsed() <= limits::FAREWELL_TIME + limits::SWEEP_EVERY * 2);
    }
}

#[tokio::test]
async fn who_hangs_up_is_no_longer_held() {
    let mut stage = Stage::new(Listener::Lean);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut served = JoinSet::new();
    let mut client = dial(&stage, &mut served, 1024);
    client.write_all(RELOAD.as_bytes()).await.unwrap();
    until_held(&stage, 1).await;
    drop(client);
    served.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(stage.responder.metrics().held.get(), 0);
}

#[tokio::test]
async fn a_connection_costs_little_memory() {
    let stage = Stage::new(Listener::Lean);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let connection = stage.lean.serve(stream);
    // Thousands wait at the same time; the runtime's own bookkeeping comes on top.
    assert!(
        size_of_val(&connection) <= 1_280,
        "{}",
        size_of_val(&connection)
    );
}

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

async fn run(stage: &Stage, connections: usize, tls: Option<TlsAcceptor>) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let bounds = Bounds {
        connections: Arc::new(Semaphore::new(connections)),
        drain: Duration::from_secs(8),
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(stage.lean.clone().run(listener, tls, bounds, stop.clone()));
    Running {
        address,
        stop,
        tasks,
    }
}

#[tokio::test]
async fn beyond_the_most_connections_others_wait_their_turn() {
    let stage = Stage::new(Listener::Lean);
    let running = run(&stage, 1, None).await;
    let ask = b"OPTIONS /media/days/a/x.m3u8 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let first = TcpStream::connect(running.address).await.unwrap();
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second.write_all(ask).await.unwrap();
    let mut answer = Vec::new();
    let early = tokio::time::timeout(Duration::from_millis(50), second.read_to_end(&mut answer));
    assert!(early.await.is_err(), "the first connection is still there");
    drop(first);
    second.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404 Not Found\r\n"));
}

#[tokio::test]
async fn at_the_end_everybody_is_answered_and_let_go() {
    let mut stage = Stage::new(Listener::Lean);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut running = run(&stage, 10, None).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    let mut held = TcpStream::connect(running.address).await.unwrap();
    held.write_all(RELOAD.as_bytes()).await.unwrap();
    until_held(&stage, 1).await;
    stage.responder.drain();
    running.stop.cancel();
    let (mut nothing, mut answer) = (Vec::new(), Vec::new());
    held.read_to_end(&mut answer).await.unwrap();
    idle.read_to_end(&mut nothing).await.unwrap();
    let (answer, _) = parse(&answer);
    assert_eq!(answer.status(), 503);
    assert!(nothing.is_empty());
    running.tasks.join_next().await.unwrap().unwrap();
}

/// A certificate for `box.test` and who speaks with it.
fn certified() -> (TlsAcceptor, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["box.test".into()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.der().clone())
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let stage = Stage::new(Listener::Lean);
    let (tls, _) = certified();
    let running = run(&stage, 10, Some(tls)).await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    let began = Instant::now();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert_about(began.elapsed(), limits::HANDSHAKE_TIME);
}

#[tokio::test]
async fn media_is_served_over_tls() {
    let mut stage = Stage::new(Listener::Lean);
    let input = stage.admit();
    stage.send(&input, 5);
    let (tls, certificate) = certified();
    let running = run(&stage, 10, Some(tls)).await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.address).await.unwrap();
    let name = ServerName::try_from("box.test").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut client = connector.connect(name, stream).await.unwrap();
    let segment = stage.media().await.segments[1].uri.clone().unwrap();
    let path = format!("/media/days/a/{segment}");
    let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    client.write_all(PLAYLIST.as_bytes()).await.unwrap();
    client.write_all(ask.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    client.read_to_end(&mut answers).await.unwrap();
    let (playlist, after) = parse(&answers);
    assert_eq!(playlist.status(), 200);
    let (answer, after) = parse(after);
    assert_eq!(answer.body(), stage.get(&path).await.body());
    assert!(after.is_empty());
    drop(running);
}
