//! `/livez`, `/readyz` and `/metrics`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use db::Db;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use platform::Metrics;
use platform::telemetry::{OPENMETRICS, PROMETHEUS};

use crate::limits;

/// Content type of short answers.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// Whether the process may be sent people.
#[derive(Clone, Debug)]
pub struct Health {
    db: Db,
    draining: Arc<AtomicBool>,
}

impl Health {
    /// Ready as soon as the database answers.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            draining: Arc::default(),
        }
    }

    /// From now on people should go elsewhere.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// The answer to `/livez`: the process runs.
    pub fn live() -> Response<Full<Bytes>> {
        plain(StatusCode::OK, TEXT, "alive\n".to_owned())
    }

    /// The answer to `/readyz`, with one line for each part that is not.
    pub async fn ready(&self) -> Response<Full<Bytes>> {
        let mut missing = Vec::new();
        if self.draining.load(Ordering::SeqCst) {
            missing.push("server: it is shutting down".to_owned());
        }
        match tokio::time::timeout(limits::READY_TIMEOUT, self.db.ping()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => missing.push(format!("database: {error}")),
            Err(_) => missing.push(format!(
                "database: no answer in {:?}",
                limits::READY_TIMEOUT
            )),
        }
        if missing.is_empty() {
            return plain(StatusCode::OK, TEXT, "ready\n".to_owned());
        }
        let lines = missing.join("\n") + "\n";
        plain(StatusCode::SERVICE_UNAVAILABLE, TEXT, lines)
    }
}

/// The answer to `/metrics`, in the form that is asked for.
pub fn metrics(metrics: &Metrics, headers: &HeaderMap) -> Response<Full<Bytes>> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
        plain(StatusCode::OK, OPENMETRICS, metrics.openmetrics())
    } else {
        plain(StatusCode::OK, PROMETHEUS, metrics.prometheus())
    }
}

/// A small answer that nobody keeps.
pub fn plain(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
