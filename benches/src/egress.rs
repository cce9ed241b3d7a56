//! Egress: what it costs to send media, in seconds of a processor for each gigabit.
//!
//! ffmpeg publishes 4 Mbit/s, which makes segments of 1 MB and parts of about 170 KB. Ours serves them from memory; nginx
//! serves the same bytes as files with `sendfile`, in the clear and over TLS 1.3 with the same cipher (AES-128-GCM) and the
//! same certificate. Fifty connections ask for the same thing again and again, as a crowd does.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use media_load::origin::Origin;

use crate::abba::{self, Run, Side};
use crate::beside::{self, Beside};
use crate::child::Child;
use crate::load::{self, Connection, get};
use crate::machine::Window;
use crate::report::{self, Figure, Target};
use crate::site::{Certificate, Listener, Matsuri};
use crate::{baselines, fixture, ingest};

const BASELINE: &str = "nginx 1.22 sendfile";
/// Before the clock runs.
const WARM: Duration = Duration::from_secs(1);

/// How long and how often.
#[derive(Args)]
pub(crate) struct Options {
    /// Blocks of ours, theirs, theirs, ours, for each of the four figures.
    #[arg(long, default_value_t = 3)]
    blocks: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Which of our listeners.
    #[arg(long, default_value = "lean")]
    listener: Listener,
    /// Tracks on air, of which one is measured; what the others cost is taken off.
    #[arg(long, default_value_t = 1)]
    tracks: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            blocks: 3,
            seconds: 5,
            connections: 50,
            listener: Listener::Lean,
            tracks: 1,
        }
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
enum Object {
    Segment,
    Part,
}

impl Object {
    /// Its file in nginx' folder.
    fn file(self) -> &'static str {
        match self {
            Self::Segment => "segment.m4s",
            Self::Part => "part.m4s",
        }
    }
}

/// How it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Plain,
    Encrypted,
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "in the clear",
            Self::Encrypted => "over TLS 1.3",
        })
    }
}

/// What one run gave.
struct Seen {
    seconds_per_gbit: f64,
    gbit_per_second: f64,
    bytes: usize,
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    println!(
        "egress: {} connections, {} s a run, the {:?} listener",
        options.connections, options.seconds, options.listener
    );
    let certificate = Certificate::fresh()?;
    let mut figures = Vec::new();
    for carrier in [Carrier::Plain, Carrier::Encrypted] {
        let sides = Sides::start(carrier, options, &certificate).await?;
        for object in [Object::Segment, Object::Part] {
            figures.push(figure(&sides, object, options).await?);
        }
        sides.stop().await?;
    }
    Ok(figures)
}

async fn figure(sides: &Sides, object: Object, options: &Options) -> Result<Figure> {
    let pairs = abba::measure(options.blocks, async |side| {
        let run = once(sides, side, object, options).await?;
        let Seen {
            seconds_per_gbit,
            gbit_per_second,
            bytes,
        } = run.value;
        println!(
            "    {side:?}: {seconds_per_gbit:.4} s per Gbit, {bytes} bytes each, {gbit_per_second:.1} Gbit/s"
        );
        Ok(run)
    })
    .await?;
    let carrier = sides.carrier;
    let (name, target) = match (object, carrier) {
        (Object::Segment, Carrier::Plain) => ("segments of 1 MB", 0.7),
        (Object::Segment, Carrier::Encrypted) => ("segments of 1 MB", 1.0),
        (Object::Part, _) => ("parts of 170 KB", 1.0),
    };
    let beside = beside::said(options.tracks);
    let name = format!("egress of {name} {carrier}, CPU per Gbit{beside}");
    let figure = Figure::paired(name, "s", BASELINE, &pairs, |seen| seen.seconds_per_gbit)
        .target(Target::RatioAtMost(target));
    report::print("egress", pairs.noise, std::slice::from_ref(&figure));
    Ok(figure)
}

/// Both run all the time; who is not asked does next to nothing.
struct Sides {
    carrier: Carrier,
    site: Matsuri,
    ours: Origin,
    playlist: String,
    encoder: Child,
    beside: Beside,
    nginx: Child,
    theirs: Origin,
}

impl Sides {
    async fn start(carrier: Carrier, options: &Options, certificate: &Certificate) -> Result<Self> {
        let with = (carrier == Carrier::Encrypted).then_some(certificate);
        let site = Matsuri::with_certificate(&fixture::halls(options.tracks), with).await?;
        let tracks = site.tracks().await?;
        let (track, others) = beside::split(&tracks, options.tracks)?;
        let encoder = ingest::encoder(&ingest::stream_file()?, &site.publish_address(track)?)?;
        let playlist = site.media_playlist(track).await?;
        let beside = Beside::start(&site, others).await?;
        let ours = site.origin(options.listener)?;
        let (nginx, plain, encrypted) = baselines::nginx_static(certificate).await?;
        let theirs = match carrier {
            Carrier::Plain => plain.into(),
            Carrier::Encrypted => Origin::encrypted(encrypted)?,
        };
        let sides = Self {
            carrier,
            site,
            ours,
            playlist,
            encoder,
            beside,
            nginx,
            theirs,
        };
        for object in [Object::Segment, Object::Part] {
            sides.copy(object).await?;
        }
        Ok(sides)
    }

    /// Gives nginx what ours sends.
    async fn copy(&self, object: Object) -> Result<()> {
        let path = self.path(object).await?;
        let mut connection = Connection::open(self.ours.clone()).await?;
        let answer = connection
            .ask(&get(self.ours.authority(), &path, ""))
            .await?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        fs::write(www()?.join(object.file()), answer.body)?;
        Ok(())
    }

    /// Where the newest whole segment, or a part in its middle, is. It stays there for longer than a run.
    async fn path(&self, object: Object) -> Result<String> {
        let mut connection = Connection::open(self.ours.clone()).await?;
        let request = get(self.ours.authority(), &self.playlist, "");
        // Some segments after the start the encoder has found its bit rate.
        let text = loop {
            let answer = connection.ask(&request).await?;
            let text = String::from_utf8_lossy(answer.body).into_owned();
            if answer.status == 200 && text.matches("#EXTINF").count() >= 4 {
                break text;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let whole = text
            .lines()
            .rev()
            .find_map(|line| line.strip_suffix(".m4s"));
        let whole = whole.context("no segment in the playlist")?;
        let folder = self
            .playlist
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        Ok(match object {
            Object::Segment => format!("{folder}/{whole}.m4s"),
            Object::Part => format!("{folder}/{whole}.3.m4s"),
        })
    }

    async fn stop(self) -> Result<()> {
        self.encoder.stop().await?;
        self.beside.stop().await?;
        self.site.server.stop().await?;
        self.nginx.stop().await
    }
}

/// What nginx serves.
fn www() -> Result<PathBuf> {
    Ok(baselines::folder()?.join("nginx-static/www"))
}

async fn once(sides: &Sides, side: Side, object: Object, options: &Options) -> Result<Run<Seen>> {
    let (server, helper, origin, path) = match side {
        Side::Ours => {
            let path = sides.path(object).await?;
            (&sides.site.server, &sides.nginx, &sides.ours, path)
        }
        Side::Theirs => {
            let path = format!("/{}", object.file());
            (&sides.nginx, &sides.site.server, &sides.theirs, path)
        }
    };
    let request = get(origin.authority(), &path, "");
    let connections = options.connections;
    load::hammer(origin.clone(), &request, connections, WARM).await?;
    let mut processes = vec![server.id(), helper.id(), sides.encoder.id()];
    processes.extend(sides.beside.process());
    let window = Window::open(&processes);
    let during = Duration::from_secs(options.seconds);
    let hammered = load::hammer(origin.clone(), &request, connections, during).await?;
    let after = window.close();
    ensure!(
        hammered.failures == 0,
        "{} answers were none",
        hammered.failures
    );
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let gbit = hammered.bytes as f64 * 8.0 / 1e9;
    let cpu = match side {
        Side::Ours => sides.beside.beyond(after.cpu, after.seconds),
        Side::Theirs => after.cpu,
    };
    Ok(Run {
        value: Seen {
            seconds_per_gbit: cpu / gbit,
            gbit_per_second: gbit / after.seconds,
            bytes: hammered.body_bytes,
        },
        noise: after.noise,
    })
}
