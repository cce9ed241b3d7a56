//! The command line.

mod ask;
mod backup;
mod check;
mod dreamkast;
mod event;
mod flags;
mod load;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use identity::Role;
use media_core::Seat;

use self::ask::{ask, fetch};
use self::flags::{Flags, Where};
use crate::command::{Command, Form, KeyVerb};
use crate::config::{Config, Reach};
use crate::{monitoring, process};

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
    /// Write everything that lasts into one file, also while the server runs.
    Backup(backup::Backup),
    /// Take a backup back into an empty folder, or into an empty database of another kind.
    Restore(backup::Restore),
    /// Stream keys of a track.
    #[command(subcommand)]
    StreamKey(StreamKey),
    /// Try how much a server carries: many viewers, many encoders.
    #[command(subcommand)]
    Load(load::Load),
    /// Watch a stream for a moment and tell what is wrong with it: start, latency, gaps, picture, sound.
    Probe(load::Probe),
    /// Say what is wrong with the configuration, in one line each.
    Check(Flags),
    /// Write alert rules for Prometheus and a dashboard for Grafana.
    Monitoring {
        /// The folder below which they are written.
        #[arg(long, value_name = "FOLDER", default_value = "deploy")]
        into: std::path::PathBuf,
    },
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
        /// A role in a conference's team: chair, contents, broadcast, operation, desk, promotion, platform, reviewer, `sponsor_manager`.
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
    /// A folder of CSV files that Dreamkast exported: adds them to a conference, or updates what was added before.
    Dreamkast(dreamkast::FromDreamkast),
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
    /// Everything of it in one portable file (a tar): programme, texts, uploads, what was on air, chat.
    All(event::All),
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
    /// Which of the track's two inputs.
    #[arg(long, value_name = "primary|backup", default_value = "primary", value_parser = seat)]
    seat: Seat,
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

fn seat(word: &str) -> Result<Seat, String> {
    Seat::parse(word).ok_or_else(|| "there are primary and backup".to_owned())
}

fn role(word: &str) -> Result<Role, String> {
    let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    Role::parse(word).ok_or_else(|| format!("there are {}", words.join(", ")))
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    // Before the first client of anything: there is exactly one provider of cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    match cli.verb {
        Verb::Serve(flags) => configured(&flags, Reach::Everybody, process::serve),
        Verb::Demo { fresh, flags } => configured(&flags, Reach::ThisMachine, |config| {
            process::demo(config, fresh)
        }),
        Verb::Check(flags) => configured(&flags, Reach::Everybody, check::check),
        Verb::Load(what) => load::load(what),
        Verb::Probe(what) => load::probe(&what),
        Verb::Monitoring { into } => {
            let written = monitoring::write(&into);
            written.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
        }
        Verb::User(user) => by_user(user),
        Verb::Backup(what) => backup::backup(what),
        Verb::Restore(what) => backup::restore(what),
        Verb::Import(Import::Schedule {
            source,
            zone,
            place,
        }) => match fetch(&source) {
            Ok(file) => {
                let file = data_encoding::BASE64.encode(&file);
                ask(&place.into(), Command::ImportSchedule { file, zone })
            }
            Err(error) => failed(&error),
        },
        Verb::Import(Import::Dreamkast(what)) => dreamkast::import(what),
        Verb::Export {
            conference,
            what: Export::All(what),
        } => event::export(&conference, what),
        Verb::Export {
            conference,
            what: Export::Schedule { format, place },
        } => ask(
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
                    seat,
                    place,
                },
            ) = match key {
                StreamKey::List(of) => (KeyVerb::List, of),
                StreamKey::Rotate(of) => (KeyVerb::Rotate, of),
                StreamKey::Revoke(of) => (KeyVerb::Revoke, of),
            };
            ask(
                &place.into(),
                Command::StreamKey {
                    verb,
                    conference,
                    track,
                    seat,
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
            ask(
                &place.into(),
                Command::UserAdd {
                    email,
                    name,
                    owner,
                    role,
                },
            )
        }
        User::SignIn { email, place } => ask(&place.into(), Command::UserSignIn { email }),
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

fn complain(complaints: &[String]) -> ExitCode {
    for complaint in complaints {
        eprintln!("{complaint}");
    }
    ExitCode::from(2)
}
