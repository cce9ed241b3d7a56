//! Topics and commands over websockets.

use std::time::Duration;

use futures_util::SinkExt;
use realtime::Limits;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::room::{eventually, house};

#[tokio::test]
async fn a_snapshot_comes_first_and_then_every_line_in_order() {
    let house = house(Limits::default()).await;
    let (mut a, mut b) = (house.join("a").await, house.join("b").await);
    a.send(json!({"type": "command", "id": "c0", "name": "say", "args": {"text": "early"}}))
        .await;
    assert_eq!(a.frame().await["data"]["line"]["text"], "early");
    b.send(json!({"type": "subscribe", "topic": "room/a"}))
        .await;
    let snapshot = b.frame().await;
    assert_eq!(
        snapshot["data"]["lines"],
        json!([{"by": "a", "text": "early"}])
    );
    assert_eq!(snapshot["data"]["may_post"], true);
    let mut seq = snapshot["seq"].as_u64().unwrap();
    for i in 0..8 {
        let args = json!({"text": i.to_string()});
        a.send(json!({"type": "command", "id": i.to_string(), "name": "say", "args": args}))
            .await;
    }
    let mut texts = Vec::new();
    while texts.len() < 8 {
        let delta = b.until(|frame| frame["type"] == "delta").await;
        assert_eq!(delta["from"].as_u64().unwrap(), seq + 1);
        seq = delta["to"].as_u64().unwrap();
        let lines = delta["events"].as_array().unwrap().iter();
        texts.extend(lines.map(|event| event["line"]["text"].as_str().unwrap().to_owned()));
    }
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[tokio::test]
async fn the_sender_hears_the_result_and_reasons_at_once_and_unknown_commands_are_said_to_be() {
    let house = house(Limits::default()).await;
    let mut client = house.join("a").await;
    for (name, text, code) in [("say", "", "room-empty"), ("dance", "x", "not-found")] {
        client
            .send(json!({"type": "command", "id": "x", "name": name, "args": {"text": text}}))
            .await;
        let result = client.frame().await;
        assert_eq!(
            (&result["ok"], &result["problem"]["code"]),
            (&json!(false), &json!(code))
        );
        assert_eq!(result["id"], "x");
    }
    client.send(json!({"type": "ping"})).await;
    assert_eq!(client.frame().await["type"], "pong");
}

#[tokio::test]
async fn who_lost_the_connection_gets_exactly_what_was_missed() {
    let house = house(Limits::default()).await;
    let (mut a, mut b) = (house.join("a").await, house.join("b").await);
    b.send(json!({"type": "subscribe", "topic": "room/a"}))
        .await;
    let snapshot = b.frame().await;
    drop(b);
    eventually(|| house.hub.subscribers("room/a") == 0).await;
    a.send(json!({"type": "command", "id": "1", "name": "say", "args": {"text": "meanwhile"}}))
        .await;
    a.frame().await;
    let mut b = house.join("b").await;
    let after = json!({"epoch": snapshot["epoch"], "seq": snapshot["seq"]});
    b.send(json!({"type": "subscribe", "topic": "room/a", "after": after}))
        .await;
    let delta = b.frame().await;
    assert_eq!(
        (&delta["type"], &delta["from"]),
        (&json!("delta"), &json!(1))
    );
    assert_eq!(delta["events"][0]["line"]["text"], "meanwhile");
    // Nothing missed: an empty delta says so.
    let after = json!({"epoch": delta["epoch"], "seq": delta["to"]});
    b.send(json!({"type": "subscribe", "topic": "room/a", "after": after}))
        .await;
    let delta = b.frame().await;
    assert_eq!(
        (&delta["type"], &delta["events"]),
        (&json!("delta"), &json!([]))
    );
}

#[tokio::test]
async fn topics_that_are_closed_unknown_or_too_many_are_refused_and_the_socket_stays() {
    let limits = Limits {
        topics_per_connection_max: 3,
        ..Limits::default()
    };
    let house = house(limits).await;
    let mut client = house.join("a").await;
    for (topic, code) in [
        ("room/secret", "room-closed"),
        ("room/none", "not-found"),
        ("elsewhere", "not-found"),
        ("room/\"><script>", "not-found"),
        (&"room/x".repeat(99), "not-found"),
    ] {
        client
            .send(json!({"type": "subscribe", "topic": topic}))
            .await;
        let refused = client.until(|frame| frame["type"] == "refused").await;
        assert_eq!(
            (&refused["topic"], &refused["problem"]["code"]),
            (&json!(topic), &json!(code))
        );
    }
    for i in 0..4 {
        client
            .send(json!({"type": "subscribe", "topic": format!("room/{i}")}))
            .await;
    }
    let refused = client.until(|frame| frame["type"] == "refused").await;
    assert_eq!(refused["problem"]["code"], "realtime-too-many-topics");
    client
        .send(json!({"type": "unsubscribe", "topic": "room/0"}))
        .await;
    client
        .send(json!({"type": "subscribe", "topic": "room/3"}))
        .await;
    client
        .until(|frame| frame["type"] == "snapshot" && frame["topic"] == "room/3")
        .await;
    client.0.send(Message::text("{nonsense")).await.unwrap();
    let refused = client.until(|frame| frame["type"] == "refused").await;
    assert_eq!(refused["topic"], json!(null));
}

#[tokio::test]
async fn a_revoked_session_is_thrown_out_of_its_open_socket_and_nobody_else_is() {
    let house = house(Limits::default()).await;
    let (mut a, mut b) = (house.join("a").await, house.join("b").await);
    assert_eq!(house.hub.close_where(|who| &**who == "a"), 1);
    assert_eq!(a.closed().await, 4401);
    b.send(json!({"type": "ping"})).await;
    assert_eq!(b.frame().await["type"], "pong");
    eventually(|| house.hub.connections() == 1).await;
    // Revoked between reading the cookie and entering the list.
    assert!(house.knock("revoked").await.is_err());
    eventually(|| house.hub.connections() == 1).await;
}

#[tokio::test]
async fn a_drain_tells_everybody_when_to_come_back_and_lets_nobody_in() {
    let house = house(Limits::default()).await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(house.join("a").await);
    }
    let hub = house.hub.clone();
    let draining = tokio::spawn(async move {
        hub.drain(Duration::from_secs(30), Duration::from_secs(10))
            .await
    });
    let mut moments = Vec::new();
    for client in &mut clients {
        let frame = client.frame().await;
        assert_eq!(frame["type"], "reconnect");
        moments.push(frame["after_ms"].as_u64().unwrap());
        assert_eq!(client.closed().await, 1012);
    }
    moments.sort_unstable();
    moments.dedup();
    assert!(
        moments.len() == 10 && moments[9] > 20_000 && moments[9] <= 30_000,
        "{moments:?}"
    );
    assert!(house.knock("late").await.is_err());
    drop(clients);
    assert!(draining.await.unwrap());
}

#[tokio::test]
async fn who_does_not_read_costs_nobody_else_anything_and_comes_back_with_a_snapshot() {
    let house = house(Limits::default()).await;
    let (mut slow, mut quick) = (house.join("slow").await, house.join("quick").await);
    for client in [&mut slow, &mut quick] {
        client
            .send(json!({"type": "subscribe", "topic": "room/b"}))
            .await;
        client.until(|frame| frame["type"] == "snapshot").await;
    }
    // More than the sockets' own buffers and the ring hold together.
    let text = "x".repeat(8000);
    let mut sent = 0;
    while house.hub.metrics().resyncs.get() == 0 && sent < 100_000 {
        for _ in 0..40 {
            house.hub.publish(
                "room/b",
                &json!({"kind": "viewers", "count": sent, "text": text}),
            );
            sent += 1;
        }
        quick
            .until(|frame| {
                frame["events"]
                    .as_array()
                    .is_some_and(|e| e.last().unwrap()["count"] == sent - 1)
            })
            .await;
        if sent >= 800 {
            // It has fallen out of the ring: as soon as it reads again, it gets a snapshot.
            slow.frame().await;
        }
    }
    let snapshot = slow.until(|frame| frame["type"] == "snapshot").await;
    assert!(snapshot["data"]["viewers"].as_u64().unwrap() > 0);
    house
        .hub
        .publish("room/b", &json!({"kind": "viewers", "count": "last"}));
    slow.until(|frame| frame["events"][0]["count"] == "last")
        .await;
}

#[tokio::test]
async fn presence_follows_those_who_read() {
    let house = house(Limits::default()).await;
    let mut clients = vec![house.join("a").await, house.join("b").await];
    for client in &mut clients {
        client
            .send(json!({"type": "subscribe", "topic": "room/a"}))
            .await;
        client.frame().await;
    }
    assert_eq!(house.hub.subscribers("room/a"), 2);
    clients[0]
        .send(json!({"type": "unsubscribe", "topic": "room/a"}))
        .await;
    eventually(|| house.hub.subscribers("room/a") == 1).await;
    drop(clients);
    eventually(|| house.hub.subscribers("room/a") == 0 && house.hub.connections() == 0).await;
}

#[tokio::test]
async fn broken_rules_end_the_connection_with_the_code_for_it() {
    let house = house(Limits::default()).await;
    for (message, code) in [
        (Message::text("x".repeat(17 * 1024)), 1009),
        (Message::Binary(Bytes::from_static(b"x")), 1003),
    ] {
        let mut client = house.join("a").await;
        client.0.send(message).await.unwrap();
        assert_eq!(client.closed().await, code);
    }
    let mut client = house.join("a").await;
    for _ in 0..200 {
        if client
            .0
            .send(Message::text("{\"type\":\"ping\"}"))
            .await
            .is_err()
        {
            break;
        }
    }
    assert_eq!(client.closed().await, 1008);
}

#[tokio::test]
async fn commands_too_fast_or_too_many_at_a_time_are_refused_with_the_time_to_wait() {
    let limits = Limits {
        commands_under_way_max: 2,
        ..Limits::default()
    };
    let house = house(limits).await;
    let mut client = house.join("a").await;
    for i in 0..3 {
        client
            .send(json!({"type": "command", "id": i.to_string(), "name": "hang"}))
            .await;
    }
    let result = client.frame().await;
    assert_eq!(
        (&result["id"], &result["problem"]["code"]),
        (&json!("2"), &json!("too-many"))
    );
    assert!(result["problem"]["retry_after_ms"].as_u64().unwrap() > 0);
}
