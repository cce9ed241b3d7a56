//! What a test's figures mean, and what to change.
//!
//! Where an alarm exists for the same thing, what "must change" begins where the alarm does: whoever passes the test
//! raises no alarm by the same stream.

use kernel::word_enum;
use serde::Serialize;

use super::{Figures, Spread};
use crate::alarm;

word_enum! {
    /// What is judged; the words are stable, messages refer to them.
    pub enum Item {
        /// Width and height.
        Resolution = "resolution",
        /// Both streams together.
        Bitrate = "bitrate",
        /// How constant that is.
        Steadiness = "steadiness",
        /// Seconds between key frames.
        KeyInterval = "key-interval",
        /// Pictures per second, measured and declared.
        FrameRate = "frame-rate",
        /// Reordered pictures.
        BFrames = "b-frames",
        /// H.264 profile.
        Profile = "profile",
        /// H.264 level.
        Level = "level",
        /// The sound's codec.
        SoundCodec = "sound-codec",
        /// Its samples per second.
        SoundRate = "sound-rate",
        /// Its channels.
        SoundChannels = "sound-channels",
        /// How loud it is.
        SoundLevel = "sound-level",
        /// Pictures against sound.
        Offset = "offset",
        /// How fast these run apart.
        Drift = "drift",
        /// The encoder's clock against the server's.
        ClockDrift = "clock-drift",
        /// Time stamps that leave something out.
        Gaps = "gaps",
        /// Time stamps that step back.
        Regressions = "regressions",
        /// How evenly frames arrive.
        Arrival = "arrival",
        /// Round trip to the encoder.
        RoundTrip = "round-trip",
        /// Packets lost on the way.
        Loss = "loss",
    }
}

word_enum! {
    /// How something is. The order is that of concern.
    pub enum Verdict {
        /// It was not measured.
        Unknown = "unknown",
        /// Nothing to do.
        Good = "good",
        /// Worth a look.
        Look = "look",
        /// To be changed before the event.
        Must = "must",
    }
}

word_enum! {
    /// What to do about it; the words are stable, messages refer to them.
    pub enum Advice {
        /// No picture came.
        NoPicture = "no-picture",
        /// The picture is smaller than people expect.
        PictureSmall = "picture-small",
        /// The picture is larger than many lines and phones take.
        PictureLarge = "picture-large",
        /// Too few bits for this picture.
        BitrateLow = "bitrate-low",
        /// More bits than many viewers' lines take.
        BitrateHigh = "bitrate-high",
        /// The bitrate goes up and down.
        BitrateUnsteady = "bitrate-unsteady",
        /// Key frames are too far apart.
        KeysRare = "keys-rare",
        /// Key frames are closer than they need to be.
        KeysDense = "keys-dense",
        /// Pictures are left out.
        PicturesSkipped = "pictures-skipped",
        /// The configuration claims another frame rate than is sent.
        RateClaimed = "rate-claimed",
        /// Reordered pictures cost delay.
        BFrames = "b-frames",
        /// Browsers cannot show this profile.
        Profile = "profile",
        /// The level is above what phones show.
        Level = "level",
        /// No sound came.
        NoSound = "no-sound",
        /// AAC-LC would be heard everywhere.
        SoundCodec = "sound-codec",
        /// 48 kHz.
        SoundRate = "sound-rate",
        /// More than two channels.
        SoundChannels = "sound-channels",
        /// Nothing can be heard.
        SoundSilent = "sound-silent",
        /// It is too quiet.
        SoundLow = "sound-low",
        /// It is too loud or cut off.
        SoundLoud = "sound-loud",
        /// Lips and words apart.
        Offset = "offset",
        /// They run apart.
        Drift = "drift",
        /// The encoder's clock is wrong by much.
        ClockDrift = "clock-drift",
        /// Time stamps jump.
        Stamps = "stamps",
        /// The network delivers in bursts.
        Arrival = "arrival",
        /// The way is long.
        RoundTrip = "round-trip",
        /// Packets are lost.
        Loss = "loss",
    }
}

/// One judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of what.
    pub item: Item,
    /// How it is.
    pub verdict: Verdict,
    /// What to do, unless nothing.
    pub advice: Option<Advice>,
}

/// The worst of all findings; unknown where nothing was judged.
pub fn overall(findings: &[Finding]) -> Verdict {
    let verdicts = findings.iter().map(|finding| finding.verdict);
    verdicts.max().unwrap_or(Verdict::Unknown)
}

/// Judges everything, in the order in which people read it.
pub fn findings(figures: &Figures) -> Vec<Finding> {
    let judged = |item: &Item| {
        let (verdict, advice) = judge(*item, figures);
        Finding {
            item: *item,
            verdict,
            advice: advice.filter(|_| verdict >= Verdict::Look),
        }
    };
    Item::ALL.iter().map(judged).collect()
}

type Judgement = (Verdict, Option<Advice>);

fn judge(item: Item, figures: &Figures) -> Judgement {
    let seen = figures.has_pictures;
    let heard = figures.has_sound;
    match item {
        Item::Resolution => resolution(figures),
        Item::Bitrate => bitrate(figures),
        Item::Steadiness => measured(
            figures.unsteady_percent,
            25.0,
            60.0,
            Advice::BitrateUnsteady,
        ),
        Item::KeyInterval if seen => key_interval(figures.key_interval_s),
        Item::FrameRate if seen => frame_rate(figures),
        Item::BFrames if seen => flag(figures.b_frames, Advice::BFrames),
        Item::Profile => profile(figures.profile),
        Item::Level => level(figures.level),
        Item::SoundCodec => sound_codec(figures),
        Item::SoundRate if heard => sound_rate(figures.sample_rate),
        Item::SoundChannels if heard => sound_channels(figures.channels),
        Item::SoundLevel if heard => sound_level(figures),
        Item::Offset => offset(figures.av_offset_ms),
        Item::Drift => {
            let (drift, most) = (figures.av_drift_ms_per_min, alarm::DRIFT_MAX_MS_PER_MIN);
            measured(drift, most / 4.0, most, Advice::Drift)
        }
        // A hundredth of a per cent is a good quartz, a tenth is a broken one.
        Item::ClockDrift => measured(
            figures.clock_drift_ms_per_min,
            8.0,
            60.0,
            Advice::ClockDrift,
        ),
        Item::Gaps if figures.seconds > 0 => counted(figures.gaps),
        Item::Regressions if figures.seconds > 0 => counted(figures.regressions),
        Item::Arrival => arrival(figures),
        Item::RoundTrip => {
            let rtt = way(figures, |way| way.rtt_ms).map(|rtt| rtt.mean);
            measured(rtt, 200.0, alarm::RTT_MAX_MS, Advice::RoundTrip)
        }
        Item::Loss => loss(figures),
        _ => (Verdict::Unknown, None),
    }
}

fn way(figures: &Figures, read: fn(&super::Way) -> Option<Spread>) -> Option<Spread> {
    figures.way.as_ref().and_then(read)
}

/// Good up to `look`, either way, and bearable up to `must`.
fn measured(value: Option<f64>, look: f64, must: f64, advice: Advice) -> Judgement {
    let Some(value) = value.map(f64::abs) else {
        return (Verdict::Unknown, None);
    };
    let verdict = if value > must {
        Verdict::Must
    } else if value > look {
        Verdict::Look
    } else {
        Verdict::Good
    };
    (verdict, Some(advice))
}

fn flag(so: bool, advice: Advice) -> Judgement {
    if so {
        (Verdict::Look, Some(advice))
    } else {
        (Verdict::Good, None)
    }
}

fn resolution(figures: &Figures) -> Judgement {
    if !figures.has_pictures {
        let missing = figures.seconds > 0;
        let verdict = if missing {
            Verdict::Must
        } else {
            Verdict::Unknown
        };
        return (verdict, Some(Advice::NoPicture));
    }
    // Of a picture that stands upright, the shorter side counts too.
    match figures.width.min(figures.height) {
        0 => (Verdict::Unknown, None),
        1..720 => (Verdict::Look, Some(Advice::PictureSmall)),
        720..=1_080 => (Verdict::Good, None),
        _ => (Verdict::Look, Some(Advice::PictureLarge)),
    }
}

fn bitrate(figures: &Figures) -> Judgement {
    let Some(bitrate) = figures.bitrate_bps else {
        return (Verdict::Unknown, None);
    };
    // What text on slides needs to stay readable, by H.264 in real time.
    let enough = match figures.width.min(figures.height) {
        0 => 0.0,
        1..720 => 600_000.0,
        720..1_080 => 1_500_000.0,
        _ => 2_500_000.0,
    };
    if bitrate.mean > 20_000_000.0 {
        (Verdict::Must, Some(Advice::BitrateHigh))
    } else if bitrate.mean > 8_000_000.0 {
        (Verdict::Look, Some(Advice::BitrateHigh))
    } else if bitrate.mean < enough {
        (Verdict::Look, Some(Advice::BitrateLow))
    } else {
        (Verdict::Good, None)
    }
}

fn key_interval(interval: Option<Spread>) -> Judgement {
    match interval {
        None => (Verdict::Unknown, None),
        Some(interval) if interval.most > alarm::KEY_INTERVAL_MAX_S => {
            (Verdict::Must, Some(Advice::KeysRare))
        }
        Some(interval) if interval.most > 2.6 => (Verdict::Look, Some(Advice::KeysRare)),
        Some(interval) if interval.mean < 0.9 => (Verdict::Look, Some(Advice::KeysDense)),
        Some(_) => (Verdict::Good, None),
    }
}

fn frame_rate(figures: &Figures) -> Judgement {
    let Some(fps) = figures.fps.filter(|_| figures.expected_fps > 0.0) else {
        return (Verdict::Unknown, None);
    };
    let expected = figures.expected_fps;
    let claimed = figures.claimed_fps.unwrap_or(expected);
    if fps.mean < expected * 0.9 || fps.least < expected * 0.7 {
        (Verdict::Must, Some(Advice::PicturesSkipped))
    } else if fps.mean < expected * 0.97 {
        (Verdict::Look, Some(Advice::PicturesSkipped))
    } else if (claimed - expected).abs() > expected * 0.1 {
        (Verdict::Look, Some(Advice::RateClaimed))
    } else {
        (Verdict::Good, None)
    }
}

fn profile(profile: Option<u8>) -> Judgement {
    match profile {
        None => (Verdict::Unknown, None),
        // Baseline, Main, High: what browsers decode.
        Some(66 | 77 | 100) => (Verdict::Good, None),
        Some(_) => (Verdict::Must, Some(Advice::Profile)),
    }
}

fn level(level: Option<u8>) -> Judgement {
    match level {
        None => (Verdict::Unknown, None),
        Some(0..=42) => (Verdict::Good, None),
        Some(43..=52) => (Verdict::Look, Some(Advice::Level)),
        Some(_) => (Verdict::Must, Some(Advice::Level)),
    }
}

fn sound_codec(figures: &Figures) -> Judgement {
    if !figures.has_sound {
        let missing = figures.seconds > 0;
        let verdict = if missing {
            Verdict::Must
        } else {
            Verdict::Unknown
        };
        return (verdict, Some(Advice::NoSound));
    }
    match figures.audio_codec.as_deref() {
        None => (Verdict::Unknown, None),
        Some("mp4a.40.2" | "opus") => (Verdict::Good, None),
        Some(_) => (Verdict::Look, Some(Advice::SoundCodec)),
    }
}

fn sound_rate(rate: u32) -> Judgement {
    match rate {
        0 => (Verdict::Unknown, None),
        48_000 => (Verdict::Good, None),
        44_100.. => (Verdict::Look, Some(Advice::SoundRate)),
        _ => (Verdict::Must, Some(Advice::SoundRate)),
    }
}

fn sound_channels(channels: u16) -> Judgement {
    match channels {
        0 => (Verdict::Unknown, None),
        1 | 2 => (Verdict::Good, None),
        _ => (Verdict::Must, Some(Advice::SoundChannels)),
    }
}

fn sound_level(figures: &Figures) -> Judgement {
    const SILENCE_LUFS: f64 = -60.0;
    let clipped = figures.clipped_percent > 1.0;
    match figures.integrated_lufs {
        _ if clipped => (Verdict::Must, Some(Advice::SoundLoud)),
        Some(lufs) if lufs < SILENCE_LUFS => (Verdict::Must, Some(Advice::SoundSilent)),
        Some(lufs) if lufs < -38.0 => (Verdict::Must, Some(Advice::SoundLow)),
        Some(lufs) if lufs < -24.0 => (Verdict::Look, Some(Advice::SoundLow)),
        Some(lufs) if lufs > -8.0 => (Verdict::Must, Some(Advice::SoundLoud)),
        Some(lufs) if lufs > -12.0 => (Verdict::Look, Some(Advice::SoundLoud)),
        Some(_) => (Verdict::Good, None),
        // Sizes of frames alone hint at silence and at nothing else.
        None if figures.quiet_s >= 4.0 => (Verdict::Look, Some(Advice::SoundSilent)),
        None => (Verdict::Unknown, None),
    }
}

fn offset(offset: Option<Spread>) -> Judgement {
    let furthest = offset.map(|offset| offset.least.abs().max(offset.most.abs()));
    measured(furthest, 200.0, alarm::OFFSET_MAX_MS, Advice::Offset)
}

fn counted(count: u64) -> Judgement {
    match count {
        0 => (Verdict::Good, None),
        1..=3 => (Verdict::Look, Some(Advice::Stamps)),
        _ => (Verdict::Must, Some(Advice::Stamps)),
    }
}

fn arrival(figures: &Figures) -> Judgement {
    let jitter = figures.jitter_ms.map(|jitter| jitter.most);
    let by_jitter = measured(jitter, 40.0, alarm::JITTER_MAX_MS, Advice::Arrival);
    let wait = jitter.map(|_| figures.longest_wait_ms);
    let by_wait = measured(wait, 400.0, alarm::WAIT_MAX_MS, Advice::Arrival);
    (by_jitter.0.max(by_wait.0), Some(Advice::Arrival))
}

fn loss(figures: &Figures) -> Judgement {
    let mean = |spread: Option<Spread>| spread.map(|spread| spread.mean);
    let lost = mean(way(figures, |way| way.loss_percent));
    let held_up = mean(way(figures, |way| way.held_up_percent));
    let by_loss = measured(lost, 0.5, alarm::LOSS_MAX_PERCENT, Advice::Loss);
    let by_wait = measured(held_up, 5.0, alarm::HELD_UP_MAX_PERCENT, Advice::Loss);
    (by_loss.0.max(by_wait.0), Some(Advice::Loss))
}
