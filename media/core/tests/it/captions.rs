//! What is said on a channel, beside its pictures and sound.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kernel::Timestamp;
use media_core::testing::hls::attributes;
use media_core::testing::{Encoder, hls};
use media_core::{Caption, Coding, Language, Playlist, Segment, Snapshot};
use mp4_atom::{Decode as _, Moof};

use crate::support::{Stage, text};

fn languages() -> Vec<Language> {
    let language = |tag: &str, name: &str| Language {
        tag: tag.to_owned(),
        name: name.to_owned(),
    };
    vec![language("ja", "日本語"), language("en", "English")]
}

fn said(id: &str, from: Timestamp, text: &str) -> Caption {
    Caption {
        id: id.to_owned(),
        language: "en".to_owned(),
        from,
        lasts: Duration::from_secs(3),
        text: text.to_owned(),
        revision: 1,
    }
}

fn after(moment: Timestamp, ms: u64) -> Timestamp {
    moment.checked_add(Duration::from_millis(ms)).unwrap()
}

/// Times of a segment's cues in milliseconds, with what they say.
fn cues(vtt: &str) -> Vec<(i64, i64, String)> {
    let ms = |clock: &str| {
        let numbers = clock.split([':', '.']).map(|n| n.parse::<i64>().unwrap());
        let [h, m, s, ms]: [i64; 4] = numbers.collect::<Vec<_>>().try_into().unwrap();
        ((h * 60 + m) * 60 + s) * 1_000 + ms
    };
    let blocks = vtt.split("\n\n").skip(1);
    let read = |block: &str| {
        let mut lines = block.lines().skip(1);
        let (from, to) = lines.next().unwrap().split_once(" --> ").unwrap();
        let said = lines.collect::<Vec<_>>().join("\n");
        (ms(from), ms(to), said)
    };
    blocks.map(read).collect()
}

/// Where a segment begins on its frames' time line, in milliseconds, as its pictures say.
fn begins_ms(segment: &Segment) -> i64 {
    let moof = Moof::decode(&mut &segment.parts[0].data[..]).unwrap();
    let ticks = moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time;
    i64::try_from(ticks).unwrap() / 90
}

#[test]
fn captions_and_sound_alone_are_among_what_players_choose_from() {
    let stage = Stage::new();
    stage.channels.set_languages(&stage.name, languages());
    let input = stage.admit();
    Encoder::default().send(&input, 9).unwrap();
    let master = stage.text(Playlist::Multivariant);
    let media: Vec<_> = master
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-MEDIA:"))
        .map(attributes)
        .collect();
    assert_eq!(media.len(), 2, "{master}");
    assert_eq!(
        (&*media[0]["LANGUAGE"], &*media[0]["NAME"]),
        ("ja", "日本語")
    );
    assert_eq!(media[1]["URI"], "captions/en/live.m3u8");
    let streams: Vec<_> = master
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:"))
        .map(attributes)
        .collect();
    assert!(streams.iter().all(|it| it["SUBTITLES"] == "captions"));
    assert!(streams[0].contains_key("RESOLUTION") && !streams[1].contains_key("RESOLUTION"));
    assert_eq!(streams[1]["CODECS"], "mp4a.40.2");
    let bits = |stream: usize, name: &str| streams[stream][name].parse::<u64>().unwrap();
    assert!(bits(1, "BANDWIDTH") >= bits(1, "AVERAGE-BANDWIDTH"));
    assert!(master.ends_with("\nsound/live.m3u8\n"), "{master}");
    // What is said about the sound is what it weighs.
    let feed = stage.channels.feed("days/a/sound").unwrap();
    let sound = feed.snapshot().unwrap();
    let newest = sound.segments().iter().rev().find(|it| it.closed).unwrap();
    let weighs = u64::try_from(newest.bytes).unwrap() * 8_000_000;
    let weighs = weighs / u64::try_from(newest.duration_us).unwrap();
    let told = bits(1, "AVERAGE-BANDWIDTH");
    assert!(told.abs_diff(weighs) * 5 < weighs, "{told}, not {weighs}");
}

#[test]
fn without_captions_or_pictures_nothing_is_said_about_them() {
    let stage = Stage::new();
    let input = stage.admit();
    let encoder = Encoder {
        pictures: None,
        ..Encoder::default()
    };
    encoder.send(&input, 9).unwrap();
    let master = stage.text(Playlist::Multivariant);
    assert!(!master.contains("SUBTITLES") && !master.contains("sound/"));
}

#[test]
fn the_playlist_of_captions_has_the_media_s_whole_segments() {
    let stage = Stage::new();
    let input = stage.admit();
    Encoder::default().send(&input, 9).unwrap();
    let media = stage.media();
    let captions = hls::read(&stage.text(Playlist::Captions)).unwrap();
    assert_eq!(captions.sequence, media.sequence);
    assert_eq!(captions.target_duration, media.target_duration);
    assert_eq!(captions.control["CAN-BLOCK-RELOAD"], "YES");
    let whole: Vec<_> = media
        .segments
        .iter()
        .filter(|it| it.uri.is_some())
        .collect();
    assert_eq!(captions.segments.len(), whole.len());
    for (own, of) in captions.segments.iter().zip(whole) {
        assert_eq!((own.date_us, own.duration_us), (of.date_us, of.duration_us));
        let address = of.uri.as_ref().unwrap().replace(".m4s", ".vtt");
        assert_eq!(own.uri.as_ref(), Some(&address));
        assert!(own.parts.is_empty() && own.map.is_empty());
    }
}

#[test]
fn a_cue_is_in_every_segment_that_it_is_shown_in_with_the_frames_times() {
    let stage = Stage::new();
    stage.channels.set_languages(&stage.name, languages());
    let input = stage.admit();
    let encoder = Encoder {
        start_us: 7_654_321_000,
        ..Encoder::default()
    };
    encoder.send(&input, 5).unwrap();
    let open = stage.snapshot().segments().last().unwrap().clone();
    assert!(!open.closed);
    let begins = after(open.program_date_time, 500);
    let two = "Two <lines>\nof text & more";
    stage
        .channels
        .caption(&stage.name, &said("one", begins, two));
    // Its moment is over for everybody who fetched it.
    let first = stage.snapshot().segments()[0].program_date_time;
    stage
        .channels
        .caption(&stage.name, &said("late", first, "late"));
    let sent_until_us = encoder.start_us + 5_000_000;
    let frames = encoder.frames(11).into_iter();
    frames
        .filter(|frame| frame.dts_us >= sent_until_us)
        .for_each(|frame| input.frame(frame).unwrap());

    let snapshot = stage.snapshot();
    let subtitles = stage.channels.feed("days/a").unwrap().captions();
    let vtt = |msn: u64| subtitles.segment(snapshot.segment(msn).unwrap(), "en");
    assert_eq!(cues(&vtt(open.msn - 1)), []);
    let here = cues(&vtt(open.msn));
    let on_air = begins_ms(&open);
    let escaped = "Two &lt;lines&gt;\nof text &amp; more".to_owned();
    assert_eq!(here[0], (on_air, on_air + 3_000, "late".to_owned()));
    assert_eq!(here[1], (on_air + 500, on_air + 3_500, escaped));
    assert_eq!(cues(&vtt(open.msn + 1)), here, "the same in every copy");
    assert_eq!(cues(&vtt(open.msn + 2)), []);
    let map = vtt(open.msn).lines().nth(1).unwrap().to_owned();
    let ticks = format!("MPEGTS:{}", on_air * 90);
    assert!(
        map.starts_with("X-TIMESTAMP-MAP=LOCAL:") && map.ends_with(&ticks),
        "{map}"
    );
    let japanese = subtitles.segment(&open, "ja");
    assert_eq!(cues(&japanese), [], "another language");
    assert!(subtitles.speaks("ja") && !subtitles.speaks("fr"));
}

/// Writes down everything that players fetch, as if the stream had ended.
fn write_down(stage: &Stage, snapshot: &Snapshot, dir: &Path) {
    let put = |name: &str, data: &[u8]| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, data).unwrap();
    };
    let ended = |playlist: Playlist, snapshot: &Snapshot| {
        let text = text(snapshot, playlist);
        let kept = |line: &&str| !line.starts_with("#EXT-X-PRELOAD") && !line.contains("-PART");
        let lines: Vec<&str> = text.lines().filter(kept).collect();
        format!("{}\n#EXT-X-ENDLIST\n", lines.join("\n"))
    };
    put(
        "index.m3u8",
        &snapshot.playlist(Playlist::Multivariant, Coding::Identity),
    );
    put("live.m3u8", ended(Playlist::Full, snapshot).as_bytes());
    let captions = ended(Playlist::Captions, snapshot);
    put("captions/en/live.m3u8", captions.as_bytes());
    put("captions/ja/live.m3u8", captions.as_bytes());
    let feed = stage.channels.feed("days/a/sound").unwrap();
    let sound = feed.snapshot().unwrap();
    put("sound/live.m3u8", ended(Playlist::Full, &sound).as_bytes());
    for (folder, of) in [("", snapshot), ("sound/", &*sound)] {
        for segment in of.segments() {
            let data: Vec<u8> = segment
                .parts
                .iter()
                .flat_map(|it| it.data.to_vec())
                .collect();
            put(&format!("{folder}{}", segment.address()), &data);
            let init = format!("{folder}{}/{}", segment.epoch, segment.init.name);
            put(&init, &segment.init.data);
        }
    }
    let subtitles = feed.captions();
    for segment in snapshot.segments() {
        for tag in ["ja", "en"] {
            let name = segment.address().replace(".m4s", ".vtt");
            let vtt = subtitles.segment(segment, tag);
            put(&format!("captions/{tag}/{name}"), vtt.as_bytes());
        }
    }
}

#[test]
fn ffprobe_reads_all_of_it() {
    let stage = Stage::new();
    stage.channels.set_languages(&stage.name, languages());
    let input = stage.admit();
    let encoder = Encoder::default();
    encoder.send(&input, 5).unwrap();
    let open = stage.snapshot().segments().last().unwrap().clone();
    let begins = after(open.program_date_time, 250);
    stage
        .channels
        .caption(&stage.name, &said("one", begins, "Good morning"));
    drop(input);
    let dir = tempfile::tempdir().unwrap();
    write_down(&stage, &stage.snapshot(), dir.path());
    let probe = |name: &str, show: &[&str]| {
        let path = dir.path().join(name);
        let extensions = ["-v", "error", "-allowed_extensions", "ALL"];
        let quiet = if name.contains(".vtt") {
            &extensions[..2]
        } else {
            &extensions
        };
        let output = Command::new("ffprobe")
            .args(quiet)
            .args(show)
            .arg(path)
            .output();
        let output = output.expect("ffprobe");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let of = ["-of", "csv=p=0", "-show_entries"];
    let kinds = probe("index.m3u8", &[&of[..], &["stream=codec_type"]].concat());
    let count = |kind: &str| kinds.lines().filter(|line| line.contains(kind)).count();
    assert!(count("video") >= 1 && count("audio") >= 2, "{kinds}");
    let name = format!("captions/en/{}", open.address().replace(".m4s", ".vtt"));
    let shown = probe(
        &name,
        &[&of[..], &["packet=pts_time,duration_time"]].concat(),
    );
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    let expected = (begins_ms(&open) + 250) as f64 / 1_000.0;
    let line = shown.lines().next().unwrap().trim_end_matches(',');
    let numbers: Vec<f64> = line.split(',').map(|n| n.parse().unwrap()).collect();
    assert!((numbers[0] - expected).abs() < 0.001, "{shown} {expected}");
    assert!((numbers[1] - 3.0).abs() < 0.001, "{shown}");
}
