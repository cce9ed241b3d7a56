//! Our reader of MP4 files.

use std::time::Duration;

use media_film::{Film, Refusal, limits};
use proptest::prelude::*;

use crate::{film, options};

fn refused(path: &std::path::Path) -> Refusal {
    Film::open(path).and_then(|film| film.slate()).unwrap_err()
}

#[test]
fn a_film_that_fits_is_read_whatever_order_its_pictures_are_in() {
    let dir = tempfile::tempdir().unwrap();
    let plain = options(&["-bf", "0", "-c:a", "aac", "-movflags", "+faststart"]);
    let reordered = options(&["-bf", "3", "-b_strategy", "0", "-c:a", "aac"]);
    let opus = options(&["-c:a", "libopus", "-f", "mp4"]);
    for (name, options, codec) in [
        ("a.mp4", plain, "aac"),
        ("b.mov", reordered, "aac"),
        ("c.mp4", opus, "opus"),
    ] {
        let film = Film::open(&film(dir.path(), name, 5, &options)).unwrap();
        let facts = film.facts();
        assert!((4_990..=5_010).contains(&facts.duration_ms), "{facts:?}");
        let picture = facts.picture.unwrap();
        assert_eq!((picture.width, picture.height), (320, 180));
        assert_eq!(
            (picture.milli_fps, picture.key_interval_ms),
            (30_000, Some(2_000))
        );
        let sound = facts.sound.unwrap();
        assert_eq!((sound.codec.as_str(), sound.rate), (codec, 48_000));
        let slate = film.slate().unwrap();
        assert_eq!(slate.round(), Duration::from_secs(5));
        assert!(slate.bytes() > 10_000);
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let aac = ["-c:a", "aac"];
    let at = |name: &str, options: &[&str]| refused(&film(dir, name, 3, options));
    let pieces = options(&["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]);
    assert_eq!(at("pieces.mp4", &pieces), Refusal::Fragmented);
    assert_eq!(at("mute.mp4", &options(&["-an"])), Refusal::NoSound);
    assert_eq!(at("sound.mp4", &["-vn", "-c:a", "aac"]), Refusal::NoPicture);
    let mpeg4 = [&["-c:v", "mpeg4"][..], &aac].concat();
    assert!(matches!(at("old.mp4", &mpeg4), Refusal::PictureCodec(_)));
    let mp3 = options(&["-c:a", "libmp3lame"]);
    assert_eq!(at("mp3.mp4", &mp3), Refusal::SoundCodec("mp3".to_owned()));
    assert_eq!(
        at("web.webm", &["-c:v", "libvpx", "-deadline", "realtime"]),
        Refusal::Unknown
    );
    let rare = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "900",
        "-c:a",
        "aac",
    ];
    let path = film(dir, "rare.mp4", 6, &rare);
    assert_eq!(refused(&path), Refusal::KeysRare(6_000));
    let short = options(&["-c:a", "aac", "-frames:v", "15"]);
    assert_eq!(at("short.mp4", &short), Refusal::TooShort);
    let list = dir.join("list.mp4");
    std::fs::write(&list, "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n").unwrap();
    assert_eq!(refused(&list), Refusal::Unknown);
    std::fs::write(&list, "").unwrap();
    assert_eq!(refused(&list), Refusal::Unknown);
    let whole = film(
        dir,
        "whole.mp4",
        3,
        &options(&["-c:a", "aac", "-movflags", "+faststart"]),
    );
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&list, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(refused(&list), Refusal::Incomplete);
    // Tables stand at the end, unless somebody asks for them at the beginning.
    let whole = film(dir, "plain.mp4", 3, &options(&["-c:a", "aac"]));
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&list, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(refused(&list), Refusal::Incomplete);
}

#[test]
fn tables_larger_than_the_limit_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.mp4");
    let size = u32::try_from(limits::TABLES_BYTES_MAX).unwrap() + 1;
    let file = std::fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut &file, &[&size.to_be_bytes()[..], b"moov"].concat()).unwrap();
    file.set_len(u64::from(size)).unwrap();
    assert!(matches!(refused(&path), Refusal::Damaged(_)));
    // Boxes without end, and more frames than there may be.
    let boxes = [0, 0, 0, 8, b'm', b'd', b'a', b't'].repeat(limits::BOXES_MAX + 1);
    std::fs::write(&path, boxes).unwrap();
    assert!(matches!(refused(&path), Refusal::Damaged(_)));
}

#[test]
fn more_frames_than_there_may_be_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&["-bf", "0", "-c:a", "aac", "-movflags", "+faststart"]);
    let path = film(dir.path(), "many.mp4", 2, &options);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(4).position(|four| four == b"stsz").unwrap();
    let many = u32::try_from(limits::SAMPLES_MAX).unwrap() + 1;
    // All of one size, so that the table itself is small.
    bytes[at + 8..at + 12].copy_from_slice(&1_u32.to_be_bytes());
    bytes[at + 12..at + 16].copy_from_slice(&many.to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(refused(&path), Refusal::Damaged("stsz".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_damage_makes_the_reader_panic(places in prop::collection::vec((any::<u16>(), any::<u8>()), 1..12)) {
        static WHOLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let whole = WHOLE.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            let options = options(&["-bf", "2", "-c:a", "aac", "-movflags", "+faststart"]);
            std::fs::read(film(dir.path(), "whole.mp4", 2, &options)).unwrap()
        });
        let mut bytes = whole.clone();
        // The tables are at the beginning.
        let tables = 6_000.min(bytes.len());
        for (place, byte) in places {
            bytes[usize::from(place) % tables] = byte;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("damaged.mp4");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(film) = Film::open(&path) {
            let _either = film.slate();
        }
    }
}
