//! Signing in and linking by providers.
//!
//! Invariants: an answer counts once, and only in the browser that asked for it; an identity that nobody knows makes an
//! account of its own, unless its address has one: then it waits until whoever came with it signs in to that account by a
//! way that the account has already. Nothing is ever linked because two addresses are the same.

use kernel::{Error, Message, Result, id};
use serde_json::{Value, json};
use web::Cx;

use super::account::own;
use super::proof;
use super::sign_in::begin_here;
use super::told::{self, Change};
use crate::audit::By;
use crate::limits;
use crate::model::{AccountId, IdentityId, Way, name_of, parse_email, parse_name};
use crate::oidc::{Broken, Claims, Provider, Providers, Return};
use crate::store::providers::{self as store, Offer, Subject, Visit};
use crate::store::{accounts, passkeys, passwords};

/// What a browser takes along to a provider.
#[derive(Debug)]
pub(crate) struct Departure {
    /// Where it goes.
    pub(crate) to: String,
    /// What it keeps meanwhile, and nobody else knows.
    pub(crate) secret: String,
}

/// What came of an answer.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// Somebody is signed in: secret of the session, where they wanted to go.
    In(String, String),
    /// The identity waits for the proof of an account: secret of the offer.
    Waits(String),
}

/// What a provider sends back.
#[derive(Debug, Default)]
pub(crate) struct Answer<'a> {
    pub(crate) code: &'a str,
    pub(crate) state: &'a str,
    pub(crate) error: &'a str,
    pub(crate) issuer: Option<&'a str>,
}

fn back(cx: &Cx, provider: &Provider, secret: String) -> Return {
    Return {
        secret,
        callback: provider.settings.callback(&cx.site.public_url),
    }
}

/// What is broken goes to the log; people get a sentence, and keep every other way in.
fn told(provider: &Provider, broken: &Broken) -> Error {
    let name = &provider.settings.name;
    tracing::warn!(provider = %name, "a sign-in by {name} failed: {broken}");
    let key = match broken {
        Broken::Away(_) => AWAY,
        Broken::Refused(_) | Broken::Token(_) => "identity-provider-failed",
    };
    said(provider, key)
}

/// The sentence of a provider that cannot be reached.
pub(crate) const AWAY: &str = "identity-provider-away";

fn said(provider: &Provider, key: &'static str) -> Error {
    Error::conflict(Message::new(key).with("provider", &provider.settings.label))
}

/// Sends whoever asks to a provider: to sign in, or with `link` to link what they are there to their account.
pub(crate) async fn depart(
    cx: &Cx,
    provider: &Provider,
    next: &str,
    link: bool,
) -> Result<Departure> {
    let account = if link {
        let account = own(cx)?;
        proof::recent(cx, &account).await?;
        Some(account)
    } else {
        None
    };
    let to = back(cx, provider, id::secret());
    let door = provider.door(&to, cx.now).await;
    let door = door.map_err(|broken| told(provider, &broken))?;
    let next = web::page::local_path(next);
    let next = if next.len() > limits::NEXT_BYTES_MAX {
        "/"
    } else {
        next
    };
    let visit = Visit {
        account,
        next: next.to_owned(),
    };
    let peer = cx.client.peer.map(|peer| peer.ip().to_string());
    let peer = peer.unwrap_or_default();
    let mut tx = cx.db.begin().await?;
    if store::away(&mut tx, &peer, cx.now).await? >= limits::PROVIDER_VISITS_MAX {
        return Err(Error::TooMany {
            retry_after: limits::PROVIDER_VISIT_LIFE,
        });
    }
    let times = (cx.now, cx.now + limits::PROVIDER_VISIT_LIFE);
    let digest = id::digest(&to.state());
    store::leave(
        &mut tx,
        &digest,
        &provider.settings.name,
        &visit,
        &peer,
        times,
    )
    .await?;
    tx.commit().await?;
    Ok(Departure {
        to: door,
        secret: to.secret,
    })
}

/// Takes what a provider sent back; `secret` is what this browser kept.
pub(crate) async fn arrive(
    cx: &Cx,
    provider: &Provider,
    secret: Option<&str>,
    answer: &Answer<'_>,
) -> Result<Arrival> {
    let stale = || said(provider, "identity-provider-stale");
    let to = back(cx, provider, secret.ok_or_else(stale)?.to_owned());
    if to.state() != answer.state {
        return Err(stale());
    }
    let mut tx = cx.db.begin().await?;
    let name = &provider.settings.name;
    let visit = store::come_back(&mut tx, &id::digest(answer.state), name, cx.now).await?;
    // Whatever comes of it: this way was walked.
    tx.commit().await?;
    let visit = visit.ok_or_else(stale)?;
    if !answer.error.is_empty() {
        let word: String = answer.error.chars().take(60).collect();
        tracing::info!(provider = %name, "{name} sent somebody back: {}", word.escape_debug());
        let denied = answer.error == "access_denied";
        return Err(said(
            provider,
            if denied {
                "identity-provider-denied"
            } else {
                "identity-provider-failed"
            },
        ));
    }
    let claims = claims(cx, provider, answer, &to).await?;
    let issuer = provider.issuer(cx.now).await;
    let issuer = issuer.map_err(|broken| told(provider, &broken))?;
    let who = Subject {
        issuer: &issuer,
        subject: &claims.subject,
    };
    match &visit.account {
        Some(account) => link_later(cx, provider, account, who, &claims, &visit.next).await,
        None => sign_in(cx, provider, who, &claims, &visit.next).await,
    }
}

async fn claims(cx: &Cx, provider: &Provider, answer: &Answer<'_>, to: &Return) -> Result<Claims> {
    let told = |broken| told(provider, &broken);
    let issued = provider.issued(answer.issuer, cx.now).await;
    if !issued.map_err(told)? {
        tracing::warn!(provider = %provider.settings.name, "an answer names another issuer, or none where it has to");
        return Err(said(provider, "identity-provider-failed"));
    }
    if answer.code.is_empty() || answer.code.len() > limits::CODE_BYTES_MAX {
        return Err(said(provider, "identity-provider-failed"));
    }
    let redeemed = provider.redeem(answer.code, to, cx.now).await;
    redeemed.map_err(told)
}

/// The address, where the provider knows that it is theirs.
fn verified(claims: &Claims) -> Option<String> {
    let email = claims.email.as_deref().filter(|_| claims.email_verified);
    email.and_then(|email| parse_email(email).ok())
}

async fn sign_in(
    cx: &Cx,
    provider: &Provider,
    who: Subject<'_>,
    claims: &Claims,
    next: &str,
) -> Result<Arrival> {
    let email = verified(claims);
    let name = &provider.settings.name;
    let mut tx = cx.db.begin().await?;
    let account = match (store::account_of(&mut tx, who).await?, email) {
        (Some(account), email) => {
            store::used(&mut tx, who, &email.unwrap_or_default(), cx.now).await?;
            account
        }
        (None, None) => return Err(said(provider, "identity-provider-unverified")),
        (None, Some(email)) => {
            let told = claims.name.as_deref().unwrap_or_default();
            let own = parse_name(told).unwrap_or_else(|_| name_of(&email));
            let made = accounts::create(&mut tx, &email, &own, cx.now).await?;
            let account = accounts::account_by_email(&mut tx, &email).await?;
            let account = account.ok_or_else(|| Error::internal("an account vanished"))?;
            if !made {
                drop(tx);
                return link_later(cx, provider, &account.id, who, claims, next).await;
            }
            let linked = store::link(&mut tx, &account.id, name, who, &email, cx.now).await?;
            linked.ok_or_else(|| said(provider, "identity-provider-stale"))?;
            tracing::info!(account = %account.id, provider = %name, "{own} has a new account by {name}");
            account.id
        }
    };
    let session = begin_here(&mut tx, cx, &account, Way::Provider).await?;
    tx.commit().await?;
    tracing::info!(%account, provider = %name, "somebody signed in by {name}");
    Ok(Arrival::In(session.announce(cx), next.to_owned()))
}

/// Keeps an identity until whoever came with it has proved that the account is theirs, and said that they mean it.
async fn link_later(
    cx: &Cx,
    provider: &Provider,
    account: &AccountId,
    who: Subject<'_>,
    claims: &Claims,
    next: &str,
) -> Result<Arrival> {
    let secret = id::secret();
    let mut tx = cx.db.begin().await?;
    match store::account_of(&mut tx, who).await? {
        Some(own) if own == *account => return Err(said(provider, "identity-provider-linked")),
        Some(_) => return Err(said(provider, "identity-provider-taken")),
        None => {}
    }
    let offer = Offer {
        account: account.clone(),
        provider: provider.settings.name.clone(),
        issuer: who.issuer.to_owned(),
        subject: who.subject.to_owned(),
        email: verified(claims).unwrap_or_default(),
        next: next.to_owned(),
        expires_at: cx.now + limits::PROVIDER_OFFER_LIFE,
    };
    store::offer(&mut tx, &id::digest(&secret), &offer, cx.now).await?;
    tx.commit().await?;
    Ok(Arrival::Waits(secret))
}

/// The identity that waits in this browser.
pub(crate) async fn offered(cx: &Cx, secret: Option<&str>) -> Result<Option<Offer>> {
    match secret {
        Some(secret) => store::offered(&cx.db, &id::digest(secret), cx.now).await,
        None => Ok(None),
    }
}

/// What stands between an identity and the account that it would be linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing.
    Nothing,
    /// Whoever looks has not proved (lately, or well enough) that the account is theirs.
    Proof,
    /// Whoever looks is somebody else.
    Other,
}

/// What is missing before an identity can be linked.
pub(crate) async fn missing(cx: &Cx, offer: &Offer) -> Result<Missing> {
    let Some(actor) = &cx.actor else {
        return Ok(Missing::Proof);
    };
    if actor.account != offer.account.as_str() {
        return Ok(Missing::Other);
    }
    match proof::recent(cx, &offer.account).await {
        Ok(_) => Ok(Missing::Nothing),
        Err(Error::Forbidden(_)) => Ok(Missing::Proof),
        Err(error) => Err(error),
    }
}

/// Links the identity that waits in this browser; where the person wanted to go.
pub(crate) async fn link(cx: &Cx, providers: &Providers, secret: Option<&str>) -> Result<String> {
    let account = own(cx)?;
    let gone = || Error::conflict("identity-provider-offer-gone");
    let offer = offered(cx, secret).await?.ok_or_else(gone)?;
    if offer.account != account {
        return Err(Error::forbidden("identity-provider-other"));
    }
    proof::recent(cx, &account).await?;
    let mut tx = cx.db.begin().await?;
    if !store::take_offer(&mut tx, &id::digest(secret.unwrap_or_default())).await? {
        return Err(gone());
    }
    if store::count(&mut tx, &account).await? >= limits::IDENTITIES_PER_ACCOUNT_MAX {
        return Err(Error::conflict("identity-provider-many"));
    }
    let who = Subject {
        issuer: &offer.issuer,
        subject: &offer.subject,
    };
    let name = &offer.provider;
    let linked = store::link(&mut tx, &account, name, who, &offer.email, cx.now).await?;
    let linked = linked.ok_or_else(gone)?;
    let by = By::themselves(cx, &account, None)?;
    let (before, after) = (Value::Null, json!({ "provider": name }));
    by.record(&mut tx, "provider.link", linked.as_str(), &before, &after)
        .await?;
    told::tell(&mut tx, cx, Change::Linked(providers.label(name))).await?;
    tx.commit().await?;
    Ok(offer.next)
}

/// Takes an identity away, unless nothing else is known to lead into the account.
pub(crate) async fn unlink(cx: &Cx, providers: &Providers, id: &IdentityId) -> Result<()> {
    let account = own(cx)?;
    let standing = proof::recent(cx, &account).await?;
    let mut tx = cx.db.begin().await?;
    let provider = store::unlink(&mut tx, &account, id).await?;
    let provider = provider.ok_or(Error::NotFound("identity"))?;
    // A mailed link always leads in where mails arrive: whoever signed in by one a moment ago has shown that they do.
    let others = store::count(&mut tx, &account).await? > 0
        || passkeys::count(&mut tx, &account).await? > 0
        || passwords::usable(&mut tx, &account).await?;
    if !others && !standing.by_mail {
        return Err(Error::conflict("identity-provider-last"));
    }
    let by = By::themselves(cx, &account, None)?;
    let (before, after) = (json!({ "provider": provider }), Value::Null);
    by.record(&mut tx, "provider.unlink", id.as_str(), &before, &after)
        .await?;
    told::tell(&mut tx, cx, Change::Unlinked(providers.label(&provider))).await?;
    tx.commit().await?;
    Ok(())
}
