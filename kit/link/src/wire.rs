//! One direction of a link, without packets: when does what is sent arrive, if it does?

use anyhow::{Context as _, Result, bail};

/// What waits longer than this for its turn is thrown away, as full queues in routers do.
const QUEUE_US_MAX: u64 = 300_000;

/// How a link is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quality {
    /// Kilobits per second; zero is as fast as the machine.
    pub(crate) rate_kbit: u64,
    /// One way.
    pub(crate) delay_us: u64,
    /// Up to this much more, at random.
    pub(crate) jitter_us: u64,
    /// Of a hundred packets.
    pub(crate) loss_percent: f64,
    /// Something arrives at all.
    pub(crate) is_up: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            rate_kbit: 0,
            delay_us: 0,
            jitter_us: 0,
            loss_percent: 0.0,
            is_up: true,
        }
    }
}

impl Quality {
    /// `down`, `up`, or some of `rate`, `delay`, `jitter` (milliseconds) and `loss`; what is not named is perfect.
    pub(crate) fn obey(&mut self, words: &str) -> Result<()> {
        let mut wished = Self::default();
        match words {
            "down" | "up" => {
                self.is_up = words == "up";
                return Ok(());
            }
            _ => {}
        }
        for word in words.split_whitespace() {
            let (name, value) = word
                .split_once('=')
                .with_context(|| format!("{word:?} is no word of ours"))?;
            match name {
                "rate" => wished.rate_kbit = number(value)?,
                "delay" => wished.delay_us = number::<u64>(value)? * 1_000,
                "jitter" => wished.jitter_us = number::<u64>(value)? * 1_000,
                "loss" => wished.loss_percent = number(value)?,
                _ => bail!("{name:?} is no word of ours"),
            }
        }
        *self = Self {
            is_up: self.is_up,
            ..wished
        };
        Ok(())
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N> {
    let number = text.parse().ok();
    number.with_context(|| format!("{text:?} is no number"))
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives at this moment, not before those that were sent before it.
    ArrivesAt(u64),
    /// It is lost on the way.
    Lost,
    /// Too many are waiting.
    Refused,
}

/// One direction of a link. All times are microseconds since it was made.
pub(crate) struct Wire {
    /// When the last packet has left.
    free_us: u64,
    /// When the last packet arrives.
    arrived_us: u64,
    chance: u64,
}

impl Wire {
    /// A wire on which nothing is under way. The same seed loses the same packets.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            free_us: 0,
            arrived_us: 0,
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// What becomes of so many bytes that are sent now.
    pub(crate) fn send(&mut self, now_us: u64, bytes: usize, quality: Quality) -> Fate {
        if !quality.is_up || self.dice() * 100.0 < quality.loss_percent {
            return Fate::Lost;
        }
        let begins_us = self.free_us.max(now_us);
        if begins_us - now_us > QUEUE_US_MAX {
            return Fate::Refused;
        }
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
        // Kilobits per second are bits per millisecond.
        self.free_us = begins_us + (bits * 1_000).checked_div(quality.rate_kbit).unwrap_or(0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds"
        )]
        let more_us = (quality.jitter_us as f64 * self.dice()) as u64;
        self.arrived_us = self
            .arrived_us
            .max(self.free_us + quality.delay_us + more_us);
        Fate::ArrivesAt(self.arrived_us)
    }

    /// From 0 to 1 (xorshift64).
    fn dice(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are enough")]
        let share = (self.chance >> 11) as f64 / (1_u64 << 53) as f64;
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(words: &str) -> Quality {
        let mut quality = Quality::default();
        quality.obey(words).unwrap();
        quality
    }

    #[test]
    fn a_packet_takes_its_length_and_the_way() {
        let mut wire = Wire::new(1);
        let slow = quality("rate=1000 delay=40");
        assert_eq!(wire.send(0, 1_250, slow), Fate::ArrivesAt(10_000 + 40_000));
        // The second waits for the first to have left.
        assert_eq!(wire.send(0, 1_250, slow), Fate::ArrivesAt(20_000 + 40_000));
        assert_eq!(wire.send(500_000, 1_250, slow), Fate::ArrivesAt(550_000));
    }

    #[test]
    fn a_full_queue_takes_nothing_more() {
        let mut wire = Wire::new(1);
        let slow = quality("rate=1000");
        let taken = (0..100)
            .filter(|_| wire.send(0, 1_250, slow) != Fate::Refused)
            .count();
        assert_eq!(taken, 31, "10 ms each until 300 ms wait");
    }

    #[test]
    fn packets_keep_their_order_whatever_the_jitter() {
        let (mut wire, mut last) = (Wire::new(7), 0);
        let shaky = quality("delay=20 jitter=30");
        for now_us in (0..1_000_000).step_by(1_000) {
            let Fate::ArrivesAt(at) = wire.send(now_us, 1_200, shaky) else {
                panic!("nothing is lost here");
            };
            assert!(
                at >= last && (now_us + 20_000..=now_us + 50_000).contains(&at),
                "{at}"
            );
            last = at;
        }
    }

    #[test]
    fn so_many_of_a_hundred_are_lost_and_all_of_them_when_it_is_down() {
        let (mut wire, mut lossy) = (Wire::new(3), quality("loss=2"));
        let mut lost = |quality| {
            (0..10_000)
                .filter(|_| wire.send(0, 100, quality) == Fate::Lost)
                .count()
        };
        assert!((150..250).contains(&lost(lossy)), "2 of 100");
        lossy.obey("down").unwrap();
        assert_eq!(lost(lossy), 10_000);
    }

    #[test]
    fn words_say_how_a_link_is_and_what_is_not_said_is_perfect() {
        let mut link = quality("rate=1500 delay=40 jitter=5 loss=2.5");
        assert_eq!(
            (link.rate_kbit, link.delay_us, link.jitter_us),
            (1_500, 40_000, 5_000)
        );
        link.obey("down").unwrap();
        link.obey("delay=1").unwrap();
        assert!(!link.is_up && link.rate_kbit == 0, "{link:?}");
        for odd in ["speed=1", "rate", "rate=fast", "loss=many"] {
            assert!(link.obey(odd).is_err(), "{odd}");
        }
    }
}
