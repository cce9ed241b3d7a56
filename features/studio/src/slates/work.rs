//! The work on films that were brought: looked at, and made into what a channel can play. One after the other, beside everything.

use std::path::PathBuf;
use std::time::Duration;

use kernel::{Error, Result};
use media_film::{Facts, Film, Refusal, Tool, limits as film_limits};
use platform::blob::Stored;
use tokio::io::AsyncReadExt as _;

use super::locked;
use super::store::{self, Row};
use crate::{SLATES_CHANGED, Studio, limits};

/// What came of the work on a film.
#[derive(Default)]
pub(super) struct Made {
    pub(super) facts: Option<Facts>,
    pub(super) refusal: Option<Refusal>,
    /// What is to be played, where it is not the original.
    pub(super) film: Option<Stored>,
    pub(super) bytes: i64,
}

/// Starts the task.
pub(super) fn start(studio: &Studio) {
    let own = studio.clone();
    let tasks = &studio.0.app.tasks;
    tasks.spawn_loop("slate-films", move || {
        let studio = own.clone();
        async move {
            // Dropped in the middle, ffmpeg is killed, and the row still says that somebody worked on it.
            let stop = studio.0.app.tasks.token();
            if let Some(Err(error)) = stop.run_until_cancelled(studio.work()).await {
                tracing::warn!(%error, "films cannot be worked on just now");
            }
        }
    });
}

impl Studio {
    async fn work(&self) -> Result<()> {
        store::resume(&self.0.app.db).await?;
        loop {
            let mut tx = self.0.app.db.begin().await?;
            let taken = store::take(&mut tx).await?;
            tx.commit().await?;
            let Some(row) = taken else {
                let brought = self.0.slates.brought.notified();
                // A look now and then, in case that another process of ours took it down.
                let _or_time = tokio::time::timeout(limits::LOOK_EVERY, brought).await;
                continue;
            };
            let made = if row.attempts >= limits::SLATE_ATTEMPTS_MAX {
                refused(Refusal::Unplayable("interrupted".to_owned()), None)
            } else {
                self.make(&row).await?
            };
            let outcome = made.refusal.as_ref().map_or("ready", Refusal::word);
            let (slate, name) = (row.id.as_str(), &row.name);
            tracing::info!(slate, outcome, "the film “{name}” was checked: {outcome}");
            self.finish_slate(&row, made, self.0.app.clock.now())
                .await?;
            locked(&self.0.slates.done).remove(&row.id);
            let news = serde_json::json!(row.conference);
            self.0.app.bus.publish(SLATES_CHANGED, &news);
        }
    }

    async fn make(&self, row: &Row) -> Result<Made> {
        let Some(setup) = self.0.slates.setup.get() else {
            return Err(Error::internal("no workshop"));
        };
        let Some(original) = &row.original else {
            return Ok(refused(Refusal::Unknown, None));
        };
        let path = self.0.app.blobs.path(original);
        let known = read(path.clone()).await?;
        let Some(tool) = setup.workshop.tool().await else {
            return Ok(as_it_is(known, row.bytes));
        };
        let facts = match known {
            Ok((facts, _)) => Ok(facts),
            // What neither of both can read is told by whoever knows more about it.
            Err(why) => tool.look(&path).await.map_err(|_| why),
        };
        let mut facts = match facts {
            Ok(facts) if facts.picture.is_none() => {
                return Ok(refused(Refusal::NoPicture, Some(facts)));
            }
            Ok(facts) => facts,
            Err(refusal) => return Ok(refused(refusal, None)),
        };
        if let Err(refusal) = facts.check_length() {
            return Ok(refused(refusal, Some(facts)));
        }
        facts.loudness_lufs = tool.loudness(&path).await;
        let bench = setup.workshop.bench(row.id.as_str()).await;
        let bench = bench.map_err(Error::internal)?;
        let made = self.convert(row, tool, facts, &path, &bench).await;
        setup.workshop.clear(&bench).await;
        made
    }

    async fn convert(
        &self,
        row: &Row,
        tool: &Tool,
        facts: Facts,
        from: &std::path::Path,
        bench: &std::path::Path,
    ) -> Result<Made> {
        let to = bench.join("film.mp4");
        let all_ms = u128::from(facts.duration_ms.max(1));
        let mut tell = |done: Duration| {
            let percent = (done.as_millis() * 100 / all_ms).min(99);
            let percent = u8::try_from(percent).unwrap_or(99);
            locked(&self.0.slates.done).insert(row.id.clone(), percent);
        };
        if let Err(failure) = tool.convert(from, &to, &facts, &mut tell).await {
            tracing::warn!(%failure, slate = %row.id, "a film cannot be converted: {failure}");
            return Ok(refused(
                Refusal::Unplayable(first_line(&failure.to_string())),
                Some(facts),
            ));
        }
        match read(to.clone()).await? {
            Err(refusal) => Ok(refused(refusal, Some(facts))),
            Ok((_, bytes)) => {
                let film = Some(self.store_film(&to).await?);
                Ok(Made {
                    facts: Some(facts),
                    film,
                    bytes,
                    refusal: None,
                })
            }
        }
    }

    async fn store_film(&self, path: &std::path::Path) -> Result<Stored> {
        let mut file = tokio::fs::File::open(path).await.map_err(Error::internal)?;
        let mut writer = self
            .0
            .app
            .blobs
            .writer(film_limits::PLAYED_BYTES_MAX)
            .await?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let count = file.read(&mut buffer).await.map_err(Error::internal)?;
            if count == 0 {
                return writer.finish().await;
            }
            writer.write(&buffer[..count]).await?;
        }
    }
}

/// Reads a film as a channel would, where nobody waits for it: what it is, and its length in memory.
async fn read(path: PathBuf) -> Result<std::result::Result<(Facts, i64), Refusal>> {
    let read = move || {
        let film = Film::open(&path)?;
        let slate = film.slate()?;
        let bytes = i64::try_from(slate.bytes()).unwrap_or(i64::MAX);
        Ok((film.facts(), bytes))
    };
    tokio::task::spawn_blocking(read)
        .await
        .map_err(Error::internal)
}

fn as_it_is(known: std::result::Result<(Facts, i64), Refusal>, bytes: i64) -> Made {
    match known {
        Ok((facts, bytes)) => Made {
            facts: Some(facts),
            bytes,
            ..Made::default()
        },
        Err(refusal) => Made {
            bytes,
            ..refused(refusal, None)
        },
    }
}

fn refused(refusal: Refusal, facts: Option<Facts>) -> Made {
    Made {
        facts,
        refusal: Some(refusal),
        ..Made::default()
    }
}

/// Enough of a complaint to look it up; paths of ours are not for everybody.
fn first_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    let words = line.split_whitespace().filter(|word| !word.contains('/'));
    words
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(160)
        .collect()
}
