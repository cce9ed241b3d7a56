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

/// The same offer with the transport that a fragment (RFC 8840) names; none where it names none, or is too much.
pub fn restarted(offer: &str, fragment: &str) -> Option<String> {
    let ice = |name: &str| {
        let mut values = fragment.lines().filter_map(|line| line.strip_prefix(name));
        values.next().map(str::trim).filter(|value| is_ice(value))
    };
    let (name, password) = (ice(ICE_NAME)?, ice(ICE_PASSWORD)?);
    let mut restarted = String::with_capacity(offer.len() + fragment.len());
    for line in offer.lines() {
        if line.starts_with(ICE_NAME) {
            restarted.extend([ICE_NAME, name]);
        } else if line.starts_with(ICE_PASSWORD) {
            restarted.extend([ICE_PASSWORD, password]);
        } else if line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
            // The old network's. The new one's are found by its checks.
            continue;
        } else {
            restarted.push_str(line);
        }
        restarted.push_str("\r\n");
    }
    Some(restarted)
}

const ICE_NAME: &str = "a=ice-ufrag:";
const ICE_PASSWORD: &str = "a=ice-pwd:";

/// Whether a text may be one of ICE's credentials (RFC 8839 §5.4).
fn is_ice(text: &str) -> bool {
    let is_ice = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    (4..=256).contains(&text.len()) && text.bytes().all(is_ice)
}

/// An answer's transport as a fragment: credentials, and candidates of its first medium, which all share.
pub fn transport(answer: &str) -> String {
    let mut fragment = String::from("a=ice-lite\r\n");
    let mut media = 0;
    for line in answer.lines() {
        media += u32::from(line.starts_with("m="));
        let is_ours = [
            ICE_NAME,
            ICE_PASSWORD,
            "m=",
            "a=mid:",
            "a=candidate:",
            "a=end-of-candidates",
        ]
        .iter()
        .any(|start| line.starts_with(start));
        if is_ours && media <= 1 {
            fragment.extend([line, "\r\n"]);
        }
    }
    fragment
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
    fn a_restart_changes_the_transport_and_nothing_else() {
        let fragment = "a=ice-ufrag:EfGh\r\na=ice-pwd:0123456789abcdefghijkl\r\na=candidate:9 1 udp 1 192.0.2.1 9 typ host\r\n";
        let offer = OBS.replace(
            "m=audio",
            "a=ice-pwd:old\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\nm=audio",
        );
        let wanted = OBS
            .replace("abcd", "EfGh")
            .replace("m=audio", "a=ice-pwd:0123456789abcdefghijkl\r\nm=audio");
        assert_eq!(
            restarted(&offer, fragment).as_deref(),
            Some(wanted.as_str())
        );
        for bad in [
            "",
            "a=ice-ufrag:EfGh\r\n",
            "a=ice-ufrag:E\r\na=ice-pwd:0123456789abcdefghijkl\r\n",
            "a=ice-ufrag:EfGh x\r\na=ice-pwd:0123456789abcdefghijkl\r\n",
        ] {
            assert_eq!(restarted(&offer, bad), None, "{bad}");
        }
        let ours = transport(&offer);
        assert!(ours.contains("a=ice-ufrag:abcd") && ours.contains("m=audio"));
        assert!(
            !ours.contains("m=video") && !ours.contains("rtpmap"),
            "{ours}"
        );
    }

    #[test]
    fn an_offer_that_is_too_much_is_not_read_further() {
        let long = format!("v=0\r\na={}\r\n", "x".repeat(SDP_LINE_BYTES_MAX));
        assert_eq!(look(&long), Err(Unfit::TooMuch));
        let wide = format!("v=0\r\n{}", "m=audio 9 X 0\r\n".repeat(SDP_MEDIA_MAX + 1));
        assert_eq!(look(&wide), Err(Unfit::TooMuch));
    }
}
