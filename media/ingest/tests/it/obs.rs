//! OBS from version 30 on, as far as it is known what it sends: it needs a desktop and cannot be run here.
//!
//! Its offer is one of libdatachannel's: sound before the picture, each with one codec and one source, transport and
//! fingerprint said once for all, no header extensions, no candidates. Afterwards it sends no candidates either, and
//! deletes what `Location` named when it stops.

#![expect(
    clippy::large_futures,
    reason = "a session is large, and tests wait for it where they stand"
)]

use std::time::Duration;

use http::{Method, StatusCode};
use media_core::State;
use media_ingest::rtmp::Ending;
use str0m::RtcConfig;
use str0m::media::MediaKind;
use tokio::net::UdpSocket;

use crate::house::{quick, until};
use crate::sender::{Sender, Studio};

const AGENT: &str = "Mozilla/5.0 (OBS-Studio/30.2.3; Linux x86_64; en-US)";

/// What follows `name` in the line that begins with it.
fn value<'a>(offer: &'a str, name: &str) -> &'a str {
    let mut lines = offer.lines().filter_map(|line| line.strip_prefix(name));
    lines
        .next()
        .unwrap_or_else(|| panic!("no {name} in {offer}"))
}

/// An offer of that shape, with the transport and the sources of another one.
fn shaped(offer: &str) -> String {
    let sections: Vec<&str> = offer.split("m=").collect();
    let media = |kind: &str| {
        let mut own = sections.iter().filter(|section| section.starts_with(kind));
        let own = own.next().unwrap();
        let source = value(own, "a=ssrc:").split(' ').next().unwrap();
        (value(own, "a=mid:"), source)
    };
    let ((audio, sound), (video, picture)) = (media("audio"), media("video"));
    let (name, password) = (value(offer, "a=ice-ufrag:"), value(offer, "a=ice-pwd:"));
    let fingerprint = value(offer, "a=fingerprint:");
    let lines = [
        "v=0".to_owned(),
        "o=rtc 3767197920 0 IN IP4 127.0.0.1".to_owned(),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        format!("a=group:BUNDLE {audio} {video}"),
        format!("a=group:LS {audio} {video}"),
        "a=msid-semantic:WMS *".to_owned(),
        "a=setup:actpass".to_owned(),
        format!("a=ice-ufrag:{name}"),
        format!("a=ice-pwd:{password}"),
        "a=ice-options:ice2,trickle".to_owned(),
        format!("a=fingerprint:{fingerprint}"),
        "m=audio 9 UDP/TLS/RTP/SAVPF 111".to_owned(),
        "c=IN IP4 0.0.0.0".to_owned(),
        format!("a=mid:{audio}"),
        "a=sendonly".to_owned(),
        format!("a=ssrc:{sound} cname:obs"),
        format!("a=ssrc:{sound} msid:stream stream-audio"),
        "a=msid:stream stream-audio".to_owned(),
        "a=rtcp-mux".to_owned(),
        "a=rtpmap:111 opus/48000/2".to_owned(),
        "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1"
            .to_owned(),
        "m=video 9 UDP/TLS/RTP/SAVPF 96".to_owned(),
        "c=IN IP4 0.0.0.0".to_owned(),
        format!("a=mid:{video}"),
        "a=sendonly".to_owned(),
        format!("a=ssrc:{picture} cname:obs"),
        format!("a=ssrc:{picture} msid:stream stream-video"),
        "a=msid:stream stream-video".to_owned(),
        "a=rtcp-mux".to_owned(),
        "a=rtpmap:96 H264/90000".to_owned(),
        "a=rtcp-fb:96 nack".to_owned(),
        "a=rtcp-fb:96 nack pli".to_owned(),
        "a=rtcp-fb:96 goog-remb".to_owned(),
        "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1"
            .to_owned(),
    ];
    lines.map(|line| line + "\r\n").concat()
}

#[tokio::test]
async fn an_offer_as_obs_makes_it_is_answered_carries_media_and_is_deleted() {
    let studio = Studio::open(quick());
    let mut config = RtcConfig::new().clear_codecs().enable_opus(true, false);
    config
        .codec_config()
        .add_h264(96.into(), None, true, 0x42_e01f);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (sender, offer, pending) = Sender::of(config, socket, [MediaKind::Audio, MediaKind::Video]);
    let headers = [("content-type", "application/sdp"), ("user-agent", AGENT)];
    let answer = studio
        .ask(
            Method::POST,
            "/whip/conf/a",
            "key",
            &headers,
            shaped(&offer),
        )
        .await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{text}");
    assert_eq!(answer.headers()["content-type"], "application/sdp");
    // It hears nothing about the server but this answer: addresses are in it, and what it offered.
    for line in [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r",
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(
        text.contains("a=candidate:") && text.contains("a=ice-lite"),
        "{text}"
    );
    assert_eq!(text.matches("a=recvonly").count(), 2, "{text}");
    let mut sender = Studio::answered(sender, pending, &answer);
    sender.connect().await;
    sender.send(Duration::from_secs(3)).await;
    let status = studio.status();
    assert_eq!(status.state, State::Receiving);
    assert_eq!(status.audio_codec.as_deref(), Some("opus"));
    assert!(status.video_codec.unwrap().starts_with("avc1."));
    assert!(status.source.unwrap().label.contains("OBS-Studio/30.2.3"));
    assert!(studio.counters.common.frames.get() > 120);
    let location = sender.location.clone();
    let stopped = studio.ask(Method::DELETE, &location, "key", &[], "").await;
    assert_eq!(stopped.status(), StatusCode::OK);
    until("it ended", || {
        studio.counters.common.ended(Ending::Unpublished) == 1
    })
    .await;
    studio.publish("key").await;
}
