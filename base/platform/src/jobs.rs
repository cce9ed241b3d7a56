//! Durable work: a row in the transaction of the use case that wants it, done after the commit.
//!
//! At least once: handlers must bear being called again. A job belongs to one worker while its lease lasts,
//! and never runs longer than that. What fails is tried again after a growing delay, and what keeps failing
//! becomes a dead letter that stays until somebody decides.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use db::{Db, Run, params, record, sql};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use kernel::{Clock, Error, Result, Timestamp, define_id};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::limits;
use crate::tasks::{Tasks, panic_reason};
use crate::telemetry::Metrics;

define_id!(
    /// A job.
    JobId,
    "job"
);

record! {
    /// A job as a handler gets it.
    pub struct Job {
        /// The same at every attempt.
        pub id: JobId,
        /// Which handler it is for.
        pub kind: String,
        /// JSON, as it was queued.
        pub payload: String,
        /// 1 at the first attempt.
        pub attempts: i64,
    }

    /// A job that was given up.
    pub struct DeadJob {
        /// Its id.
        pub id: JobId,
        /// Which handler failed.
        pub kind: String,
        /// How often it was tried.
        pub attempts: i64,
        /// What the last attempt said.
        pub last_error: Option<String>,
        /// Since when it is given up.
        pub dead_at: Timestamp,
    }
}

impl Job {
    /// The payload as its type.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.payload).map_err(|_| Error::invalid("payload", "job-payload"))
    }
}

/// Queues work for `run_at`; it exists when the transaction of `run` is committed.
pub async fn enqueue(
    run: impl Run,
    kind: &str,
    payload: &impl Serialize,
    run_at: Timestamp,
) -> Result<JobId> {
    let id = JobId::fresh();
    enqueue_as(run, &id, kind, payload, run_at).await?;
    Ok(id)
}

/// The same under an id that the caller drew, so that a row can name the job that works on it.
pub(crate) async fn enqueue_as(
    mut run: impl Run,
    id: &JobId,
    kind: &str,
    payload: &impl Serialize,
    run_at: Timestamp,
) -> Result<()> {
    let payload = serde_json::to_string(payload).map_err(Error::internal)?;
    run.exec(
        sql!("INSERT INTO job (id, kind, payload, run_at, attempts, created_at) VALUES ($1, $2, $3, $4, 0, $4)"),
        params![id, kind, payload, run_at],
    )
    .await?;
    Ok(())
}

/// Jobs that were given up, the latest first.
pub async fn dead(db: &Db, limit: i64) -> Result<Vec<DeadJob>> {
    let dead = sql!(DeadJob: "SELECT id, kind, attempts, last_error, dead_at FROM job
        WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id LIMIT $1");
    Ok(db.all(dead, params![limit]).await?)
}

/// Gives a dead job all its attempts again; whether there was one.
pub async fn revive(db: &Db, id: &JobId, now: Timestamp) -> Result<bool> {
    let revive = sql!(
        "UPDATE job SET dead_at = NULL, attempts = 0, run_at = $2
        WHERE id = $1 AND dead_at IS NOT NULL"
    );
    Ok(db.exec(revive, params![id, now]).await? == 1)
}

/// The delay before the attempt after `attempts` failed ones: doubling, and spread by the job's own id so that
/// jobs that failed together do not come back together.
pub fn delay_after(attempts: i64, id: &JobId) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let full = limits::JOB_DELAY
        .saturating_mul(1 << doublings)
        .min(limits::JOB_DELAY_MAX);
    let mut hasher = DefaultHasher::new();
    (id.as_str(), attempts).hash(&mut hasher);
    let half = full / 2;
    half + half.mul_f64(f64::from(u16::try_from(hasher.finish() % 1000).unwrap_or(0)) / 1000.0)
}

type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Runs due jobs by their kind's handler.
pub struct Worker {
    db: Db,
    clock: Clock,
    handlers: BTreeMap<&'static str, Handler>,
    pace: Option<Pace>,
    few: Few,
    done: Family<Done, Counter>,
}

/// How fast jobs of one kind may begin: a bucket that fills steadily and holds what a few seconds bring.
struct Pace {
    kind: &'static str,
    per_second: f64,
    held: Mutex<(f64, Timestamp)>,
}

/// Kinds of which only so many run at the same time, so that those who wait long for somebody outside leave room.
#[derive(Debug, Default)]
struct Few {
    kinds: &'static [&'static str],
    most: usize,
}

impl Few {
    fn has(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }
}

/// What a bucket holds.
fn most(per_second: f64) -> f64 {
    (per_second * limits::PACE_BURST.as_secs_f64()).max(1.0)
}

impl Pace {
    /// How many may begin now.
    fn allowed(&self, now: Timestamp) -> usize {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.duration_since(held.1).as_secs_f64().max(0.0);
        held.0 = (held.0 + passed * self.per_second).min(most(self.per_second));
        held.1 = now;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small and positive"
        )]
        let whole = held.0 as usize;
        whole
    }

    fn begun(&self, count: usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.0 -= f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Done {
    kind: &'static str,
    outcome: &'static str,
}

impl Worker {
    /// A worker that can do nothing yet.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            handlers: BTreeMap::new(),
            pace: None,
            few: Few::default(),
            done: Family::default(),
        }
    }

    /// Teaches it a kind of job.
    #[must_use]
    pub fn on<F>(
        mut self,
        kind: &'static str,
        handler: impl Fn(Job) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.handlers
            .insert(kind, Arc::new(move |job| handler(job).boxed()));
        self
    }

    /// Lets at most `per_minute` jobs of one kind begin in a minute, by this worker; others never wait for them.
    #[must_use]
    pub fn paced(mut self, kind: &'static str, per_minute: u32) -> Self {
        let per_second = f64::from(per_minute) / 60.0;
        self.pace = Some(Pace {
            kind,
            per_second,
            held: Mutex::new((most(per_second), self.clock.now())),
        });
        self
    }

    /// Lets at most `most` jobs of these kinds together run at the same time: a mail server that answers nobody holds
    /// up mails and nothing else.
    #[must_use]
    pub fn few(mut self, kinds: &'static [&'static str], most: usize) -> Self {
        self.few = Few { kinds, most };
        self
    }

    /// Shows what became of jobs.
    #[must_use]
    pub fn register(self, metrics: &Metrics) -> Self {
        metrics.register(
            "matsuri_jobs",
            "Attempts at jobs by what became of them",
            self.done.clone(),
        );
        self
    }

    /// Works until the program is to end; what is running then is finished.
    pub fn spawn(self, tasks: &Tasks) {
        let (worker, token) = (Arc::new(self), tasks.token());
        tasks.spawn_loop("jobs", move || {
            let (worker, token) = (Arc::clone(&worker), token.clone());
            async move { worker.work(&token).await }
        });
    }

    async fn work(&self, token: &CancellationToken) {
        let mut running = FuturesUnordered::new();
        let mut few = 0;
        while !token.is_cancelled() {
            let free = limits::JOBS_AT_ONCE - running.len();
            match self.claim(free, few).await {
                Ok(jobs) => {
                    few += jobs
                        .iter()
                        .filter(|own| self.few.has(&own.job.kind))
                        .count();
                    running.extend(jobs.into_iter().map(|job| self.attempt(job)));
                }
                Err(error) => tracing::warn!("jobs cannot be claimed: {error}"),
            }
            tokio::select! {
                () = token.cancelled() => {}
                Some(was_few) = running.next() => few -= usize::from(was_few),
                () = tokio::time::sleep(limits::JOB_POLL) => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Runs everything that is due now, and what becomes due by it; the number of attempts.
    pub async fn run_due(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let jobs = self.claim(limits::JOBS_AT_ONCE, 0).await?;
            if jobs.is_empty() {
                return Ok(count);
            }
            count += jobs.len();
            let mut running: FuturesUnordered<_> =
                jobs.into_iter().map(|job| self.attempt(job)).collect();
            while running.next().await.is_some() {}
        }
    }

    /// Claims at most `limit` jobs while `few` of those kinds run of which there may be only few.
    async fn claim(&self, limit: usize, few: usize) -> Result<Vec<Claimed>> {
        let paced = self.pace.as_ref().map(|pace| pace.kind);
        let limited = self.few.kinds.iter().copied();
        let apart = limited.clone().filter(|kind| Some(*kind) != paced);
        let all = apart.clone().chain(paced);
        let mut jobs = self.claim_of(Kinds::but(all), limit).await?;
        let room = |jobs: &[Claimed], kinds: &str| {
            let begun = jobs.iter().filter(|own| self.few.has(&own.job.kind));
            let left = self.few.most.saturating_sub(few + begun.count());
            let free = limit - jobs.len();
            if self.few.has(kinds) {
                free.min(left)
            } else {
                free
            }
        };
        for kind in apart {
            let some = room(&jobs, kind);
            jobs.extend(self.claim_of(Kinds::only(kind), some).await?);
        }
        if let Some(pace) = &self.pace {
            let allowed = pace.allowed(self.clock.now()).min(room(&jobs, pace.kind));
            let begun = self.claim_of(Kinds::only(pace.kind), allowed).await?;
            pace.begun(begun.len());
            jobs.extend(begun);
        }
        Ok(jobs)
    }

    async fn claim_of(&self, kinds: Kinds, limit: usize) -> Result<Vec<Claimed>> {
        let now = self.clock.now();
        if limit == 0 {
            return Ok(Vec::new());
        }
        // A look costs no write; only when something is due is the writer asked for.
        let due: i64 = self
            .db
            .one(
                sql!(i64: "SELECT count(*) FROM (SELECT 1 AS due FROM job WHERE dead_at IS NULL
                    AND run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) AND ($2 LIKE '%|' || kind || '|%') = $3 LIMIT 1) found"),
                params![now, kinds.list, kinds.are],
            )
            .await?;
        if due == 0 {
            return Ok(Vec::new());
        }
        let lease = kernel::id::fresh("lease");
        let jobs = self
            .db
            .all(
                sql!(Job:
                    sqlite "UPDATE job SET leased_until = $2, lease = $3, attempts = attempts + 1 WHERE id IN (
                        SELECT id FROM job WHERE dead_at IS NULL AND run_at <= $1
                            AND (leased_until IS NULL OR leased_until <= $1) AND ($5 LIKE '%|' || kind || '|%') = $6 ORDER BY run_at, id LIMIT $4)
                        RETURNING id, kind, payload, attempts",
                    postgres "UPDATE job SET leased_until = $2, lease = $3, attempts = attempts + 1 WHERE id IN (
                        SELECT id FROM job WHERE dead_at IS NULL AND run_at <= $1
                            AND (leased_until IS NULL OR leased_until <= $1) AND ($5 LIKE '%|' || kind || '|%') = $6 ORDER BY run_at, id LIMIT $4
                            FOR UPDATE SKIP LOCKED)
                        RETURNING id, kind, payload, attempts"),
                params![
                    now,
                    now + limits::JOB_LEASE,
                    lease,
                    i64::try_from(limit).unwrap_or(1),
                    kinds.list,
                    kinds.are
                ],
            )
            .await?;
        Ok(jobs
            .into_iter()
            .map(|job| Claimed {
                job,
                lease: lease.clone(),
            })
            .collect())
    }

    /// Whether it was one of those of which there may be only few.
    async fn attempt(&self, Claimed { job, lease }: Claimed) -> bool {
        let (id, kind, attempts) = (job.id.clone(), job.kind.clone(), job.attempts);
        let began = Instant::now();
        let (kind_name, result) = match self.handlers.get_key_value(kind.as_str()) {
            Some((kind, handler)) => (*kind, run(handler, job).await),
            None => (
                "unknown",
                Err(Error::internal(format!("nobody here handles {kind}"))),
            ),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (outcome, stored) = match result {
            Ok(()) => ("done", self.finish(&id, &lease).await),
            Err(error) => {
                let hopeless = matches!(error, Error::Invalid(_));
                let dead = hopeless || attempts >= limits::JOB_ATTEMPTS_MAX;
                let outcome = if dead { "dead" } else { "failed" };
                tracing::warn!(job.id = %id, job.kind = %kind, attempts, ms, "job {kind} {outcome} at attempt {attempts}: {error}");
                (
                    outcome,
                    self.fail(&id, &lease, attempts, dead, &error.to_string())
                        .await,
                )
            }
        };
        self.done
            .get_or_create(&Done {
                kind: kind_name,
                outcome,
            })
            .inc();
        if let Err(error) = stored {
            // The lease ends by itself, and then the job is tried again.
            tracing::warn!(job.id = %id, "what became of job {kind} cannot be stored: {error}");
        }
        self.few.has(&kind)
    }

    async fn finish(&self, id: &JobId, lease: &str) -> Result<()> {
        let finish = sql!("DELETE FROM job WHERE id = $1 AND lease = $2");
        self.db.exec(finish, params![id, lease]).await?;
        Ok(())
    }

    async fn fail(
        &self,
        id: &JobId,
        lease: &str,
        attempts: i64,
        dead: bool,
        error: &str,
    ) -> Result<()> {
        let now = self.clock.now();
        let reason: String = error.chars().take(limits::JOB_ERROR_CHARS).collect();
        let fail = sql!("UPDATE job SET lease = NULL, leased_until = NULL, run_at = $3, dead_at = $4, last_error = $5
            WHERE id = $1 AND lease = $2");
        let next = now + delay_after(attempts, id);
        self.db
            .exec(fail, params![id, lease, next, dead.then_some(now), reason])
            .await?;
        Ok(())
    }
}

/// Which jobs: those of these kinds, or all others.
struct Kinds {
    /// Names with bars around each.
    list: String,
    are: bool,
}

impl Kinds {
    fn only(kind: &str) -> Self {
        Self {
            list: format!("|{kind}|"),
            are: true,
        }
    }

    fn but<'k>(kinds: impl Iterator<Item = &'k str>) -> Self {
        let list = kinds.fold("|".to_owned(), |list, kind| format!("{list}{kind}|"));
        Self { list, are: false }
    }
}

/// A job with the lease that this worker holds on it.
struct Claimed {
    job: Job,
    lease: String,
}

async fn run(handler: &Handler, job: Job) -> Result<()> {
    let attempt = AssertUnwindSafe(async { handler(job).await }).catch_unwind();
    match tokio::time::timeout(limits::JOB_TIMEOUT, attempt).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Error::internal(format!(
            "panicked: {}",
            panic_reason(&*panic)
        ))),
        Err(_) => Err(Error::internal(format!(
            "took longer than {:?}",
            limits::JOB_TIMEOUT
        ))),
    }
}
