//! Whatever is published, read, lost and resumed in whatever order: every reader who keeps reading ends with
//! the state that a reader who comes last is given, having been told each event at most once and in order.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use kernel::{Clock, Result};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::frame::{Cursor, ServerFrame};
use crate::hub::{Hub, Settings};
use crate::session::{Output, Session};
use crate::topic::{BoxFuture, Fold, Topic};

fn settings() -> Settings<u8> {
    let tasks = platform::Tasks::new(tokio::runtime::Handle::current());
    Settings::plain(Clock::default(), tasks)
}

/// A topic whose state is a list of numbers and a gauge, kept in a "database".
#[derive(Default)]
struct Numbers {
    database: Mutex<(Vec<u64>, u64)>,
    /// How often a load looks away before it looks, and after.
    slowness: AtomicUsize,
    closed: std::sync::atomic::AtomicBool,
}

impl Topic<u8> for Numbers {
    fn open<'a>(&'a self, who: &'a u8, _: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            if self.closed.load(Ordering::SeqCst) {
                return Err(kernel::Error::forbidden("closed"));
            }
            Ok(json!({ "own": who }))
        })
    }

    fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let slowness = self.slowness.load(Ordering::SeqCst);
            for _ in 0..slowness {
                tokio::task::yield_now().await;
            }
            let (list, gauge) = self.database.lock().unwrap().clone();
            for _ in 0..slowness {
                tokio::task::yield_now().await;
            }
            Ok(json!({ "list": list, "gauge": gauge }))
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        if let Some(gauge) = event.get("gauge") {
            if state["gauge"] == *gauge {
                return Fold::Unchanged;
            }
            state["gauge"] = gauge.clone();
            return Fold::Changed;
        }
        let list = state["list"].as_array_mut().unwrap();
        if list.contains(&event["number"]) {
            return Fold::Unchanged;
        }
        list.push(event["number"].clone());
        Fold::Changed
    }
}

/// A reader that believes what it is told, and complains.
#[derive(Default)]
struct Reader {
    session: Option<Session<u8>>,
    cursor: Option<Cursor>,
    state: Value,
}

impl Reader {
    fn connect(&mut self, hub: &Hub<u8>, resume: bool) {
        // Dropped first, as a connection is lost before it is made again.
        self.session = None;
        let mut session = hub.session(7, IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        session.subscribe("t/1", self.cursor.clone().filter(|_| resume));
        self.session = Some(session);
    }

    /// Reads at most `count` frames, as far as there are any.
    fn read(&mut self, topic: &Numbers, count: usize) {
        for _ in 0..count {
            let Some(session) = &mut self.session else {
                return;
            };
            let Some(Output::Frame(text)) = session.next().now_or_never() else {
                return;
            };
            self.told(topic, &text);
        }
    }

    fn told(&mut self, topic: &Numbers, text: &str) {
        match serde_json::from_str(text).unwrap() {
            ServerFrame::Snapshot {
                epoch,
                seq,
                mut data,
                ..
            } => {
                assert_eq!(data.as_object_mut().unwrap().remove("own"), Some(json!(7)));
                self.cursor = Some(Cursor { epoch, seq });
                self.state = data;
            }
            ServerFrame::Delta {
                epoch,
                from,
                to,
                events,
                ..
            } => {
                let cursor = self.cursor.as_mut().expect("deltas come after a snapshot");
                assert_eq!(
                    (&cursor.epoch, cursor.seq + 1),
                    (&epoch, from),
                    "lost or told twice"
                );
                assert_eq!(events.len() as u64, to + 1 - from);
                for event in &events {
                    assert_eq!(
                        topic.fold(&mut self.state, event),
                        Fold::Changed,
                        "told twice: {event}"
                    );
                }
                cursor.seq = to;
            }
            ServerFrame::Hello { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Commit,
    Announce,
    Gauge(u64),
    Turn,
    Connect(usize, bool),
    Lose(usize),
    Read(usize, usize),
    Slowness(usize),
    Refresh,
    Review,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Commit),
        6 => Just(Step::Announce),
        2 => (0..3_u64).prop_map(Step::Gauge),
        6 => Just(Step::Turn),
        3 => (0..3_usize, any::<bool>()).prop_map(|(i, resume)| Step::Connect(i, resume)),
        1 => (0..3_usize).prop_map(Step::Lose),
        9 => (0..3_usize, 1..6_usize).prop_map(|(i, count)| Step::Read(i, count)),
        1 => (0..4_usize).prop_map(Step::Slowness),
        1 => Just(Step::Refresh),
        1 => Just(Step::Review),
    ];
    proptest::collection::vec(step, 1..120)
}

async fn play(steps: Vec<Step>) {
    let hub = Hub::new(settings());
    let topic = Arc::new(Numbers::default());
    hub.register("t/", topic.clone());
    let mut readers: [Reader; 3] = Default::default();
    let mut unannounced = VecDeque::new();
    let mut next = 0_u64;
    for step in steps {
        match step {
            Step::Commit => {
                topic.database.lock().unwrap().0.push(next);
                unannounced.push_back(next);
                next += 1;
            }
            Step::Announce => {
                if let Some(number) = unannounced.pop_front() {
                    hub.publish("t/1", &json!({ "number": number }));
                }
            }
            Step::Gauge(gauge) => {
                topic.database.lock().unwrap().1 = gauge;
                hub.state("t/1", "gauge", &json!({ "gauge": gauge }));
            }
            Step::Turn => turn(&hub).await,
            Step::Connect(i, resume) => readers[i].connect(&hub, resume),
            Step::Lose(i) => readers[i].session = None,
            Step::Read(i, count) => {
                readers[i].read(&topic, count);
                tokio::task::yield_now().await;
            }
            Step::Slowness(slowness) => topic.slowness.store(slowness, Ordering::SeqCst),
            Step::Refresh => hub.refresh("t/"),
            Step::Review => hub.review("t/"),
        }
    }
    for number in unannounced {
        hub.publish("t/1", &json!({ "number": number }));
    }
    settle(&hub, &topic, &mut readers).await;
    let (list, gauge) = topic.database.lock().unwrap().clone();
    let expected = json!({ "list": list, "gauge": gauge });
    for reader in readers.iter().filter(|reader| reader.session.is_some()) {
        assert_eq!(reader.state, expected);
    }
}

async fn turn(hub: &Hub<u8>) {
    tokio::time::advance(Duration::from_millis(100)).await;
    hub.0.turn(Instant::now());
}

async fn settle(hub: &Hub<u8>, topic: &Numbers, readers: &mut [Reader; 3]) {
    for _ in 0..30 {
        turn(hub).await;
        for reader in readers.iter_mut() {
            reader.read(topic, usize::MAX);
        }
        tokio::task::yield_now().await;
    }
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_agree_whatever_is_published_lost_and_resumed_in_whatever_order(steps in steps()) {
        paused().block_on(play(steps));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_fell_out_of_the_ring_gets_one_snapshot_and_goes_on() {
    let hub = Hub::new(settings());
    let topic = Arc::new(Numbers::default());
    hub.register("t/", topic.clone());
    let mut readers: [Reader; 3] = Default::default();
    readers[0].connect(&hub, false);
    readers[0].read(&topic, 10);
    for number in 0..50 {
        topic.database.lock().unwrap().0.push(number);
        hub.publish("t/1", &json!({ "number": number }));
        turn(&hub).await;
    }
    let resyncs = hub.metrics().resyncs.get();
    readers[0].read(&topic, 1);
    assert_eq!(readers[0].state["list"].as_array().unwrap().len(), 50);
    assert_eq!(hub.metrics().resyncs.get(), resyncs + 1);
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_gone_ends_the_subscription_when_it_is_reviewed() {
    let hub = Hub::new(settings());
    let topic = Arc::new(Numbers::default());
    hub.register("t/", topic.clone());
    let mut readers: [Reader; 3] = Default::default();
    readers[0].connect(&hub, false);
    readers[0].read(&topic, 10);
    topic.closed.store(true, Ordering::SeqCst);
    hub.publish("t/1", &json!({ "number": 1 }));
    hub.review("t/");
    turn(&hub).await;
    let Some(Output::Frame(text)) = readers[0].session.as_mut().unwrap().next().now_or_never()
    else {
        panic!("nothing was said");
    };
    let frame: ServerFrame = serde_json::from_str(&text).unwrap();
    assert!(matches!(frame, ServerFrame::Refused { .. }), "{frame:?}");
    assert_eq!(hub.subscribers("t/1"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_nobody_reads_is_kept_for_resuming_and_then_forgotten() {
    let hub = Hub::new(settings());
    let topic = Arc::new(Numbers::default());
    hub.register("t/", topic.clone());
    let mut reader = Reader::default();
    reader.connect(&hub, false);
    reader.read(&topic, 10);
    reader.session = None;
    hub.publish("t/1", &json!({ "number": 1 }));
    turn(&hub).await;
    reader.connect(&hub, true);
    reader.read(&topic, 10);
    assert_eq!(
        reader.state["list"],
        json!([1]),
        "resumed by a delta: the database has no 1"
    );
    reader.session = None;
    tokio::time::advance(crate::limits::LINGER * 2).await;
    // Somebody else's coming and going clears up.
    reader.connect(&hub, true);
    reader.read(&topic, 10);
    assert_eq!(reader.state["list"], json!([]), "loaded again");
    assert_eq!(hub.metrics().topics.get(), 1);
}
