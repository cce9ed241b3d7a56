//! What is said about a conference outside of its schedule.

use db::Tx;
use identity::{Contents, Grant, audit};
use jiff::tz::TimeZone;
use kernel::text::{Lines, clean};
use kernel::{Error, Field, Message, Result, Timestamp};

use super::Writer;
use crate::exchange::{ConferenceDocument, document, text_of};
use crate::limits;
use crate::model::{ConferenceSettings, Watch};
use crate::store::{self, Conference, Loaded, write};

/// What can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Title where none is given for the reader's language.
    pub title: String,
    /// Title for readers of Japanese; empty for the usual one.
    pub title_ja: String,
    /// Title for readers of English; empty for the usual one.
    pub title_en: String,
    /// IANA zone. Another one keeps the clock times of days and talks.
    pub zone: String,
    /// Who may watch.
    pub watch: Watch,
    /// Everything else.
    pub more: ConferenceSettings,
}

impl Settings {
    /// What is set.
    pub fn of(conference: &Conference) -> Self {
        Self {
            title: conference.title.clone(),
            title_ja: conference.title_ja.clone(),
            title_en: conference.title_en.clone(),
            zone: conference.zone.clone(),
            watch: conference.watch,
            more: conference.settings(),
        }
    }

    /// The same with clean texts, if all of it can be used.
    fn checked(&self) -> Result<Self> {
        let mut faults = Vec::new();
        let mut line = |name: &str, text: &str, limit: usize| {
            let text = clean(text, Lines::One);
            if text.chars().count() > limit {
                fault(
                    &mut faults,
                    name,
                    Message::new("program-title-long").with("limit", limit),
                );
            }
            text
        };
        let mut own = self.clone();
        own.title = line("title", &self.title, limits::TITLE_CHARS_MAX);
        own.title_ja = line("title_ja", &self.title_ja, limits::TITLE_CHARS_MAX);
        own.title_en = line("title_en", &self.title_en, limits::TITLE_CHARS_MAX);
        own.more.contact = line("contact", &self.more.contact, limits::LINK_CHARS_MAX);
        own.more.registration_url = line(
            "registration_url",
            &self.more.registration_url,
            limits::LINK_CHARS_MAX,
        );
        own.more.sender = line("sender", &self.more.sender, limits::LABEL_CHARS_MAX);
        own.more.reply_to = line("reply_to", &self.more.reply_to, limits::LINK_CHARS_MAX);
        let is_mail = |text: &str| text.is_empty() || identity::model::parse_email(text).is_ok();
        if !is_mail(&own.more.reply_to) {
            fault(
                &mut faults,
                "reply_to",
                Message::new("program-settings-reply-to-malformed"),
            );
        }
        if own.title.is_empty() {
            fault(&mut faults, "title", Message::new("program-title-empty"));
        }
        if TimeZone::get(&own.zone).is_err() {
            fault(&mut faults, "zone", Message::new("program-zone-unknown"));
        }
        if !is_contact(&own.more.contact) {
            fault(
                &mut faults,
                "contact",
                Message::new("program-settings-contact-malformed"),
            );
        }
        if !own.more.registration_url.is_empty() && !is_page(&own.more.registration_url) {
            fault(
                &mut faults,
                "registration_url",
                Message::new("web-field-url"),
            );
        }
        for (language, text) in &mut own.more.descriptions {
            *text = clean(text, Lines::Many);
            if text.chars().count() > limits::DESCRIPTION_CHARS_MAX {
                let limit = limits::DESCRIPTION_CHARS_MAX;
                let message = Message::new("program-too-long").with("limit", limit);
                fault(&mut faults, &format!("description_{language}"), message);
            }
        }
        own.more.descriptions.retain(|_, text| !text.is_empty());
        if own.more.descriptions.len() > limits::LANGUAGES_MAX {
            let limit = limits::LANGUAGES_MAX;
            let message = Message::new("program-list-full").with("limit", limit);
            fault(&mut faults, "descriptions", message);
        }
        check_links(&mut own.more, &mut faults);
        if faults.is_empty() {
            Ok(own)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

fn fault(faults: &mut Vec<Field>, name: &str, message: Message) {
    faults.push(Field {
        name: name.to_owned().into(),
        message,
    });
}

fn check_links(more: &mut ConferenceSettings, faults: &mut Vec<Field>) {
    if more.links.len() > limits::LINKS_MAX {
        let message = Message::new("program-list-full").with("limit", limits::LINKS_MAX);
        fault(faults, "link", message);
    }
    for (index, link) in more.links.iter_mut().enumerate() {
        link.url = clean(&link.url, Lines::One);
        if !is_page(&link.url) || link.url.chars().count() > limits::LINK_CHARS_MAX {
            fault(
                faults,
                &format!("link.{index}.url"),
                Message::new("web-field-url"),
            );
        }
        for name in link.names.values_mut() {
            *name = clean(name, Lines::One);
        }
        link.names.retain(|_, name| !name.is_empty());
        let is_long = |name: &String| name.chars().count() > limits::LABEL_CHARS_MAX;
        let name = format!("link.{index}.name_ja");
        if link.names.is_empty() {
            fault(faults, &name, Message::new("program-needed"));
        } else if link.names.len() > limits::LANGUAGES_MAX || link.names.values().any(is_long) {
            let limit = limits::LABEL_CHARS_MAX;
            fault(
                faults,
                &name,
                Message::new("program-too-long").with("limit", limit),
            );
        }
    }
}

/// The address of a page: nothing that a browser would run.
pub(crate) fn is_page(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn is_contact(text: &str) -> bool {
    text.is_empty() || is_page(text) || identity::model::parse_email(text).is_ok()
}

/// Sets it over the version of the settings that was read, where one is named; the version now.
///
/// # Errors
/// `Invalid` with every field that cannot be used, `Stale` when the settings are at another version by now,
/// `Conflict` when somebody changes the conference at the same time.
pub async fn settle(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    settings: &Settings,
    version: Option<i64>,
) -> Result<i64> {
    let mut settings = settings.checked()?;
    let mut tx = writer.db.begin().await?;
    let loaded = store::load(&mut tx, grant.conference()).await?;
    let loaded = loaded.ok_or(Error::NotFound("conference"))?;
    let was = Settings::of(&loaded.conference);
    if version.is_some_and(|version| version != was.more.version) {
        return Err(Error::Stale);
    }
    settings.more.version = was.more.version;
    settings.more.menu.clone_from(&was.more.menu);
    settings.more.theme.clone_from(&was.more.theme);
    settings.more.looks.clone_from(&was.more.looks);
    if settings == was {
        return Ok(was.more.version);
    }
    settings.more.version += 1;
    let mut row = Conference {
        title: settings.title.clone(),
        title_ja: settings.title_ja.clone(),
        title_en: settings.title_en.clone(),
        watch: settings.watch,
        settings: text_of(&settings.more),
        changed_at: writer.now,
        ..loaded.conference.clone()
    };
    if settings.zone != was.zone {
        row.zone.clone_from(&settings.zone);
        row.zone_inferred = false;
        row.document = keep_clock_times(&mut tx, &loaded, &settings.zone, writer.now).await?;
    }
    write::update_conference(&mut tx, &row).await?;
    let words = |own: &Settings| {
        let titles = (
            own.title.clone(),
            own.title_ja.clone(),
            own.title_en.clone(),
        );
        // Mail addresses do not go into the log.
        let more = ConferenceSettings {
            contact: String::new(),
            reply_to: String::new(),
            menu: Vec::new(),
            ..own.more.clone()
        };
        (titles, own.zone.clone(), own.watch, more)
    };
    audit::record(
        &mut tx,
        grant,
        "conference.settle",
        row.id.as_str(),
        &words(&was),
        &words(&settings),
    )
    .await?;
    tx.commit().await?;
    writer.announce(&row.id, row.version + 1);
    Ok(settings.more.version)
}

/// Moves every instant so that clocks in the new zone show what those in the old one showed; the document that
/// says nothing about first and last day any more.
async fn keep_clock_times(
    tx: &mut Tx,
    loaded: &Loaded,
    zone: &str,
    now: Timestamp,
) -> Result<String> {
    let old = loaded.conference.time_zone();
    let new = TimeZone::get(zone).map_err(|_| Error::invalid("zone", "program-zone-unknown"))?;
    let moved = |at: Timestamp| {
        let clock = at.to_zoned(old.clone()).datetime();
        new.to_timestamp(clock).map_err(Error::internal)
    };
    let id = &loaded.conference.id;
    for day in &loaded.days {
        let row = store::Day {
            starts_at: moved(day.starts_at)?,
            ends_at: moved(day.ends_at)?,
            version: day.version + 1,
            ..day.clone()
        };
        write::put_day(tx, id, &row).await?;
    }
    // Talks that stand nowhere have no time to be moved.
    let placed = |talk: &&store::Talk| talk.starts_at != kernel::Timestamp::UNIX_EPOCH;
    for talk in loaded.talks.iter().filter(placed) {
        let row = store::Talk {
            starts_at: moved(talk.starts_at)?,
            ends_at: moved(talk.ends_at)?,
            version: talk.version + 1,
            changed_at: now,
            ..talk.clone()
        };
        write::put_talk(tx, id, &row).await?;
    }
    let mut kept: ConferenceDocument = document(&loaded.conference.document);
    kept.start.clear();
    kept.end.clear();
    Ok(text_of(&kept))
}

/// Gives a conference its titles, for those who make it in code: the demo and the command line.
///
/// # Errors
/// `NotFound` when there is no such conference.
pub async fn entitle(
    writer: &Writer<'_>,
    id: &identity::ConferenceId,
    ja: &str,
    en: &str,
) -> Result<()> {
    let mut tx = writer.db.begin().await?;
    let was = store::by_id(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("conference"))?;
    let row = Conference {
        title_ja: ja.to_owned(),
        title_en: en.to_owned(),
        changed_at: writer.now,
        ..was
    };
    write::update_conference(&mut tx, &row).await?;
    tx.commit().await?;
    writer.announce(id, row.version + 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_and_mail_addresses_are_linked() {
        for good in ["", "hello@example.org", "https://example.org/ask"] {
            assert!(is_contact(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "call us",
            "//example.org",
            "data:text/html,x",
        ] {
            assert!(!is_contact(bad) && !is_page(bad), "{bad}");
        }
    }
}
