//! A site with two conferences, `ours` and `theirs`, and people who are connected to it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use identity::{Access, ConferenceId, Role};
use kit::{Browser, Parts, Reader, Site, Slot};
use live::{Hub, Live};
use media_core::Channels;
use onair::model::Cause;
use program::actions::{Onto, Writer, import};
use program::schedule::{Assume, read};
use program::{Programme, Programmes, TalkId};
use realtime::Limits;
use web::{App, Cx};

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

pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) programmes: Programmes,
    pub(crate) hub: Hub,
    pub(crate) live: Live,
    pub(crate) channels: Channels,
    /// The context of the last request to `/cx`.
    seen: Arc<Mutex<Option<Cx>>>,
}

/// One on each store; `watch` is the rule of `ours`.
pub(crate) async fn stages(name: &str, watch: &str) -> Vec<Stage> {
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
                live::MIGRATIONS,
            ],
            texts: &[
                program::TEXTS,
                onair::TEXTS,
                live::TEXTS,
                live::REALTIME_TEXTS,
            ],
            conferences: Arc::new(programmes.clone()),
            demo: false,
        };
        let (held, seen) = (programmes.clone(), Arc::new(Mutex::new(None)));
        let (mut parted, watched) = (None, seen.clone());
        let site = Site::compose(parts, async |app: &App| {
            load(app, &held, watch).await;
            let hub = live::hub(app, Limits::default());
            let (running, stop) = (hub.clone(), app.tasks.token());
            app.tasks
                .spawn("realtime", async move { running.run(stop).await });
            live::follow_sessions(app, &hub);
            let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
            let live = Live::start(app, &held, &channels, &hub).await.unwrap();
            parted = Some((hub.clone(), live.clone(), channels));
            identity::routes(Arc::new(held.clone()))
                .merge(live::routes(&live))
                .merge(live::door(app, &hub))
                .merge(onair::routes(held.clone()))
                .get("/cx", Access::Anyone, async move |cx: Cx| {
                    *watched.lock().unwrap() = Some(cx);
                    "seen"
                })
        })
        .await;
        let (hub, live, channels) = parted.unwrap();
        let stage = Stage {
            site,
            programmes,
            hub,
            live,
            channels,
            seen,
        };
        stage.look().await;
        stages.push(stage);
    }
    stages
}

async fn load(app: &App, programmes: &Programmes, watch: &str) {
    for (acronym, slots) in [("ours", OURS), ("theirs", THEIRS)] {
        put(app, programmes, acronym, slots).await;
    }
    let rule =
        db::sql!("UPDATE conference SET watch = $1, version = version + 1 WHERE slug = 'ours'");
    app.db.exec(rule, db::params![watch]).await.unwrap();
}

async fn put(app: &App, programmes: &Programmes, acronym: &str, slots: &[Slot<'_>]) {
    let writer = Writer {
        db: &app.db,
        bus: &app.bus,
        programmes,
        public_url: &app.site.public_url,
        now: app.clock.now(),
    };
    let reading = read(kit::schedule(acronym, slots).as_bytes(), &Assume::default()).unwrap();
    import(&writer, reading, Onto::Acronym, None).await.unwrap();
}

impl Stage {
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

    pub(crate) async fn look(&self) {
        let now = self.site.clock.now();
        onair::jobs::look(&self.site.app, &self.programmes, now, Cause::Time)
            .await
            .unwrap();
    }

    pub(crate) async fn pass(&self, minutes: u64) {
        self.site.clock.advance(Duration::from_mins(minutes));
        self.look().await;
    }

    /// Changes the programme of a conference a little, by import.
    pub(crate) async fn retitle(&self, slug: &str) {
        let app = &self.site.app;
        let mut slots = OURS.to_vec();
        slots[3].title = "Later";
        put(app, &self.programmes, slug, &slots).await;
    }

    pub(crate) async fn crew(&self) -> Browser {
        let ours = self.conference("ours").await;
        self.site
            .sign_in("Ken", Some(Role::Broadcast), &[ours])
            .await
    }

    /// The context of somebody's request.
    pub(crate) async fn cx(&self, browser: &Browser) -> Cx {
        assert_eq!(browser.get("/cx").await.body, "seen");
        self.seen.lock().unwrap().take().unwrap()
    }

    /// Whoever sits at a browser, connected.
    pub(crate) async fn connect(&self, browser: &Browser) -> Reader<live::Who> {
        let cx = self.cx(browser).await;
        let session = self
            .hub
            .session(Arc::new(cx), IpAddr::V4(Ipv4Addr::LOCALHOST))
            .unwrap();
        Reader::begin(session).await
    }
}
