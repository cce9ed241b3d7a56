//! What is done with several talks at once: show, call off, hide, bin, bring back, release.

use db::Tx;
use identity::{ConferenceId, Contents, Grant, audit};
use kernel::{Error, Result, Timestamp};
use platform::jobs;

use super::{TalkRecord, found, frame, record, turn};
use crate::actions::Writer;
use crate::jobs::{EMPTY, Emptied};
use crate::limits;
use crate::model::TalkId;
use crate::model::hand::TalkState;
use crate::model::placement::{Clash, Slot, clashes};
use crate::store::{self, Speaker, Talk, write};

/// Something that is done with several talks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows them as they are planned, calls them off, or hides them.
    State(TalkState),
    /// Puts them into the bin.
    Bin,
    /// Brings them back from it.
    Restore,
    /// Gives what was edited by hand back to the file: the next import has the say again.
    Release,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Self::State(TalkState::Planned) => "talk.plan",
            Self::State(TalkState::Cancelled) => "talk.cancel",
            Self::State(TalkState::Hidden) => "talk.hide",
            Self::Bin => "talk.bin",
            Self::Restore => "talk.restore",
            Self::Release => "talk.release",
        }
    }
}

/// Does something with several talks, all or none; those to which it made a difference. With `expected` only to talks
/// that are still in this version.
///
/// # Errors
/// `NotFound` when one of them is none of this conference, `Conflict` when a talk cannot come back to where it stood.
pub async fn act(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    ids: &[TalkId],
    act: Act,
    expected: Option<i64>,
) -> Result<Vec<TalkRecord>> {
    let mut tx = writer.db.begin().await?;
    let conference = grant.conference();
    let version = turn(&mut tx, writer, conference).await?;
    let frame = frame(&mut tx, conference).await?;
    let mut changed = Vec::new();
    for id in ids {
        let row = found(&mut tx, conference, id).await?;
        if expected.is_some_and(|version| version != row.version) {
            return Err(Error::Stale);
        }
        let Some(next) = acted(&row, act, writer.now)? else {
            continue;
        };
        let speakers = store::talks::speakers_of(&mut tx, conference, id).await?;
        let happens = |row: &Talk| row.happens() && row.binned_at.is_none();
        if happens(&next) && !happens(&row) {
            comes_back(&mut tx, conference, &next, &speakers).await?;
        }
        write::put_talk(&mut tx, conference, &next).await?;
        if act == Act::Bin {
            let emptied = Emptied::talk(conference, id);
            jobs::enqueue(&mut tx, EMPTY, &emptied, writer.now + limits::BIN_KEPT).await?;
        }
        let (before, after) = (
            record(&frame, &row, &speakers),
            record(&frame, &next, &speakers),
        );
        audit::record(&mut tx, grant, act.name(), id.as_str(), &before, &after).await?;
        changed.push(after);
    }
    if changed.is_empty() {
        return Ok(changed);
    }
    tx.commit().await?;
    writer.announce(conference, version);
    Ok(changed)
}

/// The row after an act; none where it makes no difference.
fn acted(row: &Talk, act: Act, now: Timestamp) -> Result<Option<Talk>> {
    let mut next = row.clone();
    match act {
        Act::State(state) => {
            if row.binned_at.is_some() {
                return Err(Error::NotFound("talk"));
            }
            if state != TalkState::Hidden && row.day.is_none() {
                return Err(Error::conflict(
                    kernel::Message::new("program-talk-unplaced-named").with("title", &row.title),
                ));
            }
            next.state = state;
        }
        Act::Bin => next.binned_at = Some(row.binned_at.unwrap_or(now)),
        Act::Restore => next.binned_at = None,
        Act::Release => next.hand.clear(),
    }
    if next == *row {
        return Ok(None);
    }
    next.version = row.version + 1;
    next.changed_at = now;
    Ok(Some(next))
}

/// Whether a talk can stand again where it stood; only what can never be meant is in the way.
async fn comes_back(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Talk,
    speakers: &[Speaker],
) -> Result<()> {
    let wanted = Slot {
        talk: Some(row.id.clone()),
        title: row.title.clone(),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        room: row.room.clone(),
        track: row.track.clone(),
        speakers: speakers
            .iter()
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
    };
    let others = store::talks::slots(&mut *tx, conference, row.starts_at, row.ends_at).await?;
    let clashes = clashes(&wanted, &others, None);
    let taken = clashes.into_iter().find_map(|clash| match clash {
        Clash::Room { title } | Clash::Track { title } => Some(title),
        _ => None,
    });
    match taken {
        None => Ok(()),
        Some(title) => Err(Error::conflict(
            kernel::Message::new("program-talk-place-taken")
                .with("title", &row.title)
                .with("other", title),
        )),
    }
}
