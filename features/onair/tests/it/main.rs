//! What is on air, from outside, on both stores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod follow;
mod people;

use std::sync::Arc;
use std::time::Duration;

use identity::{ConferenceId, Routes};
use kit::{Parts, Site, Slot};
use onair::model::Cause;
use program::actions::{Onto, Writer, import};
use program::schedule::{Assume, read};
use program::{Programme, Programmes, TalkId, TrackId};

/// A site with two conferences, `ours` and `theirs`.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) programmes: Programmes,
}

/// Opening since ten minutes, then a break, then Second; on B nothing until Late begins.
const OURS: &[Slot<'_>] = &[
    Slot {
        track: "Track A",
        title: "Opening",
        from: -10,
        minutes: 30,
    },
    Slot {
        track: "Track A",
        title: "Break",
        from: 20,
        minutes: 10,
    },
    Slot {
        track: "Track A",
        title: "Second",
        from: 30,
        minutes: 30,
    },
    Slot {
        track: "Track B",
        title: "Late",
        from: 45,
        minutes: 15,
    },
];
const THEIRS: &[Slot<'_>] = &[Slot {
    track: "Track A",
    title: "Elsewhere",
    from: -5,
    minutes: 60,
}];

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
                onair::MIGRATIONS,
            ],
            texts: &[program::TEXTS, onair::TEXTS],
            conferences: Arc::new(programmes.clone()),
            demo: false,
        };
        let held = programmes.clone();
        let site = Site::start(parts, |_| Routes::new().merge(onair::routes(held))).await;
        let stage = Stage { site, programmes };
        stage.import("ours", OURS).await;
        stage.import("theirs", THEIRS).await;
        stages.push(stage);
    }
    stages
}

impl Stage {
    pub(crate) async fn import(&self, acronym: &str, slots: &[Slot<'_>]) {
        let app = &self.site.app;
        let writer = Writer {
            db: &app.db,
            bus: &app.bus,
            programmes: &self.programmes,
            public_url: &app.site.public_url,
            now: self.site.clock.now(),
        };
        let reading = read(kit::schedule(acronym, slots).as_bytes(), &Assume::default()).unwrap();
        import(&writer, reading, Onto::Acronym, None).await.unwrap();
    }

    pub(crate) async fn programme(&self, slug: &str) -> Arc<Programme> {
        self.programmes
            .named(&self.site.app.db, slug)
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn conference(&self, slug: &str) -> ConferenceId {
        self.programme(slug).await.conference.id.clone()
    }

    /// Id of a talk by its title.
    pub(crate) async fn talk(&self, slug: &str, title: &str) -> TalkId {
        let programme = self.programme(slug).await;
        programme
            .talks
            .iter()
            .find(|talk| talk.title == title)
            .unwrap()
            .id
            .clone()
    }

    pub(crate) async fn track(&self, slug: &str, track: &str) -> TrackId {
        self.programme(slug)
            .await
            .track_named(track)
            .unwrap()
            .id
            .clone()
    }

    /// Lets so many minutes pass, and the timetable be looked at.
    pub(crate) async fn pass(&self, minutes: u64) {
        self.site.clock.advance(Duration::from_mins(minutes));
        self.look(Cause::Time).await;
    }

    pub(crate) async fn look(&self, cause: Cause) {
        let now = self.site.clock.now();
        onair::jobs::look(&self.site.app, &self.programmes, now, cause)
            .await
            .unwrap();
    }

    /// Title of what is on a track, with who decides.
    pub(crate) async fn on(&self, slug: &str, track: &str) -> (Option<String>, String) {
        let path = format!("/api/v2/conferences/{slug}/tracks/{track}/on-air");
        let body = self.site.anonymous().get(&path).await.json();
        (
            body["title"].as_str().map(str::to_owned),
            body["mode"].as_str().unwrap().to_owned(),
        )
    }
}
