//! Answers before they become HTTP: status, headers and body, said once for every listener.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use media_core::{Coding, Playlist, Snapshot};

use crate::body::Body;

/// What a request is answered with.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Body,
    content_type: &'static str,
    cache: HeaderValue,
    gzip: bool,
}

const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";
const MEDIA_TYPE: &str = "video/mp4";
const CUES_TYPE: &str = "text/vtt; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// For what never changes at its address.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// For playlists as they are now.
pub(crate) const BRIEF: HeaderValue = HeaderValue::from_static("public, max-age=1");
/// For what is said in a segment: all who watch get it once, and a word may be put right.
const A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=10");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
const RANGE: HeaderValue = HeaderValue::from_static("range");
const A_DAY: HeaderValue = HeaderValue::from_static("86400");
const A_SECOND: HeaderValue = HeaderValue::from_static("1");

impl Answer {
    /// The header fields in the order in which they are sent, without the length.
    pub(crate) fn fields(&self, mut put: impl FnMut(HeaderName, HeaderValue)) {
        put(header::CACHE_CONTROL, self.cache.clone());
        put(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
        if self.status == StatusCode::NO_CONTENT {
            // What a page elsewhere may do: read, with ranges, and remember this for a day.
            put(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            put(header::ACCESS_CONTROL_ALLOW_HEADERS, RANGE);
            put(header::ACCESS_CONTROL_MAX_AGE, A_DAY);
            return;
        }
        let content_type = HeaderValue::from_static(self.content_type);
        put(header::CONTENT_TYPE, content_type);
        put(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        put(CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN);
        if self.content_type == PLAYLIST_TYPE {
            put(header::VARY, ACCEPT_ENCODING);
        }
        if self.gzip {
            put(header::CONTENT_ENCODING, GZIP);
        }
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => put(header::RETRY_AFTER, A_SECOND),
            StatusCode::METHOD_NOT_ALLOWED => put(header::ALLOW, METHODS),
            _ => {}
        }
    }

    /// What `content-length` says; nothing where there can be no body.
    pub(crate) fn length(&self) -> Option<u64> {
        (self.status != StatusCode::NO_CONTENT).then(|| self.body.remaining_bytes())
    }
}

/// Whether a list of codings takes gzip; `gzip;q=0` says no.
pub(crate) fn accepts_gzip(list: &[u8]) -> bool {
    let list = std::str::from_utf8(list).unwrap_or_default();
    list.split(',').any(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = parameters.trim().strip_prefix("q=").unwrap_or("1").trim();
        let refused = quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

fn nothing() -> Answer {
    Answer {
        status: StatusCode::NO_CONTENT,
        content_type: TEXT_TYPE,
        cache: NO_STORE,
        gzip: false,
        body: Body::empty(),
    }
}

/// What other sites' pages may do.
pub(crate) fn permission() -> Answer {
    Answer {
        cache: BRIEF,
        ..nothing()
    }
}

pub(crate) fn playlist(
    snapshot: &Snapshot,
    form: Playlist,
    coding: Coding,
    cache: HeaderValue,
) -> Answer {
    Answer {
        status: StatusCode::OK,
        content_type: PLAYLIST_TYPE,
        cache,
        gzip: coding == Coding::Gzip,
        body: snapshot.playlist(form, coding).into(),
    }
}

pub(crate) fn media(body: Body) -> Answer {
    Answer {
        status: StatusCode::OK,
        content_type: MEDIA_TYPE,
        cache: IMMUTABLE,
        gzip: false,
        body,
    }
}

pub(crate) fn cues(text: String) -> Answer {
    Answer {
        status: StatusCode::OK,
        content_type: CUES_TYPE,
        cache: A_WHILE,
        gzip: false,
        body: Bytes::from(text).into(),
    }
}

/// A sentence instead of media; never kept by caches, since it may soon be otherwise.
pub(crate) fn problem(status: StatusCode, sentence: &str) -> Answer {
    let body = Bytes::from(format!("{sentence}\n")).into();
    Answer {
        status,
        body,
        ..nothing()
    }
}

pub(crate) fn absent(sentence: &str) -> Answer {
    problem(StatusCode::NOT_FOUND, sentence)
}

pub(crate) fn gone() -> Answer {
    absent("This piece of the stream is not here.")
}

pub(crate) fn later(sentence: &str) -> Answer {
    problem(StatusCode::SERVICE_UNAVAILABLE, sentence)
}
