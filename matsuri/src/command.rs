//! Commands that change or read state. The same code runs them here or in the server that has the folder.

mod dreamkast;
mod keys;
mod schedule;

use std::sync::Arc;

use identity::Role;
use identity::actions::{self, Persona};
use kernel::Error;
use media_core::Seat;
use program::{Programme, Track};
use serde::{Deserialize, Serialize};
use web::Locale;

use crate::control::Answer;
use crate::site::Features;

pub use dreamkast::Dreamkast;
pub use schedule::Form;

/// What commands work with.
#[derive(Clone)]
pub struct Tools {
    /// The features; where no server runs, nobody is connected to them and nothing happens by itself.
    pub features: Features,
}

/// A command and who it is for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// `ja` or `en`.
    pub language: String,
    /// What to do.
    pub command: Command,
}

/// What can be asked for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// Makes an account, or gives an account a role.
    UserAdd {
        /// Mail address.
        email: String,
        /// Name, for a new account.
        name: Option<String>,
        /// The site's owner.
        owner: bool,
        /// A role and the conference that it is for.
        role: Option<(Role, String)>,
    },
    /// Makes a sign-in link.
    UserSignIn {
        /// Mail address of an account.
        email: String,
    },
    /// Imports a schedule file.
    ImportSchedule {
        /// The file, in base64: it may be no text at all.
        file: String,
        /// Zone of clock times that name none.
        zone: String,
    },
    /// Imports an export of Dreamkast.
    ImportDreamkast(Dreamkast),
    /// Writes a schedule file.
    ExportSchedule {
        /// Name of the conference.
        conference: String,
        /// Which kind of file.
        form: Form,
    },
    /// Does something about the stream key of a track.
    StreamKey {
        /// What.
        verb: KeyVerb,
        /// Name of the conference.
        conference: String,
        /// Name of the track.
        track: String,
        /// Which of the track's inputs.
        seat: Seat,
    },
}

/// What can be done about a stream key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum KeyVerb {
    /// Tells which there are and were.
    List,
    /// Makes a new one, which ends the old one.
    Rotate,
    /// Ends it.
    Revoke,
}

/// Why a command was not done.
#[derive(Debug)]
pub enum Refusal {
    /// By a use case.
    Error(Error),
    /// In words already.
    Words(String),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// What a command prints.
type Outcome = Result<String, Refusal>;

/// A command at work.
struct Work<'a> {
    features: &'a Features,
    locale: Locale,
}

impl Call {
    /// Does it; refusals come in the caller's language.
    pub async fn run(self, tools: &Tools) -> Answer {
        let locale = Locale::parse(&self.language).unwrap_or(tools.features.app.site.locale);
        let work = Work {
            features: &tools.features,
            locale,
        };
        match work.run(self.command).await {
            Ok(text) => Answer::Done(text),
            Err(Refusal::Words(words)) => Answer::Refused(words),
            Err(Refusal::Error(error)) => Answer::Refused(work.explain(&error)),
        }
    }
}

impl Work<'_> {
    async fn run(&self, command: Command) -> Outcome {
        match command {
            Command::UserAdd {
                email,
                name,
                owner,
                role,
            } => self.add_user(&email, name, owner, role).await,
            Command::UserSignIn { email } => {
                let app = &self.features.app;
                let path = actions::sign_in_path(&app.db, &email, app.clock.now()).await?;
                Ok(app.site.url(&path))
            }
            Command::ImportSchedule { file, zone } => self.import(&file, zone).await,
            Command::ImportDreamkast(request) => self.import_dreamkast(request).await,
            Command::ExportSchedule { conference, form } => self.export(&conference, form).await,
            Command::StreamKey {
                verb,
                conference,
                track,
                seat,
            } => self.stream_key(verb, &conference, &track, seat).await,
        }
    }

    async fn add_user(
        &self,
        email: &str,
        name: Option<String>,
        owner: bool,
        role: Option<(Role, String)>,
    ) -> Outcome {
        let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
        let (role, conferences) = match role {
            Some((role, slug)) => (
                Some(role),
                vec![self.programme(&slug).await?.conference.id.clone()],
            ),
            None => (None, Vec::new()),
        };
        let persona = Persona {
            email,
            name: &name,
            role,
            conferences: &conferences,
            owner,
        };
        let app = &self.features.app;
        let account = actions::enrol(&app.db, &persona, app.clock.now()).await?;
        Ok(format!("{account} {email}"))
    }

    async fn programme(&self, slug: &str) -> Result<Arc<Programme>, Refusal> {
        let found = self
            .features
            .programmes
            .named(&self.features.app.db, slug)
            .await?;
        found.ok_or_else(|| Refusal::Words(self.text("matsuri-not-found-conference", &[])))
    }

    fn track<'p>(&self, programme: &'p Programme, slug: &str) -> Result<&'p Track, Refusal> {
        let track = programme.track_named(slug);
        track.ok_or_else(|| Refusal::Words(self.text("matsuri-not-found-track", &[])))
    }

    fn text(&self, key: &str, args: &[(&str, &str)]) -> String {
        self.features.app.texts.get(self.locale, key, args)
    }

    /// An error in words.
    fn explain(&self, error: &Error) -> String {
        let texts = &self.features.app.texts;
        match error {
            Error::Invalid(fields) => {
                let told = fields.iter().map(|field| {
                    format!(
                        "{}: {}",
                        field.name,
                        texts.message(self.locale, &field.message)
                    )
                });
                told.collect::<Vec<_>>().join("\n")
            }
            Error::Conflict(message) | Error::Forbidden(message) => {
                texts.message(self.locale, message)
            }
            other => {
                tracing::error!("a command failed: {other}");
                other.to_string()
            }
        }
    }
}
