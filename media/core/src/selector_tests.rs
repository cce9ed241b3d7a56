use proptest::prelude::*;

use super::*;

const STEP_MS: u64 = 50;

/// Two encoders on a clock of steps.
struct Scene {
    selector: Selector,
    began: Instant,
    now_ms: u64,
    facts: Facts,
    /// What was on air, since when, why.
    log: Vec<(u64, On, Cause)>,
}

impl Scene {
    fn new(has_slate: bool) -> Self {
        Self {
            selector: Selector::new(Patience::default()),
            began: Instant::now(),
            now_ms: 0,
            facts: Facts {
                ready: [true; 2],
                has_slate,
                ..Facts::default()
            },
            log: Vec::new(),
        }
    }

    fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.now_ms)
    }

    fn join(&mut self, seats: &[Seat]) {
        for seat in seats {
            self.selector.joined(*seat);
        }
    }

    /// Lets those send for a while, pictures and sound.
    fn pass(&mut self, ms: u64, senders: &[Seat]) {
        self.pass_kinds(ms, senders, &[Kind::Video, Kind::Audio]);
    }

    fn pass_kinds(&mut self, ms: u64, senders: &[Seat], kinds: &[Kind]) {
        for _ in 0..ms / STEP_MS {
            self.now_ms += STEP_MS;
            for (seat, kind) in senders
                .iter()
                .flat_map(|seat| kinds.iter().map(|kind| (*seat, *kind)))
            {
                self.selector.frame(seat, kind, self.now());
            }
            self.decide();
        }
    }

    fn decide(&mut self) -> Option<On> {
        let on = self.selector.decide(self.facts, self.now())?;
        self.log.push((self.now_ms, on, self.selector.cause()));
        Some(on)
    }

    fn leave(&mut self, seat: Seat) {
        self.selector.left(seat, self.now());
    }

    fn order(&mut self, order: Order) {
        self.selector.direct(order, self.now());
        self.decide();
    }

    fn last(&self) -> (u64, On, Cause) {
        *self.log.last().unwrap()
    }
}

use Seat::{Backup, Primary};

#[test]
fn the_first_to_send_is_on_air_at_once() {
    for seat in [Primary, Backup] {
        let mut scene = Scene::new(true);
        scene.join(&[seat]);
        scene.pass(200, &[]);
        assert!(scene.log.is_empty(), "a connection alone shows nothing");
        scene.pass(STEP_MS, &[seat]);
        assert_eq!(scene.last(), (250, seat.into(), Cause::Began));
    }
}

#[test]
fn a_silent_primary_is_replaced_after_a_second_and_one_that_left_after_half() {
    for (leaves, expected) in [
        (false, (6_000, Cause::Silent)),
        (true, (5_500, Cause::Gone)),
    ] {
        let mut scene = Scene::new(true);
        scene.join(&[Primary, Backup]);
        scene.pass(5_000, &[Primary, Backup]);
        assert_eq!(scene.selector.on(), On::Primary);
        if leaves {
            scene.leave(Primary);
        }
        scene.pass(3_000, &[Backup]);
        assert_eq!(scene.last(), (expected.0, On::Backup, expected.1));
    }
}

#[test]
fn an_encoder_that_comes_back_at_once_costs_nothing() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    for _ in 0..5 {
        scene.pass(5_000, &[Primary, Backup]);
        scene.leave(Primary);
        scene.pass(300, &[Backup]);
        scene.join(&[Primary]);
        scene.pass(300, &[Backup]);
    }
    assert_eq!(scene.log.len(), 1);
}

#[test]
fn a_backup_that_has_no_key_frame_yet_is_waited_for_and_then_the_slate_comes() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary, Backup]);
    scene.facts.ready = [false; 2];
    scene.pass(2_450, &[Backup]);
    assert_eq!(scene.log.len(), 1);
    scene.pass(STEP_MS, &[Backup]);
    assert_eq!(scene.last(), (7_500, On::Slate, Cause::Silent));
    scene.facts.ready = [false, true];
    scene.pass(STEP_MS, &[Backup]);
    assert_eq!(scene.last(), (7_550, On::Backup, Cause::Returned));
}

#[test]
fn the_slate_comes_where_nobody_else_sends_and_stays_for_half_an_hour() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary]);
    scene.pass(5_000, &[Primary]);
    scene.pass(40 * 60_000, &[]);
    let slate = (6_500, On::Slate, Cause::Silent);
    let over = (5_000 + 30 * 60_000, On::Nothing, Cause::Over);
    assert_eq!(scene.log[1..], [slate, over]);
    let mut without = Scene::new(false);
    without.join(&[Primary]);
    without.pass(5_000, &[Primary]);
    without.pass(60_000, &[]);
    assert_eq!(without.log.len(), 1, "the last picture stays");
}

#[test]
fn the_slate_gives_way_to_an_input_that_is_steady_for_a_second() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary]);
    scene.pass(10_000, &[]);
    scene.pass(2_000, &[Backup]);
    assert_eq!(scene.last(), (16_050, On::Backup, Cause::Returned));
}

#[test]
fn viewers_go_back_to_the_primary_at_its_next_key_frame_after_three_seconds() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary, Backup]);
    scene.pass(5_000, &[Backup]);
    assert_eq!(scene.selector.on(), On::Backup);
    scene.facts.ready = [false; 2];
    scene.pass(4_500, &[Primary, Backup]);
    assert_eq!(scene.selector.on(), On::Backup);
    scene.facts.ready = [true, false];
    scene.pass(STEP_MS, &[Primary, Backup]);
    assert_eq!(scene.last(), (14_550, On::Primary, Cause::Returned));
}

#[test]
fn a_primary_that_fails_again_and_again_must_prove_itself_for_longer() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary, Backup]);
    for _ in 0..20 {
        scene.pass(2_000, &[Backup]);
        scene.pass(8_000, &[Primary, Backup]);
    }
    let returns = scene.log.iter().filter(|(_, on, _)| *on == On::Primary);
    assert!(returns.count() <= 4, "{:?}", scene.log);
    scene.pass(60_000, &[Primary, Backup]);
    assert_eq!(scene.selector.on(), On::Primary);
    scene.pass(61_000, &[Primary, Backup]);
    scene.pass(2_000, &[Backup]);
    scene.pass(3_500, &[Primary, Backup]);
    assert_eq!(
        scene.selector.on(),
        On::Primary,
        "what was long ago is forgiven"
    );
}

#[test]
fn an_input_that_lost_its_picture_is_worth_less_than_a_whole_one_but_more_than_the_slate() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary, Backup]);
    for _ in 0..100 {
        scene.pass_kinds(STEP_MS, &[Primary], &[Kind::Audio]);
    }
    assert_eq!(scene.selector.on(), On::Primary, "no whole input, no slate");
    for _ in 0..100 {
        scene.pass_kinds(STEP_MS, &[Primary], &[Kind::Audio]);
        scene.now_ms -= STEP_MS;
        scene.pass(STEP_MS, &[Backup]);
    }
    assert_eq!(
        (scene.last().1, scene.last().2),
        (On::Backup, Cause::Partial)
    );
}

#[test]
fn somebody_may_decide_and_nothing_but_the_slate_takes_the_place_of_what_they_want() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary, Backup]);
    scene.pass(5_000, &[Primary, Backup]);
    scene.order(Order::Backup);
    assert_eq!(scene.last(), (5_000, On::Backup, Cause::Ordered));
    scene.pass(20_000, &[Primary, Backup]);
    assert_eq!(scene.selector.on(), On::Backup);
    scene.pass(20_000, &[Primary]);
    assert_eq!(
        scene.selector.on(),
        On::Slate,
        "the backup failed, the primary is not wanted"
    );
    scene.pass(2_000, &[Primary, Backup]);
    assert_eq!(scene.last().1, On::Backup);
    scene.order(Order::Slate);
    assert_eq!(scene.last().1, On::Slate);
    scene.pass(3 * 3_600_000, &[Primary, Backup]);
    assert_eq!(scene.selector.on(), On::Slate);
    scene.order(Order::Auto);
    assert_eq!(scene.last().1, On::Primary);
    scene.order(Order::Slate);
    scene.pass(4 * 3_600_000 + 5_000, &[Primary, Backup]);
    assert_eq!(
        scene.selector.on(),
        On::Primary,
        "nobody wants a slate for ever"
    );
}

#[test]
fn what_is_wanted_but_does_not_send_does_not_darken_the_screen() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary]);
    scene.pass(5_000, &[Primary]);
    scene.order(Order::Backup);
    scene.pass(10_000, &[Primary]);
    assert_eq!(scene.selector.on(), On::Primary);
    scene.join(&[Backup]);
    scene.pass(STEP_MS, &[Primary, Backup]);
    assert_eq!(scene.selector.on(), On::Backup);
}

/// A scene with clips, in a break in which they play by themselves.
fn in_break() -> Scene {
    let mut scene = Scene::new(true);
    (scene.facts.has_clips, scene.facts.in_break) = (true, true);
    scene
}

#[test]
fn in_a_break_clips_play_while_nobody_sends_and_give_way_to_a_steady_input() {
    let mut scene = in_break();
    scene.pass(STEP_MS, &[]);
    assert_eq!(scene.last(), (50, On::Clips, Cause::Break));
    scene.join(&[Primary]);
    scene.pass(2_000, &[Primary]);
    assert_eq!(scene.last(), (1_100, On::Primary, Cause::Returned));
    scene.pass(3_000, &[]);
    assert_eq!(scene.last(), (3_550, On::Clips, Cause::Break));
    scene.facts.in_break = false;
    scene.pass(STEP_MS, &[]);
    assert_eq!((scene.last().1, scene.last().2), (On::Slate, Cause::Over));
}

#[test]
fn clips_that_somebody_wants_play_whatever_sends_and_those_nobody_wants_never_take_a_picture() {
    let mut scene = in_break();
    scene.facts.in_break = false;
    scene.join(&[Primary]);
    scene.pass(5_000, &[Primary]);
    scene.order(Order::Clips);
    assert_eq!(scene.last(), (5_000, On::Clips, Cause::Ordered));
    scene.pass(60_000, &[Primary]);
    assert_eq!(scene.selector.on(), On::Clips);
    scene.order(Order::Auto);
    assert_eq!(scene.last().1, On::Primary);
    scene.facts.in_break = true;
    scene.pass(60_000, &[Primary]);
    assert_eq!(
        scene.selector.on(),
        On::Primary,
        "a break alone takes nothing"
    );
    scene.order(Order::Clips);
    scene.facts.in_break = false;
    scene.pass(4 * 3_600_000 + 5_000, &[Primary]);
    assert_eq!(
        scene.selector.on(),
        On::Primary,
        "nobody wants clips for ever"
    );
}

#[test]
fn who_wants_one_input_gets_the_slate_in_its_place_and_no_clips() {
    let mut scene = in_break();
    scene.join(&[Primary]);
    scene.pass(5_000, &[Primary]);
    scene.order(Order::Primary);
    scene.pass(10_000, &[]);
    assert_eq!(scene.selector.on(), On::Slate);
    scene.order(Order::Auto);
    assert_eq!(scene.selector.on(), On::Clips);
    scene.order(Order::Primary);
    assert_eq!(scene.selector.on(), On::Slate);
}

#[test]
fn wanted_clips_that_there_are_none_of_change_nothing() {
    let mut scene = Scene::new(true);
    scene.join(&[Primary]);
    scene.pass(5_000, &[Primary]);
    scene.order(Order::Clips);
    scene.pass(5_000, &[Primary]);
    assert_eq!(scene.selector.on(), On::Primary);
    scene.facts.has_clips = true;
    scene.pass(STEP_MS, &[Primary]);
    assert_eq!(scene.selector.on(), On::Clips);
}

/// What one input does for a while.
#[derive(Clone, Copy, Debug)]
struct Spell {
    ms: u64,
    sends: [bool; 2],
    leaves: [bool; 2],
    ready: [bool; 2],
    has_clips: bool,
    in_break: bool,
    order: Option<Order>,
}

fn spells() -> impl Strategy<Value = Vec<Spell>> {
    let order = prop_oneof![
        12 => Just(None),
        2 => Just(Some(Order::Auto)),
        1 => prop::sample::select(Order::ALL).prop_map(Some),
    ];
    let both = || any::<[bool; 2]>();
    let spell = (1..120_u64, both(), both(), both(), both(), order).prop_map(
        |(steps, sends, leaves, ready, [has_clips, in_break], order)| Spell {
            ms: steps * STEP_MS,
            sends,
            leaves,
            ready,
            has_clips,
            in_break,
            order,
        },
    );
    prop::collection::vec(spell, 1..60)
}

proptest! {
    #[test]
    fn whatever_happens_the_rules_hold(spells in spells(), has_slate in any::<bool>()) {
        let mut scene = Scene::new(has_slate);
        let patience = Patience::default();
        let (mut steady_ms, mut quiet_ms) = ([0_u64; 2], [0_u64; 2]);
        let mut present = [false; 2];
        let mut ordered = Order::Auto;
        for spell in spells {
            scene.facts.ready = spell.ready;
            (scene.facts.has_clips, scene.facts.in_break) = (spell.has_clips, spell.in_break);
            for seat in [Primary, Backup] {
                let index = seat.index();
                if spell.sends[index] && !present[index] {
                    scene.join(&[seat]);
                    present[index] = true;
                } else if !spell.sends[index] && present[index] && spell.leaves[index] {
                    scene.leave(seat);
                    present[index] = false;
                }
            }
            if let Some(order) = spell.order {
                ordered = order;
                scene.selector.direct(order, scene.now());
            }
            for _ in 0..spell.ms / STEP_MS {
                let before = (scene.selector.on(), scene.log.len());
                let senders: Vec<Seat> =
                    [Primary, Backup].into_iter().filter(|seat| spell.sends[seat.index()]).collect();
                scene.pass(STEP_MS, &senders);
                for seat in [Primary, Backup] {
                    let index = seat.index();
                    // From frame to frame half a second may pass.
                    let is_steady = |gap_ms: u64| gap_ms <= 500 && present[index] && steady_ms[index] > 0;
                    let goes_on = if spell.sends[index] {
                        steady_ms[index] == 0 || is_steady(quiet_ms[index] + STEP_MS)
                    } else {
                        is_steady(quiet_ms[index] + STEP_MS)
                    };
                    steady_ms[index] = if goes_on { steady_ms[index] + STEP_MS } else { 0 };
                    quiet_ms[index] = if spell.sends[index] { 0 } else { quiet_ms[index] + STEP_MS };
                }
                let on = scene.selector.on();
                prop_assert!(scene.log.len() <= before.1 + 1, "one change at a time");
                if !has_slate {
                    prop_assert_ne!(on, On::Slate);
                }
                if on == On::Clips {
                    let may = ordered == Order::Clips || (spell.in_break && ordered == Order::Auto);
                    prop_assert!(may && spell.has_clips, "clips against what is wanted: {ordered}");
                }
                if let Some(seat) = on.seat().filter(|_| on != before.0) {
                    let began = before.0 == On::Nothing;
                    prop_assert!(began || spell.ready[seat.index()], "{:?}", scene.last());
                    let returned = before.0 == On::Backup && scene.last().2 == Cause::Returned;
                    prop_assert!(!returned || steady_ms[0] >= 2_900, "{} ms", steady_ms[0]);
                }
                // Somebody who has sent for long enough, and can begin, is not kept waiting.
                let enough = patience.return_after * 2_u32.pow(DOUBLINGS_MAX) + patience.key;
                let enough_ms = u64::try_from(enough.as_millis()).unwrap();
                if ordered == Order::Auto && spell.ms >= enough_ms && steady_ms[0] >= enough_ms && quiet_ms[0] == 0 && spell.ready[0] {
                    prop_assert_eq!(on, On::Primary);
                }
                let leave_ms = 1_000 + 2 * STEP_MS;
                if ordered == Order::Auto {
                    for index in [0, 1] {
                        let could = steady_ms[index] >= leave_ms && quiet_ms[index] == 0 && spell.ready[index];
                        prop_assert!(!could || on.seat().is_some(), "{on:?} while {index} sends");
                    }
                }
            }
        }
    }
}
