//! Signing in by somebody else's accounts: OpenID Connect, authorization code with PKCE.
//!
//! Invariants: an ID token counts only when everything about it was checked ([`token`], which knows no network); what a
//! provider said about itself is kept for an hour and fetched by one request at a time; every call ends in time, and a
//! provider that is away is asked again only after a pause, so that nobody waits behind it. No secret is logged.

mod provider;
mod settings;
mod token;

use std::sync::Arc;

use kernel::{Error, Timestamp};

pub(crate) use provider::{Provider, Return};
pub use settings::Settings;
pub(crate) use token::Claims;

/// Why a provider's answer is not accepted. For logs; people get a sentence of their own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// Nobody there, too late, or not what the specification says.
    #[error("the provider cannot be used: {0}")]
    Away(String),
    /// It does not know the code, or us.
    #[error("the provider refused the code: {0}")]
    Refused(String),
    /// What it says about the person does not hold.
    #[error("the ID token is not accepted: {0}")]
    Token(#[from] token::Broken),
}

/// The providers of a site, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Providers(Arc<[Arc<Provider>]>);

impl Providers {
    /// Providers as they are configured.
    ///
    /// # Errors
    /// Where no request can be sent at all, as on a machine without any certificate authority.
    pub fn new(settings: Vec<Settings>) -> kernel::Result<Self> {
        if settings.is_empty() {
            return Ok(Self::default());
        }
        let client = provider::client().map_err(Error::internal)?;
        let provider = |own| Arc::new(Provider::new(own, client.clone()));
        Ok(Self(settings.into_iter().map(provider).collect()))
    }

    /// The provider of a name.
    pub(crate) fn find(&self, name: &str) -> kernel::Result<&Arc<Provider>> {
        let found = self.0.iter().find(|own| own.settings.name == name);
        found.ok_or(Error::NotFound("provider"))
    }

    /// What people call a provider; its name where it is configured no more.
    pub(crate) fn label<'a>(&'a self, name: &'a str) -> &'a str {
        self.find(name)
            .map_or(name, |provider| provider.settings.label.as_str())
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.iter()
    }

    /// Asks every provider what it says about itself: one line for each that cannot be used.
    pub async fn try_all(&self, now: Timestamp) -> Vec<String> {
        let mut complaints = Vec::new();
        for provider in self.all() {
            if let Err(broken) = provider.known(now).await {
                let name = &provider.settings.name;
                complaints.push(format!("sign_in.oidc.{name}: {broken}"));
            }
        }
        complaints
    }
}
