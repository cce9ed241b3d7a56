//! The wall: what is wrong on every track, judged once a second in one place, so that all walls agree.
//!
//! Invariant: an alarm stands or falls by what the media path measured; people can only say that they take care of it.

pub(crate) mod history;
pub(crate) mod model;
mod topic;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use identity::{Broadcast, Conferences as _, Grant, audit};
use kernel::{Error, Result, Timestamp};
use media_core::alarm::{Alarm, Code, settle};
use media_core::{ChannelName, On, Seat};
use media_probe::Probes;
use program::{Programme, Track};
use serde_json::{Value, json};

use crate::actions::channel;
use crate::{Studio, limits, store};
use history::{News, Remembered};
use model::{Acknowledged, Key, Meter, Seen, Standing, found, severity, sort};

use crate::model::AlarmId;

pub(crate) use topic::register;

/// What stands on every channel.
#[derive(Default)]
pub(crate) struct Board {
    channels: Mutex<BTreeMap<ChannelName, Watched>>,
    on_air: Mutex<BTreeSet<ChannelName>>,
    probes: OnceLock<Probes>,
    /// What happened to alarms and is not written down yet, and what stood before the server did.
    news: Mutex<News>,
    remembered: Mutex<Remembered>,
}

#[derive(Default)]
struct Watched {
    standing: Vec<Alarm<Key>>,
    /// Those that rose, by the row that tells of them.
    rows: BTreeMap<Key, AlarmId>,
    acknowledged: BTreeMap<Key, Acknowledged>,
    on_air: bool,
    on: Option<On>,
}

impl Watched {
    fn shown(&self, name: &ChannelName) -> Vec<Standing> {
        let on = self.on.unwrap_or(On::Nothing);
        let raised = self.standing.iter().filter(|alarm| alarm.raised);
        raised
            .map(|alarm| Standing {
                track: split(name).1.to_owned(),
                code: alarm.key.code,
                severity: severity(alarm.key, self.on_air, on),
                seat: alarm.key.seat,
                since: alarm.since,
                acknowledged: self.acknowledged.get(&alarm.key).cloned(),
            })
            .collect()
    }
}

impl Board {
    fn channels(&self) -> MutexGuard<'_, BTreeMap<ChannelName, Watched>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_air(&self) -> MutexGuard<'_, BTreeSet<ChannelName>> {
        self.on_air.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the task.
pub(crate) fn start(studio: &Studio) {
    let own = studio.clone();
    let tasks = &studio.0.app.tasks;
    tasks.spawn_loop("wall", move || watch(own.clone()));
}

async fn watch(studio: Studio) {
    let stop = studio.0.app.tasks.token();
    let mut news = studio.0.app.bus.subscribe("");
    let mut every = tokio::time::interval(limits::JUDGE_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut again = tokio::time::interval(limits::ON_AIR_EVERY);
    again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            () = stop.cancelled() => break,
            _ = every.tick() => {
                let now = studio.0.app.clock.now();
                studio.remember_alarms(now).await;
                studio.judge(now);
                studio.write_alarms().await;
                false
            }
            _ = again.tick() => true,
            event = news.recv() => event.map_or(true, |event| {
                *event.topic == *onair::CHANGED || event.topic.starts_with("program.")
            }),
        };
        if asked && let Err(error) = studio.look_what_is_on_air().await {
            tracing::warn!(%error, "the wall does not know what is on air just now");
        }
    }
    studio.write_alarms().await;
}

impl Studio {
    /// Tells who looks and listens to channels, for the wall.
    pub fn probed_by(&self, probes: Probes) {
        let _only_once = self.0.board.probes.set(probes);
    }

    /// Finds out on which channels a talk is on air.
    async fn look_what_is_on_air(&self) -> Result<()> {
        let (app, programmes) = (&self.0.app, &self.0.programmes);
        let mut on_air = BTreeSet::new();
        for id in programmes.all(&app.db).await? {
            let Some(programme) = programmes.of(&app.db, &id).await? else {
                continue;
            };
            for now in onair::now_of_all(&app.db, &id).await? {
                let talk = now.talk.as_ref().and_then(|talk| programme.talk(talk));
                let track = programme.track(&now.track);
                if talk.is_some_and(|talk| !talk.is_break())
                    && let Some(name) = track.and_then(|track| channel(&programme, track))
                {
                    on_air.insert(name);
                }
            }
        }
        *self.0.board.on_air() = on_air;
        Ok(())
    }

    /// Judges every channel as of `now`, and tells those who look at a wall; done by itself once a second.
    pub fn judge(&self, now: Timestamp) {
        let on_air = self.0.board.on_air().clone();
        let mut names: BTreeSet<ChannelName> = self.0.channels.names().into_iter().collect();
        names.extend(on_air.iter().cloned());
        for name in &names {
            let status = self.0.channels.status(name).borrow().clone();
            let probe = self.probe(name);
            let seen = Seen {
                on_air: on_air.contains(name),
                status: &status,
                probe: &probe,
            };
            let mut channels = self.0.board.channels();
            let watched = channels.entry(name.clone()).or_default();
            (watched.on_air, watched.on) = (seen.on_air, Some(status.on));
            let standing = settle(&found(&seen), &watched.standing, now, Key::pace);
            log(name, &watched.standing, &standing, now);
            watched.standing = standing;
            self.0.board.turn(name, watched, now);
        }
        let mut channels = self.0.board.channels();
        channels.retain(|name, watched| {
            let stays = names.contains(name);
            if !stays {
                watched.standing.clear();
                self.0.board.turn(name, watched, now);
            }
            stays
        });
        drop(channels);
        self.0.board.forget_remembered(now);
        self.say_walls();
    }

    fn say_walls(&self) {
        for topic in self.0.hub.topics("wall/") {
            let Some(conference) = topic.strip_prefix("wall/") else {
                continue;
            };
            if self.0.hub.subscribers(&topic) == 0 {
                continue;
            }
            let alarms = self.standing_of(conference);
            let event = json!({ "kind": "alarms", "alarms": alarms, "probes": self.probing() });
            self.0.hub.state(&topic, "alarms", &event);
            for name in self.0.channels.names() {
                if let (of, track) = split(&name)
                    && of == conference
                {
                    let mut event = json!(self.meter(&name, track));
                    event["kind"] = "meter".into();
                    self.0.hub.state(&topic, track, &event);
                }
            }
        }
    }

    pub(crate) fn meter(&self, name: &ChannelName, track: &str) -> Meter {
        let status = self.0.channels.status(name).borrow().clone();
        Meter::of(track, &status, self.probe(name))
    }

    fn probe(&self, name: &ChannelName) -> media_probe::Report {
        let probes = self.0.board.probes.get();
        probes.map(|probes| probes.report(name)).unwrap_or_default()
    }

    /// Whether channels are probed at all: `off`, `asking`, `missing` or `ready`.
    pub(crate) fn probing(&self) -> &'static str {
        let probes = self.0.board.probes.get();
        probes.map_or("off", |probes| probes.ability().as_str())
    }

    /// Everything that stands on a conference's tracks, the worst first.
    pub(crate) fn standing_of(&self, conference: &str) -> Vec<Standing> {
        let channels = self.0.board.channels();
        let own = channels
            .iter()
            .filter(|(name, _)| split(name).0 == conference);
        let mut standing: Vec<Standing> = own.flat_map(|(name, seen)| seen.shown(name)).collect();
        sort(&mut standing);
        standing
    }

    /// What a wall begins with.
    pub(crate) async fn wall(&self, programme: &Programme) -> Result<Value> {
        let tracks = programme.tracks.iter();
        let named = tracks.filter_map(|track| Some((channel(programme, track)?, &track.slug)));
        let meters = named.map(|(name, slug)| (slug.clone(), json!(self.meter(&name, slug))));
        let meters: serde_json::Map<String, Value> = meters.collect();
        let history = self.history(programme, None, None, limits::HISTORY_SHOWN);
        Ok(json!({
            "alarms": self.standing_of(&programme.conference.slug),
            "probes": self.probing(),
            "meters": meters,
            "history": history.await?,
        }))
    }

    /// Everything that stands anywhere, for metrics: conference, and what stands there.
    pub fn alarms(&self) -> Vec<(String, Standing)> {
        let channels = self.0.board.channels();
        let all = channels.iter().flat_map(|(name, seen)| {
            let conference = split(name).0.to_owned();
            let shown = seen.shown(name).into_iter();
            shown.map(move |standing| (conference.clone(), standing))
        });
        all.collect()
    }

    /// Somebody takes care of an alarm: it stays until it falls, and every wall says who.
    pub async fn acknowledge(
        &self,
        programme: &Programme,
        track: &Track,
        key: Key,
        grant: &Grant<Broadcast>,
    ) -> Result<()> {
        if *grant.conference() != programme.conference.id {
            return Err(Error::NotFound("track"));
        }
        let name = channel(programme, track).ok_or(Error::NotFound("track"))?;
        let stands = || {
            let channels = self.0.board.channels();
            let watched = channels.get(&name)?;
            let mut standing = raised(&watched.standing);
            let alarm = standing.find(|alarm| alarm.key == key)?;
            Some((alarm.since, watched.rows.get(&key)?.clone()))
        };
        let (since, row) = stands().ok_or_else(|| Error::conflict("studio-wall-over"))?;
        // What is taken care of has to be written down first.
        self.write_alarms().await;
        let mut tx = self.0.app.db.begin().await?;
        let what = json!({ "alarm": key.code, "input": key.seat, "since": since });
        audit::record(
            &mut tx,
            grant,
            "alarm.acknowledge",
            track.id.as_str(),
            &(),
            &what,
        )
        .await?;
        let who = (grant.account(), grant.name());
        store::alarms::acknowledge(&mut tx, &row, who, grant.at()).await?;
        tx.commit().await?;
        let acknowledged = Acknowledged {
            name: grant.name().to_owned(),
            at: grant.at(),
        };
        if let Some(watched) = self.0.board.channels().get_mut(&name) {
            // The first who says it is the one.
            watched.acknowledged.entry(key).or_insert(acknowledged);
        }
        self.say_walls();
        self.say_history(&programme.conference.slug).await;
        Ok(())
    }
}

/// Reads an alarm's name from outside.
pub(crate) fn key(code: &str, seat: Option<&str>) -> Result<Key> {
    let seat = match seat.filter(|seat| !seat.is_empty()) {
        Some(seat) => Some(Seat::parse(seat).ok_or(Error::NotFound("alarm"))?),
        None => None,
    };
    let code = Code::parse(code).ok_or(Error::NotFound("alarm"))?;
    Ok(Key { code, seat })
}

fn raised(standing: &[Alarm<Key>]) -> impl Iterator<Item = &Alarm<Key>> {
    standing.iter().filter(|alarm| alarm.raised)
}

/// One line for every alarm that rises or falls.
fn log(name: &ChannelName, before: &[Alarm<Key>], after: &[Alarm<Key>], now: Timestamp) {
    for alarm in raised(after).filter(|new| raised(before).all(|old| old.key != new.key)) {
        let Key { code, seat } = alarm.key;
        let seat = seat.map_or("", Seat::as_str);
        let severity = code.severity();
        tracing::info!(channel = %name, alarm = %code, %severity, seat, "{code} on {name}");
    }
    for alarm in raised(before).filter(|old| raised(after).all(|new| new.key != old.key)) {
        let lasted_s = now.duration_since(alarm.since).as_secs();
        let code = alarm.key.code;
        tracing::info!(channel = %name, alarm = %code, lasted_s, "{code} on {name} is over");
    }
}

/// Conference and track of a channel.
fn split(name: &ChannelName) -> (&str, &str) {
    name.as_str().split_once('/').unwrap_or(("", name.as_str()))
}
