//! One encoder's connection: drives a [`Session`] over any stream of bytes, with time limits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use media_core::Source;
use media_core::{Busy, Input};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::farewell::Farewell;
use super::server::{Admission, Denied, Shared};
use super::session::{Error, Event, Request, Session};
use super::way::Way;
use crate::counters::{Ending, Raised};
use crate::gate::Place;
use crate::limits::Limits;
use crate::publication::Publication;

/// Room for one read: before a key was accepted, and after.
const READ_BYTES_UNKNOWN: usize = 4 * 1024;
const READ_BYTES: usize = 64 * 1024;
/// What a peer that was told goodbye may still send before we stop listening.
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// How a connection ends.
enum End {
    /// The peer hung up, or the network did.
    HungUp,
    /// What it sent cannot be followed.
    Broken(Error),
    /// It took too long to say what it wants.
    TooSlow,
    /// A newcomer needed its place.
    Displaced,
    /// It does not take our replies.
    Stuck,
    /// It is told why.
    Told(Farewell),
}

impl From<Farewell> for End {
    fn from(farewell: Farewell) -> Self {
        Self::Told(farewell)
    }
}

/// Serves one connection to its end.
pub(super) async fn serve<S>(
    io: S,
    Caller {
        local,
        peer,
        protocol,
    }: Caller,
    place: Place,
    shared: Arc<Shared>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection {
        io,
        local,
        peer,
        protocol,
        session: Session::default(),
        shared: &shared,
        read_bytes: READ_BYTES_UNKNOWN,
    };
    let end = match connection.welcome(place).await {
        Ok(publisher) => connection.publish(publisher).await,
        Err(end) => end,
    };
    shared.counters.end(ending(&end));
    if let End::Broken(error) = &end {
        tracing::debug!(%peer, %error, "an RTMP connection was ended: {error}");
    }
    connection.close(end).await;
}

/// Who is at the other end, and how.
pub(super) struct Caller {
    /// Our address, where the system tells.
    pub(super) local: Option<SocketAddr>,
    pub(super) peer: SocketAddr,
    pub(super) protocol: &'static str,
}

struct Connection<'a, S> {
    io: S,
    local: Option<SocketAddr>,
    peer: SocketAddr,
    protocol: &'static str,
    session: Session,
    shared: &'a Shared,
    read_bytes: usize,
}

/// A publisher that was let in.
struct Publisher<'a> {
    admission: Admission,
    input: Input,
    _permit: SemaphorePermit<'a>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connection<'a, S> {
    /// From the first byte to a publisher that was let in. The place at the gate is held that long.
    async fn welcome(&mut self, place: Place) -> Result<Publisher<'a>, End> {
        let shared = self.shared;
        let _half_open = Raised::new(&shared.counters.half_open);
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => Err(Farewell::Shutdown.into()),
            () = place.displaced() => Err(End::Displaced),
            welcomed = async {
                let request = self.greet().await?;
                let asked_at = Instant::now();
                let publisher = self.admit(&request, asked_at).await?;
                self.session.accept();
                self.flush().await?;
                Ok(publisher)
            } => welcomed,
        }
    }

    /// Reads until the peer asks to publish.
    async fn greet(&mut self) -> Result<Request, End> {
        let (began, limits) = (Instant::now(), &self.shared.limits);
        loop {
            match self.session.next_event().map_err(End::Broken)? {
                Some(Event::Publish(request)) => return Ok(request),
                Some(_) => continue,
                None => {}
            }
            self.flush().await?;
            let deadline = began
                + if self.session.is_greeted() {
                    limits.publish
                } else {
                    limits.handshake
                };
            match timeout_at(deadline, self.read()).await {
                Ok(read) => read?,
                Err(_elapsed) => return Err(End::TooSlow),
            };
        }
    }

    /// Asks who may publish where. Every wrong key is answered after the same time, whatever was wrong with it.
    async fn admit(
        &mut self,
        request: &Request,
        asked_at: Instant,
    ) -> Result<Publisher<'a>, Farewell> {
        let shared = self.shared;
        let decision = match &request.key {
            Some(key) => timeout(
                shared.limits.authority,
                shared.authority.admit(key, self.peer),
            )
            .await
            .unwrap_or(Err(Denied::Unavailable)),
            None => Err(Denied::UnknownKey),
        };
        let admission = match decision {
            Ok(admission) => admission,
            Err(Denied::UnknownKey) => return Err(self.refuse_key(asked_at).await),
            Err(Denied::Over) => return Err(Farewell::Over),
            Err(Denied::Unavailable) => {
                tracing::warn!(peer = %self.peer, "a stream key could not be checked; the encoder was sent away");
                return Err(Farewell::Unavailable);
            }
        };
        shared.gate.forgive(self.peer.ip());
        let permit = shared
            .publishers
            .try_acquire()
            .map_err(|_full| Farewell::Full)?;
        let source = Source {
            protocol: self.protocol,
            peer: self.peer.to_string(),
            label: request.encoder.clone(),
        };
        let (channel, seat) = (&admission.channel, admission.seat);
        let channels = admission.aside.as_ref().unwrap_or(&shared.channels);
        let input = channels.admit(channel, seat, source).map_err(|busy| {
            tracing::info!(peer = %self.peer, %channel, %seat, "a second encoder was refused: {busy}");
            match busy {
                Busy::Sending { .. } => Farewell::Busy,
                Busy::Full => Farewell::Full,
            }
        })?;
        Ok(Publisher {
            admission,
            input,
            _permit: permit,
        })
    }

    async fn refuse_key(&self, asked_at: Instant) -> Farewell {
        let (count, delay) = self.shared.gate.offend(self.peer.ip(), asked_at);
        // The first, second, fourth, eighth …: enough to see it, not enough to fill a disk.
        if count.is_power_of_two() {
            tracing::warn!(peer = %self.peer, count, "an encoder came with a wrong stream key");
        }
        sleep_until(asked_at + delay).await;
        Farewell::BadKey
    }

    /// Carries media until something ends it. The channel is free when this returns.
    async fn publish(&mut self, publisher: Publisher<'a>) -> End {
        let Publisher {
            admission,
            input,
            _permit,
        } = publisher;
        let shared = self.shared;
        let _publishing = Raised::new(&shared.counters.publishers);
        self.read_bytes = READ_BYTES;
        let (peer, channel, seat) = (self.peer, &admission.channel, admission.seat);
        tracing::info!(%peer, %channel, %seat, "an encoder at {peer} publishes to {channel} ({seat})");
        let end = tokio::select! {
            biased;
            () = admission.revoked.cancelled() => Farewell::Revoked.into(),
            () = input.evicted() => Farewell::Evicted(input.eviction_reason()).into(),
            () = shared.stop.cancelled() => Farewell::Shutdown.into(),
            end = self.carry(&input) => end,
        };
        let why = ending(&end).label();
        tracing::info!(%peer, %channel, %seat, why, "the encoder at {peer} stopped publishing to {channel}");
        end
    }

    async fn carry(&mut self, input: &Input) -> End {
        match self.carry_on(input).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn carry_on(&mut self, input: &Input) -> Result<std::convert::Infallible, End> {
        let (limits, counters) = (&self.shared.limits, &self.shared.counters);
        let publication = Publication::new(input, counters);
        let mut pace = Pace::new(limits, Instant::now());
        let mut way = Way::between(self.local, self.peer, Instant::now());
        let (mut last_media, mut skipped) = (Instant::now(), self.session.skipped());
        loop {
            while let Some(event) = self.session.next_event().map_err(End::Broken)? {
                match event {
                    Event::Media(media) => {
                        publication.take(&media)?;
                        last_media = Instant::now();
                    }
                    Event::Metadata(about) => {
                        tracing::debug!(peer = %self.peer, ?about, "the encoder tells of its stream");
                    }
                    Event::Unpublish => return Err(Farewell::Unpublished.into()),
                    Event::Publish(_) => {}
                }
            }
            counters.dropped.add(self.session.skipped() - skipped);
            skipped = self.session.skipped();
            self.flush().await?;
            let deadline = last_media + limits.idle;
            // Looked at apart, because a peer that always has other bytes ready would never time out.
            if Instant::now() >= deadline {
                return Err(Farewell::Idle.into());
            }
            if let Some(told) = way.look(Instant::now()) {
                input.transport(told);
            }
            let Ok(read) = timeout_at(deadline.min(way.due()), self.read()).await else {
                continue;
            };
            let count = read?;
            if let Some(until) = pace.after(count, Instant::now()) {
                sleep_until(until).await;
            }
        }
    }

    /// Reads what there is; the end of the stream is a hang-up, never "0 more bytes".
    async fn read(&mut self) -> Result<usize, End> {
        let buffer = self.session.input();
        buffer.reserve(self.read_bytes);
        match self.io.read_buf(buffer).await {
            Ok(0) | Err(_) => Err(End::HungUp),
            Ok(count) => {
                self.shared.counters.bytes.add(count as u64);
                self.session.received(count);
                Ok(count)
            }
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        if self.session.output().is_empty() {
            return Ok(());
        }
        match timeout(
            self.shared.limits.send,
            self.io.write_all_buf(self.session.output()),
        )
        .await
        {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::HungUp),
            Err(_elapsed) => Err(End::Stuck),
        }
    }

    /// Says why, then lets the peer hang up first: closing over unread bytes would reset the connection, and
    /// the reason would be lost on its way.
    async fn close(mut self, end: End) {
        match &end {
            End::HungUp | End::Displaced | End::Stuck => return,
            End::Told(farewell) => self.session.farewell(farewell),
            End::Broken(_) | End::TooSlow => {}
        }
        let goodbye = async {
            self.io.write_all_buf(self.session.output()).await?;
            self.io.shutdown().await?;
            let (mut scratch, mut left) = ([0; READ_BYTES_UNKNOWN], LINGER_BYTES);
            while left > 0 {
                match self.io.read(&mut scratch).await? {
                    0 => break,
                    count => left = left.saturating_sub(count),
                }
            }
            std::io::Result::Ok(())
        };
        let _gone_already = timeout(self.shared.limits.linger, goodbye).await;
    }
}

fn ending(end: &End) -> Ending {
    match end {
        End::HungUp => Ending::HungUp,
        End::Broken(Error::Handshake(_)) => Ending::NotRtmp,
        End::Broken(_) => Ending::Malformed,
        End::TooSlow => Ending::TooSlow,
        End::Displaced => Ending::Crowded,
        End::Stuck => Ending::Stuck,
        End::Told(farewell) => farewell.ending(),
    }
}

/// How much a publisher may still send at once.
struct Pace {
    per_second: u64,
    burst: u64,
    left: u64,
    debt: u64,
    at: Instant,
}

impl Pace {
    fn new(limits: &Limits, now: Instant) -> Self {
        let per_second = limits.bytes_per_second_max.max(1);
        Self {
            per_second,
            burst: limits.burst_bytes,
            left: limits.burst_bytes,
            debt: 0,
            at: now,
        }
    }

    /// Notes bytes received; where they are too many, gives until when to read no more.
    fn after(&mut self, count: usize, now: Instant) -> Option<Instant> {
        let elapsed = now.duration_since(self.at);
        self.at = now;
        let earned = u64::try_from(elapsed.as_micros())
            .unwrap_or(u64::MAX)
            .saturating_mul(self.per_second)
            / 1_000_000;
        let paid = earned.min(self.debt);
        self.debt -= paid;
        self.left = self.left.saturating_add(earned - paid).min(self.burst);
        let taken = (count as u64).min(self.left);
        self.left -= taken;
        self.debt += count as u64 - taken;
        let wait_us = self.debt.saturating_mul(1_000_000) / self.per_second;
        (wait_us > 0).then(|| now + Duration::from_micros(wait_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_within_its_rate_never_waits_and_one_beyond_is_slowed_to_it() {
        let limits = Limits {
            bytes_per_second_max: 1000,
            burst_bytes: 2000,
            ..Limits::default()
        };
        let start = Instant::now();
        let mut pace = Pace::new(&limits, start);
        let mut now = start;
        for _ in 0..100 {
            now += Duration::from_millis(100);
            assert_eq!(pace.after(100, now), None);
        }
        let mut sent = 0_u64;
        let flood = now;
        for _ in 0..100 {
            sent += 500;
            now = pace.after(500, now).unwrap_or(now);
        }
        let allowed = 2000 + u64::try_from((now - flood).as_millis()).unwrap();
        assert!(
            sent.abs_diff(allowed) <= 500,
            "{sent} sent where {allowed} are allowed"
        );
    }
}
