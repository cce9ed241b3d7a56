//! What WebRTC tells about the way to a sender: from its reports and ours, once a second.

use std::time::Duration;

use media_core::Input;
use media_core::health::Transport;
use str0m::media::{MediaKind, Mid};
use str0m::stats::{MediaIngressStats, PeerStats};

/// How often the state machine tells.
pub(super) const TELL_EVERY: Duration = Duration::from_secs(1);

/// The way of one session.
#[derive(Debug, Default)]
pub(super) struct Way {
    streams: Vec<Stream>,
}

/// What was told last of a stream.
#[derive(Debug)]
struct Stream {
    mid: Mid,
    asked_again: u64,
    key_requests: u64,
    jitter_ms: f64,
    rtt: Option<Duration>,
    loss: Option<f32>,
}

impl Way {
    /// A stream's numbers.
    pub(super) fn hear(&mut self, stats: &MediaIngressStats, kind: MediaKind) {
        let per_ms = if kind.is_video() { 90.0 } else { 48.0 };
        let stream = Stream {
            mid: stats.mid,
            asked_again: stats.nacks,
            key_requests: stats.plis.saturating_add(stats.firs),
            jitter_ms: f64::from(stats.jitter) / per_ms,
            rtt: stats.rtt,
            loss: stats.loss,
        };
        match self.streams.iter_mut().find(|known| known.mid == stats.mid) {
            Some(known) => *known = stream,
            None => self.streams.push(stream),
        }
    }

    /// The connection's numbers, with which a second is complete: told to the channel.
    pub(super) fn tell(&self, stats: &PeerStats, input: &Input) {
        let sum = |read: fn(&Stream) -> u64| self.streams.iter().map(read).sum();
        // Of several answers the newest is as good as any; of several losses the worst counts.
        let rtt = (stats.rtt)
            .or_else(|| self.streams.iter().find_map(|stream| stream.rtt))
            .or_else(|| {
                let pair = stats.selected_candidate_pair.as_ref();
                pair.and_then(|pair| pair.current_round_trip_time)
            });
        let losses = self.streams.iter().filter_map(|stream| stream.loss);
        let loss = stats.ingress_loss_fraction.or(losses.reduce(f32::max));
        let jitters = self.streams.iter().map(|stream| stream.jitter_ms);
        input.transport(Transport {
            rtt_ms: rtt.map(|rtt| tenths(rtt.as_secs_f64() * 1_000.0)),
            loss_percent: loss
                .filter(|loss| loss.is_finite())
                .map(|loss| tenths(f64::from(loss) * 100.0)),
            jitter_ms: jitters.reduce(f64::max).map(tenths),
            retransmitted: sum(|stream| stream.asked_again),
            key_requests: sum(|stream| stream.key_requests),
            ..Transport::default()
        });
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
