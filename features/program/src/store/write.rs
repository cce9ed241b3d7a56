//! Writing the programme. Inserts and updates are one statement each: what has the id is replaced.

use db::{Tx, params, sql};
use kernel::{Result, Timestamp};

use super::rows::{Category, Conference, Day, Room, Speaker, Talk, Track};
use crate::model::{ConferenceId, ImportId, RoomId, SpeakerId, TalkId, TrackId};
use identity::AccountId;

pub(crate) async fn insert_conference(tx: &mut Tx, row: &Conference) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO conference (id, number, slug, acronym, title, title_ja, title_en, description, zone,
             zone_inferred, watch, label, document, version, created_at, changed_at, lifecycle, removed_at, settings)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
        ),
        params![
            row.id, row.number, row.slug, row.acronym, row.title, row.title_ja, row.title_en, row.description,
            row.zone, row.zone_inferred, row.watch, row.label, row.document, row.version, row.created_at,
            row.changed_at, row.lifecycle, row.removed_at, row.settings
        ],
    )
    .await
    .map_err(|error| {
        if error.is_unique("conference_slug_key") || error.is_unique("conference.slug") {
            kernel::Error::invalid("slug", "program-slug-taken")
        } else {
            error.into()
        }
    })?;
    Ok(())
}

/// Refuses where nothing was written over the version that was read: somebody else was faster.
pub(super) fn over_what_was_read(written: u64) -> Result<()> {
    if written == 1 {
        Ok(())
    } else {
        Err(kernel::Error::conflict("program-changed-meanwhile"))
    }
}

/// Writes a conference over the version that was read, or refuses.
///
/// Every change of a programme passes here, so that this is where a sealed one refuses.
pub(crate) async fn update_conference(tx: &mut Tx, row: &Conference) -> Result<()> {
    row.changeable()?;
    let written = tx
        .exec(
            sql!(
                "UPDATE conference SET acronym = $3, title = $4, title_ja = $5, title_en = $6, description = $7,
                 zone = $8, zone_inferred = $9, watch = $10, label = $11, document = $12, version = $2 + 1,
                 changed_at = $13, settings = $14 WHERE id = $1 AND version = $2"
            ),
            params![
                row.id, row.version, row.acronym, row.title, row.title_ja, row.title_en, row.description, row.zone,
                row.zone_inferred, row.watch, row.label, row.document, row.changed_at, row.settings
            ],
        )
        .await?;
    over_what_was_read(written)
}

pub(crate) async fn put_day(tx: &mut Tx, conference: &ConferenceId, row: &Day) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO conference_day (id, conference, position, date, starts_at, ends_at, rooms, name, internal, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET position = $3, date = $4, starts_at = $5, ends_at = $6, rooms = $7,
             name = $8, internal = $9, version = $10 WHERE conference_day.conference = $2"
        ),
        params![
            row.id, conference, row.position, row.date, row.starts_at, row.ends_at, row.rooms, row.name,
            row.internal, row.version
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn drop_day(tx: &mut Tx, conference: &ConferenceId, row: &Day) -> Result<()> {
    tx.exec(
        sql!("UPDATE talk SET day = NULL WHERE conference = $1 AND day = $2"),
        params![conference, row.id],
    )
    .await?;
    tx.exec(
        sql!("DELETE FROM conference_day WHERE conference = $1 AND id = $2"),
        params![conference, row.id],
    )
    .await?;
    Ok(())
}

pub(crate) async fn put_room(tx: &mut Tx, conference: &ConferenceId, row: &Room) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO room (id, conference, number, position, name, guid, description, capacity, document, removed_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE SET position = $4, name = $5, guid = $6, description = $7, capacity = $8,
             document = $9, removed_at = $10, version = $11 WHERE room.conference = $2"
        ),
        params![
            row.id, conference, row.number, row.position, row.name, row.guid, row.description, row.capacity,
            row.document, row.removed_at, row.version
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn put_track(tx: &mut Tx, conference: &ConferenceId, row: &Track) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO track (id, conference, number, position, slug, name, room, removed_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET position = $4, name = $6, room = $7, removed_at = $8, version = $9
             WHERE track.conference = $2"
        ),
        params![
            row.id,
            conference,
            row.number,
            row.position,
            row.slug,
            row.name,
            row.room,
            row.removed_at,
            row.version
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn put_category(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Category,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO category (id, conference, position, name, color, slug, listed, document, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET position = $3, name = $4, color = $5, slug = $6, listed = $7,
             document = $8, version = $9 WHERE category.conference = $2"
        ),
        params![
            row.id, conference, row.position, row.name, row.color, row.slug, row.listed, row.document, row.version
        ],
    )
    .await?;
    Ok(())
}

/// Removes a category that no talk on the timetable has any more.
pub(crate) async fn drop_category(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Category,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE talk SET category = NULL WHERE conference = $1 AND category = $2"),
        params![conference, row.id],
    )
    .await?;
    tx.exec(
        sql!("DELETE FROM category WHERE conference = $1 AND id = $2"),
        params![conference, row.id],
    )
    .await?;
    Ok(())
}

pub(crate) async fn put_speaker(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Speaker,
) -> Result<()> {
    put_speakers(tx, conference, std::slice::from_ref(row)).await
}

/// Speakers, each of whom is there once.
pub(crate) async fn put_speakers(
    tx: &mut Tx,
    conference: &ConferenceId,
    rows: &[Speaker],
) -> Result<()> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(params![
            row.id,
            conference,
            row.number,
            row.slug,
            row.file_id,
            row.guid,
            row.code,
            row.name,
            row.biography,
            row.avatar,
            row.document,
            row.version,
            row.hand,
            row.binned_at
        ]);
    }
    tx.exec_many(
        sql!(
            "INSERT INTO speaker (id, conference, number, slug, file_id, guid, code, name, biography, avatar, document,
             version, hand, binned_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (id) DO UPDATE SET file_id = excluded.file_id, guid = excluded.guid, code = excluded.code,
             name = excluded.name, biography = excluded.biography, avatar = excluded.avatar,
             document = excluded.document, version = excluded.version, hand = excluded.hand,
             binned_at = excluded.binned_at WHERE speaker.conference = excluded.conference"
        ),
        values,
    )
    .await?;
    Ok(())
}

pub(crate) async fn put_talk(tx: &mut Tx, conference: &ConferenceId, row: &Talk) -> Result<()> {
    put_talks(tx, conference, std::slice::from_ref(row)).await
}

/// Talks, each of which is there once.
pub(crate) async fn put_talks(tx: &mut Tx, conference: &ConferenceId, rows: &[Talk]) -> Result<()> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(params![
            row.id,
            conference,
            row.number,
            row.guid,
            row.file_id,
            row.code,
            row.day,
            row.room,
            row.track,
            row.category,
            row.position,
            row.starts_at,
            row.ends_at,
            row.slug,
            row.file_slug,
            row.url,
            row.title,
            row.subtitle,
            row.kind,
            row.language,
            row.r#abstract,
            row.description,
            row.logo,
            row.license,
            row.opt_out,
            row.document,
            row.version,
            row.created_at,
            row.changed_at,
            row.removed_at,
            row.state,
            row.hand,
            row.made_by_hand,
            row.binned_at
        ]);
    }
    tx.exec_many(
        sql!(
            "INSERT INTO talk (id, conference, number, guid, file_id, code, day, room, track, category, position,
             starts_at, ends_at, slug, file_slug, url, title, subtitle, kind, language, abstract, description, logo,
             license, opt_out, document, version, created_at, changed_at, removed_at, state, hand, made_by_hand,
             binned_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)
             ON CONFLICT (id) DO UPDATE SET guid = excluded.guid, file_id = excluded.file_id, code = excluded.code,
             day = excluded.day, room = excluded.room, track = excluded.track, category = excluded.category,
             position = excluded.position, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             file_slug = excluded.file_slug, url = excluded.url, title = excluded.title, subtitle = excluded.subtitle,
             kind = excluded.kind, language = excluded.language, abstract = excluded.abstract,
             description = excluded.description, logo = excluded.logo, license = excluded.license,
             opt_out = excluded.opt_out, document = excluded.document, version = excluded.version,
             changed_at = excluded.changed_at, removed_at = excluded.removed_at, state = excluded.state,
             hand = excluded.hand, made_by_hand = excluded.made_by_hand, binned_at = excluded.binned_at
             WHERE talk.conference = excluded.conference"
        ),
        values,
    )
    .await?;
    Ok(())
}

/// Who speaks in a talk, in order.
pub(crate) async fn put_credits(tx: &mut Tx, talk: &TalkId, speakers: &[SpeakerId]) -> Result<()> {
    put_all_credits(tx, &[(talk.clone(), speakers.to_vec())]).await
}

/// Who speaks in talks, in order.
pub(crate) async fn put_all_credits(
    tx: &mut Tx,
    credits: &[(TalkId, Vec<SpeakerId>)],
) -> Result<()> {
    if credits.is_empty() {
        return Ok(());
    }
    let talks: Vec<&str> = credits.iter().map(|(talk, _)| talk.as_str()).collect();
    tx.exec(
        sql!(
            sqlite "DELETE FROM talk_speaker WHERE talk IN (SELECT value FROM json_each($1))",
            postgres "DELETE FROM talk_speaker WHERE talk = ANY (SELECT jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB)))"
        ),
        params![crate::exchange::text_of(&talks)],
    )
    .await?;
    let mut rows = Vec::new();
    for (talk, speakers) in credits {
        for (position, speaker) in (0_i64..).zip(speakers) {
            rows.push(params![talk, speaker, position]);
        }
    }
    tx.exec_many(
        sql!("INSERT INTO talk_speaker (talk, speaker, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"),
        rows,
    )
    .await?;
    Ok(())
}

/// Moves every talk of a conference by so many microseconds.
pub(crate) async fn shift_talks(
    tx: &mut Tx,
    conference: &ConferenceId,
    micros: i64,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE talk SET starts_at = starts_at + $2, ends_at = ends_at + $2, version = version + 1,
             changed_at = $3 WHERE conference = $1 AND starts_at <> 0"
        ),
        params![conference, &micros, &now],
    )
    .await?;
    Ok(())
}

/// Remembers what an import changed.
pub(crate) async fn insert_import(
    tx: &mut Tx,
    conference: &ConferenceId,
    (account, who): (Option<&AccountId>, &str),
    report: &str,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO schedule_import (id, conference, at, who, report, account) VALUES ($1, $2, $3, $4, $5, $6)"
        ),
        params![
            ImportId::fresh(),
            conference,
            now,
            who,
            report,
            account.cloned()
        ],
    )
    .await?;
    Ok(())
}

/// Takes talks and tracks out of a room that is gone.
pub(crate) async fn leave_room(
    tx: &mut Tx,
    conference: &ConferenceId,
    room: &RoomId,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE talk SET room = NULL, version = version + 1, changed_at = $3
             WHERE conference = $1 AND room = $2 AND removed_at IS NULL"
        ),
        params![conference, room, &now],
    )
    .await?;
    tx.exec(
        sql!("UPDATE track SET room = NULL, version = version + 1 WHERE conference = $1 AND room = $2"),
        params![conference, room],
    )
    .await?;
    Ok(())
}

/// Takes talks off a track that is gone.
pub(crate) async fn leave_track(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE talk SET track = NULL, version = version + 1, changed_at = $3
             WHERE conference = $1 AND track = $2 AND removed_at IS NULL"
        ),
        params![conference, track, &now],
    )
    .await?;
    Ok(())
}

/// Gives a track another name in addresses.
pub(crate) async fn rename_track(
    tx: &mut Tx,
    conference: &ConferenceId,
    track: &TrackId,
    slug: &str,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE track SET slug = $3 WHERE conference = $1 AND id = $2"),
        params![conference, track, slug],
    )
    .await?;
    Ok(())
}

/// Writes the settings of a conference that is just made.
pub(crate) async fn put_settings(
    tx: &mut Tx,
    conference: &ConferenceId,
    settings: &str,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE conference SET settings = $2 WHERE id = $1"),
        params![conference, settings],
    )
    .await?;
    Ok(())
}
