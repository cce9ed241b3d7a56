//! SQL of captions, of their languages, and of captioners' keys.

use db::{Db, Run, Tx, params, record, sql};
use identity::{AccountId, ConferenceId};
use kernel::{Result, Timestamp};
use program::TrackId;

use crate::model::captions::{Caption, CaptionKeyId};

record! {
    /// A caption as it is stored.
    #[derive(PartialEq)]
    pub(crate) struct Row {
        pub(crate) id: String,
        pub(crate) language: String,
        pub(crate) text: String,
        pub(crate) starts_at: Timestamp,
        pub(crate) ends_at: Timestamp,
        pub(crate) revision: i64,
        pub(crate) interim: bool,
    }
    /// A caption as it is kept for good.
    pub(crate) struct Said {
        pub(crate) track: TrackId,
        pub(crate) language: String,
        pub(crate) text: String,
        pub(crate) starts_at: Timestamp,
        pub(crate) ends_at: Timestamp,
    }
    /// A language of a track.
    pub(crate) struct Spoken { pub(crate) track: TrackId, pub(crate) language: String }
    /// A key without its secret.
    pub(crate) struct Key {
        pub(crate) id: CaptionKeyId,
        pub(crate) track: TrackId,
        pub(crate) created_at: Timestamp,
        pub(crate) created_by: String,
        pub(crate) used_at: Option<Timestamp>,
    }
}

impl From<Row> for Caption {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            language: row.language,
            text: row.text,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            revision: row.revision,
            interim: row.interim,
        }
    }
}

/// A caption by the captioner's id.
pub(crate) async fn sent(
    mut run: impl Run,
    track: &TrackId,
    language: &str,
    id: &str,
) -> Result<Option<Caption>> {
    let found = run
        .opt(
            sql!(Row:
                "SELECT id, language, text, starts_at, ends_at, revision, interim FROM caption
                 WHERE track = $1 AND language = $2 AND id = $3"),
            params![track, language, id],
        )
        .await?;
    Ok(found.map(Caption::from))
}

/// Writes a caption, or a later revision of it. False if one that is as late is there.
pub(crate) async fn put(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    caption: &Caption,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let written = tx
        .exec(
            sql!(
                "INSERT INTO caption (track, language, id, conference, text, starts_at, ends_at, revision, interim, sent_at, sent_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 ON CONFLICT (track, language, id) DO UPDATE SET text = excluded.text, starts_at = excluded.starts_at,
                     ends_at = excluded.ends_at, revision = excluded.revision, interim = excluded.interim,
                     sent_at = excluded.sent_at, sent_by = excluded.sent_by
                 WHERE caption.revision < excluded.revision"
            ),
            params![
                track, &caption.language, &caption.id, conference, &caption.text, &caption.starts_at, &caption.ends_at,
                &caption.revision, &caption.interim, &now, by
            ],
        )
        .await?;
    Ok(written == 1)
}

/// The last captions of a track that began after `since`, oldest first.
pub(crate) async fn since(
    db: &Db,
    conference: &ConferenceId,
    track: &TrackId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Caption>> {
    let mut rows = db
        .all(
            sql!(Row:
                "SELECT id, language, text, starts_at, ends_at, revision, interim FROM caption
                 WHERE track = $1 AND conference = $2 AND starts_at > $3
                 ORDER BY starts_at DESC, language DESC, id DESC LIMIT $4"),
            params![track, conference, &since, &limit],
        )
        .await?;
    rows.reverse();
    Ok(rows.into_iter().map(Caption::from).collect())
}

/// Captions of a track in one language from an instant on, oldest first.
pub(crate) async fn from(
    db: &Db,
    conference: &ConferenceId,
    track: &TrackId,
    language: &str,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<Caption>> {
    let rows = db
        .all(
            sql!(Row:
                "SELECT id, language, text, starts_at, ends_at, revision, interim FROM caption
                 WHERE track = $1 AND conference = $2 AND language = $3 AND starts_at >= $4
                 ORDER BY starts_at, id LIMIT $5"),
            params![track, conference, language, &from, &limit],
        )
        .await?;
    Ok(rows.into_iter().map(Caption::from).collect())
}

/// The languages of all tracks, in the order in which they came.
pub(crate) async fn languages(mut run: impl Run) -> Result<Vec<Spoken>> {
    Ok(run
        .all(
            sql!(Spoken: "SELECT track, language FROM caption_language ORDER BY track, added_at, language"),
            params![],
        )
        .await?)
}

/// The languages of a track.
pub(crate) async fn languages_of(mut run: impl Run, track: &TrackId) -> Result<Vec<Spoken>> {
    Ok(run
        .all(
            sql!(Spoken: "SELECT track, language FROM caption_language WHERE track = $1 ORDER BY added_at, language"),
            params![track],
        )
        .await?)
}

/// Adds a language. False if it is there.
pub(crate) async fn add_language(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    language: &str,
    now: Timestamp,
) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO caption_language (track, language, conference, added_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (track, language) DO NOTHING"
            ),
            params![track, language, conference, &now],
        )
        .await?;
    Ok(added == 1)
}

/// Takes a language away. False if it is not there.
pub(crate) async fn remove_language(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    language: &str,
) -> Result<bool> {
    let removed = tx
        .exec(
            sql!("DELETE FROM caption_language WHERE track = $1 AND language = $2 AND conference = $3"),
            params![track, language, conference],
        )
        .await?;
    Ok(removed == 1)
}

/// The live keys of a conference.
pub(crate) async fn keys(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Key>> {
    Ok(run
        .all(
            sql!(Key:
                "SELECT id, track, created_at, created_by, used_at FROM caption_key
                 WHERE conference = $1 AND revoked_at IS NULL ORDER BY track"),
            params![conference],
        )
        .await?)
}

/// The live key with this digest.
pub(crate) async fn open_key(mut run: impl Run, digest: &str) -> Result<Option<Key>> {
    Ok(run
        .opt(
            sql!(Key:
                "SELECT id, track, created_at, created_by, used_at FROM caption_key
                 WHERE digest = $1 AND revoked_at IS NULL"),
            params![digest],
        )
        .await?)
}

/// Remembers that a key was used.
pub(crate) async fn used(mut run: impl Run, id: &CaptionKeyId, now: Timestamp) -> Result<()> {
    run.exec(
        sql!("UPDATE caption_key SET used_at = $2 WHERE id = $1"),
        params![id, &now],
    )
    .await?;
    Ok(())
}

/// Revokes the live key of a track. False if there is none.
pub(crate) async fn revoke_key(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    (account, by): (&AccountId, &str),
    now: Timestamp,
) -> Result<bool> {
    let revoked = tx
        .exec(
            sql!(
                "UPDATE caption_key SET revoked_at = $3, revoked_by = $4, revoked_account = $5
                 WHERE track = $1 AND conference = $2 AND revoked_at IS NULL"
            ),
            params![track, conference, &now, by, account],
        )
        .await?;
    Ok(revoked == 1)
}

/// Adds a key. Fails where the track has a live one: [`has_key`].
pub(crate) async fn add_key(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    digest: &str,
    (account, by): (&AccountId, &str),
    now: Timestamp,
) -> db::Result<CaptionKeyId> {
    let id = CaptionKeyId::fresh();
    tx.exec(
        sql!(
            "INSERT INTO caption_key (id, conference, track, digest, created_at, created_by, created_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![&id, conference, track, digest, &now, by, account],
    )
    .await?;
    Ok(id)
}

/// Whether adding failed because the track has a live key.
pub(crate) fn has_key(error: &db::Error) -> bool {
    error.is_unique("caption_key_live") || error.is_unique("caption_key.track")
}

/// Every finished caption of a conference, in order.
pub(crate) async fn all_said(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Said>> {
    Ok(run
        .all(
            sql!(Said:
                "SELECT track, language, text, starts_at, ends_at FROM caption
                 WHERE conference = $1 AND NOT interim ORDER BY starts_at, track, language, id"),
            params![conference],
        )
        .await?)
}
