//! An object to measure a link by: bytes that nothing on the way can make fewer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use kernel::{Error, Message};
use realtime::Bucket;
use ring::rand::SecureRandom as _;
use serde::Deserialize;
use tokio::time::Instant;
use web::{Cx, Result};

use super::viewers::peer;
use crate::{Live, limits};

/// The object, and who asked for it lately.
pub(crate) struct Probe {
    bytes: Bytes,
    askers: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Probe {
    pub(crate) fn new() -> Self {
        let mut bytes = vec![0; limits::PROBE_BYTES_MAX];
        if ring::rand::SystemRandom::new().fill(&mut bytes).is_err() {
            tracing::warn!("no randomness for the object that links are measured by");
        }
        Self {
            bytes: bytes.into(),
            askers: Mutex::default(),
        }
    }

    fn may_ask(&self, peer: IpAddr) -> kernel::Result<()> {
        let (rate, burst) = (limits::PROBES_PER_PEER, limits::PROBES_PER_PEER_BURST);
        let now = Instant::now();
        let mut askers = self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        if askers.len() >= limits::REPORT_PEERS_MAX {
            askers.retain(|_, bucket| !bucket.is_full(rate, burst, now));
        }
        if askers.len() >= limits::REPORT_PEERS_MAX && !askers.contains_key(&peer) {
            let retry_after = std::time::Duration::from_secs(30);
            return Err(Error::TooMany { retry_after });
        }
        let bucket = askers
            .entry(peer)
            .or_insert_with(|| Bucket::full(burst, now));
        bucket
            .take(rate, burst, now)
            .map_err(|retry_after| Error::TooMany { retry_after })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    bytes: Option<usize>,
}

/// Random bytes, at most 512 KiB, never from a cache: how fast they come is how fast the link is.
#[utoipa::path(get, path = "/api/v2/link", tag = "live",
    params(("bytes" = Option<usize>, Query, description = "How many, up to 524288, which is also what is given unless told")),
    responses((status = 200, content_type = "application/octet-stream"),
              (status = 422, body = web::failure::Problem), (status = 429, body = web::failure::Problem)))]
pub(super) async fn link(
    cx: Cx,
    State(live): State<Live>,
    wanted: std::result::Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Response> {
    let message = || Message::new("live-probe-size").with("max", limits::PROBE_BYTES_MAX);
    let Query(wanted) = wanted.map_err(|_| Error::invalid("bytes", message()))?;
    let count = wanted.bytes.unwrap_or(limits::PROBE_BYTES_MAX);
    if count > limits::PROBE_BYTES_MAX {
        return Err(Error::invalid("bytes", message()).into());
    }
    let probe = &live.0.probe;
    probe.may_ask(peer(&cx))?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
    ];
    Ok((headers, probe.bytes.slice(..count)).into_response())
}
