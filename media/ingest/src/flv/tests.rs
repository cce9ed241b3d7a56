use proptest::prelude::*;

use super::*;

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

#[test]
fn classic_tags_survive_writing_and_reading() {
    for sent in [
        Video::Config(bytes(&[1, 2, 3])),
        Video::Frame {
            cts_ms: -40,
            key: true,
            data: bytes(&[0, 0, 0, 1, 5]),
        },
        Video::Frame {
            cts_ms: 80,
            key: false,
            data: bytes(&[0, 0, 0, 1, 1]),
        },
        Video::End,
    ] {
        assert_eq!(video(&put_video(&sent)), Ok(sent));
    }
    for sent in [
        Audio::Config(bytes(&[0x11, 0x90])),
        Audio::Frame(bytes(&[1, 2, 3])),
    ] {
        assert_eq!(audio(&put_audio(&sent)), Ok(sent));
    }
}

#[test]
fn enhanced_h264_and_aac_are_read() {
    assert_eq!(
        video(&bytes(b"\x90avc1\x01\x64")),
        Ok(Video::Config(bytes(&[1, 0x64])))
    );
    assert_eq!(
        video(&bytes(b"\xa1avc1\xff\xff\xd8\x05")),
        Ok(Video::Frame {
            cts_ms: -40,
            key: false,
            data: bytes(&[5])
        })
    );
    assert_eq!(
        video(&bytes(b"\x93avc1\x05")),
        Ok(Video::Frame {
            cts_ms: 0,
            key: true,
            data: bytes(&[5])
        })
    );
    assert_eq!(
        audio(&bytes(b"\x90mp4a\x11\x90")),
        Ok(Audio::Config(bytes(&[0x11, 0x90])))
    );
    assert_eq!(
        audio(&bytes(b"\x91mp4a\x07")),
        Ok(Audio::Frame(bytes(&[7])))
    );
}

#[test]
fn codecs_that_are_not_carried_are_refused_by_name() {
    let names = |payloads: &[&[u8]], read: fn(&Bytes) -> String| -> Vec<String> {
        payloads
            .iter()
            .map(|payload| read(&bytes(payload)))
            .collect()
    };
    let refused = |name: &str| format!("{name} is not supported: send H.264 video and AAC audio");
    let videos = names(
        &[
            b"\x12\0",
            b"\x14\0",
            b"\x1c\0",
            b"\x90hvc1",
            b"\x90av01",
            b"\x90zz\0\"",
            b"\x19",
        ],
        |p| video(p).unwrap_err().to_string(),
    );
    let expected = [
        "Sorenson H.263",
        "VP6",
        "H.265 (HEVC)",
        "H.265 (HEVC)",
        "AV1",
        "codec \"zz\\x00\\\"\"",
        "codec number 9",
    ];
    assert_eq!(videos, expected.map(refused));
    let audios = names(
        &[
            b"\x2f\0",
            b"\x5f",
            b"\x7f",
            b"\xb2",
            b"\x90Opus",
            b"\x91ac-3",
            b"\x90fLaC",
            b"\xcf",
        ],
        |p| audio(p).unwrap_err().to_string(),
    );
    let expected = [
        "MP3",
        "Nellymoser",
        "G.711",
        "Speex",
        "Opus",
        "Dolby Digital (AC-3)",
        "FLAC",
        "codec number 12",
    ];
    assert_eq!(audios, expected.map(refused));
}

#[test]
fn modifiers_and_further_tracks_are_stepped_over() {
    // A nanosecond offset (3 bytes), then coded frames without composition time.
    assert_eq!(
        video(&bytes(b"\x97\x02\0\0\x09\x03avc1\x05")),
        Ok(Video::Frame {
            cts_ms: 0,
            key: true,
            data: bytes(&[5])
        })
    );
    // Unknown modifier with the long length form.
    let mut long = vec![0x97, 0xff, 0x01, 0x00];
    long.resize(4 + 257, 0xee);
    long.extend(b"\xf3avc1\x05");
    assert_eq!(
        video(&bytes(&long)),
        Ok(Video::Frame {
            cts_ms: 0,
            key: true,
            data: bytes(&[5])
        })
    );
    // Two tracks of one codec: number 1 first, number 0 second.
    assert_eq!(
        video(&bytes(b"\x96\x13avc1\x01\0\0\x02zz\0\0\0\x01\x05")),
        Ok(Video::Frame {
            cts_ms: 0,
            key: true,
            data: bytes(&[5])
        })
    );
    // Many codecs: the second is ours.
    assert_eq!(
        video(&bytes(b"\x96\x23hvc1\x01\0\0\x02zzavc1\0\0\0\x01\x05")),
        Ok(Video::Frame {
            cts_ms: 0,
            key: true,
            data: bytes(&[5])
        })
    );
    // One track, numbered 3: not ours.
    assert_eq!(video(&bytes(b"\x96\x03avc1\x03zz")), Ok(Video::Ignored));
    assert_eq!(video(&bytes(&[0x97].repeat(200))), Err(Error::Truncated));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_the_readers_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
        let payload = Bytes::from(payload);
        let _ = (video(&payload), audio(&payload));
    }
}
