//! A sender whose network changed wants its transport anew and keeps everything else (RFC 9725 §4.3.3).
//!
//! Invariant: who restarts a session proved to have begun it; a restart that cannot be done leaves the session alone.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::door::{Answer, Door, FRAGMENT, Problem, empty, is_of, secret};
use super::registry::Known;
use super::sdp;

/// What a sender asks its session for.
#[derive(Debug)]
pub(super) struct Restart {
    /// Its new credentials, as it sent them.
    pub(super) fragment: String,
    /// The version of the transport to come.
    pub(super) etag: String,
    /// Gets our part of the transport; nothing where it cannot be done.
    pub(super) done: oneshot::Sender<String>,
}

impl Door {
    /// Candidates of the sender, or a restart. Candidates are checked for their form and not needed: we answer whoever
    /// proves to know the password, wherever from (RFC 8445 §7.3.1.3).
    pub(super) async fn patch<B>(
        &self,
        known: &Known,
        request: Request<B>,
    ) -> Result<Answer, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Send,
    {
        is_of(request.headers(), FRAGMENT)?;
        let wanted = request.headers().get(header::IF_MATCH).cloned();
        let fragment = self.text(request).await?;
        let Some(wanted) = wanted else {
            let detail = "If-Match is missing";
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail));
        };
        let theirs = sdp::ice_fragment(&fragment);
        let restarts = theirs.is_some() && theirs != known.their_fragment.as_deref();
        let is_any = wanted.as_bytes() == b"*";
        if wanted.as_bytes() != known.etag.as_bytes() && !(restarts && is_any) {
            let detail = "this is another version of the session";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail));
        }
        if !restarts {
            return Ok(empty(StatusCode::NO_CONTENT));
        }
        self.restart(known, fragment).await
    }

    async fn restart(&self, known: &Known, fragment: String) -> Result<Answer, Problem> {
        let etag = format!("\"{}\"", secret(16));
        let (done, told) = oneshot::channel();
        let wish = Restart {
            fragment,
            etag: etag.clone(),
            done,
        };
        let refused = || {
            let detail = "the transport cannot be restarted so: begin a new session";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        };
        // One at a time: who asks faster than sessions answer has no network either.
        known.restarts.try_send(wish).map_err(|_| refused())?;
        let told = timeout(self.limits().publish, told).await;
        let ours = told.ok().and_then(Result::ok).ok_or_else(refused)?;
        let mut answer = Response::new(Full::from(Bytes::from(ours)));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FRAGMENT));
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(header::ETAG, etag);
        }
        Ok(answer)
    }
}
