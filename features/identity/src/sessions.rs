//! The session behind a cookie or a bearer token.

use futures_util::future::BoxFuture;
use http::{HeaderMap, header};
use kernel::Result;
use web::cx::cookie;
use web::{Actor, App, Sessions, Site};

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
            let Some(secret) = secret(&app.site, headers) else {
                return Ok(None);
            };
            let now = app.clock.now();
            let Some(found) =
                store::sessions::session_of(&app.db, &kernel::id::digest(secret), now).await?
            else {
                return Ok(None);
            };
            if now.duration_since(found.seen_at).unsigned_abs() >= limits::SEEN_INTERVAL {
                store::sessions::session_seen(&app.db, &found.session, now).await?;
            }
            Ok(Some(Actor {
                account: found.account.to_string(),
                session: found.session.to_string(),
                name: found.name,
                email: found.email,
            }))
        })
    }
}
