//! Passwords, where the site allows them: signing in, choosing one, changing it.
//!
//! Whether an address has an account, or the account a password, shows neither in words nor in time. Tries are counted
//! per address before they are judged; whoever is locked out by somebody else's tries still has the mailed link.

use db::Db;
use kernel::{Error, Result, id};
use serde_json::Value;
use tokio::sync::Semaphore;
use web::Cx;

use super::account::own;
use super::proof;
use super::sign_in::begin_here;
use super::told::{self, Change};
use crate::audit::By;
use crate::limits;
use crate::model::{AccountId, SessionId, Way, parse_email, password};
use crate::passwords::{Verdict, hash, verify};
use crate::store::{accounts, passwords as store, sessions, settings};

/// Whether people may have passwords.
pub(crate) async fn allowed(db: &Db) -> Result<bool> {
    settings::is_on(db, settings::PASSWORD).await
}

async fn demand_allowed(db: &Db) -> Result<()> {
    if allowed(db).await? {
        Ok(())
    } else {
        Err(Error::NotFound("page"))
    }
}

/// Compares a password with an account's, or with nobody's in the same time. Too many tries are refused before.
async fn prove(
    cx: &Cx,
    email: &str,
    account: Option<&AccountId>,
    typed: &str,
    room: &Semaphore,
) -> Result<bool> {
    let who = id::digest(email);
    let peer = cx.client.peer.map(|peer| peer.ip().to_string());
    let peer = peer.unwrap_or_default();
    let since = cx.now - limits::PASSWORD_WINDOW;
    let mut tx = cx.db.begin().await?;
    let (of, from) = store::tries(&mut tx, (&who, &peer), since).await?;
    if of >= limits::PASSWORD_TRIES_MAX || from >= limits::PASSWORD_TRIES_PER_PEER_MAX {
        return Err(Error::TooMany {
            retry_after: limits::PASSWORD_WINDOW,
        });
    }
    store::tried(&mut tx, &id::secret(), (&who, &peer), (cx.now, since)).await?;
    tx.commit().await?;
    // Asked for nobody as well: it takes the same time.
    let nobody = AccountId::stored(String::new());
    let known = store::hash(&cx.db, account.unwrap_or(&nobody)).await?;
    // What is longer than any password is none: hashing it would only be work.
    let typed = password::normal(typed);
    let typed = if typed.chars().count() > limits::PASSWORD_CHARS_MAX {
        String::new()
    } else {
        typed
    };
    let verdict = verify(typed.clone(), known.clone(), room).await?;
    let (Some(account), Some(known)) = (account, known) else {
        return Ok(false);
    };
    if verdict == Verdict::Wrong {
        return Ok(false);
    }
    let stronger = match verdict {
        Verdict::Outdated => Some(hash(typed, room).await?),
        _ => None,
    };
    let mut tx = cx.db.begin().await?;
    store::forget_tries(&mut tx, &who).await?;
    if let Some(stronger) = &stronger {
        store::strengthen(&mut tx, account, &known, stronger).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Signs in with a password; the secret of the session.
pub(crate) async fn sign_in(cx: &Cx, email: &str, typed: &str, room: &Semaphore) -> Result<String> {
    demand_allowed(&cx.db).await?;
    let email = parse_email(email)?;
    let account = accounts::account_by_email(&mut &cx.db, &email).await?;
    let id = account.as_ref().map(|account| &account.id);
    let proved = prove(cx, &email, id, typed, room).await?;
    let (true, Some(account)) = (proved, account) else {
        return Err(Error::invalid("password", "identity-password-wrong"));
    };
    let mut tx = cx.db.begin().await?;
    let session = begin_here(&mut tx, cx, &account.id, Way::Password).await?;
    tx.commit().await?;
    tracing::info!(account = %account.id, "{} signed in with a password", account.name);
    Ok(session.announce(cx))
}

/// Chooses or changes the password of whoever asks, who signed in a moment ago or knows the present one. Every other
/// session of theirs ends.
pub(crate) async fn choose(cx: &Cx, present: &str, new: &str, room: &Semaphore) -> Result<()> {
    demand_allowed(&cx.db).await?;
    let account = own(cx)?;
    proof::strong_enough(cx, &account).await?;
    let actor = cx.signed_in()?;
    let chosen = password::parse(new, &actor.email)?;
    let recent = proof::standing(cx).await?.recent;
    if !recent && !prove(cx, &actor.email, Some(&account), present, room).await? {
        return Err(Error::invalid(
            "password",
            "identity-password-present-wrong",
        ));
    }
    let hash = hash(chosen, room).await?;
    let mut tx = cx.db.begin().await?;
    store::put(&mut tx, &account, &hash, cx.now).await?;
    let ended: Vec<SessionId> = sessions::delete_others(&mut tx, &account, &actor.session).await?;
    let by = By::themselves(cx, &account, None)?;
    let subject = account.as_str();
    by.record(&mut tx, "password.set", subject, &Value::Null, &Value::Null)
        .await?;
    told::tell(&mut tx, cx, Change::Password).await?;
    tx.commit().await?;
    for session in &ended {
        cx.bus.publish("session.revoked", session);
    }
    Ok(())
}
