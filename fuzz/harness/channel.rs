//! What a channel promises for any frames on any clock: its playlists stay valid, and later ones continue
//! earlier ones.

use bytes::Bytes;
use kernel::Clock;
use media_core::frame::{Config, Frame, Kind};
use media_core::testing::{self, hls};
use media_core::{ChannelName, Channels, Coding, Order, Playlist, Seat, Settings, Slate};

/// Steps of up to three bytes and a payload: configurations and frames, whole or damaged, at any time.
pub(crate) fn channel(mut bytes: &[u8]) {
    let channels = Channels::new(Settings::default(), Clock::system(), None);
    let name = ChannelName::parse("c").expect("a name");
    let loop_of = testing::Encoder::default();
    channels.set_slate(Slate::new(&loop_of.configs(), loop_of.frames(2), 2_000_000).ok());
    let mut seat = Seat::Primary;
    let mut inputs =
        [seat, seat.other()].map(|seat| channels.admit(&name, seat, testing::source()).ok());
    let (mut now_us, mut before) = (0_i64, None);
    let encoder = testing::Encoder::default();
    let mut number = 0;
    while let [op, time, length, rest @ ..] = bytes {
        let (payload, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        bytes = rest;
        let scale = [
            1_000,
            21_333,
            40_000,
            -7_000,
            1_000_000,
            -1_000_000,
            1 << 40,
            -(1 << 50),
        ];
        now_us = now_us.wrapping_add(i64::from(*time) * scale[usize::from(op >> 5)]);
        let payload = Bytes::copy_from_slice(payload);
        let Some(present) = &inputs[seat.index()] else {
            inputs[seat.index()] = channels.admit(&name, seat, testing::source()).ok();
            continue;
        };
        let (dts_us, cts_us) = (now_us, i64::from(*length) * 1_000 - 20_000);
        let taken = match op & 0x1f {
            0 => present.config(Config::Avc(testing::avc_record())),
            1 => present.config(Config::Aac(testing::aac_config())),
            2 => present.config(Config::Avc(testing::other_avc_record())),
            3 => present.config(Config::Avc(payload)),
            4 => present.config(Config::Aac(payload)),
            5 => present.frame(Frame {
                kind: Kind::Video,
                dts_us,
                cts_us,
                key: true,
                data: payload,
            }),
            6 => present.frame(Frame {
                kind: Kind::Audio,
                dts_us,
                cts_us,
                key: true,
                data: payload,
            }),
            7 => {
                inputs[seat.index()] = None;
                continue;
            }
            30 => {
                seat = seat.other();
                continue;
            }
            31 => {
                let orders = Order::ALL;
                let order = orders[usize::from(*time) % orders.len()];
                let _no_slate = channels.direct(&name, order);
                continue;
            }
            8 => present.frame(Frame {
                dts_us,
                ..encoder.sound(0)
            }),
            9 => present.frame(Frame {
                dts_us,
                cts_us,
                ..encoder.picture(0, 0)
            }),
            10 => {
                // A second of an encoder that behaves.
                let second = testing::Encoder {
                    start_us: now_us,
                    ..testing::Encoder::default()
                };
                now_us += 1_000_000;
                second
                    .frames(1)
                    .into_iter()
                    .try_for_each(|frame| present.frame(frame))
            }
            _ => {
                number += 1;
                present.frame(Frame {
                    dts_us,
                    ..encoder.picture(number, 0)
                })
            }
        };
        if taken.is_err() {
            inputs[seat.index()] = None;
        }
        if number % 16 == 0 {
            before = look(&channels, &name, before);
        }
    }
    drop(inputs);
    look(&channels, &name, before);
}

fn look(channels: &Channels, name: &ChannelName, before: Option<hls::Media>) -> Option<hls::Media> {
    let Some(snapshot) = channels.snapshot(name) else {
        return before;
    };
    let text = snapshot.playlist(Playlist::Full, Coding::Identity);
    let text = std::str::from_utf8(&text).expect("a playlist is text");
    let media = hls::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let faults = hls::except(hls::check(&media), hls::HELD);
    assert_eq!(faults, Vec::<String>::new(), "\n{text}");
    if let Some(before) = &before {
        assert_eq!(
            hls::check_successor(before, &media),
            Vec::<String>::new(),
            "\n{text}"
        );
    }
    Some(media)
}
