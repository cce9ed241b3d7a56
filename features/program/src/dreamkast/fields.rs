//! What the cells of an export mean, one at a time.

use jiff::civil::Time;

/// A clock time: `10:00`, `10:00:00`, and the forms in which Rails writes times without a date
/// (`2000-01-01 10:00:00 +0900`, `2000-01-01T10:00:00.000+09:00`): the clock counts, the rest is made up.
pub(super) fn clock(text: &str) -> Option<Time> {
    let text = match text.get(..11) {
        Some(head) if head.starts_with("2000-01-01") => text.get(11..)?,
        _ => text,
    };
    let clock = text
        .find(|c: char| !(c.is_ascii_digit() || c == ':'))
        .map_or(text, |end| text.get(..end).unwrap_or_default());
    let rest = text.get(clock.len()..).unwrap_or_default();
    if !(rest.is_empty() || rest.starts_with([' ', '.', '+', '-', 'Z'])) {
        return None;
    }
    let mut parts = clock.split(':');
    let mut next = || -> Option<i8> { parts.next()?.parse().ok() };
    let (hour, minute) = (next()?, next()?);
    let second = if clock.matches(':').count() == 2 {
        next()?
    } else {
        0
    };
    if clock.matches(':').count() > 2 {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

/// `1`, `true` and `t` are yes, `0`, `false` and `f` are no.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "true" | "t" => Some(true),
        "0" | "false" | "f" => Some(false),
        _ => None,
    }
}

/// The kind of a talk by Dreamkast's types; several stand with commas where a talk has several.
pub(super) fn kind(types: &str) -> Option<&'static str> {
    let mut kind = "talk";
    for word in types.split([',', ';']).map(str::trim) {
        match word {
            "Intermission" => return Some("break"),
            "KeynoteSession" => kind = "keynote",
            "SponsorSession" if kind == "talk" => kind = "sponsor",
            "" | "Session" | "SponsorSession" => {}
            _ => return None,
        }
    }
    Some(kind)
}

/// An address that leads somewhere; `http://` alone, which forms left behind, does not.
pub(super) fn address(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let leads = rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && !text.contains(char::is_whitespace);
    leads.then_some(text)
}

/// The numbers of the chosen options: a number, the same in quotes, or a list of such.
pub(super) fn chosen(params: &str) -> Vec<i64> {
    let numbers = params.split(|c: char| !c.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// A language by the text of an answer.
pub(super) fn language(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "ja" | "jp" | "日本語" | "japanese" => Some("ja"),
        "en" | "英語" | "english" => Some("en"),
        _ => None,
    }
}

/// Whether a talk must not be shown as a recording, by the key of an answer.
pub(super) fn opt_out(key: &str) -> Option<bool> {
    match key {
        "1" | "3" => Some(false),
        "2" | "4" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_read_in_every_form_that_rails_writes() {
        let ten = Time::new(10, 5, 0, 0).ok();
        for text in [
            "10:05",
            "10:05:00",
            "2000-01-01 10:05:00 +0900",
            "2000-01-01T10:05:00.000+09:00",
            "2000-01-01 10:05:00 UTC",
        ] {
            assert_eq!(clock(text), ten, "{text}");
        }
        for text in [
            "",
            "10",
            "25:00",
            "10:60",
            "ten",
            "10:00x",
            "10:00:00:00",
            "2000-01-01",
            "祭り祭り祭り",
        ] {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn words_of_an_export_mean_what_they_meant_there() {
        assert_eq!(kind("Session"), Some("talk"));
        assert_eq!(kind("SponsorSession,KeynoteSession"), Some("keynote"));
        assert_eq!(kind("Intermission"), Some("break"));
        assert_eq!(kind("Party"), None);
        assert_eq!(address("http://"), None);
        assert_eq!(address("javascript:alert(1)"), None);
        assert_eq!(address("https://a b"), None);
        assert_eq!(
            address("https://example.org/a"),
            Some("https://example.org/a")
        );
        assert_eq!(chosen("73"), [73]);
        assert_eq!(chosen("[\"73\", \"74\"]"), [73, 74]);
        assert_eq!(language("日本語"), Some("ja"));
        assert_eq!(opt_out("4"), Some(true));
        assert_eq!(opt_out("5"), None);
    }
}
