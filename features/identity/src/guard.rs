//! Enforces what routes declare, before any handler runs.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Extensions, Method};
use kernel::{Error, Message, Result};
use web::Cx;

use crate::model::{ConferenceId, Role};
use crate::rights::{Scope, SiteGrant};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// Everybody who is signed in.
    SignedIn,
    /// Members of the conference's team with one of these roles; the chair and the site's owner always.
    Role(&'static [Role]),
    /// The site's owner.
    Owner,
    /// Everybody, on a demo; elsewhere there is nothing at this address.
    Demo,
}

/// Finds conferences by their name in an address. Implemented by `program`, which owns them.
pub trait Conferences: Send + Sync + 'static {
    /// The conference of a name.
    fn find<'a>(
        &'a self,
        db: &'a db::Db,
        slug: &'a str,
    ) -> BoxFuture<'a, Result<Option<ConferenceId>>>;
    /// Every conference there is.
    fn all<'a>(&'a self, db: &'a db::Db) -> BoxFuture<'a, Result<Vec<ConferenceId>>>;
    /// A conference as its pages show it to whoever asks; `current` is the part of the menu they are in, such as
    /// `admin/team`.
    fn shown<'a>(
        &'a self,
        cx: &'a Cx,
        conference: &'a ConferenceId,
        scope: Option<&'a Scope>,
        current: &'a str,
    ) -> BoxFuture<'a, Result<Option<Shown>>>;
}

/// A conference in the reader's words.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its name in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The head of its pages.
    pub brand: web::Brand,
}

/// The guard of the product.
#[derive(Clone)]
pub struct ConferenceGuard {
    conferences: Arc<dyn Conferences>,
}

impl ConferenceGuard {
    /// A guard that finds conferences through `conferences`.
    pub fn new(conferences: Arc<dyn Conferences>) -> Self {
        Self { conferences }
    }

    async fn scope(&self, cx: &Cx, params: &[(String, String)]) -> Result<Option<Scope>> {
        let Some((_, slug)) = params.iter().find(|(name, _)| name == "conf") else {
            return Ok(None);
        };
        let found = self.conferences.find(&cx.db, slug).await?;
        let conference = found.ok_or(Error::NotFound("conference"))?;
        Ok(Some(Scope::of(cx, &conference).await?))
    }
}

impl web::Guard<Access> for ConferenceGuard {
    fn admit<'a>(
        &'a self,
        cx: &'a Cx,
        access: &'a Access,
        params: Vec<(String, String)>,
        extensions: &'a mut Extensions,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if *access == Access::Demo && !cx.site.demo {
                return Err(Error::NotFound("page"));
            }
            let scope = self.scope(cx, &params).await?;
            within(cx, *access, scope.as_ref().map(Scope::conference))?;
            decide(cx, *access, scope.as_ref()).await?;
            if let Some(scope) = scope {
                extensions.insert(scope);
            }
            Ok(())
        })
    }
}

/// Keeps a program within what its token is for: the API of one conference, and reading where it may only read. It can
/// never do more than the person, whose standing is looked up as ever.
fn within(cx: &Cx, access: Access, conference: Option<&ConferenceId>) -> Result<()> {
    let Some(limit) = cx.actor.as_ref().and_then(|actor| actor.limit.as_ref()) else {
        return Ok(());
    };
    let reads = matches!(cx.client.method, Method::GET | Method::HEAD);
    let here = match conference {
        Some(conference) => conference.as_str() == limit.place,
        None => reads && access == Access::Anyone,
    };
    if !cx.client.path.starts_with("/api/") {
        Err(Error::forbidden("identity-token-only-api"))
    } else if !here {
        Err(Error::forbidden("identity-token-elsewhere"))
    } else if !reads && !limit.writes {
        Err(Error::forbidden("identity-token-only-reads"))
    } else {
        Ok(())
    }
}

async fn decide(cx: &Cx, access: Access, scope: Option<&Scope>) -> Result<()> {
    match access {
        Access::Anyone | Access::Demo => Ok(()),
        Access::SignedIn => cx.signed_in().map(|_| ()),
        Access::Role(roles) => {
            cx.signed_in()?;
            let scope = scope
                .ok_or_else(|| Error::internal("a role is asked for on a route without {conf}"))?;
            if roles.iter().any(|role| scope.has(*role)) {
                return Ok(());
            }
            let wanted = roles
                .iter()
                .map(|role| role.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            Err(Error::Forbidden(
                Message::new("identity-role-missing").with("role", wanted),
            ))
        }
        Access::Owner => SiteGrant::of(cx).await.map(|_| ()),
    }
}
