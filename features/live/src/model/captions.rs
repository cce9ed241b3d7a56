//! Captions: what a captioner may send, and what everybody reads.

use kernel::text::{Lines, clean};
use kernel::{Error, Message, Result, Timestamp, define_id};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

use crate::limits;

define_id!(
    /// A key with which captioners send.
    CaptionKeyId, "cky"
);

/// What every caption key begins with, so that it is told from other credentials.
pub const KEY_PREFIX: &str = "cap_";

/// Something that is said, as a captioner sends it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct NewCaption {
    /// 8 to 64 letters, digits and `. _ : -` that tell this line from all others of its language on the track, such
    /// as a UUID: sent again, it is the same line.
    pub id: String,
    /// BCP 47, such as `ja` or `en-GB`.
    pub language: String,
    /// Plain text, at most 200 characters in at most 3 lines.
    pub text: String,
    /// When it was said: `now`, which is meant where nothing is told, or an instant (RFC 3339), at most an hour ago.
    #[serde(default)]
    pub start: Option<String>,
    /// How long it is shown, 500 to 15,000; as long as reading takes, where nothing is told.
    #[serde(default)]
    pub duration_ms: Option<i64>,
    /// 1 unless told. A higher one puts the line into other words.
    #[serde(default)]
    pub revision: Option<i64>,
    /// Still being guessed: only the live page shows it, and another revision follows.
    #[serde(default)]
    pub interim: bool,
}

/// Something that is said, as everybody reads it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Caption {
    /// The captioner's own id of it.
    pub id: String,
    /// BCP 47.
    pub language: String,
    /// Plain text, in up to 3 lines.
    pub text: String,
    /// When it was said, by the picture's program date time.
    #[schema(value_type = String)]
    pub starts_at: Timestamp,
    /// Until when it is shown.
    #[schema(value_type = String)]
    pub ends_at: Timestamp,
    /// How often it was put into words.
    pub revision: i64,
    /// Still being guessed.
    pub interim: bool,
}

impl NewCaption {
    /// What was sent, checked.
    pub fn read(&self, now: Timestamp) -> Result<Caption> {
        let text = parse_text(&self.text)?;
        let starts_at = parse_start(self.start.as_deref(), now)?;
        let duration_ms = self.duration_ms.unwrap_or_else(|| reading_ms(&text));
        if !limits::CAPTION_MS.contains(&duration_ms) {
            return Err(between("duration_ms", &limits::CAPTION_MS));
        }
        let duration = Duration::from_millis(u64::try_from(duration_ms).unwrap_or(0));
        let revision = self.revision.unwrap_or(1);
        let revisions = 1..=limits::CAPTION_REVISIONS_MAX;
        if !revisions.contains(&revision) {
            return Err(between("revision", &revisions));
        }
        Ok(Caption {
            id: parse_id(&self.id)?.to_owned(),
            language: parse_language(&self.language)?,
            text,
            starts_at,
            ends_at: starts_at.checked_add(duration).unwrap_or(Timestamp::MAX),
            revision,
            interim: self.interim,
        })
    }
}

fn between(name: &'static str, range: &std::ops::RangeInclusive<i64>) -> Error {
    let message = Message::new("live-caption-number");
    let message = message.with("min", range.start()).with("max", range.end());
    Error::invalid(name, message)
}

fn parse_id(id: &str) -> Result<&str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    if limits::CAPTION_ID_CHARS.contains(&id.len()) && id.bytes().all(plain) {
        Ok(id)
    } else {
        Err(Error::invalid("id", "live-caption-id"))
    }
}

fn parse_text(text: &str) -> Result<String> {
    let text = clean(text, Lines::Many);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let text = lines.join("\n");
    if lines.is_empty() {
        return Err(Error::invalid("text", "live-caption-says-nothing"));
    }
    if lines.len() > limits::CAPTION_LINES_MAX || text.chars().count() > limits::CAPTION_CHARS_MAX {
        let message = Message::new("live-caption-too-long");
        let message = message.with("max", limits::CAPTION_CHARS_MAX);
        return Err(Error::invalid(
            "text",
            message.with("lines", limits::CAPTION_LINES_MAX),
        ));
    }
    Ok(text)
}

fn parse_start(start: Option<&str>, now: Timestamp) -> Result<Timestamp> {
    let at = match start {
        None | Some("now") => return Ok(now),
        Some(text) => text
            .parse::<Timestamp>()
            .map_err(|_| Error::invalid("start", "live-bad-instant"))?,
    };
    let earliest = now.checked_sub(limits::CAPTION_PAST_MAX).unwrap_or(now);
    let latest = now.checked_add(limits::CAPTION_AHEAD_MAX).unwrap_or(now);
    if (earliest..=latest).contains(&at) {
        Ok(at)
    } else {
        Err(Error::invalid("start", "live-caption-when"))
    }
}

/// How long a text takes to be read: somebody who reads a script of whole words by its letters is slow.
fn reading_ms(text: &str) -> i64 {
    let char_ms = |c: char| if u32::from(c) >= 0x1100 { 150 } else { 60 };
    let all: i64 = text.chars().map(char_ms).sum();
    (1_000 + all).clamp(2_000, 8_000)
}

/// A language's tag in its usual spelling: `en-GB`, `zh-Hant`.
pub fn parse_language(tag: &str) -> Result<String> {
    let unknown = || Error::invalid("language", "live-caption-language");
    let mut spelled = String::new();
    for (at, part) in tag.split(['-', '_']).enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let fits = match at {
            0 => letters && (2..=3).contains(&part.len()),
            1 | 2 => {
                part.bytes().all(|b| b.is_ascii_alphanumeric()) && (2..=8).contains(&part.len())
            }
            _ => false,
        };
        if !fits {
            return Err(unknown());
        }
        let lower = part.to_ascii_lowercase();
        match (at, part.len()) {
            (0, _) => spelled.push_str(&lower),
            (_, 2) => spelled.extend(["-", &part.to_ascii_uppercase()]),
            (_, 4) if letters => {
                spelled.extend(["-", &part[..1].to_ascii_uppercase(), &lower[1..]]);
            }
            _ => spelled.extend(["-", &lower]),
        }
    }
    Ok(spelled)
}

/// What those call a language who speak it; players without words of their own show it.
pub fn language_name(tag: &str) -> String {
    let primary = tag.split('-').next().unwrap_or_default();
    let name = match primary {
        "ja" => "日本語",
        "en" => "English",
        "zh" => "中文",
        "ko" => "한국어",
        "de" => "Deutsch",
        "fr" => "Français",
        "es" => "Español",
        "pt" => "Português",
        "it" => "Italiano",
        "nl" => "Nederlands",
        "id" => "Bahasa Indonesia",
        "vi" => "Tiếng Việt",
        "th" => "ไทย",
        "hi" => "हिन्दी",
        "ru" => "Русский",
        "uk" => "Українська",
        _ => return tag.to_owned(),
    };
    match tag.strip_prefix(primary).filter(|rest| !rest.is_empty()) {
        Some(rest) => format!("{name} ({})", rest.trim_start_matches('-')),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T01:00:00Z".parse().unwrap()
    }

    fn new() -> NewCaption {
        NewCaption {
            id: "line-0001".to_owned(),
            language: "ja".to_owned(),
            text: "おはようございます".to_owned(),
            ..NewCaption::default()
        }
    }

    /// The field that is complained about.
    fn refused(new: &NewCaption) -> String {
        match new.read(now()) {
            Err(Error::Invalid(fields)) => fields[0].name.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_line_begins_now_and_lasts_as_long_as_reading_takes() {
        let caption = new().read(now()).unwrap();
        assert_eq!((caption.starts_at, caption.revision), (now(), 1));
        let shown = caption.ends_at.duration_since(caption.starts_at);
        assert_eq!(shown.as_millis(), 1_000 + 9 * 150);
        assert_eq!(reading_ms("hi"), 2_000);
        assert_eq!(reading_ms(&"祭".repeat(200)), 8_000);
        let told = NewCaption {
            start: Some("2026-11-22T00:59:57.5Z".to_owned()),
            duration_ms: Some(4_000),
            ..new()
        };
        let caption = told.read(now()).unwrap();
        assert_eq!(
            caption.ends_at.as_millisecond() - now().as_millisecond(),
            1_500
        );
    }

    #[test]
    fn everything_that_can_grow_is_bounded() {
        let text = |text: &str| NewCaption {
            text: text.to_owned(),
            ..new()
        };
        assert_eq!(refused(&text(" \n\u{7} ")), "text");
        assert!(
            text(&"祭".repeat(limits::CAPTION_CHARS_MAX))
                .read(now())
                .is_ok()
        );
        assert_eq!(
            refused(&text(&"祭".repeat(limits::CAPTION_CHARS_MAX + 1))),
            "text"
        );
        assert_eq!(text("a\n\n b \nc").read(now()).unwrap().text, "a\nb\nc");
        assert_eq!(refused(&text("a\nb\nc\nd")), "text");
        for id in ["", "short", "with space!", "a-->bbbbbb", &"x".repeat(65)] {
            let id = id.to_owned();
            assert_eq!(refused(&NewCaption { id, ..new() }), "id");
        }
        for duration_ms in [-1, 0, 499, 15_001, i64::MAX] {
            let duration_ms = Some(duration_ms);
            assert_eq!(
                refused(&NewCaption {
                    duration_ms,
                    ..new()
                }),
                "duration_ms"
            );
        }
        for revision in [0, -1, limits::CAPTION_REVISIONS_MAX + 1] {
            let revision = Some(revision);
            assert_eq!(refused(&NewCaption { revision, ..new() }), "revision");
        }
        for start in ["yesterday", "2026-11-21T23:59:59Z", "2026-11-22T01:05:01Z"] {
            let start = Some(start.to_owned());
            assert_eq!(refused(&NewCaption { start, ..new() }), "start");
        }
    }

    #[test]
    fn languages_have_one_spelling() {
        for (sent, spelled) in [
            ("ja", "ja"),
            ("EN", "en"),
            ("en_gb", "en-GB"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("sl-ROZAJ", "sl-rozaj"),
        ] {
            assert_eq!(parse_language(sent).unwrap(), spelled);
        }
        for bad in [
            "",
            "j",
            "japanese",
            "日本",
            "en-",
            "en-x",
            "e1",
            "en-GB-oed-x",
            "../en",
        ] {
            assert!(parse_language(bad).is_err(), "{bad}");
        }
        assert_eq!(language_name("ja"), "日本語");
        assert_eq!(language_name("en-GB"), "English (GB)");
        assert_eq!(language_name("ain"), "ain");
    }
}
