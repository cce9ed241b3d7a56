//! What runs with nobody waiting: dated changes of the lifecycle; the bin is emptied thirty days after something was
//! put into it.

use db::Db;
use futures_util::future::BoxFuture;
use identity::ConferenceId;
use kernel::{Clock, Result};
use platform::blob::{self, BlobId};
use platform::jobs::{Job, Worker};
use platform::search;
use serde::{Deserialize, Serialize};
use web::App;

use crate::actions::spreadsheets::Forgotten;
use crate::actions::{self, RemovalDue, SwitchDue, Writer, index};
use crate::limits;
use crate::model::{SpeakerId, TalkId};
use crate::programmes::Programmes;
use crate::store;

/// A change of the lifecycle whose date has come.
pub(crate) const SWITCH: &str = "program.switch";

/// A deleted conference whose days of grace are over.
pub(crate) const REMOVE: &str = "program.remove";

/// Teaches a worker the jobs of this feature.
#[must_use]
pub fn on(worker: Worker, app: &App, programmes: &Programmes) -> Worker {
    let own = (app.clone(), programmes.clone());
    let removing = own.clone();
    let (db, clock) = (app.db.clone(), app.clock.clone());
    let forgetting = db.clone();
    worker
        .on(SWITCH, move |job| switch(own.clone(), job))
        .on(REMOVE, move |job| remove(removing.clone(), job))
        .on(FORGET, move |job| forget(forgetting.clone(), job))
        .on(EMPTY, move |job| {
            let (db, clock) = (db.clone(), clock.clone());
            async move { empty(&db, &clock, &job).await }
        })
}

fn switch((app, programmes): (App, Programmes), job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: SwitchDue = job.payload()?;
        let writer = Writer::by_itself(&app, &programmes);
        actions::enter_due(&writer, &due.conference).await
    })
}

fn remove((app, programmes): (App, Programmes), job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: RemovalDue = job.payload()?;
        let writer = Writer::by_itself(&app, &programmes);
        actions::remove_due(&writer, &due).await
    })
}

/// Kind of the job that removes a spreadsheet which was brought long enough ago.
pub(crate) const FORGET: &str = "program.spreadsheet.forget";

fn forget(db: Db, job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: Forgotten = job.payload()?;
        let mut tx = db.begin().await?;
        // Its row may have gone with its conference; then the file is all that is left of it.
        blob::release(&mut tx, &due.blob).await?;
        store::spreadsheets::remove(&mut tx, &due.conference, &due.spreadsheet).await?;
        tx.commit().await?;
        Ok(())
    })
}

/// Kind of the job that removes what has been in the bin for long enough.
pub(crate) const EMPTY: &str = "program.bin.empty";

/// What is to be removed, unless somebody brought it back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Emptied {
    conference: ConferenceId,
    talk: Option<TalkId>,
    speaker: Option<SpeakerId>,
    #[serde(default)]
    slides: Option<BlobId>,
}

impl Emptied {
    pub(crate) fn talk(conference: &ConferenceId, id: &TalkId) -> Self {
        Self {
            conference: conference.clone(),
            talk: Some(id.clone()),
            speaker: None,
            slides: None,
        }
    }

    pub(crate) fn speaker(conference: &ConferenceId, id: &SpeakerId) -> Self {
        Self {
            conference: conference.clone(),
            talk: None,
            speaker: Some(id.clone()),
            slides: None,
        }
    }

    pub(crate) fn slides(conference: &ConferenceId, id: &BlobId) -> Self {
        Self {
            conference: conference.clone(),
            talk: None,
            speaker: None,
            slides: Some(id.clone()),
        }
    }
}

/// Handler of [`EMPTY`]. What was brought back and binned again has a job of its own, later.
async fn empty(db: &Db, clock: &Clock, job: &Job) -> Result<()> {
    let Emptied {
        conference,
        talk,
        speaker,
        slides,
    } = job.payload()?;
    let before = clock.now() - limits::BIN_KEPT;
    let mut tx = db.begin().await?;
    if let Some(id) = talk {
        // Whose files have to be known before it is gone.
        let files = store::slides::of_talk(&mut tx, &conference, &id).await?;
        if store::talks::empty(&mut tx, &conference, &id, before).await? {
            for own in files {
                blob::release(&mut tx, &own.id).await?;
            }
            search::forget(&mut tx, conference.as_str(), index::TALK, id.as_str()).await?;
            tracing::info!(talk = %id, %conference, "a talk left the bin for good after thirty days");
        }
    }
    if let Some(id) = slides
        && store::slides::empty(&mut tx, &conference, &id, before).await?
    {
        blob::release(&mut tx, &id).await?;
        tracing::info!(file = %id, %conference, "slides left the bin for good after thirty days");
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
