//! Chat and captions for files that outlive this program: what everybody could read; what was removed is not in it.

use std::collections::HashMap;

use db::Run;
use identity::ConferenceId;
use kernel::Result;
use program::portable::{People, Section};
use serde_json::json;

use crate::store;

/// Every line of a conference's chat.
///
/// # Errors
/// When the database does not answer.
pub async fn portable(run: impl Run, conference: &ConferenceId, people: People) -> Result<Section> {
    let rows = store::all_lines(run, conference).await?;
    // Counted in the order of their first line: the same person is the same number, in this file and nowhere else.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let lines = rows.into_iter().map(|row| {
        let next = numbers.len() + 1;
        let author = *numbers.entry(row.account).or_insert(next);
        let name = Some(row.name).filter(|_| people == People::Named);
        json!({
            "id": row.id.as_str(),
            "talk": row.talk,
            "at": row.at,
            "author": { "number": author, "name": name, "badge": row.badge },
            "text": row.text,
        })
    });
    Ok(Section {
        name: "chat",
        content: json!({ "lines": lines.collect::<Vec<_>>() }),
        files: Vec::new(),
    })
}

/// What was said on the tracks of a conference, as captioners wrote it.
///
/// # Errors
/// When the database does not answer.
pub async fn captions(run: impl Run, conference: &ConferenceId) -> Result<Section> {
    let said = store::captions::all_said(run, conference).await?;
    let said = said.into_iter().map(|caption| {
        json!({
            "track": caption.track,
            "language": caption.language,
            "from": caption.starts_at,
            "to": caption.ends_at,
            "text": caption.text,
        })
    });
    Ok(Section {
        name: "captions",
        content: json!({ "captions": said.collect::<Vec<_>>() }),
        files: Vec::new(),
    })
}
