//! Commands that change or read state. The same code runs them here or in the server that has the folder.

use std::sync::Arc;

use db::Db;
use identity::Role;
use identity::actions::{self, Persona};
use kernel::{Clock, Error, Result};
use platform::{Bus, Tasks};
use serde::{Deserialize, Serialize};
use web::{Locale, Texts};

use crate::control::Answer;

/// What commands work with.
#[derive(Clone)]
pub struct Tools {
    /// The store.
    pub db: Db,
    /// News to the running features; nobody listens where no server runs.
    pub bus: Bus,
    /// Where time comes from.
    pub clock: Clock,
    /// For work that outlives the command.
    pub tasks: Tasks,
    /// How people reach the site.
    pub public_url: String,
    /// Words for refusals.
    pub texts: Arc<Texts>,
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
    UserLink {
        /// Mail address of an account.
        email: String,
    },
}

impl Call {
    /// Does it; refusals come in the caller's language.
    pub async fn run(self, tools: &Tools) -> Answer {
        let locale = Locale::parse(&self.language).unwrap_or(Locale::En);
        match self.command.run(tools).await {
            Ok(text) => Answer::Done(text),
            Err(error) => Answer::Refused(explain(&tools.texts, locale, &error)),
        }
    }
}

impl Command {
    async fn run(self, tools: &Tools) -> Result<String> {
        match self {
            Self::UserAdd {
                email,
                name,
                owner,
                role,
            } => {
                let name =
                    name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
                let now = tools.clock.now();
                let (role, conferences) = match role {
                    Some((role, slug)) => (Some(role), vec![conference(tools, &slug).await?]),
                    None => (None, Vec::new()),
                };
                let persona = Persona {
                    email: &email,
                    name: &name,
                    role,
                    conferences: &conferences,
                    owner,
                };
                let account = actions::enrol(&tools.db, &persona, now).await?;
                Ok(format!("{account} {email}"))
            }
            Self::UserLink { email } => {
                let path = actions::sign_in_path(&tools.db, &email, tools.clock.now()).await?;
                Ok(format!("{}{path}", tools.public_url))
            }
        }
    }
}

async fn conference(tools: &Tools, slug: &str) -> Result<identity::ConferenceId> {
    let found = crate::site::conferences().find(&tools.db, slug).await?;
    found.ok_or(Error::NotFound("conference"))
}

/// An error in words.
fn explain(texts: &Texts, locale: Locale, error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            let told = fields
                .iter()
                .map(|field| format!("{}: {}", field.name, texts.message(locale, &field.message)));
            told.collect::<Vec<_>>().join("\n")
        }
        Error::Conflict(message) | Error::Forbidden(message) => texts.message(locale, message),
        other => other.to_string(),
    }
}
