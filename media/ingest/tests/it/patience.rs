//! How long the server waits for whom, and how it stops.

use std::time::{Duration, Instant};

use media_core::State;
use media_ingest::rtmp::publisher::Error;
use media_ingest::rtmp::{Ending, Limits, Publisher, handshake};

use crate::house::{House, Raw, quick, send_some, until};

#[tokio::test]
async fn a_slow_handshake_is_ended_however_regular_its_drops() {
    let house = House::open(quick()).await;
    let mut raw = Raw::dial(house.addr).await;
    let began = Instant::now();
    for byte in handshake::hello() {
        raw.bytes(&[byte]).await;
        if house.counters.ended(Ending::TooSlow) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    house.ended(Ending::TooSlow, 1).await;
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    let mut silent = Raw::dial(house.addr).await;
    assert_eq!(silent.next_code().await, None);
}

#[tokio::test]
async fn an_encoder_that_never_publishes_is_ended() {
    let house = House::open(quick()).await;
    let mut raw = Raw::connected(house.addr).await;
    assert_eq!(raw.next_code().await, None);
    house.ended(Ending::TooSlow, 1).await;
}

#[tokio::test]
async fn a_flood_of_half_open_connections_displaces_itself_and_locks_no_encoder_out() {
    let house = House::open(Limits {
        half_open_max_per_address: 8,
        handshake: Duration::from_mins(1),
        ..quick()
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..40 {
        flood.push(Raw::dial(house.addr).await);
    }
    house.ended(Ending::Crowded, 32).await;
    assert_eq!(house.counters.half_open.get(), 8);
    house.still_serves().await;
}

#[tokio::test]
async fn a_publisher_without_media_is_reported_silent_and_hung_up_on_later() {
    let house = House::open(Limits {
        idle: Duration::from_secs(3),
        ..quick()
    })
    .await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.clip(20).await;
    until("it is received", || house.state() == State::Receiving).await;
    let silent_since = Instant::now();
    until("it is interrupted", || house.state() == State::Interrupted).await;
    assert!(
        silent_since.elapsed() < Duration::from_millis(2900),
        "{:?}",
        silent_since.elapsed()
    );
    // Whatever else it sends is no media.
    let pings = async {
        loop {
            raw.bytes(&[0x02, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1])
                .await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = house.ended(Ending::Idle, 1) => {}
        () = pings => {}
    }
    assert_eq!(raw.codes_to_the_end().await, ["NetStream.Publish.Idle"]);
}

#[tokio::test]
async fn a_peer_that_takes_no_replies_is_cut_off() {
    let house = House::open(Limits {
        send: Duration::from_millis(200),
        idle: Duration::from_mins(1),
        ..quick()
    })
    .await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    // Pings whose answers nobody reads, until both directions are full.
    let ping = [0x02, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1];
    let pings = ping.repeat(4000);
    tokio::select! {
        () = house.ended(Ending::Stuck, 1) => {}
        () = async { loop { raw.bytes(&pings).await; tokio::task::yield_now().await; } } => {}
    }
    house.still_serves().await;
}

#[tokio::test]
async fn more_publishers_than_seats_are_told_to_try_again() {
    let house = House::open(Limits {
        publishers_max: 1,
        ..quick()
    })
    .await;
    house.keys.add("other", "conf/b");
    let first = Raw::publishing(house.addr, "key").await;
    let error = Publisher::connect(&house.url("other")).await.err().unwrap();
    assert!(
        matches!(&error, Error::Refused { code, .. } if code == "NetStream.Publish.Failed"),
        "{error}"
    );
    house.ended(Ending::Full, 1).await;
    drop(first);
    until("the seat is free", || house.counters.publishers.get() == 0).await;
    Raw::publishing(house.addr, "other").await;
}

#[tokio::test]
async fn a_flood_from_a_publisher_is_slowed_down_to_its_rate() {
    let limits = Limits {
        bytes_per_second_max: 200_000,
        burst_bytes: 100_000,
        idle: Duration::from_secs(30),
        ..quick()
    };
    let house = House::open(limits).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    let began = Instant::now();
    raw.bytes(&[0x08, 0, 0, 0, 0, 0, 0, 99, 1, 0, 0, 0].repeat(25_000))
        .await;
    until("all of it is read", || {
        house.counters.bytes.get() >= 300_000
    })
    .await;
    // 100 kB at once, 200 kB within a second, and what fits into the last read.
    assert!(
        began.elapsed() >= Duration::from_millis(600),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye_and_frees_its_port() {
    let mut house = House::open(quick()).await;
    let mut publisher = Publisher::connect(&house.url("key")).await.unwrap();
    send_some(&mut publisher).await;
    let half_open = Raw::dial(house.addr).await;
    until("both are known", || {
        house.counters.half_open.get() == 1 && house.counters.publishers.get() == 1
    })
    .await;
    house.stop.cancel();
    let error = publisher.ended().await;
    assert!(
        matches!(&error, Error::Refused { code, .. } if code == "NetConnection.Connect.AppShutdown"),
        "{error}"
    );
    drop((publisher, half_open));
    house.tasks.join_next().await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(house.addr).await.is_err());
    assert_eq!(house.counters.publishers.get(), 0);
}
