//! Handshakes, server-sent events, commands by POST, and who is turned away.

use std::time::Duration;

use realtime::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite;

use crate::room::{House, eventually, house};

async fn request(house: &House, head: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let length = body.len();
    let text = format!("{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    BufReader::new(stream)
}

/// Status line and the rest of a response to a request that closes its connection.
async fn answer(house: &House, head: &str, body: &str) -> (u16, String) {
    let mut stream = request(house, &format!("{head}\r\nConnection: close"), body).await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    (
        text[9..12].parse().unwrap(),
        text.split_once("\r\n\r\n").unwrap().1.to_owned(),
    )
}

/// The next `id` and frame of a stream of events.
async fn event(stream: &mut BufReader<TcpStream>) -> (String, Value) {
    let mut id = String::new();
    loop {
        let mut line = String::new();
        let reading = stream.read_line(&mut line);
        let read = tokio::time::timeout(Duration::from_secs(10), reading)
            .await
            .unwrap()
            .unwrap();
        assert!(read > 0, "the stream goes on");
        if let Some(rest) = line.strip_prefix("id: ") {
            rest.trim().clone_into(&mut id);
        }
        if let Some(rest) = line.strip_prefix("data: ") {
            return (id, serde_json::from_str(rest).unwrap());
        }
    }
}

#[tokio::test]
async fn server_sent_events_carry_the_same_frames_and_resume() {
    let house = house(Limits::default()).await;
    let head = "GET /rt?topic=room/a&topic=room/secret HTTP/1.1\r\nAccept: text/event-stream";
    let mut events = request(&house, head, "").await;
    let mut kinds = Vec::new();
    let mut last = String::new();
    for _ in 0..3 {
        let (id, frame) = event(&mut events).await;
        kinds.push(frame["type"].as_str().unwrap().to_owned());
        last = id;
    }
    kinds.sort();
    assert_eq!(kinds, ["hello", "refused", "snapshot"]);
    drop(events);
    let body = json!({"id": "p", "name": "say", "args": {"text": "posted"}}).to_string();
    let (status, result) = answer(&house, "POST /rt/commands?name=p HTTP/1.1", &body).await;
    assert_eq!(status, 200);
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(
        (&result["type"], &result["ok"]),
        (&json!("result"), &json!(true))
    );
    let mut events = request(&house, &format!("{head}\r\nLast-Event-ID: {last}"), "").await;
    loop {
        let (_, frame) = event(&mut events).await;
        assert_ne!(frame["type"], "snapshot");
        if frame["type"] == "delta" {
            assert_eq!(
                frame["events"][0]["line"],
                json!({"by": "p", "text": "posted"})
            );
            break;
        }
    }
    drop(events);
    eventually(|| house.hub.connections() == 0).await;
}

#[tokio::test]
async fn posted_commands_answer_with_the_problem_and_its_status() {
    let house = house(Limits {
        posts_per_second: 2,
        ..Limits::default()
    })
    .await;
    let post = "POST /rt/commands HTTP/1.1";
    assert_eq!(answer(&house, post, "{\"name\":\"say\"}").await.0, 422);
    assert_eq!(answer(&house, post, "nonsense").await.0, 422);
    assert_eq!(answer(&house, post, &"x".repeat(17 * 1024)).await.0, 413);
    assert_eq!(answer(&house, post, "{\"name\":\"dance\"}").await.0, 404);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(answer(&house, post, "{\"name\":\"dance\"}").await.0);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn who_wants_neither_socket_nor_events_is_told_what_there_is() {
    let house = house(Limits::default()).await;
    assert_eq!(answer(&house, "GET /rt HTTP/1.1", "").await.0, 426);
    let events = "GET /rt HTTP/1.1\r\nAccept: text/event-stream";
    assert_eq!(answer(&house, events, "").await.0, 400);
    let head = "GET /rt HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12";
    let mut stream = request(&house, &format!("{head}\r\nConnection: upgrade"), "").await;
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.contains("400"), "{line}");
}

#[tokio::test]
async fn too_many_connections_are_turned_away_and_let_in_when_there_is_room() {
    let limits = Limits {
        connections_per_peer_max: 2,
        ..Limits::default()
    };
    let house = house(limits).await;
    let first = house.join("a").await;
    let _second = house.join("b").await;
    let Err(tungstenite::Error::Http(response)) = house.knock("c").await else {
        panic!("a third one came in");
    };
    assert_eq!(response.status(), 429);
    drop(first);
    eventually(|| house.hub.connections() == 1).await;
    house.join("c").await;
}

#[tokio::test]
async fn who_never_answers_is_gone_after_a_while() {
    let house = house(Limits::default()).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = "GET /rt HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0; 4096];
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    eventually(|| house.hub.connections() == 1).await;
    // From here on only timers are left to wait for, and they pass at once.
    tokio::time::pause();
    while stream.read(&mut buffer).await.unwrap_or(0) > 0 {}
    tokio::time::resume();
    eventually(|| house.hub.connections() == 0).await;
    assert_eq!(house.hub.metrics().dropped.get(), 1);
}
