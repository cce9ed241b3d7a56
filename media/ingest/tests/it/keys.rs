//! Keys: wrong, revoked, shared by two, and never in a log.

use std::time::{Duration, Instant};

use media_core::{ChannelName, On, Seat, State};
use media_ingest::limits::KEY_BYTES_MAX;
use media_ingest::rtmp::publisher::Error;
use media_ingest::rtmp::{Ending, Limits, Publisher};

use crate::house::{House, Raw, logged, quick, send_some, until};

#[tokio::test]
async fn every_wrong_key_gets_the_same_answer_after_the_same_time() {
    let house = House::open(Limits {
        refusal: Duration::from_millis(150),
        refusal_max: Duration::from_millis(150),
        ..quick()
    })
    .await;
    let long = "k".repeat(KEY_BYTES_MAX + 1);
    for wrong in ["", "?key", "wrong", "KEY", "key ", long.as_str()] {
        let mut raw = Raw::connected(house.addr).await;
        let asked = Instant::now();
        raw.publish(wrong).await;
        assert_eq!(
            raw.next_code().await.as_deref(),
            Some("NetStream.Publish.BadName"),
            "{wrong}"
        );
        let waited = asked.elapsed();
        assert!(
            waited >= Duration::from_millis(150),
            "{wrong} was answered after {waited:?}"
        );
        assert_eq!(raw.next_code().await, None);
    }
    house.ended(Ending::WrongKey, 6).await;
}

#[tokio::test]
async fn wrong_keys_wait_ever_longer_and_a_right_one_never_waits() {
    let house = House::open(Limits {
        refusal: Duration::from_millis(50),
        refusal_max: Duration::from_secs(2),
        ..quick()
    })
    .await;
    for least_ms in [50, 100, 200, 400, 800] {
        let mut raw = Raw::connected(house.addr).await;
        let asked = Instant::now();
        raw.publish("wrong").await;
        assert_eq!(
            raw.next_code().await.as_deref(),
            Some("NetStream.Publish.BadName")
        );
        assert!(
            asked.elapsed() >= Duration::from_millis(least_ms),
            "{:?} < {least_ms} ms",
            asked.elapsed()
        );
    }
    let asked = Instant::now();
    let publisher = Publisher::connect(&house.url("key")).await.unwrap();
    assert!(
        asked.elapsed() < Duration::from_millis(1500),
        "{:?}",
        asked.elapsed()
    );
    publisher.close().await.unwrap();
}

#[tokio::test]
async fn a_query_after_the_key_is_tolerated() {
    let house = House::open(quick()).await;
    let mut publisher = Publisher::connect(&house.url("key")).await.unwrap();
    send_some(&mut publisher).await;
    drop(publisher);
    until("the channel is free", || {
        house.counters.publishers.get() == 0
    })
    .await;
    Raw::publishing(house.addr, "key?token=1&x").await;
}

#[tokio::test]
async fn keys_that_cannot_be_checked_are_nobodys_fault() {
    let house = House::open(Limits {
        authority: Duration::from_millis(100),
        ..quick()
    })
    .await;
    for key in ["down", "slow"] {
        let mut raw = Raw::connected(house.addr).await;
        raw.publish(key).await;
        assert_eq!(
            raw.codes_to_the_end().await,
            ["NetStream.Publish.Failed"],
            "{key}"
        );
    }
    house.ended(Ending::Unavailable, 2).await;
    assert_eq!(house.counters.ended(Ending::WrongKey), 0);
}

#[tokio::test]
async fn a_revoked_key_ends_its_live_publisher_within_a_second() {
    let house = House::open(Limits::default()).await;
    let revoked = house.keys.add("doomed", "conf/a");
    let mut publisher = Publisher::connect(&house.url("doomed")).await.unwrap();
    send_some(&mut publisher).await;
    until("it is received", || house.state() == State::Receiving).await;
    let told_at = Instant::now();
    revoked.cancel();
    let error = publisher.ended().await;
    assert!(
        matches!(&error, Error::Refused { code, .. } if code == "NetStream.Publish.Denied"),
        "{error}"
    );
    assert!(
        matches!(publisher.ended().await, Error::Io(_)),
        "the connection is closed, too"
    );
    assert!(
        told_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        told_at.elapsed()
    );
    house.ended(Ending::Revoked, 1).await;
    assert_eq!(house.state(), State::Interrupted);
}

#[tokio::test]
async fn a_revoked_publisher_that_neither_reads_nor_hangs_up_is_gone_within_a_second_all_the_same()
{
    let house = House::open(Limits::default()).await;
    let revoked = house.keys.add("doomed", "conf/a");
    let mut raw = Raw::publishing(house.addr, "doomed").await;
    raw.clip(5).await;
    until("it is received", || house.counters.frames.get() >= 5).await;
    let told_at = Instant::now();
    revoked.cancel();
    until("its channel is free", || {
        house.counters.publishers.get() == 0
    })
    .await;
    // Writing goes on until the closed socket answers with a reset.
    while raw
        .io
        .try_write(&[0; 1024])
        .is_ok_and(|_| told_at.elapsed() < Duration::from_secs(2))
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        told_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        told_at.elapsed()
    );
}

#[tokio::test]
async fn a_closed_channel_ends_its_publisher_with_the_reason() {
    let house = House::open(quick()).await;
    let mut publisher = Publisher::connect(&house.url("key")).await.unwrap();
    send_some(&mut publisher).await;
    house.channels.close(
        &ChannelName::parse("conf/a").unwrap(),
        None,
        "the track is closed",
    );
    let error = publisher.ended().await;
    assert!(
        matches!(&error, Error::Refused { description, .. } if description == "the track is closed"),
        "{error}"
    );
    house.ended(Ending::Evicted, 1).await;
}

#[tokio::test]
async fn a_second_encoder_is_refused_while_the_first_sends_and_replaces_it_once_it_is_silent() {
    let house = House::open(Limits::default()).await;
    let mut first = Publisher::connect(&house.url("key")).await.unwrap();
    send_some(&mut first).await;
    until("the first is received", || {
        house.counters.frames.get() >= 20
    })
    .await;
    let silent_since = Instant::now();
    let error = Publisher::connect(&house.url("key")).await.err().unwrap();
    assert!(
        matches!(&error, Error::Refused { code, .. } if code == "NetStream.Publish.BadName"),
        "{error}"
    );
    house.ended(Ending::Busy, 1).await;
    let mut second = loop {
        match Publisher::connect(&house.url("key")).await {
            Ok(second) => break second,
            Err(Error::Refused { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(other) => panic!("{other}"),
        }
    };
    let waited = silent_since.elapsed();
    assert!((1800..8000).contains(&waited.as_millis()), "{waited:?}");
    let error = first.ended().await;
    assert!(
        matches!(&error, Error::Refused { code, .. } if code == "NetStream.Publish.Denied"),
        "{error}"
    );
    send_some(&mut second).await;
    until("the second is received", || {
        house.counters.frames.get() >= 40
    })
    .await;
}

#[tokio::test]
async fn an_encoder_that_comes_back_is_let_in_at_once() {
    let house = House::open(quick()).await;
    for round in 1..=3 {
        let mut publisher = Publisher::connect(&house.url("key")).await.unwrap();
        send_some(&mut publisher).await;
        until("its frames arrive", || {
            house.counters.frames.get() >= round * 20
        })
        .await;
        drop(publisher);
        house.ended(Ending::HungUp, round).await;
    }
    assert_eq!(house.counters.ended(Ending::Busy), 0);
}

#[tokio::test]
async fn no_key_right_or_wrong_ever_reaches_the_log() {
    let house = House::open(quick()).await;
    let revoked = house.keys.add("s3cret-right", "conf/a");
    let mut raw = Raw::connected(house.addr).await;
    raw.publish("s3cret-wrong").await;
    raw.codes_to_the_end().await;
    let mut raw = Raw::publishing(house.addr, "s3cret-right").await;
    raw.clip(20).await;
    let mut second = Raw::connected(house.addr).await;
    second.publish("s3cret-right").await;
    second.codes_to_the_end().await;
    revoked.cancel();
    raw.codes_to_the_end().await;
    let text = logged();
    assert!(
        text.contains("wrong stream key") && text.contains("publishes to conf/a"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn two_encoders_publish_to_two_seats_and_losing_one_key_leaves_the_other() {
    let house = House::open(quick()).await;
    let primary_key = house.keys.add("first", "conf/a");
    house.keys.add_for("spare", "conf/a", Seat::Backup);
    let mut primary = Publisher::connect(&house.url("first")).await.unwrap();
    send_some(&mut primary).await;
    let mut backup = Publisher::connect(&house.url("spare")).await.unwrap();
    send_some(&mut backup).await;
    let status = house
        .channels
        .status(&ChannelName::parse("conf/a").unwrap());
    let states = || {
        let status = status.borrow();
        (status.inputs[0].state, status.inputs[1].state, status.on)
    };
    let both = (State::Receiving, State::Receiving, On::Primary);
    until("both send", || states() == both).await;
    primary_key.cancel();
    assert!(matches!(primary.ended().await, Error::Refused { .. }));
    until("the primary is gone", || states().0 == State::Interrupted).await;
    let error = Publisher::connect(&house.url("spare")).await.err().unwrap();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    let taken_over = tokio::time::timeout(Duration::from_secs(5), async {
        while states().2 != On::Backup {
            send_some(&mut backup).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(taken_over.await.is_ok(), "{:?}", states());
}
