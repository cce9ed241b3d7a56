//! Deleting a conference: hidden and unchangeable at once, restorable for thirty days, then removed from every feature.

use identity::{Chair, ConferenceId, Grant, audit};
use kernel::{Error, Result, Timestamp};
use platform::jobs;
use serde::{Deserialize, Serialize};

use super::Writer;
use crate::limits;
use crate::store::{self, removal};

/// Published on the bus when a conference is gone for good, so that features let go of what they hold of it in memory.
pub const REMOVED: &str = "program.removed";

/// What the job of a removal is queued with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RemovalDue {
    pub(crate) conference: ConferenceId,
    pub(crate) removed_at: Timestamp,
}

/// Deletes the grant's conference. `typed` has to be its name in addresses.
///
/// # Errors
/// `Invalid` when another name was typed, `Conflict` when it is deleted already.
pub async fn delete(writer: &Writer<'_>, grant: &Grant<Chair>, typed: &str) -> Result<()> {
    let id = grant.conference();
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    if typed.trim() != was.slug {
        return Err(Error::invalid("typed", "program-delete-typed"));
    }
    if was.removed_at.is_some()
        || !removal::mark(&mut tx, id, Some(writer.now), was.version).await?
    {
        return Err(Error::conflict("program-removed"));
    }
    let due = RemovalDue {
        conference: id.clone(),
        removed_at: writer.now,
    };
    let at = writer.now + limits::REMOVAL_GRACE;
    jobs::enqueue(&mut tx, crate::jobs::REMOVE, &due, at).await?;
    audit::record(
        &mut tx,
        grant,
        "conference.delete",
        id.as_str(),
        &was.slug,
        &at.to_string(),
    )
    .await?;
    tx.commit().await?;
    writer.announce(id, was.version + 1);
    tracing::info!(conference = %id, "deleted {}; it can be restored until {at}", was.slug);
    Ok(())
}

/// Takes a deletion back.
///
/// # Errors
/// `Conflict` when it is not deleted.
pub async fn restore(writer: &Writer<'_>, grant: &Grant<Chair>) -> Result<()> {
    let id = grant.conference();
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    if was.removed_at.is_none() || !removal::mark(&mut tx, id, None, was.version).await? {
        return Err(Error::conflict("program-not-removed"));
    }
    audit::record(
        &mut tx,
        grant,
        "conference.restore",
        id.as_str(),
        &(),
        &was.slug,
    )
    .await?;
    tx.commit().await?;
    writer.announce(id, was.version + 1);
    Ok(())
}

/// Removes a conference for good, unless it was restored since. Tables of other features refer to it and lose their
/// rows with it; what does not refer to it (roles, mails) is removed by name. What stays: the audit log, since it says
/// who did what; numbers, which are never used again; files that nothing refers to any more, until they are swept.
///
/// # Errors
/// When the store cannot be written; the job tries again.
pub(crate) async fn remove_due(writer: &Writer<'_>, due: &RemovalDue) -> Result<()> {
    let id = &due.conference;
    let mut tx = writer.db.begin().await?;
    let Some(was) = store::by_id(&mut tx, id).await? else {
        return Ok(());
    };
    // Restored, or deleted anew: another job is queued for that.
    if was.removed_at != Some(due.removed_at) {
        return Ok(());
    }
    identity::actions::forget_conference(&mut tx, id).await?;
    platform::mail::forget_scope(&mut tx, id.as_str()).await?;
    platform::search::forget_scope(&mut tx, id.as_str()).await?;
    super::looks::release(&mut tx, id).await?;
    super::slides::release(&mut tx, id).await?;
    removal::remove(&mut tx, id).await?;
    tx.commit().await?;
    writer.announce(id, was.version + 1);
    writer.bus.publish(REMOVED, id);
    tracing::info!(conference = %id, "removed {} for good", was.slug);
    Ok(())
}
