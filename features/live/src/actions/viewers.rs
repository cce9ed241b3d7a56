//! What viewers got: reports are taken into memory, told as metrics, and written as one line per session every
//! few seconds. A report is no promise: what was not yet written is lost with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use identity::ConferenceId;
use kernel::{Error, Result, Timestamp};
use program::{Programme, Track, TrackId};
use realtime::Bucket;
use serde_json::Value;
use tokio::time::Instant;
use web::Cx;

use crate::metrics::{Fate, Gain, Metrics, Place};
use crate::model::report::{Check, Doing, Plight, Report, browser_of};
use crate::store::viewers as store;
use crate::{Live, limits};

/// Whose sessions these are: conference, code, track, account (empty for nobody in particular).
type Key = (ConferenceId, String, TrackId, String);

/// The viewers who report.
pub(crate) struct Viewers {
    sessions: Mutex<HashMap<Key, Session>>,
    /// Senders of reports by HTTP, by their network address.
    senders: Mutex<HashMap<std::net::IpAddr, Bucket>>,
    pub(crate) metrics: Metrics,
    /// Places whose crowd was told last.
    told: Mutex<Vec<Place>>,
}

/// A session on a track.
struct Session {
    place: Place,
    began_at: Timestamp,
    seen_at: Timestamp,
    browser: String,
    last: Report,
    errors: u32,
    last_error: Option<String>,
    /// The last check, which is not part of every report.
    check: Option<Check>,
    plight: Plight,
    bucket: Bucket,
    /// Not written yet as it is.
    is_new: bool,
}

/// A session as the team sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) row: store::Session,
    pub(crate) score: u32,
    pub(crate) recent_stalled_ms: u32,
}

/// How a track's viewers fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fare {
    pub(crate) reporting: usize,
    pub(crate) troubled: usize,
}

impl Viewers {
    pub(crate) fn new() -> Self {
        Self {
            sessions: Mutex::default(),
            senders: Mutex::default(),
            metrics: Metrics::default(),
            told: Mutex::default(),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one from what a network address may send by HTTP.
    pub(crate) fn may_send(&self, peer: std::net::IpAddr) -> Result<()> {
        let (rate, burst) = (limits::REPORTS_PER_PEER, limits::REPORTS_PER_PEER_BURST);
        let now = Instant::now();
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.len() >= limits::REPORT_PEERS_MAX {
            senders.retain(|_, bucket| !bucket.is_full(rate, burst, now));
        }
        if senders.len() >= limits::REPORT_PEERS_MAX && !senders.contains_key(&peer) {
            let retry_after = std::time::Duration::from_secs(30);
            return Err(Error::TooMany { retry_after });
        }
        let bucket = senders
            .entry(peer)
            .or_insert_with(|| Bucket::full(burst, now));
        bucket
            .take(rate, burst, now)
            .map_err(|retry_after| Error::TooMany { retry_after })
    }

    fn take(
        &self,
        key: Key,
        place: Place,
        browser: &str,
        at: Timestamp,
        report: Report,
    ) -> Result<()> {
        let mut sessions = self.sessions();
        if !sessions.contains_key(&key) {
            make_room(&mut sessions, at)?;
        }
        let (rate, burst, now) = (
            limits::REPORTS_PER_SECOND,
            limits::REPORTS_BURST,
            Instant::now(),
        );
        let code = key.1.clone();
        let session = sessions.entry(key).or_insert_with(|| Session {
            place,
            began_at: at,
            seen_at: at,
            browser: browser_of(browser),
            last: Report::default(),
            errors: 0,
            last_error: None,
            check: None,
            plight: Plight::default(),
            bucket: Bucket::full(burst, now),
            is_new: true,
        });
        if let Err(retry_after) = session.bucket.take(rate, burst, now) {
            self.metrics.report(Fate::TooFast);
            return Err(Error::TooMany { retry_after });
        }
        // A browser numbers its reports from one.
        if report.sn <= session.last.sn {
            self.metrics.report(Fate::Stale);
            return Ok(());
        }
        let gain = session.follow(at, report);
        self.metrics.report(Fate::Taken);
        self.metrics.gain(&session.place, &code, &gain);
        Ok(())
    }

    /// How the viewers of a track fare.
    pub(crate) fn fare(&self, conference: &ConferenceId, track: &TrackId, now: Timestamp) -> Fare {
        let sessions = self.sessions();
        let here = sessions.iter().filter(|((own, _, on, _), session)| {
            own == conference && on == track && session.is_there(now)
        });
        here.fold(Fare::default(), |fare, (_, session)| Fare {
            reporting: fare.reporting + 1,
            troubled: fare.troubled + usize::from(session.plight.is_trouble()),
        })
    }

    /// Who has it worst in a conference, the worst first; nobody who is fine.
    pub(crate) fn worst(
        &self,
        conference: &ConferenceId,
        now: Timestamp,
        count: usize,
    ) -> Vec<Seen> {
        let sessions = self.sessions();
        let mut seen: Vec<Seen> = sessions
            .iter()
            .filter(|((own, ..), session)| own == conference && session.is_there(now))
            .filter(|(_, session)| session.plight.score() > 0)
            .map(|(key, session)| session.seen(key))
            .collect();
        drop(sessions);
        seen.sort_by(|a, b| {
            let worse = b.score.cmp(&a.score);
            worse.then_with(|| a.row.code.cmp(&b.row.code))
        });
        seen.truncate(count);
        seen
    }

    /// How many report in a conference, and how many of them are in trouble.
    pub(crate) fn all(&self, conference: &ConferenceId, now: Timestamp) -> Fare {
        let sessions = self.sessions();
        let here = sessions
            .iter()
            .filter(|((own, ..), session)| own == conference && session.is_there(now));
        here.fold(Fare::default(), |fare, (_, session)| Fare {
            reporting: fare.reporting + 1,
            troubled: fare.troubled + usize::from(session.plight.is_trouble()),
        })
    }

    /// What has to be written, at most a batch of it; whoever left long ago is let go of.
    fn unwritten(&self, now: Timestamp) -> Vec<(ConferenceId, store::Session)> {
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.is_new || !session.is_over(now));
        let new = sessions.iter_mut().filter(|(_, session)| session.is_new);
        new.take(limits::SESSIONS_BATCH_MAX)
            .map(|(key, session)| {
                session.is_new = false;
                (key.0.clone(), session.row(key))
            })
            .collect()
    }

    /// What could not be written is tried again.
    fn again(&self, rows: &[(ConferenceId, store::Session)]) {
        let mut sessions = self.sessions();
        for (conference, row) in rows {
            let key = (
                conference.clone(),
                row.code.clone(),
                row.track.clone(),
                row.account.clone(),
            );
            if let Some(session) = sessions.get_mut(&key) {
                session.is_new = true;
            }
        }
    }

    /// Tells as metrics how many report from where.
    fn tell_crowd(&self, now: Timestamp) {
        let mut crowds: HashMap<Place, (usize, usize)> = HashMap::new();
        for session in self.sessions().values().filter(|s| s.is_there(now)) {
            let crowd = crowds.entry(session.place.clone()).or_default();
            crowd.0 += 1;
            crowd.1 += usize::from(session.plight.is_trouble());
        }
        let crowds: Vec<_> = crowds
            .into_iter()
            .map(|(place, (all, bad))| (place, all, bad))
            .collect();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        self.metrics.crowd(&told, &crowds);
        *told = crowds.into_iter().map(|(place, ..)| place).collect();
    }
}

fn make_room(sessions: &mut HashMap<Key, Session>, now: Timestamp) -> Result<()> {
    if sessions.len() >= limits::SESSIONS_MAX {
        sessions.retain(|_, session| session.is_new || !session.is_over(now));
    }
    if sessions.len() >= limits::SESSIONS_MAX {
        let retry_after = std::time::Duration::from_secs(30);
        return Err(Error::TooMany { retry_after });
    }
    Ok(())
}

impl Session {
    /// What a later report adds.
    fn follow(&mut self, at: Timestamp, report: Report) -> Gain {
        let before = &self.last;
        let more = |now: u32, before: u32| now.saturating_sub(before);
        let gain = Gain {
            startup_ms: report.msd.filter(|_| before.msd.is_none()),
            latency_ms: report.ltc,
            stalls: more(report.bsa, before.bsa),
            stalled_ms: more(report.bsda, before.bsda),
            shown_ms: more(report.shown_ms, before.shown_ms),
            switches: more(report.switches, before.switches),
            errors: report.ec.clone(),
        };
        let errors = u32::try_from(report.ec.len()).unwrap_or(u32::MAX);
        self.plight = Plight {
            doing: report.doing(),
            recent_stalls: gain.stalls,
            recent_stalled_ms: gain.stalled_ms,
            recent_errors: errors,
            startup_ms: report.msd,
        };
        self.errors = self.errors.saturating_add(errors);
        self.last_error = report.ec.last().cloned().or(self.last_error.take());
        self.check = report.check.clone().or(self.check.take());
        self.seen_at = at;
        self.last = report;
        self.is_new = true;
        gain
    }

    /// Whether it reported lately and did not say goodbye.
    fn is_there(&self, now: Timestamp) -> bool {
        !self.last.done && now.duration_since(self.seen_at).unsigned_abs() <= limits::SESSION_THERE
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let silent = now.duration_since(self.seen_at).unsigned_abs();
        silent > limits::SESSION_KEPT || (self.last.done && silent > limits::SESSION_THERE)
    }

    fn seen(&self, key: &Key) -> Seen {
        Seen {
            row: self.row(key),
            score: self.plight.score(),
            recent_stalled_ms: self.plight.recent_stalled_ms,
        }
    }

    fn row(&self, (_, code, track, account): &Key) -> store::Session {
        let last = &self.last;
        let number = |value: Option<u32>| value.map(i64::from);
        let check = self.check.as_ref();
        store::Session {
            code: code.clone(),
            track: track.clone(),
            account: account.clone(),
            number: last.sn.into(),
            began_at: self.began_at,
            seen_at: self.seen_at,
            state: last.doing().unwrap_or(Doing::Starting).to_string(),
            done: last.done,
            browser: self.browser.clone(),
            startup_ms: number(last.msd),
            stalls: last.bsa.into(),
            stalled_ms: last.bsda.into(),
            shown_ms: last.shown_ms.into(),
            latency_ms: number(last.ltc),
            bitrate_kbps: number(last.br),
            throughput_kbps: number(last.mtp),
            switches: last.switches.into(),
            dropped_frames: number(last.dfa),
            errors: self.errors.into(),
            last_error: self.last_error.clone(),
            audio_only: last.audio_only,
            verdict: check.map(|check| check.verdict.clone()),
            rtt_ms: check.and_then(|check| number(check.rtt_ms)),
            link_kbps: check.and_then(|check| number(check.kbps)),
        }
    }
}

impl Live {
    /// Takes a report about a track from somebody who may watch it.
    pub(crate) async fn report(
        &self,
        cx: &Cx,
        programme: &Programme,
        track: &Track,
        report: Value,
    ) -> Result<()> {
        self.admit(cx, programme, Some(track)).await?;
        let viewers = &self.0.viewers;
        let mut report =
            Report::parse(report).inspect_err(|_| viewers.metrics.report(Fate::Invalid))?;
        report.sid = crate::model::report::parse_code(&report.sid).unwrap_or_default();
        let account = cx.actor.as_ref().map(|actor| actor.account.clone());
        let conference = &programme.conference;
        let key = (
            conference.id.clone(),
            report.sid.clone(),
            track.id.clone(),
            account.unwrap_or_default(),
        );
        let place = Place {
            conference: conference.slug.clone(),
            track: track.slug.clone(),
        };
        viewers.take(key, place, &cx.client.user_agent, cx.now, report)
    }

    /// What was told of a session, the latest track first.
    pub(crate) async fn sessions(
        &self,
        conference: &ConferenceId,
        code: &str,
    ) -> Result<Vec<store::Session>> {
        self.write_sessions(self.0.app.clock.now()).await?;
        store::of_code(&self.0.app.db, conference, code, limits::SESSIONS_SHOWN).await
    }

    /// Writes what is not written yet, and tells how many there are.
    pub(crate) async fn write_sessions(&self, now: Timestamp) -> Result<()> {
        let viewers = &self.0.viewers;
        viewers.tell_crowd(now);
        loop {
            let rows = viewers.unwritten(now);
            if rows.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.keep_sessions(&rows).await {
                viewers.again(&rows);
                return Err(error);
            }
        }
    }

    async fn keep_sessions(&self, rows: &[(ConferenceId, store::Session)]) -> Result<()> {
        let mut tx = self.0.app.db.begin().await?;
        for (conference, row) in rows {
            store::keep(&mut tx, conference, row).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets sessions of long ago.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<()> {
        let before = now.checked_sub(limits::SESSIONS_KEPT).unwrap_or(now);
        let forgotten = store::forget(&self.0.app.db, before).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "forgot {forgotten} viewer sessions of long ago");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(viewers: &Viewers, session: usize, number: u32, at: Timestamp) -> Result<()> {
        let code = format!("{session:08}");
        let report = Report {
            sid: code.clone(),
            sn: number,
            sta: "p".to_owned(),
            ..Report::default()
        };
        let place = Place {
            conference: "ours".to_owned(),
            track: "a".to_owned(),
        };
        let conference = ConferenceId::stored("cnf_ours".to_owned());
        let track = TrackId::stored("trk_a".to_owned());
        let key = (conference, code, track, String::new());
        viewers.take(key, place, "", at, report)
    }

    #[test]
    fn sessions_in_memory_are_bounded_and_make_room_once_they_are_over() {
        let viewers = Viewers::new();
        let begin = kernel::clock::from_micros(1_795_309_200_000_000);
        for session in 0..limits::SESSIONS_MAX {
            assert!(tell(&viewers, session, 1, begin).is_ok());
        }
        let one_more = limits::SESSIONS_MAX;
        assert!(tell(&viewers, one_more, 1, begin).is_err());
        assert!(
            tell(&viewers, 0, 2, begin).is_ok(),
            "who is there may go on"
        );
        let later = begin + limits::SESSION_KEPT + limits::SESSION_THERE;
        // What is not written yet is not let go of.
        assert!(tell(&viewers, one_more, 1, later).is_err());
        assert_eq!(viewers.unwritten(begin).len(), limits::SESSIONS_MAX);
        assert!(tell(&viewers, one_more, 1, later).is_ok());
    }

    #[test]
    fn senders_by_http_have_a_rate() {
        let viewers = Viewers::new();
        let peer = std::net::IpAddr::from([192, 0, 2, 1]);
        let sent = (0..limits::REPORTS_PER_PEER_BURST * 2)
            .filter(|_| viewers.may_send(peer).is_ok())
            .count();
        assert!(sent < limits::REPORTS_PER_PEER_BURST as usize * 2, "{sent}");
        assert!(viewers.may_send([192, 0, 2, 2].into()).is_ok());
    }
}
