//! What ffmpeg makes of films, and what becomes of ffmpeg.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use media_film::{Ability, Failure, Film, Programs, Refusal, Workshop};

use crate::{film, options};

fn workshop(dir: &Path) -> Workshop {
    Workshop::new(dir.join("scratch"))
}

#[tokio::test]
async fn films_of_any_kind_become_alike_and_can_be_played_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let workshop = workshop(dir.path());
    let tool = workshop.tool().await.unwrap();
    let web = film(
        dir.path(),
        "a.webm",
        3,
        &["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"],
    );
    let tall = ["-vf", "scale=180:320", "-r", "25", "-c:v", "mpeg4", "-an"];
    let mute = film(dir.path(), "b.avi", 2, &tall);
    let mut heads = Vec::new();
    for (path, sound) in [(web, true), (mute, false)] {
        let facts = tool.look(&path).await.unwrap();
        assert_eq!(facts.sound.is_some(), sound, "{facts:?}");
        let (to, mut told) = (dir.path().join("out.mp4"), Duration::ZERO);
        let mut tell = |done| told = told.max(done);
        tool.convert(&path, &to, &facts, &mut tell).await.unwrap();
        assert!(told >= Duration::from_secs(1), "{told:?}");
        let made = Film::open(&to).unwrap();
        let picture = made.facts().picture.unwrap();
        assert_eq!((picture.width, picture.height), (1280, 720));
        assert_eq!((picture.profile, picture.level), (Some(100), Some(31)));
        made.slate().unwrap();
        let bytes = std::fs::read(&to).unwrap();
        let at = bytes.windows(4).position(|four| four == b"avcC").unwrap();
        heads.push(bytes[at..at + 40].to_vec());
    }
    assert_eq!(heads[0], heads[1], "players need no other decoder");
}

#[tokio::test]
async fn loudness_is_measured_where_there_is_any() {
    let dir = tempfile::tempdir().unwrap();
    let workshop = workshop(dir.path());
    let tool = workshop.tool().await.unwrap();
    let tone = film(dir.path(), "tone.mp4", 3, &options(&["-c:a", "aac"]));
    let loudness = tool.loudness(&tone).await.unwrap();
    assert!((-30.0..-10.0).contains(&loudness), "{loudness}");
    let mute = film(dir.path(), "mute.mp4", 2, &options(&["-an"]));
    assert_eq!(tool.loudness(&mute).await, None);
}

#[tokio::test]
async fn a_list_of_other_files_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let workshop = workshop(dir.path());
    let tool = workshop.tool().await.unwrap();
    let secret = film(dir.path(), "secret.mp4", 2, &options(&["-c:a", "aac"]));
    for list in [
        format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
            secret.display()
        ),
        format!("ffconcat version 1.0\nfile '{}'\n", secret.display()),
    ] {
        let path = dir.path().join("list.mp4");
        std::fs::write(&path, list).unwrap();
        assert_eq!(tool.look(&path).await.unwrap_err(), Refusal::Unknown);
    }
}

/// Programs of which ffmpeg is a script.
fn pretended(dir: &Path, script: &str) -> Programs {
    let path = dir.join("ffmpeg");
    let text = format!(
        "#!/bin/sh\n[ \"$1\" = -version ] && {{ echo ffmpeg version 0; exit; }}\n{script}\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = path.to_str().unwrap().to_owned();
    Programs {
        ffmpeg: path.clone(),
        ffprobe: path,
        ..Programs::default()
    }
}

#[tokio::test]
async fn a_process_that_fails_says_why_and_one_that_nobody_waits_for_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let programs = pretended(dir.path(), "echo no such filter >&2; exit 1");
    let workshop = Workshop::with(programs, dir.path().join("scratch"));
    let tool = workshop.tool().await.unwrap();
    let facts = media_film::Facts::default();
    let convert = async |tool: &media_film::Tool, tell: &mut (dyn FnMut(Duration) + Send)| {
        tool.convert(Path::new("/a"), Path::new("/b"), &facts, tell)
            .await
    };
    let failed = convert(tool, &mut |_| ()).await.unwrap_err();
    assert_eq!(failed, Failure::Failed("no such filter".to_owned()));
    let pid = dir.path().join("pid");
    let script = format!(
        "echo $$ > {}; echo out_time_us=1; exec sleep 600",
        pid.display()
    );
    let programs = pretended(dir.path(), &script);
    let workshop = Workshop::with(programs, dir.path().join("scratch"));
    let tool = workshop.tool().await.unwrap();
    let (began, begun) = tokio::sync::oneshot::channel();
    let mut began = Some(began);
    let mut tell = |_| {
        if let Some(began) = began.take() {
            let _heard = began.send(());
        }
    };
    tokio::select! {
        _ = convert(tool, &mut tell) => unreachable!("it sleeps"),
        begun = begun => begun.unwrap(),
    }
    let pid: u32 = std::fs::read_to_string(pid)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let proc = format!("/proc/{pid}/stat");
    let is_gone = || match std::fs::read_to_string(&proc) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    while !is_gone() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_machine_without_ffmpeg_takes_films_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let none = || "/nonexistent/ffmpeg".to_owned();
    let programs = Programs {
        ffmpeg: none(),
        ffprobe: none(),
        fc_match: none(),
    };
    let without = Workshop::with(programs.clone(), dir.path().to_owned());
    assert_eq!(without.ability().await, Ability::Take);
    let fontless = Programs {
        fc_match: programs.fc_match,
        ..Programs::default()
    };
    let fontless = Workshop::with(fontless, dir.path().to_owned());
    assert_eq!(fontless.ability().await, Ability::Convert);
    let bench = without.bench("one").await.unwrap();
    std::fs::write(bench.join("left"), "over").unwrap();
    let again = without.bench("one").await.unwrap();
    assert!(std::fs::read_dir(&again).unwrap().next().is_none());
    without.clear(&again).await;
    assert!(!again.exists());
}
