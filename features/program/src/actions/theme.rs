//! The colours of a conference.

use identity::{Contents, Grant, audit};
use kernel::{Error, Result};

use super::Writer;
use crate::exchange::text_of;
use crate::model::Theme;
use crate::store::{self, Conference, write};

/// Gives a conference other colours, over the version that was read, where one is named; the version now.
///
/// # Errors
/// `Invalid` for what is no colour or cannot be read, `Stale` when the colours are at another version by now,
/// `Conflict` when somebody changes the conference at the same time.
pub async fn paint(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    theme: &Theme,
    version: Option<i64>,
) -> Result<i64> {
    let mut theme = theme.checked()?;
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, grant.conference()).await?;
    let was = was.ok_or(Error::NotFound("conference"))?;
    let mut settings = was.settings();
    if version.is_some_and(|version| version != settings.theme.version) {
        return Err(Error::Stale);
    }
    theme.version = settings.theme.version;
    if theme == settings.theme {
        return Ok(theme.version);
    }
    theme.version += 1;
    let before = std::mem::replace(&mut settings.theme, theme.clone());
    let row = Conference {
        settings: text_of(&settings),
        changed_at: writer.now,
        ..was
    };
    write::update_conference(&mut tx, &row).await?;
    audit::record(
        &mut tx,
        grant,
        "conference.theme",
        row.id.as_str(),
        &before,
        &theme,
    )
    .await?;
    tx.commit().await?;
    writer.announce(&row.id, row.version + 1);
    Ok(theme.version)
}
