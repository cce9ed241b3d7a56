//! Clips in breaks: who gives way to whom, and that all of it is one time line.

use std::time::Duration;

use media_core::frame::Config;
use media_core::testing::{self, Encoder};
use media_core::{Cause, On, Order, Seat, Settings, Slate};

use crate::hostile::discontinuities;
use crate::redundancy::{Camera, Show, slate};

/// A clip of so many seconds, coded like an encoder or otherwise.
fn clip(name: &str, seconds: i64, other_codec: bool) -> Slate {
    let encoder = Encoder::default();
    let mut configs = encoder.configs();
    if other_codec {
        configs[0] = Config::Avc(testing::other_avc_record());
    }
    // Sound ends with the pictures.
    let mut frames = encoder.frames(seconds);
    frames.retain(|frame| frame.dts_us + 21_334 <= seconds * 1_000_000 || frame.key);
    let slate = Slate::new(&configs, frames, seconds * 1_000_000).unwrap();
    slate.named(name)
}

fn camera(seconds: i64) -> Camera {
    let encoder = Encoder {
        start_us: 77_000_000,
        ..Encoder::default()
    };
    Camera::new(Seat::Primary, encoder, seconds)
}

fn put(show: &Show, clips: Vec<Slate>) {
    show.stage.channels.set_clips(&show.stage.name, clips);
}

fn direct(show: &Show, order: Order) {
    show.stage.channels.direct(&show.stage.name, order).unwrap();
}

fn set_break(show: &Show, in_break: bool) {
    show.stage.channels.set_break(&show.stage.name, in_break);
}

fn playing(show: &Show) -> Option<String> {
    let status = show.stage.channels.status(&show.stage.name);

    status.borrow().playing.clone()
}

#[tokio::test(start_paused = true)]
async fn clips_follow_each_other_in_real_time_without_a_discontinuity_between_those_coded_alike() {
    let mut show = Show::new(Some(slate()));
    let mut primary = camera(200);
    primary.connect(&show);
    put(&show, vec![clip("A", 5, false), clip("B", 7, false)]);
    show.pass(10_000, &mut [&mut primary], &[]).await;
    assert_eq!(show.on().0, On::Primary, "clips wait to be wanted");
    let before = show.published_us();
    direct(&show, Order::Clips);
    assert_eq!(show.on(), (On::Clips, Cause::Ordered));
    assert_eq!(playing(&show).as_deref(), Some("A"));
    show.pass(5_500, &mut [&mut primary], &[]).await;
    assert_eq!(playing(&show).as_deref(), Some("B"));
    show.pass(54_700, &mut [&mut primary], &[]).await;
    assert_eq!(playing(&show).as_deref(), Some("A"), "five rounds later");
    let played = show.published_us() - before;
    assert!((59_500_000..=60_700_000).contains(&played), "{played}");
    direct(&show, Order::Auto);
    assert_eq!((show.on().0, playing(&show)), (On::Primary, None));
    show.pass(5_000, &mut [&mut primary], &[]).await;
    assert_eq!(discontinuities(&show.stage.media()), 0);
}

#[tokio::test(start_paused = true)]
async fn a_clip_coded_otherwise_costs_one_discontinuity_each_way() {
    let mut show = Show::new(None);
    let mut primary = camera(100);
    primary.connect(&show);
    put(&show, vec![clip("A", 4, false), clip("B", 4, true)]);
    show.pass(10_000, &mut [&mut primary], &[]).await;
    direct(&show, Order::Clips);
    show.pass(12_000, &mut [&mut primary], &[]).await;
    direct(&show, Order::Auto);
    show.pass(5_000, &mut [&mut primary], &[]).await;
    assert_eq!(discontinuities(&show.stage.media()), 2);
}

#[tokio::test(start_paused = true)]
async fn in_a_break_clips_fill_what_no_input_does_and_an_encoder_takes_over() {
    let mut show = Show::new(Some(slate()));
    let mut primary = camera(500);
    put(&show, vec![clip("A", 5, false)]);
    set_break(&show, true);
    show.pass(3_000, &mut [], &[]).await;
    assert_eq!(show.on(), (On::Clips, Cause::Break), "nobody has sent yet");
    primary.connect(&show);
    show.pass(4_000, &mut [&mut primary], &[]).await;
    assert_eq!(show.on(), (On::Primary, Cause::Returned), "a picture wins");
    primary.input = None;
    show.pass(3_000, &mut [&mut primary], &[]).await;
    assert_eq!(show.on(), (On::Clips, Cause::Break));
    set_break(&show, false);
    assert_eq!(show.on(), (On::Slate, Cause::Over), "the break is over");
    show.pass(2_000, &mut [&mut primary], &[]).await;
    set_break(&show, true);
    assert_eq!(show.on(), (On::Clips, Cause::Break));
    put(&show, Vec::new());
    assert_eq!(show.on().0, On::Slate, "there are none any more");
    primary.connect(&show);
    show.pass(4_000, &mut [&mut primary], &[]).await;
    assert_eq!(show.on(), (On::Primary, Cause::Returned));
}

#[tokio::test(start_paused = true)]
async fn a_break_longer_than_the_slate_plays_does_not_end_in_darkness() {
    let mut settings = Settings::default();
    settings.patience.slate_max = Duration::from_mins(1);
    let mut show = Show::with(settings, Some(slate()));
    let mut primary = camera(5);
    primary.connect(&show);
    show.pass(5_000, &mut [&mut primary], &[]).await;
    primary.input = None;
    put(&show, vec![clip("A", 30, false)]);
    set_break(&show, true);
    show.pass(90_000, &mut [], &[]).await;
    assert_eq!(show.on().0, On::Clips);
    set_break(&show, false);
    show.pass(40_000, &mut [], &[]).await;
    assert_eq!(show.on().0, On::Slate);
    show.pass(30_000, &mut [], &[]).await;
    assert_eq!(show.on().0, On::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_channels_own_slate_takes_the_place_of_everybodys_also_on_air() {
    let mut show = Show::new(Some(slate()));
    let mut primary = camera(100);
    primary.connect(&show);
    show.pass(10_000, &mut [&mut primary], &[]).await;
    direct(&show, Order::Slate);
    show.pass(5_000, &mut [&mut primary], &[]).await;
    assert_eq!(playing(&show), None);
    let own = clip("Next: Opening", 4, false).titled();
    let set = |slate| show.stage.channels.set_own_slate(&show.stage.name, slate);
    set(Some(own.clone()));
    assert_eq!(playing(&show).as_deref(), Some("Next: Opening"));
    let status = show.stage.channels.status(&show.stage.name);
    assert!(status.borrow().titled);
    let shape = status.borrow().shape.clone().unwrap();
    assert_eq!(
        (shape.width, shape.height, shape.milli_fps),
        (320, 180, 30_000)
    );
    assert_eq!(shape.sound.map(|sound| sound.rate), Some(48_000));
    show.pass(3_000, &mut [&mut primary], &[]).await;
    let set = |slate| show.stage.channels.set_own_slate(&show.stage.name, slate);
    set(Some(own));
    show.pass(6_000, &mut [&mut primary], &[]).await;
    direct(&show, Order::Auto);
    show.pass(5_000, &mut [&mut primary], &[]).await;
    assert!(!show.stage.channels.status(&show.stage.name).borrow().titled);
    // To everybody's slate, which is coded otherwise, and back: the own one is coded like the input.
    assert_eq!(discontinuities(&show.stage.media()), 2);
}
