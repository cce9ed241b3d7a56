//! From what was cut to what readers see: addresses, program date time, discontinuities, the window.

use std::sync::Arc;

use kernel::Timestamp;
use kernel::clock::from_micros;

use crate::avc::AvcConfig;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::mp4;
use crate::packager::{Cut, Packager, Picture, Rules, Sound, Tracks};
use crate::rate::Rate;
use crate::segment::Init;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::sound::SoundConfig;
use crate::window::{Beginning, Window};

/// Publishes one channel.
pub(crate) struct Publisher {
    settings: Settings,
    metrics: Arc<Metrics>,
    journal: Journal,
    window: Window,
    packager: Option<Packager>,
    init: Option<Arc<Init>>,
    /// Frozen with the first part: players may not see it change.
    part_target_us: Option<i64>,
    next: Next,
    anchor: Anchor,
    last_part_at: Option<Timestamp>,
    published_parts: u64,
    parts: u64,
    changed: bool,
}

/// What the next segment will be.
#[derive(Default)]
struct Next {
    discontinuity: bool,
    /// A segment was begun and waits for its first part; only then it gets its number.
    begun: Option<(i64, bool)>,
}

/// What connects the time line with the clock on the wall. Set when a source begins or its clock jumps,
/// never in between: a stepping wall clock must not bend the time line.
#[derive(Default)]
struct Anchor {
    wall_minus_line_us: i64,
    /// The smallest distance seen while collecting: a frame can arrive late but never early.
    best_us: Option<i64>,
    collecting: bool,
    /// Program date time reached so far; it never steps back.
    reached_us: i64,
}

impl Publisher {
    pub(crate) fn new(settings: Settings, journal: Journal, metrics: Arc<Metrics>) -> Self {
        let window = Window::new(journal.discontinuities(), Arc::clone(&metrics));
        let next = Next {
            discontinuity: journal.continues(),
            begun: None,
        };
        Self {
            settings,
            metrics,
            journal,
            window,
            packager: None,
            init: None,
            part_target_us: None,
            next,
            anchor: Anchor::default(),
            last_part_at: None,
            published_parts: 0,
            parts: 0,
            changed: false,
        }
    }

    /// Another encoder sends from now on: the date begins anew, the line of segments goes on.
    pub(crate) fn source_changed(&mut self) {
        self.anchor.collect();
    }

    /// The encoder's clock jumped.
    pub(crate) fn clock_jumped(&mut self) {
        self.next.discontinuity = true;
        self.anchor.collect();
    }

    /// A frame for this instant of the time line arrived.
    pub(crate) fn arrived(&mut self, at_us: i64, wall: Timestamp) {
        self.anchor.arrived(at_us, wall);
    }

    /// Whether exactly these streams were published last.
    pub(crate) fn publishes(&self, avc: Option<&AvcConfig>, sound: Option<&SoundConfig>) -> bool {
        let Some(init) = &self.init else { return false };
        mp4::init(avc, sound).is_some_and(|data| data == init.data)
    }

    /// Publishes these streams from now on. `measured` is the rate of the pictures if they are steady,
    /// `rate` what is said about it.
    pub(crate) fn configure(
        &mut self,
        avc: Option<&AvcConfig>,
        sound: Option<&SoundConfig>,
        measured: Option<Rate>,
        rate: Option<Rate>,
    ) {
        let tracks = Tracks {
            video: avc.is_some(),
            audio: sound.map(SoundConfig::rate),
        };
        let target_us = *self.part_target_us.get_or_insert_with(|| {
            let frame_us = sound.map(SoundConfig::frame_us).filter(|_| avc.is_none());
            part_target_us(&self.settings, measured, sound.is_some(), frame_us)
        });
        let Some(data) = mp4::init(avc, sound) else {
            return;
        };
        if self.init.as_ref().is_none_or(|init| init.data != data) {
            self.next.discontinuity |= self.init.is_some();
            let codecs = [avc.map(AvcConfig::codec), sound.map(SoundConfig::codec)];
            let codecs: Vec<String> = codecs.into_iter().flatten().collect();
            self.init = Some(Arc::new(Init {
                name: init_name(&data),
                data,
                codecs: codecs.join(","),
                picture: avc.map(|avc| (avc.width, avc.height)),
                milli_fps: rate.filter(|_| avc.is_some()).map(Rate::thousandths),
            }));
        }
        let rules = rules(&self.settings, target_us);
        let packager = self
            .packager
            .get_or_insert_with(|| Packager::new(rules, tracks));
        packager.reconfigure(tracks, sound.and_then(SoundConfig::silence));
        if let Some(rate) = rate {
            packager.expect_picture(rate.frame_us());
        }
    }

    pub(crate) fn expect_picture(&mut self, picture_us: i64) {
        if let Some(packager) = &mut self.packager {
            packager.expect_picture(picture_us);
        }
    }

    /// Takes a picture; false if nothing can be decoded before it.
    pub(crate) fn picture(&mut self, picture: Picture, must_begin: bool) -> bool {
        self.packager
            .as_mut()
            .is_some_and(|packager| packager.picture(picture, must_begin))
    }

    pub(crate) fn sound(&mut self, sound: Sound) {
        if let Some(packager) = &mut self.packager {
            packager.sound(sound);
        }
    }

    /// Completes what was sent and closes its segment. Tells where the last frame ends.
    pub(crate) fn end(&mut self) -> Option<i64> {
        let end_us = self.packager.as_mut().map(Packager::end);
        self.settle();
        self.close();
        end_us
    }

    /// Completes what was sent before an instant at which something else begins.
    pub(crate) fn end_at(&mut self, at_us: i64) {
        if let Some(packager) = &mut self.packager {
            packager.end_at(at_us);
        }
        self.settle();
        self.close();
    }

    fn close(&mut self) {
        self.window.close();
        self.next.begun = None;
        self.changed |= self.parts > 0;
    }

    /// What readers see from now on, if anything changed.
    pub(crate) fn publish(&mut self, wall: Timestamp) -> Option<Arc<Snapshot>> {
        self.settle();
        // Players take a playlist without a whole segment for an empty one (hls.js gives up on it), so the
        // first parts wait for the first segment to end.
        if !self.window.is_playable() || !std::mem::take(&mut self.changed) {
            return None;
        }
        if self.parts != self.published_parts {
            self.published_parts = self.parts;
            self.last_part_at = Some(wall);
        }
        self.window.trim(&self.settings);
        let target_us = self.part_target_us.unwrap_or_default();
        let target_duration_s = self.settings.target_duration_s;
        Some(
            self.window
                .snapshot(self.journal.epoch(), target_duration_s, target_us, wall),
        )
    }

    /// Applies what was cut.
    fn settle(&mut self) {
        let cuts = self
            .packager
            .as_mut()
            .map(Packager::cuts)
            .unwrap_or_default();
        for cut in cuts {
            match cut {
                Cut::Begin { at_us, key } => {
                    self.window.close();
                    self.next.begun = Some((at_us, key));
                    self.changed |= self.parts > 0;
                }
                Cut::Part(part) => {
                    self.begin_segment();
                    self.anchor.reach(part.duration_us);
                    self.window.push(part);
                    self.parts += 1;
                    self.changed = true;
                }
                Cut::Forced => self.metrics.forced_cuts.add(1),
                Cut::Long => self.metrics.long_parts.add(1),
            }
        }
    }

    /// Gives the begun segment its number, now that its first part is there.
    fn begin_segment(&mut self) {
        let (Some((at_us, key)), Some(init)) = (self.next.begun.take(), &self.init) else {
            return;
        };
        let discontinuity = std::mem::take(&mut self.next.discontinuity);
        let msn = self.journal.take(discontinuity);
        self.metrics.discontinuities.add(u64::from(discontinuity));
        self.window.begin(Beginning {
            msn,
            epoch: self.journal.epoch(),
            init: Arc::clone(init),
            discontinuity,
            program_date_time: self.anchor.date(at_us),
            begins_us: at_us,
            starts_with_key: key,
        });
    }

    pub(crate) fn last_part_at(&self) -> Option<Timestamp> {
        self.last_part_at
    }

    pub(crate) fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Lets go everything published. What comes next is a new beginning for viewers.
    pub(crate) fn forget(&mut self) {
        self.close();
        self.window.clear();
        (self.packager, self.init, self.part_target_us) = (None, None, None);
        (self.parts, self.published_parts, self.changed) = (0, 0, false);
        self.next.discontinuity = true;
    }
}

impl Anchor {
    fn collect(&mut self) {
        (self.best_us, self.collecting) = (None, true);
    }

    fn arrived(&mut self, at_us: i64, wall: Timestamp) {
        if self.collecting {
            let distance = wall.as_microsecond().saturating_sub(at_us);
            self.best_us = Some(self.best_us.map_or(distance, |best| best.min(distance)));
        }
    }

    /// The date of an instant at which a segment begins.
    fn date(&mut self, at_us: i64) -> Timestamp {
        if let Some(best_us) = self.best_us.take() {
            self.collecting = false;
            self.wall_minus_line_us = best_us.max(self.reached_us.saturating_sub(at_us));
        }
        let date_us = at_us.saturating_add(self.wall_minus_line_us);
        self.reached_us = date_us;
        from_micros(date_us)
    }

    fn reach(&mut self, duration_us: i64) {
        self.reached_us = self.reached_us.saturating_add(duration_us);
    }
}

fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn rules(settings: &Settings, part_target_us: i64) -> Rules {
    Rules {
        part_target_us,
        segment_min_us: micros(settings.segment_min),
        segment_max_us: i64::from(settings.target_duration_s) * 1_000_000,
        // A quarter, so that the window always holds a few.
        segment_bytes_max: settings.window_bytes / 4,
    }
}

/// A name that is the same for the same header, so that an encoder that comes back costs viewers nothing.
pub(crate) fn init_name(data: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, data);
    format!("init-{}.mp4", kernel::id::encode(&digest.as_ref()[..10]))
}

/// The longest part: whole pictures within the wished length, or whole frames of sound where there are no
/// pictures; a little more, because pictures are rounded to milliseconds on their way.
fn part_target_us(
    settings: &Settings,
    rate: Option<Rate>,
    has_sound: bool,
    sound_alone_us: Option<i64>,
) -> i64 {
    let wished_us = micros(settings.part_target).max(50_000);
    let exact_us = match (rate, sound_alone_us) {
        (_, Some(frame_us)) => wished_us / frame_us.max(1) * frame_us,
        (Some(rate), None) => match rate.pictures_within(wished_us) {
            // Pictures too rare for parts: sound sets the rhythm, or each picture is a part.
            0 if has_sound => wished_us,
            0 => rate.frame_us(),
            pictures => rate.span_us(pictures),
        },
        (None, None) => wished_us,
    };
    (exact_us + 999) / 1_000 * 1_000 + 1_000
}
