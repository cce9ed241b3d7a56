//! The first look at a request of the main listener: who answers it, and on which runtime.
//!
//! Health and media are answered where the bytes arrive. Pages and API run on a runtime of their own, so that
//! a page that computes for long never delays a part.

use std::sync::Arc;

use axum::Router;
use axum::body::Body as PageBody;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use media_deliver::Responder;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

use crate::health::{Health, TEXT, plain};

/// Bodies of media are a few shared bytes; only those of pages need a box.
pub type Body = Either<media_deliver::Body, PageBody>;

/// The main listener's service.
pub struct Front {
    /// Whether the process is well.
    pub health: Health,
    /// Playlists, parts and segments.
    pub media: Responder,
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
            "/livez" => small(Health::live()),
            "/readyz" => small(self.health.ready().await),
            _ => self.page(request).await.map(Either::Right),
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
