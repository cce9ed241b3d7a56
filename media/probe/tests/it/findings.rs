//! What the real ffmpeg finds.

use std::time::Duration;

use media_core::alarm::Code;
use media_ffmpeg::Patience;
use media_probe::{Ability, Mode, PATIENCE, Probes, State, judgements};

use crate::{admit, channels, encode, send, until};

/// How a programme begins, and how long it goes on: longer than the slowest machine needs.
const MOVING: &str = "testsrc2=size=160x90:rate=15:duration=3";
const TONE: &str = "sine=frequency=440:sample_rate=48000:duration=3,volume=-6dB";

/// What is tried here is what ffmpeg finds, not how long it may take on a busy machine.
fn patient() -> Patience {
    Patience {
        silent: Duration::from_mins(1),
        write: Duration::from_mins(1),
        ..PATIENCE
    }
}

/// Plays a programme and waits until a trouble is found.
async fn find(picture: &str, sound: &str, code: Code) -> media_probe::Report {
    let dir = tempfile::tempdir().unwrap();
    let items = encode(dir.path(), picture, sound);
    let channels = channels();
    let probes = Probes::with(&channels, Mode::Auto, "ffmpeg", 1, patient());
    let input = admit(&channels);
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        () = async { send(&input, &items, &probes).await; std::future::pending().await } => panic!("unreachable"),
        report = until(&probes, |report| judgements(report).contains(&code)) => report,
    }
}

#[tokio::test]
async fn a_programme_that_is_well_is_measured_and_nothing_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (moving, tone) = (MOVING.replace("=3", "=30"), TONE.replace("=3", "=30"));
    let items = encode(dir.path(), &moving, &tone);
    let channels = channels();
    let probes = Probes::with(&channels, Mode::Auto, "ffmpeg", 1, patient());
    let input = admit(&channels);
    let report = tokio::select! {
        () = probes.run() => panic!("it ended"),
        () = async { send(&input, &items, &probes).await; std::future::pending().await } => panic!("unreachable"),
        report = until(&probes, |report| report.short_term_lufs.is_some_and(|lufs| lufs > -40.0)) => report,
    };
    assert_eq!(judgements(&report), [], "{report:?}");
    assert_eq!(report.state, State::Running);
    let peak = report.peak_dbfs.unwrap();
    // The tone's generator stays 18 dB below full scale.
    assert!((-30.0..-15.0).contains(&peak), "{report:?}");
    assert!(
        report.integrated_lufs.is_some_and(f64::is_finite),
        "{report:?}"
    );
    assert!(matches!(probes.ability(), Ability::Ready(version) if version.starts_with("ffmpeg")));
}

#[tokio::test]
async fn sound_that_is_cut_is_found() {
    let cut = format!("{TONE}[a];anullsrc=r=48000:d=27[b];[a][b]concat=v=0:a=1");
    let report = find(
        "testsrc2=size=160x90:rate=15:duration=30",
        &cut,
        Code::SoundSilent,
    )
    .await;
    assert!(report.silent_s >= 1.5, "{report:?}");
}

#[tokio::test]
async fn a_black_picture_is_found() {
    let black = format!("{MOVING}[a];color=black:size=160x90:rate=15:duration=27[b];[a][b]concat");
    let tone = TONE.replace("duration=3", "duration=30");
    find(&black, &tone, Code::PictureBlack).await;
}

#[tokio::test]
async fn a_frozen_picture_is_found() {
    let frozen = "testsrc2=size=160x90:rate=15:duration=3,tpad=stop_mode=clone:stop_duration=27";
    let tone = TONE.replace("duration=3", "duration=30");
    let report = find(frozen, &tone, Code::PictureFrozen).await;
    assert!(report.frozen_s >= 2.5, "{report:?}");
}

#[tokio::test]
async fn sound_that_is_too_loud_is_found() {
    let loud = "sine=frequency=440:sample_rate=48000:duration=30,volume=40dB";
    let report = find(
        "testsrc2=size=160x90:rate=15:duration=30",
        loud,
        Code::SoundClipping,
    )
    .await;
    assert!(
        report.peak_dbfs.is_some_and(|peak| peak > -1.0),
        "{report:?}"
    );
}
