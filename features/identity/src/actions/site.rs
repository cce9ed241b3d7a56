//! What the owner of the site does: choosing for everybody, and helping somebody who cannot get in.

use db::{Db, Run};
use kernel::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use web::Cx;

use super::account::language_of;
use super::sign_in::mail_link;
use crate::audit;
use crate::model::parse_email;
use crate::rights::SiteGrant;
use crate::store::{accounts, settings};

/// Whether members of teams must have proved a passkey.
pub(crate) async fn team_needs_passkey(db: &Db) -> Result<bool> {
    settings::is_on(db, settings::TEAM_PASSKEY).await
}

/// What the owner chose for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Chosen {
    /// Members of teams must have proved a passkey.
    pub(crate) team_passkey: bool,
    /// People may have passwords.
    pub(crate) password: bool,
}

/// What the owner chose so far.
pub(crate) async fn chosen(mut run: impl Run) -> Result<Chosen> {
    Ok(Chosen {
        team_passkey: settings::is_on(&mut run, settings::TEAM_PASSKEY).await?,
        password: settings::is_on(&mut run, settings::PASSWORD).await?,
    })
}

/// Chooses for everybody, where what was chosen so far is what the asker knows of.
pub(crate) async fn choose(
    cx: &Cx,
    grant: &SiteGrant,
    chosen: Chosen,
    is_known: impl FnOnce(Chosen) -> bool + Send,
) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    settings::lock(&mut tx).await?;
    let before = self::chosen(&mut tx).await?;
    if !is_known(before) {
        return Err(Error::Stale);
    }
    // Whoever demands it has one: otherwise their next click would shut them out.
    if chosen.team_passkey && !cx.signed_in()?.strong {
        return Err(Error::invalid("team_passkey", "identity-passkey-own-first"));
    }
    if before == chosen {
        return Ok(());
    }
    for (name, on) in [
        (settings::TEAM_PASSKEY, chosen.team_passkey),
        (settings::PASSWORD, chosen.password),
    ] {
        settings::put(&mut tx, name, if on { "on" } else { "off" }).await?;
    }
    audit::record_site(&mut tx, grant, "site.settings", "site", &before, &chosen).await?;
    tx.commit().await?;
    Ok(())
}

/// Mails a sign-in link to the holder of an account, whom the owner helps: the owner never sees it.
pub(crate) async fn send_link(cx: &Cx, grant: &SiteGrant, email: &str) -> Result<()> {
    let email = parse_email(email)?;
    let mut tx = cx.db.begin().await?;
    let account = accounts::account_by_email(&mut tx, &email).await?;
    let account = account.ok_or_else(|| Error::invalid("email", "identity-account-unknown"))?;
    let locale = language_of(&mut tx, cx, &email).await?;
    mail_link(&mut tx, cx, locale, (&email, "/", "")).await?;
    let subject = account.id.as_str();
    audit::record_site(
        &mut tx,
        grant,
        "account.link",
        subject,
        &Value::Null,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
