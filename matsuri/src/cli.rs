//! The command line.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use identity::{CookieSessions, Role};
use kernel::Clock;
use platform::telemetry::{self, Format};
use platform::{Bus, Tasks};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use web::{App, Site};

use crate::command::{Call, Command, Form, KeyVerb, Tools};
use crate::config::{self, Config, Given, KEYS, Reach};
use crate::control::{self, Answer};
use crate::data::{self, DataFolder, InUse, Purpose};
use crate::limits;
use crate::serve::{self, Server};
use crate::site::Features;

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
    /// Run a server with a conference that is on air right now, to look at.
    Demo {
        /// Begin anew: forget everything that happened in the demo.
        #[arg(long)]
        fresh: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Accounts: give roles, make sign-in links.
    #[command(subcommand)]
    User(User),
    /// Bring in what other programs wrote.
    #[command(subcommand)]
    Import(Import),
    /// Write a conference for other programs, to standard output.
    Export {
        /// Name of the conference.
        conference: String,
        /// What of it.
        #[command(subcommand)]
        what: Export,
    },
    /// Stream keys of a track.
    #[command(subcommand)]
    StreamKey(StreamKey),
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
    SignIn {
        /// Mail address.
        email: String,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Subcommand)]
enum Import {
    /// schedule.xml or schedule.json: makes the conference that it names, or updates it.
    Schedule {
        /// A file, or an address that begins with https:// or http://.
        #[arg(value_name = "FILE|URL")]
        source: String,
        /// IANA zone of clock times that name none, as in Asia/Tokyo.
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        zone: String,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Subcommand)]
enum Export {
    /// The timetable as schedule.xml or schedule.json.
    Schedule {
        /// Which of the two.
        #[arg(long, value_name = "xml|json", default_value = "xml", value_parser = form)]
        format: Form,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Subcommand)]
enum StreamKey {
    /// Which there are and were.
    List(OfTrack),
    /// Make a new one and print the address to publish to; the old one ends at once.
    Rotate(OfTrack),
    /// End it, and whoever publishes with it.
    Revoke(OfTrack),
}

#[derive(Args)]
struct OfTrack {
    /// Name of the conference.
    conference: String,
    /// Name of the track.
    track: String,
    #[command(flatten)]
    place: Where,
}

fn form(word: &str) -> Result<Form, String> {
    match word {
        "xml" => Ok(Form::Xml),
        "json" => Ok(Form::Json),
        _ => Err("there are xml and json".to_owned()),
    }
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
    match cli.verb {
        Verb::Serve(flags) => configured(&flags, Reach::Everybody, serve),
        Verb::Demo { fresh, flags } => {
            configured(&flags, Reach::ThisMachine, |config| demo(config, fresh))
        }
        Verb::Check(flags) => configured(&flags, Reach::Everybody, check),
        Verb::User(user) => by_user(user),
        Verb::Import(Import::Schedule {
            source,
            zone,
            place,
        }) => match fetch(&source) {
            Ok(file) => {
                let file = data_encoding::BASE64.encode(&file);
                command(&place.into(), Command::ImportSchedule { file, zone })
            }
            Err(error) => failed(&error),
        },
        Verb::Export {
            conference,
            what: Export::Schedule { format, place },
        } => command(
            &place.into(),
            Command::ExportSchedule {
                conference,
                form: format,
            },
        ),
        Verb::StreamKey(key) => {
            let (
                verb,
                OfTrack {
                    conference,
                    track,
                    place,
                },
            ) = match key {
                StreamKey::List(of) => (KeyVerb::List, of),
                StreamKey::Rotate(of) => (KeyVerb::Rotate, of),
                StreamKey::Revoke(of) => (KeyVerb::Revoke, of),
            };
            command(
                &place.into(),
                Command::StreamKey {
                    verb,
                    conference,
                    track,
                },
            )
        }
    }
}

fn by_user(user: User) -> ExitCode {
    match user {
        User::Add {
            email,
            name,
            owner,
            role,
            conference,
            place,
        } => {
            let role = role.zip(conference);
            command(
                &place.into(),
                Command::UserAdd {
                    email,
                    name,
                    owner,
                    role,
                },
            )
        }
        User::SignIn { email, place } => command(&place.into(), Command::UserSignIn { email }),
    }
}

/// Does something with the configuration, or says what is wrong with it.
fn configured(flags: &Flags, reach: Reach, act: impl FnOnce(&Config) -> Result<()>) -> ExitCode {
    match flags.config(reach) {
        Ok(config) => act(&config).map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS),
        Err(complaints) => complain(&complaints),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("matsuri: {error:#}");
    ExitCode::FAILURE
}

/// The bytes of a file or of what is at an address.
fn fetch(source: &str) -> Result<Vec<u8>> {
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

fn demo(config: &Config, fresh: bool) -> Result<()> {
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
        Err(error) => failed(&error),
    }
}

async fn run_anywhere(config: &Config, call: Call) -> Result<Answer> {
    let folder = match DataFolder::open(&config.data, purpose_of(&config.data)) {
        Ok(folder) => folder,
        Err(error) if error.is::<InUse>() => return control::ask(&config.data, &call).await,
        Err(error) => return Err(error),
    };
    let clock = Clock::system();
    let app = App {
        db: serve::open(config, &clock).await?,
        bus: Bus::new(),
        clock: clock.clone(),
        tasks: Tasks::new(Handle::current()),
        texts: Arc::new(serve::texts()?),
        site: Arc::new(Site {
            public_url: serve::public_url(config, config.http.addr),
            locale: config.language,
            demo: false,
        }),
        sessions: Arc::new(CookieSessions),
    };
    let channels = serve::channels(config, &clock, None);
    let publish = serve::publish_url(&app.site.public_url, config.rtmp.addr);
    let tools = Tools {
        features: Features::new(app.clone(), channels, &publish, 0).await?,
    };
    let answer = call.run(&tools).await;
    app.tasks.shutdown(limits::TASKS_END).await;
    app.db.close().await;
    drop(folder);
    Ok(answer)
}
