//! What people tell about themselves.

use kernel::text::{Lines, clean};
use kernel::{Error, Field, Result};

use super::parse_name;
use crate::limits;

/// Languages in which we can write to people.
pub(crate) const LANGUAGES: &[&str] = &["ja", "en"];

/// A profile as it may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The name as the person writes it, in their own order.
    pub(crate) name: String,
    /// How it is read, in katakana; empty where it needs no reading.
    pub(crate) kana: String,
    /// Languages that the person reads, with spaces between.
    pub(crate) languages: String,
    /// IANA zone, where it is another than the browser's.
    pub(crate) zone: Option<String>,
}

impl Told {
    /// Reads what was typed; all complaints at once.
    pub(crate) fn parse(name: &str, kana: &str, languages: &[String], zone: &str) -> Result<Self> {
        let mut wrong = Vec::new();
        let name = taken(parse_name(name), &mut wrong)?;
        let kana = taken(parse_kana(kana), &mut wrong)?;
        let zone = taken(parse_zone(zone), &mut wrong)?;
        let known: Vec<&str> = LANGUAGES
            .iter()
            .copied()
            .filter(|tag| languages.iter().any(|own| own == tag))
            .collect();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(Self {
            name,
            kana,
            languages: known.join(" "),
            zone,
        })
    }
}

/// The language in which somebody is written to who reads these (tags with spaces between): `here`, that of whoever makes
/// us write, where they read it or said nothing.
pub(crate) fn read_by<'a>(languages: &'a str, here: &'a str) -> &'a str {
    let mut read = languages.split(' ').filter(|tag| LANGUAGES.contains(tag));
    let first = read.clone().next().unwrap_or(here);
    if read.any(|own| own == here) {
        here
    } else {
        first
    }
}

/// The value, or something in its place and a complaint more.
fn taken<T: Default>(read: Result<T>, wrong: &mut Vec<Field>) -> Result<T> {
    match read {
        Ok(value) => Ok(value),
        Err(Error::Invalid(fields)) => {
            wrong.extend(fields);
            Ok(T::default())
        }
        Err(error) => Err(error),
    }
}

/// The reading of a name: hiragana become katakana, so that names sort as they are read.
fn parse_kana(text: &str) -> Result<String> {
    let text: String = clean(text, Lines::One)
        .chars()
        .map(|c| match c {
            // The two rows stand 0x60 apart (Unicode blocks Hiragana and Katakana).
            'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect();
    let reads = |c: char| matches!(c, 'ァ'..='ヺ' | 'ー' | '・' | ' ' | '＝' | '=');
    if !text.chars().all(reads) {
        return Err(Error::invalid("kana", "identity-kana-malformed"));
    }
    if text.chars().count() > limits::KANA_CHARS_MAX {
        return Err(Error::invalid("kana", "identity-kana-too-long"));
    }
    Ok(text)
}

fn parse_zone(text: &str) -> Result<Option<String>> {
    let text = clean(text, Lines::One);
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > 64 || jiff::tz::TimeZone::get(&text).is_err() {
        return Err(Error::invalid("zone", "identity-zone-unknown"));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_written_to_in_a_language_that_they_read() {
        for (read, here, written) in [
            ("", "en", "en"),
            ("ja", "en", "ja"),
            ("ja en", "en", "en"),
            ("en", "ja", "en"),
            ("xx", "ja", "ja"),
        ] {
            assert_eq!(read_by(read, here), written, "{read}");
        }
    }

    #[test]
    fn a_reading_is_katakana_however_it_was_typed() {
        assert_eq!(
            parse_kana(" やまだ　あいこ ").ok().as_deref(),
            Some("ヤマダ アイコ")
        );
        assert!(parse_kana("yamada").is_err());
        assert!(parse_kana(&"ア".repeat(limits::KANA_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = Told::parse("", "x", &[], "Mars/Base");
        let Err(Error::Invalid(fields)) = wrong else {
            panic!("{wrong:?}");
        };
        let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["name", "kana", "zone"]);
        let good = Told::parse("山田 愛子", "", &["en".into(), "xx".into()], "Asia/Tokyo");
        let good = good.expect("good");
        assert_eq!(
            (good.languages.as_str(), good.zone.as_deref()),
            ("en", Some("Asia/Tokyo"))
        );
    }
}
