//! WHIP: from a browser's offer to a channel's picture and sound.

#![expect(
    clippy::large_futures,
    reason = "a session is large, and tests wait for it where they stand"
)]

use std::time::Duration;

use http::{Method, StatusCode};
use media_core::{Coding, Playlist, State};
use media_ingest::limits::SDP_BYTES_MAX;
use media_ingest::rtmp::{Ending, Limits};
use str0m::RtcConfig;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use crate::house::{quick, until};
use crate::sender::{Sender, Studio};

/// Candidates that follow an offer (RFC 8840).
const KIND: &str = "application/trickle-ice-sdpfrag";

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn problem(answer: &http::Response<bytes::Bytes>) -> String {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[tokio::test]
async fn a_browsers_picture_and_sound_reach_the_channel() {
    let studio = Studio::open(Limits {
        key_interval: Duration::from_millis(1_500),
        ..quick()
    });
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    sender.send(SECONDS(5)).await;
    let status = studio.status();
    assert_eq!(status.state, State::Receiving);
    assert_eq!(status.audio_codec.as_deref(), Some("opus"));
    assert!(status.video_codec.unwrap().starts_with("avc1."));
    let source = status.source.unwrap();
    assert_eq!(source.protocol, "whip");
    let name = "conf/a".parse().unwrap();
    let snapshot = studio
        .channels
        .snapshot(&name)
        .expect("viewers have something to see");
    let playlist = snapshot.playlist(Playlist::Multivariant, Coding::Identity);
    let playlist = String::from_utf8(playlist.to_vec()).unwrap();
    assert!(playlist.contains(",opus\""), "{playlist}");
    assert!(
        sender.asked >= 2,
        "key frames are asked for: {}",
        sender.asked
    );
    assert!(studio.counters.key_requests.get() >= 2);
    assert!(studio.counters.common.frames.get() > 200);
}

#[tokio::test]
async fn the_picture_goes_on_through_a_line_that_loses_three_packets_in_a_hundred() {
    let studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    sender.loss = 30;
    sender.send(SECONDS(6)).await;
    assert!(
        sender.lost > 10,
        "the line was too good: {} lost",
        sender.lost
    );
    let counters = &studio.counters;
    let frames = counters.common.frames.get();
    // 30 pictures and 50 packets of sound a second; what was sent again or concealed counts.
    assert!(frames > 400, "{frames} frames of about 480");
    assert!(counters.concealed.get() > 0, "lost sound is concealed");
    assert_eq!(studio.status().state, State::Receiving);
}

#[tokio::test]
async fn deleting_the_session_ends_it_and_frees_the_seat_at_once() {
    let studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    sender.send(Duration::from_millis(200)).await;
    let deleted = studio
        .ask(Method::DELETE, &sender.location, "key", &[], "")
        .await;
    assert_eq!(deleted.status(), StatusCode::OK);
    until("it ended", || {
        studio.counters.common.ended(Ending::Unpublished) == 1
    })
    .await;
    let again = studio
        .ask(Method::DELETE, &sender.location, "key", &[], "")
        .await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    studio.publish("key").await;
}

#[tokio::test]
async fn a_revoked_key_ends_the_session_within_a_second() {
    let studio = Studio::open(quick());
    let revoked = studio.keys.add("other", "conf/a");
    let mut sender = studio.publish("other").await;
    sender.connect().await;
    sender.send(Duration::from_millis(200)).await;
    let at = Instant::now();
    revoked.cancel();
    until("it ended", || {
        studio.counters.common.ended(Ending::Revoked) == 1
    })
    .await;
    assert!(at.elapsed() < SECONDS(1), "{:?}", at.elapsed());
    assert_eq!(studio.counters.common.publishers.get(), 0);
}

#[tokio::test]
async fn a_second_sender_is_told_that_the_seat_is_taken_until_the_first_falls_silent() {
    let studio = Studio::open(quick());
    let (_, offer, _) = Sender::new().await;
    let mut first = studio.publish("key").await;
    first.connect().await;
    first.send(Duration::from_millis(300)).await;
    let busy = studio.offer("key", &offer).await;
    assert_eq!(busy.status(), StatusCode::CONFLICT);
    assert!(busy.headers().contains_key("retry-after"));
    assert!(problem(&busy).contains("another encoder"));
    let (studio, offer) = (&studio, &offer);
    // A channel's source that is silent for two seconds makes room.
    let deadline = Instant::now() + SECONDS(8);
    while studio.offer("key", offer).await.status() != StatusCode::CREATED {
        assert!(
            Instant::now() < deadline,
            "the silent sender keeps its seat"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until("the silent one is told", || {
        studio.counters.common.ended(Ending::Evicted) == 1
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_never_completes_is_given_up() {
    let studio = Studio::open(Limits {
        connect: Duration::from_millis(300),
        ..quick()
    });
    let _silent = studio.publish("key").await;
    until("it was given up", || {
        studio.counters.common.ended(Ending::TooSlow) == 1
    })
    .await;
    assert_eq!(studio.counters.common.half_open.get(), 0);
}

#[tokio::test]
async fn a_sender_that_sends_nothing_is_hung_up_on() {
    let studio = Studio::open(Limits {
        idle: Duration::from_millis(500),
        ..quick()
    });
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    let ended = || studio.counters.common.ended(Ending::Idle) == 1;
    sender.run(Instant::now() + SECONDS(3), |_| ended()).await;
    assert!(ended());
}

#[tokio::test]
async fn a_wrong_key_is_refused_late_whatever_is_wrong_with_it() {
    let studio = Studio::open(Limits {
        refusal: Duration::from_millis(100),
        refusal_max: Duration::from_millis(100),
        ..quick()
    });
    studio.keys.add("elsewhere", "conf/b");
    let (_, offer, _) = Sender::new().await;
    for wrong in ["", "wrong", "elsewhere"] {
        let asked = Instant::now();
        let answer = studio.offer(wrong, &offer).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        assert!(asked.elapsed() >= Duration::from_millis(100), "{wrong}");
    }
    assert_eq!(studio.counters.common.ended(Ending::WrongKey), 3);
    assert_eq!(
        studio.offer("down", &offer).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(
        !crate::house::logged().contains("elsewhere"),
        "keys never reach a log"
    );
}

#[tokio::test]
async fn offers_that_cannot_be_taken_are_told_why() {
    let studio = Studio::open(quick());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let vp8 = RtcConfig::new()
        .clear_codecs()
        .enable_vp8(true)
        .enable_opus(true, false);
    let (_, offer, _) = Sender::with(vp8, socket);
    let answer = studio.offer("key", &offer).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem(&answer).contains("H.264"));
    for (body, status) in [
        (String::new(), StatusCode::BAD_REQUEST),
        ("hello".to_owned(), StatusCode::BAD_REQUEST),
        (
            offer.replace("sendonly", "recvonly"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "v=0\r\n".repeat(SDP_BYTES_MAX / 4),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let answer = studio.offer("key", &body).await;
        assert_eq!(answer.status(), status, "{}", &body[..body.len().min(20)]);
        problem(&answer);
    }
    let kind = [("content-type", "text/plain")];
    let answer = studio
        .ask(Method::POST, "/whip/conf/a", "key", &kind, offer)
        .await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(studio.counters.common.publishers.get(), 0);
    // None of them took the seat.
    studio.publish("key").await;
}

#[tokio::test]
async fn an_offer_bent_anywhere_harms_nobody() {
    let studio = Studio::open(Limits {
        connect: Duration::from_millis(1),
        ..quick()
    });
    let (_, offer, _) = Sender::new().await;
    let lines: Vec<&str> = offer.split_inclusive("\r\n").collect();
    let mut begun = 0;
    // Every line would take minutes.
    for (at, line) in lines.iter().enumerate().step_by(12) {
        let without: String = lines[..at]
            .iter()
            .chain(&lines[at + 1..])
            .copied()
            .collect();
        let cut: String = lines[..at].concat() + &line[..line.len() / 2];
        let twice: String = lines[..=at].concat() + &lines[at..].concat();
        for bent in [without, cut, twice] {
            let status = studio.offer("key", &bent).await.status();
            assert!(
                status.is_client_error() || status == StatusCode::CREATED,
                "{status}: {line}"
            );
            begun += u64::from(status == StatusCode::CREATED);
            let ended = || {
                let common = &studio.counters.common;
                common.ended(Ending::TooSlow) + common.ended(Ending::Malformed)
            };
            until("the seat is free", || ended() == begun).await;
        }
    }
    studio.publish("key").await;
}

#[tokio::test]
async fn datagrams_of_strangers_harm_nobody() {
    let studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let target = sender.server().expect("the answer names an address");
    for first in 0..=255_u8 {
        for length in [1, 12, 20, 200] {
            let mut datagram = vec![first; length];
            datagram[0] = first;
            stranger.send_to(&datagram, target).await.unwrap();
        }
    }
    until("they were counted", || studio.counters.stray.get() > 100).await;
    sender.send(SECONDS(1)).await;
    assert!(studio.counters.common.frames.get() > 20);
}

#[tokio::test]
async fn candidates_are_taken_and_a_restart_without_credentials_is_not() {
    let studio = Studio::open(quick());
    let sender = studio.publish("key").await;
    let patch = async |key: &str, etag: &str, kind: &str, body: &str| {
        let mut headers = vec![("content-type", kind)];
        if !etag.is_empty() {
            headers.push(("if-match", etag));
        }
        let path = &sender.location;
        let answer = studio
            .ask(Method::PATCH, path, key, &headers, body.to_owned())
            .await;
        answer.status().as_u16()
    };
    let candidate = "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n";
    let restart = "a=ice-ufrag:another\r\n";
    assert_eq!(patch("key", &sender.etag, KIND, candidate).await, 204);
    assert_eq!(patch("key", "", KIND, candidate).await, 428);
    assert_eq!(patch("key", "\"old\"", KIND, candidate).await, 412);
    assert_eq!(
        patch("key", &sender.etag, "text/plain", candidate).await,
        415
    );
    assert_eq!(patch("key", &sender.etag, KIND, restart).await, 422);
    assert_eq!(patch("key", "*", KIND, restart).await, 422);
    assert_eq!(
        patch("key", "*", KIND, candidate).await,
        412,
        "only a restart is for any version"
    );
    assert_eq!(patch("wrong", &sender.etag, KIND, candidate).await, 401);
}

#[tokio::test]
async fn a_sender_on_another_network_goes_on_in_the_same_session() {
    let studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    sender.send(SECONDS(1)).await;
    let frames = || studio.counters.common.frames.get();
    // The old network is gone: what is sent goes nowhere.
    sender.move_away().await;
    sender.send(Duration::from_millis(300)).await;
    let before = frames();
    let fragment = sender.restart();
    let headers = [("content-type", KIND), ("if-match", "*")];
    let path = sender.location.clone();
    let answer = studio
        .ask(Method::PATCH, &path, "key", &headers, fragment)
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], KIND);
    let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert_ne!(etag, sender.etag);
    sender.restarted(std::str::from_utf8(answer.body()).unwrap());
    let asked = Instant::now();
    sender.send(SECONDS(2)).await;
    assert!(frames() > before + 60, "{} after {before}", frames());
    assert!(asked.elapsed() < SECONDS(3));
    assert_eq!(studio.counters.restarts.get(), 1);
    assert_eq!(studio.counters.common.connections.get(), 1, "one session");
    assert_eq!(studio.status().state, State::Receiving);
    // The new version is the one that candidates belong to now.
    let candidate = "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n";
    for (version, status) in [(&etag, 204), (&sender.etag.clone(), 412)] {
        let headers = [("content-type", KIND), ("if-match", version.as_str())];
        let answer = studio
            .ask(Method::PATCH, &path, "key", &headers, candidate)
            .await;
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[tokio::test]
async fn what_the_way_to_a_browser_is_like_is_told() {
    let studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    sender.loss = 60;
    sender.send(SECONDS(4)).await;
    let health = &studio.status().inputs[0].health;
    let way = health.transport.expect("a browser's way is known");
    assert!(way.key_requests > 0, "{way:?}");
    assert!(way.retransmitted > 0, "pictures are asked for again: {way:?}");
    assert!(way.loss_percent.is_some_and(|loss| loss > 0.0), "{way:?}");
    assert!(
        way.jitter_ms.is_some_and(|jitter| jitter < 500.0),
        "{way:?}"
    );
}

#[tokio::test]
async fn pages_of_other_sites_may_ask_and_methods_are_named() {
    let studio = Studio::open(quick());
    let answer = studio
        .ask(Method::OPTIONS, "/whip/conf/a", "", &[], "")
        .await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["accept-post"], "application/sdp");
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = studio.ask(method, "/whip/conf/a", "key", &[], "").await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()["allow"], "OPTIONS, POST");
    }
    let answer = studio
        .ask(Method::POST, "/whip/~nobody", "key", &[], "")
        .await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    let answer = studio
        .ask(Method::DELETE, "/whip/~nobody", "key", &[], "")
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_server_ends_its_sessions_and_itself() {
    let mut studio = Studio::open(quick());
    let mut sender = studio.publish("key").await;
    sender.connect().await;
    studio.stop.cancel();
    let ended = tokio::time::timeout(SECONDS(3), studio.tasks.join_next()).await;
    assert!(ended.is_ok(), "it goes on");
    assert_eq!(studio.counters.common.ended(Ending::Shutdown), 1);
    let (_, offer, _) = Sender::new().await;
    assert_eq!(
        studio.offer("key", &offer).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}
