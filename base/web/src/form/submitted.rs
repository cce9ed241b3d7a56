//! What a form sent, as it was sent: every field in order, whatever the page meant by it.

use axum::extract::{FromRequest, Multipart, Request};
use http::header;
use kernel::Error;

use crate::{Failure, limits};

/// The raw fields of a form, urlencoded or multipart.
#[derive(Clone, Debug, Default)]
pub struct Submitted {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

/// A file of a form. How large it may be is what the route allows as its body.
#[derive(Clone, Debug)]
pub struct File {
    /// Name of its field.
    pub field: String,
    /// Its name as the browser says it, without folders.
    pub name: String,
    /// Its media type as the browser says it: a claim, nothing more.
    pub media_type: String,
    /// What is in it.
    pub bytes: bytes::Bytes,
}

impl Submitted {
    /// Fields by hand, for tests and for programs that act like a form.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        let fields = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), lines(value)))
            .collect();
        Self {
            fields,
            files: Vec::new(),
        }
    }

    /// A field's first value; empty where it was not sent.
    pub fn text(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a field was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(own, _)| own == name)
    }

    /// The version of the record that the form was made from.
    pub fn version(&self) -> Option<i64> {
        self.text("version").parse().ok()
    }

    /// The button that was pressed: the value of `do`.
    pub fn act(&self) -> &str {
        self.text("do")
    }

    /// A file that was chosen; `None` where the field was left empty.
    pub fn file(&self, field: &str) -> Option<&File> {
        self.files
            .iter()
            .find(|file| file.field == field && !(file.name.is_empty() && file.bytes.is_empty()))
    }

    async fn multipart(mut form: Multipart) -> Result<Self, Error> {
        let malformed = |error: axum::extract::multipart::MultipartError| {
            if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                Error::invalid("body", "web-form-too-large")
            } else {
                Error::invalid("body", "web-form-malformed")
            }
        };
        let mut submitted = Self::default();
        while let Some(field) = form.next_field().await.map_err(malformed)? {
            if submitted.fields.len() + submitted.files.len() >= limits::FORM_FIELDS_MAX {
                return Err(Error::invalid("body", "web-form-too-large"));
            }
            let name = field.name().unwrap_or_default().to_owned();
            if let Some(file_name) = field.file_name() {
                let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
                submitted.files.push(File {
                    name: file_name
                        .chars()
                        .take(limits::FILE_NAME_CHARS_MAX)
                        .collect(),
                    media_type: field.content_type().unwrap_or_default().to_owned(),
                    bytes: field.bytes().await.map_err(malformed)?,
                    field: name,
                });
            } else {
                let value = field.text().await.map_err(malformed)?;
                submitted.fields.push((name, lines(&value)));
            }
        }
        Ok(submitted)
    }
}

/// Browsers send line breaks as CR LF; records hold LF, so that a text that nobody touched is equal.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("multipart/form-data"));
        if is_multipart {
            let form = Multipart::from_request(request, state)
                .await
                .map_err(|_| Error::invalid("body", "web-form-malformed"))?;
            return Ok(Self::multipart(form).await?);
        }
        let super::Form(fields) =
            super::Form::<Vec<(String, String)>>::from_request(request, state).await?;
        if fields.len() > limits::FORM_FIELDS_MAX {
            return Err(Error::invalid("body", "web-form-too-large").into());
        }
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name, lines(&value)))
            .collect();
        Ok(Self {
            fields,
            files: Vec::new(),
        })
    }
}
