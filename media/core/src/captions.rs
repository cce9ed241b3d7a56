//! What is said on a channel, for those who read it: cues by language, cut into WebVTT beside the media's segments.
//!
//! Invariant: what players may have fetched stays. A caption that comes too late for the segments that are listed
//! begins where the next one does, and every copy of a cue carries the same times, by which players know it again.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use kernel::Timestamp;

use crate::limits;
use crate::segment::Segment;

/// A language that captions come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47, such as `ja` or `en-GB`.
    pub tag: String,
    /// What those call it who speak it.
    pub name: String,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// What tells it from the other ones of its language.
    pub id: String,
    /// Its language's tag.
    pub language: String,
    /// From when on it is shown, by program date time.
    pub from: Timestamp,
    /// How long it is shown.
    pub lasts: Duration,
    /// Plain text, in lines.
    pub text: String,
    /// A later wording of the same counts higher.
    pub revision: i64,
}

impl Caption {
    fn to(&self) -> Timestamp {
        self.from.checked_add(self.lasts).unwrap_or(Timestamp::MAX)
    }
}

/// What is said on a channel, at one instant; never changed, but replaced.
#[derive(Debug, Default)]
pub struct Subtitles {
    languages: Arc<[Language]>,
    /// In the order in which they are shown.
    cues: Vec<Arc<Caption>>,
}

impl Subtitles {
    /// Languages that captions come in.
    pub fn languages(&self) -> Arc<[Language]> {
        self.languages.clone()
    }

    /// Whether captions come in a language.
    pub fn speaks(&self, tag: &str) -> bool {
        self.languages.iter().any(|language| language.tag == tag)
    }

    /// What is said in a segment, as WebVTT on the time line of its frames.
    pub fn segment(&self, segment: &Segment, tag: &str) -> String {
        let begins_ms = segment.begins_us.max(0).div_euclid(1_000);
        // Players count in 90 kHz and 33 bits.
        let ticks = (begins_ms * 90).rem_euclid(1 << 33);
        let mut out = format!(
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:{},MPEGTS:{ticks}\n",
            Clock(begins_ms)
        );
        let ends = segment.ends();
        let shown = |cue: &&Arc<Caption>| {
            cue.language == tag && cue.from < ends && cue.to() > segment.program_date_time
        };
        for cue in self.cues.iter().filter(shown) {
            let at = |moment: Timestamp| {
                let into = moment.as_microsecond() - segment.program_date_time.as_microsecond();
                Clock((segment.begins_us + into).max(0).div_euclid(1_000))
            };
            let _ = write!(out, "\n{}\n{} --> {}\n", cue.id, at(cue.from), at(cue.to()));
            for line in cue.text.lines().filter(|line| !line.is_empty()) {
                escape(&mut out, line);
                out.push('\n');
            }
        }
        out
    }

    fn said(&self, caption: Caption, open_from: Option<Timestamp>) -> Option<Self> {
        let is_it = |cue: &Arc<Caption>| cue.id == caption.id && cue.language == caption.language;
        let known = self.cues.iter().find(|cue| is_it(cue));
        if known.is_some_and(|known| known.revision >= caption.revision) {
            return None;
        }
        let listed = |from: Timestamp| open_from.is_some_and(|open_from| from < open_from);
        let from = match known {
            // Where it was fetched it stays.
            Some(known) if listed(known.from) => known.from,
            _ => open_from.map_or(caption.from, |open_from| caption.from.max(open_from)),
        };
        let mut cues: Vec<_> = self
            .cues
            .iter()
            .filter(|cue| !is_it(cue))
            .cloned()
            .collect();
        let at = cues.partition_point(|cue| cue.from <= from);
        cues.insert(at, Arc::new(Caption { from, ..caption }));
        let too_many = cues.len().saturating_sub(limits::CAPTIONS_KEPT_MAX);
        cues.drain(..too_many);
        Some(Self {
            languages: self.languages.clone(),
            cues,
        })
    }
}

/// What is said on a channel: written by whoever has something to say, read without a lock.
#[derive(Default)]
pub(crate) struct Captions(ArcSwap<Subtitles>);

impl Captions {
    pub(crate) fn get(&self) -> Arc<Subtitles> {
        self.0.load_full()
    }

    pub(crate) fn set_languages(&self, mut languages: Vec<Language>) {
        languages.truncate(limits::LANGUAGES_MAX);
        if *self.0.load().languages == *languages {
            return;
        }
        let languages: Arc<[Language]> = languages.into();
        self.0.rcu(|subtitles| Subtitles {
            languages: languages.clone(),
            cues: subtitles.cues.clone(),
        });
    }

    /// Adds a caption; no whole segment is listed from `open_from` on.
    pub(crate) fn say(&self, caption: &Caption, open_from: Option<Timestamp>) {
        self.0.rcu(|subtitles| {
            let said = subtitles.said(caption.clone(), open_from);
            said.map_or_else(|| subtitles.clone(), Arc::new)
        });
    }
}

/// Text that cannot be taken for markup, nor for the times of a cue.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// Milliseconds as `hh:mm:ss.mmm`.
struct Clock(i64);

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, ms) = (self.0 / 1_000, self.0 % 1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}.{ms:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_309_200 + second).unwrap()
    }

    fn caption(id: &str, from: i64, text: &str, revision: i64) -> Caption {
        Caption {
            id: id.to_owned(),
            language: "en".to_owned(),
            from: at(from),
            lasts: Duration::from_secs(3),
            text: text.to_owned(),
            revision,
        }
    }

    fn shown(captions: &Captions) -> Vec<(String, Timestamp)> {
        let subtitles = captions.get();
        let cues = subtitles.cues.iter();
        cues.map(|cue| (cue.text.clone(), cue.from)).collect()
    }

    #[test]
    fn what_comes_too_late_begins_where_nothing_was_fetched_yet() {
        let captions = Captions::default();
        captions.say(&caption("b", 20, "in time", 1), Some(at(10)));
        captions.say(&caption("a", 5, "late", 1), Some(at(10)));
        captions.say(&caption("c", 5, "before there is anything", 1), None);
        let expected = [
            ("before there is anything", 5),
            ("late", 10),
            ("in time", 20),
        ];
        assert_eq!(
            shown(&captions),
            expected.map(|(text, from)| (text.to_owned(), at(from)))
        );
    }

    #[test]
    fn a_later_wording_replaces_an_earlier_one_and_not_the_other_way_round() {
        let captions = Captions::default();
        captions.say(&caption("a", 5, "second", 2), Some(at(4)));
        captions.say(&caption("a", 5, "first", 1), Some(at(4)));
        assert_eq!(shown(&captions), [("second".to_owned(), at(5))]);
        // It was fetched meanwhile: it keeps its times.
        captions.say(&caption("a", 9, "third", 3), Some(at(8)));
        assert_eq!(shown(&captions), [("third".to_owned(), at(5))]);
        captions.say(&caption("b", 20, "first", 1), Some(at(8)));
        captions.say(&caption("b", 22, "second", 2), Some(at(8)));
        assert_eq!(shown(&captions)[1], ("second".to_owned(), at(22)));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let captions = Captions::default();
        for n in 0..limits::CAPTIONS_KEPT_MAX + 5 {
            let second = i64::try_from(n).unwrap();
            captions.say(&caption(&n.to_string(), second, "x", 1), None);
        }
        let kept = captions.get();
        assert_eq!(kept.cues.len(), limits::CAPTIONS_KEPT_MAX);
        assert_eq!(kept.cues[0].from, at(5), "the oldest went");
        let language = |n: usize| Language {
            tag: format!("x{n}"),
            name: String::new(),
        };
        captions.set_languages((0..limits::LANGUAGES_MAX + 1).map(language).collect());
        assert_eq!(captions.get().languages().len(), limits::LANGUAGES_MAX);
    }

    #[test]
    fn clocks_have_two_digits_of_hours_and_more_where_needed() {
        assert_eq!(Clock(3_723_004).to_string(), "01:02:03.004");
        assert_eq!(Clock(400_000_000).to_string(), "111:06:40.000");
    }

    #[test]
    fn text_stays_text() {
        let mut out = String::new();
        escape(&mut out, "a --> b & <c>");
        assert_eq!(out, "a --&gt; b &amp; &lt;c&gt;");
    }
}
