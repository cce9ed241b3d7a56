//! Rights are values: without a [`Grant`] a use case that needs one does not compile.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::{Error, Result, Timestamp};
use web::Cx;

use crate::actions::site;
use crate::model::{AccountId, ConferenceId, Role};
use crate::store;

/// A right within one conference.
pub trait Right: Send + Sync + 'static {
    /// The role that carries it; the chair carries all.
    const ROLE: Role;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident),+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Right for $name { const ROLE: Role = Role::$name; }
    )+ };
}
rights! {
    /// To lead the conference.
    Chair,
    /// To change the programme.
    Contents,
    /// To put talks on air.
    Broadcast,
    /// To run the venue.
    Operation,
    /// To check people in.
    Desk,
    /// To speak for the conference in public.
    Promotion,
    /// To look after the platform.
    Platform,
    /// To judge proposals.
    Reviewer,
    /// To look after sponsors.
    SponsorManager
}

/// What somebody is within the conference of the address, found once per request by the guard.
#[derive(Clone, Debug)]
pub struct Scope {
    conference: ConferenceId,
    roles: Vec<Role>,
    owner: bool,
    /// They are in the team, and the site wants them to prove a passkey before they count as such.
    locked: bool,
    /// The state in which somebody of the team looks at the conference as somebody else.
    previewed: Option<String>,
    /// Only its team may know of the conference.
    secret: bool,
}

impl Scope {
    pub(crate) fn new(conference: ConferenceId, roles: Vec<Role>, owner: bool) -> Self {
        Self {
            conference,
            roles,
            owner,
            locked: false,
            secret: false,
            previewed: None,
        }
    }

    /// Somebody outside of the team, in whose place one of the team looks at the conference in another state.
    pub(crate) fn previewing(conference: ConferenceId, state: &str) -> Self {
        Self {
            previewed: Some(state.to_owned()),
            ..Self::new(conference, Vec::new(), false)
        }
    }

    /// The state in which the conference is looked at, where that is not the one that it is in.
    pub fn previewed(&self) -> Option<&str> {
        self.previewed.as_deref()
    }

    /// The same, of a conference that only its team may know of.
    pub(crate) fn hiding(self, secret: bool) -> Self {
        Self { secret, ..self }
    }

    /// What somebody is told who may not know of the conference.
    pub(crate) fn hidden(&self) -> Option<Error> {
        if !self.secret || self.is_team() {
            return None;
        }
        let locked = self.locked.then(|| self.refusal(String::new()));
        Some(locked.unwrap_or(Error::NotFound("conference")))
    }

    /// A refusal, as somebody hears it who may not even know of the conference: that there is none.
    pub fn hide(&self, refusal: Error) -> Error {
        self.hidden().unwrap_or(refusal)
    }

    /// Somebody of the team who is nobody until they prove a passkey.
    fn locked(conference: ConferenceId) -> Self {
        Self {
            locked: true,
            ..Self::new(conference, Vec::new(), false)
        }
    }

    /// The refusal for somebody who lacks a right: what they have to do, or whom to ask.
    pub(crate) fn refusal(&self, wanted: String) -> Error {
        if self.locked {
            return Error::forbidden("identity-passkey-needed");
        }
        Error::Forbidden(kernel::Message::new("identity-role-missing").with("role", wanted))
    }

    /// The conference of the address.
    pub fn conference(&self) -> &ConferenceId {
        &self.conference
    }

    /// Whether the asker may do what `role` may.
    pub fn has(&self, role: Role) -> bool {
        self.owner || self.roles.contains(&role) || self.roles.contains(&Role::Chair)
    }

    /// Whether the asker is in the team at all.
    pub fn is_team(&self) -> bool {
        self.owner || !self.roles.is_empty()
    }

    /// The scope of a conference for whoever asks, signed in or not.
    pub async fn of(cx: &Cx, conference: &ConferenceId) -> Result<Self> {
        // Whoever looks as somebody else is in no team.
        if cx.preview.is_some() {
            return Ok(Self::new(conference.clone(), Vec::new(), false));
        }
        Self::of_actor(cx, conference).await
    }

    /// Whether whoever looks as somebody else is of the team that may see the conference in every state.
    pub(crate) async fn is_own_preview(cx: &Cx, conference: &ConferenceId) -> Result<bool> {
        let Some(preview) = &cx.preview else {
            return Ok(false);
        };
        if preview.place != conference.as_str() {
            return Ok(false);
        }
        let really = Cx {
            actor: Some(preview.by.clone()),
            preview: None,
            ..cx.clone()
        };
        Ok(Self::of_actor(&really, conference).await?.is_team())
    }

    async fn of_actor(cx: &Cx, conference: &ConferenceId) -> Result<Self> {
        let (roles, owner) = match &cx.actor {
            Some(actor) => {
                store::members::standing(
                    &cx.db,
                    &AccountId::stored(actor.account.clone()),
                    conference,
                )
                .await?
            }
            None => (Vec::new(), false),
        };
        let counts = owner || !roles.is_empty();
        if counts && must_prove(cx).await? {
            return Ok(Self::locked(conference.clone()));
        }
        Ok(Self::new(conference.clone(), roles, owner))
    }
}

/// Whether the site wants whoever asks to prove a passkey first.
async fn must_prove(cx: &Cx) -> Result<bool> {
    let strong = cx.actor.as_ref().is_some_and(|actor| actor.strong);
    Ok(!strong && site::team_needs_passkey(&cx.db).await?)
}

/// Proof that somebody may do `R` in one conference. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Grant<R> {
    conference: ConferenceId,
    account: AccountId,
    name: String,
    trace: String,
    at: Timestamp,
    right: PhantomData<fn() -> R>,
}

impl<R: Right> Grant<R> {
    /// The conference that it is good for.
    pub fn conference(&self) -> &ConferenceId {
        &self.conference
    }

    /// Who holds it.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The holder's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Trace of the request that it was given for.
    pub fn trace(&self) -> &str {
        &self.trace
    }

    /// When it was given.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn from_scope(cx: &Cx, scope: &Scope) -> Result<Self> {
        let actor = cx.signed_in()?;
        if !scope.has(R::ROLE) {
            return Err(scope.refusal(R::ROLE.to_string()));
        }
        Ok(Self {
            conference: scope.conference.clone(),
            account: AccountId::stored(actor.account.clone()),
            name: actor.name.clone(),
            trace: cx.trace.to_string(),
            at: cx.now,
            right: PhantomData,
        })
    }
}

/// Proof that somebody owns the site. Only this module makes one.
#[derive(Clone, Debug)]
pub struct SiteGrant {
    account: AccountId,
    name: String,
    trace: String,
    at: Timestamp,
}

impl SiteGrant {
    /// Who holds it.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The holder's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Trace of the request that it was given for.
    pub fn trace(&self) -> &str {
        &self.trace
    }

    /// When it was given.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) async fn of(cx: &Cx) -> Result<Self> {
        let actor = cx.signed_in()?;
        if cx.preview.is_some() {
            return Err(Error::forbidden("identity-owner-only"));
        }
        match store::accounts::account(&cx.db, &actor.account).await? {
            Some(account) if account.owner && must_prove(cx).await? => {
                Err(Error::forbidden("identity-passkey-needed"))
            }
            Some(account) if account.owner => Ok(Self {
                account: account.id,
                name: account.name,
                trace: cx.trace.to_string(),
                at: cx.now,
            }),
            _ => Err(Error::forbidden("identity-owner-only")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SiteGrant {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let cx = Cx::from_request_parts(parts, state).await?;
        Ok(Self::of(&cx).await?)
    }
}

/// The right of whoever asks, in a conference that is not named by the address (sockets).
pub async fn grant<R: Right>(cx: &Cx, conference: &ConferenceId) -> Result<Grant<R>> {
    Grant::from_scope(cx, &Scope::of(cx, conference).await?)
}

impl<R: Right, S: Send + Sync> FromRequestParts<S> for Grant<R> {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let cx = Cx::from_request_parts(parts, state).await?;
        let scope = Scope::from_request_parts(parts, state).await?;
        Ok(Self::from_scope(&cx, &scope)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Scope {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let scope = parts.extensions.get::<Self>().cloned();
        scope.ok_or_else(|| Error::internal("a route without {conf} asks for a scope").into())
    }
}
