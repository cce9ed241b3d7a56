//! Files of slides.

use db::{Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};
use platform::blob::BlobId;

use crate::model::{ConferenceId, TalkId};

record! {
    /// A file of slides of a talk.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Slides {
        /// The stored file, whose id is also its own.
        pub id: BlobId,
        /// The talk.
        pub talk: TalkId,
        /// What it is called.
        pub name: String,
        /// Its length.
        pub bytes: i64,
        /// When it was uploaded.
        pub uploaded_at: Timestamp,
        /// Since when it is in the bin.
        pub binned_at: Option<Timestamp>,
    }
}

/// Every file of a conference, also those in the bin, by talk and time.
pub(crate) async fn of_conference(
    mut run: impl Run,
    conference: &ConferenceId,
) -> Result<Vec<Slides>> {
    let all = sql!(Slides: "SELECT id, talk, name, bytes, uploaded_at, binned_at FROM slides
                            WHERE conference = $1 ORDER BY talk, uploaded_at, id");
    Ok(run.all(all, params![conference]).await?)
}

/// Every file of a talk, also those in the bin, by time.
pub(crate) async fn of_talk(
    mut run: impl Run,
    conference: &ConferenceId,
    talk: &TalkId,
) -> Result<Vec<Slides>> {
    let all = sql!(Slides: "SELECT id, talk, name, bytes, uploaded_at, binned_at FROM slides
                            WHERE conference = $1 AND talk = $2 ORDER BY uploaded_at, id");
    Ok(run.all(all, params![conference, talk]).await?)
}

pub(crate) async fn insert(tx: &mut Tx, conference: &ConferenceId, row: &Slides) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO slides (id, conference, talk, name, bytes, uploaded_at, binned_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![
            row.id,
            conference,
            row.talk,
            row.name,
            row.bytes,
            row.uploaded_at,
            row.binned_at
        ],
    )
    .await?;
    Ok(())
}

/// Puts a file into the bin or brings it back; `false` where it is there already.
pub(crate) async fn mark(
    tx: &mut Tx,
    conference: &ConferenceId,
    (talk, id): (&TalkId, &BlobId),
    binned_at: Option<Timestamp>,
) -> Result<bool> {
    let mark = sql!(
        "UPDATE slides SET binned_at = $4 WHERE conference = $1 AND talk = $2 AND id = $3
                     AND (binned_at IS NULL) <> (CAST($4 AS BIGINT) IS NULL)"
    );
    let changed = tx
        .exec(mark, params![conference, talk, id, &binned_at])
        .await?;
    Ok(changed == 1)
}

/// Removes a file that has been in the bin since before `before`; whether it was.
pub(crate) async fn empty(
    tx: &mut Tx,
    conference: &ConferenceId,
    id: &BlobId,
    before: Timestamp,
) -> Result<bool> {
    let gone = sql!("DELETE FROM slides WHERE conference = $1 AND id = $2 AND binned_at <= $3");
    Ok(tx.exec(gone, params![conference, id, before]).await? == 1)
}
