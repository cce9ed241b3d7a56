//! Letters: the mails of the product. Each has a first wording in the message files of its feature, in every
//! language, and a team may word it differently for its conference.
//!
//! A wording names its variables in braces, as in `{url}`. Values are put in once and never read again, so that
//! a name with braces in it stays a name.

use db::Run;
use kernel::{Error, Field, Message, Result, text};
use platform::limits;
use platform::mail::{Mail, Origin};
use platform::wording::{self, Wording};

use crate::texts::{Locale, Texts};

/// The scope of what belongs to no conference.
pub const SITE: &str = "";

/// A letter as its feature declares it.
///
/// Its texts are `{name}-subject` and `{name}-text`; for those who word it anew, `{name}-about` says when it is
/// sent. Each variable has keys of its own that explain it.
#[derive(Clone, Copy, Debug)]
pub struct Letter {
    /// Name, and the beginning of its message keys.
    pub name: &'static str,
    /// Who may word it anew.
    pub reach: Reach,
    /// What its text may name.
    pub variables: &'static [Variable],
}

/// A variable as it is explained to those who word a letter.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Name, as between braces.
    pub name: &'static str,
    /// Whether the text has to have it.
    pub needed: bool,
    /// What it stands for, in the reader's language.
    pub about: String,
    /// A made-up value in the letter's language.
    pub example: String,
}

/// How far a letter reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It belongs to the site: the owner words it.
    Site,
    /// It is sent for a conference: its team may word it, and the owner for all that do not.
    Conference,
}

/// Something that differs from copy to copy.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Name, as between braces.
    pub name: &'static str,
    /// Without it the letter is of no use, such as the link of a sign-in mail.
    pub needed: bool,
    /// Begins the keys of its explanation: `{key}-about` and `{key}-example`.
    pub key: &'static str,
}

impl Letter {
    /// A mail to `to`, worded as the scope wants it.
    ///
    /// # Errors
    /// When the wording cannot be read.
    pub async fn write(
        &self,
        run: impl Run,
        texts: &Texts,
        locale: Locale,
        origin: Origin,
        to: &str,
        values: &[(&str, &str)],
    ) -> Result<Mail> {
        let wording = self.wording(run, &origin.scope, locale).await?;
        let (subject, text) = match wording {
            Some(wording) => filled(&wording.subject, &wording.body, values),
            None => self.first(texts, locale, values),
        };
        Ok(Mail {
            to: to.to_owned(),
            subject,
            text,
            html: None,
            origin: Origin {
                letter: self.name.to_owned(),
                ..origin
            },
        })
    }

    /// The wording that somebody gave it, for this scope or for all.
    async fn wording(
        &self,
        mut run: impl Run,
        scope: &str,
        locale: Locale,
    ) -> Result<Option<Wording>> {
        let own = wording::find(&mut run, scope, self.name, locale.as_str()).await?;
        if own.is_some() || scope.is_empty() {
            return Ok(own);
        }
        wording::find(run, SITE, self.name, locale.as_str()).await
    }

    /// The wording of the message files, with its variables in braces.
    pub fn first_wording(&self, texts: &Texts, locale: Locale) -> Wording {
        let names: Vec<_> = self
            .variables
            .iter()
            .map(|variable| variable.name)
            .collect();
        let braced: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
        let values: Vec<_> = names
            .iter()
            .zip(&braced)
            .map(|(name, braced)| (*name, braced.as_str()))
            .collect();
        let (subject, body) = self.first(texts, locale, &values);
        Wording {
            subject,
            body,
            version: 0,
        }
    }

    /// A copy with made-up values, so that somebody can see what a wording makes of them.
    pub fn example(
        &self,
        texts: &Texts,
        locale: Locale,
        subject: &str,
        body: &str,
    ) -> (String, String) {
        let explained = self.explained(texts, locale, locale);
        let values: Vec<_> = explained
            .iter()
            .map(|one| (one.name, one.example.as_str()))
            .collect();
        filled(subject, body, &values)
    }

    /// Its variables for a `reader` who words it in `locale`.
    pub fn explained(&self, texts: &Texts, reader: Locale, locale: Locale) -> Vec<Explained> {
        let explain = |Variable { name, needed, key }: &Variable| Explained {
            name,
            needed: *needed,
            about: texts.get(reader, &format!("{key}-about"), &[]),
            example: texts.get(locale, &format!("{key}-example"), &[]),
        };
        self.variables.iter().map(explain).collect()
    }

    /// A wording as somebody wrote it.
    ///
    /// # Errors
    /// A complaint per field: nothing in it, too long, a variable that the letter has not, or a needed one left out.
    pub fn parse(&self, subject: &str, body: &str) -> Result<(String, String)> {
        let subject = text::clean(subject, text::Lines::One);
        let body = text::clean(body, text::Lines::Many);
        let mut complaints = Vec::new();
        self.judge(
            "subject",
            &subject,
            limits::WORDING_SUBJECT_CHARS,
            &mut complaints,
        );
        self.judge("body", &body, limits::WORDING_TEXT_CHARS, &mut complaints);
        for variable in self.variables.iter().filter(|variable| variable.needed) {
            if !body.contains(&format!("{{{}}}", variable.name)) {
                let missing =
                    Message::new("web-letter-variable-missing").with("name", variable.name);
                complaints.push(Field {
                    name: "body".into(),
                    message: missing,
                });
            }
        }
        if complaints.is_empty() {
            Ok((subject, body))
        } else {
            Err(Error::Invalid(complaints))
        }
    }

    fn judge(&self, field: &'static str, text: &str, most: usize, complaints: &mut Vec<Field>) {
        let unknown = pieces(text).find_map(|piece| match piece {
            Piece::Variable(name) if !self.variables.iter().any(|own| own.name == name) => {
                Some(name)
            }
            _ => None,
        });
        let message = if text.is_empty() {
            Message::new("web-letter-empty")
        } else if text.chars().count() > most {
            Message::new("web-letter-too-long").with("most", most)
        } else if let Some(name) = unknown {
            Message::new("web-letter-variable-unknown").with("name", name)
        } else {
            return;
        };
        complaints.push(Field {
            name: field.into(),
            message,
        });
    }

    fn first(&self, texts: &Texts, locale: Locale, values: &[(&str, &str)]) -> (String, String) {
        let text = |part: &str| texts.get(locale, &format!("{}-{part}", self.name), values);
        (text("subject"), text("text"))
    }
}

fn filled(subject: &str, body: &str, values: &[(&str, &str)]) -> (String, String) {
    // A value with a line break in it must not begin another header.
    let subject = text::clean(&fill(subject, values), text::Lines::One);
    (subject, fill(body, values))
}

fn fill(wording: &str, values: &[(&str, &str)]) -> String {
    pieces(wording)
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable(name) => values
                .iter()
                .find_map(|(own, value)| (*own == name).then_some(*value))
                .unwrap_or_default(),
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// A wording cut at its variables. Braces around anything but a name are text.
fn pieces(wording: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = wording;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, behind)) = variable(rest) {
            rest = behind;
            return Some(Piece::Variable(name));
        }
        let braces = rest.char_indices().skip(1).map(|(at, _)| at);
        let end = braces
            .clone()
            .find(|at| rest.get(*at..).is_some_and(|from| variable(from).is_some()))
            .unwrap_or(rest.len());
        let (text, behind) = rest.split_at(end);
        rest = behind;
        Some(Piece::Text(text))
    })
}

/// The variable that a text begins with, and what follows it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|c: char| !c.is_ascii_lowercase() && c != '_')?;
    let (name, behind) = inside.split_at(end);
    let behind = behind.strip_prefix('}')?;
    (!name.is_empty()).then_some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: Letter = Letter {
        name: "web-test",
        reach: Reach::Site,
        variables: &[
            Variable {
                name: "url",
                needed: true,
                key: "web-test-url",
            },
            Variable {
                name: "name",
                needed: false,
                key: "web-test-name",
            },
        ],
    };

    #[test]
    fn values_are_put_in_once() {
        let values = [("name", "{url}"), ("url", "https://example.org")];
        assert_eq!(
            filled("To {name}", "{name}: {url} {x {}} {URL}", &values),
            (
                "To {url}".to_owned(),
                "{url}: https://example.org {x {}} {URL}".to_owned()
            )
        );
    }

    #[test]
    fn a_value_cannot_begin_another_header() {
        let (subject, _) = filled("{name}", "", &[("name", "Aiko\r\nBcc: x@example.org")]);
        assert!(!subject.contains(['\r', '\n']), "{subject:?}");
    }

    #[test]
    fn a_wording_names_what_the_letter_has_and_what_it_needs() {
        let complaints = |subject: &str, body: &str| match LETTER.parse(subject, body) {
            Err(Error::Invalid(complaints)) => complaints
                .iter()
                .map(|field| format!("{} {}", field.name, field.message))
                .collect(),
            _ => Vec::new(),
        };
        assert!(LETTER.parse("Hello {name}", "Here: {url}").is_ok());
        assert_eq!(
            complaints("", "Hello {who} {url}"),
            [
                "subject web-letter-empty",
                "body web-letter-variable-unknown (name: who)"
            ]
        );
        assert_eq!(
            complaints("Hello", "Hello {name}"),
            ["body web-letter-variable-missing (name: url)"]
        );
        let long = "x".repeat(limits::WORDING_SUBJECT_CHARS + 1);
        assert_eq!(
            complaints(&long, "{url}"),
            [format!(
                "subject web-letter-too-long (most: {})",
                limits::WORDING_SUBJECT_CHARS
            )]
        );
    }
}
