//! Two encoders and a slate on one time line: what viewers see while one of them fails.

use std::time::Duration;

use media_core::frame::{Config, Frame, Kind};
use media_core::testing::{self, Encoder, hls};
use media_core::{Cause, Input, On, Order, Seat, Settings, Slate, State, Unable};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::hostile::{discontinuities, total_us};
use crate::support::Stage;

/// A stage whose time passes by itself, with a caretaker.
pub(crate) struct Show {
    pub(crate) stage: Stage,
    caretaker: JoinSet<()>,
    began: Instant,
    last: Option<hls::Media>,
}

/// One encoder that may stop at any time; its clock goes on with everybody's.
pub(crate) struct Camera {
    pub(crate) seat: Seat,
    pub(crate) encoder: Encoder,
    pub(crate) other_codec: bool,
    pub(crate) input: Option<Input>,
    /// What it sends, but for its clock: when, since the beginning of the show.
    frames: Vec<Frame>,
    next: usize,
    clock_us: i64,
}

impl Camera {
    pub(crate) fn new(seat: Seat, encoder: Encoder, seconds: i64) -> Self {
        let clock_us = encoder.start_us;
        let frames = Encoder {
            start_us: 0,
            ..encoder.clone()
        }
        .frames(seconds);
        Self {
            seat,
            encoder,
            other_codec: false,
            input: None,
            frames,
            next: 0,
            clock_us,
        }
    }

    pub(crate) fn connect(&mut self, show: &Show) {
        self.input = show
            .stage
            .channels
            .admit(&show.stage.name, self.seat, testing::source())
            .ok();
        let Some(input) = &self.input else { return };
        for config in self.encoder.configs() {
            let config = match config {
                Config::Avc(_) if self.other_codec => Config::Avc(testing::other_avc_record()),
                config => config,
            };
            input.config(config).unwrap();
        }
    }

    /// Jumps its clock.
    pub(crate) fn jump(&mut self, by_us: i64) {
        self.clock_us += by_us;
    }

    /// Sends what is due, unless it is to be silent.
    fn play(&mut self, now_us: i64, silent: bool) {
        while let Some(frame) = self
            .frames
            .get(self.next)
            .filter(|frame| frame.dts_us <= now_us)
        {
            self.next += 1;
            let frame = Frame {
                dts_us: frame.dts_us + self.clock_us,
                ..frame.clone()
            };
            let Some(input) = self.input.as_ref().filter(|_| !silent) else {
                continue;
            };
            if input.frame(frame).is_err() {
                self.input = None;
            }
        }
    }
}

impl Show {
    pub(crate) fn new(slate: Option<Slate>) -> Self {
        Self::with(Settings::default(), slate)
    }

    pub(crate) fn with(settings: Settings, slate: Option<Slate>) -> Self {
        let stage = Stage::with(settings);
        stage.channels.set_slate(slate);
        let mut caretaker = JoinSet::new();
        let channels = stage.channels.clone();
        caretaker.spawn(async move { channels.watch_over().await });
        Self {
            stage,
            caretaker,
            began: Instant::now(),
            last: None,
        }
    }

    pub(crate) fn now_us(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap()
    }

    /// Lets time pass in steps of ten milliseconds, in which those who are not silent send.
    pub(crate) async fn pass(&mut self, ms: u64, cameras: &mut [&mut Camera], silent: &[Seat]) {
        for _ in 0..ms / 10 {
            let next = Instant::now() + Duration::from_millis(10);
            sleep_until(next).await;
            self.stage.clock.advance(Duration::from_millis(10));
            let now_us = self.now_us();
            for camera in cameras.iter_mut() {
                camera.play(now_us, silent.contains(&camera.seat));
            }
        }
        self.check();
    }

    /// Every playlist is valid, and goes on where the one before was.
    pub(crate) fn check(&mut self) {
        if self.stage.channels.snapshot(&self.stage.name).is_none() {
            return;
        }
        let media = self.stage.media();
        if let Some(last) = &self.last {
            assert_eq!(hls::check_successor(last, &media), Vec::<String>::new());
        }
        let dates: Vec<i64> = media
            .segments
            .iter()
            .filter_map(|segment| segment.date_us)
            .collect();
        assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
        self.last = Some(media);
    }

    pub(crate) fn on(&self) -> (On, Cause) {
        let status = self.stage.channels.status(&self.stage.name);
        let status = status.borrow();
        (status.on, status.cause)
    }

    fn state(&self) -> State {
        self.stage.channels.status(&self.stage.name).borrow().state
    }

    /// Media published so far.
    pub(crate) fn published_us(&self) -> i64 {
        total_us(&self.stage.media())
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.caretaker.abort_all();
    }
}

pub(crate) fn slate() -> Slate {
    let encoder = Encoder {
        pictures: Some((25, 1)),
        gop: 50,
        ..Encoder::default()
    };
    let mut configs = encoder.configs();
    configs[0] = Config::Avc(testing::other_avc_record());
    Slate::new(&configs, encoder.frames(10), 10_000_000).unwrap()
}

fn cameras(seconds: i64) -> (Camera, Camera) {
    let encoder = |start_us| Encoder {
        start_us,
        ..Encoder::default()
    };
    (
        Camera::new(Seat::Primary, encoder(77_000_000), seconds),
        Camera::new(Seat::Backup, encoder(-5_000_000_000), seconds),
    )
}

#[tokio::test(start_paused = true)]
async fn row_11_a_backup_takes_over_within_two_seconds_and_gives_back_without_a_discontinuity() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, mut backup) = cameras(60);
    primary.connect(&show);
    backup.connect(&show);
    show.pass(10_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on(), (On::Primary, Cause::Began));
    let before = show.published_us();
    primary.input = None;
    show.pass(2_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on(), (On::Backup, Cause::Gone));
    assert_eq!(show.state(), State::Receiving);
    show.pass(8_000, &mut [&mut primary, &mut backup], &[])
        .await;
    // At most a group of pictures is missing, and nothing was shown twice.
    let missing = 10_000_000 - (show.published_us() - before);
    assert!((-100_000..=2_400_000).contains(&missing), "{missing}");
    primary.connect(&show);
    show.pass(2_900, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on().0, On::Backup);
    show.pass(2_200, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on(), (On::Primary, Cause::Returned));
    show.pass(5_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(discontinuities(&show.stage.media()), 0);
}

#[tokio::test(start_paused = true)]
async fn row_3_a_silent_encoder_is_replaced_after_a_second_and_can_come_back() {
    let mut show = Show::new(None);
    let (mut primary, mut backup) = cameras(60);
    primary.connect(&show);
    backup.connect(&show);
    show.pass(9_500, &mut [&mut primary, &mut backup], &[])
        .await;
    show.pass(900, &mut [&mut primary, &mut backup], &[Seat::Primary])
        .await;
    assert_eq!(show.on().0, On::Primary);
    show.pass(1_800, &mut [&mut primary, &mut backup], &[Seat::Primary])
        .await;
    assert_eq!(show.on(), (On::Backup, Cause::Silent));
    show.pass(8_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(
        show.on(),
        (On::Primary, Cause::Returned),
        "the connection was never lost"
    );
}

#[tokio::test(start_paused = true)]
async fn a_backup_of_another_configuration_costs_one_discontinuity_each_way() {
    let mut show = Show::new(None);
    let (mut primary, mut backup) = cameras(60);
    backup.other_codec = true;
    primary.connect(&show);
    backup.connect(&show);
    show.pass(10_000, &mut [&mut primary, &mut backup], &[])
        .await;
    show.pass(10_000, &mut [&mut primary, &mut backup], &[Seat::Primary])
        .await;
    assert_eq!(discontinuities(&show.stage.media()), 1);
    show.pass(10_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(
        (show.on().0, discontinuities(&show.stage.media())),
        (On::Primary, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn an_encoder_that_reconnects_at_once_is_never_replaced() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, mut backup) = cameras(60);
    primary.connect(&show);
    backup.connect(&show);
    for _ in 0..5 {
        show.pass(5_000, &mut [&mut primary, &mut backup], &[])
            .await;
        primary.input = None;
        show.pass(300, &mut [&mut primary, &mut backup], &[]).await;
        primary.connect(&show);
    }
    assert_eq!(show.on(), (On::Primary, Cause::Began));
    assert_eq!(discontinuities(&show.stage.media()), 0);
}

#[tokio::test(start_paused = true)]
async fn the_slate_plays_while_nobody_sends_and_gives_way() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, _) = cameras(120);
    primary.connect(&show);
    show.pass(10_000, &mut [&mut primary], &[]).await;
    let before = show.published_us();
    primary.input = None;
    show.pass(1_400, &mut [&mut primary], &[]).await;
    assert_eq!(show.on().0, On::Primary);
    show.pass(700, &mut [&mut primary], &[]).await;
    assert_eq!(
        (show.on(), show.state()),
        ((On::Slate, Cause::Gone), State::Receiving)
    );
    // The slate makes up for the standstill, so that there is something to play at once.
    assert!(
        show.published_us() - before >= 1_300_000,
        "{}",
        show.published_us() - before
    );
    show.pass(30_000, &mut [&mut primary], &[]).await;
    let played = show.published_us() - before;
    assert!((31_000_000..=32_600_000).contains(&played), "{played}");
    primary.connect(&show);
    show.pass(4_000, &mut [&mut primary], &[]).await;
    assert_eq!(show.on(), (On::Primary, Cause::Returned));
    assert_eq!(discontinuities(&show.stage.media()), 2);
    assert_eq!(show.stage.channels.metrics().switches(On::Slate).get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_day_that_is_over_does_not_loop_for_ever() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, _) = cameras(5);
    primary.connect(&show);
    show.pass(5_000, &mut [&mut primary], &[]).await;
    primary.input = None;
    show.pass(29 * 60_000, &mut [], &[]).await;
    assert_eq!(show.on().0, On::Slate);
    show.pass(3 * 60_000, &mut [], &[]).await;
    assert_eq!((show.on().0, show.state()), (On::Nothing, State::Idle));
}

#[tokio::test(start_paused = true)]
async fn nobody_sees_a_slate_before_anybody_has_sent() {
    let mut show = Show::new(Some(slate()));
    show.stage.channels.status(&show.stage.name);
    show.pass(10_000, &mut [], &[]).await;
    assert_eq!((show.on().0, show.state()), (On::Nothing, State::Idle));
}

#[tokio::test(start_paused = true)]
async fn somebody_decides_and_is_obeyed_at_the_next_key_frame() {
    let mut show = Show::new(Some(slate()));
    let (mut primary, mut backup) = cameras(120);
    primary.connect(&show);
    backup.connect(&show);
    show.pass(5_000, &mut [&mut primary, &mut backup], &[])
        .await;
    let direct = |show: &Show, order| show.stage.channels.direct(&show.stage.name, order);
    direct(&show, Order::Backup).unwrap();
    show.pass(2_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on(), (On::Backup, Cause::Ordered));
    show.pass(10_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on().0, On::Backup);
    direct(&show, Order::Slate).unwrap();
    assert_eq!(show.on().0, On::Slate);
    show.pass(10_000, &mut [&mut primary, &mut backup], &[])
        .await;
    direct(&show, Order::Auto).unwrap();
    assert_eq!(show.on().0, On::Primary, "what it sent last was kept");
    show.pass(5_000, &mut [&mut primary, &mut backup], &[])
        .await;
    let without = Stage::new();
    let refused = without.channels.direct(&without.name, Order::Slate);
    assert_eq!(refused, Err(Unable::NoSlate));
}

#[tokio::test(start_paused = true)]
async fn closing_one_seat_leaves_the_other_alone() {
    let mut show = Show::new(None);
    let (mut primary, mut backup) = cameras(60);
    primary.connect(&show);
    backup.connect(&show);
    show.pass(5_000, &mut [&mut primary, &mut backup], &[])
        .await;
    show.stage
        .channels
        .close(&show.stage.name, Some(Seat::Primary), "the key was revoked");
    let input = primary.input.take().unwrap();
    input.evicted().await;
    assert_eq!(input.eviction_reason(), "the key was revoked");
    show.pass(3_000, &mut [&mut primary, &mut backup], &[])
        .await;
    assert_eq!(show.on().0, On::Backup);
    assert!(backup.input.is_some());
    show.stage
        .channels
        .close(&show.stage.name, None, "the track is gone");
    assert!(
        backup
            .input
            .unwrap()
            .frame(Encoder::default().picture(0, 0))
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn both_inputs_are_told_of_whichever_is_on_air() {
    let mut show = Show::new(None);
    let (mut primary, mut backup) = cameras(60);
    primary.connect(&show);
    backup.connect(&show);
    show.pass(12_000, &mut [&mut primary, &mut backup], &[])
        .await;
    let told = |show: &Show| {
        show.stage
            .channels
            .status(&show.stage.name)
            .borrow()
            .clone()
    };
    for input in &told(&show).inputs {
        assert_eq!((input.state, input.width), (State::Receiving, 320));
        assert_eq!(input.video_codec.as_deref(), Some("avc1.42c00d"));
        assert!((input.fps - 30.0).abs() < 0.1, "{}", input.fps);
        assert!(input.bitrate_bps > 50_000, "{}", input.bitrate_bps);
        assert!((input.health.key_interval_s - 2.0).abs() < 0.1);
    }
    backup.input = None;
    show.pass(500, &mut [&mut primary, &mut backup], &[]).await;
    assert_eq!(told(&show).inputs[1].state, State::Interrupted);
    assert_eq!(told(&show).inputs[0].state, State::Receiving);
    show.pass(61_000, &mut [&mut primary], &[]).await;
    assert_eq!(told(&show).inputs[1].state, State::Idle);
}

/// Numbers of the pictures that viewers got, in order.
fn shown(show: &Show) -> Vec<u8> {
    use mp4_atom::{Decode, Header, Moof};
    let mut numbers = Vec::new();
    for part in show
        .stage
        .snapshot()
        .segments()
        .iter()
        .flat_map(|segment| &segment.parts)
    {
        let mut rest = &part.data[..];
        let moof = Moof::decode(&mut rest).unwrap();
        Header::decode(&mut rest).unwrap();
        for traf in &moof.traf {
            for sample in &traf.trun[0].samples {
                let (data, after) = rest.split_at(sample.size.unwrap() as usize);
                rest = after;
                if traf.tfhd.track_id == 1 {
                    numbers.push(data[5]);
                }
            }
        }
    }
    numbers
}

/// Both see the same picture; the number in it is the instant at which it was. Key frames of the backup come
/// `offset_us` before those of the primary, and what it sends `late_us` later.
fn filming(seconds: i64, offset_us: i64, late_us: i64) -> (Camera, Camera) {
    let (mut primary, mut backup) = cameras(seconds);
    for camera in [&mut primary, &mut backup] {
        let is_backup = camera.seat == Seat::Backup;
        for frame in &mut camera.frames {
            let at_us = frame.dts_us;
            if is_backup {
                frame.dts_us += late_us;
            }
            if frame.kind == Kind::Audio {
                continue;
            }
            let shift_us = if is_backup { offset_us } else { 0 };
            frame.key = (at_us + shift_us) % 2_000_000 < 33_000;
            let mut data = frame.data.to_vec();
            data[4] = if frame.key { 0x65 } else { 0x41 };
            data[5] = u8::try_from((at_us + 16_000) / 33_333).unwrap();
            frame.data = data.into();
        }
    }
    (primary, backup)
}

#[tokio::test(start_paused = true)]
async fn pictures_that_both_encoders_send_never_come_twice() {
    let (mut replaced, mut returned) = (0, 0);
    // Key frames of the backup fall at every distance from the moment of the failure.
    for offset_us in (0..2_000_000).step_by(250_000) {
        for late_us in [-50_000, 0, 10_000, 50_000] {
            let mut show = Show::new(Some(slate()));
            let (mut primary, mut backup) = filming(8, offset_us, late_us);
            primary.connect(&show);
            backup.connect(&show);
            let mut both = [&mut primary, &mut backup];
            show.pass(1_000, &mut both, &[]).await;
            // It falls silent, and returns once it was steady for three seconds.
            show.pass(1_300, &mut both, &[Seat::Primary]).await;
            show.pass(5_600, &mut both, &[]).await;
            primary.input = None;
            backup.input = None;
            let (case, numbers) = (format!("{offset_us} {late_us}"), shown(&show));
            assert!(
                numbers.windows(2).all(|pair| pair[0] < pair[1]),
                "{case}: {numbers:?}"
            );
            // Where a key frame falls right into the failure, the next one is waited for.
            assert!(numbers.len() > 160, "{case}: {}", numbers.len());
            let switches = |on| show.stage.channels.metrics().switches(on).get();
            replaced += switches(On::Backup);
            returned += switches(On::Primary) - 1;
        }
    }
    // Where the next key frame was too far away, the primary was back before it.
    assert!(
        replaced >= 16 && returned == replaced,
        "{replaced} and {returned} of 32"
    );
}
