//! What runs with nobody waiting: the bin is emptied thirty days after something was put into it.

use db::Db;
use identity::ConferenceId;
use kernel::{Clock, Result};
use platform::{jobs::Job, search};
use serde::{Deserialize, Serialize};

use crate::actions::index;
use crate::limits;
use crate::model::{SpeakerId, TalkId};
use crate::store;

/// Kind of the job that removes what has been in the bin for long enough.
pub const EMPTY: &str = "program.bin.empty";

/// What is to be removed, unless somebody brought it back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Emptied {
    conference: ConferenceId,
    talk: Option<TalkId>,
    speaker: Option<SpeakerId>,
}

impl Emptied {
    pub(crate) fn talk(conference: &ConferenceId, id: &TalkId) -> Self {
        Self {
            conference: conference.clone(),
            talk: Some(id.clone()),
            speaker: None,
        }
    }

    pub(crate) fn speaker(conference: &ConferenceId, id: &SpeakerId) -> Self {
        Self {
            conference: conference.clone(),
            talk: None,
            speaker: Some(id.clone()),
        }
    }
}

/// Handler of [`EMPTY`]. What was brought back and binned again has a job of its own, later.
pub async fn empty(db: &Db, clock: &Clock, job: &Job) -> Result<()> {
    let Emptied {
        conference,
        talk,
        speaker,
    } = job.payload()?;
    let before = clock.now() - limits::BIN_KEPT;
    let mut tx = db.begin().await?;
    if let Some(id) = talk
        && store::talks::empty(&mut tx, &conference, &id, before).await?
    {
        search::forget(&mut tx, conference.as_str(), index::TALK, id.as_str()).await?;
        tracing::info!(talk = %id, %conference, "a talk left the bin for good after thirty days");
    }
    if let Some(id) = speaker
        && store::speakers::empty(&mut tx, &conference, &id, before).await?
    {
        search::forget(&mut tx, conference.as_str(), index::SPEAKER, id.as_str()).await?;
        tracing::info!(speaker = %id, %conference, "a speaker left the bin for good after thirty days");
    }
    tx.commit().await?;
    Ok(())
}
