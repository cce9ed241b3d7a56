//! The same through real sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use media_deliver::Responder;
use media_deliver::lean::Bounds;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{Listener, Stage, both};

async fn serve(stage: &Stage, on: Listener, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    match on {
        Listener::Main => tasks.spawn(hyper(listener, stage.responder.clone())),
        Listener::Lean => {
            let bounds = Bounds {
                connections: Arc::new(Semaphore::new(1_000)),
                drain: Duration::ZERO,
            };
            let stop = CancellationToken::new();
            tasks.spawn(stage.lean.clone().run(listener, None, bounds, stop))
        }
    };
    address
}

async fn hyper(listener: TcpListener, responder: Responder) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let responder = responder.clone();
        connections.spawn(async move {
            let service = service_fn(|request| {
                let response = responder.respond(request);
                async move { Ok::<_, Infallible>(response.await) }
            });
            let _closed = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn client() -> Client<HttpConnector, Empty<bytes::Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

both!(two_hundred_viewers_follow_the_stream_part_by_part);
async fn two_hundred_viewers_follow_the_stream_part_by_part(on: Listener) {
    let mut stage = Stage::new(on);
    let mut tasks = JoinSet::new();
    let address = serve(&stage, on, &mut tasks).await;
    let input = stage.admit();
    stage.send(&input, 5);
    let mut viewers = JoinSet::new();
    for _ in 0..200 {
        viewers.spawn(async move {
            let client = client();
            for (msn, part) in [(3, 2), (4, 0), (4, 5)] {
                let url = format!(
                    "http://{address}/media/days/a/live.m3u8?_HLS_msn={msn}&_HLS_part={part}"
                );
                let response = client.get(url.parse().unwrap()).await.unwrap();
                assert_eq!(response.status(), 200);
                let body = response.into_body().collect().await.unwrap().to_bytes();
                let text = std::str::from_utf8(&body).unwrap();
                assert!(text.contains(&format!("/{msn}.{part}.m4s")), "{text}");
            }
        });
    }
    let held = stage.responder.metrics();
    for _ in 0..4 {
        while held.held.get() < 200 && !viewers.is_empty() {
            if let Some(viewer) = viewers.try_join_next() {
                viewer.unwrap();
                break;
            }
            tokio::task::yield_now().await;
        }
        stage.send(&input, 1);
    }
    while let Some(viewer) = viewers.join_next().await {
        viewer.unwrap();
    }
    let metrics = stage.responder.metrics();
    assert_eq!(
        metrics
            .requests(media_deliver::metrics::Kind::Reload, 200)
            .get(),
        600
    );
}

both!(a_segment_in_pieces_arrives_whole_over_one_connection);
async fn a_segment_in_pieces_arrives_whole_over_one_connection(on: Listener) {
    let mut stage = Stage::new(on);
    let mut tasks = JoinSet::new();
    let address = serve(&stage, on, &mut tasks).await;
    let input = stage.admit();
    stage.send(&input, 5);
    let media = stage.media().await;
    let client = client();
    for segment in media
        .segments
        .iter()
        .filter_map(|segment| segment.uri.as_ref())
    {
        let url = format!("http://{address}/media/days/a/{segment}");
        let response = client.get(url.parse().unwrap()).await.unwrap();
        let length: usize = response.headers()["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), length);
    }
}
