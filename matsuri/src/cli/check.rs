//! `matsuri check`.

use anyhow::{Context as _, Result, bail};
use identity::oidc::Providers;
use kernel::Clock;
use tokio::runtime::Builder;

use crate::config::{Config, KEYS};
use crate::process::say;
use crate::{data, serve};

/// Shows every setting and tries what can be tried without changing anything.
pub(super) fn check(config: &Config) -> Result<()> {
    for key in KEYS {
        let place = config
            .places
            .get(key.name)
            .map_or("default", String::as_str);
        say(&format!(
            "{:16} {:32} {place:20} # {}",
            key.name,
            (key.show)(config),
            key.help
        ));
    }
    for own in &config.providers {
        let public = config.public_url.as_deref().unwrap_or("PUBLIC_URL");
        say(&format!(
            "sign_in.oidc.{}: {} as {}; it sends people back to {}",
            own.name,
            own.issuer,
            own.client_id,
            own.callback(public)
        ));
    }
    let purpose = data::purpose_of(&config.data);
    data::check(&config.data, purpose)?;
    serve::texts()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if config.database.is_some() {
        runtime.block_on(async {
            let db = db::Db::open(&config.database_address()).await;
            db.context("database: cannot be opened")?.close().await;
            anyhow::Ok(())
        })?;
    }
    let providers = Providers::new(config.providers.clone())?;
    let complaints = runtime.block_on(providers.try_all(Clock::system().now()));
    if !complaints.is_empty() {
        bail!(complaints.join("\n"));
    }
    say("nothing is wrong with it");
    Ok(())
}
