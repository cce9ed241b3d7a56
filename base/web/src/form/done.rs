//! The answer to a form that was accepted: 303 to a page that says what was done, once, and offers to undo it.
//!
//! What the next page has to say travels in a cookie of its own, so that an address never carries it and a page that
//! is read again does not repeat it.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::sheet::draft_of;
use super::submitted::Submitted;
use crate::cx::{Cx, cookie};
use crate::limits;
use crate::page::{local_path, redirect};

/// Name of the cookie.
const COOKIE: &str = "said";

/// What the next page says once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Key in the message files; empty for nothing to say.
    #[serde(default)]
    pub key: String,
    /// Arguments of the message.
    #[serde(default)]
    pub args: Vec<(String, String)>,
    /// Path of a form that undoes it; empty where nothing can.
    #[serde(default)]
    pub undo: String,
    /// The browser's draft that is saved now and can be forgotten.
    #[serde(default)]
    pub draft: String,
}

impl Said {
    /// What the request's cookie says.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, COOKIE)?;
        if text.len() > limits::SAID_BYTES_MAX {
            return None;
        }
        let mut said: Self = serde_json::from_slice(&decode(text)?).ok()?;
        if !said.undo.is_empty() && local_path(&said.undo) != said.undo {
            said.undo.clear();
        }
        Some(said)
    }

    /// Forgets it, since it was said.
    pub(crate) fn forget(response: &mut Response) {
        let line = HeaderValue::from_static("said=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// The answer to a form that was accepted.
#[derive(Clone, Debug)]
pub struct Done {
    to: String,
    said: Said,
    secure: bool,
}

impl Done {
    /// Leads to a page of this site.
    pub fn to(cx: &Cx, path: impl Into<String>) -> Self {
        Self {
            to: path.into(),
            said: Said::default(),
            secure: cx.site.is_secure(),
        }
    }

    /// Says what was done.
    #[must_use]
    pub fn say(mut self, key: &str, args: &[(&str, &str)]) -> Self {
        key.clone_into(&mut self.said.key);
        let short = |text: &str| text.chars().take(limits::SAID_ARG_CHARS_MAX).collect();
        self.said.args = args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), short(value)))
            .collect();
        self
    }

    /// Offers to undo it by an empty form to this path.
    #[must_use]
    pub fn undo(mut self, path: impl Into<String>) -> Self {
        self.said.undo = path.into();
        self
    }

    /// The draft that the browser kept of this form is no longer needed.
    #[must_use]
    pub fn saved(mut self, submitted: &Submitted) -> Self {
        self.said.draft = draft_of(submitted);
        self
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = redirect(local_path(&self.to));
        if self.said == Said::default() {
            return response;
        }
        let secure = if self.secure { "; Secure" } else { "" };
        let json = serde_json::to_string(&self.said).unwrap_or_default();
        let value = encode(&json);
        let line = format!("{COOKIE}={value}; Path=/; Max-Age=120; SameSite=Lax; HttpOnly{secure}");
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
        response
    }
}

/// Percent-encodes what cannot stand in a cookie.
fn encode(text: &str) -> String {
    crate::failure::encode(text).replace('/', "%2F")
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}
