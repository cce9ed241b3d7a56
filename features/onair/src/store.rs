//! SQL of what is on air.

use db::{Run, Tx, params, record, sql};
use identity::ConferenceId;
use kernel::{Result, Timestamp, define_id};
use program::{TalkId, TrackId};

use crate::limits;
use crate::model::{Change, Mode, State};

define_id!(
    /// A change of what is on air.
    ChangeId, "onc"
);

record! {
    /// What is on a track.
    #[derive(PartialEq)]
    pub struct Now {
        /// The track.
        pub track: TrackId,
        /// The talk.
        pub talk: Option<TalkId>,
        /// Since when.
        pub since: Timestamp,
        /// Who decides.
        pub mode: Mode,
        /// How often it has changed.
        pub version: i64,
    }
}

record! {
    /// A change that was made.
    #[derive(PartialEq)]
    pub struct Entry {
        /// The track.
        pub track: TrackId,
        /// Counts the track's changes.
        pub version: i64,
        /// When.
        pub at: Timestamp,
        /// What was on.
        pub from_talk: Option<TalkId>,
        /// What is on.
        pub to_talk: Option<TalkId>,
        /// Who decided.
        pub from_mode: Mode,
        /// Who decides.
        pub to_mode: Mode,
        /// Name of the person; none for the timetable.
        pub name: Option<String>,
        /// Why, in the person's words.
        pub reason: String,
    }
}

record! {
    struct Ended { ended_at: Timestamp }
}

/// Who makes a change.
pub(crate) struct By<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) reason: &'a str,
}

impl Now {
    /// The state in it.
    pub fn state(&self) -> State {
        State {
            talk: self.talk.clone(),
            since: self.since,
            mode: self.mode,
        }
    }
}

/// What is on a track; none if it was never touched.
pub async fn now_of(
    mut run: impl Run,
    conference: &ConferenceId,
    track: &TrackId,
) -> Result<Option<Now>> {
    Ok(run
        .opt(
            sql!(Now: "SELECT track, talk, since, mode, version FROM onair WHERE conference = $1 AND track = $2"),
            params![conference, track],
        )
        .await?)
}

/// What is on each track of a conference that was ever touched.
pub async fn now_of_all(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Now>> {
    Ok(run
        .all(
            sql!(Now: "SELECT track, talk, since, mode, version FROM onair WHERE conference = $1 ORDER BY track"),
            params![conference],
        )
        .await?)
}

/// The last `count` changes of a track, newest last.
pub async fn history(
    mut run: impl Run,
    conference: &ConferenceId,
    track: &TrackId,
    count: i64,
) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = run
        .all(
            sql!(Entry:
                "SELECT track, version, at, from_talk, to_talk, from_mode, to_mode, name, reason FROM onair_change
                 WHERE conference = $1 AND track = $2 ORDER BY version DESC LIMIT $3"),
            params![conference, track, &count.clamp(0, limits::HISTORY_MAX)],
        )
        .await?;
    entries.reverse();
    Ok(entries)
}

/// Every change on every track of a conference, in the order in which they happened.
pub(crate) async fn changes(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Entry>> {
    Ok(run
        .all(
            sql!(Entry:
                "SELECT track, version, at, from_talk, to_talk, from_mode, to_mode, name, reason FROM onair_change
                 WHERE conference = $1 ORDER BY at, track, version"),
            params![conference],
        )
        .await?)
}

/// Whether a talk is on air on any track, or went off it after `since`.
pub async fn ended_since(
    mut run: impl Run,
    conference: &ConferenceId,
    talk: &TalkId,
    since: Timestamp,
) -> Result<bool> {
    let on = run
        .opt(
            sql!(Now: "SELECT track, talk, since, mode, version FROM onair WHERE conference = $1 AND talk = $2 LIMIT 1"),
            params![conference, talk],
        )
        .await?;
    if on.is_some() {
        return Ok(true);
    }
    let ended = run
        .opt(
            sql!(Ended:
                "SELECT at AS ended_at FROM onair_change
                 WHERE conference = $1 AND from_talk = $2 AND at > $3 LIMIT 1"),
            params![conference, talk, &since],
        )
        .await?;
    Ok(ended.is_some())
}

/// Brings a track from `version` to the next one. False if somebody else was first.
pub(crate) async fn advance(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    version: i64,
    state: &State,
) -> Result<bool> {
    let changed = if version == 0 {
        tx.exec(
            sql!(
                "INSERT INTO onair (track, conference, talk, since, mode, version) VALUES ($1, $2, $3, $4, $5, 1)
                 ON CONFLICT (track) DO NOTHING"
            ),
            params![track, conference, &state.talk, &state.since, &state.mode],
        )
        .await?
    } else {
        tx.exec(
            sql!(
                "UPDATE onair SET talk = $4, since = $5, mode = $6, version = version + 1
                 WHERE track = $1 AND conference = $2 AND version = $3"
            ),
            params![
                track,
                conference,
                &version,
                &state.talk,
                &state.since,
                &state.mode
            ],
        )
        .await?
    };
    Ok(changed == 1)
}

/// Keeps a change.
pub(crate) async fn keep(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    version: i64,
    from: &State,
    change: &Change,
    by: &By<'_>,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO onair_change (id, conference, track, version, at, from_talk, to_talk, from_mode, to_mode,
                                       account, name, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        ),
        params![
            &ChangeId::fresh(),
            conference,
            track,
            &version,
            &change.at,
            &from.talk,
            &change.talk,
            &from.mode,
            &change.mode,
            &by.account.map(str::to_owned),
            &by.name.map(str::to_owned),
            by.reason
        ],
    )
    .await?;
    Ok(())
}
