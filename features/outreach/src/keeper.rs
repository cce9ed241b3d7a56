//! Who looks after mails, and whose.

use axum::extract::FromRequestParts;
use db::Tx;
use http::request::Parts;
use identity::{Contents, Grant, Scope, SiteGrant, audit};
use kernel::{Result, Timestamp};
use serde::Serialize;
use web::letter::{Letter, Reach, SITE};

/// Proof that somebody looks after the mails of one conference, or of the site.
#[derive(Clone, Debug)]
pub(crate) enum Keeper {
    /// A team member who does the mails of a conference.
    Conference(Grant<Contents>),
    /// The site's owner.
    Site(SiteGrant),
}

impl Keeper {
    /// Whose wordings these are.
    pub(crate) fn scope(&self) -> &str {
        match self {
            Self::Conference(grant) => grant.conference().as_str(),
            Self::Site(_) => SITE,
        }
    }

    /// Which outbox is seen: the owner sees all of them.
    pub(crate) fn outbox(&self) -> Option<&str> {
        match self {
            Self::Conference(grant) => Some(grant.conference().as_str()),
            Self::Site(_) => None,
        }
    }

    /// Whether they may word a letter.
    pub(crate) fn may_word(&self, letter: &Letter) -> bool {
        matches!(self, Self::Site(_)) || letter.reach == Reach::Conference
    }

    /// When the right was shown.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Conference(grant) => grant.at(),
            Self::Site(grant) => grant.at(),
        }
    }

    /// Writes an act into the audit log.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        action: &str,
        subject: &str,
        before: &(impl Serialize + Sync),
        after: &(impl Serialize + Sync),
    ) -> Result<()> {
        match self {
            Self::Conference(grant) => {
                audit::record(tx, grant, action, subject, before, after).await
            }
            Self::Site(grant) => {
                audit::record_site(tx, grant, action, subject, before, after).await
            }
        }
    }
}

/// The conference of the address, where it names one, otherwise the site.
impl<S: Send + Sync> FromRequestParts<S> for Keeper {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        if parts.extensions.get::<Scope>().is_some() {
            let grant = Grant::from_request_parts(parts, state).await?;
            Ok(Self::Conference(grant))
        } else {
            let grant = SiteGrant::from_request_parts(parts, state).await?;
            Ok(Self::Site(grant))
        }
    }
}
