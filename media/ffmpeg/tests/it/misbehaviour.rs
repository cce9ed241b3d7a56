//! Processes that hang, die, babble or are not there: the channel never notices, and its other sound is silent at worst.

use std::path::Path;
use std::time::Duration;

use media_core::frame::Frame;
use media_core::testing::{Codec, Encoder};
use media_core::{Channels, Input};
use media_ffmpeg::testing::stand_in;
use media_ffmpeg::{Patience, Recoders};

use crate::{admit, channels, name, recoded};

fn recoders(channels: &Channels, program: &Path) -> Recoders {
    let hasty = Patience {
        silent: Duration::from_millis(300),
        write: Duration::from_millis(300),
        restart: Duration::from_millis(10),
    };
    let (program, late) = (program.to_str().unwrap(), Duration::from_millis(200));
    Recoders::with(channels, program, 1, hasty, late)
}

fn opus() -> Encoder {
    Encoder {
        codec: Codec::Opus,
        ..Encoder::default()
    }
}

/// A programme whose first eight seconds were sent.
struct Show {
    channels: Channels,
    input: Input,
    frames: std::vec::IntoIter<Frame>,
}

impl Show {
    fn begin() -> Self {
        let channels = channels();
        let input = admit(&channels);
        opus().send(&input, 8).unwrap();
        let mut frames = opus().frames(120);
        frames.retain(|frame| frame.dts_us >= 8_000_000);
        Self {
            channels,
            input,
            frames: frames.into_iter(),
        }
    }

    /// Goes on while `recoders` run, until something is so.
    async fn until(&mut self, recoders: &Recoders, is_so: impl Fn(&Channels) -> bool) {
        let goes_on = async {
            while !is_so(&self.channels) {
                for frame in self.frames.by_ref().take(10) {
                    self.input.frame(frame).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = recoders.run() => panic!("it ended"),
            done = tokio::time::timeout(Duration::from_mins(1), goes_on) => done.unwrap(),
        }
    }
}

/// It is offered, and not far behind.
fn is_offered(channels: &Channels) -> bool {
    let whole = channels.snapshot(&name()).unwrap();
    whole.other_sound().is_some()
        && recoded(channels).is_some_and(|it| it.newest().0 + 2 >= whole.newest().0)
}

#[tokio::test]
async fn what_gives_nothing_is_replaced_and_meanwhile_there_is_silence() {
    let dir = tempfile::tempdir().unwrap();
    let program = stand_in(dir.path(), "exec sleep 1000").unwrap();
    let mut show = Show::begin();
    let recoders = recoders(&show.channels, &program);
    let is_stuck = || recoders.counters().stuck.get() >= 2;
    show.until(&recoders, |channels| is_stuck() && is_offered(channels))
        .await;
    let metrics = show.channels.metrics();
    assert!(metrics.recoded_silent.get() > 5);
    assert_eq!(metrics.recoded_silent.get(), metrics.recoded_parts.get());
}

#[tokio::test]
async fn what_closes_its_pipe_ends_or_gives_something_else_is_replaced_too() {
    for line in [
        "exec cat >/dev/null",
        "echo broken >&2; exit 1",
        "yes babble",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let program = stand_in(dir.path(), line).unwrap();
        let mut show = Show::begin();
        let recoders = recoders(&show.channels, &program);
        let failed = || recoders.counters().failed.get() >= 3;
        show.until(&recoders, |channels| failed() && is_offered(channels))
            .await;
    }
}

#[tokio::test]
async fn without_ffmpeg_there_is_no_other_sound() {
    let mut show = Show::begin();
    let recoders = recoders(&show.channels, Path::new("/nowhere/ffmpeg"));
    assert_eq!(recoders.found(), None);
    show.until(&recoders, |_| recoders.found() == Some(false))
        .await;
    assert!(recoded(&show.channels).is_none());
    let whole = show.channels.snapshot(&name()).unwrap();
    assert_eq!(whole.other_sound(), None);
}

#[tokio::test]
async fn a_channel_with_aac_needs_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let program = stand_in(dir.path(), "exec cat >/dev/null").unwrap();
    let (channels, encoder) = (channels(), Encoder::default());
    let input = admit(&channels);
    encoder.send(&input, 8).unwrap();
    let recoders = recoders(&channels, &program);
    let _ran = tokio::time::timeout(Duration::from_millis(1_500), recoders.run()).await;
    assert_eq!(
        (recoders.found(), recoders.counters().started.get()),
        (Some(true), 0)
    );
}
