//! Another mail address, proved on both ends: by a link to the new one, and by having signed in a moment ago as whoever has
//! the old one does. The old one is told and can undo it for a week.

use kernel::{Error, Result, Timestamp, id};
use platform::mail::{self, Origin};
use serde_json::Value;
use web::Cx;

use super::account::own;
use super::proof;
use crate::audit::By;
use crate::model::parse_email;
use crate::store::emails::{self, Change, Fresh};
use crate::store::{accounts, links, passkeys, passwords, providers, sessions, tokens};
use crate::{letters, limits};

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// Asks for another address. The answer is the same whether somebody has it or not: only its mailbox learns that.
///
/// # Errors
/// `Forbidden` when whoever asks has not proved lately that the account is theirs, `Invalid`, `TooMany`.
pub(crate) async fn ask(cx: &Cx, email: &str) -> Result<()> {
    let account = own(cx)?;
    proof::recent(cx, &account).await?;
    let email = parse_email(email)?;
    let old = &cx.signed_in()?.email;
    if email == *old {
        return Err(Error::invalid("email", "identity-email-same"));
    }
    let secret = id::secret();
    let mut tx = cx.db.begin().await?;
    if emails::count(&mut tx, &account, cx.now - DAY).await? >= limits::EMAIL_CHANGES_MAX {
        return Err(Error::TooMany { retry_after: DAY });
    }
    let fresh = Fresh {
        account: &account,
        old_email: old,
        new_email: &email,
        token_hash: &id::digest(&secret),
        now: cx.now,
        expires: cx.now + limits::EMAIL_CHANGE_LIFE,
    };
    emails::insert(&mut tx, &fresh).await?;
    let taken = accounts::account_by_email(&mut tx, &email).await?.is_some();
    let url = cx.site.url(&format!("/account/email/confirm/{secret}"));
    let minutes = (limits::EMAIL_CHANGE_LIFE.as_secs() / 60).to_string();
    let values = [
        ("url", url.as_str()),
        ("minutes", &minutes),
        ("old", old.as_str()),
    ];
    let (letter, values) = if taken {
        (letters::EMAIL_TAKEN, &[] as &[_])
    } else {
        (letters::EMAIL, &values as &[_])
    };
    let message = letter
        .write(
            &mut tx,
            &cx.texts,
            cx.locale,
            Origin::default(),
            &email,
            values,
        )
        .await?;
    mail::queue(&mut tx, &message, &id::digest(&secret), cx.now).await?;
    tx.commit().await?;
    Ok(())
}

/// What the link in the new mailbox would do, for the account that asked.
pub(crate) async fn asked(cx: &Cx, secret: &str) -> Result<Change> {
    let account = own(cx)?;
    let change = emails::asked(&cx.db, &id::digest(secret)).await?;
    let change =
        change.filter(|change| change.confirmed_at.is_none() && change.expires_at > cx.now);
    let change = change.ok_or_else(|| Error::conflict("identity-email-link-dead"))?;
    if change.account != account {
        return Err(Error::forbidden("identity-email-other-account"));
    }
    Ok(change)
}

/// Puts the new address in place and tells the old one.
pub(crate) async fn confirm(cx: &Cx, secret: &str) -> Result<()> {
    let change = asked(cx, secret).await?;
    let undo = id::secret();
    let until = cx.now + limits::EMAIL_UNDO_LIFE;
    let mut tx = cx.db.begin().await?;
    let dead = || Error::conflict("identity-email-link-dead");
    if !emails::confirm(&mut tx, &change.id, &id::digest(&undo), cx.now, until).await? {
        return Err(dead());
    }
    let (old, new) = (&change.old_email, &change.new_email);
    if !accounts::put_email(&mut tx, &change.account, old, new).await? {
        return Err(dead());
    }
    // Links that lie in the old mailbox must not open the account any more.
    links::forget_links_for(&mut tx, old).await?;
    let url = cx.site.url(&format!("/account/email/undo/{undo}"));
    let days = (limits::EMAIL_UNDO_LIFE.as_secs() / DAY.as_secs()).to_string();
    let new = masked(new);
    let values = [("url", url.as_str()), ("days", &days), ("new", &new)];
    let message = letters::EMAIL_TOLD
        .write(
            &mut tx,
            &cx.texts,
            cx.locale,
            Origin::default(),
            old,
            &values,
        )
        .await?;
    mail::queue(&mut tx, &message, &id::digest(&undo), cx.now).await?;
    let by = By::themselves(cx, &change.account, None)?;
    let subject = change.account.as_str();
    by.record(
        &mut tx,
        "account.email",
        subject,
        &Value::Null,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// What the link in the old mailbox would do.
pub(crate) async fn undoable(cx: &Cx, secret: &str) -> Result<Change> {
    let change = emails::done(&cx.db, &id::digest(secret)).await?;
    let open = |change: &Change| {
        let late: Timestamp = change.undo_until.unwrap_or(Timestamp::MIN);
        change.undone_at.is_none() && late > cx.now
    };
    change
        .filter(open)
        .ok_or_else(|| Error::conflict("identity-email-undo-dead"))
}

/// Puts the old address back and ends everything with which somebody else may be in the account.
pub(crate) async fn undo(cx: &Cx, secret: &str) -> Result<()> {
    let change = undoable(cx, secret).await?;
    let mut tx = cx.db.begin().await?;
    let dead = || Error::conflict("identity-email-undo-dead");
    if !emails::undo(&mut tx, &change.id, cx.now).await? {
        return Err(dead());
    }
    let now = accounts::account(&cx.db, change.account.as_str()).await?;
    let now = now.ok_or_else(dead)?.email;
    if !accounts::put_email(&mut tx, &change.account, &now, &change.old_email).await? {
        return Err(dead());
    }
    links::forget_links_for(&mut tx, &now).await?;
    let ended = sessions::delete_others(&mut tx, &change.account, "").await?;
    let by = By {
        conference: None,
        account: &change.account,
        name: "whoever reads the old mailbox",
        trace: cx.trace.as_str(),
        at: cx.now,
    };
    let subject = change.account.as_str();
    by.record(
        &mut tx,
        "account.email_undo",
        subject,
        &Value::Null,
        &Value::Null,
    )
    .await?;
    tokens::delete_all(&mut tx, &change.account, None).await?;
    // Older ones were the owner's before the address changed.
    let since = change.confirmed_at.unwrap_or(cx.now);
    passkeys::delete_since(&mut tx, &change.account, since).await?;
    providers::unlink_since(&mut tx, &change.account, since).await?;
    passwords::forget_since(&mut tx, &change.account, since).await?;
    tx.commit().await?;
    for session in &ended {
        cx.bus.publish("session.revoked", session);
    }
    tracing::warn!(account = %change.account, ended = ended.len(), "a change of mail address was undone from the old mailbox");
    Ok(())
}

/// An address that its owner recognises and nobody else learns: `a…@example.org`.
fn masked(email: &str) -> String {
    match email.split_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}…@{domain}")
        }
        None => String::from("…"),
    }
}
