//! Who did what to which record, before and after. Append-only, written in the transaction of the act.

use db::{Tx, params, sql};
use kernel::{Result, Timestamp};
use serde::Serialize;

use crate::model::{AuditId, ConferenceId};
use crate::rights::{Grant, Right};

/// Records a team member's act.
///
/// `action` is `noun.verb`, `subject` the id of what was acted upon. Secrets never go in.
pub async fn record<R: Right>(
    tx: &mut Tx,
    grant: &Grant<R>,
    action: &str,
    subject: &str,
    before: &(impl Serialize + Sync),
    after: &(impl Serialize + Sync),
) -> Result<()> {
    let before = serde_json::to_string(before).map_err(kernel::Error::internal)?;
    let after = serde_json::to_string(after).map_err(kernel::Error::internal)?;
    tx.exec(
        sql!(
            "INSERT INTO audit (id, at, conference, account, action, subject, before, after, trace)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        params![
            &AuditId::fresh(),
            &grant.at(),
            grant.conference(),
            grant.account(),
            action,
            subject,
            &before,
            &after,
            grant.trace()
        ],
    )
    .await?;
    tracing::info!(trace_id = grant.trace(), account = %grant.account(), conference = %grant.conference(), action, subject, "{} did {action} to {subject}", grant.name());
    Ok(())
}

/// Who acts at the server's console, where nobody is signed in.
pub const CONSOLE: &str = "console";

/// Records an act at the server's console that concerns one conference.
pub async fn record_at_console(
    tx: &mut Tx,
    conference: &ConferenceId,
    action: &str,
    subject: &str,
    (before, after): (&(impl Serialize + Sync), &(impl Serialize + Sync)),
    at: Timestamp,
) -> Result<()> {
    let before = serde_json::to_string(before).map_err(kernel::Error::internal)?;
    let after = serde_json::to_string(after).map_err(kernel::Error::internal)?;
    tx.exec(
        sql!(
            "INSERT INTO audit (id, at, conference, account, action, subject, before, after, trace)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')"
        ),
        params![
            &AuditId::fresh(),
            &at,
            conference,
            CONSOLE,
            action,
            subject,
            &before,
            &after
        ],
    )
    .await?;
    tracing::info!(%conference, action, subject, "somebody at the console did {action} to {subject}");
    Ok(())
}
