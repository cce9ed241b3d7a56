//! The manner of the API: pages by cursor, states by entity tag, requests that may be repeated.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use db::Db;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use kernel::{Error, Result, Timestamp};
use platform::once::Once;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cx::{Cx, header_text};
use crate::{Failure, limits};

/// A page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of rows of which one more than `limit` was asked for; `place` is a row's id and value of the order.
    pub fn of<R>(
        rows: &[R],
        limit: i64,
        place: impl Fn(&R) -> (String, String),
        item: impl FnMut(&R) -> T,
    ) -> Self {
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let last = rows
            .get(shown.saturating_sub(1))
            .filter(|_| rows.len() > shown);
        Self {
            next: last.map(|row| {
                let (id, key) = place(row);
                Cursor { key, id }.text()
            }),
            items: rows.iter().take(shown).map(item).collect(),
        }
    }
}

/// Which page of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Window {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl Window {
    /// How many items are asked for.
    pub fn limit(&self) -> i64 {
        self.limit
            .unwrap_or(limits::PAGE_ITEMS)
            .clamp(1, limits::PAGE_ITEMS_MAX)
    }

    /// Where the page begins.
    ///
    /// # Errors
    /// `Invalid` for what is no cursor.
    pub fn cursor(&self) -> Result<Option<Cursor>> {
        self.cursor
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| {
                Cursor::parse(text).ok_or_else(|| Error::invalid("cursor", "web-cursor-malformed"))
            })
            .transpose()
    }
}

/// Where a page ends: what it is sorted by, and the id that settles ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Value of what the list is sorted by, as text.
    pub key: String,
    /// Id of the last item.
    pub id: String,
}

impl Cursor {
    /// As it stands in an address; nobody is to read anything in it.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(format!("{}\u{1f}{}", self.id, self.key).as_bytes())
    }

    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::CURSOR_BYTES_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, key) = text.split_once('\u{1f}')?;
        // PostgreSQL refuses a zero character even to look for it.
        (!text.contains('\0')).then(|| Self {
            key: key.to_owned(),
            id: id.to_owned(),
        })
    }

    /// The instant that a list in order of time goes on from.
    ///
    /// # Errors
    /// `Invalid` for a cursor that somebody made up, or that is of a list in another order.
    pub fn instant(&self) -> Result<Timestamp> {
        let micros = self.key.parse::<i64>().ok();
        let at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        at.ok_or_else(|| Error::invalid("cursor", "web-cursor-malformed"))
    }
}

/// The entity tag of a version.
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"v{version}\"")).unwrap_or(HeaderValue::from_static("\"v0\""))
}

/// A record in a state, as JSON with its entity tag.
pub fn versioned(status: StatusCode, version: i64, body: &impl Serialize) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// The state that a change is about, from `If-Match`; a change that does not say it is refused (428).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let tag = header_text(&parts.headers, "if-match").ok_or(Error::Unconditional)?;
        let version = tag
            .trim()
            .strip_prefix("\"v")
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|digits| digits.parse().ok());
        // A tag that we never gave matches nothing.
        Ok(Self(version.ok_or(Error::Stale)?))
    }
}

/// The same for a record whose state is told by words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatchTag(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IfMatchTag {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let tag = header_text(&parts.headers, "if-match").ok_or(Error::Unconditional)?;
        let words = tag.trim().strip_prefix('"');
        let words = words.and_then(|rest| rest.strip_suffix('"'));
        Ok(Self(words.ok_or(Error::Stale)?.to_owned()))
    }
}

/// A JSON body that asks for something to be made, and perhaps the key under which it may be asked again. A call that has
/// nothing to say may leave the body away.
#[derive(Debug)]
pub struct Call<T> {
    /// The body.
    pub body: T,
    /// Set when the client sent `Idempotency-Key`.
    pub once: Option<Once>,
}

impl<T> Call<T> {
    /// What the same call made before, as its act kept it: for answers that are put together after the act.
    pub async fn made<M: DeserializeOwned>(&self, db: &Db, now: Timestamp) -> Result<Option<M>> {
        let Some(once) = &self.once else {
            return Ok(None);
        };
        let answer = once.answered(db, now).await?;
        let made = answer.map(|answer| serde_json::from_str(&answer.body));
        made.transpose().map_err(Error::internal)
    }

    /// The answer that was given to the same call before.
    pub async fn answered(&self, db: &Db, now: Timestamp) -> Result<Option<Response>> {
        let Some(once) = &self.once else {
            return Ok(None);
        };
        let answer = once.answered(db, now).await?;
        Ok(answer.map(|answer| {
            let status = u16::try_from(answer.status).ok();
            let status = status.and_then(|code| StatusCode::from_u16(code).ok());
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (status.unwrap_or(StatusCode::OK), kind, answer.body).into_response()
        }))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Call<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_json = is_json(request.headers());
        let Call { body: bytes, once } = received(request, state).await?;
        if !is_json && !bytes.is_empty() {
            return Err(Error::invalid("Content-Type", "web-json-type").into());
        }
        let said: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        let body = serde_json::from_slice(said).map_err(|error| {
            let message = kernel::Message::new("web-json-malformed").with("reason", error);
            Error::invalid("body", message)
        })?;
        Ok(Self { body, once })
    }
}

/// A call whose body is a file as it is, of whatever media type.
#[derive(Debug)]
pub struct FileCall(pub Call<Bytes>);

impl<S: Send + Sync> FromRequest<S> for FileCall {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let call = received(request, state).await?;
        if call.body.is_empty() {
            return Err(Error::invalid("body", "web-file-empty").into());
        }
        Ok(Self(call))
    }
}

/// The bytes of a call, and what makes it the same as another one.
async fn received<S: Send + Sync>(request: Request, state: &S) -> Result<Call<Bytes>, Failure> {
    let (mut parts, body) = request.into_parts();
    let asked = Asked::of(&mut parts, state).await?;
    let body = Bytes::from_request(Request::from_parts(parts, body), state)
        .await
        .map_err(|_| Error::invalid("body", "web-form-too-large"))?;
    let once = asked.once(&kernel::id::digest_of(&body));
    Ok(Call { body, once })
}

/// Whose call it is, at which address and under which key, before its body has come.
#[derive(Debug)]
pub struct Asked {
    key: Option<(String, String)>,
    line: String,
}

impl Asked {
    /// Reads the head of a request.
    ///
    /// # Errors
    /// `Invalid` for a key that is none.
    pub async fn of<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let cx = Cx::from_request_parts(parts, state).await?;
        let key = header_text(&parts.headers, "idempotency-key").map(str::to_owned);
        let key = key.zip(cx.actor.as_ref().map(|actor| actor.account.clone()));
        if let Some((key, _)) = &key
            && (key.is_empty() || key.len() > limits::ONCE_KEY_BYTES_MAX)
        {
            return Err(Error::invalid("Idempotency-Key", "web-once-malformed").into());
        }
        let line = match parts.uri.query() {
            Some(query) => format!("{} {}?{query}", parts.method, parts.uri.path()),
            None => format!("{} {}", parts.method, parts.uri.path()),
        };
        Ok(Self { key, line })
    }

    /// Whether the call may be repeated.
    pub fn is_keyed(&self) -> bool {
        self.key.is_some()
    }

    /// The key for a body with this digest.
    pub fn once(self, body: &str) -> Option<Once> {
        let (key, account) = self.key?;
        Some(Once {
            account,
            key,
            digest: kernel::id::digest(&format!("{}\n{body}", self.line)),
        })
    }
}

fn is_json(headers: &http::HeaderMap) -> bool {
    let kind = header_text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_an_instant_is_one_and_others_are_none() {
        let of = |key: &str| Cursor {
            key: key.into(),
            id: "aud_1".into(),
        };
        let at = Timestamp::from_microsecond(1_795_000_000_123_456).expect("an instant");
        assert_eq!(of("1795000000123456").instant().ok(), Some(at));
        for made_up in [
            "",
            "now",
            "1.5",
            "9223372036854775807",
            "99999999999999999999",
        ] {
            assert!(of(made_up).instant().is_err(), "{made_up}");
        }
    }

    #[test]
    fn cursors_come_back_as_they_were_and_others_are_refused() {
        let cursor = Cursor {
            key: "祭り\u{1f}x".into(),
            id: "tlk_1".into(),
        };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for bad in ["", "!", "AAAA", &"A".repeat(9_000)] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
        let window = Window {
            cursor: Some("x".into()),
            limit: Some(1_000_000),
        };
        assert!(window.cursor().is_err());
        assert_eq!(window.limit(), limits::PAGE_ITEMS_MAX);
    }
}
