//! What is said about a conference outside of its schedule.

use identity::{Contents, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Message, Result};

use super::Writer;
use crate::limits;
use crate::model::Watch;
use crate::store::{self, write};

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Title for readers of Japanese; empty for the usual one.
    pub title_ja: String,
    /// Title for readers of English; empty for the usual one.
    pub title_en: String,
    /// Who may watch.
    pub watch: Watch,
}

/// Sets it.
///
/// # Errors
/// `Invalid` for titles that are too long, `Conflict` when somebody changes the conference at the same time.
pub async fn settle(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    settings: &Settings,
) -> Result<()> {
    let title = |name: &'static str, text: &str| {
        let title = clean(text, Lines::One);
        if title.chars().count() > limits::TITLE_CHARS_MAX {
            return Err(Error::invalid(
                name,
                Message::new("program-title-long").with("limit", limits::TITLE_CHARS_MAX),
            ));
        }
        Ok(title)
    };
    let (title_ja, title_en) = (
        title("title_ja", &settings.title_ja)?,
        title("title_en", &settings.title_en)?,
    );
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, grant.conference())
        .await?
        .ok_or(Error::NotFound("conference"))?;
    let row = store::Conference {
        title_ja,
        title_en,
        watch: settings.watch,
        changed_at: writer.now,
        ..was.clone()
    };
    if row
        == (store::Conference {
            changed_at: writer.now,
            ..was.clone()
        })
    {
        return Ok(());
    }
    if !write::update_conference(&mut tx, &row).await? {
        return Err(Error::conflict("program-changed-meanwhile"));
    }
    let words = |row: &store::Conference| (row.title_ja.clone(), row.title_en.clone(), row.watch);
    audit::record(
        &mut tx,
        grant,
        "conference.settle",
        row.id.as_str(),
        &words(&was),
        &words(&row),
    )
    .await?;
    tx.commit().await?;
    writer.announce(&row.id, row.version + 1);
    Ok(())
}

/// Gives a conference its titles, for those who make it in code: the demo and the command line.
///
/// # Errors
/// `NotFound` when there is no such conference.
pub async fn entitle(
    writer: &Writer<'_>,
    id: &identity::ConferenceId,
    ja: &str,
    en: &str,
) -> Result<()> {
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    let row = store::Conference {
        title_ja: ja.to_owned(),
        title_en: en.to_owned(),
        changed_at: writer.now,
        ..was
    };
    if !write::update_conference(&mut tx, &row).await? {
        return Err(Error::conflict("program-changed-meanwhile"));
    }
    tx.commit().await?;
    writer.announce(id, row.version + 1);
    Ok(())
}
