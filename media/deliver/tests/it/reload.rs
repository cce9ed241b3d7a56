//! Blocking reloads and announced parts: RFC 8216bis §6.2.5.2.

use std::time::Duration;

use media_core::testing::hls;
use media_deliver::Responder;
use tokio::task::JoinSet;

use crate::support::{Listener, Stage, both, header, open, text};

async fn reload(stage: &Stage, query: &str) -> (u16, String) {
    let response = stage.get(&format!("/media/days/a/live.m3u8?{query}")).await;
    (response.status().as_u16(), text(response))
}

both!(what_is_there_is_answered_at_once_and_may_be_kept);
async fn what_is_there_is_answered_at_once_and_may_be_kept(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    // Segments 1 and 2 are closed, 3 is open with parts 0 and 1.
    stage.send(&input, 5);
    for query in [
        "_HLS_msn=0",
        "_HLS_msn=2",
        "_HLS_msn=2&_HLS_part=5",
        "_HLS_msn=3&_HLS_part=1",
    ] {
        let response = stage.get(&format!("/media/days/a/live.m3u8?{query}")).await;
        assert_eq!(response.status(), 200, "{query}");
        assert_eq!(header(&response, "cache-control"), "public, max-age=24");
        assert!(text(response).contains("/3.1.m4s"));
    }
}

both!(senseless_requests_are_refused);
async fn senseless_requests_are_refused(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    for query in [
        "_HLS_part=1",
        "_HLS_msn=abc",
        "_HLS_msn=-1",
        "_HLS_msn=6",
        "_HLS_msn=18446744073709551615",
        "_HLS_msn=3&_HLS_part=12",
        "_HLS_skip=maybe",
    ] {
        let response = stage.get(&format!("/media/days/a/live.m3u8?{query}")).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(header(&response, "cache-control"), "no-store");
    }
}

both!(a_delta_is_smaller_and_makes_the_same_playlist);
async fn a_delta_is_smaller_and_makes_the_same_playlist(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 40);
    let old = stage.media().await;
    stage.send(&input, 3);
    let (_, delta) = reload(&stage, "_HLS_msn=22&_HLS_part=0&_HLS_skip=YES").await;
    let full = stage.media().await;
    let delta = hls::read(&delta).unwrap();
    assert!(delta.skipped > 0);
    assert_eq!(hls::apply_delta(&old, &delta).unwrap(), full);
}

both!(paused two_hundred_waiters_get_the_part_the_moment_it_exists);
async fn two_hundred_waiters_get_the_part_the_moment_it_exists(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut waiters = JoinSet::new();
    for n in 0..200 {
        let path = match n % 3 {
            0 => "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2".to_owned(),
            1 => "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2&_HLS_skip=YES".to_owned(),
            _ => format!("/media/days/a/{}", stage.media().await.hint.unwrap()),
        };
        let request = http::Request::get(path).body(()).unwrap();
        waiters.spawn(stage.ask(request));
    }
    while stage.responder.metrics().held.get() < 200 {
        tokio::task::yield_now().await;
    }
    stage.send(&input, 1);
    let mut answered = 0;
    while let Some(response) = waiters.join_next().await {
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        assert!(!response.into_body().is_empty());
        answered += 1;
    }
    assert_eq!(answered, 200);
    assert_eq!(stage.responder.metrics().held.get(), 0);
}

both!(paused a_part_beyond_the_end_of_a_segment_means_the_next_segment);
async fn a_part_beyond_the_end_of_a_segment_means_the_next_segment(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    // Segment 2 is closed with parts 0 to 5; 2.6 is 3.0, which is there.
    assert_eq!(reload(&stage, "_HLS_msn=2&_HLS_part=6").await.0, 200);
    assert_eq!(reload(&stage, "_HLS_msn=2&_HLS_part=9").await.0, 200);
    // 3.6 will turn out to be 4.0.
    let path = "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=6";
    let mut waiter = JoinSet::new();
    waiter.spawn(stage.ask(http::Request::get(path).body(()).unwrap()));
    while stage.responder.metrics().held.get() == 0 {
        tokio::task::yield_now().await;
    }
    stage.send(&input, 2);
    let response = waiter.join_next().await.unwrap().unwrap();
    assert!(text(response).contains("/4.0.m4s"));
}

both!(paused an_announced_part_that_never_comes_is_absent_as_soon_as_that_is_known);
async fn an_announced_part_that_never_comes_is_absent_as_soon_as_that_is_known(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 4);
    // Two seconds are a whole number of parts: the announced one is the first of a segment that the
    // encoder's departure leaves unbegun, or the open one's next.
    let hint = stage.media().await.hint.unwrap();
    let mut waiter = JoinSet::new();
    let request = http::Request::get(format!("/media/days/a/{hint}"))
        .body(())
        .unwrap();
    waiter.spawn(stage.ask(request));
    while stage.responder.metrics().held.get() == 0 {
        tokio::task::yield_now().await;
    }
    let begun = tokio::time::Instant::now();
    drop(input);
    let response = waiter.join_next().await.unwrap().unwrap();
    let last = stage.media().await;
    let exists = last
        .segments
        .iter()
        .any(|s| s.parts.iter().any(|part| part.uri == hint));
    assert_eq!(response.status(), if exists { 200 } else { 404 });
    assert!(begun.elapsed() < Duration::from_millis(100));
}

both!(paused waiting_ends_after_three_target_durations);
async fn waiting_ends_after_three_target_durations(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    let begun = tokio::time::Instant::now();
    let response = stage
        .get("/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2")
        .await;
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "retry-after"), "1");
    assert_eq!(begun.elapsed().as_secs(), 12);
    assert_eq!(stage.responder.metrics().expired.get(), 1);
    drop(input);
}

both!(paused a_reload_survives_an_interruption_and_the_encoders_return);
async fn a_reload_survives_an_interruption_and_the_encoders_return(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    drop(input);
    let last = stage.media().await;
    assert!(last.segments.iter().all(|segment| segment.uri.is_some()));
    let next = last.sequence + last.segments.len() as u64;
    let path = format!("/media/days/a/live.m3u8?_HLS_msn={next}&_HLS_part=0");
    let mut waiter = JoinSet::new();
    waiter.spawn(stage.ask(http::Request::get(path).body(()).unwrap()));
    while stage.responder.metrics().held.get() == 0 {
        tokio::task::yield_now().await;
    }
    let input = stage.admit();
    stage.send(&input, 3);
    let response = waiter.join_next().await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    let media = hls::read(&text(response)).unwrap();
    assert_eq!(hls::check_successor(&last, &media), Vec::<String>::new());
    assert!(media.segments.iter().all(|segment| !segment.discontinuity));
}

both!(paused too_many_waiters_are_sent_away_with_a_time_to_come_back);
async fn too_many_waiters_are_sent_away_with_a_time_to_come_back(on: Listener) {
    let mut stage = Stage::with(on, |channels| Responder::with_held_max(channels, open, 3));
    let input = stage.admit();
    stage.send(&input, 5);
    let mut waiters = JoinSet::new();
    for _ in 0..5 {
        let path = "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2";
        waiters.spawn(stage.ask(http::Request::get(path).body(()).unwrap()));
    }
    for _ in 0..2 {
        let response = waiters.join_next().await.unwrap().unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(header(&response, "retry-after"), "1");
    }
    assert_eq!(stage.responder.metrics().shed.get(), 2);
    stage.send(&input, 1);
    while let Some(response) = waiters.join_next().await {
        assert_eq!(response.unwrap().status(), 200);
    }
}

both!(paused a_viewer_who_leaves_is_no_longer_held);
async fn a_viewer_who_leaves_is_no_longer_held(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut waiters = JoinSet::new();
    let path = "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2";
    waiters.spawn(stage.ask(http::Request::get(path).body(()).unwrap()));
    while stage.responder.metrics().held.get() == 0 {
        tokio::task::yield_now().await;
    }
    waiters.shutdown().await;
    assert_eq!(stage.responder.metrics().held.get(), 0);
}

#[tokio::test]
async fn a_held_request_costs_little_memory() {
    let stage = Stage::new(Listener::Main);
    let request = http::Request::get("/media/days/a/live.m3u8")
        .body(())
        .unwrap();
    let waiting = stage.responder.respond(request);
    // Thousands wait at the same time; hyper's own buffers come on top.
    assert!(size_of_val(&waiting) <= 1_024, "{}", size_of_val(&waiting));
    drop(waiting);
}

both!(paused draining_sends_everybody_away_at_once_and_lets_nobody_wait);
async fn draining_sends_everybody_away_at_once_and_lets_nobody_wait(on: Listener) {
    let mut stage = Stage::new(on);
    let input = stage.admit();
    stage.send(&input, 5);
    let mut waiters = JoinSet::new();
    let path = "/media/days/a/live.m3u8?_HLS_msn=3&_HLS_part=2";
    for _ in 0..20 {
        waiters.spawn(stage.ask(http::Request::get(path).body(()).unwrap()));
    }
    while stage.responder.metrics().held.get() < 20 {
        tokio::task::yield_now().await;
    }
    let begun = tokio::time::Instant::now();
    stage.responder.drain();
    while let Some(response) = waiters.join_next().await {
        assert_eq!(response.unwrap().status(), 503);
    }
    assert_eq!(stage.get(path).await.status(), 503);
    assert_eq!(stage.get("/media/days/a/live.m3u8").await.status(), 200);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
