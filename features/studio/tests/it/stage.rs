//! A site with two conferences, `ours` and `theirs`, and people who are connected to its studio.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use identity::{Access, ConferenceId, Role};
use kit::{Browser, Parts, Reader, Site, Slot};
use media_core::Channels;
use onair::model::Cause;
use program::actions::{Onto, Writer, import};
use program::schedule::{Assume, read};
use program::{Programme, Programmes, TalkId};
use realtime::{Limits, Settings};
use studio::{Hub, Studio};
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
    pub(crate) studio: Studio,
    pub(crate) channels: Channels,
    /// The context of the last request to `/cx`.
    seen: Arc<Mutex<Option<Cx>>>,
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
                onair::MIGRATIONS,
                studio::MIGRATIONS,
            ],
            texts: &[program::TEXTS, onair::TEXTS, studio::TEXTS],
            conferences: Arc::new(programmes.clone()),
            demo: false,
        };
        let (held, seen) = (programmes.clone(), Arc::new(Mutex::new(None)));
        let (mut parted, watched) = (None, seen.clone());
        let site = Site::compose(parts, async |app: &App| {
            load(app, &held).await;
            let plain = Settings::plain(app.clock.clone(), app.tasks.clone());
            let hub = Hub::new(Settings {
                limits: Limits::default(),
                ..plain
            });
            let (running, stop) = (hub.clone(), app.tasks.token());
            app.tasks
                .spawn("realtime", async move { running.run(stop).await });
            let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
            let picture: studio::Picture = Arc::new(|conference, track| {
                format!("/media/{}/{track}/index.m3u8", conference.slug)
            });
            let publish = "rtmp://box.test:1935/live";
            let studio = Studio::start(app, &held, &channels, &hub, picture, publish);
            parted = Some((hub.clone(), studio.clone(), channels));
            identity::routes(Arc::new(held.clone()))
                .merge(studio::routes(&studio))
                .merge(onair::routes(held.clone()))
                .get("/cx", Access::Anyone, async move |cx: Cx| {
                    *watched.lock().unwrap() = Some(cx);
                    "seen"
                })
        })
        .await;
        let (hub, studio, channels) = parted.unwrap();
        let stage = Stage {
            site,
            programmes,
            hub,
            studio,
            channels,
            seen,
        };
        stage.look().await;
        stages.push(stage);
    }
    stages
}

async fn load(app: &App, programmes: &Programmes) {
    for (acronym, slots) in [("ours", OURS), ("theirs", THEIRS)] {
        put(app, programmes, acronym, slots).await;
    }
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

    pub(crate) async fn crew(&self) -> Browser {
        let ours = self.conference("ours").await;
        self.site
            .sign_in("Ken", Some(Role::Broadcast), &[ours])
            .await
    }

    /// Whoever sits at a browser, connected.
    pub(crate) async fn connect(&self, browser: &Browser) -> Reader<studio::Who> {
        assert_eq!(browser.get("/cx").await.body, "seen");
        let cx = self.seen.lock().unwrap().take().unwrap();
        let session = self
            .hub
            .session(Arc::new(cx), IpAddr::V4(Ipv4Addr::LOCALHOST))
            .unwrap();
        Reader::begin(session).await
    }
}
