//! Schedule files in and out.

use data_encoding::BASE64;
use program::actions::{Imported, Onto, Writer, import};
use program::schedule::{Assume, Complaint, read};
use serde::{Deserialize, Serialize};

use super::{Outcome, Refusal, Work};

/// Kinds of schedule files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// schedule.xml
    Xml,
    /// schedule.json
    Json,
}

impl Work<'_> {
    pub(super) async fn import(&self, file: &str, zone: String) -> Outcome {
        let file = BASE64
            .decode(file.as_bytes())
            .map_err(kernel::Error::internal)?;
        let reading = read(&file, &Assume { zone }).map_err(|broken| {
            let mut lines = vec![self.text("matsuri-import-broken", &[])];
            lines.extend(self.sentences(&broken.complaints));
            Refusal::Words(lines.join("\n"))
        })?;
        let notes = self.sentences(&reading.notes);
        let app = &self.features.app;
        let writer = Writer {
            db: &app.db,
            bus: &app.bus,
            programmes: &self.features.programmes,
            public_url: &app.site.public_url,
            now: app.clock.now(),
        };
        let imported = import(&writer, reading, Onto::Acronym, None).await?;
        let mut lines = self.report(&imported);
        lines.extend(
            notes
                .iter()
                .map(|note| self.text("matsuri-import-note", &[("text", note)])),
        );
        Ok(lines.join("\n"))
    }

    pub(super) fn sentences(&self, complaints: &[Complaint]) -> Vec<String> {
        let texts = &self.features.app.texts;
        complaints
            .iter()
            .map(|complaint| texts.message(self.locale, &complaint.message))
            .collect()
    }

    /// One line that says what came of it, and one for each talk that is another now.
    fn report(&self, imported: &Imported) -> Vec<String> {
        let (report, slug) = (&imported.report, imported.conference.slug.as_str());
        let count = |list: usize| list.to_string();
        if imported.created {
            let talks = count(report.added.len());
            let args = [("conference", slug), ("talks", talks.as_str())];
            return vec![self.text("matsuri-import-created", &args)];
        }
        if report.is_empty() {
            return vec![self.text("matsuri-import-unchanged", &[("conference", slug)])];
        }
        let (added, changed, removed) = (
            count(report.added.len()),
            count(report.changed.len()),
            count(report.removed.len()),
        );
        let args = [
            ("conference", slug),
            ("added", added.as_str()),
            ("changed", changed.as_str()),
            ("removed", removed.as_str()),
        ];
        let mut lines = vec![self.text("matsuri-import-updated", &args)];
        let words = |fields: &[String]| {
            let words: Vec<String> = fields.iter().map(|field| self.text(field, &[])).collect();
            words.join(", ")
        };
        if !report.conference.is_empty() {
            lines.push(format!("~ {slug}: {}", words(&report.conference)));
        }
        lines.extend(report.added.iter().map(|talk| format!("+ {}", talk.title)));
        lines.extend(
            report
                .changed
                .iter()
                .map(|talk| format!("~ {}: {}", talk.title, words(&talk.fields))),
        );
        lines.extend(
            report
                .removed
                .iter()
                .map(|talk| format!("- {}", talk.title)),
        );
        lines
    }

    pub(super) async fn export(&self, conference: &str, form: Form) -> Outcome {
        let programme = self.programme(conference).await?;
        let schedule = programme.schedule(&self.features.app.site.public_url);
        Ok(match form {
            Form::Xml => program::schedule::xml::write(&schedule),
            Form::Json => program::schedule::json::write(&schedule),
        })
    }
}
