//! What people do with their own account.

use kernel::{Error, Result};
use web::Cx;

use crate::model::{AccountId, SessionId, parse_name};
use crate::store::{accounts, sessions};

/// Ends one of the actor's own sessions.
pub(crate) async fn revoke_session(cx: &Cx, session: &SessionId) -> Result<()> {
    let account = AccountId::stored(cx.signed_in()?.account.clone());
    let mut tx = cx.db.begin().await?;
    if !sessions::delete_session(&mut tx, &account, session).await? {
        return Err(Error::NotFound("session"));
    }
    tx.commit().await?;
    cx.bus.publish("session.revoked", session);
    tracing::info!(%account, %session, "session {session} was ended by its owner");
    Ok(())
}

/// Changes the actor's name.
pub(crate) async fn rename(cx: &Cx, name: &str) -> Result<()> {
    let name = parse_name(name)?;
    let account = AccountId::stored(cx.signed_in()?.account.clone());
    let mut tx = cx.db.begin().await?;
    accounts::rename(&mut tx, &account, &name).await?;
    tx.commit().await?;
    Ok(())
}
