//! Pages for people.

mod account;
mod audit;
mod data;
mod demo;
mod member;
mod passkeys;
mod passwords;
mod providers;
mod security;
mod sign_in;
mod site;
mod team;
mod tokens;

use std::sync::Arc;

use kernel::Error;
use tokio::sync::Semaphore;
use web::{Cx, Page};

use crate::guard::{Access, Conferences, Shown};
use crate::holders::Holder;
use crate::metrics::Metrics;
use crate::model::{ConferenceId, Role};
use crate::oidc::Providers;
use crate::rights::Scope;
use crate::{Routes, limits};

pub(crate) use sign_in::with_cookie;

/// What pages work with.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) conferences: Arc<dyn Conferences>,
    /// Who keeps something about people, beside identity.
    pub(crate) holders: Arc<[Arc<dyn Holder>]>,
    /// Room to unpack pictures.
    pub(crate) easel: Arc<Semaphore>,
    /// Room to hash passwords.
    pub(crate) hashing: Arc<Semaphore>,
    /// Whose accounts people may sign in with.
    pub(crate) providers: Providers,
    metrics: Metrics,
}

/// What a site has beside accounts.
#[derive(Default)]
pub struct Options {
    /// Who keeps something about people, and lets go of them.
    pub holders: Vec<Arc<dyn Holder>>,
    /// Whose accounts people may sign in with.
    pub providers: Providers,
    /// Where tries to sign in are counted.
    pub metrics: Metrics,
}

/// Who leads a conference.
pub(crate) const CHAIR: Access = Access::Role(&[Role::Chair]);
/// Everybody in the team.
pub(crate) const TEAM: Access = Access::Role(Role::ALL);

/// Routes of this feature, where nobody else keeps anything about people.
pub fn routes(conferences: Arc<dyn Conferences>) -> Routes {
    routes_with(conferences, Options::default())
}

/// Routes of this feature.
pub fn routes_with(conferences: Arc<dyn Conferences>, options: Options) -> Routes {
    Routes::<House>::new()
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(security::routes())
        .merge(passkeys::routes())
        .merge(passwords::routes())
        .merge(providers::routes())
        .merge(tokens::routes())
        .merge(data::routes())
        .merge(demo::routes())
        .merge(team::routes())
        .merge(member::routes())
        .merge(audit::routes())
        .merge(site::routes())
        .merge(crate::api::routes())
        .state(House {
            conferences,
            holders: options.holders.into(),
            easel: Arc::new(Semaphore::new(limits::AVATARS_AT_ONCE)),
            hashing: Arc::new(Semaphore::new(limits::PASSWORDS_AT_ONCE)),
            providers: options.providers,
            metrics: options.metrics,
        })
}

impl House {
    /// The conference of the address as its pages show it.
    pub(crate) async fn shown(&self, cx: &Cx, scope: &Scope, current: &str) -> web::Result<Shown> {
        let conference = scope.conference();
        let shown = self.conferences.shown(cx, conference, Some(scope), current);
        Ok(shown.await?.ok_or(Error::NotFound("conference"))?)
    }

    /// A conference that the address does not name, as whoever asks would see it.
    pub(crate) async fn conference(
        &self,
        cx: &Cx,
        id: &ConferenceId,
    ) -> web::Result<Option<Shown>> {
        Ok(self.conferences.shown(cx, id, None, "").await?)
    }
}

/// The page of a conference.
fn branded(cx: &Cx, shown: &Shown) -> Page {
    Page::new(cx).with_brand(shown.brand.clone())
}

/// What a form got wrong, by field, in the reader's words.
#[derive(Default)]
pub(crate) struct Complaints(Vec<(String, String)>);

impl Complaints {
    /// The complaints of a use case that refused what was entered.
    fn of(cx: &Cx, fields: &[kernel::Field]) -> Self {
        let told = fields
            .iter()
            .map(|field| {
                (
                    field.name.to_string(),
                    cx.texts.message(cx.locale, &field.message),
                )
            })
            .collect();
        Self(told)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    fn on(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == field);
        found.map(|(_, text)| text.as_str())
    }
}
