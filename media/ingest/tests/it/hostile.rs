//! Bad input of every kind: it ends its own connection at most, and says why where there is somebody to tell.

use bytes::Bytes;
use media_core::metrics::Drop;
use media_ingest::limits::{AMF_BYTES_MAX, CHUNK_STREAMS_MAX, FRAME_BYTES_MAX};
use media_ingest::rtmp::amf0::Value;
use media_ingest::rtmp::chunk::{CHUNK_SIZE_DEFAULT, control, kind};
use media_ingest::rtmp::{Ending, handshake};

use crate::house::{House, Raw, command, media, object, quick, until};

#[tokio::test]
async fn port_scanners_are_hung_up_on_at_the_first_wrong_byte() {
    let house = House::open(quick()).await;
    for junk in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\x02\0",
        b"\0",
        b"\x06rtmpe",
    ] {
        let mut raw = Raw::dial(house.addr).await;
        raw.bytes(junk).await;
        assert_eq!(raw.next_code().await, None);
    }
    house.ended(Ending::NotRtmp, 4).await;
    for _ in 0..3 {
        drop(Raw::dial(house.addr).await);
    }
    house.ended(Ending::HungUp, 3).await;
    assert_eq!(house.counters.half_open.get(), 0);
    house.still_serves().await;
}

#[tokio::test]
async fn hanging_up_in_the_middle_of_anything_is_only_a_hang_up() {
    let house = House::open(quick()).await;
    let mut raw = Raw::dial(house.addr).await;
    raw.bytes(&handshake::hello()[..700]).await;
    drop(raw);
    let mut raw = Raw::greeted(house.addr).await;
    raw.bytes(&[0x03, 0, 0, 0, 0]).await;
    drop(raw);
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.bytes(&[0x06, 0, 0, 0, 0x40, 0, 0, 9, 1, 0, 0, 0, 0x17, 1])
        .await;
    drop(raw);
    house.ended(Ending::HungUp, 3).await;
    house.still_serves().await;
}

#[tokio::test]
async fn amf_bombs_end_their_own_connection_only() {
    let house = House::open(quick()).await;
    let connect = |rest: &[u8]| {
        command(Bytes::from(
            [
                &[2, 0, 7][..],
                b"connect",
                &[0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
                rest,
            ]
            .concat(),
        ))
    };
    let bombs = [
        [3, 0, 1, b'a'].repeat(15_000),            // objects in objects
        [10, 0, 0, 0, 1].repeat(12_000),           // lists in lists
        [8, 0, 0, 0, 1, 0, 1, b'a'].repeat(7_000), // maps in maps
        vec![10, 0xff, 0xff, 0xff, 0xff],          // four billion values
        vec![12, 0xff, 0xff, 0xff, 0xff, b'x'],    // four billion letters
        vec![2, 0xff, 0xff],                       // letters that never come
        vec![5; 60_000],                           // sixty thousand nothings
        vec![0x11, 0x0a, 0x0b, 0x01],              // AMF3
    ];
    for (count, bomb) in bombs.iter().enumerate() {
        let mut raw = Raw::greeted(house.addr).await;
        raw.message(&connect(bomb)).await;
        assert_eq!(
            raw.codes_to_the_end().await,
            Vec::<String>::new(),
            "bomb {count}"
        );
    }
    house.ended(Ending::Malformed, bombs.len() as u64).await;
    let mut raw = Raw::greeted(house.addr).await;
    let nonsense = [
        ("audioCodecs", f64::NAN),
        ("objectEncoding", -1.0),
        ("capabilities", f64::INFINITY),
    ];
    let mut members = vec![("app".to_owned(), Value::String("live".into()))];
    members.extend(nonsense.map(|(name, number)| (name.to_owned(), Value::Number(number))));
    raw.command("connect", vec![Value::Object(members)]).await;
    assert_eq!(
        raw.next_code().await.as_deref(),
        Some("NetConnection.Connect.Success"),
        "numbers may be anything"
    );
    house.still_serves().await;
}

#[tokio::test]
async fn metadata_bombs_while_publishing_are_ignored() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.tag(kind::DATA, 0, &[3, 0, 1, b'a'].repeat(15_000))
        .await;
    raw.tag(kind::DATA, 0, &vec![5; AMF_BYTES_MAX + 1]).await;
    raw.tag(kind::DATA, 0, &[0x11, 1, 2]).await;
    raw.clip(20).await;
    until("the clip arrives", || house.counters.frames.get() >= 20).await;
}

#[tokio::test]
async fn every_chunk_size_up_to_the_largest_works_and_zero_is_refused() {
    let house = House::open(quick()).await;
    for (count, size) in [1, 2, 65_536, 131_072, 16 * 1024 * 1024, 0x7fff_ffff]
        .into_iter()
        .enumerate()
    {
        let before = house.counters.frames.get();
        house
            .keys
            .add(&format!("size-{size}"), &format!("conf/size-{count}"));
        let mut raw = Raw::connected(house.addr).await;
        raw.chunk_size(size).await;
        raw.publish(&format!("size-{size}")).await;
        assert_eq!(
            raw.next_code().await.as_deref(),
            Some("NetStream.Publish.Start"),
            "{size}"
        );
        raw.clip(20).await;
        until("the clip arrives", || {
            house.counters.frames.get() >= before + 20
        })
        .await;
    }
    for size in [0_u32, 0x8000_0000] {
        let mut raw = Raw::connected(house.addr).await;
        raw.message(&control(kind::SET_CHUNK_SIZE, &size.to_be_bytes()))
            .await;
        assert_eq!(raw.next_code().await, None, "{size}");
    }
    house.ended(Ending::Malformed, 2).await;
}

#[tokio::test]
async fn half_open_messages_on_many_chunk_streams_are_cut_off_before_they_cost_anything() {
    let house = House::open(quick()).await;
    let mut raw = Raw::greeted(house.addr).await;
    for csid in 0..3000_u32 {
        let [low, high, ..] = csid.to_le_bytes();
        raw.bytes(&[0x01, low, high, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0])
            .await;
    }
    assert_eq!(raw.next_code().await, None);
    // Within the length for strangers it is the number that ends it.
    let mut raw = Raw::greeted(house.addr).await;
    for csid in 3..=u8::try_from(CHUNK_STREAMS_MAX).unwrap() + 3 {
        raw.bytes(&[csid, 0, 0, 0, 0, 0xff, 0xff, 20, 0, 0, 0, 0])
            .await;
        raw.bytes(&[0; CHUNK_SIZE_DEFAULT as usize]).await;
    }
    assert_eq!(raw.next_code().await, None);
    house.ended(Ending::Malformed, 2).await;
    house.still_serves().await;
}

#[tokio::test]
async fn sound_and_pictures_interleaved_chunk_by_chunk_arrive() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.clip(1).await;
    let mut picture = vec![0x27, 1, 0, 0, 0, 0, 0, 3, 0xe8, 0x41];
    picture.resize(5 + 4 + 1000, 0x55);
    let (mut pieces, mut sounds) = (Vec::new(), Vec::new());
    raw.encoder
        .chunks(&media(kind::VIDEO, 100, &picture), |header, payload| {
            pieces.push([header, payload].concat());
        });
    for at in 0..4 {
        let sound = media(
            kind::AUDIO,
            100 + at * 21,
            &[&[0xaf, 1][..], &[7; 100]].concat(),
        );
        raw.encoder.chunks(&sound, |header, payload| {
            sounds.push([header, payload].concat());
        });
    }
    let before = house.counters.frames.get();
    for (at, piece) in pieces.iter().enumerate() {
        raw.bytes(piece).await;
        if let Some(sound) = sounds.get(at) {
            raw.bytes(sound).await;
        }
    }
    until("five frames arrive", || {
        house.counters.frames.get() >= before + 5
    })
    .await;
    assert_eq!(house.counters.dropped.get(), 0);
}

#[tokio::test]
async fn aborts_windows_of_zero_and_unknown_messages_are_survived() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.message(&control(kind::WINDOW_ACK_SIZE, &[0; 4])).await;
    raw.message(&control(kind::WINDOW_ACK_SIZE, &[])).await;
    raw.message(&control(kind::SET_PEER_BANDWIDTH, &[0])).await;
    raw.message(&control(kind::USER_CONTROL, &[0, 6])).await;
    raw.message(&control(kind::ACKNOWLEDGEMENT, &[0xff; 4]))
        .await;
    for unknown in [0, 7, 10, 14, 16, 19, 22, 63, 255] {
        raw.tag(unknown, 0, &[0xff; 64]).await;
    }
    // A picture begun and aborted, and one begun and replaced by a shorter one.
    let begun = [
        &[0x06, 0, 0, 1, 0, 1, 0x2c, 9, 1, 0, 0, 0][..],
        &[1; CHUNK_SIZE_DEFAULT as usize],
    ]
    .concat();
    raw.bytes(&begun).await;
    raw.message(&control(kind::ABORT, &6_u32.to_be_bytes()))
        .await;
    raw.bytes(&begun).await;
    raw.bytes(&[0x06, 0, 0, 9, 0, 0, 5, 9, 1, 0, 0, 0, 0x17, 2, 0, 0, 0])
        .await;
    raw.clip(20).await;
    until("the clip arrives", || house.counters.frames.get() >= 20).await;
}

#[tokio::test]
async fn media_before_publishing_and_impossible_orders_end_the_connection() {
    let house = House::open(quick()).await;
    let mut raw = Raw::greeted(house.addr).await;
    raw.tag(kind::VIDEO, 0, &[0x17, 1, 0, 0, 0]).await;
    assert_eq!(raw.next_code().await, None);
    let mut raw = Raw::connected(house.addr).await;
    raw.tag(kind::AUDIO, 0, &[0xaf, 1, 0]).await;
    assert_eq!(raw.next_code().await, None);
    let mut raw = Raw::greeted(house.addr).await;
    raw.publish("key").await;
    assert_eq!(raw.next_code().await, None);
    let mut raw = Raw::connected(house.addr).await;
    raw.command("connect", vec![object(&[("app", "live")])])
        .await;
    assert_eq!(raw.next_code().await, None);
    house.ended(Ending::Malformed, 4).await;
}

#[tokio::test]
async fn publishing_twice_on_one_connection_is_refused_and_the_first_goes_on() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.publish("key").await;
    assert_eq!(
        raw.next_code().await.as_deref(),
        Some("NetStream.Publish.BadName")
    );
    raw.clip(20).await;
    until("the clip arrives", || house.counters.frames.get() >= 20).await;
}

#[tokio::test]
async fn watching_on_the_ingest_port_is_refused() {
    let house = House::open(quick()).await;
    let mut raw = Raw::connected(house.addr).await;
    raw.command("play", vec![Value::Null, Value::String("key".into())])
        .await;
    assert_eq!(raw.codes_to_the_end().await, ["NetStream.Play.Failed"]);
}

#[tokio::test]
async fn another_application_is_told_where_to_publish() {
    let house = House::open(quick()).await;
    let mut raw = Raw::greeted(house.addr).await;
    raw.command("connect", vec![object(&[("app", "vod")])])
        .await;
    assert_eq!(
        raw.codes_to_the_end().await,
        ["NetConnection.Connect.Rejected"]
    );
}

#[tokio::test]
async fn damaged_and_empty_pictures_are_dropped_and_the_stream_goes_on() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.clip(5).await;
    let damaged: [(u8, &[u8]); 9] = [
        (kind::VIDEO, &[]), // a tag without anything
        (kind::AUDIO, &[]),
        (kind::VIDEO, &[0x27]),             // ends in its header
        (kind::VIDEO, &[0x27, 1, 0, 0, 0]), // no NAL unit
        (kind::VIDEO, &[0x27, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1]), // a NAL unit beyond the tag
        (kind::VIDEO, &[0x27, 1, 0, 0, 0, 0, 0, 0, 0]), // a NAL unit of no length
        (kind::VIDEO, &[0x27, 1, 0, 0, 0, 0, 0, 0, 2, 9, 0xf0]), // a delimiter only
        (kind::AUDIO, &[0xaf, 1]),          // no sound
        (kind::VIDEO, &[0x17, 0, 0, 0, 0]), // no configuration
    ];
    for (kind, payload) in damaged {
        raw.tag(kind, 400, payload).await;
    }
    // Empty tags are dropped here, damaged pictures by the channel.
    let metrics = house.channels.metrics();
    let dropped = || house.counters.dropped.get() + metrics.drops(Drop::Malformed).get();
    until("all damage is counted", || {
        dropped() >= damaged.len() as u64
    })
    .await;
    let before = house.counters.frames.get();
    raw.clip(20).await;
    until("the clip arrives", || {
        house.counters.frames.get() >= before + 20
    })
    .await;
    assert_eq!(dropped(), damaged.len() as u64);
}

#[tokio::test]
async fn a_picture_over_the_limit_is_skipped_and_the_stream_goes_on() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.chunk_size(1 << 20).await;
    raw.clip(5).await;
    raw.tag(kind::VIDEO, 500, &vec![0x27; FRAME_BYTES_MAX + 1])
        .await;
    until("it is counted", || house.counters.dropped.get() == 1).await;
    raw.clip(20).await;
    until("the clip arrives", || house.counters.frames.get() >= 25).await;
}

#[tokio::test]
async fn codecs_that_cannot_be_carried_are_refused_with_their_name() {
    let house = House::open(quick()).await;
    let refused: [(u8, &[u8]); 8] = [
        (kind::VIDEO, b"\x12\0"),       // Sorenson
        (kind::VIDEO, b"\x1c\0\0\0\0"), // HEVC by number
        (kind::VIDEO, b"\x90hvc1"),
        (kind::VIDEO, b"\x90av01"),
        (kind::AUDIO, b"\x2f\xff"), // MP3
        (kind::AUDIO, b"\xb2\0"),   // Speex
        (kind::AUDIO, b"\x7f\0"),   // G.711
        (kind::AUDIO, b"\x90OpusOpusHead"),
    ];
    for (count, (kind, payload)) in refused.into_iter().enumerate() {
        let mut raw = Raw::publishing(house.addr, "key").await;
        raw.tag(kind, 0, payload).await;
        assert_eq!(
            raw.codes_to_the_end().await,
            ["NetStream.Publish.Rejected"],
            "case {count}"
        );
        house.ended(Ending::Unsupported, count as u64 + 1).await;
    }
    house.still_serves().await;
}

#[tokio::test]
async fn a_configuration_that_is_none_ends_the_stream_with_a_reason() {
    let house = House::open(quick()).await;
    for record in [
        &b"\x17\0\0\0\0\x02\x64\0\x1f\xff"[..],
        b"\x17\0\0\0\0\x01",
        b"\x17\0\0\0\0\x01\x64\0\x1f\xfe\xe0\0",
    ] {
        let mut raw = Raw::publishing(house.addr, "key").await;
        raw.tag(kind::VIDEO, 0, record).await;
        assert_eq!(raw.codes_to_the_end().await, ["NetStream.Publish.Rejected"]);
    }
}

#[tokio::test]
async fn enhanced_tags_with_extensions_nobody_knows_are_read() {
    let house = House::open(quick()).await;
    let mut raw = Raw::publishing(house.addr, "key").await;
    raw.clip(5).await;
    let before = house.counters.frames.get();
    raw.tag(
        kind::VIDEO,
        500,
        b"\xa7\x02\0\0\x09\x03avc1\0\0\0\x02\x41\x9a",
    )
    .await; // nanoseconds
    raw.tag(
        kind::VIDEO,
        520,
        b"\xa6\x13avc1\x01\0\0\x02zz\0\0\0\x06\0\0\0\x02\x41\x9a",
    )
    .await; // two tracks
    raw.tag(kind::VIDEO, 540, b"\x94avc1\x02\0\x09colorInfo")
        .await; // colours
    raw.tag(kind::AUDIO, 540, b"\x91mp4a\x21\x10").await;
    until("three frames arrive", || {
        house.counters.frames.get() >= before + 3
    })
    .await;
    assert_eq!(house.counters.dropped.get(), 0);
}

#[tokio::test]
async fn random_bytes_at_every_stage_leave_the_server_serving() {
    let house = House::open(quick()).await;
    let mut state = 0x1234_5678_u32;
    let mut noise = move |length: usize| -> Vec<u8> {
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_be_bytes()[0]
            })
            .collect()
    };
    for _ in 0..30 {
        let mut raw = Raw::greeted(house.addr).await;
        raw.bytes(&noise(3000)).await;
        let mut raw = Raw::connected(house.addr).await;
        raw.bytes(&noise(3000)).await;
        let mut raw = Raw::publishing(house.addr, "key").await;
        raw.bytes(&noise(20_000)).await;
        drop(raw);
        until("the publisher is gone", || {
            house.counters.publishers.get() == 0
        })
        .await;
    }
    assert_eq!(house.counters.ended(Ending::Panicked), 0);
    house.still_serves().await;
}

#[tokio::test]
async fn a_fault_of_ours_costs_one_connection_and_not_the_server() {
    let house = House::open(quick()).await;
    let mut raw = Raw::connected(house.addr).await;
    raw.publish("panic").await;
    assert_eq!(raw.next_code().await, None);
    house.ended(Ending::Panicked, 1).await;
    assert_eq!(house.counters.half_open.get(), 0);
    house.still_serves().await;
}
