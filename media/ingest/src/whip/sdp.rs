//! A first look at an offer (RFC 8866), before the state machine reads it: what can be said about it in a sentence.

use crate::limits::{SDP_LINE_BYTES_MAX, SDP_MEDIA_MAX};

/// Why an offer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not the format.
    #[error("this is no session description")]
    NoSdp,
    /// Beyond the limits.
    #[error("the session description has too many media or too long lines")]
    TooMuch,
    /// Nothing in it is sent.
    #[error("the offer sends nothing: its media must be sendonly or sendrecv")]
    SendsNothing,
    /// A picture, in other codecs alone.
    #[error("the offer has a picture but no H.264: choose H.264 in the encoder")]
    NoH264,
    /// Nothing in codecs that are carried.
    #[error("the offer has neither H.264 pictures nor Opus sound")]
    NothingKnown,
}

/// What an offer sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Pictures in H.264.
    pub video: bool,
    /// Sound in Opus.
    pub audio: bool,
}

const H264: &str = "h264/90000";
const OPUS: &str = "opus/48000";

/// One `m=` section.
struct Section {
    /// The codec that is wanted of it, in lower case; none where it is neither picture nor sound.
    wanted: Option<&'static str>,
    sends: bool,
    has_wanted: bool,
}

/// Looks at an offer.
pub fn look(text: &str) -> Result<Offered, Unfit> {
    if !text.starts_with("v=0") {
        return Err(Unfit::NoSdp);
    }
    let sections = sections(text)?;
    let sending: Vec<&Section> = sections.iter().filter(|section| section.sends).collect();
    if sending.is_empty() {
        return Err(Unfit::SendsNothing);
    }
    if sending
        .iter()
        .any(|section| section.wanted == Some(H264) && !section.has_wanted)
    {
        return Err(Unfit::NoH264);
    }
    let has = |codec| {
        let mut wanted = sending
            .iter()
            .filter(|section| section.wanted == Some(codec));
        wanted.any(|section| section.has_wanted)
    };
    let offered = Offered {
        video: has(H264),
        audio: has(OPUS),
    };
    if offered == Offered::default() {
        return Err(Unfit::NothingKnown);
    }
    Ok(offered)
}

fn sections(text: &str) -> Result<Vec<Section>, Unfit> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        if line.len() > SDP_LINE_BYTES_MAX {
            return Err(Unfit::TooMuch);
        }
        if let Some(media) = line.strip_prefix("m=") {
            if sections.len() >= SDP_MEDIA_MAX {
                return Err(Unfit::TooMuch);
            }
            let wanted = match media.split(' ').next() {
                Some("video") => Some(H264),
                Some("audio") => Some(OPUS),
                _ => None,
            };
            sections.push(Section {
                wanted,
                sends: wanted.is_some(),
                has_wanted: false,
            });
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        match line {
            "a=recvonly" | "a=inactive" => section.sends = false,
            _ => {
                let is_wanted = |codec: &str| {
                    let codec = codec.to_ascii_lowercase();
                    section.wanted.is_some_and(|it| codec.starts_with(it))
                };
                section.has_wanted |= codec(line).is_some_and(is_wanted);
            }
        }
    }
    Ok(sections)
}

/// What follows the number in `a=rtpmap:96 H264/90000`.
fn codec(line: &str) -> Option<&str> {
    let (_, codec) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
    Some(codec.trim())
}

/// The fragment of the sender's user name: another one means that ICE restarts.
pub fn ice_fragment(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .map(str::trim)
}

/// Whether an answer took the codec of this name (`H264`, `opus`).
pub fn takes(answer: &str, name: &str) -> bool {
    let mut codecs = answer.lines().filter_map(codec);
    codecs.any(|codec| {
        let taken = codec.split('/').next();
        taken.is_some_and(|taken| taken.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBS: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=sendonly\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\n";

    #[test]
    fn what_an_encoder_offers_is_seen() {
        let both = Offered {
            video: true,
            audio: true,
        };
        assert_eq!(look(OBS), Ok(both));
        assert_eq!(ice_fragment(OBS), Some("abcd"));
        assert!(takes(OBS, "H264") && takes(OBS, "OPUS") && !takes(OBS, "VP8"));
    }

    #[test]
    fn an_offer_that_cannot_be_taken_is_told_why() {
        assert_eq!(look(""), Err(Unfit::NoSdp));
        assert_eq!(look("<html>"), Err(Unfit::NoSdp));
        assert_eq!(look("v=0\r\n"), Err(Unfit::SendsNothing));
        assert_eq!(
            look(&OBS.replace("sendonly", "recvonly")),
            Err(Unfit::SendsNothing)
        );
        assert_eq!(look(&OBS.replace("H264", "VP8")), Err(Unfit::NoH264));
        let sound = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n";
        assert_eq!(look(sound), Err(Unfit::NothingKnown));
    }

    #[test]
    fn an_offer_that_is_too_much_is_not_read_further() {
        let long = format!("v=0\r\na={}\r\n", "x".repeat(SDP_LINE_BYTES_MAX));
        assert_eq!(look(&long), Err(Unfit::TooMuch));
        let wide = format!("v=0\r\n{}", "m=audio 9 X 0\r\n".repeat(SDP_MEDIA_MAX + 1));
        assert_eq!(look(&wide), Err(Unfit::TooMuch));
    }
}
