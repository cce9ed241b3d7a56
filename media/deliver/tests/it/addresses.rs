//! Every address, what it answers, and what caches may do with that.

use std::io::Read;

use http::Request;
use media_core::testing::hls;
use media_deliver::{Responder, Verdict};

use crate::support::{Stage, bytes, header, text};

#[tokio::test]
async fn everything_a_playlist_names_is_there_and_immutable() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 7);
    let media = stage.media().await;
    let mut named = vec![media.segments[0].map.clone()];
    for segment in &media.segments {
        named.extend(segment.uri.clone());
        named.extend(segment.parts.iter().map(|part| part.uri.clone()));
    }
    assert!(named.len() > 20, "{named:?}");
    for uri in named {
        let response = stage.get(&format!("/media/days/a/{uri}")).await;
        assert_eq!(response.status(), 200, "{uri}");
        assert_eq!(
            header(&response, "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(header(&response, "content-type"), "video/mp4");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        let length = header(&response, "content-length")
            .parse::<usize>()
            .unwrap();
        assert_eq!(bytes(response).await.len(), length);
    }
}

#[tokio::test]
async fn a_segment_is_its_parts() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 5);
    let media = stage.media().await;
    let first = &media.segments[0];
    let mut joined = Vec::new();
    for part in &first.parts {
        joined.extend(bytes(stage.get(&format!("/media/days/a/{}", part.uri)).await).await);
    }
    let whole = stage
        .get(&format!("/media/days/a/{}", first.uri.as_ref().unwrap()))
        .await;
    assert_eq!(bytes(whole).await, joined);
}

#[tokio::test]
async fn the_multivariant_playlist_leads_to_the_media_playlist() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 3);
    let response = stage.get("/media/days/a/index.m3u8").await;
    assert_eq!(header(&response, "cache-control"), "public, max-age=1");
    assert_eq!(
        header(&response, "content-type"),
        "application/vnd.apple.mpegurl"
    );
    let text = text(response).await;
    assert!(
        text.contains("CODECS=\"avc1.42c00d,mp4a.40.2\",RESOLUTION=320x180"),
        "{text}"
    );
    assert!(text.ends_with("\nlive.m3u8\n"), "{text}");
}

#[tokio::test]
async fn playlists_are_compressed_for_those_who_ask() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 9);
    let plain = bytes(stage.get("/media/days/a/live.m3u8").await).await;
    for (accepts, expected) in [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("deflate, gzip ; q=1.0, *", "gzip"),
        ("gzip;q=0", ""),
        ("identity", ""),
        ("", ""),
    ] {
        let request = Request::get("/media/days/a/live.m3u8").header("accept-encoding", accepts);
        let response = stage.ask(request.body(()).unwrap()).await;
        assert_eq!(header(&response, "content-encoding"), expected, "{accepts}");
        assert_eq!(header(&response, "vary"), "accept-encoding");
        let body = bytes(response).await;
        if expected.is_empty() {
            assert_eq!(body, plain);
        } else {
            assert!(body.len() * 3 < plain.len());
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&body[..])
                .read_to_end(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked, plain);
        }
    }
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 3);
    let request = Request::head("/media/days/a/live.m3u8").body(()).unwrap();
    let response = stage.ask(request).await;
    assert_eq!(response.status(), 200);
    assert!(
        header(&response, "content-length")
            .parse::<usize>()
            .unwrap()
            > 100
    );
    assert!(bytes(response).await.is_empty());
}

#[tokio::test]
async fn other_pages_may_ask_and_nobody_may_write() {
    let stage = Stage::new();
    let options = Request::options("/media/days/a/live.m3u8")
        .body(())
        .unwrap();
    let response = stage.ask(options).await;
    assert_eq!(response.status(), 204);
    assert_eq!(
        header(&response, "access-control-allow-methods"),
        "GET, HEAD, OPTIONS"
    );
    for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
        let request = Request::builder()
            .method(method)
            .uri("/media/days/a/live.m3u8");
        let response = stage.ask(request.body(()).unwrap()).await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(header(&response, "allow"), "GET, HEAD, OPTIONS");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_at_once_and_never_cached() {
    let mut stage = Stage::new();
    let input = stage.admit();
    stage.send(&input, 3);
    let epoch = stage.media().await.hint.unwrap();
    let epoch = epoch.split('/').next().unwrap().to_owned();
    for path in [
        "/media/days/a".to_owned(),
        "/media/days/a/../../etc/passwd".to_owned(),
        "/media/days/a/other/0.m4s".to_owned(),
        "/media/days/a/other/0.0.m4s".to_owned(),
        format!("/media/days/a/{epoch}/1.m4s"),
        format!("/media/days/a/{epoch}/0.6.m4s"),
        format!("/media/days/a/{epoch}/1.9.m4s"),
        format!("/media/days/a/{epoch}/2.0.m4s"),
        format!("/media/days/a/{epoch}/99.m4s"),
        format!("/media/days/a/{epoch}/init-other.mp4"),
    ] {
        let response = stage.get(&path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_not_begun_is_waited_for_and_then_asked_for_again_later() {
    let stage = Stage::new();
    stage.channels.status(&stage.name);
    for (path, waits_s) in [
        ("/media/days/a/index.m3u8", 12),
        ("/media/days/a/live.m3u8", 12),
        ("/media/days/a/live.m3u8?_HLS_msn=7&_HLS_part=0", 12),
        ("/media/days/unknown/live.m3u8", 0),
    ] {
        let begun = tokio::time::Instant::now();
        let response = stage.get(path).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(begun.elapsed().as_secs(), waits_s, "{path}");
        assert_eq!(header(&response, "retry-after"), "1");
        assert_eq!(header(&response, "cache-control"), "no-store");
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_who_comes_early_is_answered_when_the_stream_begins() {
    let mut stage = Stage::new();
    stage.channels.status(&stage.name);
    let mut early = tokio::task::JoinSet::new();
    for file in ["index.m3u8", "live.m3u8"] {
        let request = Request::get(format!("/media/days/a/{file}"))
            .body(())
            .unwrap();
        early.spawn(stage.responder.respond(request));
    }
    while stage.responder.metrics().held.get() < 2 {
        tokio::task::yield_now().await;
    }
    let input = stage.admit();
    stage.send(&input, 3);
    while let Some(response) = early.join_next().await {
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "cache-control"), "public, max-age=1");
    }
}

#[tokio::test]
async fn the_gate_decides_on_channel_and_token() {
    let mut stage = Stage::new();
    let gate = |channel: &str, token: Option<&str>| match (channel, token) {
        ("days/a", Some("good")) => Verdict::Allowed,
        ("days/a", _) => Verdict::Denied,
        _ => Verdict::NotFound,
    };
    stage.responder = Responder::new(stage.channels.clone(), gate);
    let input = stage.admit();
    stage.send(&input, 3);
    assert_eq!(
        stage.get("/t/good/media/days/a/live.m3u8").await.status(),
        200
    );
    assert_eq!(
        stage.get("/t/bad/media/days/a/live.m3u8").await.status(),
        403
    );
    assert_eq!(stage.get("/media/days/a/live.m3u8").await.status(), 403);
    assert_eq!(stage.get("/media/days/x/live.m3u8").await.status(), 404);
    // Relative addresses inherit the token, so that they are the same for everybody.
    let text = text(stage.get("/t/good/media/days/a/live.m3u8").await).await;
    assert!(!text.contains("good"));
    assert!(hls::read(&text).is_ok());
}
