//! What identity keeps about a conference, for those who make and remove conferences.

use db::Tx;
use kernel::Result;

use crate::model::{ConferenceId, Role};
use crate::rights::{Chair, Grant};
use crate::store::members;

/// Makes somebody who leads one conference lead another one, which they are just making.
pub async fn lead(tx: &mut Tx, grant: &Grant<Chair>, conference: &ConferenceId) -> Result<()> {
    members::insert_membership(tx, grant.account(), conference, Role::Chair, grant.at()).await
}

/// Forgets the team of a conference that is removed for good: roles, invitations, who wanted to be shown. What they did
/// stays in the audit log.
pub async fn forget_conference(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    members::forget_conference(tx, conference).await
}
