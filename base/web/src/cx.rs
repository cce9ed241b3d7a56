//! What a handler gets: stores, actor, language, clock, trace. Context instead of globals.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use db::Db;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, Method, Uri, header};
use kernel::{Clock, Timestamp};
use platform::{Blobs, Bus, Tasks};

use crate::preview::Preview;
use crate::texts::{Locale, Texts};
use crate::trace::TraceId;

/// What the process is made of, put together once by the composition root.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub db: Db,
    /// Files.
    pub blobs: Blobs,
    /// News between features.
    pub bus: Bus,
    /// Supervised background work.
    pub tasks: Tasks,
    /// Where time comes from.
    pub clock: Clock,
    /// All messages.
    pub texts: Arc<Texts>,
    /// Facts about this installation.
    pub site: Arc<Site>,
    /// Who is behind a cookie or token.
    pub sessions: Arc<dyn Sessions>,
}

/// Facts about this installation.
#[derive(Clone, Debug)]
pub struct Site {
    /// Scheme, host and port under which people reach it, without a trailing slash.
    pub public_url: String,
    /// Language for people who state none that we speak.
    pub locale: Locale,
    /// The demo: one-click sign-in and a readable mailbox.
    pub demo: bool,
    /// Whether mails reach people: by a mail server, or in the demo's mailbox.
    pub mails: bool,
    /// Scheme, host and port from which pages fetch pictures and sound, where it is not the site itself.
    pub media_url: Option<String>,
}

impl Site {
    /// Whether people reach this site over TLS, so that cookies may demand it.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// An absolute address for a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Where pages fetch the media at a path that begins with `/`.
    pub fn media(&self, path: &str) -> String {
        format!("{}{path}", self.media_url.as_deref().unwrap_or_default())
    }
}

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Account id.
    pub account: String,
    /// Session id.
    pub session: String,
    /// Name as the person writes it.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// The zone that they chose, where it is not their browser's.
    pub zone: Option<String>,
    /// Whether they proved more than a mailbox: a passkey.
    pub strong: bool,
    /// What their credentials are limited to, where they are.
    pub limit: Option<Limit>,
}

/// What credentials are limited to: those of a program that acts in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Where they are good: an id.
    pub place: String,
    /// Whether they may change anything.
    pub writes: bool,
}

/// Finds the person behind a request's credentials.
pub trait Sessions: Send + Sync {
    /// The actor of a live session, `None` for no, unknown, expired or revoked credentials.
    fn actor<'a>(
        &'a self,
        app: &'a App,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, kernel::Result<Option<Actor>>>;
}

/// Address of the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What a handler gets. Cheap to clone.
#[derive(Clone)]
pub struct Cx {
    /// The store.
    pub db: Db,
    /// Files.
    pub blobs: Blobs,
    /// News between features.
    pub bus: Bus,
    /// Supervised background work.
    pub tasks: Tasks,
    /// When this request arrived.
    pub now: Timestamp,
    /// For work that outlives the request, such as a socket.
    pub clock: Clock,
    /// The reader's language.
    pub locale: Locale,
    /// Who asks, when signed in.
    pub actor: Option<Actor>,
    /// Joins response, log lines and errors.
    pub trace: TraceId,
    /// Facts about this installation.
    pub site: Arc<Site>,
    /// All messages.
    pub texts: Arc<Texts>,
    /// What the browser told about itself.
    pub client: Arc<Client>,
    /// As whom somebody of a team looks, while they do; `actor` is that other one then.
    pub preview: Option<Arc<Preview>>,
}

/// What the browser told about itself.
#[derive(Clone, Debug)]
pub struct Client {
    /// Method of the request.
    pub method: Method,
    /// Path and query as asked for.
    pub path: String,
    /// IANA zone from the cookie `zone`, where it is one.
    pub zone: Option<String>,
    /// `light`, `dark` or `system`.
    pub theme: &'static str,
    /// Address of the other end.
    pub peer: Option<SocketAddr>,
    /// `User-Agent`, shortened.
    pub user_agent: String,
    /// Whether the answer should be JSON rather than a page.
    pub wants_json: bool,
    /// What the page before did, to be said once.
    pub said: Option<crate::form::Said>,
}

impl Cx {
    /// Text in the reader's language.
    pub fn text(&self, key: &str, args: &[(&str, &str)]) -> String {
        self.texts.get(self.locale, key, args)
    }

    /// The actor, or the refusal that asks to sign in.
    pub fn signed_in(&self) -> kernel::Result<&Actor> {
        self.actor.as_ref().ok_or(kernel::Error::Unauthenticated)
    }

    /// Builds the context of one request.
    pub(crate) async fn of(
        app: &App,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> kernel::Result<Self> {
        let actor = app.sessions.actor(app, headers).await?;
        Ok(Self::new(
            app,
            actor,
            Client::of(method, uri, headers, peer),
            headers,
        ))
    }

    /// The context of a request whose actor is known or does not matter.
    pub(crate) fn new(
        app: &App,
        actor: Option<Actor>,
        client: Client,
        headers: &HeaderMap,
    ) -> Self {
        let mut client = client;
        let preview = Preview::of(headers, actor.as_ref()).map(Arc::new);
        let actor = match &preview {
            Some(preview) => preview.actor(&client.path),
            None => actor,
        };
        if let Some(zone) = actor.as_ref().and_then(|actor| actor.zone.clone()) {
            client.zone = Some(zone);
        }
        let spoken = cookie(headers, "lang").and_then(Locale::parse);
        let accepted =
            || header_text(headers, header::ACCEPT_LANGUAGE.as_str()).and_then(Locale::negotiate);
        Self {
            db: app.db.clone(),
            blobs: app.blobs.clone(),
            bus: app.bus.clone(),
            tasks: app.tasks.clone(),
            now: app.clock.now(),
            clock: app.clock.clone(),
            locale: spoken.or_else(accepted).unwrap_or(app.site.locale),
            actor,
            trace: TraceId::of(headers),
            site: app.site.clone(),
            texts: app.texts.clone(),
            client: Arc::new(client),
            preview,
        }
    }
}

impl Client {
    pub(crate) fn of(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Self {
        let path = uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let accept = header_text(headers, header::ACCEPT.as_str()).unwrap_or_default();
        let wants_json = uri.path().starts_with("/api/")
            || uri.path().starts_with("/rt")
            || (accept.contains("json") && !accept.contains("text/html"));
        let zone = cookie(headers, "zone")
            .map(|zone| zone.replace("%2F", "/").replace("%2B", "+"))
            .filter(|zone| zone.len() <= 64 && jiff::tz::TimeZone::get(zone).is_ok());
        let theme = match cookie(headers, "theme") {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "system",
        };
        let user_agent = header_text(headers, header::USER_AGENT.as_str()).unwrap_or_default();
        let user_agent = user_agent
            .chars()
            .take(crate::limits::USER_AGENT_BYTES_MAX)
            .collect();
        Self {
            method: method.clone(),
            path,
            zone,
            theme,
            peer: asker(peer, headers),
            user_agent,
            wants_json,
            said: crate::form::Said::of(headers),
        }
    }
}

/// Who asks. A proxy on this machine says for whom, and whom it says last is whom it saw itself (deploy.md): without it
/// everybody behind the proxy would share what one address may ask for. Nobody else is believed.
fn asker(peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<SocketAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back();
    let last = line.and_then(|line| line.to_str().ok()?.rsplit(',').next());
    let told = last.and_then(|last| last.trim().parse().ok());
    match (peer, told) {
        (Some(peer), Some(told)) if peer.ip().to_canonical().is_loopback() => {
            Some(SocketAddr::new(told, peer.port()))
        }
        _ => peer,
    }
}

/// The value of a cookie by name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .find_map(|line| {
            line.split(';')
                .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        })
}

/// A header's value where it is text.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl<S: Send + Sync> FromRequestParts<S> for Cx {
    type Rejection = crate::Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Put there by `enter`, which wraps every route that `Routes` can make.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| kernel::Error::internal("a route outside of `enter`").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        let peer = asker(peer.parse().ok(), &headers).expect("an address");
        peer.ip().to_string()
    }

    #[test]
    fn a_proxy_on_this_machine_says_for_whom_it_asks_and_nobody_else_is_believed() {
        assert_eq!(seen("127.0.0.1:9", &["203.0.113.7"]), "203.0.113.7");
        // What the visitor made up stands before what the proxy saw.
        let made_up = ["10.0.0.1, 198.51.100.2", "6.6.6.6, 2001:db8::7"];
        assert_eq!(seen("[::1]:9", &made_up), "2001:db8::7");
        assert_eq!(seen("198.51.100.9:9", &["203.0.113.7"]), "198.51.100.9");
        for nonsense in [&[][..], &[""], &["unknown"], &["1.2.3.4, "]] {
            assert_eq!(seen("127.0.0.1:9", nonsense), "127.0.0.1");
        }
    }
}
