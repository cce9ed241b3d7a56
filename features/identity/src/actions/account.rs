//! What people do with their own account: profile, picture, sessions.

use kernel::{Error, Result};
use platform::blob;
use tokio::sync::Semaphore;
use web::{Cx, Locale};

use crate::limits;
use crate::model::profile::{Told, read_by};
use crate::model::{AccountId, SessionId};
use crate::pictures;
use crate::store::{accounts, sessions};

/// The account of whoever asks.
pub(crate) fn own(cx: &Cx) -> Result<AccountId> {
    Ok(AccountId::stored(cx.signed_in()?.account.clone()))
}

/// The language in which the holder of an address is written to because of what somebody else does: one that they read,
/// where they have an account and said so.
pub(crate) async fn language_of(tx: &mut db::Tx, cx: &Cx, email: &str) -> Result<Locale> {
    let read = accounts::languages(tx, email).await?.unwrap_or_default();
    let tag = read_by(&read, cx.locale.as_str());
    Ok(Locale::parse(tag).unwrap_or(cx.locale))
}

/// Ends one of the actor's own sessions.
pub(crate) async fn revoke_session(cx: &Cx, session: &SessionId) -> Result<()> {
    let account = own(cx)?;
    let mut tx = cx.db.begin().await?;
    if !sessions::delete_session(&mut tx, &account, session).await? {
        return Err(Error::NotFound("session"));
    }
    tx.commit().await?;
    cx.bus.publish("session.revoked", session);
    tracing::info!(%account, %session, "session {session} was ended by its owner");
    Ok(())
}

/// Ends all of the actor's sessions but this one; how many there were.
pub(crate) async fn revoke_others(cx: &Cx) -> Result<usize> {
    let account = own(cx)?;
    let this = &cx.signed_in()?.session;
    let mut tx = cx.db.begin().await?;
    let ended = sessions::delete_others(&mut tx, &account, this).await?;
    tx.commit().await?;
    for session in &ended {
        cx.bus.publish("session.revoked", session);
    }
    tracing::info!(%account, ended = ended.len(), "{} sessions were ended by their owner", ended.len());
    Ok(ended.len())
}

/// Changes what the actor tells about themselves.
pub(crate) async fn save_profile(cx: &Cx, told: &Told, version: i64) -> Result<()> {
    let account = own(cx)?;
    let mut tx = cx.db.begin().await?;
    if !accounts::update_profile(&mut tx, &account, told, version).await? {
        return Err(Error::Stale);
    }
    tx.commit().await?;
    Ok(())
}

/// Makes a sent picture the actor's.
pub(crate) async fn put_avatar(cx: &Cx, file: bytes::Bytes, room: &Semaphore) -> Result<()> {
    let account = own(cx)?;
    if file.len() > limits::AVATAR_BYTES_MAX {
        let most = kernel::Message::new("web-file-too-large")
            .with("megabytes", limits::AVATAR_BYTES_MAX / 1024 / 1024);
        return Err(Error::invalid("avatar", most));
    }
    let picture = {
        let _permit = room.acquire().await.map_err(Error::internal)?;
        let unpacking = tokio::task::spawn_blocking(move || pictures::avatar(&file));
        unpacking.await.map_err(Error::internal)??
    };
    let stored = cx.blobs.put(&picture).await?;
    let mut tx = cx.db.begin().await?;
    let before = accounts::profile(&mut tx, &account).await?;
    let before = before.ok_or(Error::NotFound("account"))?;
    blob::keep(&mut tx, &stored, cx.now).await?;
    accounts::put_avatar(&mut tx, &account, Some(&stored.id)).await?;
    if let Some(old) = before.avatar {
        blob::release(&mut tx, &old).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes the actor's picture away.
pub(crate) async fn remove_avatar(cx: &Cx) -> Result<()> {
    let account = own(cx)?;
    let mut tx = cx.db.begin().await?;
    let before = accounts::profile(&mut tx, &account).await?;
    if let Some(old) = before.and_then(|profile| profile.avatar) {
        accounts::put_avatar(&mut tx, &account, None).await?;
        blob::release(&mut tx, &old).await?;
    }
    tx.commit().await?;
    Ok(())
}
