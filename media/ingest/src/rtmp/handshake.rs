//! The simple RTMP handshake (RTMP 1.0 §5.2), both sides.
//!
//! The digest handshake only ever mattered for Flash players of H.264; encoders that offer it accept the simple answer.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes of C1, S1, C2 and S2.
pub const BLOCK_BYTES: usize = 1536;
const VERSION: u8 = 3;

/// What came first is not RTMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection does not begin with RTMP version 3")]
pub struct NotRtmp;

/// The accepting side.
#[derive(Debug)]
pub struct Server {
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Echo,
    Done,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            stage: Stage::Greeting,
        }
    }
}

impl Server {
    /// Reads what there is and answers; `true` once the peer has said everything.
    ///
    /// A wrong first byte is refused at once: a port scanner gets no 3 KiB answer and no wait.
    pub fn advance(&mut self, input: &mut BytesMut, out: &mut BytesMut) -> Result<bool, NotRtmp> {
        if self.stage == Stage::Greeting {
            match input.first() {
                None => return Ok(false),
                Some(&VERSION) => {}
                Some(_) => return Err(NotRtmp),
            }
            if input.len() < 1 + BLOCK_BYTES {
                return Ok(false);
            }
            input.advance(1);
            let c1 = input.split_to(BLOCK_BYTES);
            out.put_u8(VERSION);
            out.put_slice(&block());
            // S2 echoes C1; its second time field is ours, and we keep none.
            out.put_slice(&c1);
            self.stage = Stage::Echo;
        }
        if self.stage == Stage::Echo {
            if input.len() < BLOCK_BYTES {
                return Ok(false);
            }
            // Encoders echo S1 here more or less faithfully; nothing is won by checking.
            input.advance(BLOCK_BYTES);
            self.stage = Stage::Done;
        }
        Ok(true)
    }
}

/// The connecting side: C0 and C1.
pub fn hello() -> Bytes {
    let mut out = BytesMut::with_capacity(1 + BLOCK_BYTES);
    out.put_u8(VERSION);
    out.put_slice(&block());
    out.freeze()
}

/// The connecting side: reads S0, S1 and S2 and gives C2 once they are there.
pub fn finish(input: &mut BytesMut) -> Result<Option<Bytes>, NotRtmp> {
    if input.first().is_some_and(|&version| version != VERSION) {
        return Err(NotRtmp);
    }
    if input.len() < 1 + 2 * BLOCK_BYTES {
        return Ok(None);
    }
    input.advance(1);
    let s1 = input.split_to(BLOCK_BYTES).freeze();
    input.advance(BLOCK_BYTES);
    Ok(Some(s1))
}

/// Time 0, version 0 (which says: simple handshake), then filler. The standard's random filler only tells
/// connections apart; a fixed pattern does as well and costs no entropy before anyone has identified himself.
fn block() -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    let mut state: u32 = 0x9e37_79b9;
    for byte in &mut block[8..] {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state.to_be_bytes()[0];
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_agree_whatever_the_pieces() {
        let mut server = Server::default();
        let (mut input, mut out) = (BytesMut::new(), BytesMut::new());
        for byte in hello() {
            input.put_u8(byte);
            assert_eq!(server.advance(&mut input, &mut out), Ok(false));
        }
        let c2 = finish(&mut out).unwrap().unwrap();
        assert!(out.is_empty());
        input.put_slice(&c2);
        input.put_u8(0x42);
        assert_eq!(server.advance(&mut input, &mut out), Ok(true));
        assert_eq!(
            &input[..],
            [0x42],
            "what follows the handshake is left alone"
        );
    }

    #[test]
    fn a_wrong_first_byte_is_refused_before_anything_else_comes() {
        let mut input = BytesMut::from(&b"GET / HTTP/1.1\r\n"[..]);
        assert_eq!(
            Server::default().advance(&mut input, &mut BytesMut::new()),
            Err(NotRtmp)
        );
    }
}
