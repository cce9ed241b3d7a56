//! Talks one by one, for those who edit them, and the team's list of them.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};
use platform::{search, search_postgres, search_sqlite};
use web::list::Query;

use super::rows::{Speaker, Talk};
use crate::model::hand::TalkState;
use crate::model::placement::Slot;
use crate::model::{CategoryId, ConferenceId, DayId, RoomId, SpeakerId, TalkId, TrackId};

record! {
    /// A row of the team's list.
    pub(crate) struct TalkLine {
        pub(crate) id: TalkId,
        pub(crate) title: String,
        pub(crate) speakers: String,
        pub(crate) starts_at: Timestamp,
        pub(crate) ends_at: Timestamp,
        pub(crate) day: Option<DayId>,
        pub(crate) room: Option<RoomId>,
        pub(crate) track: Option<TrackId>,
        pub(crate) category: Option<CategoryId>,
        pub(crate) state: TalkState,
        pub(crate) kind: String,
        pub(crate) level: String,
        pub(crate) language: String,
        pub(crate) code: String,
        pub(crate) number: i64,
        pub(crate) hand: String,
        pub(crate) version: i64,
        pub(crate) changed_at: Timestamp,
        pub(crate) binned_at: Option<Timestamp>,
    }
    struct SlotRow {
        id: TalkId,
        title: String,
        starts_at: Timestamp,
        ends_at: Timestamp,
        room: Option<RoomId>,
        track: Option<TrackId>,
    }
    struct SpokenRow {
        talk: TalkId,
        speaker: SpeakerId,
        name: String,
    }
    struct Count { count: i64 }
    struct Slug { slug: String }
    struct Version { version: i64 }
    struct Word { word: String }
}

/// The level of a talk, as the engines look into its document.
macro_rules! level {
    (sqlite) => {
        "COALESCE(json_extract(t.document, '$.level'), '')"
    };
    (postgres) => {
        "COALESCE(CAST(t.document AS JSON) ->> 'level', '')"
    };
}

/// The columns of a row, with the names of those who speak as `$names` gives them.
macro_rules! head {
    ($engine:ident, $names:literal) => {
        concat!(
            "SELECT t.id, t.title, COALESCE((SELECT ",
            $names,
            " FROM talk_speaker c JOIN speaker p ON p.id = c.speaker WHERE c.talk = t.id), '') AS speakers,
             t.starts_at, t.ends_at, t.day, t.room, t.track, t.category, t.state, t.kind, ",
            level!($engine),
            " AS level, t.language, t.code, t.number, t.hand,
             t.version, t.changed_at, t.binned_at
             FROM talk t WHERE t.conference = $1 AND t.removed_at IS NULL AND "
        )
    };
}

/// What filters leave over: `$4` state (or `bin`), `$5` track, `$6` category, `$7` day, `$8` level.
macro_rules! filters {
    ($engine:ident) => {
        concat!(
        " AND (($4 = 'bin' AND t.binned_at IS NOT NULL)
            OR ($4 <> 'bin' AND t.binned_at IS NULL AND ($4 = '' OR t.state = $4)))
          AND ($5 = '' OR t.track = $5) AND ($6 = '' OR t.category = $6) AND ($7 = '' OR t.day = $7)
          AND ($8 = '' OR ", level!($engine), " = $8) "
        )
    };
}

/// A statement of the list in one order: from `$10` and `$11`, at most `$9` rows.
macro_rules! page_by {
    ($after:literal, $order:literal) => {
        sql!(TalkLine:
            sqlite concat!(head!(sqlite, "group_concat(p.name, ', ' ORDER BY c.position)"),
                search_sqlite!("talk.text", "t.id"), filters!(sqlite), $after, " ORDER BY ", $order, " LIMIT $9"),
            postgres concat!(head!(postgres, "string_agg(p.name, ', ' ORDER BY c.position)"),
                search_postgres!("talk.text", "t.id"), filters!(postgres), $after, " ORDER BY ", $order, " LIMIT $9"),
        )
    };
}

/// One page of the team's list.
pub(crate) async fn page(
    db: &Db,
    conference: &ConferenceId,
    query: &Query,
    rows: i64,
) -> Result<Vec<TalkLine>> {
    let mut values = search::params(conference.as_str(), &query.q);
    values.extend(params![
        query.filter("state"),
        query.filter("track"),
        query.filter("category"),
        query.filter("day"),
        query.filter("level"),
        rows
    ]);
    let (key, id) = query
        .cursor
        .as_ref()
        .map_or(("", ""), |cursor| (cursor.key.as_str(), cursor.id.as_str()));
    if query.sort == "title" {
        values.extend(params![key, id]);
        let statement = if query.descending {
            page_by!(
                " AND ($11 = '' OR (t.title, t.id) < ($10, $11))",
                "t.title DESC, t.id DESC"
            )
        } else {
            page_by!(
                " AND ($11 = '' OR (t.title, t.id) > ($10, $11))",
                "t.title, t.id"
            )
        };
        return Ok(db.all(statement, values).await?);
    }
    let end = if query.descending { i64::MAX } else { i64::MIN };
    let key: i64 = key.parse().unwrap_or(end);
    values.extend(params![key, id]);
    let statement = match (query.sort, query.descending) {
        ("changed", false) => page_by!(
            " AND (t.changed_at, t.id) > (CAST($10 AS BIGINT), $11)",
            "t.changed_at, t.id"
        ),
        ("changed", true) => page_by!(
            " AND (t.changed_at, t.id) < (CAST($10 AS BIGINT), $11)",
            "t.changed_at DESC, t.id DESC"
        ),
        (_, false) => page_by!(
            " AND (t.starts_at, t.id) > (CAST($10 AS BIGINT), $11)",
            "t.starts_at, t.id"
        ),
        (_, true) => page_by!(
            " AND (t.starts_at, t.id) < (CAST($10 AS BIGINT), $11)",
            "t.starts_at DESC, t.id DESC"
        ),
    };
    Ok(db.all(statement, values).await?)
}

/// How many talks cannot be found yet.
pub(crate) async fn unindexed(db: &Db, conference: &ConferenceId) -> Result<i64> {
    let count = sql!(Count: "SELECT COUNT(*) AS count FROM talk t WHERE t.conference = $1 AND NOT EXISTS
        (SELECT 1 FROM search_text s WHERE s.scope = $1 AND s.kind = 'talk.text' AND s.subject = t.id)");
    Ok(db.one(count, params![conference]).await?.count)
}

/// Begins a change of the programme: one at a time per conference, so that rules are decided on what is there.
/// The new version, none when there is no such conference.
pub(crate) async fn turn(
    tx: &mut Tx,
    conference: &ConferenceId,
    now: Timestamp,
) -> Result<Option<i64>> {
    let turn = sql!(Version: "UPDATE conference SET version = version + 1, changed_at = $2 WHERE id = $1 RETURNING version");
    let found = tx.opt(turn, params![conference, now]).await?;
    Ok(found.map(|row| row.version))
}

/// Waits for the conference's turn without changing anything, for what says itself in the end what is different: whoever
/// works on a conference at the same moment goes before or after, and is not sent away.
pub(crate) async fn wait_for_turn(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    let wait = sql!("UPDATE conference SET version = version WHERE id = $1");
    tx.exec(wait, params![conference]).await?;
    Ok(())
}

/// A talk of a conference by its id, also from the bin.
pub(crate) async fn talk(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &TalkId,
) -> Result<Option<Talk>> {
    Ok(run
        .opt(
            sql!(Talk:
                "SELECT id, number, guid, file_id, code, day, room, track, category, position, starts_at, ends_at,
                 slug, file_slug, url, title, subtitle, kind, language, abstract, description, logo, license,
                 opt_out, document, version, created_at, changed_at, removed_at, state, hand, made_by_hand, binned_at
                 FROM talk WHERE conference = $1 AND id = $2 AND removed_at IS NULL"),
            params![conference, id],
        )
        .await?)
}

/// Who speaks in a talk, in order, also who is in the bin.
pub(crate) async fn speakers_of(
    mut run: impl Run,
    conference: &ConferenceId,
    talk: &TalkId,
) -> Result<Vec<Speaker>> {
    Ok(run
        .all(
            sql!(Speaker:
                "SELECT p.id, p.number, p.slug, p.file_id, p.guid, p.code, p.name, p.biography, p.avatar, p.document,
                 p.version, p.hand, p.binned_at
                 FROM talk_speaker c JOIN speaker p ON p.id = c.speaker WHERE p.conference = $1 AND c.talk = $2
                 ORDER BY c.position"),
            params![conference, talk],
        )
        .await?)
}

/// Talks on the timetable between two instants, with who speaks in them.
pub(crate) async fn slots(
    mut run: impl Run,
    conference: &ConferenceId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Slot>> {
    let slots = sql!(SlotRow: "SELECT id, title, starts_at, ends_at, room, track FROM talk
        WHERE conference = $1 AND starts_at < $3 AND ends_at > $2 AND state = 'planned' AND removed_at IS NULL
        AND binned_at IS NULL ORDER BY starts_at, id");
    let rows = run.all(slots, params![conference, from, to]).await?;
    let spoken = sql!(SpokenRow: "SELECT c.talk, c.speaker, p.name FROM talk t JOIN talk_speaker c ON c.talk = t.id
        JOIN speaker p ON p.id = c.speaker
        WHERE t.conference = $1 AND t.starts_at < $3 AND t.ends_at > $2 AND t.state = 'planned' AND t.removed_at IS NULL
        AND t.binned_at IS NULL AND p.binned_at IS NULL");
    let spoken = run.all(spoken, params![conference, from, to]).await?;
    let slot = |row: SlotRow| Slot {
        speakers: spoken
            .iter()
            .filter(|own| own.talk == row.id)
            .map(|own| (own.speaker.clone(), own.name.clone()))
            .collect(),
        talk: Some(row.id),
        title: row.title,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        room: row.room,
        track: row.track,
    };
    Ok(rows.into_iter().map(slot).collect())
}

/// Names in addresses that begin with `base`, of everything that ever was in the conference.
pub(crate) async fn slugs_like(
    tx: &mut Tx,
    conference: &ConferenceId,
    base: &str,
) -> Result<Vec<String>> {
    let slugs = sql!(Slug: "SELECT slug FROM talk WHERE conference = $1 AND slug LIKE $2");
    let found = tx
        .all(slugs, params![conference, format!("{base}%")])
        .await?;
    Ok(found.into_iter().map(|row| row.slug).collect())
}

/// The place behind all talks in files.
pub(crate) async fn next_position(tx: &mut Tx, conference: &ConferenceId) -> Result<i64> {
    let count = sql!(Count: "SELECT COALESCE(MAX(position), 0) + 1 AS count FROM talk WHERE conference = $1");
    Ok(tx.one(count, params![conference]).await?.count)
}

/// Kinds of talks that a conference uses, in order.
pub(crate) async fn kinds(db: &Db, conference: &ConferenceId) -> Result<Vec<String>> {
    let kinds = sql!(Word: "SELECT DISTINCT kind AS word FROM talk WHERE conference = $1 AND kind <> '' ORDER BY word LIMIT 50");
    let found = db.all(kinds, params![conference]).await?;
    Ok(found.into_iter().map(|row| row.word).collect())
}

/// Removes a talk that has been in the bin since before an instant; whether it was one.
pub(crate) async fn empty(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &TalkId,
    before: Timestamp,
) -> Result<bool> {
    let emptied = tx
        .exec(
            sql!("DELETE FROM talk WHERE conference = $1 AND id = $2 AND binned_at <= $3"),
            params![conference, id, before],
        )
        .await?;
    Ok(emptied == 1)
}
