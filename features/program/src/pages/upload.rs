//! A schedule file from a form, and the sentences about it.

use axum::extract::Multipart;
use kernel::Error;
use web::Cx;

use crate::limits::SCHEDULE_BYTES_MAX;
use crate::metrics::Metrics;
use crate::schedule::{Assume, Broken, Complaint, Reading, read};

/// The fields of an upload.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) file: Vec<u8>,
    pub(crate) zone: String,
}

impl Upload {
    /// Reads the form.
    pub(super) async fn receive(mut form: Multipart) -> web::Result<Self> {
        let malformed = |_| Error::invalid("file", "program-upload-malformed");
        let mut upload = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(malformed)? {
            match field.name() {
                Some("file") => {
                    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
                        // One byte more than allowed is kept, so that the reader says what is wrong.
                        let room = (SCHEDULE_BYTES_MAX + 1).saturating_sub(upload.file.len());
                        upload.file.extend_from_slice(
                            chunk.get(..room.min(chunk.len())).unwrap_or_default(),
                        );
                    }
                }
                Some("zone") => {
                    let text = field.text().await.map_err(malformed)?;
                    upload.zone = text.trim().chars().take(64).collect();
                }
                _ => {}
            }
        }
        Ok(upload)
    }

    /// The schedule in it; `zone` is assumed where neither form nor file names one.
    ///
    /// Reading a large file takes long enough to be done where nobody else waits.
    pub(crate) async fn read(
        self,
        zone: &str,
        metrics: &Metrics,
    ) -> web::Result<Result<Reading, Broken>> {
        let bytes = self.file.len();
        let reading = self.interpreted(zone).await?;
        metrics.uploaded("schedule", bytes, reading.is_ok());
        Ok(reading)
    }

    async fn interpreted(self, zone: &str) -> web::Result<Result<Reading, Broken>> {
        if self.file.is_empty() {
            return Ok(Err(Complaint::whole("program-upload-empty").into()));
        }
        let assume = Assume {
            zone: if self.zone.is_empty() {
                zone.to_owned()
            } else {
                self.zone
            },
        };
        let reading = tokio::task::spawn_blocking(move || read(&self.file, &assume));
        Ok(reading.await.map_err(Error::internal)?)
    }
}

/// Complaints in the reader's words.
pub(crate) fn sentences(cx: &Cx, complaints: &[Complaint]) -> Vec<String> {
    complaints
        .iter()
        .map(|complaint| cx.texts.message(cx.locale, &complaint.message))
        .collect()
}
