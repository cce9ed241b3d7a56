//! Rules of what is on air.

use kernel::{Timestamp, word_enum};
use program::TalkId;

word_enum! {
    /// Who decides what is on a track.
    pub enum Mode {
        /// The timetable.
        Auto = "auto",
        /// A person has put something else on.
        Manual = "manual",
        /// A person keeps what is on, whatever the timetable says.
        Hold = "hold",
    }
}

/// A talk's place on a track of the timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The talk.
    pub talk: TalkId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What is on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The talk, if there is one.
    pub talk: Option<TalkId>,
    /// Since when.
    pub since: Timestamp,
    /// Who decides.
    pub mode: Mode,
}

impl State {
    /// A track that nobody has touched.
    pub fn untouched() -> Self {
        Self {
            talk: None,
            since: Timestamp::MIN,
            mode: Mode::Auto,
        }
    }

    /// The state after a change.
    #[must_use]
    pub fn after(&self, change: &Change) -> Self {
        // Another mode alone does not begin the talk anew.
        let goes_on = change.talk == self.talk && self.since > Timestamp::MIN;
        let since = if goes_on { self.since } else { change.at };
        Self {
            talk: change.talk.clone(),
            since,
            mode: change.mode,
        }
    }
}

/// What is to be on a track from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From when on.
    pub at: Timestamp,
    /// The talk.
    pub talk: Option<TalkId>,
    /// Who decides.
    pub mode: Mode,
}

/// Why a timetable is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Time has passed: what changes does so at the instant that the timetable names.
    Time,
    /// The timetable or a mode was changed: what follows from that does so now.
    Edit,
}

/// What the timetable has at `now`. Of two that overlap the later one is meant: the earlier one runs over.
pub fn wanted(slots: &[Slot], now: Timestamp) -> Option<&Slot> {
    let on = slots
        .iter()
        .filter(|slot| slot.starts_at <= now && now < slot.ends_at);
    on.max_by_key(|slot| slot.starts_at)
}

/// What the timetable changes about a track at `now`, if it decides about it.
pub fn decide(slots: &[Slot], state: &State, now: Timestamp, cause: Cause) -> Option<Change> {
    if state.mode != Mode::Auto {
        return None;
    }
    let talk = wanted(slots, now).map(|slot| slot.talk.clone());
    if talk == state.talk {
        return None;
    }
    let untouched = state.since == Timestamp::MIN;
    let at = match cause {
        Cause::Edit if !untouched => now,
        Cause::Edit | Cause::Time => last_turn(slots, now).unwrap_or(now),
    };
    // What was on was on: history is not rewritten, even if the timetable is.
    Some(Change {
        at: at.max(state.since),
        talk,
        mode: Mode::Auto,
    })
}

/// When the timetable of a track changes next.
pub fn next_turn(slots: &[Slot], after: Timestamp) -> Option<Timestamp> {
    turns(slots).filter(|turn| *turn > after).min()
}

fn last_turn(slots: &[Slot], now: Timestamp) -> Option<Timestamp> {
    turns(slots).filter(|turn| *turn <= now).max()
}

fn turns(slots: &[Slot]) -> impl Iterator<Item = Timestamp> {
    slots.iter().flat_map(|slot| [slot.starts_at, slot.ends_at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::from_micros;
    use proptest::prelude::*;

    fn slot(talk: &TalkId, from: i64, to: i64) -> Slot {
        Slot {
            talk: talk.clone(),
            starts_at: from_micros(from),
            ends_at: from_micros(to),
        }
    }

    fn slots() -> impl Strategy<Value = Vec<Slot>> {
        let slot = (1..100_i64, 1..30_i64)
            .prop_map(|(from, length)| slot(&TalkId::fresh(), from, from + length));
        proptest::collection::vec(slot, 0..12)
    }

    #[test]
    fn talks_go_on_and_off_at_the_instants_of_the_timetable() {
        let (a, b) = (TalkId::fresh(), TalkId::fresh());
        let slots = [slot(&a, 10, 20), slot(&b, 20, 30)];
        let mut state = State::untouched();
        for (now, at, talk) in [(12, 10, Some(&a)), (21, 20, Some(&b)), (44, 30, None)] {
            let change = decide(&slots, &state, from_micros(now), Cause::Time).expect("a change");
            assert_eq!((change.at, change.talk.as_ref()), (from_micros(at), talk));
            state = state.after(&change);
        }
        assert_eq!(next_turn(&slots, from_micros(12)), Some(from_micros(20)));
        assert_eq!(next_turn(&slots, from_micros(30)), None);
    }

    #[test]
    fn an_edited_timetable_changes_what_is_on_now_and_not_what_was() {
        let (a, b) = (TalkId::fresh(), TalkId::fresh());
        let state = State {
            talk: Some(a),
            since: from_micros(10),
            mode: Mode::Auto,
        };
        let slots = [slot(&b, 10, 30)];
        let change = decide(&slots, &state, from_micros(15), Cause::Edit).expect("a change");
        assert_eq!(change.at, from_micros(15));
    }

    #[test]
    fn a_mode_alone_does_not_begin_a_talk_anew() {
        let a = TalkId::fresh();
        let state = State {
            talk: Some(a.clone()),
            since: from_micros(10),
            mode: Mode::Auto,
        };
        let held = Change {
            at: from_micros(15),
            talk: Some(a),
            mode: Mode::Hold,
        };
        assert_eq!(state.after(&held).since, from_micros(10));
    }

    proptest! {
        #[test]
        fn what_is_on_is_what_the_timetable_has_however_often_one_looks(
            slots in slots(),
            mut looks in proptest::collection::vec(0..140_i64, 1..20),
        ) {
            looks.sort_unstable();
            let mut state = State::untouched();
            let mut history = Vec::new();
            for look in looks {
                let now = from_micros(look);
                if let Some(change) = decide(&slots, &state, now, Cause::Time) {
                    prop_assert!(change.at <= now && change.at >= state.since);
                    prop_assert!(turns(&slots).any(|turn| turn == change.at));
                    state = state.after(&change);
                    history.push(change);
                }
                prop_assert_eq!(decide(&slots, &state, now, Cause::Time), None);
                prop_assert_eq!(&state.talk, &wanted(&slots, now).map(|slot| slot.talk.clone()));
            }
            prop_assert!(history.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].talk != pair[1].talk));
        }

        #[test]
        fn nothing_changes_by_itself_while_a_person_decides(
            slots in slots(),
            now in 0..140_i64,
            mode in prop_oneof![Just(Mode::Manual), Just(Mode::Hold)],
        ) {
            let state = State { talk: None, since: from_micros(0), mode };
            for cause in [Cause::Time, Cause::Edit] {
                prop_assert_eq!(decide(&slots, &state, from_micros(now), cause), None);
            }
        }

        #[test]
        fn whoever_wakes_at_every_turn_misses_nothing(slots in slots()) {
            let (mut now, mut state) = (from_micros(0), State::untouched());
            while let Some(turn) = next_turn(&slots, now) {
                now = turn;
                if let Some(change) = decide(&slots, &state, now, Cause::Time) {
                    prop_assert_eq!(change.at, now, "at the very instant");
                    state = state.after(&change);
                }
            }
            prop_assert_eq!(state.talk, None, "everything ends");
        }
    }
}
