//! What was on air when, for files that outlive this program.

use db::Run;
use identity::ConferenceId;
use kernel::Result;
use program::portable::{People, Section};
use serde_json::json;

use crate::store;

/// Every change of what was on air in a conference.
///
/// # Errors
/// When the database does not answer.
pub async fn portable(run: impl Run, conference: &ConferenceId, people: People) -> Result<Section> {
    let changes = store::changes(run, conference).await?;
    let named = |name: Option<String>| name.filter(|_| people == People::Named);
    let changes = changes.into_iter().map(|change| {
        json!({
            "track": change.track,
            "at": change.at,
            "from": { "talk": change.from_talk, "mode": change.from_mode.as_str() },
            "to": { "talk": change.to_talk, "mode": change.to_mode.as_str() },
            "by_hand": change.name.is_some(),
            "by": named(change.name),
            "reason": change.reason,
        })
    });
    Ok(Section {
        name: "onair",
        content: json!({ "changes": changes.collect::<Vec<_>>() }),
        files: Vec::new(),
    })
}
