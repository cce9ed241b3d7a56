//! Processes that hang, die, babble or are not there; the channel never notices.

use std::path::{Path, PathBuf};
use std::time::Duration;

use media_core::testing::{Encoder, source};
use media_core::{ChannelName, Channels, Input, Seat};
use media_ffmpeg::Patience;
use media_ffmpeg::testing::stand_in;
use media_probe::{Ability, Mode, PATIENCE, Probes, State};

use crate::{admit, channels, name, until};

fn hasty() -> Patience {
    Patience {
        silent: Duration::from_millis(300),
        write: Duration::from_millis(300),
        restart: Duration::from_millis(10),
    }
}

fn probes(channels: &Channels, program: &Path, at_once: usize) -> Probes {
    Probes::with(
        channels,
        Mode::Auto,
        program.to_str().unwrap(),
        at_once,
        hasty(),
    )
}

fn sending(channels: &Channels) -> Input {
    let input = admit(channels);
    Encoder::default().send(&input, 8).unwrap();
    input
}

#[tokio::test]
async fn a_process_that_says_nothing_is_replaced_and_the_channel_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let program = stand_in(dir.path(), "exec sleep 1000").unwrap();
    let channels = channels();
    let probes = probes(&channels, &program, 1);
    let input = sending(&channels);
    let replaced = async {
        let mut frames = Encoder::default().frames(60).into_iter();
        while probes.counters().stuck.get() < 2 {
            for frame in frames
                .by_ref()
                .filter(|frame| frame.dts_us >= 8_000_000)
                .take(20)
            {
                input.frame(frame).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let before = channels.snapshot(&name()).unwrap().newest();
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        done = tokio::time::timeout(Duration::from_secs(20), replaced) => done.unwrap(),
    }
    assert!(probes.counters().started.get() >= 2);
    assert!(channels.snapshot(&name()).unwrap().newest() > before);
}

#[tokio::test]
async fn babble_is_no_sign_of_life() {
    let dir = tempfile::tempdir().unwrap();
    let program = stand_in(
        dir.path(),
        "cat >/dev/null & while :; do echo babble; sleep 0.01; done",
    )
    .unwrap();
    let channels = channels();
    let probes = probes(&channels, &program, 1);
    let _input = sending(&channels);
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        report = until(&probes, |report| report.state == State::Failing) => {
            assert_eq!(report.momentary_lufs, None);
        }
    }
    assert!(probes.counters().stuck.get() >= 1);
}

#[tokio::test]
async fn a_process_that_dies_is_failing_until_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let flag = dir.path().join("repaired");
    let line = format!(
        "[ -e {flag} ] || {{ echo broken >&2; exit 1; }}\n\
         cat >/dev/null & while :; do echo lavfi.r128.M=-23; sleep 0.05; done",
        flag = flag.display()
    );
    let program = stand_in(dir.path(), &line).unwrap();
    let channels = channels();
    let probes = probes(&channels, &program, 1);
    let _input = sending(&channels);
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        () = async {
            until(&probes, |report| report.state == State::Failing).await;
            std::fs::write(&flag, "").unwrap();
            let report = until(&probes, |report| report.state == State::Running).await;
            assert_eq!(report.momentary_lufs, Some(-23.0));
        } => {}
    }
}

#[tokio::test]
async fn where_there_is_no_ffmpeg_nothing_is_probed_and_that_is_said() {
    let channels = channels();
    let probes = probes(&channels, Path::new("/nonexistent/ffmpeg"), 1);
    let _input = sending(&channels);
    let missing = async {
        while probes.ability() != Ability::Missing {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        done = tokio::time::timeout(Duration::from_secs(10), missing) => done.unwrap(),
    }
    assert_eq!(probes.report(&name()).state, State::Off);
    let off = Probes::new(&channels, Mode::Off, 1);
    assert_eq!(off.ability(), Ability::Off);
}

#[tokio::test]
async fn no_more_than_the_given_number_run_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let count = dir.path().join("count");
    let line = format!(
        "echo one >>{}\ncat >/dev/null & while :; do echo lavfi.r128.M=-23; sleep 0.05; done",
        count.display()
    );
    let program = stand_in(dir.path(), &line).unwrap();
    let channels = channels();
    let program = program.to_str().unwrap();
    let probes = Probes::with(&channels, Mode::Auto, program, 2, PATIENCE);
    let inputs: Vec<Input> = ["days/a", "days/b", "days/c"]
        .iter()
        .map(|name| {
            let input = channels
                .admit(&ChannelName::parse(name).unwrap(), Seat::Primary, source())
                .unwrap();
            Encoder::default().send(&input, 8).unwrap();
            input
        })
        .collect();
    let third = ChannelName::parse("days/c").unwrap();
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        _ = until(&probes, |report| report.state == State::Running) => {}
    }
    assert_eq!(probes.report(&third).state, State::Waiting);
    assert!(std::fs::read_to_string(&count).unwrap().lines().count() <= 2);
    drop(inputs);
}

#[tokio::test]
async fn no_process_outlives_its_probes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let line = format!(
        "echo $$ >{}\nexec sh -c 'while :; do echo lavfi.r128.M=-23; sleep 0.05; done'",
        file.display()
    );
    let program = stand_in(dir.path(), &line).unwrap();
    let channels = channels();
    let probes = probes(&channels, &program, 1);
    let _input = sending(&channels);
    tokio::select! {
        () = probes.run() => panic!("it ended"),
        _ = until(&probes, |report| report.state == State::Running) => {}
    }
    let pid = std::fs::read_to_string(&file).unwrap();
    let process = PathBuf::from("/proc").join(pid.trim()).join("stat");
    let gone = async {
        // A process that is dead and not yet reaped is dead.
        while std::fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone)
        .await
        .unwrap();
}
