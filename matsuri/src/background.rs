//! What runs beside the listeners: jobs, probes, and what measures the runtimes.

use std::time::{Duration, Instant};

use anyhow::Result;
use media_ffmpeg::Recoders;
use media_probe::Probes;
use platform::jobs::Worker;
use platform::mail::{self, Transport};
use platform::{Metrics, Tasks, sweep};
use program::Programmes;
use prometheus_client::metrics::histogram::Histogram;
use tokio::runtime::Handle;
use web::App;

use crate::config::Config;
use crate::inputs::Inputs;
use crate::site::Features;

/// Does the jobs that wait in the database, and sends mails.
pub(crate) fn work(
    config: &Config,
    app: &App,
    programmes: &Programmes,
    metrics: &Metrics,
) -> Result<()> {
    let transport = match &config.mail_server {
        Some(server) => Transport::smtp(server, &config.mail_from)?,
        None => Transport::Mailbox,
    };
    let token = app.tasks.token();
    let sweeping = sweep::sweeping(app.blobs.clone(), app.db.clone(), app.clock.clone(), token);
    app.tasks.spawn("sweep", sweeping);
    let (db, clock) = (app.db.clone(), app.clock.clone());
    let sender = mail::sender(db.clone(), clock.clone(), transport);
    let worker = Worker::new(db, clock)
        .on(mail::SEND, sender.clone())
        .on(mail::SEND_AND_FORGET, sender.clone())
        .on(mail::SEND_ONE_OF_MANY, sender)
        .paced(mail::SEND_ONE_OF_MANY, config.mails_per_minute)
        .few(mail::KINDS, platform::limits::MAILS_AT_ONCE);
    program::jobs::on(worker, app, programmes)
        .register(metrics)
        .spawn(&app.tasks);
    Ok(())
}

/// Looks at and listens to what viewers get, away from encoders and viewers, and shows how inputs do.
pub(crate) fn look_and_listen(config: &Config, features: &Features, metrics: &Metrics) {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let probes = Probes::new(&features.channels, config.probes, cpus);
    features.studio.probed_by(probes.clone());
    let recoders = Recoders::new(&features.channels, cpus);
    features.studio.recoded_by(recoders.clone());
    metrics.collect(Inputs {
        channels: features.channels.clone(),
        probes: probes.clone(),
        recoders: recoders.clone(),
        studio: features.studio.clone(),
        hub: features.hub.clone(),
    });
    let tests = Probes::new(&features.studio.test_channels(), config.probes, 1);
    features.studio.tests_probed_by(tests.clone());
    let tasks = &features.app.tasks;
    run_probes(tasks, "probes", probes);
    run_probes(tasks, "encoder test probes", tests);
    let stop = tasks.token();
    tasks.spawn_loop("recoders", move || {
        let (recoders, stop) = (recoders.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(recoders.run()).await;
        }
    });
}

fn run_probes(tasks: &Tasks, name: &'static str, probes: Probes) {
    let stop = tasks.token();
    tasks.spawn_loop(name, move || {
        let (probes, stop) = (probes.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(probes.run()).await;
        }
    });
}

/// Measures how late tasks are woken: the first number to look at when everything feels slow.
pub(crate) fn probe(tasks: &Tasks, io: &Handle, metrics: &Metrics) {
    #[derive(Clone, Debug, Hash, PartialEq, Eq, prometheus_client::encoding::EncodeLabelSet)]
    struct Runtime {
        runtime: &'static str,
    }
    let late =
        prometheus_client::metrics::family::Family::<Runtime, Histogram>::new_with_constructor(
            || Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0]),
        );
    metrics.register(
        "matsuri_wakeup_delay_seconds",
        "How much later than asked for a task was woken",
        late.clone(),
    );
    for (runtime, tasks) in [("web", tasks.clone()), ("io", tasks.on(io.clone()))] {
        let (late, token) = (late.clone(), tasks.token());
        tasks.spawn("probe", async move {
            let pause = Duration::from_millis(500);
            loop {
                let asked = Instant::now();
                tokio::select! {
                    () = token.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                // The timer itself counts in whole milliseconds.
                let delay = asked.elapsed().saturating_sub(pause);
                late.get_or_create(&Runtime { runtime })
                    .observe(delay.as_secs_f64());
            }
        });
    }
}
