//! What listens on the ports of a server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use http::StatusCode;
use media_deliver::lean;
use media_ingest::{rtmp, whip};
use platform::Metrics;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use web::serve::Bounds;

use super::{Server, connections};
use crate::counts::Counts;
use crate::front::Front;
use crate::ports::{Doors, Ports};
use crate::{health, limits, tls};

impl Server {
    /// Begins to answer at every port.
    pub(super) fn listen(
        &mut self,
        ports: Ports,
        tls: Option<web::Tls>,
        public: Vec<SocketAddr>,
        mut front: Front,
        metrics: Metrics,
        io: &Handle,
    ) -> Result<()> {
        // Site and media share the process's files.
        let slots = Arc::new(Semaphore::new(connections(self.connections_max)));
        let (rtmp, whip) = self.ingest(ports.ingest, tls.as_ref(), public, &mut front, io)?;
        metrics.collect(Counts {
            core: self.features.channels.metrics(),
            deliver: front.media.metrics(),
            rtmp,
            whip,
        });
        if let Some(listener) = ports.media {
            let bounds = lean::Bounds {
                connections: Arc::clone(&slots),
                drain: limits::DRAIN,
            };
            let tls = tls
                .as_ref()
                .map(|tls| tls.with_protocols(tls::MEDIA_PROTOCOLS).acceptor());
            let clock = self.features.app.clock.clone();
            let media = lean::Server::new(front.media.clone(), clock);
            let told = media.run(listener, tls, bounds, self.stop.clone());
            self.listeners.push(io.spawn(told));
        }
        let bounds = Bounds {
            connections: slots,
            drain: limits::DRAIN,
        };
        let front = Arc::new(front);
        let answer = move |request| Arc::clone(&front).answer(request);
        let main = web::serve::serve(ports.http, tls, answer, bounds, self.stop.clone());
        self.listeners.push(io.spawn(main));
        if let Some(listener) = ports.metrics {
            let bounds = Bounds {
                connections: Arc::new(Semaphore::new(limits::METRICS_CONNECTIONS_MAX)),
                drain: Duration::ZERO,
            };
            let answer = move |request: http::Request<hyper::body::Incoming>| {
                let answer = if request.uri().path() == "/metrics" {
                    health::metrics(&metrics, request.headers())
                } else {
                    let sentence = "only /metrics is here\n".to_owned();
                    health::plain(StatusCode::NOT_FOUND, health::TEXT, sentence)
                };
                std::future::ready(answer)
            };
            let told = web::serve::serve(listener, None, answer, bounds, self.stop.clone());
            self.listeners.push(io.spawn(told));
        }
        Ok(())
    }

    /// Begins to take pictures and sound, by every protocol that is on.
    fn ingest(
        &mut self,
        doors: Doors,
        tls: Option<&web::Tls>,
        public: Vec<SocketAddr>,
        front: &mut Front,
        io: &Handle,
    ) -> Result<Taking> {
        let limits = media_ingest::limits::Limits::default();
        let authority = Arc::new(self.features.studio.authority());
        let channels = self.features.channels.clone();
        let (own, to) = (authority.clone(), channels.clone());
        let mut rtmp = rtmp::Server::on(doors.rtmp, own, to, limits.clone())?;
        if let (Some(listener), Some(tls)) = (doors.rtmps, tls) {
            // Encoders choose no protocol.
            rtmp = rtmp.secured(listener, tls.with_protocols(&[]).acceptor());
        }
        let mut webrtc = None;
        if let Some(socket) = doors.webrtc {
            let options = whip::Options {
                authority,
                channels,
                limits,
                gate: rtmp.gate(),
                public,
            };
            let server = whip::Server::on(socket, options)?;
            front.whip = Some(server.door());
            webrtc = Some(server.counters());
            self.listeners.push(io.spawn(server.run(self.stop.clone())));
        }
        let counters = rtmp.counters();
        self.listeners.push(io.spawn(rtmp.run(self.stop.clone())));
        Ok((counters, webrtc))
    }
}

/// What counts what is taken, by RTMP and by WHIP.
type Taking = (
    Arc<media_ingest::counters::Counters>,
    Option<Arc<whip::Counters>>,
);
