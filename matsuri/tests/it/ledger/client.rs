//! Somebody who asks a server that may die at any moment, and goes on asking.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::process::PATIENCE;

/// Where the server is, while there is one.
#[derive(Default)]
pub(crate) struct Door {
    at: Mutex<Place>,
    moved: Condvar,
    /// Whoever is told that a part of the site is not available for a moment asks again, as that says.
    patient: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    /// It was killed and comes back.
    #[default]
    Away,
    At(SocketAddr),
    /// It never comes back.
    Gone,
}

impl Door {
    /// One behind which the disk may be slower than anybody waits.
    pub(crate) fn patient() -> Self {
        Self {
            patient: true,
            ..Self::default()
        }
    }

    pub(crate) fn set(&self, at: Option<SocketAddr>) {
        self.put(at.map_or(Place::Away, Place::At));
    }

    /// Nobody has to wait any more.
    pub(crate) fn close(&self) {
        self.put(Place::Gone);
    }

    fn put(&self, place: Place) {
        *self.at.lock().expect("nobody panics with it") = place;
        self.moved.notify_all();
    }

    /// Waits until it stands open. Whoever waits for a server that is gone for good ends there.
    fn at(&self) -> SocketAddr {
        let place = {
            let place = self.at.lock().expect("nobody panics with it");
            // A restart on a busy machine may take a while.
            let (place, _) = self
                .moved
                .wait_timeout_while(place, 4 * PATIENCE, |place| *place == Place::Away)
                .expect("nobody panics with it");
            *place
        };
        match place {
            Place::At(at) => at,
            Place::Away => panic!("the server does not come back"),
            // Quietly: nothing is wrong.
            Place::Gone => std::panic::resume_unwind(Box::new("the server is gone")),
        }
    }

    /// Waits until the server is elsewhere, or a moment: it may be that only this connection broke.
    fn wait_away_from(&self, from: SocketAddr) {
        let at = self.at.lock().expect("nobody panics with it");
        let _moved = self
            .moved
            .wait_timeout_while(at, Duration::from_millis(50), |at| *at == Place::At(from))
            .expect("nobody panics with it");
    }
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
    /// Whether the same was asked before, and nobody knows what came of it.
    pub(crate) again: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }
}

/// How somebody shows who they are.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) door: Arc<Door>,
    /// Header lines.
    pub(crate) proof: String,
}

impl Client {
    /// Asks once; nothing when the connection broke before the whole answer was there, or when it is to be asked again.
    pub(crate) fn once(&self, method: &str, path: &str, more: &str, body: &[u8]) -> Option<Answer> {
        let at = self.door.at();
        let answer = self.attempt(at, method, path, more, body);
        let answer = answer.filter(|answer| answer.status != 503 || !self.door.patient);
        if answer.is_none() {
            self.door.wait_away_from(at);
        }
        answer
    }

    /// Asks the same until there is an answer.
    pub(crate) fn ask(&self, method: &str, path: &str, more: &str, body: &[u8]) -> Answer {
        let mut again = false;
        loop {
            if let Some(answer) = self.once(method, path, more, body) {
                return Answer { again, ..answer };
            }
            again = true;
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", b"")
    }

    /// What a form sends.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", web::failure::encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.once("POST", path, kind, body.as_bytes())
    }

    /// What a form sends with a file.
    pub(crate) fn upload(&self, path: &str, field: &str, file: &[u8]) -> Answer {
        let head = format!("Content-Disposition: form-data; name=\"{field}\"; filename=\"file\"");
        let mut body = format!("--cut\r\n{head}\r\n\r\n").into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let kind = "Content-Type: multipart/form-data; boundary=cut\r\n";
        self.ask("POST", path, kind, &body)
    }

    fn attempt(
        &self,
        at: SocketAddr,
        method: &str,
        path: &str,
        more: &str,
        body: &[u8],
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(at).ok()?;
        stream.set_read_timeout(Some(2 * PATIENCE)).ok()?;
        let kind = if body.starts_with(b"{") {
            "Content-Type: application/json\r\n"
        } else {
            ""
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nOrigin: http://{at}\r\nSec-Fetch-Site: same-origin\r\n\
             Accept-Language: en\r\n{}{kind}{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.proof,
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        read(&bytes)
    }
}

/// An answer, if all of it is there.
fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = &bytes[end + 4..];
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer {
        status,
        head,
        body: String::new(),
        again: false,
    };
    let whole = if answer.header("transfer-encoding") == Some("chunked") {
        pieces(body)?
    } else {
        let length = answer.header("content-length").unwrap_or("0");
        let length: usize = length.parse().ok()?;
        body.get(..length)?.to_vec()
    };
    answer.body = String::from_utf8_lossy(&whole).into_owned();
    Some(answer)
}

fn pieces(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        let piece = rest.get(end + 2..end + 2 + length)?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(piece);
        rest = rest.get(end + 4 + length..)?;
    }
}
