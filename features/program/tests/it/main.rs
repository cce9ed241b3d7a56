//! The programme from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a test that fails may say so in any way; tables of cases are wide"
)]

mod api;
mod crowded;
mod dreamkast;
mod file_api;
mod import;
mod lifecycle;
mod looks;
mod making;
mod once;
mod pages;
mod preview;
mod schedule;
mod slides;
mod spreadsheets;
mod structure;
mod talk_acts;
mod talk_api;
mod talk_lists;
mod talks;

use std::sync::Arc;

use identity::Routes;
use kit::{Parts, Site};
use program::Programmes;
use program::actions::{Imported, Onto, Writer, import};
use program::schedule::{Assume, read};

/// A site with this feature, and what it holds in memory.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) programmes: Programmes,
}

impl Stage {
    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer {
            db: &self.site.app.db,
            bus: &self.site.app.bus,
            programmes: &self.programmes,
            public_url: &self.site.app.site.public_url,
            now: self.site.clock.now(),
        }
    }

    pub(crate) async fn import(&self, file: &str) -> Imported {
        let reading = read(file.as_bytes(), &Assume::default()).expect("the file is well-formed");
        import(&self.writer(), reading, Onto::Acronym, None)
            .await
            .expect("the file can be imported")
    }

    /// The whole programme, as everybody reads it.
    pub(crate) async fn programme(&self, slug: &str) -> Arc<program::Programme> {
        let found = self.programmes.named(&self.site.app.db, slug).await;
        found
            .expect("the store answers")
            .expect("the conference is there")
    }
}

/// One on each store.
pub(crate) async fn stages(name: &str) -> Vec<Stage> {
    let mut stages = Vec::new();
    for db in kit::engines(name).await {
        let programmes = Programmes::new();
        let parts = Parts {
            db,
            migrations: &[
                platform::MIGRATIONS,
                identity::MIGRATIONS,
                program::MIGRATIONS,
            ],
            texts: &[program::TEXTS],
            conferences: Arc::new(programmes.clone()),
            demo: false,
        };
        let held = programmes.clone();
        let site = Site::start(parts, |_| Routes::new().merge(program::routes(held))).await;
        stages.push(Stage { site, programmes });
    }
    stages
}

#[tokio::test]
async fn every_statement_fits_both_stores() {
    for stage in stages("statements").await {
        db::check_statements(&stage.site.app.db).await.unwrap();
    }
}
