//! Speakers one by one, for those who edit them, and the team's list of them.

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};
use platform::{search, search_postgres, search_sqlite};
use web::list::Query;

use super::rows::Speaker;
use crate::model::{ConferenceId, SpeakerId, TalkId};

record! {
    /// A row of the team's list.
    pub(crate) struct SpeakerLine {
        pub(crate) id: SpeakerId,
        pub(crate) number: i64,
        pub(crate) name: String,
        pub(crate) talks: String,
        pub(crate) hand: String,
        pub(crate) version: i64,
        pub(crate) binned_at: Option<Timestamp>,
    }
    struct Slug { slug: String }
    struct Name { name: String }
    struct Id { id: TalkId }
}

macro_rules! head {
    ($titles:literal) => {
        concat!(
            "SELECT p.id, p.number, p.name, COALESCE((SELECT ",
            $titles,
            " FROM talk_speaker c JOIN talk t ON t.id = c.talk WHERE c.speaker = p.id AND t.removed_at IS NULL
              AND t.binned_at IS NULL), '') AS talks, p.hand, p.version, p.binned_at
             FROM speaker p WHERE p.conference = $1 AND "
        )
    };
}

/// What filters leave over: `$4` is `bin`, `alone` (speaks nowhere) or empty.
macro_rules! filters {
    () => {
        " AND (($4 = 'bin' AND p.binned_at IS NOT NULL) OR ($4 <> 'bin' AND p.binned_at IS NULL))
          AND ($4 <> 'alone' OR NOT EXISTS (SELECT 1 FROM talk_speaker c JOIN talk t ON t.id = c.talk
              WHERE c.speaker = p.id AND t.removed_at IS NULL AND t.binned_at IS NULL)) "
    };
}

macro_rules! page_by {
    ($after:literal, $order:literal) => {
        sql!(SpeakerLine:
            sqlite concat!(head!("group_concat(t.title, ' · ' ORDER BY t.starts_at)"),
                search_sqlite!("speaker.text", "p.id"), filters!(), $after, " ORDER BY ", $order, " LIMIT $5"),
            postgres concat!(head!("string_agg(t.title, ' · ' ORDER BY t.starts_at)"),
                search_postgres!("speaker.text", "p.id"), filters!(), $after, " ORDER BY ", $order, " LIMIT $5"),
        )
    };
}

/// One page of the team's list.
pub(crate) async fn page(
    db: &Db,
    conference: &ConferenceId,
    query: &Query,
    rows: i64,
) -> Result<Vec<SpeakerLine>> {
    let mut values = search::params(conference.as_str(), &query.q);
    values.extend(params![query.filter("state"), rows]);
    let (key, id) = query
        .cursor
        .as_ref()
        .map_or(("", ""), |cursor| (cursor.key.as_str(), cursor.id.as_str()));
    if query.sort == "number" {
        let end = if query.descending { i64::MAX } else { i64::MIN };
        values.extend(params![key.parse().unwrap_or(end), id]);
        let statement = if query.descending {
            page_by!(
                " AND (p.number, p.id) < (CAST($6 AS BIGINT), $7)",
                "p.number DESC, p.id DESC"
            )
        } else {
            page_by!(
                " AND (p.number, p.id) > (CAST($6 AS BIGINT), $7)",
                "p.number, p.id"
            )
        };
        return Ok(db.all(statement, values).await?);
    }
    values.extend(params![key, id]);
    let statement = if query.descending {
        page_by!(
            " AND ($7 = '' OR (p.name, p.id) < ($6, $7))",
            "p.name DESC, p.id DESC"
        )
    } else {
        page_by!(
            " AND ($7 = '' OR (p.name, p.id) > ($6, $7))",
            "p.name, p.id"
        )
    };
    Ok(db.all(statement, values).await?)
}

/// A speaker of a conference by their id, also from the bin.
pub(crate) async fn speaker(
    mut run: impl Run,
    conference: &ConferenceId,
    id: &SpeakerId,
) -> Result<Option<Speaker>> {
    Ok(run
        .opt(
            sql!(Speaker:
                "SELECT id, number, slug, file_id, guid, code, name, biography, avatar, document, version, hand,
                 binned_at FROM speaker WHERE conference = $1 AND id = $2"),
            params![conference, id],
        )
        .await?)
}

/// Everybody of a name, or of a name in addresses.
pub(crate) async fn named(
    tx: &mut Tx,
    conference: &ConferenceId,
    name: &str,
) -> Result<Vec<Speaker>> {
    Ok(tx
        .all(
            sql!(Speaker:
                "SELECT id, number, slug, file_id, guid, code, name, biography, avatar, document, version, hand,
                 binned_at FROM speaker WHERE conference = $1 AND (name = $2 OR slug = $2) AND binned_at IS NULL
                 ORDER BY number LIMIT 20"),
            params![conference, name],
        )
        .await?)
}

/// Names in addresses that begin with `base`.
pub(crate) async fn slugs_like(
    tx: &mut Tx,
    conference: &ConferenceId,
    base: &str,
) -> Result<Vec<String>> {
    let slugs = sql!(Slug: "SELECT slug FROM speaker WHERE conference = $1 AND slug LIKE $2");
    let found = tx
        .all(slugs, params![conference, format!("{base}%")])
        .await?;
    Ok(found.into_iter().map(|row| row.slug).collect())
}

/// Names of all speakers, for choosing one.
pub(crate) async fn names(db: &Db, conference: &ConferenceId, limit: i64) -> Result<Vec<String>> {
    let names = sql!(Name: "SELECT DISTINCT name FROM speaker WHERE conference = $1 AND binned_at IS NULL ORDER BY name LIMIT $2");
    let found = db.all(names, params![conference, limit]).await?;
    Ok(found.into_iter().map(|row| row.name).collect())
}

/// The talks in which somebody speaks, by id.
pub(crate) async fn talks_of(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &SpeakerId,
) -> Result<Vec<TalkId>> {
    let talks = sql!(Id: "SELECT t.id FROM talk_speaker c JOIN talk t ON t.id = c.talk
        WHERE t.conference = $1 AND c.speaker = $2 AND t.removed_at IS NULL ORDER BY t.starts_at, t.id");
    let found = tx.all(talks, params![conference, id]).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Removes a speaker who has been in the bin since before an instant; whether it was one.
pub(crate) async fn empty(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &SpeakerId,
    before: Timestamp,
) -> Result<bool> {
    let emptied = tx
        .exec(
            sql!("DELETE FROM speaker WHERE conference = $1 AND id = $2 AND binned_at <= $3"),
            params![conference, id, before],
        )
        .await?;
    Ok(emptied == 1)
}
