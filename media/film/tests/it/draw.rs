//! Slates with words in them.

use media_core::{Shape, SoundShape};
use media_film::{Card, Film, Workshop};

use crate::{film, options};

fn card() -> Card {
    Card {
        brand: "祭 Days 2026 · Track A".to_owned(),
        state: "次の講演".to_owned(),
        title: "小さな一台で、全員のための会議を動かす: 100% '本当' の話\\n".to_owned(),
        people: "山田 花子、Ada".to_owned(),
        time: "14:30 開始 · あと 12 分".to_owned(),
    }
}

#[tokio::test]
async fn a_card_is_coded_like_the_input_that_it_stands_for() {
    let dir = tempfile::tempdir().unwrap();
    let workshop = Workshop::new(dir.path().join("a scratch, with: signs"));
    let tool = workshop.tool().await.unwrap();
    assert!(
        tool.draws(),
        "the machine of the tests has a font for Japanese"
    );
    let behind = film(dir.path(), "behind.mp4", 4, &options(&["-c:a", "aac"]));
    for (profile, level, is_opus, rate, milli_fps) in [
        (77, 31, false, 44_100, 25_000),
        (66, 30, false, 48_000, 30_000),
        (100, 40, true, 48_000, 29_970),
    ] {
        let shape = Shape {
            width: 640,
            height: 360,
            milli_fps,
            profile,
            level,
            sound: Some(SoundShape {
                is_opus,
                rate,
                channels: 1,
            }),
        };
        let bench = workshop.bench("card").await.unwrap();
        let made = tool.draw(&card(), &shape, &behind, &bench).await.unwrap();
        let film = Film::open(&made).unwrap();
        let facts = film.facts();
        let picture = facts.picture.unwrap();
        assert_eq!((picture.width, picture.height), (640, 360));
        assert_eq!(
            (picture.profile, picture.level),
            (Some(profile), Some(level))
        );
        assert!(picture.milli_fps.abs_diff(milli_fps) <= 1, "{picture:?}");
        assert!(picture.key_interval_ms <= Some(2_100), "{picture:?}");
        let sound = facts.sound.unwrap();
        assert_eq!((sound.codec == "opus", sound.rate), (is_opus, rate));
        assert_eq!(sound.channels, 1);
        film.slate().unwrap();
    }
}

#[tokio::test]
async fn what_is_drawn_can_be_seen() {
    let dir = tempfile::tempdir().unwrap();
    let workshop = Workshop::new(dir.path().join("scratch"));
    let tool = workshop.tool().await.unwrap();
    let black = [
        "-vf",
        "drawbox=color=black:t=fill",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "60",
        "-c:a",
        "aac",
    ];
    let behind = film(dir.path(), "behind.mp4", 2, &black);
    let shape = Shape {
        width: 640,
        height: 360,
        milli_fps: 30_000,
        profile: 77,
        level: 31,
        sound: None,
    };
    let mut lights = Vec::new();
    for card in [Card::default(), card()] {
        let bench = workshop.bench("card").await.unwrap();
        let made = tool.draw(&card, &shape, &behind, &bench).await.unwrap();
        let output = std::process::Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-i",
                made.to_str().unwrap(),
                "-frames:v",
                "1",
            ])
            .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
            .output()
            .unwrap();
        assert_eq!(output.stdout.len(), 640 * 360);
        lights.push(output.stdout.iter().filter(|pixel| **pixel > 180).count());
    }
    assert_eq!(lights[0], 0, "nothing was said");
    assert!(lights[1] > 3_000, "{lights:?}");
}
