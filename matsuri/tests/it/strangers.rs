//! The chair of one conference tries the ids of another one.

use std::sync::Arc;

use http::{Method, StatusCode};
use identity::actions::Persona;
use identity::{Access, Conferences as _, Role};
use kit::{Answer, Browser, Parts, Site};
use matsuri::site::{Features, MIGRATIONS, TEXTS};
use program::Programmes;
use web::Route;

const SCHEDULE: &str = include_str!("fixtures/one-talk.xml");

/// What stands for the parameters of an address.
struct Names {
    talk: String,
    speaker: String,
    track: String,
}

impl Names {
    /// The parameters that name a record of a conference.
    fn records(&self) -> [(&'static str, &str); 3] {
        [
            ("{talk}", &self.talk),
            ("{speaker}", &self.speaker),
            ("{track}", &self.track),
        ]
    }
}

async fn site(db: db::Db) -> (Site, Vec<Route<Access>>) {
    let parts = Parts {
        db,
        migrations: MIGRATIONS,
        // `web` and `identity` come first and are in the box already.
        texts: &TEXTS[2..],
        conferences: Arc::new(Programmes::new()),
        demo: false,
    };
    let mut routes = Vec::new();
    let site = Site::compose(parts, async |app| {
        let settings = media_core::Settings::default();
        let channels = media_core::Channels::new(settings, app.clock.clone(), None);
        let publish = "rtmp://box.test/live";
        let features = Features::new(app.clone(), channels, publish, 100)
            .await
            .expect("they fit together");
        routes = features.routes().table();
        features.routes()
    })
    .await;
    (site, routes)
}

/// Imports a conference and reads back how its records are called.
async fn conference(owner: &Browser, slug: &str) -> Names {
    let file = SCHEDULE.replace("SLUG", slug);
    let head = "content-disposition: form-data; name=\"file\"; filename=\"schedule.xml\"";
    let body = format!("--cut\r\n{head}\r\n\r\n{file}\r\n--cut--\r\n");
    let kind = Some("multipart/form-data; boundary=cut");
    let made = owner
        .send(Method::POST, "/new/import", kind, body.into())
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    Names {
        talk: first(owner, slug, "talks", "id").await,
        speaker: first(owner, slug, "speakers", "slug").await,
        track: first(owner, slug, "tracks", "slug").await,
    }
}

async fn first(owner: &Browser, slug: &str, what: &str, key: &str) -> String {
    let list = owner
        .get(&format!("/api/v2/conferences/{slug}/{what}"))
        .await
        .json();
    let item = list[what]
        .get(0)
        .or_else(|| list.get(0))
        .expect("one was imported");
    item[key].as_str().expect("it is named").to_owned()
}

/// The address with our conference's records; what is left names records that do not exist.
fn fill(path: &str, conference: &str, names: &Names) -> String {
    let named = names.records().into_iter().fold(
        path.replace("{conf}", conference),
        |path, (parameter, name)| path.replace(parameter, name),
    );
    let piece = |piece: &str| {
        if piece.starts_with('{') {
            "nothing".to_owned()
        } else {
            piece.to_owned()
        }
    };
    named.split('/').map(piece).collect::<Vec<_>>().join("/")
}

/// Sends what makes sense to every route, so that only the address can be wrong.
async fn knock(browser: &Browser, method: &Method, path: &str) -> Answer {
    // Bodies that know all their fields take no others.
    let body = if path.contains("/talks/") && *method == Method::PATCH {
        serde_json::json!({ "title": "A title" })
    } else if path.contains("/speakers/") && *method == Method::PATCH {
        serde_json::json!({ "name": "A name" })
    } else if path.ends_with("/captions") {
        serde_json::json!({ "id": "one", "language": "en", "text": "hello" })
    } else {
        serde_json::json!({ "mode": "auto", "order": "auto", "text": "hello", "nonce": "one" })
    };
    match *method {
        Method::GET | Method::DELETE => browser.send(method.clone(), path, None, Vec::new()).await,
        _ if path.starts_with("/api/") => browser.json(method.clone(), path, &body).await,
        _ => {
            browser
                .post(
                    path,
                    &[
                        ("mode", "auto"),
                        ("order", "auto"),
                        ("alarm", "slate-on"),
                        ("title_en", "A title"),
                    ],
                )
                .await
        }
    }
}

#[tokio::test]
async fn ids_of_another_conference_are_not_found_on_any_route() {
    for db in kit::engines("strangers").await {
        let (site, routes) = site(db).await;
        let persona = Persona {
            email: "owner@example.org",
            name: "Olga",
            role: None,
            conferences: &[],
            owner: true,
        };
        let owner = site.sign_in_as(&persona).await;
        let (ours, theirs) = (
            conference(&owner, "ours").await,
            conference(&owner, "theirs").await,
        );
        let id = Programmes::new()
            .find(&site.app.db, "ours")
            .await
            .expect("store")
            .expect("it was made")
            .id;
        let chair = site.sign_in("Chie", Some(Role::Chair), &[id]).await;
        let chair = chair.with("if-match", "\"v1\"");
        let mut tried = 0;
        for route in routes
            .iter()
            .filter(|route| route.path.contains("/{conf}/"))
        {
            for (parameter, strange) in theirs.records() {
                if !route.path.contains(parameter) {
                    continue;
                }
                tried += 1;
                let path = fill(&route.path.replace(parameter, strange), "ours", &ours);
                let answer = knock(&chair, &route.method, &path).await;
                assert_eq!(
                    answer.status,
                    StatusCode::NOT_FOUND,
                    "{} {path}\n{}",
                    route.method,
                    answer.body
                );
            }
            let nowhere = fill(route.path, "nowhere", &ours);
            let answer = knock(&chair, &route.method, &nowhere).await;
            assert_eq!(
                answer.status,
                StatusCode::NOT_FOUND,
                "{} {nowhere}",
                route.method
            );
        }
        assert!(tried >= 10, "{tried}");
    }
}
