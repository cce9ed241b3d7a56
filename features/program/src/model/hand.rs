//! What was edited by hand. An import leaves it alone, until somebody releases it to the file again.

use kernel::word_enum;

word_enum! {
    /// What people see of a talk.
    pub enum TalkState {
        /// It is on the timetable.
        Planned = "planned",
        /// It is on the timetable, as one that does not happen.
        Cancelled = "cancelled",
        /// Only the team sees it.
        Hidden = "hidden",
    }
}

impl TalkState {
    /// Key of its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Planned => "program-state-planned",
            Self::Cancelled => "program-state-cancelled",
            Self::Hidden => "program-state-hidden",
        }
    }
}

word_enum! {
    /// A part of a talk or speaker that a person may have edited.
    pub enum Part {
        /// Title; a speaker's name.
        Title = "title",
        /// Subtitle.
        Subtitle = "subtitle",
        /// Kind.
        Kind = "kind",
        /// Language.
        Language = "language",
        /// Short text; a speaker's biography.
        Abstract = "abstract",
        /// Long text.
        Description = "description",
        /// Category.
        Category = "category",
        /// How much it expects of its listeners.
        Level = "level",
        /// Links.
        Links = "links",
        /// Slides and other files.
        Slides = "slides",
        /// Who speaks.
        Speakers = "speakers",
        /// Time, room and track.
        Placement = "placement",
        /// A speaker's picture.
        Picture = "picture",
    }
}

impl Part {
    /// Key of its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Title => "program-field-title",
            Self::Subtitle => "program-field-subtitle",
            Self::Kind => "program-field-kind",
            Self::Language => "program-field-language",
            Self::Abstract => "program-field-abstract",
            Self::Description => "program-field-description",
            Self::Category => "program-field-category",
            Self::Level => "program-field-level",
            Self::Links => "program-field-links",
            Self::Slides => "program-field-slides",
            Self::Speakers => "program-field-speakers",
            Self::Placement => "program-field-time",
            Self::Picture => "program-field-picture",
        }
    }
}

/// The parts that a row names.
pub fn parts(hand: &str) -> Vec<Part> {
    hand.split(' ').filter_map(Part::parse).collect()
}

/// Both the parts that a row names and others, as a row names them.
pub fn with_parts(hand: &str, more: &[Part]) -> String {
    let mut all = parts(hand);
    all.extend(more);
    all.sort_unstable();
    all.dedup();
    all.iter()
        .map(|part| part.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_unknown_words_are_nothing() {
        assert_eq!(with_parts("", &[]), "");
        let hand = with_parts("placement title other", &[Part::Title, Part::Links]);
        assert_eq!(hand, "title links placement");
        assert_eq!(parts(&hand), [Part::Title, Part::Links, Part::Placement]);
    }
}
