//! The command line.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use identity::Role;
use kernel::Clock;
use platform::telemetry::{self, Format};
use platform::{Bus, Tasks};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::command::{Call, Command, Tools};
use crate::config::{self, Config, Given, KEYS, Reach};
use crate::control::{self, Answer};
use crate::data::{self, DataFolder, InUse, Purpose};
use crate::limits;
use crate::serve::{self, Server};

/// A conference platform in one program: site, timetable, live streams, chat.
#[derive(Parser)]
#[command(name = "matsuri", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the server.
    Serve(Flags),
    /// Accounts: give roles, make sign-in links.
    #[command(subcommand)]
    User(User),
    /// Say what is wrong with the configuration, in one line each.
    Check(Flags),
}

/// Settings as flags; they win over the environment and the file.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// File with settings; ./matsuri.toml where there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for everything that lasts.
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Address of the database server, as postgres://…; a file in the data folder otherwise.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Address of site, API, websocket and media.
    #[arg(long, value_name = "ADDR")]
    http: Option<String>,
    /// Address for RTMP publishers.
    #[arg(long, value_name = "ADDR")]
    rtmp: Option<String>,
    /// Address for metrics, or off.
    #[arg(long, value_name = "ADDR|off")]
    metrics: Option<String>,
    /// How people reach the site, as in <https://conf.example.org>.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Certificate chain in PEM; the site is served over TLS then.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Private key that belongs to the certificate, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
}

/// Where the data of a command is.
#[derive(Args, Clone, Debug)]
struct Where {
    /// File with settings; ./matsuri.toml where there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for everything that lasts.
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Address of the database server, as postgres://…; a file in the data folder otherwise.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

#[derive(Subcommand)]
enum User {
    /// Make an account, or give one a role.
    Add {
        /// Mail address.
        email: String,
        /// Name of a new account.
        #[arg(long)]
        name: Option<String>,
        /// Make it the owner of the site.
        #[arg(long)]
        owner: bool,
        /// A role in a conference's team: chair, contents, broadcast, operation, desk, promotion, platform.
        #[arg(long, value_parser = role, requires = "conference")]
        role: Option<Role>,
        /// The conference of the role.
        #[arg(long, value_name = "CONF", requires = "role")]
        conference: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Print a sign-in link that works once.
    Link {
        /// Mail address.
        email: String,
        #[command(flatten)]
        place: Where,
    },
}

fn role(word: &str) -> Result<Role, String> {
    let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    Role::parse(word).ok_or_else(|| format!("there are {}", words.join(", ")))
}

impl Flags {
    fn given(&self) -> Vec<Given> {
        let flags = [
            ("data", &self.data),
            ("database", &self.database),
            ("http", &self.http),
            ("rtmp", &self.rtmp),
            ("metrics", &self.metrics),
            ("public_url", &self.public_url),
            ("tls.cert", &self.tls_cert),
            ("tls.key", &self.tls_key),
        ];
        let given = flags.into_iter().filter_map(|(key, value)| {
            Some(Given {
                place: format!("--{}", key.replace('_', "-")),
                key: key.to_owned(),
                value: value.clone()?,
            })
        });
        given.collect()
    }

    /// The configuration with these flags.
    ///
    /// # Errors
    /// One line for each thing that cannot be used.
    pub fn config(&self, reach: Reach) -> Result<Config, Vec<String>> {
        let mut complaints = Vec::new();
        let mut given = Vec::new();
        let mut collect = |more: Result<Vec<Given>, Vec<String>>| match more {
            Ok(more) => given.extend(more),
            Err(more) => complaints.extend(more),
        };
        collect(self.file());
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        collect(config::from_environment(variables));
        collect(Ok(self.given()));
        let mut config = Config::new(reach);
        if let Err(more) = config.apply(&given) {
            complaints.extend(more);
        }
        if complaints.is_empty() {
            Ok(config)
        } else {
            Err(complaints)
        }
    }

    fn file(&self) -> Result<Vec<Given>, Vec<String>> {
        let named = self
            .config
            .clone()
            .or_else(|| variable("MATSURI_CONFIG").map(PathBuf::from));
        let path = named
            .clone()
            .unwrap_or_else(|| PathBuf::from("matsuri.toml"));
        match std::fs::read_to_string(&path) {
            Ok(text) => config::from_file(&path, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Vec::new())
            }
            Err(error) => Err(vec![format!("{}: cannot be read: {error}", path.display())]),
        }
    }
}

impl From<Where> for Flags {
    fn from(place: Where) -> Self {
        let Where {
            config,
            data,
            database,
        } = place;
        Self {
            config,
            data,
            database,
            ..Self::default()
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value: OsString| value.into_string().ok())
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    // Before the first client of anything: there is exactly one provider of cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let outcome = match cli.verb {
        Verb::Serve(flags) => match flags.config(Reach::Everybody) {
            Ok(config) => serve(&config),
            Err(complaints) => return complain(&complaints),
        },
        Verb::Check(flags) => match flags.config(Reach::Everybody) {
            Ok(config) => check(&config),
            Err(complaints) => return complain(&complaints),
        },
        Verb::User(User::Add {
            email,
            name,
            owner,
            role,
            conference,
            place,
        }) => {
            let role = role.zip(conference);
            return command(
                &place.into(),
                Command::UserAdd {
                    email,
                    name,
                    owner,
                    role,
                },
            );
        }
        Verb::User(User::Link { email, place }) => {
            return command(&place.into(), Command::UserLink { email });
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matsuri: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn complain(complaints: &[String]) -> ExitCode {
    for complaint in complaints {
        eprintln!("{complaint}");
    }
    ExitCode::from(2)
}

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

fn serve(config: &Config) -> Result<()> {
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
            server.app.site.public_url, server.http
        ),
    ];
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

fn check(config: &Config) -> Result<()> {
    for key in KEYS {
        say(&format!("{:16} {:40} # {}", key.name, (key.show)(config), key.help));
    }
    let purpose = purpose_of(&config.data);
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
    say("nothing is wrong with it");
    Ok(())
}

fn purpose_of(folder: &Path) -> Purpose {
    match data::check(folder, Purpose::Serve) {
        Ok(()) => Purpose::Serve,
        Err(_) => Purpose::Demo,
    }
}

/// Has a command run by the server of its folder, or here when none runs.
fn command(flags: &Flags, command: Command) -> ExitCode {
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
        Err(error) => {
            eprintln!("matsuri: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run_anywhere(config: &Config, call: Call) -> Result<Answer> {
    let folder = match DataFolder::open(&config.data, purpose_of(&config.data)) {
        Ok(folder) => folder,
        Err(error) if error.is::<InUse>() => return control::ask(&config.data, &call).await,
        Err(error) => return Err(error),
    };
    let clock = Clock::system();
    let tools = Tools {
        db: serve::open(config, &clock).await?,
        bus: Bus::new(),
        clock,
        tasks: Tasks::new(Handle::current()),
        public_url: config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{}", config.http.addr.port())),
        texts: Arc::new(serve::texts()?),
    };
    let answer = call.run(&tools).await;
    tools.db.close().await;
    drop(folder);
    Ok(answer)
}
