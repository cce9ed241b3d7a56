//! Use cases of what is on air: a person puts, holds, gives back; the timetable goes on.

use identity::{Broadcast, ConferenceId, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Result, Timestamp};
use program::{Air, Programme, Programmes, TalkId, TrackId};
use web::Cx;

use crate::model::{Cause, Change, Mode, Slot, State, decide, next_turn, wanted};
use crate::store::{self, By, Now};
use crate::{CHANGED, Changed, limits};

/// What a person wants of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This talk, or nothing, until somebody wishes something else.
    Put(Option<TalkId>),
    /// What is on stays on.
    Hold,
    /// The timetable decides.
    Auto,
}

impl Wish {
    fn action(&self) -> &'static str {
        match self {
            Self::Put(_) => "onair.put",
            Self::Hold => "onair.hold",
            Self::Auto => "onair.auto",
        }
    }

    fn change(&self, state: &State, slots: &[Slot], now: Timestamp) -> Change {
        let at = now.max(state.since);
        match self {
            Self::Put(talk) => Change {
                at,
                talk: talk.clone(),
                mode: Mode::Manual,
            },
            Self::Hold => Change {
                at,
                talk: state.talk.clone(),
                mode: Mode::Hold,
            },
            Self::Auto => {
                let talk = wanted(slots, now).map(|slot| slot.talk.clone());
                Change {
                    at,
                    talk,
                    mode: Mode::Auto,
                }
            }
        }
    }
}

/// Does what a person wishes of a track.
pub async fn direct(
    cx: &Cx,
    programmes: &Programmes,
    grant: &Grant<Broadcast>,
    track: &TrackId,
    wish: &Wish,
    reason: &str,
) -> Result<Now> {
    let conference = grant.conference();
    let programme = programmes
        .of(&cx.db, conference)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    programme.track(track).ok_or(Error::NotFound("track"))?;
    if let Wish::Put(Some(talk)) = wish {
        programme.talk(talk).ok_or(Error::NotFound("talk"))?;
    }
    let reason = clean(reason, Lines::One);
    if reason.chars().count() > limits::REASON_CHARS_MAX {
        return Err(Error::invalid("reason", "onair-reason-too-long"));
    }
    let by = By {
        account: Some(grant.account().as_str()),
        name: Some(grant.name()),
        reason: &reason,
    };
    let slots = slots(&programme, track);
    for _ in 0..limits::TRIES_MAX {
        let mut tx = cx.db.begin().await?;
        let (state, version) = present(store::now_of(&mut tx, conference, track).await?);
        let change = wish.change(&state, &slots, cx.now);
        let next = state.after(&change);
        if next == state && version > 0 {
            return Ok(now(track, next, version));
        }
        if !store::advance(&mut tx, conference, track, version, &next).await? {
            // Somebody else was first: what this one wishes holds for what that one has left.
            continue;
        }
        store::keep(
            &mut tx,
            conference,
            track,
            version + 1,
            &state,
            &change,
            &by,
        )
        .await?;
        let (before, after) = (described(&state), described(&next));
        audit::record(
            &mut tx,
            grant,
            wish.action(),
            track.as_str(),
            &before,
            &after,
        )
        .await?;
        tx.commit().await?;
        tell(programmes, conference, track, &next, version + 1);
        announce(&cx.bus, conference, track, &state, &next);
        return Ok(now(track, next, version + 1));
    }
    Err(Error::conflict("onair-changed-meanwhile"))
}

/// Lets the timetable decide about all tracks of a conference that it may decide about.
/// Returns when it is to be looked at again.
pub async fn follow(
    (db, bus): (&db::Db, &platform::Bus),
    programmes: &Programmes,
    programme: &Programme,
    now: Timestamp,
    cause: Cause,
) -> Result<Option<Timestamp>> {
    let conference = &programme.conference.id;
    let present_now = store::now_of_all(db, conference).await?;
    // Also what was so before this process began, and what another one did.
    for own in &present_now {
        tell(
            programmes,
            conference,
            &own.track,
            &own.state(),
            own.version,
        );
    }
    let mut next = None;
    for track in &programme.tracks {
        let slots = slots(programme, &track.id);
        let found = present_now
            .iter()
            .find(|own| own.track == track.id)
            .cloned();
        let (state, version) = present(found);
        // A turn may lie between two looks at a held clock or a late timer; the last one counts.
        if let Some(change) = decide(&slots, &state, now, cause)
            && turn(db, conference, &track.id, (&state, version), &change).await?
        {
            let after = state.after(&change);
            tell(programmes, conference, &track.id, &after, version + 1);
            announce(bus, conference, &track.id, &state, &after);
        }
        next = next.into_iter().chain(next_turn(&slots, now)).min();
    }
    Ok(next)
}

/// Makes a change of the timetable's own. A person who is faster wins: the next look sees what they did.
async fn turn(
    db: &db::Db,
    conference: &ConferenceId,
    track: &TrackId,
    (state, version): (&State, i64),
    change: &Change,
) -> Result<bool> {
    let by = By {
        account: None,
        name: None,
        reason: "",
    };
    let mut tx = db.begin().await?;
    if !store::advance(&mut tx, conference, track, version, &state.after(change)).await? {
        return Ok(false);
    }
    store::keep(&mut tx, conference, track, version + 1, state, change, &by).await?;
    tx.commit().await?;
    let talk = change.talk.as_ref().map_or("nothing", TalkId::as_str);
    tracing::info!(%conference, %track, talk, at = %change.at, "the timetable put {talk} on air");
    Ok(true)
}

/// The talks of a track as slots; pauses among them, nothing else is on then.
pub fn slots(programme: &Programme, track: &TrackId) -> Vec<Slot> {
    let talks = programme.of_track(track);
    talks
        .map(|talk| Slot {
            talk: talk.id.clone(),
            starts_at: talk.starts_at,
            ends_at: talk.ends_at,
        })
        .collect()
}

fn present(found: Option<Now>) -> (State, i64) {
    found.map_or_else(|| (State::untouched(), 0), |now| (now.state(), now.version))
}

fn now(track: &TrackId, state: State, version: i64) -> Now {
    Now {
        track: track.clone(),
        talk: state.talk,
        since: state.since,
        mode: state.mode,
        version,
    }
}

/// Tells the programme's pages who decides about a track, and what they decided.
fn tell(
    programmes: &Programmes,
    conference: &ConferenceId,
    track: &TrackId,
    state: &State,
    version: i64,
) {
    let air = match state.mode {
        Mode::Auto => Air::Timetable,
        Mode::Manual | Mode::Hold => Air::Put(state.talk.clone()),
    };
    programmes.tell(conference, track, version, &air);
}

fn announce(
    bus: &platform::Bus,
    conference: &ConferenceId,
    track: &TrackId,
    from: &State,
    to: &State,
) {
    let changed = Changed {
        conference: conference.clone(),
        track: track.clone(),
        from: from.talk.clone(),
        to: to.talk.clone(),
    };
    bus.publish(CHANGED, &changed);
}

/// A state as the audit log keeps it.
fn described(state: &State) -> (Option<&str>, Mode) {
    (state.talk.as_ref().map(TalkId::as_str), state.mode)
}
