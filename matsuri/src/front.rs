//! The first look at a request of the main listener: who answers it, and on which runtime.
//!
//! Health and media are answered where the bytes arrive. Pages and API run on a runtime of their own, so that
//! a page that computes for long never delays a part.

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

use crate::health::{Health, plain};

/// The main listener's service.
#[derive(Clone)]
pub struct Front {
    /// Whether the process is well.
    pub health: Health,
    /// Pages and API.
    pub pages: Router,
    /// Where they run.
    pub pages_runtime: Handle,
}

impl Front {
    /// Answers one request.
    pub async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        match request.uri().path() {
            "/livez" => Health::live().map(Body::new),
            "/readyz" => self.health.ready().await.map(Body::new),
            _ => self.page(request).await,
        }
    }

    async fn page(self, request: Request<Incoming>) -> Response<Body> {
        let answer = self.pages.oneshot(request.map(Body::new));
        // Who hangs up ends the handler too, as if it ran here.
        let handler = AbortOnDropHandle::new(self.pages_runtime.spawn(answer));
        match handler.await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(error) => {
                tracing::error!("a page ended without an answer: {error}");
                let sentence = "the server could not answer\n".to_owned();
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                plain(status, "text/plain; charset=utf-8", sentence).map(Body::new)
            }
        }
    }
}
