//! Commands on a data folder, run by its server or, where none runs, here.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use identity::CookieSessions;
use kernel::Clock;
use platform::{Blobs, Bus, Tasks};
use tokio::runtime::{Builder, Handle};
use web::{App, Site};

use super::flags::{Flags, variable};
use super::{complain, failed};
use crate::command::{Call, Command, Tools};
use crate::config::{Config, Reach};
use crate::control::{self, Answer};
use crate::data::{self, DataFolder, InUse};
use crate::limits;
use crate::process::say;
use crate::serve;
use crate::site::Features;

/// The bytes of a file or of what is at an address.
pub(super) fn fetch(source: &str) -> Result<Vec<u8>> {
    if !source.starts_with("https://") && !source.starts_with("http://") {
        return std::fs::read(source).with_context(|| format!("cannot read {source}"));
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(limits::FETCH_TIMEOUT)
            .build()?;
        let mut answer = client.get(source).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            body.extend_from_slice(&piece);
            // One byte more than allowed is enough to be told so.
            if body.len() > program::limits::SCHEDULE_BYTES_MAX {
                break;
            }
        }
        Ok(body)
    })
}

/// Has a command run by the server of its folder, or here when none runs.
pub(super) fn ask(flags: &Flags, command: Command) -> ExitCode {
    let config = match flags.config(Reach::Everybody) {
        Ok(config) => config,
        Err(complaints) => return complain(&complaints),
    };
    let spoken = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(variable);
    let call = Call {
        language: spoken.unwrap_or_default(),
        command,
    };
    let outcome = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start")
        .and_then(|runtime| runtime.block_on(run_anywhere(&config, call)));
    match outcome {
        Ok(Answer::Done(text)) => {
            if !text.is_empty() {
                say(text.trim_end_matches('\n'));
            }
            ExitCode::SUCCESS
        }
        Ok(Answer::Refused(reason)) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
        Err(error) => failed(&error),
    }
}

async fn run_anywhere(config: &Config, call: Call) -> Result<Answer> {
    let folder = match DataFolder::open(&config.data, data::purpose_of(&config.data)) {
        Ok(folder) => folder,
        Err(error) if error.is::<InUse>() => return control::ask(&config.data, &call).await,
        Err(error) => return Err(error),
    };
    let clock = Clock::system();
    let app = App {
        db: serve::open(config, &clock).await?,
        blobs: Blobs::new(folder.folder(data::FILES)?),
        bus: Bus::new(),
        clock: clock.clone(),
        tasks: Tasks::new(Handle::current()),
        texts: Arc::new(serve::texts()?),
        site: Arc::new(Site {
            public_url: serve::public_url(config, config.http.addr),
            locale: config.language,
            demo: false,
            media_url: config.media_url.clone(),
            mails: config.mail_server.is_some(),
        }),
        sessions: Arc::new(CookieSessions),
    };
    let channels = serve::channels(config, &clock, None);
    let publish = serve::publish_url("rtmp", &app.site.public_url, config.rtmp.addr);
    let tools = Tools {
        features: Features::new(app.clone(), channels, publish.as_str(), 0).await?,
    };
    let answer = call.run(&tools).await;
    app.tasks.shutdown(limits::TASKS_END).await;
    app.db.close().await;
    drop(folder);
    Ok(answer)
}
