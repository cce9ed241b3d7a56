//! Every demand can be broken: for each a playlist that does, and nothing is wrong with the one it was made from.

use std::fmt::Write as _;

use super::*;

const EPOCH_US: i64 = 1_795_309_200_000_000;

/// A good playlist: `closed` segments of two seconds from number `first` on, and `open` parts of the next.
fn good(first: u64, closed: u64, open: u64) -> String {
    let mut text = String::from(
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n\
         #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24.0,HOLD-BACK=12.0,PART-HOLD-BACK=1.5\n\
         #EXT-X-PART-INF:PART-TARGET=0.5\n",
    );
    let _ = writeln!(text, "#EXT-X-MEDIA-SEQUENCE:{first}");
    text.push_str("#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"e/init.mp4\"\n");
    for number in first..=first + closed {
        let parts = if number == first + closed { open } else { 4 };
        if parts == 0 {
            break;
        }
        let date = EPOCH_US + i64::try_from(number).unwrap() * 2_000_000;
        let date = kernel::Timestamp::from_microsecond(date).unwrap();
        let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{date:.3}");
        for part in (0..parts).filter(|_| number + 5 > first + closed) {
            let independent = if part == 0 { ",INDEPENDENT=YES" } else { "" };
            let _ = writeln!(
                text,
                "#EXT-X-PART:DURATION=0.5,URI=\"e/{number}.{part}.m4s\"{independent}"
            );
        }
        if number < first + closed {
            let _ = writeln!(text, "#EXTINF:2.0,\ne/{number}.m4s");
        }
    }
    let hint = format!("e/{}.{open}.m4s", first + closed);
    let _ = writeln!(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{hint}\"");
    text
}

/// The same as a delta that skips some.
fn delta(first: u64, closed: u64, open: u64, skipped: u64) -> String {
    let full = good(first, closed, open);
    let head = full.find("#EXT-X-MAP").unwrap();
    let last = format!("e/{}.m4s\n", first + skipped - 1);
    let rest = full.find(&last).unwrap() + last.len();
    format!(
        "{}#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n{}",
        &full[..head],
        &full[rest..]
    )
}

fn faults(text: &str) -> Vec<String> {
    match read(text) {
        Ok(media) => check(&media),
        Err(fault) => vec![fault],
    }
}

fn media(text: &str) -> Media {
    read(text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The good playlist with a change; the change must have been one.
fn changed(from: &str, to: &str) -> Vec<String> {
    let good = good(7, 8, 2);
    let bad = good.replacen(from, to, 1);
    assert_ne!(good, bad, "{from} is not in it");
    faults(&bad)
}

/// What follows the good playlist, with a change.
fn followed(from: &str, to: &str) -> Vec<String> {
    let next = good(8, 8, 2);
    let bad = next.replacen(from, to, 1);
    assert_ne!(next, bad, "{from} is not in it");
    check_successor(&media(&good(7, 8, 2)), &media(&bad))
}

const MULTIVARIANT: &str = "#EXTM3U\n#EXT-X-VERSION:9\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"AAC\",DEFAULT=YES,AUTOSELECT=YES,URI=\"aac.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"ja\",LANGUAGE=\"ja\",URI=\"ja.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"en\",LANGUAGE=\"en\",URI=\"en.m3u8\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.42c00d,mp4a.40.2\",AUDIO=\"aac\",SUBTITLES=\"text\"\nlive.m3u8\n";

fn multivariant_faults(text: &str) -> Vec<String> {
    match multivariant::read(text) {
        Ok(read) => multivariant::check(&read),
        Err(fault) => vec![fault],
    }
}

fn presented(from: &str, to: &str) -> Vec<String> {
    let bad = MULTIVARIANT.replacen(from, to, 1);
    assert_ne!(bad, MULTIVARIANT, "{from} is not in it");
    multivariant_faults(&bad)
}

/// Two renditions, the second with a change.
fn together(from: &str, to: &str) -> Vec<String> {
    let report =
        |uri: &str| format!("#EXT-X-RENDITION-REPORT:URI=\"{uri}\",LAST-MSN=15,LAST-PART=1\n");
    let one = good(7, 8, 2) + &report("b.m3u8");
    let two = good(7, 8, 2) + &report("a.m3u8");
    let bad = two.replacen(from, to, 1);
    multivariant::check_together(&[
        ("a.m3u8".into(), media(&one)),
        ("b.m3u8".into(), media(&bad)),
    ])
}

#[test]
fn a_good_stream_breaks_nothing() {
    let none = Vec::<String>::new();
    assert_eq!(faults(&good(7, 8, 2)), none);
    assert_eq!(faults(&good(7, 8, 0)), none);
    assert_eq!(multivariant_faults(MULTIVARIANT), none);
    assert_eq!(together("x", "x"), none);
    let mut before = media(&good(0, 1, 0));
    for (first, closed, open) in [
        (0, 1, 1),
        (0, 1, 3),
        (0, 2, 0),
        (0, 12, 1),
        (3, 11, 2),
        (40, 6, 1),
    ] {
        let now = media(&good(first, closed, open));
        assert_eq!(check_successor(&before, &now), none);
        before = now;
    }
    let (full, short) = (media(&good(7, 20, 2)), media(&delta(7, 20, 2, 9)));
    assert_eq!(check(&short), none);
    assert_eq!(check_delta(&short, &full), none);
    assert_eq!(
        apply_delta(&media(&good(6, 20, 1)), &short).unwrap().end(),
        full.end()
    );
}

/// What stands in one playlist.
fn alone() -> Vec<(Must, Vec<String>)> {
    let hint = "#EXT-X-PRELOAD-HINT";
    let date = "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:";
    vec![
        (
            Must::PlainText,
            changed("#EXTINF:2.0,", "#EXTINF:2.0,a\u{7}"),
        ),
        (Must::NoSpace, changed(",HOLD-BACK", ", HOLD-BACK")),
        (
            Must::AttributeOnce,
            changed("HOLD-BACK=12.0", "HOLD-BACK=12.0,HOLD-BACK=12.0"),
        ),
        (
            Must::AttributeKind,
            changed("PART-TARGET=0.5", "PART-TARGET=half"),
        ),
        (Must::FirstLine, faults(&good(7, 8, 2)[8..])),
        (
            Must::VersionOnce,
            changed("#EXT-X-VERSION:9", "#EXT-X-VERSION:9\n#EXT-X-VERSION:9"),
        ),
        (
            Must::VersionHigh,
            changed("#EXT-X-VERSION:9", "#EXT-X-VERSION:5"),
        ),
        (
            Must::TagOnce,
            changed(
                "#EXT-X-TARGETDURATION:4",
                "#EXT-X-TARGETDURATION:4\n#EXT-X-TARGETDURATION:4",
            ),
        ),
        (
            Must::MediaTagsOnly,
            changed(hint, "#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-PRELOAD-HINT"),
        ),
        (
            Must::KnownTags,
            changed(hint, "#EXT-X-CUE-OUT:30\n#EXT-X-PRELOAD-HINT"),
        ),
        (
            Must::MapPerSegment,
            changed("#EXT-X-MAP:URI=\"e/init.mp4\"\n", ""),
        ),
        (
            Must::PartsMakeSegment,
            changed("#EXTINF:2.0,\ne/14", "#EXTINF:1.9,\ne/14"),
        ),
        (Must::TargetThere, changed("#EXT-X-TARGETDURATION:4\n", "")),
        (Must::SegmentFits, changed("#EXTINF:2.0,", "#EXTINF:4.6,")),
        (
            Must::SequenceFirst,
            changed(hint, "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PRELOAD-HINT")
                .into_iter()
                .chain(late("#EXT-X-MEDIA-SEQUENCE:7\n"))
                .collect(),
        ),
        (Must::BreaksFirst, late("#EXT-X-DISCONTINUITY-SEQUENCE:0\n")),
        (
            Must::PartInfThere,
            changed("#EXT-X-PART-INF:PART-TARGET=0.5\n", ""),
        ),
        (
            Must::SkipBoundary,
            changed("CAN-SKIP-UNTIL=24.0", "CAN-SKIP-UNTIL=23.9"),
        ),
        (
            Must::SkipDates,
            changed("CAN-SKIP-UNTIL=24.0", "CAN-SKIP-DATERANGES=YES"),
        ),
        (
            Must::HoldBack,
            changed(",HOLD-BACK=12.0", ",HOLD-BACK=11.9"),
        ),
        (
            Must::PartHoldBack,
            changed("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=0.9"),
        ),
        (
            Must::PartHoldBackWide,
            changed("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.4"),
        ),
        (Must::DurationThere, changed("#EXTINF:2.0,\n", "")),
        (Must::PartComplete, changed("DURATION=0.5,", "")),
        (
            Must::PartAfterTags,
            changed(
                "#EXTINF:2.0,\ne/14",
                "#EXT-X-DISCONTINUITY\n#EXTINF:2.0,\ne/14",
            ),
        ),
        (
            Must::PartFits,
            changed("#EXT-X-PART:DURATION=0.5", "#EXT-X-PART:DURATION=0.51"),
        ),
        (
            Must::PartFills,
            changed("DURATION=0.5,URI=\"e/14.1", "DURATION=0.42,URI=\"e/14.1"),
        ),
        (
            Must::SkipOnce,
            changed(
                hint,
                "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXT-X-PRELOAD-HINT",
            ),
        ),
        (
            Must::SkipCounts,
            changed(hint, "#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n#EXT-X-PRELOAD-HINT"),
        ),
        (Must::HintComplete, changed("TYPE=PART,", "")),
        (
            Must::HintOnce,
            changed(
                hint,
                "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"x\"\n#EXT-X-PRELOAD-HINT",
            ),
        ),
        (
            Must::HintLive,
            changed(hint, "#EXT-X-ENDLIST\n#EXT-X-PRELOAD-HINT"),
        ),
        (
            Must::ReportComplete,
            changed(
                hint,
                "#EXT-X-RENDITION-REPORT:URI=\"http://x/a.m3u8\",LAST-MSN=1\n#EXT-X-PRELOAD-HINT",
            ),
        ),
        (
            Must::DatesClear,
            changed(&format!("{date}18"), &format!("{date}16")),
        ),
        (
            Must::NoPlaylistType,
            changed(
                "#EXT-X-PART-INF",
                "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF",
            ),
        ),
        (
            Must::BreaksCounted,
            faults(
                &good(7, 8, 2)
                    .replacen("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", "", 1)
                    .replacen(
                        &format!("{date}18"),
                        &format!("#EXT-X-DISCONTINUITY\n{date}18"),
                        1,
                    ),
            ),
        ),
        (
            Must::PartsNearEnd,
            changed(
                "#EXTINF:2.0,\ne/7",
                "#EXT-X-PART:DURATION=2.0,URI=\"e/7.0\"\n#EXTINF:2.0,\ne/7",
            ),
        ),
        (Must::OpenAtEnd, open_in_the_middle()),
        (Must::CanBlock, changed("CAN-BLOCK-RELOAD=YES,", "")),
        (Must::CanSkip, changed("CAN-SKIP-UNTIL=24.0,", "")),
        (
            Must::HintThere,
            changed(&good(7, 8, 2)[good(7, 8, 2).find(hint).unwrap()..], ""),
        ),
        (Must::DatesThere, changed(&format!("{date}18.000Z\n"), "")),
    ]
}

/// A tag behind the first segment instead of before it.
fn late(tag: &str) -> Vec<String> {
    let without = good(7, 8, 2).replacen(tag, "", 1);
    faults(&without.replacen("e/7.m4s\n", &format!("e/7.m4s\n{tag}"), 1))
}

/// Cannot be written as text: a reader takes the parts of an open segment for those of the next.
fn open_in_the_middle() -> Vec<String> {
    let mut media = media(&good(7, 8, 2));
    media.segments[6].uri = None;
    check(&media)
}

/// What goes wrong from one version to the next, in deltas, and beside others.
fn in_company() -> Vec<(Must, Vec<String>)> {
    let short = |text: &str| check_delta(&media(text), &media(&good(7, 20, 2)));
    let date = "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T01:00:";
    vec![
        (
            Must::TargetKept,
            followed("#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:3"),
        ),
        (Must::OnlyAppended, followed("e/9.m4s", "f/9.m4s")),
        (
            Must::SequenceGrows,
            check_successor(&media(&good(7, 8, 2)), &media(&good(6, 9, 2))),
        ),
        (
            Must::BreaksGrow,
            followed("DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1"),
        ),
        (
            Must::LongEnough,
            check_successor(&media(&good(7, 8, 2)), &media(&good(12, 5, 0))),
        ),
        (
            Must::PartsInOrder,
            followed("#EXT-X-PART:DURATION=0.5,URI=\"e/14.3.m4s\"\n", ""),
        ),
        (Must::HintKept, followed("e/15.2.m4s", "f/15.2.m4s")),
        (Must::DeltaBoundary, short(&delta(7, 20, 2, 13))),
        (
            Must::DeltaWhole,
            short(&delta(7, 20, 2, 5).replacen("e/25.m4s", "f/25.m4s", 1)),
        ),
        (
            Must::MultivariantOnly,
            presented("#EXT-X-MEDIA", "#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA"),
        ),
        (Must::MediaComplete, presented(",URI=\"ja.m3u8\"", "")),
        (
            Must::MediaDefault,
            presented("AUTOSELECT=YES", "AUTOSELECT=NO"),
        ),
        (
            Must::MediaForced,
            presented("AUTOSELECT=YES", "AUTOSELECT=YES,FORCED=NO"),
        ),
        (Must::NamesDiffer, presented("NAME=\"en\"", "NAME=\"ja\"")),
        (
            Must::OneDefault,
            presented("NAME=\"ja\"", "NAME=\"ja\",DEFAULT=YES")
                .into_iter()
                .chain(two_defaults())
                .collect(),
        ),
        (Must::VariantUri, presented("\nlive.m3u8\n", "\n")),
        (Must::VariantBandwidth, presented("BANDWIDTH=1,", "")),
        (
            Must::VariantCodecs,
            presented("CODECS=\"avc1.42c00d,mp4a.40.2\",", ""),
        ),
        (
            Must::GroupThere,
            presented("AUDIO=\"aac\"", "AUDIO=\"ac3\""),
        ),
        (
            Must::SameTarget,
            together("#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:3"),
        ),
        (
            Must::SameControl,
            together("HOLD-BACK=12.0", "HOLD-BACK=13.0"),
        ),
        (
            Must::SameBreaks,
            together(&format!("{date}18.000"), &format!("{date}18.005")),
        ),
        (Must::ReportsThere, together("a.m3u8", "c.m3u8")),
    ]
}

fn two_defaults() -> Vec<String> {
    multivariant_faults(&MULTIVARIANT.replace(",LANGUAGE", ",DEFAULT=YES,LANGUAGE"))
}

#[test]
fn every_demand_can_be_broken_and_is_named() {
    let cases: Vec<_> = alone().into_iter().chain(in_company()).collect();
    for (must, faults) in &cases {
        let name = must.to_string();
        assert!(
            faults.iter().any(|fault| fault.starts_with(&name)),
            "{name}: {faults:#?}"
        );
    }
    for must in Must::ALL {
        let times = cases.iter().filter(|(tried, _)| tried == must).count();
        assert_eq!(times, 1, "{must} is tried");
    }
}

#[test]
fn what_begins_anew_after_a_kill_may_be_short_and_may_not_go_back() {
    let before = media(&good(7, 8, 2));
    assert_eq!(
        check_successor(&before, &media(&good(16, 1, 0))),
        Vec::<String>::new()
    );
    assert!(!check_successor(&before, &media(&good(3, 1, 0))).is_empty());
}

#[test]
fn the_documents_name_every_demand() {
    let told = include_str!("../../../../../docs/interop.md");
    for must in Must::ALL {
        let line = format!("| §{} | {} |", must.section(), must.text());
        assert!(told.contains(&line), "docs/interop.md lacks: {line}");
    }
}
