//! A schedule file from a form, and the sentences about it.

use axum::extract::Multipart;
use kernel::Error;
use web::Cx;

use crate::limits::SCHEDULE_BYTES_MAX;
use crate::schedule::{Assume, Broken, Complaint, Reading, read};

/// The fields of an upload.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub(super) file: Vec<u8>,
    pub(super) zone: String,
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
    pub(super) fn read(&self, zone: &str) -> Result<Reading, Broken> {
        if self.file.is_empty() {
            return Err(Broken {
                complaints: vec![Complaint::whole("program-upload-empty")],
            });
        }
        let wanted = if self.zone.is_empty() {
            zone
        } else {
            &self.zone
        };
        read(
            &self.file,
            &Assume {
                zone: wanted.to_owned(),
            },
        )
    }
}

/// Complaints in the reader's words.
pub(super) fn sentences(cx: &Cx, complaints: &[Complaint]) -> Vec<String> {
    complaints
        .iter()
        .map(|complaint| cx.texts.message(cx.locale, &complaint.message))
        .collect()
}
