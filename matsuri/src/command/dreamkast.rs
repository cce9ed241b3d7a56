//! Exports of Dreamkast, as they come through the control socket.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use program::actions::{Destination, Taken, Writer, import_dreamkast};
use program::dreamkast::{Files, Map, read};
use serde::{Deserialize, Serialize};

use super::{Outcome, Refusal, Work};

/// An export and where it goes. Files are in base64: they may be no text at all.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dreamkast {
    /// Name of the conference.
    pub conference: String,
    /// Zone of a conference that is made.
    pub zone: String,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// The files that are read, by name.
    pub export: BTreeMap<String, String>,
    /// Names of the files that are not.
    pub others: Vec<String>,
    /// Mapping files: what they map, their name, the file.
    pub maps: Vec<(Map, String, String)>,
}

impl Dreamkast {
    fn files(&self) -> Result<Files, Refusal> {
        let decode = |text: &String| {
            let bytes = BASE64.decode(text.as_bytes());
            bytes.map_err(kernel::Error::internal)
        };
        let mut files = Files {
            others: self.others.clone(),
            ..Files::default()
        };
        for (name, text) in &self.export {
            files.export.insert(name.clone(), decode(text)?);
        }
        for (map, name, text) in &self.maps {
            files.maps.insert(*map, (name.clone(), decode(text)?));
        }
        Ok(files)
    }
}

impl Work<'_> {
    pub(super) async fn import_dreamkast(&self, request: Dreamkast) -> Outcome {
        let export = read(&request.files()?).map_err(|broken| {
            let mut lines = vec![self.text("matsuri-import-broken", &[])];
            lines.extend(self.sentences(&broken.complaints));
            Refusal::Words(lines.join("\n"))
        })?;
        let rows = export.rows.clone();
        let app = &self.features.app;
        let writer = Writer {
            db: &app.db,
            bus: &app.bus,
            programmes: &self.features.programmes,
            public_url: &app.site.public_url,
            now: app.clock.now(),
        };
        let to = Destination {
            slug: request.conference,
            zone: request.zone,
            dry_run: request.dry_run,
        };
        let taken = import_dreamkast(&writer, export, &to).await?;
        let mut lines = self.counts(&taken, &to);
        lines.extend(rows.iter().map(|(file, count)| {
            let count = count.to_string();
            let args = [("file", file.as_str()), ("count", count.as_str())];
            format!("  {}", self.text("matsuri-dreamkast-rows", &args))
        }));
        lines.extend(taken.notes.iter().map(|note| {
            let note = app.texts.message(self.locale, note);
            self.text("matsuri-import-note", &[("text", &note)])
        }));
        Ok(lines.join("\n"))
    }

    fn counts(&self, taken: &Taken, to: &Destination) -> Vec<String> {
        let report = &taken.imported.report;
        let [new, changed, same] = taken.speakers;
        let unchanged = report.is_empty() && new + changed == 0 && !taken.imported.created;
        let head = match (to.dry_run, unchanged, taken.imported.created) {
            (true, ..) => "matsuri-dreamkast-dry",
            (_, true, _) => "matsuri-dreamkast-unchanged",
            (.., true) => "matsuri-dreamkast-created",
            (.., false) => "matsuri-dreamkast-updated",
        };
        let counted = |key: &str, counts: &[(&str, usize)]| {
            let texts: Vec<String> = counts.iter().map(|(_, count)| count.to_string()).collect();
            let args: Vec<(&str, &str)> = counts
                .iter()
                .zip(&texts)
                .map(|((name, _), text)| (*name, text.as_str()))
                .collect();
            format!("  {}", self.text(key, &args))
        };
        let (added, different) = (report.added.len(), report.changed.len());
        vec![
            self.text(head, &[("conference", &to.slug)]),
            counted(
                "matsuri-dreamkast-talks",
                &[
                    ("total", taken.talks),
                    ("added", added),
                    ("changed", different),
                    ("same", taken.talks - added - different),
                    ("shown", taken.talks - taken.hidden),
                    ("hidden", taken.hidden),
                ],
            ),
            counted(
                "matsuri-dreamkast-speakers",
                &[
                    ("total", new + changed + same),
                    ("added", new),
                    ("changed", changed),
                    ("same", same),
                ],
            ),
        ]
    }
}
