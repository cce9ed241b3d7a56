//! The first look at a request of the main listener: who answers it, and on which runtime.
//!
//! Health and media are answered where the bytes arrive. Pages and API run on a runtime of their own, so that
//! a page that computes for long never delays a part.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body as PageBody;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use media_deliver::Responder;
use media_ingest::whip::Door;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;
use web::Peer;

use crate::health::{Health, TEXT, plain};

/// Bodies of media are a few shared bytes; only those of pages need a box.
pub type Body = Either<media_deliver::Body, PageBody>;

/// The main listener's service.
pub struct Front {
    /// Whether the process is well.
    pub health: Health,
    /// Playlists, parts and segments.
    pub media: Responder,
    /// Offers of publishers over WebRTC, where they are taken.
    pub whip: Option<Door>,
    /// Pages and API.
    pub pages: Router,
    /// Where they run.
    pub pages_runtime: Handle,
}

impl Front {
    /// Answers one request.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        match request.uri().path() {
            path if path.starts_with("/media/") || path.starts_with("/t/") => {
                self.media.respond(request).await.map(Either::Left)
            }
            path if Door::is_for(path) && self.whip.is_some() => {
                self.whip(request).await.map(Either::Right)
            }
            "/livez" => small(Health::live()),
            "/readyz" => small(self.health.ready().await),
            _ => self.page(request).await.map(Either::Right),
        }
    }

    async fn whip(&self, request: Request<Incoming>) -> Response<PageBody> {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let peer = peer.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        match &self.whip {
            Some(door) => door.respond(request, peer).await.map(PageBody::new),
            None => self.page(request).await,
        }
    }

    async fn page(&self, request: Request<Incoming>) -> Response<PageBody> {
        let answer = self.pages.clone().oneshot(request.map(PageBody::new));
        // Who hangs up ends the handler too, as if it ran here.
        let handler = AbortOnDropHandle::new(self.pages_runtime.spawn(answer));
        match handler.await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(error) => {
                tracing::error!("a page ended without an answer: {error}");
                let sentence = "the server could not answer\n".to_owned();
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                plain(status, TEXT, sentence).map(PageBody::new)
            }
        }
    }
}

fn small(response: Response<Full<Bytes>>) -> Response<Body> {
    response.map(|body| Either::Right(PageBody::new(body)))
}
