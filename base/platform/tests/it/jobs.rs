use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::Error;
use platform::jobs::{self, Worker, dead, delay_after, enqueue, revive};
use platform::limits::{JOB_ATTEMPTS_MAX, JOB_DELAY_MAX, JOB_LEASE};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::{clock, stores};

#[tokio::test]
async fn a_job_exists_when_its_transaction_is_committed() {
    for db in stores("outbox").await {
        let (clock, ran) = (clock(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&ran);
        let worker = Worker::new(db.clone(), clock.clone()).on("greet", move |job| {
            let seen = Arc::clone(&seen);
            async move {
                seen.lock().expect("held").push(job.payload::<String>()?);
                Ok(())
            }
        });
        let mut tx = db.begin().await.expect("begins");
        enqueue(&mut tx, "greet", &"lost", clock.now())
            .await
            .expect("queued");
        drop(tx);
        let mut tx = db.begin().await.expect("begins");
        enqueue(&mut tx, "greet", &"kept", clock.now())
            .await
            .expect("queued");
        tx.commit().await.expect("commits");
        let later = clock.now() + Duration::from_mins(1);
        enqueue(&db, "greet", &"later", later)
            .await
            .expect("queued");
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        assert_eq!(*ran.lock().expect("held"), ["kept"]);
        clock.advance(Duration::from_mins(1));
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        assert_eq!(worker.run_due().await.expect("runs"), 0);
    }
}

#[tokio::test]
async fn eight_workers_run_fifty_jobs_once_each() {
    for db in stores("once").await {
        let (clock, runs) = (clock(), Arc::new(Mutex::new(BTreeMap::<u32, u32>::new())));
        for number in 0..50_u32 {
            enqueue(&db, "count", &number, clock.now())
                .await
                .expect("queued");
        }
        let mut workers = JoinSet::new();
        for _ in 0..8 {
            let runs = Arc::clone(&runs);
            let worker = Worker::new(db.clone(), clock.clone()).on("count", move |job| {
                let runs = Arc::clone(&runs);
                async move {
                    *runs
                        .lock()
                        .expect("held")
                        .entry(job.payload()?)
                        .or_default() += 1;
                    Ok(())
                }
            });
            workers.spawn(async move { worker.run_due().await.expect("runs") });
        }
        assert_eq!(workers.join_all().await.into_iter().sum::<usize>(), 50);
        let runs = runs.lock().expect("held");
        assert!(
            runs.len() == 50 && runs.values().all(|count| *count == 1),
            "{runs:?}"
        );
    }
}

#[tokio::test]
async fn what_fails_comes_back_later_and_in_the_end_waits_for_somebody() {
    for db in stores("fails").await {
        let (clock, tries) = (clock(), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&tries);
        let worker = Worker::new(db.clone(), clock.clone()).on("fail", move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_ne!(number, 0, "a panic is a failure like others");
                Err(Error::Unavailable("mail server"))
            }
        });
        let id = enqueue(&db, "fail", &(), clock.now())
            .await
            .expect("queued");
        for _ in 0..JOB_ATTEMPTS_MAX {
            assert_eq!(worker.run_due().await.expect("runs"), 1);
            assert_eq!(worker.run_due().await.expect("runs"), 0, "not at once");
            clock.advance(JOB_DELAY_MAX);
        }
        assert_eq!(worker.run_due().await.expect("runs"), 0);
        let given_up = dead(&db, 10).await.expect("listed");
        assert_eq!(given_up.len(), 1);
        assert_eq!(given_up[0].attempts, JOB_ATTEMPTS_MAX);
        assert_eq!(
            given_up[0].last_error.as_deref(),
            Some("unavailable: mail server")
        );
        assert!(revive(&db, &id, clock.now()).await.expect("revived"));
        assert!(!revive(&db, &id, clock.now()).await.expect("only once"));
        assert_eq!(worker.run_due().await.expect("runs"), 1);
    }
}

#[tokio::test]
async fn a_job_that_nobody_can_read_is_given_up_at_once() {
    for db in stores("unreadable").await {
        let clock = clock();
        let worker = Worker::new(db.clone(), clock.clone()).on("number", |job| async move {
            job.payload::<u32>().map(|_| ())
        });
        enqueue(&db, "number", &"seven", clock.now())
            .await
            .expect("queued");
        worker.run_due().await.expect("runs");
        assert_eq!(dead(&db, 10).await.expect("listed").len(), 1);
    }
}

#[tokio::test]
async fn the_job_of_a_dead_worker_goes_to_another_when_its_lease_is_over() {
    for db in stores("lease").await {
        let (clock, started) = (clock(), Arc::new(Notify::new()));
        let tell = Arc::clone(&started);
        let dying = Worker::new(db.clone(), clock.clone()).on("work", move |_| {
            tell.notify_one();
            std::future::pending()
        });
        enqueue(&db, "work", &(), clock.now())
            .await
            .expect("queued");
        tokio::select! {
            _ = dying.run_due() => unreachable!("it never ends"),
            () = started.notified() => {}
        }
        let next = Worker::new(db.clone(), clock.clone()).on("work", |job| async move {
            assert_eq!(job.attempts, 2);
            Ok(())
        });
        assert_eq!(next.run_due().await.expect("runs"), 0);
        clock.advance(JOB_LEASE);
        assert_eq!(next.run_due().await.expect("runs"), 1);
        assert_eq!(next.run_due().await.expect("runs"), 0);
        assert!(dead(&db, 1).await.expect("listed").is_empty());
    }
}

#[tokio::test]
async fn a_running_worker_finds_jobs_by_itself_and_ends_with_the_program() {
    for db in stores("loop").await {
        let tasks = platform::Tasks::new(tokio::runtime::Handle::current());
        let (clock, ran) = (clock(), Arc::new(Notify::new()));
        let tell = Arc::clone(&ran);
        Worker::new(db.clone(), clock.clone())
            .on("work", move |_| {
                tell.notify_one();
                std::future::ready(Ok(()))
            })
            .spawn(&tasks);
        jobs::enqueue(&db, "work", &(), clock.now())
            .await
            .expect("queued");
        ran.notified().await;
        assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
    }
}

#[test]
fn delays_grow_and_are_spread() {
    let ids: Vec<jobs::JobId> = (0..20).map(|_| jobs::JobId::fresh()).collect();
    for attempts in 1..JOB_ATTEMPTS_MAX {
        let delays: Vec<Duration> = ids.iter().map(|id| delay_after(attempts, id)).collect();
        assert!(delays.iter().any(|delay| *delay != delays[0]), "spread");
        let later = delay_after(attempts + 2, &ids[0]);
        assert!(delays[0] < later || later > JOB_DELAY_MAX / 2, "growing");
        assert!(delays.iter().all(|delay| *delay <= JOB_DELAY_MAX));
    }
}
