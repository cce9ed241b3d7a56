//! What the ingest promises for any bytes at all. The fuzzer searches for bytes that break a promise;
//! an ordinary test of media-ingest replays those it found so far (fuzz/corpus).

use bytes::Bytes;
use media_ingest::rtmp::amf0;
use media_ingest::rtmp::handshake;
use media_ingest::rtmp::session::{Event, Session};
use media_ingest::whip::{sdp, stun};
use media_ingest::{clip, flv};

/// What a stranger says after the handshake; the first byte says in how large pieces it arrives.
pub(crate) fn rtmp_session(bytes: &[u8]) {
    let Some((&step, bytes)) = bytes.split_first() else {
        return;
    };
    let mut session = Session::default();
    session.input().extend_from_slice(&handshake::hello());
    assert!(matches!(session.next_event(), Ok(None)));
    let c2 = handshake::finish(session.output());
    session
        .input()
        .extend_from_slice(&c2.expect("ours").expect("whole"));
    for piece in bytes.chunks(1 + usize::from(step) * 8) {
        session.input().extend_from_slice(piece);
        session.received(piece.len());
        loop {
            match session.next_event() {
                Ok(Some(Event::Publish(request))) => {
                    assert_eq!(format!("{:?}", request.key).find("live-"), None);
                    session.accept();
                }
                Ok(Some(Event::Media(media))) => {
                    tag(&media.payload);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        // A reply of a few hundred bytes per command of a few tens, never a loop.
        assert!(
            session.output().len() <= 64 * (1024 + piece.len()),
            "{} bytes of replies",
            session.output().len()
        );
        session.output().clear();
    }
}

/// An AMF message.
pub(crate) fn amf0(bytes: &[u8]) {
    if let Ok(values) = amf0::decode(bytes) {
        // Not equal: NaN, and names that look like the end of an object. But readable, or known to be too much.
        let _ = amf0::decode(&amf0::encode(&values));
    }
}

/// A tag's payload, read as both kinds.
pub(crate) fn flv_tag(bytes: &[u8]) {
    tag(&Bytes::copy_from_slice(bytes));
}

fn tag(payload: &Bytes) {
    let _ = (flv::video(payload), flv::audio(payload));
}

/// A clip file.
pub(crate) fn flv_file(bytes: &[u8]) {
    if let Ok(clip) = clip::Clip::parse(Bytes::copy_from_slice(bytes)) {
        let mut rounds = clip.rounds();
        rounds.skip_to_key();
        for _ in 0..64 {
            assert!(rounds.advance().timestamp_ms >= 0);
        }
    }
}

/// What a stranger sends to WHIP: a datagram, or an offer.
pub(crate) fn offer(bytes: &[u8]) {
    if let Some(addressee) = stun::addressee(bytes) {
        assert!(stun::is_stun(bytes) && !addressee.contains(':'));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _fragment = sdp::ice_fragment(text);
    if let Ok(offered) = sdp::look(text) {
        assert!(offered.video || offered.audio);
        assert!(!offered.video || sdp::takes(text, "h264"));
    }
}
