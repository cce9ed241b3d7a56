//! Tests of encoders before the event. Whoever has a test's key publishes as always; what comes is measured and nobody
//! gets it; after a while, or when the encoder stops, there is a report.
//!
//! Invariant: a test's key opens a channel of [`Trials`] alone, whose channels nobody delivers from. A report is told
//! of only once it is kept.

pub(crate) mod actions;
pub(crate) mod topic;
pub(crate) mod words;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use kernel::{Clock, Result, Timestamp};
use media_core::metrics::Count;
use media_core::trial::{Figures, Heard, Trial, Verdict, findings, overall};
use media_core::{ChannelName, Channels, Seat, Settings, State as Sending};
use media_ingest::rtmp::{Admission, Denied};
use media_probe::{Probes, State as Probing};
use tokio_util::sync::CancellationToken;

use crate::model::{ReportId, TestEnding, TestId};
use crate::store::tests::{ReportRow, TestRow};
use crate::{Studio, limits, store};

/// What an encoder is told when its test's time is up.
const OVER: &str = "the test is over; its report is ready";

/// Tests that run, apart from everything that viewers can reach.
pub(crate) struct Trials {
    channels: Channels,
    probes: OnceLock<Probes>,
    tests: Mutex<Tests>,
    /// Reports kept since the start, by verdict.
    kept: [Count; Verdict::ALL.len()],
}

#[derive(Default)]
struct Tests {
    running: BTreeMap<ChannelName, Running>,
    /// Tests whose time was up, and until when their encoders have to stay away.
    resting: HashMap<TestId, Timestamp>,
    /// Tests that are over and not yet kept.
    over: VecDeque<Over>,
}

/// A test that runs, or waits for what its encoder sends first.
struct Running {
    test: TestRow,
    admitted_at: Timestamp,
    began_at: Option<Timestamp>,
    silent_since: Option<Timestamp>,
    trial: Trial,
    protocol: &'static str,
    encoder: String,
    revoked: CancellationToken,
}

/// A test that ended.
struct Over {
    id: ReportId,
    test: TestRow,
    began_at: Timestamp,
    ended_at: Timestamp,
    ending: TestEnding,
    protocol: &'static str,
    encoder: String,
    figures: Figures,
}

/// How a test stands.
pub(crate) enum Standing {
    /// Nobody has sent yet.
    Waiting,
    /// It runs.
    Running(Box<Figures>),
    /// It is over; what was found out last.
    Over(Box<ReportRow>),
}

impl Trials {
    pub(crate) fn new(like: &Channels, clock: &Clock) -> Self {
        let settings = Settings {
            window: limits::TEST_WINDOW,
            window_bytes: limits::TEST_WINDOW_BYTES,
            ..like.settings().clone()
        };
        Self {
            channels: Channels::new(settings, clock.clone(), None),
            probes: OnceLock::new(),
            tests: Mutex::default(),
            kept: Default::default(),
        }
    }

    /// Lets the encoder of a test in.
    pub(crate) fn admit(&self, test: TestRow, now: Timestamp) -> Result<Admission, Denied> {
        if test.revoked_at.is_some() || test.good_until <= now {
            return Err(Denied::UnknownKey);
        }
        let channel = channel_of(&test.id).ok_or(Denied::UnknownKey)?;
        let mut tests = self.lock();
        tests.resting.retain(|_, until| *until > now);
        if let Some(until) = tests.resting.get_mut(&test.id) {
            *until = now + limits::TEST_REST;
            return Err(Denied::Over);
        }
        if !tests.running.contains_key(&channel) && tests.running.len() >= limits::TESTS_RUNNING_MAX
        {
            tracing::warn!("no further encoder can be tested: too many tests run");
            return Err(Denied::Unavailable);
        }
        let running = tests
            .running
            .entry(channel.clone())
            .or_insert_with(|| Running::of(test, now));
        Ok(Admission {
            channel,
            seat: Seat::Primary,
            revoked: running.revoked.clone(),
            aside: Some(self.channels.clone()),
        })
    }

    /// Ends whoever is tested with a key that was revoked.
    fn revoke(&self, id: &TestId) {
        let tests = self.lock();
        if let Some(running) = channel_of(id).and_then(|name| tests.running.get(&name)) {
            running.revoked.cancel();
        }
    }

    /// Looks at every test, once a second.
    fn look(&self, now: Timestamp) {
        let mut tests = self.lock();
        let Tests {
            running,
            resting,
            over,
        } = &mut *tests;
        running.retain(|name, test| {
            test.look(&self.channels, name, self.heard(name), now);
            let Some(ending) = test.ending(now) else {
                return true;
            };
            self.channels.close(name, None, OVER);
            self.channels.forget(name);
            if ending == TestEnding::Time {
                resting.insert(test.test.id.clone(), now + limits::TEST_REST);
            }
            over.extend(test.over(ending, now));
            false
        });
    }

    /// Ends every test because the server does.
    fn leave(&self, now: Timestamp) {
        let mut tests = self.lock();
        let running = std::mem::take(&mut tests.running);
        for (name, test) in running {
            self.channels.close(&name, None, OVER);
            tests.over.extend(test.over(TestEnding::Server, now));
        }
    }

    fn heard(&self, name: &ChannelName) -> Option<Heard> {
        let report = self.probes.get()?.report(name);
        (report.state == Probing::Running).then_some(Heard {
            integrated_lufs: report.integrated_lufs,
            peak_dbfs: report.peak_dbfs,
            clipped_percent: report.clipped_percent,
        })
    }

    /// What was found so far by a test that runs.
    fn figures(&self, id: &TestId) -> Option<Figures> {
        let tests = self.lock();
        let running = tests.running.get(&channel_of(id)?)?;
        running.began_at?;
        Some(running.trial.figures())
    }

    /// Digests of the tests that run, and how long they are meant to.
    fn running(&self) -> Vec<TestRow> {
        let tests = self.lock();
        tests.running.values().map(|one| one.test.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Tests> {
        self.tests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn of(test: TestRow, now: Timestamp) -> Self {
        Self {
            test,
            admitted_at: now,
            began_at: None,
            silent_since: None,
            trial: Trial::default(),
            protocol: "",
            encoder: String::new(),
            revoked: CancellationToken::new(),
        }
    }

    fn look(
        &mut self,
        channels: &Channels,
        name: &ChannelName,
        heard: Option<Heard>,
        now: Timestamp,
    ) {
        let status = channels.status(name).borrow().clone();
        let input = &status.inputs[Seat::Primary.index()];
        if input.state != Sending::Receiving {
            self.silent_since.get_or_insert(now);
            return;
        }
        self.silent_since = None;
        if !input.health.has_pictures && !input.health.has_sound {
            return;
        }
        self.began_at.get_or_insert(now);
        if let Some(source) = &input.source {
            self.protocol = source.protocol;
            self.encoder.clone_from(&source.label);
        }
        self.trial.observe(input, heard);
    }

    fn ending(&self, now: Timestamp) -> Option<TestEnding> {
        let lasted = |since: Timestamp| now.duration_since(since).unsigned_abs();
        if self.revoked.is_cancelled() {
            return Some(TestEnding::Revoked);
        }
        let patience = if self.began_at.is_some() {
            limits::TEST_STOPPED
        } else {
            limits::TEST_IDLE
        };
        let is_silent = self
            .silent_since
            .is_some_and(|since| lasted(since) >= patience && lasted(self.admitted_at) >= patience);
        if is_silent {
            return Some(TestEnding::Stopped);
        }
        let began = self.began_at?;
        let is_up =
            i64::try_from(lasted(began).as_secs()).unwrap_or(i64::MAX) >= self.test.duration_s;
        is_up.then_some(TestEnding::Time)
    }

    /// What is left of it, if it is worth a report.
    fn over(&self, ending: TestEnding, now: Timestamp) -> Option<Over> {
        let figures = self.trial.figures();
        let began_at = self.began_at?;
        (figures.seconds >= limits::TEST_SECONDS_MIN).then(|| Over {
            id: ReportId::fresh(),
            test: self.test.clone(),
            began_at,
            ended_at: self.silent_since.unwrap_or(now),
            ending,
            protocol: self.protocol,
            encoder: self.encoder.clone(),
            figures,
        })
    }
}

/// The channel of a test.
fn channel_of(id: &TestId) -> Option<ChannelName> {
    ChannelName::parse(&format!("test/{id}")).ok()
}

/// Starts the tasks.
pub(crate) fn start(studio: &Studio) {
    let tasks = &studio.0.app.tasks;
    let (channels, stop) = (studio.0.trials.channels.clone(), tasks.token());
    tasks.spawn_loop("encoder test channels", move || {
        let (channels, stop) = (channels.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(channels.watch_over()).await;
        }
    });
    let own = studio.clone();
    tasks.spawn_loop("encoder tests", move || watch(own.clone()));
}

async fn watch(studio: Studio) {
    let stop = studio.0.app.tasks.token();
    let mut every = tokio::time::interval(limits::JUDGE_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = every.tick() => studio.look_at_tests(studio.0.app.clock.now()).await,
        }
    }
    studio.0.trials.leave(studio.0.app.clock.now());
    studio.keep_reports().await;
}

impl Studio {
    /// Channels of tests, for whoever listens to them; no viewer gets any of it.
    pub fn test_channels(&self) -> Channels {
        self.0.trials.channels.clone()
    }

    /// Tells who listens to encoders that are tested.
    pub fn tests_probed_by(&self, probes: Probes) {
        let _only_once = self.0.trials.probes.set(probes);
    }

    /// How many tests run, and how many reports were kept by verdict, for metrics.
    pub fn tests_counted(&self) -> (usize, Vec<(&'static str, u64)>) {
        let running = self.0.trials.lock().running.len();
        let kept = Verdict::ALL.iter().map(|verdict| {
            let count = self.0.trials.kept[*verdict as usize].get();
            (verdict.as_str(), count)
        });
        (running, kept.collect())
    }

    /// Looks at every test as of `now`, keeps the reports of those that are over, and tells whoever watches; done by
    /// itself once a second.
    pub async fn look_at_tests(&self, now: Timestamp) {
        let before = self.0.trials.running();
        self.0.trials.look(now);
        self.keep_reports().await;
        for test in before {
            self.say_test(&test).await;
        }
    }

    /// Keeps what is to be kept. What cannot be kept now waits for the next time.
    async fn keep_reports(&self) {
        loop {
            let Some(over) = self.0.trials.lock().over.pop_front() else {
                return;
            };
            if let Err(error) = self.keep_report(&over).await {
                tracing::warn!(%error, "the report of an encoder test cannot be kept just now");
                let mut tests = self.0.trials.lock();
                if tests.over.len() < limits::TESTS_RUNNING_MAX {
                    tests.over.push_front(over);
                }
                return;
            }
            self.say_test(&over.test).await;
        }
    }

    async fn keep_report(&self, over: &Over) -> Result<()> {
        let verdict = overall(&findings(&over.figures));
        let row = ReportRow {
            id: over.id.clone(),
            conference: over.test.conference.clone(),
            test: over.test.id.clone(),
            name: over.test.name.clone(),
            track: over.test.track.clone(),
            began_at: over.began_at,
            ended_at: over.ended_at,
            ending: over.ending,
            protocol: over.protocol.to_owned(),
            encoder: over.encoder.clone(),
            verdict,
            figures: serde_json::to_string(&over.figures).map_err(kernel::Error::internal)?,
        };
        let mut tx = self.0.app.db.begin().await?;
        store::tests::keep(&mut tx, &row).await?;
        tx.commit().await?;
        self.0.trials.kept[verdict as usize].add(1);
        tracing::info!(
            conference = %row.conference, test = %row.test, report = %row.id, %verdict, ending = %row.ending,
            "the test of the encoder {} is over: {verdict}", row.name
        );
        Ok(())
    }

    /// How a test stands.
    pub(crate) async fn standing_test(&self, test: &TestRow) -> Result<Standing> {
        if let Some(figures) = self.0.trials.figures(&test.id) {
            return Ok(Standing::Running(Box::new(figures)));
        }
        let last = store::tests::last_of(&self.0.app.db, &test.id).await?;
        Ok(last.map_or(Standing::Waiting, |report| Standing::Over(Box::new(report))))
    }
}

/// The figures of a report; what cannot be read any more is told as nothing.
pub(crate) fn figures_of(report: &ReportRow) -> Figures {
    serde_json::from_str(&report.figures).unwrap_or_else(|error| {
        tracing::error!(%error, report = %report.id, "a report's figures cannot be read");
        Figures::default()
    })
}
