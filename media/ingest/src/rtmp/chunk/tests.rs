use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

use super::*;
use crate::limits::{CHUNK_SIZE_MAX, FRAME_BYTES_MAX};

fn message(csid: u32, kind: u8, timestamp: u32, payload: &[u8]) -> Message {
    Message {
        csid,
        kind,
        stream: 1,
        timestamp,
        payload: Bytes::copy_from_slice(payload),
    }
}

fn publisher() -> Decoder {
    let mut decoder = Decoder::default();
    decoder.publishing();
    decoder
}

/// Feeds `bytes` in pieces of `step` and collects what comes out.
fn decode_all(decoder: &mut Decoder, bytes: &[u8], step: usize) -> Result<Vec<Message>, Error> {
    let (mut input, mut messages) = (BytesMut::new(), Vec::new());
    for piece in bytes.chunks(step) {
        input.put_slice(piece);
        while let Some(message) = decoder.decode(&mut input)? {
            messages.push(message);
        }
    }
    Ok(messages)
}

fn csid() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![3, 4, 6, 63, 64, 70, 319, 320, 65_599])
}

fn timestamp() -> impl Strategy<Value = u32> {
    prop_oneof![
        0..200_u32,
        Just(0x00ff_fffe),
        Just(0x00ff_ffff),
        0x00ff_fff0..0x0100_0010_u32,
        0xffff_fff0..=u32::MAX,
        any::<u32>(),
    ]
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let one = (
        csid(),
        prop::sample::select(vec![8_u8, 9, 18]),
        0..2_u32,
        timestamp(),
        0..600_usize,
        any::<u8>(),
    );
    let one = one.prop_map(|(csid, kind, stream, timestamp, length, fill)| {
        // Bytes that differ, so that a misplaced chunk shows.
        let payload: Vec<u8> = (0..length)
            .map(|at| fill.wrapping_add((at % 256).try_into().unwrap()))
            .collect();
        Message {
            csid,
            kind,
            stream,
            timestamp,
            payload: payload.into(),
        }
    });
    prop::collection::vec(one, 1..24)
}

/// Per chunk stream the chunks in order, chunk streams interleaved as `choices` say.
fn interleave(
    encoder: &mut Encoder,
    messages: &[Message],
    choices: &[prop::sample::Index],
) -> Vec<u8> {
    let mut queues: Vec<(u32, std::collections::VecDeque<Vec<u8>>)> = Vec::new();
    for message in messages {
        if !queues.iter().any(|(csid, _)| *csid == message.csid) {
            queues.push((message.csid, std::collections::VecDeque::new()));
        }
        let queue = &mut queues
            .iter_mut()
            .find(|(csid, _)| *csid == message.csid)
            .unwrap()
            .1;
        encoder.chunks(message, |header, payload| {
            queue.push_back([header, payload].concat());
        });
    }
    let (mut bytes, mut turn) = (Vec::new(), 0);
    while !queues.is_empty() {
        let at = choices[turn % choices.len()].index(queues.len());
        turn += 1;
        bytes.extend(queues[at].1.pop_front().unwrap());
        queues.retain(|(_, queue)| !queue.is_empty());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn messages_survive_any_interleaving_chunk_size_dialect_and_fragmentation(
        messages in messages(), chunk_size in prop_oneof![1..200_u32, Just(65_536), Just(CHUNK_SIZE_MAX)],
        choices in prop::collection::vec(any::<prop::sample::Index>(), 1..40), step in 1..700_usize, repeat in any::<bool>(),
    ) {
        let mut encoder = Encoder::default();
        let mut bytes = BytesMut::new();
        encoder.encode(&set_chunk_size(chunk_size), &mut bytes);
        encoder.set_chunk_size(chunk_size);
        if !repeat {
            encoder.omit_repeated_extended_time();
        }
        bytes.extend(interleave(&mut encoder, &messages, &choices));
        // Something more, because a few last bytes may look like the beginning of a repeated extended time.
        bytes.extend([0x02, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0x26, 0x25, 0xa0]);
        let decoded = decode_all(&mut publisher(), &bytes, step).unwrap();
        for csid in messages.iter().map(|message| message.csid) {
            let sent: Vec<_> = messages.iter().filter(|m| m.csid == csid).collect();
            let got: Vec<_> = decoded.iter().filter(|m| m.csid == csid).collect();
            prop_assert_eq!(got, sent);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000), step in 1..400_usize) {
        let _ = decode_all(&mut publisher(), &bytes, step);
        let _ = decode_all(&mut Decoder::default(), &bytes, step);
    }

    #[test]
    fn no_damage_makes_the_decoder_panic(
        messages in messages(), at in any::<prop::sample::Index>(), byte in any::<u8>(), step in 1..400_usize,
    ) {
        let mut bytes = BytesMut::new();
        let mut encoder = Encoder::default();
        for message in &messages {
            encoder.encode(message, &mut bytes);
        }
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode_all(&mut publisher(), &bytes, step);
    }
}

#[test]
fn a_type_3_chunk_that_begins_a_message_adds_the_last_delta_again() {
    // Silence as encoders send it: equal sizes, equal distance, so headers shrink to one byte.
    let bytes = [
        &[0x04, 0, 0, 100, 0, 0, 2, 8, 1, 0, 0, 0, 0xaf, 1][..], // type 0 at 100 ms
        &[0x84, 0, 0, 23, 0xaf, 1],                              // type 2, 23 ms later
        &[0xc4, 0xaf, 1],
        &[0xc4, 0xaf, 1],
    ]
    .concat();
    let times: Vec<_> = decode_all(&mut publisher(), &bytes, 1)
        .unwrap()
        .iter()
        .map(|message| message.timestamp)
        .collect();
    assert_eq!(times, [100, 123, 146, 169]);
}

#[test]
fn a_type_3_chunk_after_an_absolute_time_takes_it_as_delta() {
    let bytes = [
        &[0x04, 0, 0, 21, 0, 0, 2, 8, 1, 0, 0, 0, 0xaf, 1][..],
        &[0xc4, 0xaf, 1],
    ]
    .concat();
    let times: Vec<_> = decode_all(&mut publisher(), &bytes, 3)
        .unwrap()
        .iter()
        .map(|message| message.timestamp)
        .collect();
    assert_eq!(times, [21, 42]);
}

#[test]
fn sound_inside_a_chunked_picture_reaches_its_own_message() {
    let mut encoder = Encoder::default();
    let picture = message(6, kind::VIDEO, 40, &[7; 300]);
    let sound = message(4, kind::AUDIO, 41, &[9; 100]);
    let (mut pieces, mut bytes) = (Vec::new(), Vec::new());
    encoder.chunks(&picture, |header, payload| {
        pieces.push([header, payload].concat());
    });
    encoder.chunks(&sound, |header, payload| {
        pieces.insert(1, [header, payload].concat());
    });
    for piece in &pieces {
        bytes.extend(piece);
    }
    assert_eq!(
        decode_all(&mut publisher(), &bytes, 50),
        Ok(vec![sound, picture])
    );
}

#[test]
fn a_new_header_in_the_middle_of_a_message_discards_what_there_was() {
    let mut bytes = vec![0x06, 0, 0, 1, 0, 1, 0x2c, 9, 1, 0, 0, 0];
    bytes.extend([1; 128]);
    bytes.extend([0x46, 0, 0, 5, 0, 0, 2, 9, 0xaa, 0xbb]);
    let mut decoder = publisher();
    assert_eq!(
        decode_all(&mut decoder, &bytes, 7),
        Ok(vec![message(6, 9, 6, &[0xaa, 0xbb])])
    );
    assert_eq!(decoder.unfinished(), 0);
}

#[test]
fn an_aborted_message_is_forgotten() {
    let mut bytes = vec![0x06, 0, 0, 1, 0, 1, 0x2c, 9, 1, 0, 0, 0];
    bytes.extend([1; 128]);
    let mut out = BytesMut::new();
    Encoder::default().encode(&control(kind::ABORT, &6_u32.to_be_bytes()), &mut out);
    bytes.extend(out);
    bytes.extend([0x06, 0, 0, 9, 0, 0, 1, 9, 1, 0, 0, 0, 0x55]);
    assert_eq!(
        decode_all(&mut publisher(), &bytes, 9),
        Ok(vec![message(6, 9, 9, &[0x55])])
    );
}

#[test]
fn chunk_sizes_from_one_to_the_largest_are_taken_and_zero_is_refused() {
    for size in [1, 127, 65_536, 131_072, CHUNK_SIZE_MAX, 0x7fff_ffff] {
        let (mut encoder, mut bytes) = (Encoder::default(), BytesMut::new());
        encoder.encode(&set_chunk_size(size), &mut bytes);
        encoder.set_chunk_size(size);
        let sent = message(6, kind::VIDEO, 40, &[7; 5000]);
        encoder.encode(&sent, &mut bytes);
        assert_eq!(
            decode_all(&mut publisher(), &bytes, 1000),
            Ok(vec![sent]),
            "{size}"
        );
    }
    for size in [0, 0x8000_0000, u32::MAX] {
        let mut bytes = BytesMut::new();
        Encoder::default().encode(&set_chunk_size(size), &mut bytes);
        assert_eq!(
            decode_all(&mut publisher(), &bytes, 1000),
            Err(Error::ChunkSize(size))
        );
    }
}

#[test]
fn a_seventeenth_chunk_stream_is_refused() {
    let mut bytes = Vec::new();
    for csid in 3..20_u8 {
        bytes.extend([csid, 0, 0, 0, 0, 0xff, 0xff, 20, 0, 0, 0, 0]);
        bytes.extend([0; 128]);
    }
    assert_eq!(
        decode_all(&mut Decoder::default(), &bytes, 64),
        Err(Error::TooManyStreams)
    );
}

#[test]
fn an_announced_length_reserves_nothing() {
    let mut decoder = publisher();
    decode_all(
        &mut decoder,
        &[0x06, 0, 0, 1, 0x7f, 0xff, 0xff, 9, 1, 0, 0, 0, 1, 2, 3],
        64,
    )
    .unwrap();
    assert!(decoder.reserved() < 64);
}

#[test]
fn strangers_may_send_small_messages_only() {
    let announced = [0x06, 0, 0, 1, 0x01, 0, 1, 20, 1, 0, 0, 0, 0];
    assert_eq!(
        decode_all(&mut Decoder::default(), &announced, 64),
        Err(Error::TooLong {
            kind: 20,
            length: 65_537
        })
    );
}

#[test]
fn a_picture_that_is_too_large_is_skipped_and_the_next_one_read() {
    let (mut encoder, mut bytes) = (Encoder::default(), BytesMut::new());
    encoder.encode(
        &message(6, kind::VIDEO, 40, &vec![7; FRAME_BYTES_MAX + 1]),
        &mut bytes,
    );
    let next = message(6, kind::VIDEO, 80, &[8; 200]);
    encoder.encode(&next, &mut bytes);
    let mut decoder = publisher();
    assert_eq!(decode_all(&mut decoder, &bytes, 65_536), Ok(vec![next]));
    assert_eq!((decoder.skipped(), decoder.unfinished()), (1, 0));
}

#[test]
fn unfinished_messages_hold_no_more_than_the_limit_together() {
    let (mut decoder, mut result) = (publisher(), Ok(Vec::new()));
    for csid in 3..6_u8 {
        let mut chunk = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
        chunk.extend((6 * 1024 * 1024_u32).to_be_bytes());
        chunk.extend([csid, 0, 0, 0, 0x80, 0, 0, 9, 1, 0, 0, 0]);
        chunk.resize(chunk.len() + 6 * 1024 * 1024, 0);
        result = decode_all(&mut decoder, &chunk, 1 << 20);
    }
    assert_eq!(result, Err(Error::TooMuchUnfinished));
    // Strangers hold a hundredth of that: three commands of 60,000 bytes, each but for its last byte.
    let (mut stranger, mut result) = (Decoder::default(), Ok(Vec::new()));
    for csid in 3..6_u8 {
        let mut chunk = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
        chunk.extend(59_999_u32.to_be_bytes());
        chunk.extend([csid, 0, 0, 0, 0, 0xea, 0x60, 20, 0, 0, 0, 0]);
        chunk.resize(chunk.len() + 59_999, 0);
        assert_eq!(result, Ok(Vec::new()), "two are within the limit");
        result = decode_all(&mut stranger, &chunk, 1000);
    }
    assert_eq!(result, Err(Error::TooMuchUnfinished));
}

#[test]
fn compressed_headers_without_a_predecessor_are_refused_except_type_1() {
    assert_eq!(
        decode_all(&mut publisher(), &[0xc7, 1], 9),
        Err(Error::NoPredecessor)
    );
    assert_eq!(
        decode_all(&mut publisher(), &[0x87, 0, 0, 1, 1], 9),
        Err(Error::NoPredecessor)
    );
    let opened = decode_all(&mut publisher(), &[0x47, 0, 0, 9, 0, 0, 1, 9, 0x55], 9).unwrap();
    assert_eq!(opened[0].timestamp, 9);
}
