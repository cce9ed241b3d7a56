//! Requests out of bytes and heads of answers into bytes, without I/O.

use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use media_core::Coding;

use crate::answer::{Answer, accepts_gzip, problem};
use crate::limits;
use crate::respond::Verb;

/// A request's head, borrowed from the bytes in which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// What it wants to do.
    pub verb: Verb,
    /// Its path.
    pub path: &'a str,
    /// Its query, without the question mark.
    pub query: &'a str,
    /// How it wants playlists.
    pub coding: Coding,
    /// No other request can follow on this connection.
    pub is_last: bool,
}

/// Why bytes are no request. The connection ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// They break the grammar of HTTP/1.1 (RFC 9112).
    #[error("This is not an HTTP/1.1 request.")]
    Malformed,
    /// The head is longer than [`limits::HEAD_BYTES_MAX`] or has more than [`limits::HEAD_FIELDS_MAX`] fields.
    #[error("The head of this request is too large.")]
    TooLarge,
}

impl Refusal {
    pub(crate) fn answer(self) -> Answer {
        let status = match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        };
        problem(status, &self.to_string())
    }
}

/// Takes requests out of what arrives on a connection. While all of it was used, it holds no memory.
#[derive(Debug, Default)]
pub struct Reader {
    /// The beginning of a request that is not whole yet, or requests that came together with the one before.
    rest: Vec<u8>,
}

impl Reader {
    /// Whether a request has begun.
    pub fn has_begun(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Bytes kept.
    pub fn kept(&self) -> usize {
        self.rest.len()
    }

    /// Keeps bytes for later.
    pub fn keep(&mut self, arrived: &[u8]) {
        self.rest.extend_from_slice(arrived);
    }

    /// Gives the next whole request to `read`, if what arrived completes one. Once a request was refused, the
    /// connection is over.
    ///
    /// # Errors
    /// What arrived can never become a request.
    pub fn take<T>(
        &mut self,
        arrived: &[u8],
        read: impl FnOnce(Head<'_>) -> T,
    ) -> Result<Option<T>, Refusal> {
        if self.rest.is_empty() {
            // Nearly always: one request in one piece, read where it lies.
            let Some((head, length)) = parse(arrived)? else {
                self.keep(arrived);
                return Ok(None);
            };
            let taken = read(head);
            self.keep(&arrived[length..]);
            return Ok(Some(taken));
        }
        self.keep(arrived);
        let Some((head, length)) = parse(&self.rest)? else {
            return Ok(None);
        };
        let taken = read(head);
        self.rest.drain(..length);
        if self.rest.is_empty() {
            self.rest = Vec::new();
        }
        Ok(Some(taken))
    }
}

/// Reads a head from the beginning of `bytes`, with its length; nothing while it is not whole.
fn parse(bytes: &[u8]) -> Result<Option<(Head<'_>, usize)>, Refusal> {
    // A head ends with a line; without one there is nothing to look at again and again.
    let within = &bytes[..bytes.len().min(limits::HEAD_BYTES_MAX)];
    let incomplete = || {
        if bytes.len() >= limits::HEAD_BYTES_MAX {
            Err(Refusal::TooLarge)
        } else {
            Ok(None)
        }
    };
    if !within.contains(&b'\n') {
        return incomplete();
    }
    let mut fields = [httparse::EMPTY_HEADER; limits::HEAD_FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(within) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return incomplete(),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Malformed),
    };
    let is_old = request.version == Some(0);
    let said = Said::of(request.headers)?;
    // Without a host it could be meant for anybody (RFC 9112 §3.2); two are one too many.
    if said.hosts > 1 || (said.hosts == 0 && !is_old) {
        return Err(Refusal::Malformed);
    }
    let (path, query) = target(request.path.unwrap_or_default());
    let head = Head {
        verb: match request.method.unwrap_or_default() {
            "GET" => Verb::Get,
            "HEAD" => Verb::Head,
            "OPTIONS" => Verb::Options,
            _ => Verb::Other,
        },
        path,
        query,
        coding: if said.takes_gzip {
            Coding::Gzip
        } else {
            Coding::Identity
        },
        is_last: is_old || said.closes || said.has_body,
    };
    Ok(Some((head, length)))
}

/// What matters of the fields.
#[derive(Default)]
struct Said {
    hosts: u32,
    has_body: bool,
    closes: bool,
    takes_gzip: bool,
}

impl Said {
    fn of(fields: &[httparse::Header<'_>]) -> Result<Self, Refusal> {
        let mut said = Self::default();
        for field in fields {
            let is = |name: HeaderName| field.name.eq_ignore_ascii_case(name.as_str());
            if is(header::HOST) {
                said.hosts += 1;
            } else if is(header::CONNECTION) {
                said.closes |= has_word(field.value, "close");
            } else if is(header::ACCEPT_ENCODING) {
                said.takes_gzip |= accepts_gzip(field.value);
            } else if is(header::TRANSFER_ENCODING) {
                said.has_body = true;
            } else if is(header::CONTENT_LENGTH) {
                let is_number =
                    !field.value.is_empty() && field.value.iter().all(u8::is_ascii_digit);
                if !is_number {
                    return Err(Refusal::Malformed);
                }
                said.has_body |= field.value.iter().any(|digit| *digit != b'0');
            }
        }
        Ok(said)
    }
}

fn has_word(list: &[u8], word: &str) -> bool {
    let mut words = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    words.any(|item| item.eq_ignore_ascii_case(word.as_bytes()))
}

/// Path and query of a request's target; of an absolute one without scheme and host (RFC 9112 §3.2.2).
fn target(target: &str) -> (&str, &str) {
    let from_root = if target.starts_with('/') {
        target
    } else {
        let rest = target.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |at| &rest[at..])
    };
    from_root.split_once('?').unwrap_or((from_root, ""))
}

/// Writes the head of an answer.
pub(crate) fn head(answer: &Answer, date: &[u8], is_last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(limits::ANSWER_HEAD_BYTES);
    let status = answer.status;
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
    let mut field = |name: &HeaderName, value: &[u8]| {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    };
    answer.fields(|name: HeaderName, value: HeaderValue| field(&name, value.as_bytes()));
    if let Some(length) = answer.length() {
        field(&header::CONTENT_LENGTH, Decimal::of(length).digits());
    }
    field(&header::DATE, date);
    if is_last {
        field(&header::CONNECTION, b"close");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// A number written down, without an allocation.
struct Decimal {
    digits: [u8; 20],
    from: usize,
}

impl Decimal {
    fn of(mut number: u64) -> Self {
        let mut digits = [b'0'; 20];
        let mut from = digits.len() - 1;
        loop {
            digits[from] = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
            if number == 0 {
                return Self { digits, from };
            }
            from -= 1;
        }
    }

    fn digits(&self) -> &[u8] {
        &self.digits[self.from..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every request in `bytes`, when they arrive in pieces of that size.
    fn read(bytes: &[u8], piece: usize) -> (Vec<String>, Result<(), Refusal>) {
        let mut reader = Reader::default();
        let mut found = Vec::new();
        for arrived in bytes.chunks(piece.max(1)) {
            let mut arrived = arrived;
            loop {
                match reader.take(arrived, |head| format!("{head:?}")) {
                    Ok(Some(head)) => found.push(head),
                    Ok(None) => break,
                    Err(refusal) => return (found, Err(refusal)),
                }
                arrived = &[];
                if !reader.has_begun() {
                    break;
                }
            }
        }
        (found, Ok(()))
    }

    fn only(text: &str) -> Result<Option<(String, String, Verb, bool)>, Refusal> {
        Reader::default().take(text.as_bytes(), |head| {
            let (path, query) = (head.path.to_owned(), head.query.to_owned());
            (path, query, head.verb, head.is_last)
        })
    }

    fn asked(path: &str, query: &str, is_last: bool) -> (String, String, Verb, bool) {
        (path.to_owned(), query.to_owned(), Verb::Get, is_last)
    }

    #[test]
    fn every_form_of_a_target_is_understood() {
        for (target, path, query) in [
            (
                "/media/a/live.m3u8?_HLS_msn=1&x=?",
                "/media/a/live.m3u8",
                "_HLS_msn=1&x=?",
            ),
            ("http://host:1/media/a?b", "/media/a", "b"),
            ("HTTPS://host/", "/", ""),
            ("http://host", "", ""),
            ("*", "", ""),
            ("media/a", "", ""),
            ("/", "/", ""),
        ] {
            let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n");
            assert_eq!(
                only(&request),
                Ok(Some(asked(path, query, false))),
                "{target}"
            );
        }
    }

    #[test]
    fn what_ends_a_connection_is_noticed() {
        for (lines, is_last) in [
            ("HTTP/1.1\r\nhost: x", false),
            ("HTTP/1.1\r\nHOST: x\r\nConnection: keep-alive", false),
            (
                "HTTP/1.1\r\nhost: x\r\nconnection: Keep-Alive , CLOSE",
                true,
            ),
            ("HTTP/1.1\r\nhost: x\r\ncontent-length: 0", false),
            ("HTTP/1.1\r\nhost: x\r\ncontent-length: 7", true),
            ("HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked", true),
            ("HTTP/1.0\r\nx: y", true),
        ] {
            let request = format!("GET /a {lines}\r\n\r\n");
            assert_eq!(
                only(&request),
                Ok(Some(asked("/a", "", is_last))),
                "{lines}"
            );
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "\r\n\0\n",
            "GET\r\n\r\n",
            "GET /a HTTP/1.1\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: x\r\nbad name: y\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost : x\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1, 1\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: \x01\r\n\r\n",
            "GET /a HTTP/2.0\r\nhost: x\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            assert_eq!(only(text), Err(Refusal::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_head_has_a_largest_size_and_a_largest_number_of_fields() {
        let with = |filler: String| only(&format!("GET /a HTTP/1.1\r\nhost: x\r\n{filler}\r\n"));
        let field = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
        assert!(with(field(limits::HEAD_BYTES_MAX - 64)).is_ok_and(|head| head.is_some()));
        assert_eq!(with(field(limits::HEAD_BYTES_MAX)), Err(Refusal::TooLarge));
        assert!(with("x: y\r\n".repeat(limits::HEAD_FIELDS_MAX - 1)).is_ok());
        let many = "x: y\r\n".repeat(limits::HEAD_FIELDS_MAX);
        assert_eq!(with(many), Err(Refusal::TooLarge));
        let endless = "\r\n".repeat(limits::HEAD_BYTES_MAX);
        assert_eq!(only(&endless), Err(Refusal::TooLarge));
        assert_eq!(
            only(&"G".repeat(limits::HEAD_BYTES_MAX)),
            Err(Refusal::TooLarge)
        );
        assert_eq!(only("GET /a HTTP/1.1\r\nhost: x\r\n"), Ok(None));
    }

    #[test]
    fn requests_that_come_together_are_read_one_after_the_other() {
        let both = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\nHEAD /b HTTP/1.1\r\nhost: x\r\n\r\nGET";
        let mut reader = Reader::default();
        let path = |head: Head<'_>| head.path.to_owned();
        assert_eq!(reader.take(both, path), Ok(Some("/a".to_owned())));
        assert_eq!(reader.take(&[], path), Ok(Some("/b".to_owned())));
        assert_eq!(reader.take(&[], path), Ok(None));
        assert_eq!(reader.kept(), 3);
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for number in [0, 9, 10, 4_711, u64::MAX] {
            assert_eq!(Decimal::of(number).digits(), number.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn pieces_change_nothing(
            bytes in "(GET|HEAD|X) /[a-z?]{0,9} HTTP/1.[01]\r\n(host: x\r\n)?(a: b\r\n)?\r\n.{0,20}",
            piece in 1..40_usize,
        ) {
            let (whole, _) = read(bytes.as_bytes(), bytes.len());
            let (pieces, _) = read(bytes.as_bytes(), piece);
            prop_assert_eq!(whole, pieces);
        }
    }
}
