use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use platform::{Metrics, Tasks};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::SECOND;

#[tokio::test]
async fn a_panic_ends_its_task_only_and_is_counted() {
    let (tasks, metrics) = (Tasks::new(Handle::current()), Metrics::new());
    tasks.register(&metrics);
    let (tell, told) = oneshot::channel();
    tasks
        .spawn("falls", async { panic!("on purpose") })
        .await
        .expect("caught");
    tasks.spawn("stands", async { tell.send(()).expect("waited for") });
    told.await.expect("the other task ran");
    let text = metrics.openmetrics();
    assert!(
        text.contains(r#"matsuri_task_panics_total{task="falls"} 1"#),
        "{text}"
    );
}

#[tokio::test]
async fn a_loop_begins_anew_until_the_end() {
    let tasks = Tasks::new(Handle::current());
    let starts = Arc::new(AtomicU32::new(0));
    let (count, token) = (Arc::clone(&starts), tasks.token());
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    tasks.spawn_loop("loop", move || {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let (token, tell) = (token.clone(), if number == 2 { tell.take() } else { None });
        async move {
            assert_ne!(number, 0, "the first falls");
            if let Some(tell) = tell {
                tell.send(()).expect("waited for");
                token.cancelled().await;
            }
        }
    });
    told.await.expect("it came back twice");
    assert!(tasks.shutdown(SECOND).await.is_empty());
    assert_eq!(starts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn those_that_do_not_end_in_time_are_named() {
    let tasks = Tasks::new(Handle::current());
    let token = tasks.token();
    tasks.spawn("obedient", async move { token.cancelled().await });
    tasks.spawn("stubborn", std::future::pending());
    assert_eq!(tasks.shutdown(SECOND / 20).await, ["stubborn"]);
}
