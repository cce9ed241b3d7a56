use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use web::serve::{Bounds, bind, serve};

/// The one request that is held until the test lets it go.
static GATE: Semaphore = Semaphore::const_new(0);

async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("no reset");
    text
}

#[tokio::test]
async fn a_drain_answers_what_was_begun_what_is_silent_and_what_still_arrives() {
    let listener = bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
    let addr = listener.local_addr().expect("bound");
    let stop = CancellationToken::new();
    let bounds = Bounds {
        connections: Arc::new(Semaphore::new(100)),
        drain: Duration::from_secs(10),
    };
    let answer = |request: http::Request<hyper::body::Incoming>| async move {
        if request.uri().path() == "/held" {
            let _ = GATE.acquire().await;
        }
        Response::new(Full::<bytes::Bytes>::from("answered"))
    };
    let server = tokio::spawn(serve(listener, None, answer, bounds, stop.clone()));
    let request =
        |path: &str| format!("GET {path} HTTP/1.1\r\nhost: box.test\r\nconnection: close\r\n\r\n");

    let mut begun = TcpStream::connect(addr).await.expect("connected");
    begun
        .write_all(request("/held").as_bytes())
        .await
        .expect("sent");
    let mut silent = TcpStream::connect(addr).await.expect("connected");
    stop.cancel();
    let mut late = TcpStream::connect(addr).await.expect("still accepted");
    for stream in [&mut silent, &mut late] {
        stream
            .write_all(request("/").as_bytes())
            .await
            .expect("sent");
    }
    for stream in [silent, late] {
        assert!(read(stream).await.ends_with("answered"));
    }
    assert!(!server.is_finished(), "it waits for what was begun");
    GATE.add_permits(1);
    assert!(read(begun).await.ends_with("answered"));
    server.await.expect("the server ends by itself");
    assert!(
        TcpStream::connect(addr).await.is_err(),
        "nothing listens any more"
    );
}
