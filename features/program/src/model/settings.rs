//! What a team says about its conference beyond the programme. One document, so that a new word needs no column.

use std::collections::{BTreeMap, BTreeSet};

use kernel::word_enum;
use serde::{Deserialize, Serialize};

use super::{Looks, Theme};

word_enum! {
    /// A part of a conference that its team may switch off. Switched off it is not there for people outside of the team.
    pub enum Feature {
        /// The live page and the pictures.
        Live = "live",
        /// The chats of talks.
        Chat = "chat",
        /// The list of speakers and their pages.
        Speakers = "speakers",
        /// Calendars and schedule files.
        Files = "files",
    }
}

/// A text in several languages, by their tags.
pub type Words = BTreeMap<String, String>;

/// A link that the front page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamedLink {
    /// What it says, by language.
    pub names: Words,
    /// Where it leads.
    pub url: String,
}

/// A page of the team's that the menu leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MenuEntry {
    /// Its name in addresses.
    pub slug: String,
    /// Its title, by language.
    pub titles: Words,
}

/// What is said about a conference beyond its programme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConferenceSettings {
    /// How often this was changed.
    #[serde(skip_serializing_if = "is_zero")]
    pub version: i64,
    /// A few sentences about it, by language; the programme's own where there are none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub descriptions: Words,
    /// Where people ask: a mail address or the address of a page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// Where people register, while registration is open.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub registration_url: String,
    /// Links of the front page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<NamedLink>,
    /// The name from which its mails come; its title where this is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sender: String,
    /// The mail address at which answers to its mails arrive; the site's where this is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reply_to: String,
    /// Pages that the menu leads to, in order. Follows from the pages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub menu: Vec<MenuEntry>,
    /// Its colours.
    #[serde(skip_serializing_if = "is_untouched")]
    pub theme: Theme,
    /// Its pictures.
    #[serde(skip_serializing_if = "Looks::is_untouched")]
    pub looks: Looks,
    /// What is switched off.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub off: BTreeSet<Feature>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_untouched(theme: &Theme) -> bool {
    *theme == Theme::default()
}

impl ConferenceSettings {
    /// Whether people outside of the team are offered a part.
    pub fn offers(&self, feature: Feature) -> bool {
        !self.off.contains(&feature)
    }
}

/// The text for a reader: in their language, else in any that it is there in.
pub fn word_in<'a>(words: &'a Words, language: &str) -> &'a str {
    let own = words.get(language).filter(|text| !text.is_empty());
    own.or_else(|| words.values().find(|text| !text.is_empty()))
        .map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_offered_until_somebody_switches_it_off() {
        let said: ConferenceSettings = serde_json::from_str("{}").unwrap_or_default();
        assert!(Feature::ALL.iter().all(|feature| said.offers(*feature)));
        let said: ConferenceSettings =
            serde_json::from_str(r#"{"off":["chat"],"unknown":1}"#).unwrap_or_default();
        assert!(!said.offers(Feature::Chat) && said.offers(Feature::Live));
        assert_eq!(
            serde_json::to_string(&ConferenceSettings::default())
                .ok()
                .as_deref(),
            Some("{}")
        );
    }

    #[test]
    fn a_text_in_one_language_is_better_than_none() {
        let words = Words::from([
            ("ja".to_owned(), "祭".to_owned()),
            ("en".to_owned(), String::new()),
        ]);
        assert_eq!(word_in(&words, "en"), "祭");
        assert_eq!(word_in(&Words::new(), "en"), "");
    }
}
