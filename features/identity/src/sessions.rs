//! The session behind a cookie or a bearer token.

use futures_util::future::BoxFuture;
use http::{HeaderMap, header};
use kernel::id::digest;
use kernel::{Result, Timestamp};
use web::cx::cookie;
use web::{Actor, App, Limit, Sessions, Site};

use crate::actions::tokens::PREFIX as TOKEN_PREFIX;
use crate::{limits, store};

/// Sessions in the database, named by a 256-bit secret of which only the digest is stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct CookieSessions;

/// Name of the session's cookie: bound to this very host where cookies can be secure (RFC 6265bis §4.1.3.2).
pub(crate) fn cookie_name(site: &Site) -> &'static str {
    if site.is_secure() {
        "__Host-session"
    } else {
        "session"
    }
}

/// The secret that a request carries.
pub(crate) fn secret<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    bearer
        .or_else(|| cookie(headers, cookie_name(site)))
        .filter(|secret| !secret.is_empty())
}

impl Sessions for CookieSessions {
    fn actor<'a>(
        &'a self,
        app: &'a App,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Actor>>> {
        Box::pin(async move {
            match secret(&app.site, headers) {
                Some(token) if token.starts_with(TOKEN_PREFIX) => program(app, token).await,
                Some(secret) => person(app, secret).await,
                None => Ok(None),
            }
        })
    }
}

/// Whether a use has to be written down: not each one is, since `SQLite` has one writer.
fn is_news(seen: Timestamp, now: Timestamp) -> bool {
    now.duration_since(seen).unsigned_abs() >= limits::SEEN_INTERVAL
}

async fn person(app: &App, secret: &str) -> Result<Option<Actor>> {
    let now = app.clock.now();
    let found = store::sessions::session_of(&app.db, &digest(secret), now).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    if is_news(found.seen_at, now) {
        store::sessions::session_seen(&app.db, &found.session, now).await?;
    }
    Ok(Some(Actor {
        account: found.account.to_string(),
        session: found.session.to_string(),
        name: found.name,
        email: found.email,
        zone: found.zone,
        strong: found.by_passkey,
        limit: None,
    }))
}

/// A program with a token of somebody's: they are who acts, within what the token is for.
async fn program(app: &App, token: &str) -> Result<Option<Actor>> {
    let now = app.clock.now();
    let found = store::tokens::live(&app.db, &digest(token), now).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    if found.used_at.is_none_or(|used| is_news(used, now)) {
        store::tokens::used(&app.db, &found.id, now).await?;
    }
    Ok(Some(Actor {
        account: found.account.to_string(),
        session: found.id.to_string(),
        name: found.name,
        email: found.email,
        zone: found.zone,
        // Made in a session that was strong where that is demanded, and narrower than any session.
        strong: true,
        limit: Some(Limit {
            place: found.conference.to_string(),
            writes: found.writes,
        }),
    }))
}
