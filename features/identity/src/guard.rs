//! Enforces what routes declare, before any handler runs.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Extensions, Method};
use kernel::{Error, Result};
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
    /// The same people, with what is sent but changes nothing that is kept, so that a sealed conference has nothing against
    /// it: where one of the team begins to look at it as somebody else.
    Looking(&'static [Role]),
    /// The site's owner.
    Owner,
    /// Whoever holds a key of the conference, which the handler knows: the guard does not hide the conference from them. A
    /// handler hides it from those without a good key: [`Scope::hide`].
    Key,
    /// Everybody, on a demo; elsewhere there is nothing at this address.
    Demo,
}

/// A conference as an address finds it, and what its lifecycle says about everybody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: ConferenceId,
    /// Whether people outside of its team may know of it.
    pub open: bool,
    /// Whether nothing in it can be changed any more but by what its chair alone may do.
    pub sealed: bool,
}

/// Finds conferences by their name in an address. Implemented by `program`, which owns them.
pub trait Conferences: Send + Sync + 'static {
    /// The conference of a name.
    fn find<'a>(&'a self, db: &'a db::Db, slug: &'a str) -> BoxFuture<'a, Result<Option<Found>>>;
    /// Whether people outside of its team may know of a conference in a state; `None` for what is no state.
    fn is_open_in(&self, _state: &str) -> Option<bool> {
        None
    }
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
    /// The name from which its mails come.
    pub sender: String,
    /// Where answers to its mails arrive, where not at the site.
    pub reply_to: Option<String>,
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

    /// Whether a conference is open in the state in which one of its team looks at it as somebody else.
    async fn previewed(&self, cx: &Cx, conference: &ConferenceId) -> Result<Option<bool>> {
        let state = cx.preview.as_ref().map(|preview| preview.state.as_str());
        match state.and_then(|state| self.conferences.is_open_in(state)) {
            Some(open) if Scope::is_own_preview(cx, conference).await? => Ok(Some(open)),
            _ => Ok(None),
        }
    }

    async fn scope(
        &self,
        cx: &Cx,
        access: Access,
        params: &[(String, String)],
    ) -> Result<Option<(Scope, Found)>> {
        let Some((_, slug)) = params.iter().find(|(name, _)| name == "conf") else {
            return Ok(None);
        };
        let found = self.conferences.find(&cx.db, slug).await?;
        let mut found = found.ok_or(Error::NotFound("conference"))?;
        let mut scope = Scope::of(cx, &found.id).await?;
        if let Some(open) = self.previewed(cx, &found.id).await? {
            let state = cx.preview.as_ref().map_or("", |preview| &preview.state);
            scope = Scope::previewing(found.id.clone(), state);
            found.open = open;
        }
        let scope = scope.hiding(!found.open);
        match access {
            Access::Key => Ok(Some((scope, found))),
            // Whoever may not know of it is answered as if it were not there.
            _ => match scope.hidden() {
                Some(refusal) => Err(refusal),
                None => Ok(Some((scope, found))),
            },
        }
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
            let found = self.scope(cx, *access, &params).await?;
            let conference = found.as_ref().map(|(scope, _)| scope.conference());
            within(cx, *access, conference)?;
            decide(cx, *access, found.as_ref().map(|(scope, _)| scope)).await?;
            if let Some((scope, found)) = found {
                if found.sealed && changes(cx, *access) {
                    return Err(Error::conflict("identity-conference-sealed"));
                }
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

/// Whether a request changes something that a sealed conference keeps as it is: everything but what only its chair
/// may do, such as opening it again.
fn changes(cx: &Cx, access: Access) -> bool {
    let leaves_it = matches!(access, Access::Looking(_) | Access::Role(&[Role::Chair]));
    !cx.client.method.is_safe() && !leaves_it
}

async fn decide(cx: &Cx, access: Access, scope: Option<&Scope>) -> Result<()> {
    match access {
        Access::Anyone | Access::Key | Access::Demo => Ok(()),
        Access::SignedIn => cx.signed_in().map(|_| ()),
        Access::Role(roles) | Access::Looking(roles) => {
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
            Err(scope.refusal(wanted))
        }
        Access::Owner => SiteGrant::of(cx).await.map(|_| ()),
    }
}
