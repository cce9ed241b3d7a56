//! A server as a process: logs, runtimes, signals, what it tells people.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Result;
use kernel::Clock;
use platform::telemetry::{self, Format};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::data::{self, Purpose};
use crate::limits;
use crate::serve::Server;

/// Logs go to standard error: for people when it is a terminal, for machines otherwise.
pub fn begin_logging(config: &Config) -> Result<()> {
    let by_itself = if std::io::stderr().is_terminal() {
        Format::Human
    } else {
        Format::Json
    };
    let format = config.log_format.unwrap_or(by_itself);
    Ok(telemetry::init(
        format,
        &config.log_filter,
        Clock::system(),
    )?)
}

/// The two runtimes: `io` for listeners and media, the other for pages, templates and jobs.
pub struct Runtimes {
    /// Bytes on wires.
    pub io: Runtime,
    /// Everything that computes.
    pub web: Runtime,
}

impl Runtimes {
    /// Both, with a thread per processor.
    pub fn new() -> Result<Self> {
        let build = |name: &str| {
            Builder::new_multi_thread()
                .thread_name(name)
                .enable_all()
                .build()
        };
        Ok(Self {
            io: build("io")?,
            web: build("web")?,
        })
    }

    /// Ends what is left; everything that matters was waited for.
    pub fn end(self) {
        self.web.shutdown_background();
        self.io.shutdown_background();
    }
}

/// Serves until a signal.
pub fn serve(config: &Config) -> Result<()> {
    begin_logging(config)?;
    let runtimes = Runtimes::new()?;
    let io = runtimes.io.handle().clone();
    let outcome = runtimes.web.block_on(async {
        let mut signals = Signals::new()?;
        let server = Server::start(config, Purpose::Serve, &io).await?;
        announce(&server);
        signals.end().await;
        server.drain().await;
        Ok(())
    });
    runtimes.end();
    outcome
}

/// Serves the demo until a signal, anew where that is asked for.
pub fn demo(config: &Config, fresh: bool) -> Result<()> {
    begin_logging(config)?;
    if fresh {
        data::reset_demo(&config.data)?;
    }
    let runtimes = Runtimes::new()?;
    let io = runtimes.io.handle().clone();
    let outcome = runtimes.web.block_on(async {
        let mut signals = Signals::new()?;
        let server = Server::start(config, Purpose::Demo, &io).await?;
        let outcome = tokio::select! {
            () = signals.end() => Ok(()),
            Err(error) = crate::demo::perform(&server) => Err(error),
        };
        server.drain().await;
        outcome
    });
    runtimes.end();
    outcome
}

/// The signals that end a server.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first; a second one ends the process at once.
    pub async fn end(&mut self) {
        let name = self.next().await;
        tracing::info!("{name}: finishing what was accepted; a second signal ends at once");
        if let (Ok(mut again), handle) = (Self::new(), Handle::current()) {
            handle.spawn(async move {
                again.next().await;
                std::process::exit(130);
            });
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Tells people where everything is. The owner's link is a secret, so it is printed and never logged.
pub fn announce(server: &Server) {
    let mut lines = vec![
        format!("Matsuri {} is ready.", env!("CARGO_PKG_VERSION")),
        format!(
            "  site     {}  (listening on {})",
            server.features.app.site.public_url, server.http
        ),
    ];
    lines.push(format!("  publish  {}/KEY", server.publish));
    if let Some(media) = server.media_at {
        lines.push(format!("  media    {media}  (media alone, lean)"));
    }
    if let Some(metrics) = server.metrics {
        lines.push(format!("  metrics  http://{metrics}/metrics"));
    }
    if let Some(link) = &server.owner_link {
        lines.push(format!("  owner    {link}"));
        lines.push("           opened once, it makes you the owner of this site".to_owned());
    }
    let connections = server.connections_max;
    let viewers = connections / limits::CONNECTIONS_PER_VIEWER;
    lines.push(format!(
        "  room     for about {viewers} viewers ({connections} connections)"
    ));
    say(&lines.join("\n"));
    tracing::info!(http = %server.http, connections, "serving on {}", server.http);
}

/// Prints for people. Nobody has to listen: a closed standard output ends no server.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
