//! The many ways in which schedule files write instants, clock times and lengths.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// A moment as a file gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// With an offset: an instant.
    Instant(Timestamp),
    /// Date and clock time without offset.
    Local(DateTime),
    /// Only a date.
    Date(Date),
}

/// Reads `2014-12-27T11:00:00+01:00`, `…Z`, `2014-12-27 11:00[:00] [+0100]`, `2014-12-27`, and the mail form
/// `Sat, 27 Dec 2014 11:00:00 +0100`.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let joined = join_offset(text);
    let text = joined.as_deref().unwrap_or(text);
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(Moment::Instant(instant));
    }
    if text.len() == 10 {
        return text.parse().ok().map(Moment::Date);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return Some(Moment::Local(local));
    }
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| Moment::Instant(zoned.timestamp()))
}

/// `2014-12-27 11:00:00 +0100` and `… UTC` with their blank before the offset taken out.
fn join_offset(text: &str) -> Option<String> {
    let (head, tail) = text.rsplit_once(' ')?;
    let is_offset = tail.starts_with(['+', '-']) || tail == "Z" || tail == "UTC";
    let is_iso = head.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let tail = if tail == "UTC" { "Z" } else { tail };
    (is_offset && is_iso && head.len() > 10).then(|| format!("{head}{tail}"))
}

/// The offset from UTC that a text carries; a `Z` carries none, since it says nothing about the place.
pub(super) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let joined = join_offset(text);
    let text = joined.as_deref().unwrap_or(text);
    if text.ends_with(['Z', 'z']) {
        return None;
    }
    jiff::fmt::temporal::Pieces::parse(text)
        .ok()?
        .to_numeric_offset()
}

/// A zone with this offset for a file that names none. Where daylight saving does not exist the country's zone
/// is named, since people recognise it.
pub(super) fn zone_for(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let named = match minutes {
        0 => "UTC",
        540 => "Asia/Tokyo",
        330 => "Asia/Kolkata",
        345 => "Asia/Kathmandu",
        210 => "Asia/Tehran",
        270 => "Asia/Kabul",
        390 => "Asia/Yangon",
        570 => "Australia/Darwin",
        _ => "",
    };
    if !named.is_empty() {
        return named.to_owned();
    }
    if minutes % 60 != 0 {
        return "UTC".to_owned();
    }
    // The signs of the Etc zones are turned round: Etc/GMT-1 is one hour ahead of UTC.
    format!("Etc/GMT{:+}", -minutes / 60)
}

/// Seconds after midnight of `9:30`, `11:00`, `11:00:30`; hours up to 47, for those who write 25:30.
pub(super) fn clock(text: &str) -> Option<i64> {
    let parts = numbers(text)?;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, 0),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    (hours < 48 && minutes < 60 && seconds < 60).then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Numbers between colons.
fn numbers(text: &str) -> Option<Vec<i64>> {
    let read = |part: &str| -> Option<i64> {
        (!part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    text.trim().split(':').map(read).collect()
}

/// Seconds of a length: `hh:mm`, `d:hh:mm`, `hh:mm:ss`, plain minutes, or ISO 8601 (`PT45M`).
///
/// Three numbers are ambiguous. frab and pretalx mean days and write them with one digit; other tools mean
/// seconds and write two digits everywhere. What remains unclear is decided by what a talk can be.
pub(super) fn length(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.starts_with(['P', 'p']) {
        return text
            .parse::<jiff::SignedDuration>()
            .ok()
            .map(|length| length.as_secs());
    }
    match numbers(text)?.as_slice() {
        [minutes] => Some(minutes * 60),
        [hours, minutes] if *minutes < 60 => Some(hours * 3600 + minutes * 60),
        [first, second, third] if *second < 60 && *third < 60 => {
            let as_days = (*second < 24).then_some(first * 86400 + second * 3600 + third * 60);
            let as_seconds = first * 3600 + second * 60 + third;
            // Hours have two digits; days are written with one, or with three.
            let not_hours = text.find(':') != Some(2);
            let likely = |length: i64| (300..=12 * 3600).contains(&length);
            let means_days =
                |days: i64| not_hours || *third != 0 || (likely(days) && !likely(as_seconds));
            Some(
                as_days
                    .filter(|days| means_days(*days))
                    .unwrap_or(as_seconds),
            )
        }
        _ => None,
    }
}

/// The instant at which the clocks of `zone` show `seconds` after midnight of `date`.
pub(super) fn instant(zone: &TimeZone, date: Date, seconds: i64) -> Option<Timestamp> {
    let at = date
        .to_datetime(jiff::civil::Time::midnight())
        .checked_add(Span::new().seconds(seconds))
        .ok()?;
    zone.to_timestamp(at).ok()
}

/// `hh:mm`, with as many hours as it takes. Files have whole minutes.
pub(super) fn hours_minutes(seconds: i64) -> String {
    let minutes = (seconds.max(0) + 30) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_every_form_that_was_seen() {
        let expected = Moment::Instant("2014-12-27T10:00:00Z".parse().unwrap());
        for text in [
            "2014-12-27T11:00:00+01:00",
            "2014-12-27T11:00+01:00",
            "2014-12-27T11:00:00.000+0100",
            "2014-12-27 11:00:00 +0100",
            "2014-12-27 10:00:00 UTC",
            "2014-12-27T10:00:00Z",
            "Sat, 27 Dec 2014 11:00:00 +0100",
        ] {
            assert_eq!(moment(text), Some(expected), "{text}");
        }
        assert!(matches!(moment("2014-12-27 11:00"), Some(Moment::Local(_))));
        assert!(matches!(moment("2014-12-27"), Some(Moment::Date(_))));
        for text in [
            "",
            "27.12.2014",
            "2014-13-27",
            "2014-12-27T25:00:00+01:00",
            "tomorrow",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_length_is_read_in_every_form_that_was_seen() {
        for (text, minutes) in [
            ("00:30", 30),
            ("1:45", 105),
            ("26:00", 1560),
            ("1:02:30", 1590),
            ("0:01:30", 90),
            ("00:50:00", 50),
            ("00:05:00", 5),
            ("00:01:30", 90),
            ("01:00:00", 60),
            ("01:30:00", 90),
            ("45", 45),
            ("PT1H30M", 90),
        ] {
            assert_eq!(length(text), Some(minutes * 60), "{text}");
        }
        for text in [
            "",
            "half an hour",
            "1:60",
            "-1:00",
            "1:2:3:4",
            "99999999:00",
        ] {
            assert_eq!(length(text), None, "{text}");
        }
    }

    #[test]
    fn a_zone_is_found_for_an_offset() {
        let zone = |text: &str| offset(text).map(zone_for);
        assert_eq!(
            zone("2014-12-27T11:00:00+01:00").as_deref(),
            Some("Etc/GMT-1")
        );
        assert_eq!(
            zone("2014-12-27T11:00:00-05:00").as_deref(),
            Some("Etc/GMT+5")
        );
        assert_eq!(
            zone("2014-12-27T11:00:00+09:00").as_deref(),
            Some("Asia/Tokyo")
        );
        assert_eq!(zone("2014-12-27T11:00:00Z"), None);
        assert_eq!(zone("2014-12-27T11:00:00"), None);
    }
}
