//! Where films are read, converted and drawn: ffmpeg where it is, and a folder for what is being made.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::tool::{Programs, Tool};

/// What this machine can do with films.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Take those that fit as they are.
    Take,
    /// Convert what is brought.
    Convert,
    /// Convert, and draw text, Japanese too.
    Draw,
}

/// Clones share the folder and what was found.
#[derive(Clone, Debug)]
pub struct Workshop {
    programs: Programs,
    scratch: PathBuf,
    tool: Arc<OnceCell<Option<Tool>>>,
}

impl Workshop {
    /// A workshop with the programs of the system; what is being made is made in `scratch`.
    pub fn new(scratch: PathBuf) -> Self {
        Self::with(Programs::default(), scratch)
    }

    /// The same with other programs.
    pub fn with(programs: Programs, scratch: PathBuf) -> Self {
        Self {
            programs,
            scratch,
            tool: Arc::default(),
        }
    }

    /// ffmpeg, if it is there. Asked for once.
    pub async fn tool(&self) -> Option<&Tool> {
        let asked = self.tool.get_or_init(|| async {
            let found = Tool::find(&self.programs).await;
            if let Some(tool) = &found {
                let (draws, version) = (tool.draws(), tool.version());
                tracing::info!(draws, "slates and clips are converted by {version}");
            } else {
                tracing::info!(
                    "there is no ffmpeg: slates and clips are taken as they are, if they fit"
                );
            }
            found
        });
        asked.await.as_ref()
    }

    /// What this machine can do.
    pub async fn ability(&self) -> Ability {
        match self.tool().await {
            None => Ability::Take,
            Some(tool) if tool.draws() => Ability::Draw,
            Some(_) => Ability::Convert,
        }
    }

    /// An empty folder of that name for something that is being made. What an earlier process left there is gone.
    pub async fn bench(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.scratch.join(name);
        match tokio::fs::remove_dir_all(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        tokio::fs::create_dir_all(&path).await?;
        Ok(path)
    }

    /// Clears a bench away.
    pub async fn clear(&self, bench: &Path) {
        if let Err(error) = tokio::fs::remove_dir_all(bench).await {
            tracing::warn!(%error, "what was left of a film cannot be cleared away");
        }
    }
}
