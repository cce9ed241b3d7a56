//! Cuts frames into parts and segments.
//!
//! Pictures set the rhythm: a part ends before the picture that would make it too long, a segment at the
//! first key frame after its shortest length. Where pictures come too rarely or too late for that, sound
//! does. Pure: what is cut is returned, nothing is published here.
//!
//! Pictures wait a moment for the sound beside them, so that a part holds both to its end: players sit still before
//! a part whose sound is a frame short. Holes in the sound are filled with frames of silence (`fill.rs`).
//!
//! Invariant: instants at which is cut only move forward; every sample goes into exactly one part.

mod fill;
mod seam;

use std::collections::VecDeque;

use bytes::Bytes;

use crate::limits;
use crate::mp4::{self, Run, Sample, video_ticks};
use crate::segment::Part;

/// A part must last at least this share of the announced target (RFC 8216bis §4.4.3.7).
const PART_SHARE_MIN_PERCENT: i64 = 85;
/// How far pictures may lag behind sound before a part is cut without them.
const SKEW_US: i64 = 250_000;

/// How long a picture waits for the sound beside it; sound that lags more is not waited for until it has caught up.
const WAIT_US: i64 = 100_000;
/// Pictures that may wait so.
const WAITING_MAX: usize = 32;

/// A key frame this much too early still ends a segment: jitter must not cost a whole group of pictures.
const SLACK_US: i64 = 100_000;
/// A picture on the channel's time line.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) at_us: i64,
    pub(crate) cts_us: i64,
    pub(crate) key: bool,
    pub(crate) data: Bytes,
}

/// A frame of sound on the channel's time line.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) at_us: i64,
    pub(crate) ticks: i64,
    /// In samples.
    pub(crate) duration: u32,
    pub(crate) data: Bytes,
}

/// What was cut.
#[derive(Clone, Debug)]
pub(crate) enum Cut {
    /// A segment begins here, and the one before ends.
    Begin {
        at_us: i64,
        /// With a key frame, or with sound alone.
        key: bool,
    },
    /// A part of the present segment.
    Part(Part),
    /// A segment was cut without a key frame.
    Forced,
    /// The part before lasts longer than announced.
    Long,
}

/// How to cut.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) part_target_us: i64,
    pub(crate) segment_min_us: i64,
    pub(crate) segment_max_us: i64,
    pub(crate) segment_bytes_max: usize,
}

/// The streams that are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tracks {
    pub(crate) video: bool,
    /// Samples per second of sound.
    pub(crate) audio: Option<u32>,
}

/// Cuts one configuration's frames.
pub(crate) struct Packager {
    rules: Rules,
    tracks: Tracks,
    /// How long a picture is expected to stay.
    picture_us: i64,
    /// What waits for the sound beside it, and whether it must begin a segment.
    waiting: VecDeque<(Picture, bool)>,
    /// Sound lags so much that pictures do not wait for it.
    sound_lags: bool,
    pictures: VecDeque<Picture>,
    sounds: VecDeque<Sound>,
    queued_bytes: usize,
    segment: Option<Open>,
    part_start_us: i64,
    /// Where what is published ends, by stream.
    picture_end_us: Option<i64>,
    sound_end_us: Option<i64>,
    /// A frame of silence and its samples.
    silence: Option<(Bytes, u32)>,
    /// By how many samples sound is moved, so that its frames follow each other without a hole.
    shift: i64,
    /// Where the last samples of a departing encoder shall end.
    tail_us: Option<i64>,
    /// The next sound published is the first after an interruption.
    is_seam: bool,
    sequence: u32,
    cuts: Vec<Cut>,
}

struct Open {
    start_us: i64,
    with_key: bool,
    bytes: usize,
}

impl Packager {
    pub(crate) fn new(rules: Rules, tracks: Tracks) -> Self {
        Self {
            rules,
            tracks,
            picture_us: 40_000,
            waiting: VecDeque::new(),
            sound_lags: false,
            pictures: VecDeque::new(),
            sounds: VecDeque::new(),
            queued_bytes: 0,
            segment: None,
            part_start_us: 0,
            picture_end_us: None,
            sound_end_us: None,
            silence: None,
            shift: 0,
            tail_us: None,
            is_seam: true,
            sequence: 0,
            cuts: Vec::new(),
        }
    }

    /// Other streams from here on; what was queued must have been ended.
    pub(crate) fn reconfigure(&mut self, tracks: Tracks, silence: Option<(Bytes, u32)>) {
        (self.tracks, self.silence) = (tracks, silence);
        if !tracks.video {
            // Pictures that come later follow the sound that is published until then.
            self.picture_end_us = None;
        }
        self.discard();
    }

    pub(crate) fn expect_picture(&mut self, picture_us: i64) {
        self.picture_us = picture_us.clamp(1_000, limits::JUMP_US);
    }

    /// Everything cut since the last call.
    pub(crate) fn cuts(&mut self) -> Vec<Cut> {
        std::mem::take(&mut self.cuts)
    }

    /// Takes a picture; false if nothing can be decoded before it.
    pub(crate) fn picture(&mut self, picture: Picture, must_begin: bool) -> bool {
        if self.segment.is_none() && self.waiting.is_empty() && !picture.key {
            return false;
        }
        self.waiting.push_back((picture, must_begin));
        self.admit(WAIT_US);
        true
    }

    /// Lets pictures in whose sound is there, and those that waited for longer than `patience_us`.
    fn admit(&mut self, patience_us: i64) {
        while let (Some((first, _)), Some((newest, _))) =
            (self.waiting.front(), self.waiting.back())
        {
            let heard = self.tracks.audio.is_none()
                || self.reach().is_some_and(|reach| reach >= first.at_us);
            let waited = newest.at_us - first.at_us > patience_us;
            if !heard && !waited && !self.sound_lags && self.waiting.len() <= WAITING_MAX {
                return;
            }
            self.sound_lags = !heard;
            if let Some((picture, must_begin)) = self.waiting.pop_front() {
                self.show(picture, must_begin);
            }
        }
    }

    /// Up to where sound is known.
    fn reach(&self) -> Option<i64> {
        self.heard_end().or(self.sound_end_us)
    }

    fn show(&mut self, mut picture: Picture, must_begin: bool) {
        if self.segment.is_none() {
            let seam = self
                .picture_end_us
                .filter(|end| picture.at_us - end <= seam::SEAM_US);
            picture.at_us = seam.unwrap_or(picture.at_us);
            // Sound from before the first picture would play to a black screen.
            self.drop_sounds_before(picture.at_us);
            if seam.is_none() {
                picture.at_us = self.beside_sound(picture.at_us);
            }
            self.begin(picture.at_us.max(self.part_start_us), true);
            self.queue_picture(picture);
            return;
        }
        // The one before may have been moved to close a seam.
        let floor = self
            .pictures
            .back()
            .map_or(i64::MIN, |last| last.at_us + 1_000);
        picture.at_us = picture.at_us.max(floor);
        let at = picture.at_us;
        self.catch_up(at);
        let part_us = at - self.part_start_us;
        let segment_ends = self.segment_ends(&picture, must_begin);
        // Queued first: the duration of the picture before it is only known from it.
        self.queue_picture(picture);
        match segment_ends {
            Some(key) => {
                let at = at.max(self.part_start_us);
                self.cut(at, false);
                self.begin(at, key);
            }
            None if part_us + self.picture_us > self.rules.part_target_us
                && (part_us >= self.part_min_us() || self.sounds.is_empty()) =>
            {
                self.cut(at, false);
            }
            None => {}
        }
    }

    /// Takes a frame of sound.
    pub(crate) fn sound(&mut self, mut sound: Sound) {
        if !self.join(&mut sound) {
            return;
        }
        let (at, end) = (sound.at_us, self.end_of(&sound));
        self.queue_sound(sound);
        if self.tracks.video {
            self.admit(WAIT_US);
            self.sound_beside_pictures(at);
        } else {
            self.sound_alone(at, end);
        }
    }

    fn part_min_us(&self) -> i64 {
        self.rules.part_target_us * PART_SHARE_MIN_PERCENT / 100
    }

    /// Where a frame of sound ends.
    fn end_of(&self, sound: &Sound) -> i64 {
        let rate = self.tracks.audio.unwrap_or(1);
        sound.at_us + mp4::audio_us(sound.duration.into(), rate)
    }

    fn begin(&mut self, at_us: i64, key: bool) {
        if !key {
            self.cuts.push(Cut::Forced);
        }
        self.cuts.push(Cut::Begin { at_us, key });
        self.segment = Some(Open {
            start_us: at_us,
            with_key: key,
            bytes: 0,
        });
        self.part_start_us = at_us;
    }

    fn queue_picture(&mut self, picture: Picture) {
        self.queued_bytes += picture.data.len();
        self.pictures.push_back(picture);
    }

    fn queue_sound(&mut self, sound: Sound) {
        self.queued_bytes += sound.data.len();
        self.sounds.push_back(sound);
    }

    fn drop_sounds_before(&mut self, at_us: i64) {
        while self
            .sounds
            .front()
            .is_some_and(|sound| self.end_of(sound) <= at_us)
        {
            self.sounds.pop_front();
        }
        self.queued_bytes = self.sounds.iter().map(|sound| sound.data.len()).sum();
    }

    /// Whether a segment ends before this picture, and whether the next begins with a key.
    fn segment_ends(&self, picture: &Picture, must_begin: bool) -> Option<bool> {
        let open = self.segment.as_ref()?;
        let length_us = picture.at_us - open.start_us;
        // After a forced cut the next key frame is welcome at once.
        let is_due =
            must_begin || length_us + SLACK_US >= self.rules.segment_min_us || !open.with_key;
        if picture.key && is_due {
            return Some(true);
        }
        let is_full = length_us + self.picture_us > self.rules.segment_max_us
            || open.bytes + self.queued_bytes + picture.data.len() > self.rules.segment_bytes_max;
        is_full.then_some(picture.key)
    }

    /// Cuts at instants that passed without a picture, before one at `at_us` is taken.
    fn catch_up(&mut self, at_us: i64) {
        while at_us - self.part_start_us > self.rules.part_target_us {
            let start = self.part_start_us;
            let newest = self.pictures.back().map(|last| last.at_us);
            let newest = newest.filter(|at| *at > start);
            let by_sound = self.part_end_by_sound().filter(|end| *end <= at_us);
            let cut_at = match (newest, by_sound) {
                (Some(newest), by_sound)
                    if newest - start >= self.part_min_us() || by_sound.is_none() =>
                {
                    newest
                }
                (_, Some(end)) => end,
                // Nothing to cut at: one picture lasts longer than a part may.
                (_, None) => break,
            };
            self.close_before_too_long(cut_at);
            if !self.cut(cut_at, false) {
                break;
            }
        }
        self.close_before_too_long(at_us);
    }

    /// Where a part ends that sound makes; where no picture came either, a pause at its beginning makes it longer.
    fn part_end_by_sound(&self) -> Option<i64> {
        let target_us = self.rules.part_target_us;
        let end = self.part_start_us + target_us;
        let first = self.sounds.front()?.at_us;
        let newest = self.pictures.back();
        let is_pause = newest.is_none_or(|newest| newest.at_us <= self.part_start_us);
        Some(if first < end || !is_pause {
            end
        } else {
            first + target_us
        })
    }

    /// Sound while pictures are expected: cuts only when they are late.
    fn sound_beside_pictures(&mut self, at_us: i64) {
        if self.segment.is_none() {
            while self
                .sounds
                .front()
                .is_some_and(|first| at_us - first.at_us > 1_000_000)
            {
                self.sounds.pop_front();
            }
            self.queued_bytes = self.sounds.iter().map(|sound| sound.data.len()).sum();
            return;
        }
        while let Some(cut_at) = self.part_end_by_sound()
            && at_us - cut_at > SKEW_US
        {
            self.close_before_too_long(cut_at);
            if !self.cut(cut_at, false) {
                break;
            }
            let next_end = cut_at + self.rules.part_target_us;
            let is_full = self.segment.as_ref().is_some_and(|open| {
                next_end - open.start_us > self.rules.segment_max_us
                    || open.bytes > self.rules.segment_bytes_max
            });
            if is_full {
                self.begin(cut_at, false);
            }
        }
    }

    fn sound_alone(&mut self, at_us: i64, end_us: i64) {
        let Some(open) = &self.segment else {
            self.begin(at_us.max(self.part_start_us), true);
            return;
        };
        let (start, begun) = (self.part_start_us, open.start_us);
        if end_us - start <= self.rules.part_target_us {
            return;
        }
        if at_us - begun > self.rules.segment_max_us && start > begun {
            self.begin(start, true);
        }
        self.cut(at_us, false);
        let is_due = self.segment.as_ref().is_some_and(|open| {
            at_us - open.start_us >= self.rules.segment_min_us
                || open.bytes > self.rules.segment_bytes_max
        });
        if is_due {
            self.begin(at_us, true);
        }
    }

    /// Makes a part of everything before `at_us`; false if there is nothing. A picture's duration is only
    /// known from its successor, so the newest stays, unless this is the end.
    fn cut(&mut self, at_us: i64, is_end: bool) -> bool {
        let duration_us = at_us - self.part_start_us;
        if duration_us <= 0 {
            return false;
        }
        self.fill_behind(at_us);
        let (video, independent) = self.take_pictures(at_us, is_end);
        let audio = self.take_sounds(at_us, is_end);
        if video.samples.is_empty() && audio.samples.is_empty() {
            return false;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let Some(data) = mp4::fragment(self.sequence, &video, &audio) else {
            return false;
        };
        if let Some(open) = &mut self.segment {
            open.bytes += data.len();
        }
        let independent = independent || !self.tracks.video;
        self.cuts.push(Cut::Part(Part {
            data,
            duration_us,
            independent,
        }));
        if duration_us > self.rules.part_target_us {
            self.cuts.push(Cut::Long);
        }
        self.part_start_us = at_us;
        true
    }

    fn take_pictures(&mut self, at_us: i64, is_end: bool) -> (Run, bool) {
        let mut run = Run::default();
        let mut independent = false;
        while self
            .pictures
            .front()
            .is_some_and(|first| first.at_us < at_us)
        {
            let next_us = self.pictures.get(1).map(|next| next.at_us);
            if next_us.is_none() && !is_end {
                break;
            }
            let Some(picture) = self.pictures.pop_front() else {
                break;
            };
            let end_us = next_us.unwrap_or_else(|| {
                let tail_us = self
                    .tail_us
                    .map_or(0, |tail_us| tail_us - picture.cts_us.max(0));
                tail_us.max(picture.at_us + self.picture_us)
            });
            let ticks = video_ticks(picture.at_us);
            if run.samples.is_empty() {
                run.first_ticks = ticks;
            }
            self.queued_bytes = self.queued_bytes.saturating_sub(picture.data.len());
            self.picture_end_us = Some(end_us);
            independent |= picture.key;
            run.samples.push(Sample {
                duration: u32::try_from(video_ticks(end_us) - ticks).unwrap_or(1),
                cts: i32::try_from(video_ticks(picture.at_us + picture.cts_us) - ticks)
                    .unwrap_or(0),
                key: picture.key,
                data: picture.data,
            });
        }
        (run, independent)
    }

    fn take_sounds(&mut self, at_us: i64, is_end: bool) -> Run {
        let mut run = Run::default();
        let rate = self.tracks.audio.unwrap_or(1);
        while self
            .sounds
            .front()
            .is_some_and(|first| is_end || first.at_us < at_us)
        {
            let Some(mut sound) = self.sounds.pop_front() else {
                break;
            };
            if std::mem::take(&mut self.is_seam) {
                self.close_seam(&mut sound, rate);
            }
            // A gap is filled by the frame before it, the end by the last.
            let tail = self
                .tail_us
                .filter(|_| self.silence.is_none())
                .map_or(0, |tail_us| mp4::audio_ticks(tail_us, rate));
            let end = (sound.ticks + i64::from(sound.duration)).max(tail);
            let end = self.sounds.front().map_or(end, |next| next.ticks);
            let duration = u32::try_from(end - sound.ticks).unwrap_or(sound.duration);
            if run.samples.is_empty() {
                run.first_ticks = sound.ticks;
            }
            self.queued_bytes = self.queued_bytes.saturating_sub(sound.data.len());
            self.sound_end_us = Some(mp4::audio_us(sound.ticks + i64::from(duration), rate));
            run.samples.push(Sample {
                duration,
                cts: 0,
                key: true,
                data: sound.data,
            });
        }
        run
    }
}
