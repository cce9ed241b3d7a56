//! The HTTP half of WHIP (RFC 9725): offers in, answers out.
//!
//! `POST /whip/{channel}` with a key begins a session; what it answers in `Location` is deleted to end it. Problems are
//! told as problem details (RFC 9457), for encoders show them to people.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use media_core::{Busy, ChannelName, Source};
use str0m::ice::IceCreds;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::negotiate::{self, Refused};
use super::registry::Known;
use super::sdp;
use super::server::Shared;
use super::session::Session;
use crate::counters::Ending;
use crate::limits::{DATAGRAMS_WAITING_MAX, ENCODER_CHARS_MAX, Limits, SDP_BYTES_MAX};
use crate::rtmp::farewell::OVER;
use crate::rtmp::{Admission, Denied, StreamKey};

/// Everything here begins with this.
const PREFIX: &str = "/whip/";
/// Sessions begin with a letter that no channel's name has.
const SESSIONS: &str = "/whip/~";
const SDP: &str = "application/sdp";
pub(super) const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// An answer, as a whole.
pub(super) type Answer = Response<Full<Bytes>>;

/// Answers the requests of a [`super::Server`]. Cloning shares it.
#[derive(Clone)]
pub struct Door {
    shared: Arc<Shared>,
}

/// Why a request is not done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }
}

impl Door {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Whether a path is answered here.
    pub fn is_for(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Answers one request of `peer`.
    pub async fn respond<B>(&self, request: Request<B>, peer: SocketAddr) -> Answer
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        let path = request.uri().path().to_owned();
        let answer = if let Some(id) = path.strip_prefix(SESSIONS) {
            self.session(id, request, peer).await
        } else {
            let channel = path.strip_prefix(PREFIX).unwrap_or_default();
            self.endpoint(channel, request, peer).await
        };
        let mut answer = answer.unwrap_or_else(|problem| told(&problem));
        open_to_all(answer.headers_mut());
        answer
    }

    async fn endpoint<B>(
        &self,
        channel: &str,
        request: Request<B>,
        peer: SocketAddr,
    ) -> Result<Answer, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        match *request.method() {
            Method::OPTIONS => {
                let mut answer = empty(StatusCode::NO_CONTENT);
                let headers = answer.headers_mut();
                headers.insert(ACCEPT_POST, HeaderValue::from_static(SDP));
                headers.insert(header::ALLOW, HeaderValue::from_static("OPTIONS, POST"));
                Ok(answer)
            }
            Method::POST => self.publish(channel, request, peer).await,
            _ => Ok(not_allowed("OPTIONS, POST")),
        }
    }

    async fn publish<B>(
        &self,
        channel: &str,
        request: Request<B>,
        peer: SocketAddr,
    ) -> Result<Answer, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        let shared = &self.shared;
        let (admission, key) = self.admit(channel, request.headers(), peer).await?;
        is_of(request.headers(), SDP)?;
        let label = agent(request.headers());
        let offer = self.text(request).await?;
        let seat = Arc::clone(&shared.publishers)
            .try_acquire_owned()
            .map_err(|_full| self.full())?;
        let (fragment, password) = (secret(24), secret(32));
        let credentials = IceCreds {
            ufrag: fragment.clone(),
            pass: password,
        };
        let local = shared.addresses.towards(peer);
        let now = Instant::now().into_std();
        let negotiated = negotiate::answer(&offer, credentials, &shared.certificate, local, now)
            .map_err(|refused| self.refuse(&refused, peer))?;
        let source = Source {
            protocol: "whip",
            peer: peer.to_string(),
            label,
        };
        let channels = admission.aside.as_ref().unwrap_or(&shared.channels);
        let input = channels
            .admit(&admission.channel, admission.seat, source)
            .map_err(|busy| self.busy(&busy, &admission.channel, peer))?;
        let (id, etag) = (kernel::id::secret(), format!("\"{}\"", secret(16)));
        let hung_up = CancellationToken::new();
        let (datagrams, waiting) = mpsc::channel(DATAGRAMS_WAITING_MAX);
        let (restart, restarts) = mpsc::channel(1);
        let known = Known {
            key: kernel::id::digest(key.reveal()),
            etag: etag.clone(),
            their_fragment: sdp::ice_fragment(&offer).map(ToOwned::to_owned),
            restarts: restart,
            hung_up: hung_up.clone(),
        };
        let session = Session {
            rtc: negotiated.rtc,
            input,
            local: negotiated.local,
            peer,
            revoked: admission.revoked,
            hung_up,
            datagrams: waiting,
            restarts,
            offer,
            entry: shared.registry.enter(&id, &fragment, known, datagrams),
            seat,
            has_video: negotiated.offered.video,
            trace_id: kernel::id::fresh("whip"),
        };
        // Boxed, because a session is large and this future is part of every request's.
        let begun = Box::pin(shared.begin.send(session)).await;
        begun.map_err(|_stopped| unavailable("the server restarts; try again"))?;
        Ok(created(&id, &etag, negotiated.answer))
    }

    /// Asks who may publish where. Every wrong key is answered after the same time, whatever was wrong with it.
    async fn admit(
        &self,
        channel: &str,
        headers: &HeaderMap,
        peer: SocketAddr,
    ) -> Result<(Admission, StreamKey), Problem> {
        let (shared, asked_at) = (&self.shared, Instant::now());
        let Some(key) = bearer(headers) else {
            return Err(self.refuse_key(peer, asked_at).await);
        };
        let decision = timeout(shared.limits.authority, shared.authority.admit(&key, peer))
            .await
            .unwrap_or(Err(Denied::Unavailable));
        match decision {
            // A key that opens another channel than the one that was asked for is as wrong as any other.
            Ok(admission) if admission.aside.is_some() || admission.channel.as_str() == channel => {
                shared.gate.forgive(peer.ip());
                Ok((admission, key))
            }
            Ok(_) | Err(Denied::UnknownKey) => Err(self.refuse_key(peer, asked_at).await),
            Err(Denied::Over) => {
                shared.counters.common.end(Ending::Over);
                Err(Problem::new(StatusCode::FORBIDDEN, OVER))
            }
            Err(Denied::Unavailable) => {
                tracing::warn!(%peer, "a stream key could not be checked; the sender was sent away");
                shared.counters.common.end(Ending::Unavailable);
                Err(unavailable("the server cannot check keys now; try again"))
            }
        }
    }

    async fn refuse_key(&self, peer: SocketAddr, asked_at: Instant) -> Problem {
        let (count, delay) = self.shared.gate.offend(peer.ip(), asked_at);
        if count.is_power_of_two() {
            tracing::warn!(%peer, count, "a sender came with a wrong stream key");
        }
        sleep_until(asked_at + delay).await;
        self.shared.counters.common.end(Ending::WrongKey);
        let detail = "the stream key is not accepted here: check address and bearer token";
        Problem::new(StatusCode::UNAUTHORIZED, detail)
    }

    fn refuse(&self, refused: &Refused, peer: SocketAddr) -> Problem {
        tracing::info!(%peer, "an offer was refused: {refused}");
        self.shared.counters.common.end(Ending::Unsupported);
        let status = match refused {
            Refused::Unfit(sdp::Unfit::NoSdp | sdp::Unfit::TooMuch) | Refused::Broken(_) => {
                StatusCode::BAD_REQUEST
            }
            Refused::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refused::Nowhere => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem::new(status, refused.to_string())
    }

    fn busy(&self, busy: &Busy, channel: &ChannelName, peer: SocketAddr) -> Problem {
        tracing::info!(%peer, %channel, "a second encoder was refused: {busy}");
        if matches!(busy, Busy::Full) {
            return self.full();
        }
        self.shared.counters.common.end(Ending::Busy);
        Problem::new(
            StatusCode::CONFLICT,
            "another encoder is sending with this key",
        )
    }

    fn full(&self) -> Problem {
        self.shared.counters.common.end(Ending::Full);
        unavailable("the server carries no further encoder; try again")
    }

    async fn session<B>(
        &self,
        id: &str,
        request: Request<B>,
        peer: SocketAddr,
    ) -> Result<Answer, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        const ALLOW: &str = "DELETE, OPTIONS, PATCH";
        let method = request.method().clone();
        if method == Method::OPTIONS {
            let mut answer = empty(StatusCode::NO_CONTENT);
            let headers = answer.headers_mut();
            headers.insert(ACCEPT_PATCH, HeaderValue::from_static(FRAGMENT));
            headers.insert(header::ALLOW, HeaderValue::from_static(ALLOW));
            return Ok(answer);
        }
        if method != Method::DELETE && method != Method::PATCH {
            return Ok(not_allowed(ALLOW));
        }
        // Whoever knows the session's address and the key that began it, began it.
        let asked_at = Instant::now();
        let key = bearer(request.headers()).map(|key| kernel::id::digest(key.reveal()));
        let Some(known) = self.shared.registry.find(id) else {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "there is no such session",
            ));
        };
        if key.as_deref() != Some(&known.key) {
            return Err(self.refuse_key(peer, asked_at).await);
        }
        if method == Method::DELETE {
            known.hung_up.cancel();
            return Ok(empty(StatusCode::OK));
        }
        self.patch(&known, request).await
    }

    /// The body as text.
    pub(super) async fn text<B>(&self, request: Request<B>) -> Result<String, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        let read = timeout(self.shared.limits.publish, whole(request.into_body()));
        let Ok(read) = read.await else {
            let detail = "the body did not come in time";
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail));
        };
        String::from_utf8(read?)
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is no text"))
    }
}

/// Reads a body to its end, or to where it is too large.
async fn whole<B>(body: B) -> Result<Vec<u8>, Problem>
where
    B: http_body::Body + Send,
    B::Data: Send,
{
    let (mut body, mut bytes) = (std::pin::pin!(body), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.remaining() > SDP_BYTES_MAX {
            let detail = format!("the body is larger than {SDP_BYTES_MAX} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        bytes.put(data);
    }
    Ok(bytes)
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// Letters and digits nobody can guess, of the characters that ICE allows.
pub(super) fn secret(length: usize) -> String {
    let mut secret = kernel::id::secret();
    secret.truncate(length);
    secret
}

fn bearer(headers: &HeaderMap) -> Option<StreamKey> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    StreamKey::parse(key.trim())
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    agent
        .unwrap_or_default()
        .chars()
        .take(ENCODER_CHARS_MAX)
        .collect()
}

pub(super) fn is_of(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let detail = format!("the body must be {wanted}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

fn created(id: &str, etag: &str, answer: String) -> Answer {
    let mut response = Response::new(Full::from(answer));
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    let location = HeaderValue::try_from(format!("{SESSIONS}{id}"));
    for (name, value) in [
        (header::CONTENT_TYPE, Ok(HeaderValue::from_static(SDP))),
        (header::LOCATION, location),
        (header::ETAG, HeaderValue::try_from(etag)),
        (ACCEPT_PATCH, Ok(HeaderValue::from_static(FRAGMENT))),
        (
            header::CACHE_CONTROL,
            Ok(HeaderValue::from_static("no-store")),
        ),
    ] {
        // Ids and tags are letters and digits.
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    }
    response
}

pub(super) fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn not_allowed(allow: &'static str) -> Answer {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

fn told(problem: &Problem) -> Answer {
    let status = problem.status;
    let title = status.canonical_reason().unwrap_or_default();
    let body = format!(
        "{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{},\"detail\":{}}}",
        status.as_u16(),
        quoted(&problem.detail)
    );
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        _ => {}
    }
    response
}

/// A JSON string (RFC 8259 §7).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => out.push(' '),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Encoders that are web pages come from anywhere (RFC 9725 §4.1); the key is what lets them in.
fn open_to_all(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "DELETE, OPTIONS, PATCH, POST",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, If-Match",
        ),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Accept-Patch, ETag, Link, Location, Retry-After",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
