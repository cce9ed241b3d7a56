//! A conference with one of everything, and how all of it is called.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use db::{params, sql};
use http::{Method, StatusCode};
use identity::{Access, ConferenceId, Conferences as _, Role};
use kit::{Browser, Parts, Reader, Site};
use matsuri::site::{Features, MIGRATIONS, TEXTS};
use program::Programmes;
use serde_json::{Value, json};
use web::{Cx, Route};

const SCHEDULE: &str = include_str!("../fixtures/one-talk.xml");

/// The lists of a conference's structure.
const PARTS: [&str; 8] = [
    "days",
    "rooms",
    "tracks",
    "categories",
    "types",
    "levels",
    "durations",
    "languages",
];

/// A site with everything, and what it can be asked.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) routes: Vec<Route<Access>>,
    pub(crate) hub: realtime::Hub<live::Who>,
    /// The context of the last request that asked for it.
    seen: Arc<Mutex<Option<Cx>>>,
}

impl Stage {
    pub(crate) async fn build(db: db::Db) -> Self {
        let parts = Parts {
            db,
            migrations: MIGRATIONS,
            // `web` and `identity` come first and are in the box already.
            texts: &TEXTS[2..],
            conferences: Arc::new(Programmes::new()),
            demo: false,
        };
        let (mut routes, mut hub) = (Vec::new(), None);
        let seen: Arc<Mutex<Option<Cx>>> = Arc::default();
        let keep = Arc::clone(&seen);
        let site = Site::compose(parts, async |app| {
            let settings = media_core::Settings::default();
            let channels = media_core::Channels::new(settings, app.clock.clone(), None);
            let publish = "rtmp://box.test/live";
            let features = Features::new(app.clone(), channels, publish, 100)
                .await
                .expect("they fit together");
            routes = features.routes().table();
            hub = Some(features.hub.clone());
            let look = move |cx: Cx| {
                *keep.lock().expect("nobody panics with it") = Some(cx);
                async { "seen" }
            };
            let look = identity::Routes::new().get("/cx", Access::Anyone, look);
            features.routes().merge(look)
        })
        .await;
        Self {
            site,
            routes,
            hub: hub.expect("composed"),
            seen,
        }
    }

    pub(crate) async fn conference(&self, slug: &str) -> ConferenceId {
        let found = Programmes::new().find(&self.site.app.db, slug).await;
        found.expect("store").expect("it was made").id
    }

    pub(crate) async fn connect(&self, browser: &Browser) -> Reader<live::Who> {
        assert_eq!(browser.get("/cx").await.body, "seen");
        let cx = self.seen.lock().expect("nobody panics with it").take();
        let cx = Arc::new(cx.expect("seen"));
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Reader::begin(self.hub.session(cx, peer).expect("there is room")).await
    }

    /// A program that may do in one conference what its owner may.
    pub(crate) async fn token(&self, chair: &Browser, conference: &ConferenceId) -> Browser {
        let fields = [
            ("name", "a program"),
            ("conference", conference.as_str()),
            ("verb", "write"),
            ("days", "30"),
        ];
        let page = chair.post("/account/tokens", &fields).await.body;
        let secret = between(&page, "data-copy-text=\"", "\"").expect("a token");
        let bearer = format!("Bearer {secret}");
        let program = self.site.anonymous().with("authorization", &bearer);
        program.with("if-match", "\"v1\"")
    }
}

/// How the records of a conference are called: by the parameter that stands for them in addresses, with the list in
/// which they are where there are several.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<&'static str, Vec<(&'static str, String)>>);

impl Names {
    fn put(&mut self, parameter: &'static str, name: impl Into<String>) {
        self.0
            .entry(parameter)
            .or_default()
            .push(("rooms", name.into()));
    }

    /// What a parameter can be, each with its list.
    pub(crate) fn of(&self, parameter: &str) -> impl Iterator<Item = (&str, &str)> {
        let names = self.0.get(parameter).into_iter().flatten();
        names.map(|(part, name)| (*part, name.as_str()))
    }

    pub(crate) fn first(&self, parameter: &str) -> &str {
        self.of(parameter).next().expect("it is furnished").1
    }
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(inner, _)| inner.to_owned())
}

/// Makes a conference with one of everything.
pub(crate) async fn furnish(stage: &Stage, owner: &Browser, slug: &str) -> Names {
    let file = SCHEDULE.replace("SLUG", slug);
    let head = "content-disposition: form-data; name=\"file\"; filename=\"schedule.xml\"";
    let body = format!("--cut\r\n{head}\r\n\r\n{file}\r\n--cut--\r\n");
    let kind = Some("multipart/form-data; boundary=cut");
    let made = owner
        .send(Method::POST, "/new/import", kind, body.into())
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let mut names = Names::default();
    let head = head.replace("schedule.xml", "talks.csv");
    let body = format!("--cut\r\n{head}\r\n\r\ntitle\r\nOne more\r\n--cut--\r\n");
    let brought = owner
        .send(
            Method::POST,
            &format!("/{slug}/admin/talks/import"),
            kind,
            body.into(),
        )
        .await;
    let sheet = brought.location().rsplit('/').next().unwrap_or_default();
    assert!(!sheet.is_empty(), "{}", brought.body);
    let sheets = names.0.entry("{spreadsheet}").or_default();
    sheets.push(("talks", sheet.to_owned()));
    let api = format!("/api/v2/conferences/{slug}");
    for (parameter, part) in [
        ("{talk}", "talks"),
        ("{speaker}", "speakers"),
        ("{track}", "tracks"),
    ] {
        let list = owner.get(&format!("{api}/{part}")).await.json();
        let item = list[part]
            .get(0)
            .or_else(|| list.get(0))
            .expect("imported")
            .clone();
        for key in ["id", "slug"] {
            if let Some(name) = item[key].as_str() {
                names.put(parameter, name);
            }
        }
    }
    structure(owner, &api, &mut names).await;
    let at = json!({"state": "closed", "at": "2027-01-01T00:00:00Z"});
    let planned = post(owner, &format!("{api}/switches"), &at).await;
    names.put("{switch}", planned["id"].as_str().expect("an id"));
    let track = names.of("{track}").last().expect("imported").1.to_owned();
    let test = json!({"name": "OBS", "track": track, "seconds": 60});
    let test = post(owner, &format!("{api}/studio/encoder-tests"), &test).await;
    names.put("{test}", test["test"]["id"].as_str().expect("an id"));
    names.put("{key}", test["key"].as_str().expect("a key"));
    people(stage, owner, slug, &mut names).await;
    rows(stage, slug, &mut names).await;
    names
}

async fn post(owner: &Browser, path: &str, body: &Value) -> Value {
    let answer = owner.json(Method::POST, path, body).await;
    assert!(
        answer.status.is_success(),
        "{path}: {} {}",
        answer.status,
        answer.body
    );
    answer.json()
}

async fn structure(owner: &Browser, api: &str, names: &mut Names) {
    let slug = api.rsplit('/').next().expect("a name");
    let page = json!({"slug": format!("{slug}-page"), "titles": {"en": "A page"}, "visible": true});
    let page = post(owner, &format!("{api}/pages"), &page).await;
    names.put("{sheet}", page["id"].as_str().expect("an id"));
    names.put("{sheet}", page["slug"].as_str().expect("a name"));
    for part in PARTS {
        let path = format!("{api}/structure/{part}");
        let own = json!({"name": "One more", "name_en": "One more", "name_ja": "もうひとつ", "word": "90", "color": "#123456",
            "date": "2026-11-23", "from": "09:00", "to": "18:00"});
        let made = post(owner, &path, &own).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        names.0.entry("{piece}").or_default().push((part, id));
    }
}

async fn people(stage: &Stage, owner: &Browser, slug: &str, names: &mut Names) {
    let id = stage.conference(slug).await;
    stage
        .site
        .sign_in(&format!("Mika of {slug}"), Some(Role::Desk), &[id])
        .await;
    let team = format!("/{slug}/admin/team");
    let email = format!("guest@{slug}.example");
    let invited = owner
        .post(
            &format!("{team}/invitations"),
            &[("email", &email), ("roles", "desk")],
        )
        .await;
    assert_eq!(invited.status, StatusCode::SEE_OTHER, "{}", invited.body);
    let page = owner.get(&team).await.body;
    let invitation = between(&page, &format!("{team}/invitations/"), "/").expect("an invitation");
    names.put("{invitation}", invitation);
    let member = between(&page, &format!("{team}/members/"), "\"").expect("a member");
    names.put("{account}", member);
}

/// What takes a talk that is on air, a film, or a test to its end, as rows.
async fn rows(stage: &Stage, slug: &str, names: &mut Names) {
    let (db, conference) = (&stage.site.app.db, stage.conference(slug).await);
    let (slate, report) = (kernel::id::fresh("slt"), kernel::id::fresh("rpt"));
    let line = kernel::id::fresh("lin");
    let said = sql!(
        "INSERT INTO chat_line (id, conference, talk, account, name, text, nonce, at)
         VALUES ($1, $2, $3, 'acc', 'Aki', 'こんにちは', $1, 1)"
    );
    let talk = names.first("{talk}").to_owned();
    db.exec(said, params![line, conference, talk])
        .await
        .expect("said");
    names.put("{line}", line);
    let film = sql!(
        "INSERT INTO slate (id, conference, purpose, name, position, enabled, tracks, stage, attempts, refusal,
             original, bytes, version, uploaded_at, uploaded_by)
         VALUES ($1, $2, 'clip', 'Film', 1, $3, '*', 'refused', 1, 'none', 'none', 6, 1, 1, 'acc')"
    );
    db.exec(film, params![slate, conference, false])
        .await
        .expect("brought");
    let told = sql!(
        "INSERT INTO encoder_report (id, conference, test, began_at, ended_at, ending, protocol, encoder, verdict, figures)
         VALUES ($1, $2, $3, 1, 2, 'stopped', 'rtmp', 'OBS', 'good', '{}')"
    );
    let test = names.first("{test}").to_owned();
    db.exec(told, params![report, conference, test])
        .await
        .expect("told");
    names.put("{slate}", slate);
    names.put("{report}", report);
    let mail = sql!(String: "SELECT id FROM mail WHERE scope = $1 ORDER BY id DESC");
    let mail = db.all(mail, params![conference]).await.expect("read");
    names.put(
        "{mail}",
        mail.first().expect("an invitation was sent").clone(),
    );
}
