//! What talks and speakers are found by in the team's lists: title, subtitle, code, who speaks, and the texts; a speaker by
//! name and biography.

use db::{Db, Tx};
use identity::ConferenceId;
use kernel::Result;
use platform::search;

use crate::store::{self, Speaker, Talk};

/// Kind of talks in the index.
pub(crate) const TALK: &str = "talk.text";
/// Kind of speakers in the index.
pub(crate) const SPEAKER: &str = "speaker.text";

/// Makes a talk findable.
pub(crate) async fn talk(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Talk,
    names: impl Iterator<Item = &str>,
) -> Result<()> {
    let text = talk_text(row, names);
    search::put(tx, conference.as_str(), TALK, row.id.as_str(), &text).await
}

/// What a talk is found by.
pub(crate) fn talk_text<'a>(row: &Talk, names: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("{} {} {}", row.title, row.subtitle, row.code);
    for name in names {
        text.push(' ');
        text.push_str(name);
    }
    // Last, since a text may be longer than what is kept of it.
    for prose in [&row.r#abstract, &row.description] {
        text.push(' ');
        text.push_str(prose);
    }
    text
}

/// Makes a speaker findable.
pub(crate) async fn speaker(tx: &mut Tx, conference: &ConferenceId, row: &Speaker) -> Result<()> {
    let text = speaker_text(row);
    search::put(tx, conference.as_str(), SPEAKER, row.id.as_str(), &text).await
}

/// What a speaker is found by.
pub(crate) fn speaker_text(row: &Speaker) -> String {
    format!("{} {} {}", row.name, row.code, row.biography)
}

/// Makes everything of a conference findable that is not yet: programmes that were there before there was an index.
pub(crate) async fn complete(db: &Db, conference: &ConferenceId) -> Result<()> {
    if store::talks::unindexed(db, conference).await? == 0 {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let Some(loaded) = store::load(&mut tx, conference).await? else {
        return Ok(());
    };
    let names: std::collections::HashMap<_, _> = loaded
        .speakers
        .iter()
        .map(|speaker| (&speaker.id, speaker.name.as_str()))
        .collect();
    for row in &loaded.talks {
        let credits = loaded.credits.iter().filter(|credit| credit.talk == row.id);
        let speaking = credits.filter_map(|credit| names.get(&credit.speaker).copied());
        talk(&mut tx, conference, row, speaking).await?;
    }
    for row in &loaded.speakers {
        speaker(&mut tx, conference, row).await?;
    }
    tx.commit().await?;
    Ok(())
}
