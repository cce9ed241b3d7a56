//! One time line for the two streams of a sender, whose clocks begin anywhere (RFC 3550 §5.1).
//!
//! Until both streams have been connected with the sender's own clock by a report, the instants at which their first
//! packets arrived stand for it; then the reports do, which are exact.

use std::time::{Duration, Instant};

use media_core::frame::Kind;

/// A distance between the streams beyond this is no lip sync but a broken report.
const APART_MAX_US: i64 = 10_000_000;
/// Reports are rounded and differ by a little from each other; what is less than this is left alone.
const STEADY_US: i64 = 8_000;

/// A sender report: one instant on both of the sender's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// On the clock that both streams share.
    pub(super) ntp_us: i64,
    /// On the stream's own.
    pub(super) rtp_us: i64,
}

/// Maps the streams' clocks onto one time line.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    lines: [Option<Line>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Line {
    /// What to add to the stream's clock.
    offset_us: i64,
    /// The same onto the sender's clock, once a report told.
    ntp_offset_us: Option<i64>,
}

impl Clock {
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            lines: [None; 2],
        }
    }

    /// Where an instant of a stream's clock lies on the common line.
    pub(super) fn place(
        &mut self,
        kind: Kind,
        rtp_us: i64,
        arrived: Instant,
        report: Option<Report>,
    ) -> i64 {
        let since = micros(arrived.saturating_duration_since(self.began));
        let line = self.lines[kind as usize].get_or_insert(Line {
            offset_us: since.saturating_sub(rtp_us),
            ntp_offset_us: None,
        });
        if let Some(report) = report {
            line.ntp_offset_us = Some(report.ntp_us.saturating_sub(report.rtp_us));
        }
        self.align();
        let offset_us = self.lines[kind as usize].map_or(0, |line| line.offset_us);
        rtp_us.saturating_add(offset_us)
    }

    /// Moves sound to where the reports say that it belongs beside the pictures. The picture's line never moves.
    fn align(&mut self) {
        let [Some(video), Some(audio)] = &mut self.lines else {
            return;
        };
        let (Some(video_ntp), Some(audio_ntp)) = (video.ntp_offset_us, audio.ntp_offset_us) else {
            return;
        };
        let wanted = video
            .offset_us
            .saturating_add(audio_ntp.saturating_sub(video_ntp));
        let off = wanted.saturating_sub(audio.offset_us).saturating_abs();
        if (STEADY_US..=APART_MAX_US).contains(&off) {
            audio.offset_us = wanted;
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn after(began: Instant, ms: u64) -> Instant {
        began + Duration::from_millis(ms)
    }

    #[test]
    fn arrival_stands_for_the_senders_clock_until_it_reports() {
        let began = Instant::now();
        let mut clock = Clock::new(began);
        assert_eq!(
            clock.place(Kind::Video, 900 * SECOND, after(began, 50), None),
            50_000
        );
        // Later arrivals are the network's doing.
        assert_eq!(
            clock.place(Kind::Video, 900 * SECOND + 33_000, after(began, 300), None),
            83_000
        );
        assert_eq!(
            clock.place(Kind::Audio, 7 * SECOND, after(began, 90), None),
            90_000
        );
    }

    #[test]
    fn reports_of_both_streams_put_sound_beside_its_pictures() {
        let began = Instant::now();
        let mut clock = Clock::new(began);
        let report = |ntp_us, rtp_us| Some(Report { ntp_us, rtp_us });
        clock.place(Kind::Video, 900 * SECOND, after(began, 50), None);
        clock.place(Kind::Audio, 7 * SECOND, after(began, 200), None);
        // The sender took both at the same instant: the sound was 150 ms late on its way.
        clock.place(
            Kind::Video,
            901 * SECOND,
            after(began, 1_050),
            report(5_001 * SECOND, 901 * SECOND),
        );
        let at = clock.place(
            Kind::Audio,
            8 * SECOND,
            after(began, 1_200),
            report(5_001 * SECOND, 8 * SECOND),
        );
        assert_eq!(at, 50_000 + SECOND);
        // Rounding moves nothing.
        let at = clock.place(
            Kind::Audio,
            9 * SECOND,
            after(began, 2_200),
            report(5_002 * SECOND + 3_000, 9 * SECOND),
        );
        assert_eq!(at, 50_000 + 2 * SECOND);
    }

    #[test]
    fn a_broken_report_moves_nothing_and_overflows_nothing() {
        let began = Instant::now();
        for ntp_us in [i64::MIN, 0, i64::MAX] {
            let mut clock = Clock::new(began);
            let at = clock.place(Kind::Audio, 7 * SECOND, began, None);
            let good = Report {
                ntp_us: 5_000 * SECOND,
                rtp_us: 0,
            };
            clock.place(Kind::Video, 0, began, Some(good));
            let bad = Report { ntp_us, rtp_us: 0 };
            assert_eq!(clock.place(Kind::Audio, 7 * SECOND, began, Some(bad)), at);
        }
    }
}
