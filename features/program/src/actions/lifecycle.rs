//! The lifecycle: changed by the chair now, or at a date by a job.

use std::sync::Arc;

use identity::{Chair, ConferenceId, Grant, Scope, audit};
use kernel::{Error, Message, Result, Timestamp};
use platform::jobs;
use platform::once::Once;
use serde::{Deserialize, Serialize};
use web::Cx;

use super::Writer;
use crate::limits;
use crate::model::{Lifecycle, SwitchId, SwitchState};
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::{self, Conference, switches};

/// The conferences that whoever asks may see in a list, and whether everybody does: those of their own teams are there
/// in every state.
pub(crate) async fn listed(
    cx: &Cx,
    programmes: &Programmes,
) -> Result<Vec<(Arc<Programme>, bool)>> {
    let mut all = Vec::new();
    for conference in store::all_conferences(&cx.db).await? {
        let listed = conference.effects().listed;
        let scope = match &cx.actor {
            Some(_) if !listed => Some(Scope::of(cx, &conference.id).await?),
            _ => None,
        };
        if !listed && !scope.is_some_and(|scope| scope.is_team()) {
            continue;
        }
        if let Some(programme) = programmes.of(&cx.db, &conference.id).await? {
            all.push((programme.for_outsiders(), listed));
        }
    }
    Ok(all)
}

/// Brings a conference into another state.
///
/// # Errors
/// `Conflict` when its state does not allow it, `Stale` when it is not at `version` any more, where one is named.
pub async fn advance(
    writer: &Writer<'_>,
    grant: &Grant<Chair>,
    to: Lifecycle,
    version: Option<i64>,
) -> Result<i64> {
    let id = grant.conference();
    let mut tx = writer.db.begin().await?;
    let was = there(store::by_id(&mut tx, id).await?)?;
    if version.is_some_and(|version| version != was.version) {
        return Err(Error::Stale);
    }
    let next = was.lifecycle.after(to)?;
    switches::enter(&mut tx, id, was.version, next, writer.now).await?;
    audit::record(
        &mut tx,
        grant,
        "conference.lifecycle",
        id.as_str(),
        &was.lifecycle,
        &next,
    )
    .await?;
    tx.commit().await?;
    writer.announce(id, was.version + 1);
    tracing::info!(conference = %id, from = %was.lifecycle, to = %next, "{} is {next} now", was.slug);
    Ok(was.version + 1)
}

/// A conference that is there and not deleted.
fn there(found: Option<Conference>) -> Result<Conference> {
    let found = found.ok_or(Error::NotFound("conference"))?;
    if found.removed_at.is_some() {
        return Err(Error::conflict("program-removed"));
    }
    Ok(found)
}

/// What the job of a switch is queued with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SwitchDue {
    pub(crate) conference: ConferenceId,
}

/// Plans a change of the state for a date; its id, which is also kept for a client that may ask again.
///
/// # Errors
/// `Invalid` when the date lies behind, or years ahead, or too many are planned.
pub async fn plan_switch(
    writer: &Writer<'_>,
    grant: &Grant<Chair>,
    to: Lifecycle,
    at: Timestamp,
    once: Option<&Once>,
) -> Result<SwitchId> {
    let id = grant.conference();
    if at <= writer.now {
        return Err(Error::invalid("at", "program-switch-past"));
    }
    if at.duration_since(writer.now).as_hours() > limits::SWITCH_HOURS_MAX {
        return Err(Error::invalid("at", "program-switch-far"));
    }
    let mut tx = writer.db.begin().await?;
    there(store::by_id(&mut tx, id).await?)?;
    // Asked for again, it is the one that is planned already.
    let known = switches::switches(&mut tx, id, limits::SWITCHES_SHOWN).await?;
    let same = |own: &switches::Switch| {
        own.state == SwitchState::Pending && own.lifecycle == to && own.at == at
    };
    if let Some(known) = known.into_iter().find(same) {
        return Ok(known.id);
    }
    if switches::pending(&mut tx, id).await? >= limits::SWITCHES_MAX {
        return Err(Error::invalid(
            "at",
            Message::new("program-switch-many").with("limit", limits::SWITCHES_MAX),
        ));
    }
    let row = switches::Switch {
        id: SwitchId::fresh(),
        lifecycle: to,
        at,
        state: SwitchState::Pending,
        created_at: writer.now,
        created_by: grant.name().to_owned(),
        settled_at: None,
    };
    switches::insert(&mut tx, id, &row, grant.account()).await?;
    let due = SwitchDue {
        conference: id.clone(),
    };
    jobs::enqueue(&mut tx, crate::jobs::SWITCH, &due, at).await?;
    let planned = (to, at.to_string());
    audit::record(
        &mut tx,
        grant,
        "conference.switch.plan",
        row.id.as_str(),
        &(),
        &planned,
    )
    .await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &row.id, writer.now).await?;
    }
    tx.commit().await?;
    Ok(row.id)
}

/// Calls a planned change off.
///
/// # Errors
/// `NotFound` when there is none, `Conflict` when it waits no longer.
pub async fn cancel_switch(
    writer: &Writer<'_>,
    grant: &Grant<Chair>,
    switch: &SwitchId,
) -> Result<()> {
    let id = grant.conference();
    let mut tx = writer.db.begin().await?;
    let known = switches::switches(&mut tx, id, i64::MAX).await?;
    let known = known
        .into_iter()
        .find(|own| own.id == *switch)
        .ok_or(Error::NotFound("switch"))?;
    if !switches::settle(&mut tx, id, switch, SwitchState::Cancelled, writer.now).await? {
        return Err(Error::conflict("program-switch-settled"));
    }
    let planned = (known.lifecycle, known.at.to_string());
    audit::record(
        &mut tx,
        grant,
        "conference.switch.cancel",
        switch.as_str(),
        &planned,
        &(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Does what was planned for a date that has come. Those of several dates happen in their order, also after the
/// server was away; done twice it changes nothing.
///
/// # Errors
/// `Conflict` when somebody changes the conference at the same time; the job tries again.
pub async fn enter_due(writer: &Writer<'_>, id: &ConferenceId) -> Result<()> {
    let mut tx = writer.db.begin().await?;
    let Some(was) = store::by_id(&mut tx, id).await? else {
        return Ok(());
    };
    let due = switches::due(&mut tx, id, writer.now).await?;
    let (mut state, mut version) = (was.lifecycle, was.version);
    for switch in &due {
        let next = if was.removed_at.is_some() {
            Err(Error::conflict("program-removed"))
        } else {
            state.after(switch.lifecycle)
        };
        let outcome = match next {
            Ok(next) => {
                switches::enter(&mut tx, id, version, next, writer.now).await?;
                (state, version) = (next, version + 1);
                SwitchState::Done
            }
            // It was brought there by hand: what was planned is so.
            Err(_) if state == switch.lifecycle && was.removed_at.is_none() => SwitchState::Done,
            Err(_) => SwitchState::Refused,
        };
        switches::settle(&mut tx, id, &switch.id, outcome, writer.now).await?;
        tracing::info!(
            conference = %id, switch = %switch.id, late_ms = writer.now.duration_since(switch.at).as_millis(),
            "the planned change of {} to {} is {outcome}", was.slug, switch.lifecycle
        );
    }
    if due.is_empty() {
        return Ok(());
    }
    tx.commit().await?;
    if version != was.version {
        writer.announce(id, version);
    }
    Ok(())
}
