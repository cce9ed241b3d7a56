//! Instants in the words of a reader: the venue's time always, the reader's own beside it where it differs.

use askama::filters::Safe;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use web::{Cx, Locale};

use crate::store::Conference;

/// The clocks of a page.
#[derive(Clone)]
pub(super) struct Clocks {
    venue: TimeZone,
    venue_name: String,
    mine: Option<TimeZone>,
    mine_name: Option<String>,
    locale: Locale,
    your_time: String,
}

impl Clocks {
    pub(super) fn of(cx: &Cx, conference: &Conference) -> Self {
        let mine_name = cx
            .client
            .zone
            .clone()
            .filter(|zone| *zone != conference.zone);
        Self {
            venue: conference.time_zone(),
            venue_name: conference.zone.clone(),
            mine: mine_name
                .as_deref()
                .and_then(|zone| TimeZone::get(zone).ok()),
            mine_name,
            locale: cx.locale,
            your_time: cx.text("web-your-time", &[]),
        }
    }

    /// `10:00`
    pub(super) fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.venue.clone())
            .strftime("%H:%M")
            .to_string()
    }

    /// The clock time as an element.
    pub(super) fn time(&self, at: Timestamp) -> Safe<String> {
        Safe(format!(
            "<time datetime=\"{at}\" data-show=\"time\">{}</time>",
            self.clock(at)
        ))
    }

    /// The clock time with the reader's own beside it.
    pub(super) fn both(&self, at: Timestamp) -> Safe<String> {
        let time = format!(
            "<time datetime=\"{at}\" data-show=\"time\" data-two-times>{}</time>",
            self.clock(at)
        );
        Safe(format!("{time}{}", self.own(at)))
    }

    /// The reader's own time, where it is another one; with the date where that is another one as well.
    fn own(&self, at: Timestamp) -> String {
        let Some(mine) = &self.mine else {
            return String::new();
        };
        let (here, there) = (at.to_zoned(self.venue.clone()), at.to_zoned(mine.clone()));
        if here.offset() == there.offset() {
            return String::new();
        }
        let clock = there.strftime("%H:%M");
        let date = if here.date() == there.date() {
            String::new()
        } else {
            format!("{} ", self.date(there.date()))
        };
        format!(
            "<span class=\"my-time\">{date}{clock} {}</span>",
            self.your_time
        )
    }

    /// `Sun 22 Nov`, `11月22日(日)`
    pub(super) fn date(&self, date: Date) -> String {
        short_date(self.locale, date)
    }

    /// The date on which an instant falls at the venue, with its year.
    pub(super) fn long_date(&self, at: Timestamp) -> String {
        long_date(self.locale, at.to_zoned(self.venue.clone()).date())
    }

    /// The date on which an instant falls at the venue.
    pub(super) fn date_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.venue.clone()).date()
    }

    /// `Asia/Tokyo (UTC+09:00)`
    pub(super) fn venue_label(&self, at: Timestamp) -> String {
        label(&self.venue_name, &self.venue, at)
    }

    /// The same for the reader, where their clocks differ.
    pub(super) fn mine_label(&self, at: Timestamp) -> Option<String> {
        let mine = self.mine.as_ref()?;
        let differs = mine.to_offset(at) != self.venue.to_offset(at);
        differs.then(|| label(self.mine_name.as_deref().unwrap_or_default(), mine, at))
    }
}

fn label(name: &str, zone: &TimeZone, at: Timestamp) -> String {
    if name.starts_with("Etc/") {
        // Their names have the sign the other way round, which confuses more than it says.
        return format!("UTC{}", at.to_zoned(zone.clone()).strftime("%:z"));
    }
    format!("{name} (UTC{})", at.to_zoned(zone.clone()).strftime("%:z"))
}

/// `Sun 22 Nov`, `11月22日(日)`
pub(crate) fn short_date(locale: Locale, date: Date) -> String {
    match locale {
        Locale::En => date.strftime("%a %-d %b").to_string(),
        Locale::Ja => format!("{}月{}日({})", date.month(), date.day(), weekday(date)),
    }
}

/// `Sun 22 Nov 2026`, `2026年11月22日(日)`
pub(crate) fn long_date(locale: Locale, date: Date) -> String {
    match locale {
        Locale::En => date.strftime("%a %-d %b %Y").to_string(),
        Locale::Ja => format!("{}年{}", date.year(), short_date(locale, date)),
    }
}

/// From a date to a date.
pub(crate) fn date_range(locale: Locale, first: Date, last: Date) -> String {
    if first == last {
        return long_date(locale, first);
    }
    match locale {
        Locale::En => format!(
            "{} – {}",
            short_date(locale, first),
            long_date(locale, last)
        ),
        Locale::Ja => format!("{}〜{}", long_date(locale, first), short_date(locale, last)),
    }
}

fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_read_naturally_in_both_languages() {
        let (first, last) = (date(2026, 11, 21), date(2026, 11, 22));
        assert_eq!(
            date_range(Locale::En, first, last),
            "Sat 21 Nov – Sun 22 Nov 2026"
        );
        assert_eq!(
            date_range(Locale::Ja, first, last),
            "2026年11月21日(土)〜11月22日(日)"
        );
        assert_eq!(date_range(Locale::Ja, last, last), "2026年11月22日(日)");
    }
}
