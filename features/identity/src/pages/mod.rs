//! Pages for people.

mod account;
mod audit;
mod demo;
mod sign_in;
mod team;

use std::sync::Arc;

use kernel::Error;
use web::{Cx, Page};

use crate::Routes;
use crate::guard::{Access, Conferences, Shown};
use crate::model::{ConferenceId, Role};
use crate::rights::Scope;

/// What pages work with.
#[derive(Clone)]
pub(crate) struct House {
    conferences: Arc<dyn Conferences>,
}

/// Who leads a conference.
const CHAIR: Access = Access::Role(&[Role::Chair]);
/// Everybody in the team.
const TEAM: Access = Access::Role(Role::ALL);

/// Routes of this feature.
pub fn routes(conferences: Arc<dyn Conferences>) -> Routes {
    Routes::<House>::new()
        .get("/sign-in", Access::Anyone, sign_in::sign_in)
        .post("/sign-in", Access::Anyone, sign_in::request_link)
        .get("/sign-in/sent", Access::Anyone, sign_in::sent)
        .get("/sign-in/{token}", Access::Anyone, sign_in::offer)
        .post("/sign-in/{token}", Access::Anyone, sign_in::accept)
        .post("/sign-out", Access::Anyone, sign_in::sign_out)
        .get("/account", Access::SignedIn, account::account)
        .post("/account", Access::SignedIn, account::rename)
        .post(
            "/account/sessions/{session}/revoke",
            Access::SignedIn,
            account::revoke,
        )
        .get("/demo/sign-in", Access::Demo, demo::demo_sign_in)
        .get("/demo/mail", Access::Demo, demo::demo_mail)
        .merge(team::routes())
        .merge(audit::routes())
        .state(House { conferences })
}

impl House {
    /// The conference of the address as its pages show it.
    async fn shown(&self, cx: &Cx, scope: &Scope, current: &str) -> web::Result<Shown> {
        let conference = scope.conference();
        let shown = self.conferences.shown(cx, conference, Some(scope), current);
        Ok(shown.await?.ok_or(Error::NotFound("conference"))?)
    }

    /// A conference that the address does not name, as whoever asks would see it.
    async fn conference(&self, cx: &Cx, id: &ConferenceId) -> web::Result<Option<Shown>> {
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

    /// What is wrong with none of these fields.
    fn beside(&self, fields: &[&str]) -> Vec<&str> {
        let others = self
            .0
            .iter()
            .filter(|(name, _)| !fields.contains(&name.as_str()));
        others.map(|(_, text)| text.as_str()).collect()
    }
}
