//! The site in a box: routes of one or more features behind the real door and guard, without a port.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use db::Db;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use identity::actions::{self, Persona};
use identity::{
    ConferenceGuard, ConferenceId, Conferences, CookieSessions, Found, Role, Routes, Scope, Shown,
};
use kernel::{Clock, Timestamp};
use platform::{Bus, Tasks};
use tower::ServiceExt as _;
use web::{App, Cx, Locale, Texts};

/// What a box is made of.
pub struct Parts<'a> {
    /// The store, empty.
    pub db: Db,
    /// Tables, in order.
    pub migrations: &'a [db::Migrations],
    /// Messages beside those of `web` and `identity`.
    pub texts: &'a [web::texts::Source],
    /// Who finds conferences.
    pub conferences: Arc<dyn Conferences>,
    /// Whether it is a demo.
    pub demo: bool,
}

/// A site without a port.
pub struct Site {
    /// What the process is made of.
    pub app: App,
    /// The clock, held.
    pub clock: Clock,
    router: Router,
    /// Where its files lie, as long as it lives.
    _files: tempfile::TempDir,
}

/// Where a held clock begins: 2026-11-22 01:00 UTC, ten in the morning in Tokyo.
pub fn start() -> Timestamp {
    kernel::clock::from_micros(1_795_309_200_000_000)
}

struct NoMeter;

impl web::enter::Meter for NoMeter {
    fn answered(&self, _: &Method, _: &str, _: StatusCode, _: Duration) {}
}

impl Site {
    /// Puts the box together; `routes` gets the app to make handlers' state from.
    pub async fn start(parts: Parts<'_>, routes: impl FnOnce(&App) -> Routes) -> Self {
        Self::compose(parts, async |app| routes(app)).await
    }

    /// Puts the box together from features that have to wait for something while they start.
    pub async fn compose(parts: Parts<'_>, routes: impl AsyncFnOnce(&App) -> Routes) -> Self {
        let clock = Clock::held_at(start());
        parts
            .db
            .migrate(parts.migrations, clock.now())
            .await
            .expect("the tables can be made");
        let mut texts = vec![web::texts::TEXTS, identity::TEXTS];
        texts.extend_from_slice(parts.texts);
        let site = web::Site {
            public_url: "http://box.test".into(),
            locale: Locale::En,
            demo: parts.demo,
            media_url: None,
            mails: true,
        };
        let files = tempfile::tempdir().expect("a folder can be made");
        let app = App {
            db: parts.db,
            blobs: platform::Blobs::new(files.path()),
            bus: Bus::new(),
            tasks: Tasks::new(tokio::runtime::Handle::current()),
            clock: clock.clone(),
            texts: Arc::new(Texts::load(&texts).expect("the message files are well-formed")),
            site: Arc::new(site),
            sessions: Arc::new(CookieSessions),
        };
        let guard: Arc<dyn web::Guard<identity::Access>> =
            Arc::new(ConferenceGuard::new(parts.conferences));
        let router = routes(&app).await.guarded(&guard);
        let router = web::enter::site(app.clone(), Arc::new(NoMeter), router);
        Self {
            app,
            clock,
            router,
            _files: files,
        }
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: Mutex::default(),
            headers: HeaderMap::new(),
        }
    }

    /// Somebody with an account and perhaps a role.
    pub async fn sign_in(
        &self,
        name: &str,
        role: Option<Role>,
        conferences: &[ConferenceId],
    ) -> Browser {
        self.sign_in_as(&Persona {
            email: &format!("{}@example.org", kernel::text::to_slug(name)),
            name,
            role,
            conferences,
            owner: false,
        })
        .await
    }

    /// The owner of the site.
    pub async fn owner(&self) -> Browser {
        self.sign_in_as(&Persona {
            email: "owner@example.org",
            name: "Owner",
            role: None,
            conferences: &[],
            owner: true,
        })
        .await
    }

    /// Somebody in particular.
    pub async fn sign_in_as(&self, persona: &Persona<'_>) -> Browser {
        let now = self.clock.now();
        let account = actions::enrol(&self.app.db, persona, now)
            .await
            .expect("an account can be made");
        let secret = actions::begin(&self.app.db, &account, "kit", now)
            .await
            .expect("a session can begin");
        let browser = self.anonymous();
        browser
            .cookies
            .lock()
            .expect("no test panics with it")
            .push(("session".into(), secret));
        browser
    }
}

/// A browser without script: keeps cookies, does not follow redirects.
pub struct Browser {
    router: Router,
    cookies: Mutex<Vec<(String, String)>>,
    headers: HeaderMap,
}

impl Clone for Browser {
    /// Another window of it, as it is now.
    fn clone(&self) -> Self {
        Self {
            router: self.router.clone(),
            cookies: Mutex::new(self.cookies.lock().expect("no test panics with it").clone()),
            headers: self.headers.clone(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body as text.
    pub body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }
}

impl Browser {
    /// Sends one more header with every request.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(name, value.parse().expect("a test's header is well-formed"));
        self
    }

    /// Keeps a cookie that the site did not give.
    pub fn keep(&self, name: &str, value: &str) {
        let line = format!("{name}={value}").parse();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::SET_COOKIE,
            line.expect("a test's cookie is well-formed"),
        );
        self.keep_cookies(&headers);
    }

    /// Reads a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", web::failure::encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            body.into(),
        )
        .await
    }

    /// Sends JSON with any method.
    pub async fn json(&self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        self.send(
            method,
            path,
            Some("application/json"),
            body.to_string().into(),
        )
        .await
    }

    /// Sends a request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "box.test");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let mut request = request
            .body(Body::from(body))
            .expect("a test's request is well-formed");
        let cookies = self.cookies.lock().expect("no test panics with it").clone();
        let cookies: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            let line = cookies.join("; ").parse().expect("cookies are well-formed");
            request.headers_mut().insert(header::COOKIE, line);
        }
        for (name, value) in &self.headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router cannot fail");
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        let bytes = body.collect().await.expect("the body ends").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut kept = self.cookies.lock().expect("no test panics with it");
        for line in headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
        {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                kept.retain(|(known, _)| known != name);
                if !value.is_empty() {
                    kept.push((name.to_owned(), value.to_owned()));
                }
            }
        }
    }
}

/// Conferences that exist by name alone, for features that stand below `program`.
pub struct NamedConferences(pub Vec<(String, ConferenceId)>);

impl Conferences for NamedConferences {
    fn find<'a>(
        &'a self,
        _: &'a Db,
        slug: &'a str,
    ) -> BoxFuture<'a, kernel::Result<Option<Found>>> {
        let found = self
            .0
            .iter()
            .find(|(name, _)| name == slug)
            .map(|(_, id)| Found {
                id: id.clone(),
                open: true,
                sealed: false,
            });
        Box::pin(async move { Ok(found) })
    }

    fn all<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, kernel::Result<Vec<ConferenceId>>> {
        let all = self.0.iter().map(|(_, id)| id.clone()).collect();
        Box::pin(async move { Ok(all) })
    }
    fn shown<'a>(
        &'a self,
        _: &'a Cx,
        conference: &'a ConferenceId,
        _: Option<&'a Scope>,
        _: &'a str,
    ) -> BoxFuture<'a, kernel::Result<Option<Shown>>> {
        let found = self.0.iter().find(|(_, id)| id == conference);
        let shown = found.map(|(slug, _)| Shown {
            slug: slug.clone(),
            title: slug.clone(),
            sender: slug.clone(),
            reply_to: None,
            brand: web::Brand {
                title: slug.clone(),
                href: format!("/{slug}"),
                nav: Vec::new(),
                stylesheet: None,
                pictures: web::Pictures::default(),
                note: None,
            },
        });
        Box::pin(async move { Ok(shown) })
    }
}
