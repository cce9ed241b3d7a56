//! The platform from the outside.

mod backup;
mod blob;
mod bus;
mod jobs;
mod mail;
mod outbox;
mod smtp;
mod tasks;
mod telemetry;
mod wording;

use std::time::Duration;

use db::Db;
use kernel::{Clock, Timestamp};

async fn stores(name: &str) -> Vec<Db> {
    let stores = kit::engines(name).await;
    for db in &stores {
        db.migrate(&[platform::MIGRATIONS], Timestamp::UNIX_EPOCH)
            .await
            .expect("migrates");
    }
    stores
}

fn clock() -> Clock {
    Clock::held_at(kernel::clock::from_micros(1_800_000_000_000_000))
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn statements_fit_on_both_engines() {
    for db in stores("statements").await {
        db::check_statements_of(&db, "base/platform")
            .await
            .expect("all fit");
    }
}
