//! A chat room behind a real port, and clients for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::{SinkExt, StreamExt};
use kernel::{Clock, Error, Result};
use realtime::{BoxFuture, Fold, Hub, Limits, Settings, Topic};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Who is connected: a name from the address (`/rt?name=…`).
pub(crate) type Who = Arc<str>;

#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<Value>>);

impl Topic<Who> for Lines {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            match name {
                "room/secret" if &**who != "boss" => Err(Error::forbidden("room-closed")),
                "room/none" => Err(Error::NotFound("room")),
                _ => Ok(json!({ "may_post": &**who != "guest" })),
            }
        })
    }

    fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Value>> {
        let lines = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(json!({ "lines": lines, "viewers": 0 })) })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        match event["kind"].as_str() {
            Some("viewers") => state["viewers"] = event["count"].clone(),
            _ => state["lines"]
                .as_array_mut()
                .unwrap()
                .push(event["line"].clone()),
        }
        Fold::Changed
    }
}

pub(crate) struct House {
    pub(crate) hub: Hub<Who>,
    pub(crate) address: SocketAddr,
    _running: DropGuard,
}

pub(crate) async fn house(limits: Limits) -> House {
    let tasks = platform::Tasks::new(tokio::runtime::Handle::current());
    let settings = Settings::plain(Clock::default(), tasks);
    let hub = Hub::<Who>::new(Settings { limits, ..settings });
    let lines = Arc::new(Lines::default());
    hub.register("room/", lines.clone());
    let publisher = hub.clone();
    hub.command("say", move |who: Who, args: Value| {
        let (hub, lines) = (publisher.clone(), lines.clone());
        async move {
            let text = args["text"].as_str().unwrap_or_default();
            if text.is_empty() {
                return Err(Error::invalid("text", "room-empty"));
            }
            let line = json!({ "by": &*who, "text": text });
            lines.0.lock().unwrap().push(line.clone());
            hub.publish("room/a", &json!({ "kind": "line", "line": line }));
            Ok(json!({ "line": line }))
        }
    });
    hub.command("hang", |_: Who, _: Value| std::future::pending());
    let token = CancellationToken::new();
    let (ticking, stop) = (hub.clone(), token.clone());
    tokio::spawn(async move { ticking.run(stop).await });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/rt", get(connect))
        .route("/rt/commands", post(command))
        .with_state(hub.clone())
        .into_make_service_with_connect_info::<SocketAddr>();
    let stopped = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = stopped.cancelled() => {}
            _ = axum::serve(listener, app) => {}
        }
    });
    House {
        hub,
        address,
        _running: token.drop_guard(),
    }
}

fn named(request: &Request) -> Who {
    let query = request.uri().query().unwrap_or_default();
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("name="))
        .unwrap_or("guest")
        .into()
}

async fn connect(
    State(hub): State<Hub<Who>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let who = named(&request);
    let (mut parts, _) = request.into_parts();
    let still = async {
        match &*who {
            "revoked" => Err(Error::Unauthenticated),
            _ => Ok(()),
        }
    };
    realtime::connect(&hub, who.clone(), peer.ip(), &mut parts, still).await
}

async fn command(
    State(hub): State<Hub<Who>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let who = named(&request);
    let body = axum::body::to_bytes(request.into_body(), 1 << 20)
        .await
        .unwrap();
    realtime::command(&hub, who, peer.ip(), &body).await
}

/// A client that reads frames one by one.
pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl House {
    pub(crate) async fn join(&self, name: &str) -> Client {
        let mut client = self.knock(name).await.unwrap();
        assert_eq!(client.frame().await["type"], "hello");
        client
    }

    pub(crate) async fn knock(&self, name: &str) -> Result<Client, tungstenite::Error> {
        let url = format!("ws://{}/rt?name={name}", self.address);
        tokio_tungstenite::connect_async(url)
            .await
            .map(|(socket, _)| Client(socket))
    }
}

impl Client {
    pub(crate) async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next message of whatever kind; `None` when the connection is gone.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
        next.await
            .expect("something is said within ten seconds")?
            .ok()
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Value {
        loop {
            match self.message().await.expect("the connection is open") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a frame, got {other:?}"),
            }
        }
    }

    /// The next frame that `wanted` accepts.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.frame().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// The code that the server closes with.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.message().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(Message::Close(None)) | None => return 0,
                Some(_) => {}
            }
        }
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("within ten seconds");
}
