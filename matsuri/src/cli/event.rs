//! `matsuri export CONF all`.

use std::io::{BufWriter, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use db::Db;
use kernel::Clock;
use platform::Blobs;
use program::portable::People;

use super::backup::{configured, existing};
use super::flags::Where;
use crate::config::Config;
use crate::event::{self, Wish};
use crate::{data, serve};

#[derive(Args)]
pub(super) struct All {
    /// Leave the chat out.
    #[arg(long)]
    without_chat: bool,
    /// Name who wrote in the chat and who put talks on air; otherwise they are numbered.
    #[arg(long)]
    named: bool,
    #[command(flatten)]
    place: Where,
}

pub(super) fn export(conference: &str, what: All) -> ExitCode {
    let people = if what.named {
        People::Named
    } else {
        People::Anonymous
    };
    let chat = !what.without_chat;
    configured(what.place, async |config| {
        write(config, conference, people, chat).await
    })
}

async fn write(config: &Config, conference: &str, people: People, chat: bool) -> Result<()> {
    if std::io::stdout().is_terminal() {
        bail!(
            "the file is no text for a terminal: write it somewhere, as in `matsuri export {conference} all > {conference}.tar`"
        );
    }
    let db = Db::open(existing(config)?.as_str())
        .await
        .context("cannot open the database")?;
    let public_url = serve::public_url(config, config.http.addr);
    let wish = Wish {
        conference,
        people,
        chat,
        public_url: &public_url,
        now: Clock::system().now(),
    };
    let mut snapshot = db.snapshot().await?;
    let blobs = Blobs::new(config.data.join(data::FILES));
    let out = BufWriter::new(std::io::stdout());
    let written = event::write(&mut snapshot, &blobs, &wish, out).await;
    drop(snapshot);
    db.close().await;
    written.map(drop)
}
