//! Answers: at once, or as soon as what was asked for is there.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use media_core::{Channels, Coding, Feed, PartState, Playlist, Snapshot};

use crate::body::Body;
use crate::gate::{Gate, Verdict};
use crate::limits;
use crate::metrics::{Kind, Metrics};
use crate::route::{Directives, Leaf, Route};

/// Answers requests for media. Cloning shares it.
#[derive(Clone)]
pub struct Responder {
    shared: Arc<Shared>,
}

struct Shared {
    channels: Channels,
    gate: Box<dyn Gate>,
    held_max: usize,
    hold: Duration,
    /// `Cache-Control` of a reload: its address is unique, so caches may keep it for a while.
    reload_cache: HeaderValue,
    metrics: Arc<Metrics>,
    /// The server ends; nobody waits any more.
    draining: AtomicBool,
}

/// A request, reduced to what has to be remembered while it waits: thousands do.
enum Wait {
    Beginning {
        playlist: Playlist,
        coding: Coding,
    },
    Playlist {
        msn: u64,
        part: Option<usize>,
        playlist: Playlist,
        coding: Coding,
    },
    Part {
        epoch: Box<str>,
        msn: u64,
        part: usize,
    },
}

impl Wait {
    /// The answer, once a snapshot decides it.
    fn answer(&self, snapshot: Option<&Snapshot>, reload_cache: &HeaderValue) -> Option<Answer> {
        match self {
            Self::Beginning {
                playlist: form,
                coding,
            } => Some(playlist(snapshot?, *form, *coding, BRIEF)),
            Self::Playlist {
                msn,
                part,
                playlist: form,
                coding,
            } => {
                let snapshot = snapshot.filter(|snapshot| snapshot.shows(*msn, *part))?;
                Some(playlist(snapshot, *form, *coding, reload_cache.clone()))
            }
            Self::Part { epoch, msn, part } => {
                let Some(snapshot) = snapshot else {
                    return Some(gone());
                };
                match snapshot.part(epoch, *msn, *part) {
                    PartState::Announced => None,
                    PartState::Published(part) => Some(media(part.data.clone().into())),
                    PartState::Absent => Some(gone()),
                }
            }
        }
    }
}

/// Counts a held request for as long as it lives.
struct Held(Arc<Metrics>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.sub(1);
    }
}

/// An answer before it becomes a response.
struct Answer {
    status: StatusCode,
    content_type: &'static str,
    cache: HeaderValue,
    gzip: bool,
    body: Body,
}

const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";
const MEDIA_TYPE: &str = "video/mp4";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";
const RESTARTS: &str = "The server is about to restart.";
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BRIEF: HeaderValue = HeaderValue::from_static("public, max-age=1");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

impl Responder {
    /// Answers for `channels` to whom `gate` lets in.
    pub fn new(channels: Channels, gate: impl Gate) -> Self {
        Self::with_held_max(channels, gate, limits::HELD_MAX)
    }

    /// The same with another limit of requests that may wait.
    pub fn with_held_max(channels: Channels, gate: impl Gate, held_max: usize) -> Self {
        let settings = channels.settings();
        let hold = settings.hold();
        let reload_cache = format!("public, max-age={}", settings.target_duration_s * 6);
        let shared = Shared {
            gate: Box::new(gate),
            held_max,
            hold,
            reload_cache: HeaderValue::from_str(&reload_cache).unwrap_or(BRIEF),
            metrics: Arc::default(),
            draining: AtomicBool::new(false),
            channels,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The counters.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.shared.metrics)
    }

    /// Sends everybody who waits away with a time to come back, and lets nobody wait any more: the server
    /// ends, and a held request would delay that.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
        self.shared.channels.nudge();
    }

    /// Answers a request for a path under `/media/` or `/t/{token}/media/`.
    ///
    /// The request is read before the first wait and then let go, so that a held one costs little memory.
    pub fn respond<B>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Response<Body>> + Send + use<B> {
        let is_head = request.method() == Method::HEAD;
        let first = self.read(&request);
        drop(request);
        let shared = Arc::clone(&self.shared);
        async move {
            let (kind, answer) = match first {
                (kind, Next::Answer(answer)) => (kind, answer),
                (kind, Next::Wait(feed, wait, held)) => {
                    let answer = shared.wait(&feed, &wait).await;
                    drop(held);
                    (kind, answer)
                }
            };
            shared.finish(kind, answer, is_head)
        }
    }

    fn read<B>(&self, request: &Request<B>) -> (Kind, Next) {
        let Some(route) = Route::parse(request.uri().path()) else {
            return (
                Kind::Other,
                Next::Answer(absent("There is nothing at this address.")),
            );
        };
        let mut kind = route.leaf.kind();
        let next = match *request.method() {
            Method::GET | Method::HEAD => {
                let query = request.uri().query().unwrap_or_default();
                self.shared
                    .look(&route, &mut kind, query, request.headers())
            }
            Method::OPTIONS => Next::Answer(Answer {
                cache: BRIEF,
                ..nothing()
            }),
            _ => Next::Answer(problem(
                StatusCode::METHOD_NOT_ALLOWED,
                "Media can only be read.",
            )),
        };
        (kind, next)
    }
}

/// What to do with a request.
enum Next {
    Answer(Answer),
    Wait(Feed, Wait, Held),
}

impl Shared {
    fn look(&self, route: &Route<'_>, kind: &mut Kind, query: &str, headers: &HeaderMap) -> Next {
        match self.gate.admit(route.channel, route.token) {
            Verdict::Allowed => {}
            Verdict::Denied => {
                let text = "This stream is not open to you.";
                return Next::Answer(problem(StatusCode::FORBIDDEN, text));
            }
            Verdict::NotFound => return Next::Answer(absent("There is no such stream.")),
        }
        let Some(feed) = self.channels.feed(route.channel) else {
            return Next::Answer(later("Nobody has sent to this stream yet."));
        };
        let coding = coding(headers);
        match route.leaf {
            Leaf::Multivariant => self.present(feed, Playlist::Multivariant, coding),
            Leaf::Media => match Directives::parse(query) {
                Ok(directives) => self.media(feed, kind, directives, coding),
                Err(error) => Next::Answer(problem(StatusCode::BAD_REQUEST, &format!("{error}."))),
            },
            Leaf::Segment { epoch, msn } => {
                let snapshot = feed.snapshot();
                let segment = snapshot
                    .as_ref()
                    .and_then(|snapshot| snapshot.whole(epoch, msn));
                Next::Answer(segment.map_or_else(gone, |segment| {
                    media(Body::pieces(
                        segment.parts.iter().map(|part| part.data.clone()),
                    ))
                }))
            }
            Leaf::Part { epoch, msn, part } => self.part(feed, epoch, msn, part),
            Leaf::Init { epoch, name } => {
                let snapshot = feed.snapshot();
                let init = snapshot
                    .as_ref()
                    .and_then(|snapshot| snapshot.init(epoch, name));
                Next::Answer(init.map_or_else(gone, |init| media(init.data.clone().into())))
            }
        }
    }

    fn media(&self, feed: Feed, kind: &mut Kind, asked: Directives, coding: Coding) -> Next {
        let form = if asked.skip {
            Playlist::Delta
        } else {
            Playlist::Full
        };
        let Some(msn) = asked.msn else {
            return self.present(feed, form, coding);
        };
        let snapshot = feed.snapshot();
        *kind = Kind::Reload;
        if let Some(snapshot) = snapshot {
            if snapshot.shows(msn, asked.part) {
                return Next::Answer(playlist(&snapshot, form, coding, self.reload_cache.clone()));
            }
            if snapshot.is_too_far_ahead(msn, asked.part) {
                let text = "This asks too far ahead of what is there.";
                return Next::Answer(problem(StatusCode::BAD_REQUEST, text));
            }
        }
        self.hold(
            feed,
            Wait::Playlist {
                msn,
                part: asked.part,
                playlist: form,
                coding,
            },
        )
    }

    /// The playlist as it is. Where there is none yet the request waits: a player that comes early, or asks
    /// again after a restart, begins the moment the stream does instead of giving up.
    fn present(&self, feed: Feed, form: Playlist, coding: Coding) -> Next {
        match feed.snapshot() {
            Some(snapshot) => Next::Answer(playlist(&snapshot, form, coding, BRIEF)),
            None => self.hold(
                feed,
                Wait::Beginning {
                    playlist: form,
                    coding,
                },
            ),
        }
    }

    fn part(&self, feed: Feed, epoch: &str, msn: u64, part: usize) -> Next {
        let Some(snapshot) = feed.snapshot() else {
            return Next::Answer(gone());
        };
        match snapshot.part(epoch, msn, part) {
            PartState::Published(part) => Next::Answer(media(part.data.clone().into())),
            PartState::Absent => Next::Answer(gone()),
            PartState::Announced => self.hold(
                feed,
                Wait::Part {
                    epoch: epoch.into(),
                    msn,
                    part,
                },
            ),
        }
    }

    fn hold(&self, feed: Feed, wait: Wait) -> Next {
        if self.draining.load(Ordering::Relaxed) {
            return Next::Answer(later(RESTARTS));
        }
        let held = Held(Arc::clone(&self.metrics));
        self.metrics.held.add(1);
        if self.metrics.held.get() > self.held_max as u64 {
            self.metrics.shed.add(1);
            return Next::Answer(later("Too many viewers wait here right now."));
        }
        Next::Wait(feed, wait, held)
    }

    async fn wait(&self, feed: &Feed, wait: &Wait) -> Answer {
        let decide = |snapshot: Option<&Snapshot>| {
            if self.draining.load(Ordering::Relaxed) {
                return Some(later(RESTARTS));
            }
            wait.answer(snapshot, &self.reload_cache)
        };
        let answer = tokio::time::timeout(self.hold, feed.wait_for(decide));
        answer.await.unwrap_or_else(|_| {
            self.metrics.expired.add(1);
            later("Nothing new came in time.")
        })
    }

    fn finish(&self, kind: Kind, answer: Answer, is_head: bool) -> Response<Body> {
        self.metrics.requests(kind, answer.status.as_u16()).add(1);
        let length = answer.body.remaining();
        let mut response = Response::new(if is_head { Body::empty() } else { answer.body });
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        headers.reserve(10);
        headers.insert(header::CACHE_CONTROL, answer.cache);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
        if answer.status == StatusCode::NO_CONTENT {
            allow_everything_readable(headers);
            return response;
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(answer.content_type),
        );
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers.insert(
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        );
        if answer.content_type == PLAYLIST_TYPE {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if answer.gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if answer.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(
                header::ALLOW,
                HeaderValue::from_static("GET, HEAD, OPTIONS"),
            );
        }
        if !is_head {
            self.metrics.bytes.add(length);
        }
        response
    }
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What a page elsewhere may do: read, with ranges, and remember this for a day.
fn allow_everything_readable(headers: &mut HeaderMap) {
    let allowed = HeaderValue::from_static("GET, HEAD, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("range"),
    );
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
}

/// Whether the client takes gzip; `gzip;q=0` says no.
fn coding(headers: &HeaderMap) -> Coding {
    let accepts = |list: &HeaderValue| {
        list.to_str().unwrap_or_default().split(',').any(|item| {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let quality = parameters.trim().strip_prefix("q=").unwrap_or("1").trim();
            let refused = quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0);
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    };
    if headers.get_all(header::ACCEPT_ENCODING).iter().any(accepts) {
        Coding::Gzip
    } else {
        Coding::Identity
    }
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

fn playlist(snapshot: &Snapshot, form: Playlist, coding: Coding, cache: HeaderValue) -> Answer {
    Answer {
        status: StatusCode::OK,
        content_type: PLAYLIST_TYPE,
        cache,
        gzip: coding == Coding::Gzip,
        body: snapshot.playlist(form, coding).into(),
    }
}

fn media(body: Body) -> Answer {
    Answer {
        status: StatusCode::OK,
        content_type: MEDIA_TYPE,
        cache: IMMUTABLE,
        gzip: false,
        body,
    }
}

/// A sentence instead of media; never kept by caches, since it may soon be otherwise.
fn problem(status: StatusCode, sentence: &str) -> Answer {
    let body = Bytes::from(format!("{sentence}\n")).into();
    Answer {
        status,
        body,
        ..nothing()
    }
}

fn absent(sentence: &str) -> Answer {
    problem(StatusCode::NOT_FOUND, sentence)
}

fn gone() -> Answer {
    absent("This piece of the stream is not here.")
}

fn later(sentence: &str) -> Answer {
    problem(StatusCode::SERVICE_UNAVAILABLE, sentence)
}
