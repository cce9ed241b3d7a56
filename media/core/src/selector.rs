//! Which input is on air.
//!
//! Pure: time is an argument, nothing is carried out here. One source at a time; a change has a cause that
//! people understand; and whoever failed must prove steady before viewers are taken back.

use std::time::Duration;

use kernel::word_enum;
use tokio::time::Instant;

use crate::frame::Kind;
use crate::seat::{On, Seat};

word_enum! {
    /// Who decides what is on air.
    pub enum Order {
        /// The selector, by what arrives.
        Auto = "auto",
        /// Somebody wants the primary input and not the backup.
        Primary = "primary",
        /// Somebody wants the backup input and not the primary.
        Backup = "backup",
        /// Somebody wants the slate.
        Slate = "slate",
        /// Somebody wants the clips.
        Clips = "clips",
    }
}

word_enum! {
    /// Why something came on air.
    pub enum Cause {
        /// It was the first to send.
        Began = "began",
        /// The input before fell silent.
        Silent = "silent",
        /// The encoder before went away.
        Gone = "gone",
        /// The input before lost its picture or its sound.
        Partial = "partial",
        /// It is well again.
        Returned = "returned",
        /// Somebody wanted it so.
        Ordered = "ordered",
        /// Nobody sends any more.
        Over = "over",
        /// It is a break, and nobody sends.
        Break = "break",
    }
}

/// How long the selector waits for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// An input without frames for this long has failed.
    pub silent: Duration,
    /// An encoder that went away has this long to come back before its input has failed.
    pub gone: Duration,
    /// An input whose picture or sound is missing for this long is worth less than one that has both.
    pub partial: Duration,
    /// Viewers see a standing picture for this long before they see the slate.
    pub slate: Duration,
    /// The same while another input sends and only its next key frame is missing.
    pub key: Duration,
    /// A gap longer than this is no longer steady.
    pub steady_gap: Duration,
    /// The primary input is steady for this long before viewers leave the backup for it. Doubled with every
    /// failure within [`Patience::forgiven`].
    pub return_after: Duration,
    /// An input is steady for this long before viewers leave the slate for it: the slate shows nothing of
    /// the talk, so less is asked.
    pub leave_slate_after: Duration,
    /// Failures are forgotten after this long on air.
    pub forgiven: Duration,
    /// The slate plays at most for this long without anybody who wants it.
    pub slate_max: Duration,
    /// The slate, or clips, play at most for this long because somebody wants them.
    pub slate_ordered_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silent: Duration::from_secs(1),
            gone: Duration::from_millis(500),
            partial: Duration::from_secs(3),
            slate: Duration::from_millis(1_500),
            key: Duration::from_millis(2_500),
            steady_gap: Duration::from_millis(500),
            return_after: Duration::from_secs(3),
            leave_slate_after: Duration::from_secs(1),
            forgiven: Duration::from_mins(1),
            slate_max: Duration::from_mins(30),
            slate_ordered_max: Duration::from_hours(4),
        }
    }
}

/// An input that pauses for less still runs: frames come in bursts.
const STANDS: Duration = Duration::from_millis(100);

/// [`Patience::return_after`] is doubled at most this often.
const DOUBLINGS_MAX: u32 = 4;

/// What the selector cannot see by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// By seat: it can begin at once, with nothing older than what viewers got.
    pub(crate) ready: [bool; 2],
    /// There is a slate.
    pub(crate) has_slate: bool,
    /// There are clips.
    pub(crate) has_clips: bool,
    /// It is a break in which clips are to fill what no input does.
    pub(crate) in_break: bool,
}

/// Decides which input is on air.
#[derive(Debug)]
pub(crate) struct Selector {
    patience: Patience,
    order: Order,
    ordered_at: Option<Instant>,
    on: On,
    on_since: Option<Instant>,
    cause: Cause,
    inputs: [Watch; 2],
    /// When viewers got the newest frame of an input.
    shown_at: Option<Instant>,
    /// When clips ended: the slate may follow them as it follows an input.
    clips_until: Option<Instant>,
    failures: u32,
}

/// What is known of one input.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    is_there: bool,
    left_at: Option<Instant>,
    last: Option<Instant>,
    last_of: [Option<Instant>; 2],
    steady_since: Option<Instant>,
}

impl Selector {
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            patience,
            order: Order::Auto,
            ordered_at: None,
            on: On::Nothing,
            on_since: None,
            cause: Cause::Over,
            inputs: [Watch::default(); 2],
            shown_at: None,
            clips_until: None,
            failures: 0,
        }
    }

    pub(crate) fn on(&self) -> On {
        self.on
    }

    pub(crate) fn cause(&self) -> Cause {
        self.cause
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    /// For how long viewers have got no frame of an input.
    pub(crate) fn standstill(&self, now: Instant) -> Duration {
        self.shown_at.map_or(Duration::ZERO, |shown| now - shown)
    }

    /// Whether viewers look at a standing picture: the input on air has sent nothing for a moment.
    pub(crate) fn stands(&self, now: Instant) -> bool {
        self.standstill(now) >= STANDS
    }

    /// Somebody decides, or lets the selector decide again.
    pub(crate) fn direct(&mut self, order: Order, now: Instant) {
        (self.order, self.ordered_at) = (order, Some(now));
    }

    /// An encoder connected.
    pub(crate) fn joined(&mut self, seat: Seat) {
        let watch = &mut self.inputs[seat.index()];
        watch.is_there = true;
        (watch.last_of, watch.steady_since) = ([None; 2], None);
    }

    /// The encoder went away.
    pub(crate) fn left(&mut self, seat: Seat, now: Instant) {
        let watch = &mut self.inputs[seat.index()];
        (watch.is_there, watch.left_at) = (false, Some(now));
        watch.steady_since = None;
    }

    /// A frame arrived that can be decoded.
    pub(crate) fn frame(&mut self, seat: Seat, kind: Kind, now: Instant) {
        let (gap, partial) = (self.patience.steady_gap, self.patience.partial);
        let watch = &mut self.inputs[seat.index()];
        let within = |last: Option<Instant>, limit| last.is_some_and(|last| now - last <= limit);
        let is_steady = within(watch.last, gap)
            && watch.last_of[kind as usize].is_none_or(|last| now - last <= partial);
        if watch.steady_since.is_none() || !is_steady {
            watch.steady_since = Some(now);
        }
        watch.last = Some(now);
        watch.last_of[kind as usize] = Some(now);
        if self.on == seat.into() {
            self.shown_at = Some(now);
        }
    }

    /// Nobody has sent for so long that the channel is idle.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.change(On::Nothing, Cause::Over, now);
    }

    /// Whether something else may soon come on air in place of what fails.
    pub(crate) fn has_other(&self, facts: Facts, now: Instant) -> bool {
        let other = self.on.seat().map(Seat::other);
        let may_follow = self.order == Order::Auto;
        (may_follow && other.is_some_and(|seat| self.is_alive(seat, now)))
            || self.may_slate(facts, now)
            || self.may_clips(facts)
    }

    /// Whether viewers are taken from one input to the other as soon as that one can begin.
    pub(crate) fn awaits_other(&self, facts: Facts, now: Instant) -> bool {
        let able = Facts {
            ready: [true; 2],
            ..facts
        };
        let other = self.on.seat().map(|seat| On::from(seat.other()));
        let wanted = self.wanted(able, now).map(|(on, _)| on);
        other.is_some() && wanted == other
    }

    /// What shall be on air from now on, if that is something else.
    pub(crate) fn decide(&mut self, facts: Facts, now: Instant) -> Option<On> {
        let (on, cause) = self.wanted(facts, now).filter(|(on, _)| *on != self.on)?;
        self.change(on, cause, now);
        Some(on)
    }

    fn change(&mut self, on: On, cause: Cause, now: Instant) {
        if on == self.on {
            return;
        }
        if self.on == On::Primary && matches!(cause, Cause::Silent | Cause::Gone | Cause::Partial) {
            let was_long = self
                .on_since
                .is_some_and(|since| now - since >= self.patience.forgiven);
            self.failures = if was_long { 1 } else { self.failures + 1 };
        }
        if self.on == On::Clips {
            self.clips_until = Some(now);
        }
        (self.on, self.on_since, self.cause) = (on, Some(now), cause);
        if on.seat().is_some() {
            self.shown_at = Some(now);
        }
    }

    fn wanted(&self, facts: Facts, now: Instant) -> Option<(On, Cause)> {
        match self.order {
            Order::Slate if facts.has_slate && self.is_ordered(Order::Slate, now) => {
                Some((On::Slate, Cause::Ordered))
            }
            Order::Clips if facts.has_clips && self.is_ordered(Order::Clips, now) => {
                Some((On::Clips, Cause::Ordered))
            }
            Order::Primary => self.pinned(Seat::Primary, facts, now),
            Order::Backup => self.pinned(Seat::Backup, facts, now),
            Order::Auto | Order::Slate | Order::Clips => self.automatic(facts, now),
        }
    }

    fn automatic(&self, facts: Facts, now: Instant) -> Option<(On, Cause)> {
        let usable = |seat: Seat| facts.ready[seat.index()] && self.is_alive(seat, now);
        let first =
            |good: &dyn Fn(Seat) -> bool| Seat::ALL.iter().copied().find(|seat| good(*seat));
        match self.on {
            On::Nothing => match first(&|seat| self.is_alive(seat, now)) {
                Some(seat) => Some((seat.into(), Cause::Began)),
                None => self.may_clips(facts).then_some((On::Clips, Cause::Break)),
            },
            On::Slate | On::Clips => {
                let enough = self.patience.leave_slate_after;
                match first(&|seat| usable(seat) && self.steady(seat, now) >= enough) {
                    Some(seat) => Some((seat.into(), self.after_slate())),
                    None if self.may_clips(facts) => Some((On::Clips, Cause::Break)),
                    None => Some(self.slate_or_nothing(facts, now)),
                }
            }
            On::Primary | On::Backup => {
                let seat = self.on.seat()?;
                let other = seat.other();
                if let Some(cause) = self.failed(seat, now) {
                    if usable(other) {
                        return Some((other.into(), cause));
                    }
                    let waits_for_key = self.is_alive(other, now);
                    if self.may_clips(facts) && self.stood(waits_for_key, now) {
                        return Some((On::Clips, Cause::Break));
                    }
                    return self.slate_instead(waits_for_key, cause, facts, now);
                }
                let is_steady = self.steady(other, now) >= self.return_after();
                if !usable(other) || !is_steady || !self.is_whole(other, now) {
                    return None;
                }
                if !self.is_whole(seat, now) {
                    return Some((other.into(), Cause::Partial));
                }
                (other == Seat::Primary).then_some((On::Primary, Cause::Returned))
            }
        }
    }

    /// What somebody wants is shown as soon as it can be, and nothing but the slate takes its place.
    fn pinned(&self, seat: Seat, facts: Facts, now: Instant) -> Option<(On, Cause)> {
        let is_ready = facts.ready[seat.index()] && self.is_alive(seat, now);
        let wanted = Some((On::from(seat), Cause::Ordered));
        match self.on {
            On::Nothing => wanted.filter(|_| self.is_alive(seat, now)),
            On::Slate | On::Clips => {
                let enough = self.patience.leave_slate_after;
                if is_ready && self.steady(seat, now) >= enough {
                    return wanted;
                }
                Some(self.slate_or_nothing(facts, now))
            }
            on if on == seat.into() => {
                let cause = self.failed(seat, now)?;
                self.slate_instead(false, cause, facts, now)
            }
            on => {
                if is_ready {
                    return wanted;
                }
                let cause = self.failed(on.seat()?, now)?;
                self.slate_instead(self.is_alive(seat, now), cause, facts, now)
            }
        }
    }

    /// The slate, once viewers have looked at a standing picture for long enough.
    fn slate_instead(
        &self,
        waits_for_key: bool,
        cause: Cause,
        facts: Facts,
        now: Instant,
    ) -> Option<(On, Cause)> {
        let stood = self.stood(waits_for_key, now);
        (stood && self.may_slate(facts, now)).then_some((On::Slate, cause))
    }

    /// Whether viewers have looked at a standing picture for long enough.
    fn stood(&self, waits_for_key: bool, now: Instant) -> bool {
        let patience = if waits_for_key {
            self.patience.key
        } else {
            self.patience.slate
        };
        self.shown_at.is_some_and(|shown| now - shown >= patience)
    }

    /// What stays where no input comes.
    fn slate_or_nothing(&self, facts: Facts, now: Instant) -> (On, Cause) {
        if self.may_slate(facts, now) {
            (On::Slate, Cause::Over)
        } else {
            (On::Nothing, Cause::Over)
        }
    }

    fn may_slate(&self, facts: Facts, now: Instant) -> bool {
        let within = |at: Option<Instant>| at.is_some_and(|at| now - at < self.patience.slate_max);
        let follows = self.on == On::Clips || within(self.clips_until);
        let was_shown = follows || within(self.shown_at);
        facts.has_slate && (was_shown || self.is_ordered(Order::Slate, now))
    }

    /// Whether clips fill what no input does: in breaks, and never against what somebody wants.
    fn may_clips(&self, facts: Facts) -> bool {
        facts.has_clips && facts.in_break && matches!(self.order, Order::Auto | Order::Clips)
    }

    fn is_ordered(&self, order: Order, now: Instant) -> bool {
        let limit = self.patience.slate_ordered_max;
        self.order == order && self.ordered_at.is_some_and(|at| now - at < limit)
    }

    fn after_slate(&self) -> Cause {
        if self.cause == Cause::Ordered {
            Cause::Ordered
        } else {
            Cause::Returned
        }
    }

    /// Whether frames arrive.
    fn is_alive(&self, seat: Seat, now: Instant) -> bool {
        let watch = &self.inputs[seat.index()];
        watch.is_there
            && watch
                .last
                .is_some_and(|last| now - last < self.patience.silent)
    }

    /// Whether everything arrives that once did.
    fn is_whole(&self, seat: Seat, now: Instant) -> bool {
        let arrives =
            |last: &Option<Instant>| last.is_none_or(|last| now - last < self.patience.partial);
        self.inputs[seat.index()].last_of.iter().all(arrives)
    }

    /// For how long frames have arrived without a gap.
    fn steady(&self, seat: Seat, now: Instant) -> Duration {
        let watch = &self.inputs[seat.index()];
        match (watch.steady_since, watch.last) {
            (Some(since), Some(last)) if now - last <= self.patience.steady_gap => last - since,
            _ => Duration::ZERO,
        }
    }

    fn return_after(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(DOUBLINGS_MAX);
        self.patience.return_after * 2_u32.pow(doublings)
    }

    /// Why an input has failed, if it has.
    fn failed(&self, seat: Seat, now: Instant) -> Option<Cause> {
        let watch = &self.inputs[seat.index()];
        let is_past =
            |since: Option<Instant>, limit| since.is_none_or(|since| now - since >= limit);
        if !watch.is_there && is_past(watch.left_at, self.patience.gone) {
            return Some(Cause::Gone);
        }
        is_past(watch.last, self.patience.silent).then_some(if watch.is_there {
            Cause::Silent
        } else {
            Cause::Gone
        })
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
