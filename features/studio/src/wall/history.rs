//! What happened to alarms: when each rose, who took care of it, when it was over. Written down beside the judging, which
//! never waits for a database.
//!
//! Invariant: an alarm that stands has one row, also across a restart: what stood when the server went down and rises
//! again is the same alarm, and whoever took care of it still does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::PoisonError;

use kernel::{Result, Timestamp};
use media_core::alarm::{Code, Severity};
use media_core::{ChannelName, On, Seat};
use program::{Programme, Track};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{Acknowledged, Key, severity};
use super::{Board, Watched, raised, split};
use crate::actions::channel;
use crate::model::AlarmId;
use crate::store::alarms::AlarmRow;
use crate::{Studio, limits, store};

/// Something that happened to an alarm.
enum Turn {
    Raised {
        id: AlarmId,
        key: Key,
        severity: Severity,
        since: Timestamp,
    },
    Cleared {
        id: AlarmId,
    },
}

/// What waits to be written down, in the order in which it happened.
#[derive(Default)]
pub(super) struct News(VecDeque<(ChannelName, Timestamp, Turn)>);

/// Alarms that stood when the server went down.
#[derive(Default)]
pub(super) struct Remembered {
    /// Since when they are remembered; not at all before the database was asked.
    since: Option<Timestamp>,
    alarms: BTreeMap<(ChannelName, Key), (AlarmId, Timestamp, Option<Acknowledged>)>,
}

/// An alarm of the past, or one that stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PastAlarm {
    /// Its id; what was before it is asked for by this.
    #[schema(value_type = String)]
    pub id: AlarmId,
    /// Name of the track in addresses.
    pub track: String,
    /// What, by the word that the runbook has a section for.
    #[schema(value_type = String)]
    pub code: Code,
    /// How bad it was when it rose: `critical`, `warning` or `notice`.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// The input, where it was about one of them.
    #[schema(required, value_type = Option<String>)]
    pub seat: Option<Seat>,
    /// Since when its trouble lasted (RFC 3339).
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// When it rose.
    #[schema(value_type = String)]
    pub raised_at: Timestamp,
    /// Who took care of it.
    #[schema(required)]
    pub acknowledged: Option<Acknowledged>,
    /// When it was over; null while it stands.
    #[schema(required, value_type = Option<String>)]
    pub cleared_at: Option<Timestamp>,
}

impl Board {
    fn news(&self) -> std::sync::MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what rose and what fell on a channel.
    pub(super) fn turn(&self, name: &ChannelName, watched: &mut Watched, now: Timestamp) {
        let on = watched.on.unwrap_or(On::Nothing);
        let stands: Vec<(Key, Timestamp)> = raised(&watched.standing)
            .map(|alarm| (alarm.key, alarm.since))
            .collect();
        for (key, since) in &stands {
            if watched.rows.contains_key(key) {
                continue;
            }
            let before = self.remembered().alarms.remove(&(name.clone(), *key));
            if let Some((id, since, acknowledged)) = before {
                watched.rows.insert(*key, id);
                watched
                    .acknowledged
                    .extend(acknowledged.map(|by| (*key, by)));
                let again = watched.standing.iter_mut().find(|alarm| alarm.key == *key);
                if let Some(alarm) = again {
                    alarm.since = since;
                }
                continue;
            }
            let id = AlarmId::fresh();
            watched.rows.insert(*key, id.clone());
            let turn = Turn::Raised {
                id,
                key: *key,
                severity: severity(*key, watched.on_air, on),
                since: *since,
            };
            self.news().add(name, now, turn);
        }
        let is_over = |key: &Key| stands.iter().all(|(stands, _)| stands != key);
        watched.acknowledged.retain(|key, _| !is_over(key));
        watched.rows.retain(|key, id| {
            let over = is_over(key);
            if over {
                self.news().add(name, now, Turn::Cleared { id: id.clone() });
            }
            !over
        });
    }

    /// What did not rise again for a while after a restart is over.
    pub(super) fn forget_remembered(&self, now: Timestamp) {
        let mut remembered = self.remembered();
        let lasted = remembered
            .since
            .map(|since| now.duration_since(since).unsigned_abs());
        if lasted.is_none_or(|lasted| lasted < limits::ALARM_REMEMBERED) {
            return;
        }
        for ((name, _), (id, _, _)) in std::mem::take(&mut remembered.alarms) {
            self.news().add(&name, now, Turn::Cleared { id });
        }
    }
}

impl News {
    fn add(&mut self, name: &ChannelName, at: Timestamp, turn: Turn) {
        if self.0.len() >= limits::ALARM_NEWS_MAX {
            tracing::error!("the history of alarms has a gap: the database has been away too long");
            self.0.pop_front();
        }
        self.0.push_back((name.clone(), at, turn));
    }
}

impl Studio {
    /// After a start: what stood before is remembered; done by itself.
    pub async fn remember_alarms(&self, now: Timestamp) {
        if self.0.board.remembered().since.is_some() {
            return;
        }
        match self.alarms_before().await {
            Ok(mut alarms) => {
                // The database may have been away while the first of this start rose.
                let channels = self.0.board.channels();
                let ours: Vec<&AlarmId> = channels
                    .values()
                    .flat_map(|one| one.rows.values())
                    .collect();
                alarms.retain(|_, (id, _, _)| !ours.contains(&&*id));
                drop(channels);
                let mut remembered = self.0.board.remembered();
                (remembered.since, remembered.alarms) = (Some(now), alarms);
            }
            Err(error) => {
                tracing::warn!(%error, "the wall does not know what stood before the start");
            }
        }
    }

    async fn alarms_before(
        &self,
    ) -> Result<BTreeMap<(ChannelName, Key), (AlarmId, Timestamp, Option<Acknowledged>)>> {
        let app = &self.0.app;
        let mut alarms = BTreeMap::new();
        for row in store::alarms::open(&app.db).await? {
            let programme = self.0.programmes.of(&app.db, &row.conference).await?;
            let Some(programme) = programme else { continue };
            let name = programme
                .track(&row.track)
                .and_then(|track| channel(&programme, track));
            let Some(name) = name else { continue };
            let key = Key {
                code: row.code,
                seat: row.seat,
            };
            let acknowledged = taken(&row);
            alarms.insert((name, key), (row.id, row.since, acknowledged));
        }
        Ok(alarms)
    }

    /// Writes down what happened to alarms; done by itself once a second. What cannot be written waits.
    pub async fn write_alarms(&self) {
        let mut told = std::collections::BTreeSet::new();
        loop {
            let Some((name, at, turn)) = self.0.board.news().0.pop_front() else {
                break;
            };
            if let Err(error) = self.write_turn(&name, at, &turn).await {
                tracing::warn!(%error, "what happened to alarms cannot be written down just now");
                self.0.board.news().0.push_front((name, at, turn));
                break;
            }
            told.insert(split(&name).0.to_owned());
        }
        for conference in told {
            self.say_history(&conference).await;
        }
    }

    async fn write_turn(&self, name: &ChannelName, at: Timestamp, turn: &Turn) -> Result<()> {
        let db = &self.0.app.db;
        let mut tx = db.begin().await?;
        match turn {
            Turn::Cleared { id } => store::alarms::clear(&mut tx, id, at).await?,
            Turn::Raised {
                id,
                key,
                severity,
                since,
            } => {
                let (conference, track) = split(name);
                // A channel that belongs to no track any more has no history.
                let Some(programme) = self.0.programmes.named(db, conference).await? else {
                    return Ok(());
                };
                let Some(track) = programme.track_named(track) else {
                    return Ok(());
                };
                let row = AlarmRow {
                    id: id.clone(),
                    conference: programme.conference.id.clone(),
                    track: track.id.clone(),
                    code: key.code,
                    seat: key.seat,
                    severity: *severity,
                    since: *since,
                    raised_at: at,
                    acknowledged_at: None,
                    acknowledged_by: None,
                    cleared_at: None,
                };
                store::alarms::raise(&mut tx, &row).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells those who look at a wall what happened.
    pub(super) async fn say_history(&self, conference: &str) {
        let topic = format!("wall/{conference}");
        if self.0.hub.subscribers(&topic) == 0 {
            return;
        }
        let told = async {
            let programme = self.named(conference).await?;
            let shown = limits::HISTORY_SHOWN;
            self.history(&programme, None, None, shown).await
        };
        match told.await {
            Ok(history) => {
                let event = json!({ "kind": "history", "history": history });
                self.0.hub.state(&topic, "history", &event);
            }
            Err(error) => tracing::warn!(%error, "the history of alarms cannot be told just now"),
        }
    }

    /// Alarms of a conference, or of one of its tracks, before one of them: the newest first.
    pub(crate) async fn history(
        &self,
        programme: &Programme,
        track: Option<&Track>,
        before: Option<&str>,
        count: i64,
    ) -> Result<Vec<PastAlarm>> {
        let (db, conference) = (&self.0.app.db, &programme.conference.id);
        let before = before.unwrap_or(store::NEWEST);
        let rows = match track {
            Some(track) => {
                store::alarms::of_track(db, conference, &track.id, before, count).await?
            }
            None => store::alarms::of_conference(db, conference, before, count).await?,
        };
        let past = |row: AlarmRow| {
            let acknowledged = taken(&row);
            Some(PastAlarm {
                track: programme.track(&row.track)?.slug.clone(),
                id: row.id,
                code: row.code,
                severity: row.severity,
                seat: row.seat,
                since: row.since,
                raised_at: row.raised_at,
                acknowledged,
                cleared_at: row.cleared_at,
            })
        };
        Ok(rows.into_iter().filter_map(past).collect())
    }
}

fn taken(row: &AlarmRow) -> Option<Acknowledged> {
    Some(Acknowledged {
        name: row.acknowledged_by.clone()?,
        at: row.acknowledged_at?,
    })
}

#[cfg(test)]
mod tests {
    use kernel::Clock;

    use super::*;

    #[test]
    fn what_waits_for_the_database_is_bounded_and_the_oldest_goes() {
        let (mut news, now) = (News::default(), Clock::system().now());
        let name = ChannelName::parse("ours/a").unwrap();
        let first = AlarmId::fresh();
        news.add(&name, now, Turn::Cleared { id: first.clone() });
        for _ in 0..limits::ALARM_NEWS_MAX {
            let id = AlarmId::fresh();
            news.add(&name, now, Turn::Cleared { id });
        }
        assert_eq!(news.0.len(), limits::ALARM_NEWS_MAX);
        let is_first = |turn: &Turn| matches!(turn, Turn::Cleared { id } if *id == first);
        assert!(!news.0.iter().any(|(_, _, turn)| is_first(turn)));
    }
}
