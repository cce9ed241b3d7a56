//! Everything goes wrong, again and again, for minutes: what viewers see stays one valid time line.

use std::time::Duration;

use media_core::testing::Encoder;
use media_core::{On, Order, Seat, Settings};

use crate::properties::Seen;
use crate::redundancy::{Camera, Show, slate};

/// Repeatable chance (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}

/// What can be wrong with one encoder.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Gone,
    Stalled,
}

struct Trial {
    show: Show,
    cameras: [Camera; 2],
    faults: [Fault; 2],
    dice: Dice,
    seen: Seen,
    /// For how long nothing new has come, and every standstill so far, in steps.
    still: u64,
    stills: Vec<u64>,
    published_us: i64,
    what: Vec<String>,
}

const STEP_MS: u64 = 100;

impl Trial {
    fn new(seed: u64, seconds: i64) -> Self {
        let settings = Settings {
            window: Duration::from_secs(40),
            ..Settings::default()
        };
        let show = Show::with(settings, Some(slate()));
        let camera = |seat: Seat, start_us, gop| {
            let encoder = Encoder {
                start_us,
                gop,
                ..Encoder::default()
            };
            Camera::new(seat, encoder, seconds)
        };
        let mut trial = Self {
            cameras: [
                camera(Seat::Primary, 0, 60),
                camera(Seat::Backup, 9_000_000_000, 60),
            ],
            show,
            faults: [Fault::Gone; 2],
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            seen: Seen::default(),
            still: 0,
            stills: Vec::new(),
            published_us: 0,
            what: Vec::new(),
        };
        for index in [0, 1] {
            trial.heal(index);
        }
        trial
    }

    /// Something happens to one of the encoders, or somebody decides something.
    fn happen(&mut self) {
        let index = usize::from(self.dice.below(5) >= 3);
        let now_s = self.show.now_us() / 1_000_000;
        let deed = self.dice.below(12);
        self.what.push(format!("{now_s} s: {deed} to {index}"));
        match deed {
            0..=1 => {
                self.cameras[index].input = None;
                self.faults[index] = Fault::Gone;
            }
            2..=3 if self.faults[index] == Fault::None => self.faults[index] = Fault::Stalled,
            4 => {
                let by_us = [-70_000_000, -400_000, 2_000_000, 5_000_000, 900_000_000];
                let which = usize::try_from(self.dice.below(5)).unwrap();
                self.cameras[index].jump(by_us[which]);
            }
            5 => {
                self.cameras[index].input = None;
                self.cameras[index].other_codec ^= true;
                self.faults[index] = Fault::Gone;
                self.heal(index);
            }
            6 => {
                let orders = Order::ALL;
                let which = usize::try_from(self.dice.below(8)).unwrap();
                let order = orders.get(which).copied().unwrap_or(Order::Auto);
                let stage = &self.show.stage;
                stage.channels.direct(&stage.name, order).unwrap();
            }
            _ => self.heal(index),
        }
    }

    fn heal(&mut self, index: usize) {
        if self.cameras[index].input.is_none() {
            let camera = &mut self.cameras[index];
            camera.connect(&self.show);
        }
        // A seat may still be taken for a moment; the next deed tries again.
        self.faults[index] = match self.cameras[index].input {
            Some(_) => Fault::None,
            None => Fault::Gone,
        };
    }

    async fn step(&mut self) {
        let seats = [Seat::Primary, Seat::Backup];
        let silent: Vec<Seat> = seats
            .into_iter()
            .filter(|seat| self.faults[seat.index()] == Fault::Stalled)
            .collect();
        let [primary, backup] = &mut self.cameras;
        self.show
            .pass(STEP_MS, &mut [primary, backup], &silent)
            .await;
        let Some(snapshot) = self.show.stage.channels.snapshot(&self.show.stage.name) else {
            return;
        };
        self.seen.look(&snapshot);
        let published_us = self.seen.published_us();
        if published_us == self.published_us {
            self.still += 1;
        } else {
            self.published_us = published_us;
            self.stills.push(std::mem::take(&mut self.still));
        }
    }
}

async fn endure(seed: u64, seconds: u64) {
    let mut trial = Trial::new(seed, i64::try_from(seconds).unwrap() + 10);
    let mut next_deed = 50;
    for step in 0..seconds * 1_000 / STEP_MS {
        if step == next_deed {
            trial.happen();
            next_deed = step + 2 + trial.dice.below(60);
        }
        trial.step().await;
    }
    let what = trial.what.join("\n");
    let standstills: Vec<u64> = trial
        .stills
        .iter()
        .filter(|still| **still > 10)
        .copied()
        .collect();
    let longest = trial.stills.iter().max().copied().unwrap_or(0) * STEP_MS;
    // The slate comes after 1.5 s, or after 2.5 s where only a key frame was missing; a part takes a third of one.
    assert!(
        longest <= 3_200,
        "{longest} ms in seed {seed} ({standstills:?})\n{what}"
    );
    let switches = |on| trial.show.stage.channels.metrics().switches(on).get();
    assert!(
        switches(On::Primary) > 2 && switches(On::Backup) > 2,
        "seed {seed} was too calm"
    );
}

#[tokio::test(start_paused = true)]
async fn minutes_of_faults_leave_one_valid_time_line() {
    for seed in 1..=3 {
        endure(seed, 300).await;
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "long: half an hour of faults, eight times"]
async fn half_an_hour_of_faults_leaves_one_valid_time_line() {
    for seed in 10..18 {
        endure(seed, 1_800).await;
    }
}
