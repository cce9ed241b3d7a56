//! Answers: at once, or as soon as what was asked for is there.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use media_core::{Channels, Coding, Feed, PartState, Playlist, Snapshot};

use crate::answer::{
    Answer, BRIEF, absent, accepts_gzip, cues, gone, later, media, permission, playlist, problem,
};
use crate::body::Body;
use crate::gate::{Gate, Verdict};
use crate::limits;
use crate::metrics::{Kind, Metrics};
use crate::route::{Directives, Leaf, Route};

const RESTARTS: &str = "The server is about to restart.";

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

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// OPTIONS.
    Options,
    /// Everything else, which nobody may.
    Other,
}

/// What of a request its answer depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) verb: Verb,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) coding: Coding,
}

/// What to do with a request.
pub(crate) enum Next {
    Answer(Answer),
    Wait(Waiting),
}

/// A request that is held.
pub(crate) struct Waiting {
    feed: Feed,
    wait: Wait,
    _held: Held,
}

/// Counts a held request for as long as it lives.
struct Held(Arc<Metrics>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.sub(1);
    }
}

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
        let verb = match *request.method() {
            Method::GET => Verb::Get,
            Method::HEAD => Verb::Head,
            Method::OPTIONS => Verb::Options,
            _ => Verb::Other,
        };
        let (kind, first) = self.read(Asked {
            verb,
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            coding: coding(request.headers()),
        });
        drop(request);
        let responder = self.clone();
        async move {
            let answer = match first {
                Next::Answer(answer) => answer,
                Next::Wait(waiting) => {
                    let comes = tokio::time::timeout(responder.hold(), responder.comes(&waiting));
                    comes.await.unwrap_or_else(|_| responder.expired())
                }
            };
            responder.count(kind, &answer, verb);
            response(answer, verb)
        }
    }

    /// What to do with a request, and what is asked for.
    pub(crate) fn read(&self, asked: Asked<'_>) -> (Kind, Next) {
        let Some(route) = Route::parse(asked.path) else {
            let answer = absent("There is nothing at this address.");
            return (Kind::Other, Next::Answer(answer));
        };
        let mut kind = route.leaf.kind();
        let next = match asked.verb {
            Verb::Get | Verb::Head => {
                self.shared
                    .look(&route, &mut kind, asked.query, asked.coding)
            }
            Verb::Options => Next::Answer(permission()),
            Verb::Other => Next::Answer(problem(
                StatusCode::METHOD_NOT_ALLOWED,
                "Media can only be read.",
            )),
        };
        (kind, next)
    }

    /// How long a request may be held.
    pub(crate) fn hold(&self) -> Duration {
        self.shared.hold
    }

    /// The answer to a held request, as soon as there is one.
    pub(crate) async fn comes(&self, waiting: &Waiting) -> Answer {
        let shared = &self.shared;
        let decide = |snapshot: Option<&Snapshot>| {
            if shared.draining.load(Ordering::Relaxed) {
                return Some(later(RESTARTS));
            }
            waiting.wait.answer(snapshot, &shared.reload_cache)
        };
        waiting.feed.wait_for(decide).await
    }

    /// The answer to a request that was held in vain.
    pub(crate) fn expired(&self) -> Answer {
        self.shared.metrics.expired.add(1);
        later("Nothing new came in time.")
    }

    /// Counts an answer that is about to be sent.
    pub(crate) fn count(&self, kind: Kind, answer: &Answer, verb: Verb) {
        let metrics = &self.shared.metrics;
        metrics.requests(kind, answer.status.as_u16()).add(1);
        if verb != Verb::Head {
            metrics.bytes.add(answer.body.remaining_bytes());
        }
    }
}

impl Shared {
    fn look(&self, route: &Route<'_>, kind: &mut Kind, query: &str, coding: Coding) -> Next {
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
        match route.leaf {
            Leaf::Multivariant => self.present(feed, Playlist::Multivariant, coding),
            Leaf::Media => self.playlist(feed, kind, None, query, coding),
            Leaf::Captions { language } | Leaf::Cues { language, .. }
                if !feed.captions().speaks(language) =>
            {
                Next::Answer(absent("There are no captions in this language."))
            }
            Leaf::Captions { .. } => {
                self.playlist(feed, kind, Some(Playlist::Captions), query, coding)
            }
            Leaf::Cues {
                language,
                epoch,
                msn,
            } => {
                let snapshot = feed.snapshot();
                let whole = snapshot
                    .as_ref()
                    .and_then(|snapshot| snapshot.whole(epoch, msn));
                Next::Answer(whole.map_or_else(gone, |segment| {
                    cues(feed.captions().segment(segment, language))
                }))
            }
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

    /// A media playlist, or `only` this form of it.
    fn playlist(
        &self,
        feed: Feed,
        kind: &mut Kind,
        only: Option<Playlist>,
        query: &str,
        coding: Coding,
    ) -> Next {
        match Directives::parse(query) {
            Ok(asked) => {
                let form = match (only, asked.skip) {
                    (Some(Playlist::Captions), true) => Playlist::CaptionsDelta,
                    (Some(only), _) => only,
                    (None, true) => Playlist::Delta,
                    (None, false) => Playlist::Full,
                };
                self.reload(feed, kind, form, asked, coding)
            }
            Err(error) => Next::Answer(problem(StatusCode::BAD_REQUEST, &format!("{error}."))),
        }
    }

    fn reload(
        &self,
        feed: Feed,
        kind: &mut Kind,
        form: Playlist,
        asked: Directives,
        coding: Coding,
    ) -> Next {
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
        Next::Wait(Waiting {
            feed,
            wait,
            _held: held,
        })
    }
}

/// The answer as hyper sends it.
fn response(answer: Answer, verb: Verb) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.reserve(10);
    answer.fields(|name, value| {
        headers.insert(name, value);
    });
    if let Some(length) = answer.length() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if verb != Verb::Head {
        *response.body_mut() = answer.body;
    }
    response
}

/// How the client wants playlists.
fn coding(headers: &HeaderMap) -> Coding {
    let mut lists = headers.get_all(header::ACCEPT_ENCODING).iter();
    if lists.any(|list| accepts_gzip(list.as_bytes())) {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}
