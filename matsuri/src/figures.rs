//! Numbers that are read from the database now and then: what people did, what waits to be sent, which programs ask.

use std::time::Duration;

use kernel::{Result, Timestamp};
use platform::Metrics;
use platform::outbox::{self, State};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use web::App;

use crate::limits;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Action {
    action: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Waits {
    state: &'static str,
}

/// The numbers as they were read last.
#[derive(Clone, Default)]
struct Figures {
    acts: Family<Action, Counter>,
    mails: Family<Waits, Gauge>,
    tokens: Gauge,
}

/// Reads the numbers from now on.
pub(crate) fn follow(app: &App, metrics: &Metrics) {
    let figures = Figures::default();
    metrics.register(
        "matsuri_acts",
        "What was done, as the audit log has it",
        figures.acts.clone(),
    );
    metrics.register(
        "matsuri_outbox_mails",
        "Mails that have not left",
        figures.mails.clone(),
    );
    metrics.register(
        "matsuri_tokens_in_use",
        "API tokens that were used within an hour",
        figures.tokens.clone(),
    );
    let (app, mut seen) = (app.clone(), settled(app.clock.now()));
    let (tasks, token) = (app.tasks.clone(), app.tasks.token());
    tasks.spawn("figures", async move {
        loop {
            match figures.read(&app, seen).await {
                Ok(until) => seen = until,
                Err(error) => tracing::debug!("the numbers cannot be read: {error}"),
            }
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(limits::FIGURES_PAUSE) => {}
            }
        }
    });
}

/// The instant before which nothing is written any more: an act carries the instant at which its request arrived.
fn settled(now: Timestamp) -> Timestamp {
    now - web::limits::HANDLER_TIMEOUT - Duration::from_secs(1)
}

impl Figures {
    /// Reads what happened since; until when.
    async fn read(&self, app: &App, since: Timestamp) -> Result<Timestamp> {
        let now = app.clock.now();
        let counts = outbox::waiting(&app.db).await?;
        for state in [State::Queued, State::Retrying, State::Dead] {
            let found = counts.iter().find(|count| count.state == state);
            self.waits(state).set(found.map_or(0, |found| found.count));
        }
        let hour = Duration::from_hours(1);
        let tokens = identity::figures::tokens_in_use(&app.db, now - hour).await?;
        self.tokens.set(tokens);
        let until = settled(now).max(since);
        for (action, count) in identity::figures::acts(&app.db, since, until).await? {
            let count = u64::try_from(count).unwrap_or(0);
            self.acts.get_or_create(&Action { action }).inc_by(count);
        }
        Ok(until)
    }

    fn waits(&self, state: State) -> Gauge {
        let state = state.as_str();
        self.mails.get_or_create(&Waits { state }).clone()
    }
}
