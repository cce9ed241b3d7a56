//! What the owner of the site does: choosing for everybody, and helping somebody who cannot get in.

use db::Db;
use kernel::{Error, Result};
use serde_json::{Value, json};
use web::Cx;

use super::sign_in::mail_link;
use crate::audit;
use crate::model::parse_email;
use crate::rights::SiteGrant;
use crate::store::{accounts, settings};

/// Whether members of teams must have proved a passkey.
pub(crate) async fn team_needs_passkey(db: &Db) -> Result<bool> {
    Ok(settings::get(db, settings::TEAM_PASSKEY).await?.as_deref() == Some("on"))
}

/// Demands a passkey of members of teams, or stops to.
pub(crate) async fn demand_passkey(cx: &Cx, grant: &SiteGrant, on: bool) -> Result<()> {
    // Whoever demands it has one: otherwise their next click would shut them out.
    if on && !cx.signed_in()?.strong {
        return Err(Error::invalid("team_passkey", "identity-passkey-own-first"));
    }
    let before = team_needs_passkey(&cx.db).await?;
    if before == on {
        return Ok(());
    }
    let mut tx = cx.db.begin().await?;
    let value = if on { "on" } else { "off" };
    settings::put(&mut tx, settings::TEAM_PASSKEY, value).await?;
    let (was, is) = (
        json!({ "team_passkey": before }),
        json!({ "team_passkey": on }),
    );
    audit::record_site(&mut tx, grant, "site.settings", "site", &was, &is).await?;
    tx.commit().await?;
    Ok(())
}

/// Mails a sign-in link to the holder of an account, whom the owner helps: the owner never sees it.
pub(crate) async fn send_link(cx: &Cx, grant: &SiteGrant, email: &str) -> Result<()> {
    let email = parse_email(email)?;
    let mut tx = cx.db.begin().await?;
    let account = accounts::account_by_email(&mut tx, &email).await?;
    let account = account.ok_or_else(|| Error::invalid("email", "identity-account-unknown"))?;
    mail_link(&mut tx, cx, &email, "/", "").await?;
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
