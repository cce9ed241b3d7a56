//! Follows the timetable.

use identity::Conferences as _;
use kernel::{Result, Timestamp};
use program::Programmes;
use web::App;

use crate::model::Cause;
use crate::{actions, limits};

/// Follows the timetables of all conferences until the process ends: at every instant at which a talk begins or
/// ends, and at once when a programme or what is on air was changed by somebody.
pub fn start(app: &App, programmes: &Programmes) {
    let (app, programmes, tasks) = (app.clone(), programmes.clone(), app.tasks.clone());
    tasks.spawn_loop("onair", move || run(app.clone(), programmes.clone()));
}

async fn run(app: App, programmes: Programmes) {
    let mut news = app.bus.subscribe("");
    let stop = app.tasks.token();
    // What the timetable says at start is not news: it was so at its instants.
    let mut cause = Cause::Time;
    loop {
        let now = app.clock.now();
        let next = match look(&app, &programmes, now, cause).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the timetable cannot be followed just now");
                None
            }
        };
        let pause = next.map_or(limits::LOOK_EVERY, |next| {
            let left = next.duration_since(now);
            // Never early: a look before the instant would only have to be repeated.
            std::time::Duration::try_from(left)
                .unwrap_or_default()
                .min(limits::LOOK_EVERY)
        });
        let due = tokio::time::sleep(pause);
        tokio::pin!(due);
        cause = loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = &mut due => break Cause::Time,
                event = news.recv() => match event {
                    Ok(event) if concerns(&event.topic) => break Cause::Edit,
                    Ok(_) => {}
                    // Something was missed: it may have concerned the timetable.
                    Err(_) => break Cause::Edit,
                },
            }
        };
    }
}

fn concerns(topic: &str) -> bool {
    topic == crate::CHANGED || topic.starts_with("program.")
}

/// One look at all timetables. Returns when the next one is due.
pub async fn look(
    app: &App,
    programmes: &Programmes,
    now: Timestamp,
    cause: Cause,
) -> Result<Option<Timestamp>> {
    let mut next = None;
    for conference in programmes.all(&app.db).await? {
        let Some(programme) = programmes.of(&app.db, &conference).await? else {
            continue;
        };
        if programme.conference.changeable().is_err() {
            continue;
        }
        let due = actions::follow((&app.db, &app.bus), programmes, &programme, now, cause).await?;
        next = next.into_iter().chain(due).min();
    }
    Ok(next)
}
