//! What the address of a timetable asks for, and the form that asks.

use std::collections::BTreeSet;

use kernel::search::{Wanted as Words, fold};
use serde::Deserialize;
use web::Cx;

use crate::exchange::level_of;
use crate::limits::SEARCH_CHARS_MAX;
use crate::model::Part;
use crate::programme::Programme;
use crate::store::Talk;

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::pages) struct Wanted {
    #[serde(default)]
    pub(super) day: String,
    #[serde(default)]
    pub(super) view: String,
    #[serde(default)]
    pub(super) track: String,
    #[serde(default)]
    pub(super) room: String,
    #[serde(default)]
    pub(super) category: String,
    #[serde(default)]
    pub(super) level: String,
    #[serde(default)]
    pub(super) language: String,
    #[serde(default)]
    pub(super) q: String,
}

impl Wanted {
    /// The address of the same page with other values; an empty one is left out.
    pub(super) fn with(&self, changes: &[(&str, &str)]) -> String {
        let own = [
            ("day", &self.day),
            ("view", &self.view),
            ("track", &self.track),
            ("room", &self.room),
            ("category", &self.category),
            ("level", &self.level),
            ("language", &self.language),
            ("q", &self.q),
        ];
        let pairs: Vec<String> = own
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    changes
                        .iter()
                        .find(|(own, _)| *own == name)
                        .map_or(value.as_str(), |(_, new)| *new),
                )
            })
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", web::failure::encode(value)))
            .collect();
        format!("?{}", pairs.join("&"))
    }

    pub(super) fn is_filtered(&self) -> bool {
        [
            &self.track,
            &self.room,
            &self.category,
            &self.level,
            &self.language,
            &self.q,
        ]
        .iter()
        .any(|value| !value.trim().is_empty())
    }

    /// Whether a talk is among those that are asked for.
    pub(super) fn takes(&self, programme: &Programme, talk: &Talk) -> bool {
        let track = || {
            talk.track
                .as_ref()
                .and_then(|id| programme.track(id))
                .map(|track| track.slug.as_str())
        };
        let room = || {
            talk.room
                .as_ref()
                .and_then(|id| programme.room(id))
                .map(|room| room.name.as_str())
        };
        let category = || {
            talk.category
                .as_ref()
                .and_then(|id| programme.category(id))
                .map(|own| own.name.as_str())
        };
        (self.track.is_empty() || track() == Some(self.track.as_str()))
            && (self.room.is_empty() || room() == Some(self.room.as_str()))
            && (self.category.is_empty() || category() == Some(self.category.as_str()))
            && (self.level.is_empty() || level_of(talk) == self.level)
            && (self.language.is_empty() || talk.language == self.language)
            && (self.q.trim().is_empty() || self.finds(programme, talk))
    }

    /// Every word must be in title, names or texts.
    fn finds(&self, programme: &Programme, talk: &Talk) -> bool {
        let mut text = format!(
            "{} {} {} {}",
            talk.title, talk.subtitle, talk.r#abstract, talk.description
        );
        for speaker in programme.speakers_of(&talk.id) {
            text.push(' ');
            text.push_str(&speaker.name);
        }
        // As the team's lists find it: width, case and kana do not matter.
        let text = fold(&text);
        let words: String = self.q.chars().take(SEARCH_CHARS_MAX).collect();
        Words::of(&words)
            .words
            .iter()
            .all(|word| text.contains(word.as_str()))
    }
}

pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) options: Vec<(String, String, bool)>,
}

pub(super) fn filters(cx: &Cx, programme: &Programme, wanted: &Wanted) -> Vec<Filter> {
    let options = |values: Vec<(String, String)>, chosen: &str| -> Vec<(String, String, bool)> {
        values
            .into_iter()
            .map(|(value, label)| (value.clone(), label, value == chosen))
            .collect()
    };
    let mut languages: Vec<String> = programme
        .talks
        .iter()
        .map(|talk| talk.language.clone())
        .filter(|language| !language.is_empty())
        .collect();
    languages.sort();
    languages.dedup();
    let same = |text: &String| (text.clone(), text.clone());
    let tracks: Vec<(String, String)> = programme
        .tracks
        .iter()
        .map(|track| (track.slug.clone(), track.name.clone()))
        .collect();
    let rooms: Vec<String> = programme
        .rooms
        .iter()
        .map(|room| room.name.clone())
        .collect();
    // A room that is called like its track needs no second filter.
    let rooms = if rooms
        .iter()
        .all(|room| tracks.iter().any(|(_, name)| name == room))
    {
        Vec::new()
    } else {
        rooms
    };
    let categories: Vec<String> = programme
        .categories
        .iter()
        .map(|category| category.name.clone())
        .collect();
    // Only those that somebody finds something by.
    let used: BTreeSet<String> = programme.talks.iter().map(level_of).collect();
    let levels = programme
        .terms(Part::Levels)
        .filter(|own| used.contains(&own.word))
        .map(|own| (own.word.clone(), own.name_in(cx.locale)));
    let language_name = |tag: &String| (tag.clone(), language_label(cx, tag));
    let all = [
        ("track", "program-filter-track", tracks, &wanted.track),
        (
            "room",
            "program-filter-room",
            rooms.iter().map(same).collect(),
            &wanted.room,
        ),
        (
            "category",
            "program-filter-category",
            categories.iter().map(same).collect(),
            &wanted.category,
        ),
        (
            "level",
            "program-filter-level",
            levels.collect(),
            &wanted.level,
        ),
        (
            "language",
            "program-filter-language",
            languages.iter().map(language_name).collect(),
            &wanted.language,
        ),
    ];
    all.into_iter()
        .filter(|(_, _, values, chosen)| values.len() > 1 || !chosen.is_empty())
        .map(|(name, key, values, chosen)| Filter {
            name,
            label: cx.text(key, &[]),
            options: options(values, chosen),
        })
        .collect()
}

/// The name of a language in the reader's.
pub(in crate::pages) fn language_label(cx: &Cx, tag: &str) -> String {
    let key = match tag
        .get(..2)
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "ja" => "program-language-ja",
        "en" => "program-language-en",
        "de" => "program-language-de",
        "fr" => "program-language-fr",
        "zh" => "program-language-zh",
        "ko" => "program-language-ko",
        _ => return tag.to_owned(),
    };
    cx.text(key, &[])
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_link_keeps_what_else_the_address_says() {
        let wanted = Wanted {
            day: "1".into(),
            q: "祭り & more".into(),
            track: "a".into(),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.with(&[("day", "2")]),
            "?day=2&track=a&q=%E7%A5%AD%E3%82%8A%20%26%20more"
        );
        assert_eq!(wanted.with(&[("track", ""), ("q", "")]), "?day=1");
    }
}
