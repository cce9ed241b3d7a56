//! The last half minute of an input, in half-second slots: adding a frame touches one slot, reading sums a few.

/// How long a slot lasts.
pub(super) const SLOT_US: i64 = 500_000;
/// Slots that are remembered: 32 seconds.
const SLOTS: i64 = 64;
/// The same as a length.
const RING: usize = 64;

/// What arrived within half a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) pictures: u32,
    pub(super) picture_bytes: u64,
    /// Pictures that are no key frames.
    pub(super) deltas: u32,
    pub(super) delta_bytes: u64,
    pub(super) sounds: u32,
    pub(super) sound_bytes: u64,
    pub(super) sound_max: usize,
    pub(super) sound_min: usize,
    /// The longest wait for a frame that ended here.
    pub(super) wait_us: i64,
    /// The longest interval of key frames that ended here.
    pub(super) key_interval_us: i64,
}

impl Slot {
    pub(super) fn picture(&mut self, key: bool, bytes: usize) {
        self.pictures += 1;
        self.picture_bytes = self.picture_bytes.saturating_add(bytes as u64);
        if !key {
            self.deltas += 1;
            self.delta_bytes = self.delta_bytes.saturating_add(bytes as u64);
        }
    }

    pub(super) fn sound(&mut self, bytes: usize) {
        self.sound_min = if self.sounds == 0 {
            bytes
        } else {
            self.sound_min.min(bytes)
        };
        self.sound_max = self.sound_max.max(bytes);
        self.sounds += 1;
        self.sound_bytes = self.sound_bytes.saturating_add(bytes as u64);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.picture_bytes.saturating_add(self.sound_bytes)
    }
}

/// The slots; time is microseconds since the input's first frame and never steps back.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    ring: [Slot; RING],
    /// Number of the slot that is being filled, from the beginning of the input.
    number: i64,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            ring: [Slot::default(); RING],
            number: 0,
        }
    }
}

impl Slots {
    /// The slot of this instant; those that were passed over are empty.
    pub(super) fn at(&mut self, now_us: i64) -> &mut Slot {
        let number = (now_us / SLOT_US).max(self.number);
        let passed = (number - self.number).min(SLOTS);
        for back in 0..passed {
            self.ring[place(number - back)] = Slot::default();
        }
        self.number = number;
        &mut self.ring[place(number)]
    }

    /// The newest complete slots, at most so many; fewer at the beginning.
    pub(super) fn last(&self, count: i64) -> impl Iterator<Item = &Slot> {
        let count = count.min(self.number).min(SLOTS - 1);
        (1..=count).map(|back| &self.ring[place(self.number - back)])
    }
}

fn place(number: i64) -> usize {
    usize::try_from(number.rem_euclid(SLOTS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_over_is_empty_and_what_is_older_than_the_ring_is_gone() {
        let mut slots = Slots::default();
        slots.at(0).picture(true, 100);
        slots.at(600_000).picture(false, 10);
        assert_eq!(slots.last(9).map(Slot::bytes).sum::<u64>(), 100);
        slots.at(1_700_000);
        let bytes: Vec<u64> = slots.last(9).map(Slot::bytes).collect();
        assert_eq!(bytes, [0, 10, 100]);
        slots.at(3_600_000_000);
        assert_eq!(slots.last(i64::MAX).map(Slot::bytes).sum::<u64>(), 0);
    }

    #[test]
    fn an_instant_before_the_newest_slot_counts_into_it() {
        let mut slots = Slots::default();
        slots.at(2_000_000).picture(true, 1);
        slots.at(0).picture(true, 1);
        slots.at(2_500_000);
        assert_eq!(slots.last(1).next().map(|slot| slot.pictures), Some(2));
    }
}
