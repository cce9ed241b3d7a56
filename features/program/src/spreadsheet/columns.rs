//! What the columns of a file are about.

use std::collections::BTreeMap;

use kernel::search::fold;
use kernel::word_enum;

word_enum! {
    /// What the rows of a file are.
    pub enum Kind {
        /// Talks.
        Talks = "talks",
        /// Speakers.
        Speakers = "speakers",
    }
}

word_enum! {
    /// What a column is about.
    pub enum Field {
        /// The number by which a talk or speaker is known here.
        Number = "number",
        /// The code by which it is known elsewhere.
        Code = "code",
        /// Title.
        Title = "title",
        /// Subtitle.
        Subtitle = "subtitle",
        /// Day, beginning and perhaps end in one cell.
        When = "when",
        /// Day.
        Day = "day",
        /// Clock time at which it begins.
        Starts = "starts",
        /// Clock time at which it ends.
        Ends = "ends",
        /// Length.
        Minutes = "minutes",
        /// Track by name.
        Track = "track",
        /// Room by name.
        Room = "room",
        /// Who speaks, by name.
        Speakers = "speakers",
        /// What people see of it.
        State = "state",
        /// Category by name.
        Category = "category",
        /// Kind.
        Kind = "kind",
        /// Level by word or name.
        Level = "level",
        /// Language.
        Language = "language",
        /// Short text.
        Abstract = "abstract",
        /// Long text.
        Description = "description",
        /// A speaker's name.
        Name = "name",
        /// A speaker's biography.
        Biography = "biography",
        /// Address of a speaker's picture.
        Avatar = "avatar",
    }
}

impl Field {
    /// Key of its name for people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Number => "program-person-number",
            Self::Code => "program-talk-code",
            Self::Title => "program-talk-title",
            Self::Subtitle => "program-talk-subtitle",
            Self::When => "program-talk-when",
            Self::Day => "program-talk-day",
            Self::Starts => "program-talk-starts",
            Self::Ends => "program-talk-ends",
            Self::Minutes => "program-talk-minutes",
            Self::Track => "program-talk-track",
            Self::Room => "program-talk-room",
            Self::Speakers => "program-talk-speaker",
            Self::State => "program-talk-state",
            Self::Category => "program-talk-category",
            Self::Kind => "program-talk-kind",
            Self::Level => "program-talk-level",
            Self::Language => "program-talk-language",
            Self::Abstract => "program-talk-abstract",
            Self::Description => "program-talk-description",
            Self::Name => "program-person-name",
            Self::Biography => "program-person-biography",
            Self::Avatar => "program-person-avatar",
        }
    }
}

impl Kind {
    /// What columns of such a file may be about, in the order in which people choose.
    pub(crate) const fn fields(self) -> &'static [Field] {
        match self {
            Self::Talks => &[
                Field::Number,
                Field::Code,
                Field::Title,
                Field::Subtitle,
                Field::When,
                Field::Day,
                Field::Starts,
                Field::Ends,
                Field::Minutes,
                Field::Track,
                Field::Room,
                Field::Speakers,
                Field::State,
                Field::Category,
                Field::Kind,
                Field::Level,
                Field::Language,
                Field::Abstract,
                Field::Description,
            ],
            Self::Speakers => &[
                Field::Number,
                Field::Code,
                Field::Name,
                Field::Biography,
                Field::Avatar,
            ],
        }
    }
}

/// What each column of a file is about; none for one that is left out.
pub(crate) type Columns = Vec<Option<Field>>;

/// What columns called so are about: as somebody said it last time, else by what `names` says a field may be called.
/// No field twice: the first column that is called so has it.
pub(crate) fn guess(
    kind: Kind,
    header: &[String],
    remembered: &BTreeMap<String, String>,
    names: &dyn Fn(Field) -> Vec<String>,
) -> Columns {
    let mut known: BTreeMap<String, Field> = BTreeMap::new();
    for field in kind.fields() {
        known.insert(plain(field.as_str()), *field);
    }
    for field in kind.fields() {
        for name in names(*field) {
            known.entry(plain(&name)).or_insert(*field);
        }
    }
    known.remove("");
    let mut taken = Vec::new();
    let mut columns = Vec::new();
    for name in header {
        let said = remembered.get(name.trim());
        let field = match said {
            Some(word) => Field::parse(word).filter(|field| kind.fields().contains(field)),
            None => known.get(&plain(name)).copied(),
        };
        let field = field.filter(|field| !taken.contains(field));
        taken.extend(field);
        columns.push(field);
    }
    columns
}

/// A name without what people write this way or that.
fn plain(name: &str) -> String {
    fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_names_and_by_what_was_said_last_time() {
        let names = |field: Field| match field {
            Field::Title => vec!["タイトル".to_owned(), "Session title".to_owned()],
            Field::Speakers => vec!["登壇者".to_owned()],
            _ => Vec::new(),
        };
        let header = [
            "ﾀｲﾄﾙ",
            "SESSION_TITLE",
            " 登壇者 ",
            "備考",
            "minutes",
            "name",
        ];
        let header = header.map(str::to_owned);
        let guessed = guess(Kind::Talks, &header, &BTreeMap::new(), &names);
        let expected = [
            Some(Field::Title),
            None,
            Some(Field::Speakers),
            None,
            Some(Field::Minutes),
            None,
        ];
        assert_eq!(guessed, expected);
        let remembered = [("ﾀｲﾄﾙ", ""), ("備考", "abstract"), ("minutes", "name")];
        let remembered = remembered
            .into_iter()
            .map(|(name, word)| (name.to_owned(), word.to_owned()));
        let guessed = guess(Kind::Talks, &header, &remembered.collect(), &names);
        let expected = [
            None,
            Some(Field::Title),
            Some(Field::Speakers),
            Some(Field::Abstract),
            None,
            None,
        ];
        assert_eq!(guessed, expected);
    }
}
