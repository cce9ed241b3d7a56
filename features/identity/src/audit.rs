//! Who did what to which record, before and after. Append-only, written in the transaction of the act.
//!
//! Entries name people by their account's id alone, and neither mail addresses nor secrets go into what was before and
//! after: when an account is deleted the act stays and the person is gone.

use db::{Statement, Tx, params, sql};
use kernel::{Result, Timestamp};
use serde::Serialize;
use web::Cx;

use crate::model::{AccountId, AuditId, ConferenceId};
use crate::rights::{Grant, Right, SiteGrant};

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
    let by = By {
        conference: Some(grant.conference()),
        account: grant.account(),
        name: grant.name(),
        trace: grant.trace(),
        at: grant.at(),
    };
    by.record(tx, action, subject, before, after).await
}

/// One of many acts of a team member: `noun.verb`, the id of what was acted upon, and what was before and after.
#[derive(Debug)]
pub struct Act {
    action: &'static str,
    subject: String,
    before: String,
    after: String,
}

impl Act {
    /// An act. Secrets never go in.
    pub fn of(
        action: &'static str,
        subject: &str,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> Result<Self> {
        Ok(Self {
            action,
            subject: subject.to_owned(),
            before: serde_json::to_string(before).map_err(kernel::Error::internal)?,
            after: serde_json::to_string(after).map_err(kernel::Error::internal)?,
        })
    }
}

/// Records many acts of a team member at once. The log hears of the whole from whoever did it.
pub async fn record_all<R: Right>(tx: &mut Tx, grant: &Grant<R>, acts: Vec<Act>) -> Result<()> {
    let conference = Some(grant.conference().clone());
    let mut rows = Vec::with_capacity(acts.len());
    for own in acts {
        rows.push(params![
            AuditId::fresh(),
            grant.at(),
            conference,
            grant.account(),
            own.action,
            own.subject,
            own.before,
            own.after,
            grant.trace()
        ]);
    }
    tx.exec_many(insert(), rows).await?;
    Ok(())
}

fn insert() -> Statement<()> {
    sql!(
        "INSERT INTO audit (id, at, conference, account, action, subject, before, after, trace)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
}

/// Records what the site's owner did to the site, or to a person.
pub async fn record_site(
    tx: &mut Tx,
    grant: &SiteGrant,
    action: &str,
    subject: &str,
    before: &(impl Serialize + Sync),
    after: &(impl Serialize + Sync),
) -> Result<()> {
    let by = By {
        conference: None,
        account: grant.account(),
        name: grant.name(),
        trace: grant.trace(),
        at: grant.at(),
    };
    by.record(tx, action, subject, before, after).await
}

/// Who acts, where and when. For what people do to themselves, which needs no grant, as joining a team.
pub(crate) struct By<'a> {
    pub(crate) conference: Option<&'a ConferenceId>,
    pub(crate) account: &'a AccountId,
    pub(crate) name: &'a str,
    pub(crate) trace: &'a str,
    pub(crate) at: Timestamp,
}

impl<'a> By<'a> {
    /// The person who asks, for themselves.
    pub(crate) fn themselves(
        cx: &'a Cx,
        account: &'a AccountId,
        conference: Option<&'a ConferenceId>,
    ) -> Result<Self> {
        Ok(Self {
            conference,
            account,
            name: &cx.signed_in()?.name,
            trace: cx.trace.as_str(),
            at: cx.now,
        })
    }

    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        action: &str,
        subject: &str,
        before: &(impl Serialize + Sync),
        after: &(impl Serialize + Sync),
    ) -> Result<()> {
        let before = serde_json::to_string(before).map_err(kernel::Error::internal)?;
        let after = serde_json::to_string(after).map_err(kernel::Error::internal)?;
        tx.exec(
            insert(),
            params![
                &AuditId::fresh(),
                &self.at,
                &self.conference.cloned(),
                self.account,
                action,
                subject,
                &before,
                &after,
                self.trace
            ],
        )
        .await?;
        let conference = self.conference.map_or("", ConferenceId::as_str);
        tracing::info!(trace_id = self.trace, account = %self.account, conference, action, subject, "{} did {action} to {subject}", self.name);
        Ok(())
    }
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
    let console = AccountId::stored(CONSOLE.to_owned());
    let by = By {
        conference: Some(conference),
        account: &console,
        name: CONSOLE,
        trace: "",
        at,
    };
    by.record(tx, action, subject, before, after).await
}
