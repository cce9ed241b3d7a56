//! The hub: who publishes what to whom.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use kernel::{Clock, Error, Result};
use platform::Tasks;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bucket::Bucket;
use crate::channel::Channel;
use crate::frame::Problem;
use crate::limits::{COMMAND_MAX, CROWD_TICK, LINGER, Limits, TICK};
use crate::metrics::Metrics;
use crate::registry::{Farewell, Full, Line, Place, Registry};
use crate::session::Session;
use crate::topic::{Command, Topic, is_name};

/// Whoever is connected: anything that can be handed around.
pub trait Who: Clone + Send + Sync + 'static {}
impl<T: Clone + Send + Sync + 'static> Who for T {}

/// Puts an error into the words of whoever asked, and logs what is a fault of ours.
pub(crate) type Explain<W> = Arc<dyn Fn(&W, &Error) -> Problem + Send + Sync>;

/// What the hub is told by who composes the product.
pub struct Settings<W> {
    /// The clock that `hello` tells.
    pub clock: Clock,
    /// Who runs connections and commands.
    pub tasks: Tasks,
    /// How far clients may go.
    pub limits: Limits,
    /// Puts an error into the words of whoever asked, and logs it if it is a fault of ours.
    pub explain: Explain<W>,
}

impl<W> Settings<W> {
    /// Default limits and problems without sentences.
    pub fn plain(clock: Clock, tasks: Tasks) -> Self {
        Self {
            clock,
            tasks,
            limits: Limits::default(),
            explain: Arc::new(|_, error| Problem::plain(error)),
        }
    }
}

/// The hub; cloning shares it.
pub struct Hub<W>(pub(crate) Arc<Shared<W>>);

impl<W> Clone for Hub<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

pub(crate) struct Shared<W> {
    pub(crate) settings: Settings<W>,
    pub(crate) metrics: Metrics,
    pub(crate) registry: Arc<Registry<W>>,
    /// Connections and commands under way.
    under_way: TaskTracker,
    topics: RwLock<Vec<Family<W>>>,
    commands: RwLock<HashMap<&'static str, Arc<dyn Command<W>>>>,
    channels: Mutex<Channels<W>>,
    agenda: Mutex<Agenda<W>>,
    agenda_changed: Notify,
    posts: Mutex<HashMap<IpAddr, Bucket>>,
    /// How often rights to read were put in question.
    pub(crate) reviews: AtomicU64,
}

/// A prefix, and what serves the topics under it.
type Family<W> = (&'static str, Arc<dyn Topic<W>>);

struct Channels<W> {
    by_name: HashMap<Arc<str>, Arc<Channel<W>>>,
    /// Those that nobody held for a moment, and since when.
    abandoned: VecDeque<(Instant, Arc<str>)>,
}

/// What the next turn has to do.
struct Agenda<W> {
    ticks: Vec<Arc<Channel<W>>>,
    ticked: Option<Instant>,
    crowds: Vec<Arc<Channel<W>>>,
    told: Option<Instant>,
}

/// Keeps a channel; with a member's id, also its place among the members.
pub(crate) struct Hold<W> {
    shared: Arc<Shared<W>>,
    pub(crate) channel: Arc<Channel<W>>,
    member: Option<u64>,
}

/// The largest number of addresses whose rate of POSTs is remembered.
const POSTERS_MAX: usize = 10_000;

impl<W: Who> Hub<W> {
    /// A hub without topics.
    pub fn new(settings: Settings<W>) -> Self {
        Self(Arc::new(Shared {
            settings,
            metrics: Metrics::default(),
            registry: Arc::new(Registry::new()),
            under_way: TaskTracker::new(),
            topics: RwLock::default(),
            commands: RwLock::default(),
            channels: Mutex::new(Channels {
                by_name: HashMap::new(),
                abandoned: VecDeque::new(),
            }),
            agenda: Mutex::new(Agenda {
                ticks: Vec::new(),
                ticked: None,
                crowds: Vec::new(),
                told: None,
            }),
            agenda_changed: Notify::new(),
            posts: Mutex::default(),
            reviews: AtomicU64::new(0),
        }))
    }

    /// Serves all topics whose names begin with `prefix`.
    pub fn register(&self, prefix: &'static str, topic: Arc<dyn Topic<W>>) {
        let mut topics = self
            .0
            .topics
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        topics.push((prefix, topic));
    }

    /// Serves the command `name`.
    pub fn command(&self, name: &'static str, command: impl Command<W> + 'static) {
        let mut commands = self
            .0
            .commands
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        commands.insert(name, Arc::new(command));
    }

    /// What it serves: prefixes of topics, and names of commands.
    pub fn vocabulary(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let topics = self.0.topics.read().unwrap_or_else(PoisonError::into_inner);
        let prefixes = topics.iter().map(|(prefix, _)| *prefix).collect();
        let commands = self
            .0
            .commands
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        (prefixes, commands.keys().copied().collect())
    }

    /// Tells an event to the readers of `topic`, every one, in order. Nothing happens if there are none.
    pub fn publish(&self, topic: &str, event: &impl Serialize) {
        self.0.publish(topic, None, event);
    }

    /// The same for an event of which only the latest counts: within a tick it replaces the one before
    /// with the same `key`.
    pub fn state(&self, topic: &str, key: &str, event: &impl Serialize) {
        self.0.publish(topic, Some(key), event);
    }

    /// Has all topics that begin with `prefix` loaded anew: their readers get a snapshot.
    pub fn refresh(&self, prefix: &str) {
        for channel in self.0.channels_under(prefix) {
            channel
                .refresh()
                .iter()
                .for_each(|line| line.wake.notify_one());
        }
    }

    /// Has everybody who reads a topic that begins with `prefix` asked again whether they may.
    pub fn review(&self, prefix: &str) {
        let review = self.0.reviews.fetch_add(1, Ordering::SeqCst) + 1;
        for channel in self.0.channels_under(prefix) {
            channel
                .review(review)
                .iter()
                .for_each(|line| line.wake.notify_one());
        }
    }

    /// How many connections read `topic`.
    pub fn subscribers(&self, topic: &str) -> usize {
        self.0.find(topic).map_or(0, |channel| channel.members())
    }

    /// Names of the topics under `prefix` that somebody reads, or read a moment ago.
    pub fn topics(&self, prefix: &str) -> Vec<Arc<str>> {
        let channels = self.0.channels_under(prefix);
        channels
            .iter()
            .map(|channel| channel.name.clone())
            .collect()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.0.registry.len()
    }

    /// Throws out everybody whom `condemned` names, such as a revoked session. Returns how many.
    pub fn close_where(&self, condemned: impl Fn(&W) -> bool) -> usize {
        let mut closed = 0;
        for line in self.0.registry.lines() {
            if condemned(&line.who) {
                line.end(Farewell::Ended);
                closed += 1;
            }
        }
        closed
    }

    /// A connection without a socket, for whatever else can carry frames.
    pub fn session(&self, who: W, peer: IpAddr) -> Result<Session<W>> {
        match self.0.enter(who, peer) {
            Ok(place) => Ok(Session::new(self.0.clone(), place)),
            Err(full) => Err(full.error()),
        }
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Lets nobody in any more, tells everybody to come back at some moment within `spread`, and waits until
    /// all are gone and all commands are done, for at most `patience`. Returns whether they are.
    pub async fn drain(&self, spread: Duration, patience: Duration) -> bool {
        let lines = self.0.registry.shut();
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX).max(1);
        // Evenly over the time instead of at random: no moment gets more than its share.
        for (i, line) in (0_u32..).zip(&lines) {
            line.end(Farewell::Reconnect {
                after: spread * i / count + spread / count / 2,
            });
        }
        self.0.under_way.close();
        tokio::time::timeout(patience, self.0.under_way.wait())
            .await
            .is_ok()
    }

    /// Delivers, tick by tick, until `stop`. To be run by exactly one task.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            let due = self.0.turn(Instant::now());
            let until_due = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.agenda_changed.notified() => {}
                () = until_due => {}
            }
        }
    }
}

impl<W> Shared<W> {
    fn channels(&self) -> MutexGuard<'_, Channels<W>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda<W>> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, topic: &str) -> Option<Arc<Channel<W>>> {
        self.channels().by_name.get(topic).cloned()
    }

    fn channels_under(&self, prefix: &str) -> Vec<Arc<Channel<W>>> {
        let channels = self.channels();
        let under = channels
            .by_name
            .iter()
            .filter(|(name, _)| name.starts_with(prefix));
        under.map(|(_, channel)| channel.clone()).collect()
    }

    fn publish(&self, topic: &str, latest: Option<&str>, event: &impl Serialize) {
        let Some(channel) = self.find(topic) else {
            return;
        };
        let event = match serde_json::to_value(event) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(%topic, %error, "an event for {topic} cannot be written as JSON");
                return;
            }
        };
        if channel.publish(latest, event) {
            self.plan_tick(&channel);
        }
    }

    fn plan_tick(&self, channel: &Arc<Channel<W>>) {
        self.agenda().ticks.push(channel.clone());
        self.agenda_changed.notify_one();
    }

    fn plan_crowd(&self, channel: &Arc<Channel<W>>) {
        self.agenda().crowds.push(channel.clone());
        self.agenda_changed.notify_one();
    }

    /// Does what is due, and says when the next thing will be. What comes after a pause is due at once;
    /// what comes soon after the last tick waits for the next.
    pub(crate) fn turn(&self, now: Instant) -> Option<Instant> {
        let (ticks, crowds) = {
            let mut agenda = self.agenda();
            let agenda = &mut *agenda;
            (
                take_due(&mut agenda.ticks, &mut agenda.ticked, TICK, now),
                take_due(&mut agenda.crowds, &mut agenda.told, CROWD_TICK, now),
            )
        };
        for channel in ticks {
            channel
                .flush()
                .iter()
                .for_each(|line| line.wake.notify_one());
        }
        for channel in crowds {
            channel.tell_crowd();
        }
        let agenda = self.agenda();
        let next_tick = due_at(&agenda.ticks, agenda.ticked, TICK, now);
        let next_crowd = due_at(&agenda.crowds, agenda.told, CROWD_TICK, now);
        next_tick.into_iter().chain(next_crowd).min()
    }

    /// The family that serves `topic`.
    pub(crate) fn family(&self, topic: &str) -> Result<Arc<dyn Topic<W>>> {
        if !is_name(topic) {
            return Err(Error::NotFound("topic"));
        }
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        let family = topics.iter().find(|(prefix, _)| topic.starts_with(prefix));
        family
            .map(|(_, family)| family.clone())
            .ok_or(Error::NotFound("topic"))
    }

    /// Keeps the channel of `topic`, which is made if there is none.
    pub(crate) fn hold(
        self: &Arc<Self>,
        topic: &str,
        family: &Arc<dyn Topic<W>>,
    ) -> Result<Hold<W>> {
        let mut channels = self.channels();
        channels.sweep(Instant::now());
        let known = channels.by_name.get(topic).cloned();
        let channel = if let Some(channel) = known {
            channel
        } else {
            if channels.by_name.len() >= self.settings.limits.topics_max {
                return Err(Error::Unavailable("topic"));
            }
            let name: Arc<str> = topic.into();
            let review = self.reviews.load(Ordering::SeqCst);
            let channel = Arc::new(Channel::new(name.clone(), family.clone(), review));
            channels.by_name.insert(name, channel.clone());
            channel
        };
        // Under the lock of the map: nobody sweeps it away in between.
        channel.hold();
        self.metrics
            .topics
            .set(i64::try_from(channels.by_name.len()).unwrap_or(i64::MAX));
        Ok(Hold {
            shared: self.clone(),
            channel,
            member: None,
        })
    }

    /// Loads the channel's state if nobody has yet.
    pub(crate) async fn ready(&self, channel: &Arc<Channel<W>>) -> Result<()> {
        if channel.ready().await? {
            // Ticks that came while it loaded found nothing to fold into.
            self.plan_tick(channel);
        }
        Ok(())
    }

    /// Lets one more connection in.
    pub(crate) fn enter(&self, who: W, peer: IpAddr) -> Result<Place<W>, Full> {
        let place = self.registry.enter(who, peer, &self.settings.limits);
        if place.is_err() {
            self.metrics.turned_away.inc();
        }
        place
    }

    /// Whether `peer` may POST one more command.
    pub(crate) fn may_post(&self, peer: IpAddr) -> Result<()> {
        let rate = self.settings.limits.posts_per_second;
        let now = Instant::now();
        let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        if posts.len() >= POSTERS_MAX {
            posts.retain(|_, bucket| !bucket.is_full(rate, rate * 2, now));
        }
        if posts.len() >= POSTERS_MAX {
            return Err(Error::TooMany {
                retry_after: Duration::from_secs(1),
            });
        }
        let peer = crate::registry::neighbourhood(peer);
        let bucket = posts
            .entry(peer)
            .or_insert_with(|| Bucket::full(rate * 2, now));
        bucket
            .take(rate, rate * 2, now)
            .map_err(|retry_after| Error::TooMany { retry_after })
    }
}

impl<W: Who> Shared<W> {
    /// Runs a command to its end, even if nobody waits for it any more: what has been committed must
    /// also be announced.
    pub(crate) async fn run_command(
        self: Arc<Self>,
        who: W,
        name: &str,
        args: Value,
    ) -> Result<Value> {
        let command = {
            let commands = self.commands.read().unwrap_or_else(PoisonError::into_inner);
            commands
                .get(name)
                .cloned()
                .ok_or(Error::NotFound("command"))?
        };
        self.metrics.commands.inc();
        let (tell, told) = tokio::sync::oneshot::channel();
        self.spawn("realtime-command", async move {
            let result = tokio::time::timeout(COMMAND_MAX, command.run(who, args)).await;
            // An error only says that nobody waits any more.
            let _ = tell.send(result.unwrap_or(Err(Error::Unavailable("command"))));
        });
        told.await
            .unwrap_or_else(|_| Err(Error::internal("a command panicked")))
    }

    /// Runs something that a drain waits for.
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        self.settings
            .tasks
            .spawn(name, self.under_way.track_future(future));
    }
}

impl<W> Channels<W> {
    /// Forgets what nobody held for long enough.
    fn sweep(&mut self, now: Instant) {
        let Some(before) = now.checked_sub(LINGER) else {
            return;
        };
        while let Some((since, name)) = self.abandoned.front() {
            if *since > before {
                return;
            }
            if self
                .by_name
                .get(name)
                .is_some_and(|channel| channel.is_abandoned(before))
            {
                self.by_name.remove(name);
            }
            self.abandoned.pop_front();
        }
    }
}

impl<W> Hold<W> {
    /// Makes `line` a member: it is woken by what is new and counts as present.
    pub(crate) fn enter(&mut self, line: &Arc<Line<W>>) {
        self.member = Some(line.id);
        self.shared.metrics.subscriptions.inc();
        if self.channel.enter(line) {
            self.shared.plan_crowd(&self.channel);
        }
    }
}

impl<W> Drop for Hold<W> {
    fn drop(&mut self) {
        if let Some(member) = self.member {
            self.shared.metrics.subscriptions.dec();
            if self.channel.leave(member) {
                self.shared.plan_crowd(&self.channel);
            }
        }
        let now = Instant::now();
        let mut channels = self.shared.channels();
        if self.channel.release(now) {
            channels
                .abandoned
                .push_back((now, self.channel.name.clone()));
        }
        channels.sweep(now);
        self.shared
            .metrics
            .topics
            .set(i64::try_from(channels.by_name.len()).unwrap_or(i64::MAX));
    }
}

fn take_due<T>(
    waiting: &mut Vec<T>,
    last: &mut Option<Instant>,
    every: Duration,
    now: Instant,
) -> Vec<T> {
    if waiting.is_empty() || last.is_some_and(|last| now < last + every) {
        return Vec::new();
    }
    *last = Some(now);
    std::mem::take(waiting)
}

fn due_at<T>(
    waiting: &[T],
    last: Option<Instant>,
    every: Duration,
    now: Instant,
) -> Option<Instant> {
    (!waiting.is_empty()).then(|| last.map_or(now, |last| last + every))
}
