//! Every address, what it answers, and what caches may do with that.

use std::io::Read;
use std::time::Duration;

use http::Request;
use media_core::testing::hls;
use media_core::{Caption, Language};
use media_deliver::{Responder, Verdict};

use crate::support::{Listener, Stage, both, header, text};

both!(everything_a_playlist_names_is_there_and_immutable);
async fn everything_a_playlist_names_is_there_and_immutable(on: Listener) {
    let mut stage = Stage::new(on);
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
        assert_eq!(response.into_body().len(), length);
    }
}

both!(a_segment_is_its_parts);
async fn a_segment_is_its_parts(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    let media = stage.media().await;
    let first = &media.segments[0];
    let mut joined = Vec::new();
    for part in &first.parts {
        let response = stage.get(&format!("/media/days/a/{}", part.uri)).await;
        joined.extend(response.into_body());
    }
    let whole = stage
        .get(&format!("/media/days/a/{}", first.uri.as_ref().unwrap()))
        .await;
    assert_eq!(whole.into_body(), joined);
}

both!(the_multivariant_playlist_leads_to_the_media_playlist);
async fn the_multivariant_playlist_leads_to_the_media_playlist(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 3);
    let response = stage.get("/media/days/a/index.m3u8").await;
    assert_eq!(header(&response, "cache-control"), "public, max-age=1");
    assert_eq!(
        header(&response, "content-type"),
        "application/vnd.apple.mpegurl"
    );
    let text = text(response);
    assert!(
        text.contains("CODECS=\"avc1.42c00d,mp4a.40.2\",RESOLUTION=320x180"),
        "{text}"
    );
    assert!(text.contains("\nlive.m3u8\n"), "{text}");
    assert!(text.ends_with("\nsound/live.m3u8\n"), "{text}");
}

both!(captions_are_fetched_by_language_and_segment);
async fn captions_are_fetched_by_language_and_segment(on: Listener) {
    let mut stage = Stage::new(on);
    let name = stage.name.clone();
    let input = stage.admit();
    stage.send(&input, 3);
    let none = stage.get("/media/days/a/captions/en/live.m3u8").await;
    assert_eq!(none.status(), 404, "nobody speaks");
    let language = Language {
        tag: "en".to_owned(),
        name: "English".to_owned(),
    };
    stage.channels.set_languages(&name, vec![language]);
    let snapshot = stage.channels.snapshot(&name).unwrap();
    let open = snapshot.segments().last().unwrap();
    let caption = Caption {
        id: "one".to_owned(),
        language: "en".to_owned(),
        from: open.program_date_time,
        lasts: Duration::from_secs(1),
        text: "Good morning".to_owned(),
        revision: 1,
    };
    stage.channels.caption(&name, &caption);
    // The next reload is held until the segment is whole, as that of the media is.
    let path = format!("/media/days/a/captions/en/live.m3u8?_HLS_msn={}", open.msn);
    let mut waits = tokio::task::JoinSet::new();
    waits.spawn(stage.ask(Request::get(path).body(()).unwrap()));
    stage.send(&input, 3);
    let reload = waits.join_next().await.unwrap().unwrap();
    assert_eq!(header(&reload, "cache-control"), "public, max-age=24");
    let playlist = hls::read(&text(reload)).unwrap();
    let listed = playlist.segments.last().unwrap().uri.clone().unwrap();
    assert_eq!(listed, format!("{}/{}.vtt", open.epoch, open.msn));
    let cues = stage
        .get(&format!("/media/days/a/captions/en/{listed}"))
        .await;
    assert_eq!(header(&cues, "content-type"), "text/vtt; charset=utf-8");
    assert_eq!(header(&cues, "cache-control"), "public, max-age=10");
    assert_eq!(header(&cues, "access-control-allow-origin"), "*");
    let cues = text(cues);
    assert!(cues.starts_with("WEBVTT\nX-TIMESTAMP-MAP="), "{cues}");
    assert!(cues.ends_with("\nGood morning\n"), "{cues}");
    let master = text(stage.get("/media/days/a/index.m3u8").await);
    assert!(master.contains("URI=\"captions/en/live.m3u8\""), "{master}");
    for absent in [
        "ja/live.m3u8".to_owned(),
        format!("en/{}/999.vtt", open.epoch),
        format!("en/other/{}.vtt", open.msn),
    ] {
        let answer = stage.get(&format!("/media/days/a/captions/{absent}")).await;
        assert_eq!(answer.status(), 404, "{absent}");
    }
}

both!(playlists_are_compressed_for_those_who_ask);
async fn playlists_are_compressed_for_those_who_ask(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 9);
    let plain = stage.get("/media/days/a/live.m3u8").await.into_body();
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
        let body = response.into_body();
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

both!(head_tells_the_length_and_sends_nothing);
async fn head_tells_the_length_and_sends_nothing(on: Listener) {
    let mut stage = Stage::new(on);
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
    assert!(response.into_body().is_empty());
}

both!(other_pages_may_ask_and_nobody_may_write);
async fn other_pages_may_ask_and_nobody_may_write(on: Listener) {
    let stage = Stage::new(on);
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

both!(what_is_not_there_is_said_at_once_and_never_cached);
async fn what_is_not_there_is_said_at_once_and_never_cached(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 3);
    let epoch = stage.media().await.hint.unwrap();
    let epoch = epoch.split('/').next().unwrap().to_owned();
    for path in [
        "/media/days/a".to_owned(),
        "/media/days/a/../../etc/passwd".to_owned(),
        "/media/days/a/other/0.m4s".to_owned(),
        "/media/days/a/other/0.0.m4s".to_owned(),
        format!("/media/days/a/{epoch}/2.m4s"),
        format!("/media/days/a/{epoch}/1.6.m4s"),
        format!("/media/days/a/{epoch}/2.9.m4s"),
        format!("/media/days/a/{epoch}/3.0.m4s"),
        format!("/media/days/a/{epoch}/99.m4s"),
        format!("/media/days/a/{epoch}/init-other.mp4"),
    ] {
        let response = stage.get(&path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
    }
}

both!(paused a_stream_that_has_not_begun_is_waited_for_and_then_asked_for_again_later);
async fn a_stream_that_has_not_begun_is_waited_for_and_then_asked_for_again_later(on: Listener) {
    let stage = Stage::new(on);
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

both!(paused a_viewer_who_comes_early_is_answered_when_the_stream_begins);
async fn a_viewer_who_comes_early_is_answered_when_the_stream_begins(on: Listener) {
    let mut stage = Stage::new(on);
    stage.channels.status(&stage.name);
    let mut early = tokio::task::JoinSet::new();
    for file in ["index.m3u8", "live.m3u8"] {
        let request = Request::get(format!("/media/days/a/{file}"))
            .body(())
            .unwrap();
        early.spawn(stage.ask(request));
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

both!(the_gate_decides_on_channel_and_token);
async fn the_gate_decides_on_channel_and_token(on: Listener) {
    let gate = |channel: &str, token: Option<&str>| match (channel, token) {
        ("days/a", Some("good")) => Verdict::Allowed,
        ("days/a", _) => Verdict::Denied,
        _ => Verdict::NotFound,
    };
    let mut stage = Stage::with(on, |channels| Responder::new(channels, gate));
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
    let text = text(stage.get("/t/good/media/days/a/live.m3u8").await);
    assert!(!text.contains("good"));
    assert!(hls::read(&text).is_ok());
}
