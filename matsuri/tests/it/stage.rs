//! Two conferences and the people of one of them, without ports.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use db::Db;
use http::{Method, Request, Response, header};
use identity::actions::{self, Persona};
use identity::{Access, ConferenceId, CookieSessions, Role};
use kernel::Clock;
use matsuri::config::{Config, Reach};
use matsuri::serve;
use matsuri::site::{Features, MIGRATIONS, TEXTS};
use platform::{Bus, Tasks};
use program::actions::{Onto, Writer, import};
use program::schedule::{Assume, read};
use tower::ServiceExt as _;
use web::{App, Locale, Route, Site, Texts};

/// A schedule file of one talk on one track.
pub(crate) fn schedule(acronym: &str, title: &str) -> String {
    let event = serde_json::json!({
        "guid": format!("{:0>8}-0000-4000-8000-000000000001", acronym.len()), "id": 1,
        "title": title, "slug": "opening", "date": "2026-11-22T10:00:00+09:00", "start": "10:00",
        "duration": "01:00", "room": "Hall A", "language": "en", "type": "lecture", "persons": [],
    });
    let day = serde_json::json!({
        "index": 1, "date": "2026-11-22", "day_start": "2026-11-22T09:00:00+09:00",
        "day_end": "2026-11-22T18:00:00+09:00", "rooms": {"Hall A": [event]},
    });
    let file = serde_json::json!({"schedule": {"version": "1", "conference": {
        "acronym": acronym, "title": "A conference", "start": "2026-11-22", "end": "2026-11-22",
        "daysCount": 1, "timeslot_duration": "00:05", "time_zone_name": "Asia/Tokyo",
        "rooms": [{"name": "Hall A"}], "days": [day],
    }}});
    file.to_string()
}

pub(crate) struct Stage {
    pub(crate) features: Features,
    router: Router,
    _files: tempfile::TempDir,
}

struct NoMeter;

impl web::enter::Meter for NoMeter {
    fn answered(&self, _: &Method, _: &str, _: http::StatusCode, _: std::time::Duration) {}
}

impl Stage {
    pub(crate) async fn build(db: Db) -> Self {
        let clock = Clock::system();
        db.migrate(MIGRATIONS, clock.now())
            .await
            .expect("the tables can be made");
        let site = Site {
            public_url: "http://box.test".into(),
            locale: Locale::En,
            demo: false,
            media_url: None,
            mails: true,
        };
        let files = tempfile::tempdir().expect("a folder can be made");
        let app = App {
            db,
            blobs: platform::Blobs::new(files.path()),
            bus: Bus::new(),
            tasks: Tasks::new(tokio::runtime::Handle::current()),
            clock: clock.clone(),
            texts: Arc::new(Texts::load(TEXTS).expect("the message files are well-formed")),
            site: Arc::new(site),
            sessions: Arc::new(CookieSessions),
        };
        let channels = serve::channels(&Config::new(Reach::ThisMachine), &clock, None);
        let publish = "rtmp://box.test:1935/live";
        let features = Features::new(app, channels, publish, 64)
            .await
            .expect("they fit together");
        let router = features.router(Arc::new(NoMeter));
        Self {
            features,
            router,
            _files: files,
        }
    }

    pub(crate) async fn conference(&self, acronym: &str) -> ConferenceId {
        let app = &self.features.app;
        let writer = Writer {
            db: &app.db,
            bus: &app.bus,
            programmes: &self.features.programmes,
            public_url: &app.site.public_url,
            now: app.clock.now(),
        };
        let file = schedule(acronym, "Opening");
        let reading = read(file.as_bytes(), &Assume::default()).expect("a good file");
        let imported = import(&writer, reading, Onto::Acronym, None)
            .await
            .expect("imported");
        imported.conference.id
    }

    /// The secret of somebody's session.
    pub(crate) async fn person(
        &self,
        name: &str,
        role: Option<Role>,
        conferences: &[ConferenceId],
        owner: bool,
    ) -> String {
        let app = &self.features.app;
        let (now, email) = (app.clock.now(), format!("{name}@example.org"));
        let persona = Persona {
            email: &email,
            name,
            role,
            conferences,
            owner,
        };
        let account = actions::enrol(&app.db, &persona, now)
            .await
            .expect("an account");
        actions::begin(&app.db, &account, "test", now)
            .await
            .expect("a session")
    }

    pub(crate) fn routes(&self) -> Vec<Route<Access>> {
        self.features.routes().table()
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        session: Option<&str>,
    ) -> Response<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "box.test");
        if let Some(session) = session {
            request = request.header(header::COOKIE, format!("session={session}"));
        }
        let request = request.body(Body::empty()).expect("well-formed");
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("a router cannot fail")
    }
}
