//! What cells mean: dates, times, lengths and names as people write them.

use jiff::civil::{Date, Time};
use kernel::search::fold;

/// When something is, as one cell says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When {
    pub(crate) date: Option<Date>,
    pub(crate) starts: Time,
    /// The day of its end, where it is said.
    pub(crate) until: Option<Date>,
    pub(crate) ends: Option<Time>,
}

/// A date: `2026-11-22`, `2026/11/22`, `11/22/2026`, `20261122`, `2026年11月22日(日)`; without its year or as the number of
/// a day, one of `days`.
pub(crate) fn date(text: &str, days: &[Date]) -> Option<Date> {
    let text = fold(text);
    let numbers = numbers(&text);
    let of = |year: i64, month: i64, day: i64| {
        let year = i16::try_from(year).ok()?;
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    match *numbers.as_slice() {
        [whole] if whole > 9_999_999 => of(whole / 10_000, whole / 100 % 100, whole % 100),
        [place] => days
            .get(usize::try_from(place).ok()?.checked_sub(1)?)
            .copied(),
        [month, day] => days
            .iter()
            .find(|own| i64::from(own.month()) == month && i64::from(own.day()) == day)
            .copied(),
        [year, month, day] if year > 31 => of(year, month, day),
        [month, day, year] if year > 31 => of(year, month, day),
        _ => None,
    }
}

/// A clock time: `10:05`, `10:05:00`, `10時5分`, `10時`, `1:05 PM`.
pub(crate) fn clock(text: &str) -> Option<Time> {
    let text = fold(text);
    let text = text.trim();
    let half = [("am", 0), ("pm", 12), ("午前", 0), ("午後", 12)];
    let half = half.into_iter().find_map(|(word, hours)| {
        let rest = text
            .strip_suffix(word)
            .or_else(|| text.strip_prefix(word))?;
        Some((rest.trim(), hours))
    });
    let (text, shift) = half.map_or((text, None), |(rest, hours)| (rest, Some(hours)));
    let text = text.replace('時', ":").replace(['分', '秒'], "");
    let text = text.trim_end_matches(':');
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut numbers = [0_i8; 3];
    for (slot, part) in numbers.iter_mut().zip(&parts) {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        *slot = part.parse().ok().filter(|_| digits)?;
    }
    let [hour, minute, second] = numbers;
    let hour = match shift {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(shift) => hour % 12 + shift,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// A day and time in one cell: `2026-11-22 10:00`, `2026/11/22 10:00〜10:40`, `2026-11-22T10:00`, `10:00-10:40`.
pub(crate) fn when(text: &str, days: &[Date]) -> Option<When> {
    let text = fold(text);
    let (head, tail) = apart(&text)?;
    let (first, rest) = match tail.find(['-', '–', '—', '~', '〜', '→', 'か']) {
        Some(at) => {
            let (first, rest) = tail.split_at(at);
            let rest = rest.trim_start_matches(['-', '–', '—', '~', '〜', '→', 'か', 'ら']);
            (first, rest.trim())
        }
        None => (tail, ""),
    };
    let day = |text: &str| -> Option<Option<Date>> {
        let text = text.trim().trim_end_matches('t').trim();
        if text.is_empty() {
            return Some(None);
        }
        date(text, days).map(Some)
    };
    let (until, ends) = if rest.is_empty() {
        (None, None)
    } else {
        let (head, tail) = apart(rest)?;
        (day(head)?, Some(clock(tail)?))
    };
    Some(When {
        date: day(head)?,
        starts: clock(first)?,
        until,
        ends,
    })
}

/// Everything before the first clock time, and from it on.
fn apart(text: &str) -> Option<(&str, &str)> {
    let colon = text.find([':', '時'])?;
    let before = text.get(..colon)?;
    let digits = before
        .bytes()
        .rev()
        .take_while(u8::is_ascii_digit)
        .count()
        .min(2);
    Some(text.split_at(colon - digits))
}

/// A length in minutes: `40`, `40分`, `1:30`, `1時間30分`.
pub(crate) fn minutes(text: &str) -> Option<i64> {
    let text = fold(text);
    let numbers = numbers(&text);
    match *numbers.as_slice() {
        [hours, minutes] if text.contains([':', '時', 'h']) => {
            hours.checked_mul(60)?.checked_add(minutes)
        }
        [hours] if text.contains(['時', 'h']) => hours.checked_mul(60),
        [minutes] => Some(minutes),
        _ => None,
    }
}

/// Names in one cell, in order.
pub(crate) fn names(text: &str) -> Vec<String> {
    let names = text
        .split(['\n', ';', '；', '、', ',', '，'])
        .map(str::trim);
    let mut found: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        if !found.iter().any(|own| own == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The numbers in a text.
fn numbers(text: &str) -> Vec<i64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap_or(i64::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date as day, time};

    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let days = [day(2026, 11, 22), day(2026, 11, 23)];
        for text in [
            "2026-11-22",
            "2026/11/22",
            "２０２６年１１月２２日（日）",
            "20261122",
            "11/22/2026",
            "11/22",
            "11月22日",
            "1",
            "Day 1",
            "1日目",
        ] {
            assert_eq!(date(text, &days), Some(days[0]), "{text}");
        }
        for text in [
            "",
            "祭",
            "3",
            "0",
            "12/24",
            "2026-13-01",
            "1 2 3 4",
            "99999999999999999999",
        ] {
            assert_eq!(date(text, &days), None, "{text}");
        }
    }

    #[test]
    fn clocks_and_lengths_are_read_as_people_write_them() {
        for text in [
            "13:05",
            "13:05:00",
            "１３：０５",
            "13時5分",
            "1:05 PM",
            "午後1:05",
        ] {
            assert_eq!(clock(text), Some(time(13, 5, 0, 0)), "{text}");
        }
        assert_eq!(clock("9時"), Some(time(9, 0, 0, 0)));
        assert_eq!(clock("12:00 am"), Some(time(0, 0, 0, 0)));
        for text in [
            "", "24:00", "10:60", "ten", "1:2:3:4", "130:5", "13:05 PM", "-1:00",
        ] {
            assert_eq!(clock(text), None, "{text}");
        }
        for (text, expected) in [
            ("40", 40),
            ("４０分", 40),
            ("1:30", 90),
            ("1時間30分", 90),
            ("2h", 120),
        ] {
            assert_eq!(minutes(text), Some(expected), "{text}");
        }
        assert_eq!(minutes(""), None);
        assert_eq!(minutes("99999999999999999999:1"), None);
    }

    #[test]
    fn day_and_time_stand_in_one_cell() {
        let days = [day(2026, 11, 22), day(2026, 11, 23)];
        let whole = When {
            date: Some(days[0]),
            starts: time(10, 0, 0, 0),
            until: None,
            ends: Some(time(10, 40, 0, 0)),
        };
        for text in [
            "2026-11-22 10:00–10:40",
            "2026/11/22 10:00〜10:40",
            "11月22日(日) 10時 ～ 10:40",
            "2026-11-22T10:00-10:40",
            "11/22 10:00から10:40",
        ] {
            assert_eq!(when(text, &days), Some(whole), "{text}");
        }
        let alone = When {
            date: None,
            ends: None,
            ..whole
        };
        assert_eq!(when("10:00", &days), Some(alone));
        let long = When {
            until: Some(days[1]),
            ..whole
        };
        assert_eq!(when("2026-11-22 10:00–2026-11-23 10:40", &days), Some(long));
        for text in [
            "",
            "2026-11-22",
            "tomorrow 10:00",
            "10:00-",
            "10:00-later",
            "祭:祭",
        ] {
            let read = when(text, &days);
            assert!(read.is_none() || text == "10:00-", "{text}: {read:?}");
        }
    }

    #[test]
    fn names_stand_in_one_cell_once_each() {
        assert_eq!(
            names("山田 愛子、Alex; Alex\nX, Y；"),
            ["山田 愛子", "Alex", "X", "Y"]
        );
        assert_eq!(names(" , "), Vec::<String>::new());
    }
}
