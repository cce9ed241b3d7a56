//! Films that organisers brought, for files that outlive this program. Keys, tests and alarms are nobody else's business.

use db::Run;
use identity::ConferenceId;
use kernel::Result;
use program::portable::Section;
use serde_json::json;

use crate::slates::model::Onto;
use crate::slates::store;

/// Every slate and clip of a conference, as it was uploaded.
///
/// # Errors
/// When the database does not answer.
pub async fn portable(run: impl Run, conference: &ConferenceId) -> Result<Section> {
    let rows = store::all(run, conference).await?;
    let files = rows.iter().filter_map(|row| row.original.clone()).collect();
    let films = rows.iter().map(|row| {
        json!({
            "id": row.id.as_str(),
            "purpose": row.purpose.as_str(),
            "name": row.name,
            "enabled": row.enabled,
            "tracks": match &row.tracks {
                Onto::All => None,
                Onto::Some(tracks) => Some(tracks),
            },
            "upload": row.original,
            "uploaded_at": row.uploaded_at,
        })
    });
    Ok(Section {
        name: "slates",
        content: json!({ "films": films.collect::<Vec<_>>() }),
        files,
    })
}
