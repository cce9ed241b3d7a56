//! Scripted people, so that the place is alive: they watch, chat and change tracks through the same doors as
//! everybody else. The program cannot tell them from visitors, and they know nothing that visitors cannot see.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use jiff::Timestamp;
use kernel::Clock;
use realtime::{ClientFrame, ServerFrame};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

const PEOPLE: &str = include_str!("../../demo/people.toml");
/// Between two lines of one person, in seconds.
const PAUSE: (u64, u64) = (16, 48);
/// The first line comes sooner, so that nobody meets an empty room.
const FIRST_PAUSE: (u64, u64) = (1, 14);
/// Lines until somebody wanders on.
const STAY: (u64, u64) = (2, 5);
/// Lines that nobody repeats.
const FRESH: usize = 16;
const PING: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(10);

/// Everybody, and what they may say.
#[derive(Debug, Deserialize)]
pub(crate) struct Cast {
    #[serde(rename = "person")]
    people: Vec<Person>,
    anywhere: Lines,
    lines: BTreeMap<String, Lines>,
}

#[derive(Clone, Debug, Deserialize)]
struct Person {
    name: String,
    languages: Vec<String>,
}

/// Lines by language.
type Lines = BTreeMap<String, Vec<String>>;

/// What all of them share.
pub(crate) struct Stage {
    /// Host and port of the main listener, reached without TLS.
    pub(crate) authority: String,
    pub(crate) conference: String,
    pub(crate) tracks: Vec<String>,
    /// Session ids by title: titles are what one sees on the page.
    pub(crate) sessions: BTreeMap<String, String>,
    pub(crate) clock: Clock,
    cast: Cast,
    /// What was said last.
    said: Mutex<VecDeque<String>>,
}

impl Cast {
    /// The people and lines that come with the program.
    pub(crate) fn read() -> Result<Self> {
        toml::from_str(PEOPLE).context("the demo's people")
    }

    /// Puts them on a stage.
    pub(crate) fn enter(
        self,
        authority: String,
        conference: String,
        tracks: Vec<String>,
        sessions: BTreeMap<String, String>,
        clock: Clock,
    ) -> Arc<Stage> {
        let said = Mutex::default();
        Arc::new(Stage {
            authority,
            conference,
            tracks,
            sessions,
            clock,
            cast: self,
            said,
        })
    }
}

impl Stage {
    /// How many people there are.
    pub(crate) fn len(&self) -> usize {
        self.cast.people.len()
    }

    /// One person's visit, until `stop`. What goes wrong is tried again, like people do.
    pub(crate) async fn visit(self: Arc<Self>, index: usize, stop: CancellationToken) {
        let Some(person) = self.cast.people.get(index).cloned() else {
            return;
        };
        let mut visitor = Visitor::new(person, index);
        loop {
            let error = tokio::select! {
                () = stop.cancelled() => return,
                ended = visitor.stay(&self) => ended.err(),
            };
            if let Some(error) = error {
                let name = &visitor.person.name;
                tracing::debug!("a scripted person ({name}) lost the connection: {error:#}");
            }
            let pause = Duration::from_millis(visitor.dice.between((1000, 4000)));
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// A line for a session that was not said just now.
    fn line(&self, session: Option<&str>, person: &Person, dice: &mut Dice) -> Option<String> {
        let special = session.and_then(|session| self.cast.lines.get(session));
        // Three of four lines are about the talk.
        let special = special.filter(|_| dice.between((0, 3)) > 0);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let line = [special, Some(&self.cast.anywhere)]
            .into_iter()
            .flatten()
            .find_map(|lines| {
                let known = person
                    .languages
                    .iter()
                    .filter_map(|language| lines.get(language));
                let fresh: Vec<&String> = known
                    .flatten()
                    .filter(|line| !said.contains(line))
                    .collect();
                dice.pick(&fresh).map(|line| (*line).clone())
            })?;
        said.push_back(line.clone());
        if said.len() > FRESH {
            said.pop_front();
        }
        Some(line)
    }
}

/// What a talk on air looks like from outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct OnAir {
    talk: Option<String>,
    #[serde(default)]
    title: String,
    at: Timestamp,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Somebody at the page of a track.
struct Visitor {
    person: Person,
    dice: Dice,
    track: usize,
    /// What was on the track lately, newest last.
    onair: Vec<OnAir>,
    /// The chat that is open.
    chat: Option<String>,
    commands: u64,
    remaining: u64,
    session: Option<String>,
}

impl Visitor {
    fn new(person: Person, index: usize) -> Self {
        Self {
            person,
            dice: Dice::new(index),
            track: index,
            onair: Vec::new(),
            chat: None,
            commands: 0,
            remaining: 3,
            session: None,
        }
    }

    /// Connects, watches, talks, until the connection ends.
    async fn stay(&mut self, stage: &Stage) -> Result<()> {
        let mut socket = timeout(PATIENCE, self.connect(stage)).await??;
        self.chat = None;
        self.watch(stage, &mut socket).await?;
        let mut speak_at = self.pause(FIRST_PAUSE);
        let mut ping = tokio::time::interval(PING);
        loop {
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.hear(stage, text.as_str(), &mut socket).await?,
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                },
                _ = ping.tick() => send(&mut socket, &ClientFrame::Ping).await?,
                () = sleep_until(speak_at) => {
                    self.act(stage, &mut socket).await?;
                    speak_at = self.pause(PAUSE);
                }
            }
        }
    }

    async fn connect(&mut self, stage: &Stage) -> Result<Socket> {
        let cookie = match &self.session {
            Some(cookie) => cookie.clone(),
            None => sign_in(&stage.authority, &self.person.name).await?,
        };
        self.session = Some(cookie.clone());
        let mut request = format!("ws://{}/rt", stage.authority).into_client_request()?;
        request.headers_mut().insert(COOKIE, cookie.parse()?);
        let connected = tokio_tungstenite::connect_async(request).await;
        if connected.is_err() {
            // Perhaps the session is no longer one: the next attempt signs in again.
            self.session = None;
        }
        Ok(connected?.0)
    }

    fn pause(&mut self, seconds: (u64, u64)) -> Instant {
        let (least, most) = seconds;
        Instant::now() + Duration::from_millis(self.dice.between((least * 1000, most * 1000)))
    }

    fn live_topic(&self, stage: &Stage) -> String {
        let track = &stage.tracks[self.track % stage.tracks.len()];
        format!("live/{}/{track}", stage.conference)
    }

    /// Opens the page of the track.
    async fn watch(&mut self, stage: &Stage, socket: &mut Socket) -> Result<()> {
        self.onair.clear();
        let topic = self.live_topic(stage);
        send(socket, &ClientFrame::Subscribe { topic, after: None }).await
    }

    /// Says something, or wanders on.
    async fn act(&mut self, stage: &Stage, socket: &mut Socket) -> Result<()> {
        if self.remaining == 0 {
            self.remaining = self.dice.between(STAY);
            let topic = self.live_topic(stage);
            send(socket, &ClientFrame::Unsubscribe { topic }).await?;
            self.open_chat(None, stage, socket).await?;
            self.track += 1;
            return self.watch(stage, socket).await;
        }
        let Some(OnAir {
            talk: Some(talk),
            title,
            ..
        }) = self.now_on(stage).cloned()
        else {
            self.remaining = 0;
            return Ok(());
        };
        self.open_chat(Some(&talk), stage, socket).await?;
        let session = stage.sessions.get(&title).map(String::as_str);
        let Some(text) = stage.line(session, &self.person, &mut self.dice) else {
            return Ok(());
        };
        self.remaining -= 1;
        self.commands += 1;
        let nonce = format!("{:016x}", self.dice.next());
        let args = json!({"conf": stage.conference, "talk": talk, "text": text, "nonce": nonce});
        let (id, name) = (format!("c{}", self.commands), "chat.post".to_owned());
        send(socket, &ClientFrame::Command { id, name, args }).await
    }

    fn now_on(&self, stage: &Stage) -> Option<&OnAir> {
        let now = stage.clock.now();
        self.onair.iter().rev().find(|entry| entry.at <= now)
    }

    /// Reads the chat of a talk, and no other.
    async fn open_chat(
        &mut self,
        talk: Option<&str>,
        stage: &Stage,
        socket: &mut Socket,
    ) -> Result<()> {
        let wanted = talk.map(|talk| format!("chat/{}/{talk}", stage.conference));
        if wanted == self.chat {
            return Ok(());
        }
        if let Some(topic) = self.chat.take() {
            send(socket, &ClientFrame::Unsubscribe { topic }).await?;
        }
        if let Some(topic) = wanted {
            self.chat = Some(topic.clone());
            send(socket, &ClientFrame::Subscribe { topic, after: None }).await?;
        }
        Ok(())
    }

    async fn hear(&mut self, stage: &Stage, text: &str, socket: &mut Socket) -> Result<()> {
        let live = self.live_topic(stage);
        match serde_json::from_str(text)? {
            ServerFrame::Snapshot { topic, data, .. } if topic == live => self.learn(&data),
            ServerFrame::Delta { topic, events, .. } if topic == live => {
                for event in events.iter().filter(|event| event["kind"] == "descriptor") {
                    self.learn(event);
                }
            }
            ServerFrame::Refused {
                topic: Some(topic),
                problem,
            } if topic == live => {
                bail!("{topic}: {}", problem.code);
            }
            ServerFrame::Reconnect { after_ms } => {
                sleep(Duration::from_millis(after_ms.min(10_000))).await;
                return Err(anyhow!("the server asked to come back"));
            }
            _ => return Ok(()),
        }
        let talk = self.now_on(stage).and_then(|entry| entry.talk.clone());
        self.open_chat(talk.as_deref(), stage, socket).await
    }

    fn learn(&mut self, descriptor: &Value) {
        if let Ok(onair) = Vec::deserialize(&descriptor["onair"]) {
            self.onair = onair;
        }
    }
}

async fn send(socket: &mut Socket, frame: &ClientFrame) -> Result<()> {
    let text = serde_json::to_string(frame)?;
    Ok(timeout(PATIENCE, socket.send(Message::text(text))).await??)
}

/// Signs in by the demo's link; the cookie to come back with.
async fn sign_in(authority: &str, name: &str) -> Result<String> {
    let name = name
        .bytes()
        .fold(String::new(), |name, byte| format!("{name}%{byte:02X}"));
    let answer = super::get(authority, &format!("/demo/sign-in?as=attendee&name={name}")).await?;
    let header = |wanted: &str| {
        let lines = answer.lines().take_while(|line| !line.is_empty());
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim())
    };
    ensure!(
        header(LOCATION.as_str()).is_some(),
        "no sign-in: {:?}",
        answer.lines().next()
    );
    let cookie = header(SET_COOKIE.as_str()).context("sign-in gave no cookie")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// Enough chance for small talk (xorshift).
struct Dice(u64);

impl Dice {
    fn new(index: usize) -> Self {
        use std::hash::{BuildHasher as _, RandomState};
        // Never zero: it would stay there.
        Self(RandomState::new().hash_one(index) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn between(&mut self, (least, most): (u64, u64)) -> u64 {
        least + self.next() % (most - least + 1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.next() % items.len().max(1) as u64).ok()?;
        items.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage() -> Arc<Stage> {
        let cast = Cast::read().expect("the cast is sound");
        cast.enter(
            "127.0.0.1:1".into(),
            "c".into(),
            vec!["a".into()],
            BTreeMap::new(),
            Clock::system(),
        )
    }

    #[test]
    fn everybody_has_something_to_say_about_every_session_and_nobody_repeats_it() {
        let (stage, mut dice) = (stage(), Dice::new(0));
        assert!((6..=12).contains(&stage.len()));
        for session in stage.cast.lines.keys() {
            for person in &stage.cast.people {
                let before: Vec<String> =
                    stage.said.lock().expect("lock").iter().cloned().collect();
                let line = stage.line(Some(session), person, &mut dice);
                let line = line.unwrap_or_else(|| panic!("{} is silent in {session}", person.name));
                assert!(!before.contains(&line));
            }
        }
    }

    #[test]
    fn every_session_of_the_plan_has_lines() {
        let (stage, plan) = (
            stage(),
            super::super::plan::Plan::read().expect("the plan is sound"),
        );
        let missing: Vec<_> = plan
            .titles()
            .into_values()
            .filter(|id| !stage.cast.lines.contains_key(*id))
            .filter(|id| !id.starts_with("break-") && !id.starts_with("lunch-"))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
