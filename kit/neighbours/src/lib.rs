//! Two conferences in one box, `ours` and `theirs`, for the suites of features that stand on the programme. It is a crate
//! of its own so that the suites below the programme do not wait for it to compile.

#![allow(clippy::panic, reason = "a harness fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use identity::{Access, Chair, ConferenceId, Role, Routes};
use kit::{Browser, Parts, Site, Slot};
use onair::model::Cause;
use program::actions::{Onto, Writer, advance, import};
use program::schedule::{Assume, read};
use program::{Lifecycle, Programme, Programmes, TalkId, TrackId};
use web::{App, Cx};

/// Opening since ten minutes, then a break, then Second; on track B nothing until Late begins.
pub const OURS: &[Slot<'_>] = &[
    slot("Track A", "Opening", -10, 30),
    slot("Track A", "Break", 20, 10),
    slot("Track A", "Second", 30, 30),
    slot("Track B", "Late", 45, 15),
];
/// Another team's, at the same time.
pub const THEIRS: &[Slot<'_>] = &[slot("Track A", "Elsewhere", -5, 60)];

const fn slot<'a>(track: &'a str, title: &'a str, from: i64, minutes: i64) -> Slot<'a> {
    Slot {
        track,
        title,
        from,
        minutes,
    }
}

/// A site with the two, and what it holds in memory.
pub struct Neighbours {
    /// The box.
    pub site: Site,
    /// The programmes that its features read.
    pub programmes: Programmes,
    /// The context of the last request to `/cx`.
    seen: Arc<Mutex<Option<Cx>>>,
}

/// What a feature adds to the box.
pub struct Adds<'a> {
    /// Its tables.
    pub migrations: &'a [db::Migrations],
    /// Its messages.
    pub texts: &'a [web::texts::Source],
}

impl Neighbours {
    /// One on each store. `compose` gets the app with both conferences in it, and gives the feature's routes and whatever
    /// else its tests want to hold.
    pub async fn on_each_store<T>(
        name: &str,
        adds: Adds<'_>,
        compose: impl AsyncFn(&App, &Programmes) -> (Routes, T),
    ) -> Vec<(Self, T)> {
        let vocabulary = [
            platform::MIGRATIONS,
            identity::MIGRATIONS,
            program::MIGRATIONS,
            onair::MIGRATIONS,
        ];
        let migrations = [&vocabulary, adds.migrations].concat();
        let texts = [&[program::TEXTS, onair::TEXTS], adds.texts].concat();
        let mut all = Vec::new();
        for db in kit::engines(name).await {
            let programmes = Programmes::new();
            let parts = Parts {
                db,
                migrations: &migrations,
                texts: &texts,
                conferences: Arc::new(programmes.clone()),
                demo: false,
            };
            let seen = Arc::new(Mutex::new(None));
            let (mut held, watched) = (None, seen.clone());
            let site = Site::compose(parts, async |app: &App| {
                for (acronym, slots) in [("ours", OURS), ("theirs", THEIRS)] {
                    put(app, &programmes, acronym, slots).await;
                }
                let (routes, parts) = compose(app, &programmes).await;
                held = Some(parts);
                routes.get("/cx", Access::Anyone, async move |cx: Cx| {
                    *watched.lock().expect("no test panics with it") = Some(cx);
                    "seen"
                })
            })
            .await;
            let neighbours = Self {
                site,
                programmes,
                seen,
            };
            all.push((neighbours, held.expect("the box was composed")));
        }
        all
    }

    /// Brings the programme of a conference by a file, anew or changed.
    pub async fn import(&self, acronym: &str, slots: &[Slot<'_>]) {
        put(&self.site.app, &self.programmes, acronym, slots).await;
    }

    /// A conference with everything in it.
    pub async fn programme(&self, slug: &str) -> Arc<Programme> {
        let found = self.programmes.named(&self.site.app.db, slug).await;
        found
            .expect("the store answers")
            .expect("the conference is there")
    }

    /// Id of a conference.
    pub async fn conference(&self, slug: &str) -> ConferenceId {
        self.programme(slug).await.conference.id.clone()
    }

    /// Id of a talk by its title.
    pub async fn talk(&self, slug: &str, title: &str) -> TalkId {
        let programme = self.programme(slug).await;
        let talk = programme.talks.iter().find(|talk| talk.title == title);
        talk.expect("the talk is there").id.clone()
    }

    /// Id of a track by its name in addresses.
    pub async fn track(&self, slug: &str, track: &str) -> TrackId {
        let programme = self.programme(slug).await;
        let track = programme.track_named(track).expect("the track is there");
        track.id.clone()
    }

    /// Puts on air what the timetable says.
    pub async fn look(&self, cause: Cause) {
        let now = self.site.clock.now();
        onair::jobs::look(&self.site.app, &self.programmes, now, cause)
            .await
            .expect("the timetable can be followed");
    }

    /// Lets so many minutes pass, and the timetable be looked at.
    pub async fn pass(&self, minutes: u64) {
        self.site.clock.advance(Duration::from_mins(minutes));
        self.look(Cause::Time).await;
    }

    /// Somebody of the broadcast team of `ours`.
    pub async fn crew(&self) -> Browser {
        let ours = self.conference("ours").await;
        self.site
            .sign_in("Ken", Some(Role::Broadcast), &[ours])
            .await
    }

    /// The chair of `ours` gives it another state.
    pub async fn enter(&self, to: Lifecycle) {
        let own = [self.conference("ours").await];
        let chair = self.site.sign_in("Chie", Some(Role::Chair), &own).await;
        let cx = self.cx(&chair).await;
        let [ours] = &own;
        let grant = identity::grant::<Chair>(&cx, ours).await;
        let writer = Writer::of(&cx, &self.programmes);
        advance(&writer, &grant.expect("Chie leads it"), to, None)
            .await
            .expect("the state can follow");
    }

    /// The context of a request of somebody.
    pub async fn cx(&self, browser: &Browser) -> Cx {
        assert_eq!(browser.get("/cx").await.body, "seen");
        let seen = self.seen.lock().expect("no test panics with it").take();
        seen.expect("the page was seen")
    }
}

/// Brings a conference's programme into a box by a file.
pub async fn put(app: &App, programmes: &Programmes, acronym: &str, slots: &[Slot<'_>]) {
    let writer = Writer {
        db: &app.db,
        bus: &app.bus,
        programmes,
        public_url: &app.site.public_url,
        now: app.clock.now(),
    };
    let reading = read(kit::schedule(acronym, slots).as_bytes(), &Assume::default());
    import(&writer, reading.expect("well-formed"), Onto::Acronym, None)
        .await
        .expect("imported");
}
