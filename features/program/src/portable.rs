//! A conference's programme for files that outlive this program: everything the team sees, in words, not in rows.

use db::Run;
use kernel::{Error, Result};
use platform::blob::BlobId;
use serde_json::{Map, Value, json};

use crate::model::ConferenceId;
use crate::programme::Programme;
use crate::{schedule, store};

/// What a feature knows of one conference.
#[derive(Debug)]
pub struct Section {
    /// Its name, and that of its member in the file.
    pub name: &'static str,
    /// What it knows.
    pub content: Value,
    /// The stored files that it refers to.
    pub files: Vec<BlobId>,
}

/// Whether people are named in what is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// By the names they showed.
    Named,
    /// They can be told apart, and no more.
    Anonymous,
}

/// The programme, and the same as the files that other programs read.
#[derive(Debug)]
pub struct Portable {
    /// The conference.
    pub conference: store::Conference,
    /// Everything.
    pub section: Section,
    /// What is on the timetable, as schedule.xml.
    pub xml: String,
    /// The same as schedule.json.
    pub json: String,
}

/// Everything of a programme, also what is hidden or gone; `None` when there is no such conference.
///
/// # Errors
/// When the database does not answer.
pub async fn portable(
    mut run: impl Run,
    id: &ConferenceId,
    public_url: &str,
) -> Result<Option<Portable>> {
    let Some(loaded) = store::load(&mut run, id).await? else {
        return Ok(None);
    };
    let talk = |talk: &store::Talk| -> Result<Value> {
        let credits = loaded
            .credits
            .iter()
            .filter(|credit| credit.talk == talk.id);
        let speakers: Vec<&str> = credits.map(|credit| credit.speaker.as_str()).collect();
        let mut said = said(talk)?;
        if let Value::Object(said) = &mut said {
            said.insert("speakers".to_owned(), json!(speakers));
        }
        Ok(said)
    };
    let pages = store::sheets::pages(&mut run, id).await?;
    let content = json!({
        "conference": said(&loaded.conference)?,
        "days": said(&loaded.days)?,
        "rooms": said(&loaded.rooms)?,
        "tracks": said(&loaded.tracks)?,
        "categories": said(&loaded.categories)?,
        "terms": said(&loaded.terms)?,
        "slides": said(&loaded.slides)?,
        "pages": said(&pages)?,
        "speakers": said(&loaded.speakers)?,
        "talks": loaded.talks.iter().map(talk).collect::<Result<Vec<_>>>()?,
    });
    let conference = loaded.conference.clone();
    let looks = conference.settings().looks;
    let pictures = looks.files().map(crate::actions::stored_at);
    let slides = loaded.slides.iter().map(|slides| slides.id.clone());
    let files = pictures.chain(slides).collect();
    let timetable = Programme::of(loaded).schedule(public_url);
    Ok(Some(Portable {
        conference,
        section: Section {
            name: "programme",
            content,
            files,
        },
        xml: schedule::xml::write(&timetable),
        json: schedule::json::write(&timetable),
    }))
}

/// The id of the conference of a name.
///
/// # Errors
/// When the database does not answer.
pub async fn id_of(run: impl Run, slug: &str) -> Result<Option<ConferenceId>> {
    Ok(store::by_slug(run, slug)
        .await?
        .map(|conference| conference.id))
}

/// A row in words. Documents, which the tables keep as text, are what they mean.
fn said(rows: &impl serde::Serialize) -> Result<Value> {
    Ok(unfolded(
        serde_json::to_value(rows).map_err(Error::internal)?,
    ))
}

/// Columns that hold JSON.
const DOCUMENTS: &[&str] = &["document", "names", "rooms", "settings", "titles", "bodies"];

fn unfolded(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(unfolded).collect(),
        Value::Object(fields) => {
            let unfold = |(name, value): (String, Value)| {
                let parsed = match &value {
                    Value::String(text) if DOCUMENTS.contains(&name.as_str()) => {
                        serde_json::from_str(text).ok()
                    }
                    _ => None,
                };
                (name, parsed.unwrap_or(value))
            };
            Value::Object(fields.into_iter().map(unfold).collect::<Map<_, _>>())
        }
        other => other,
    }
}
