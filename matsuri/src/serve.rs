//! One running server: what it holds, how it begins and how it ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use db::Db;
use http::StatusCode;
use identity::CookieSessions;
use identity::oidc::Providers;
use kernel::Clock;
use media_core::{Channels, Settings};
use media_deliver::{Responder, lean};
use media_ffmpeg::Recoders;
use media_film::Workshop;
use media_ingest::{rtmp, whip};
use media_probe::Probes;
use platform::jobs::Worker;
use platform::mail::{self, Transport};
use platform::{Blobs, Bus, Metrics, Tasks, sweep};
use program::Programmes;
use prometheus_client::metrics::histogram::Histogram;
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web::serve::Bounds;
use web::{App, Site, Texts};

use crate::command::Tools;
use crate::config::Config;
use crate::counts::Counts;
use crate::data::{self, DataFolder, Purpose};
use crate::front::Front;
use crate::health::{self, Health};
use crate::inputs::Inputs;
use crate::meter::Meter;
use crate::site::Features;
use crate::{control, limits, listen, site, slate, tls};

/// A server that runs.
pub struct Server {
    /// What it consists of.
    pub features: Features,
    /// Where site, API, socket and media are.
    pub http: SocketAddr,
    /// Where encoders publish, but for the key: `rtmp://HOST:PORT/live`.
    pub publish: String,
    /// What RTMP is bound to.
    pub rtmp: SocketAddr,
    /// Where the lean listener serves media, if anywhere.
    pub media_at: Option<SocketAddr>,
    /// Where metrics are, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The way for the first owner, if there is none yet: single use, a secret.
    pub owner_link: Option<String>,
    /// Connections that can be held.
    pub connections_max: u64,
    health: Health,
    media: Responder,
    stop: CancellationToken,
    listeners: Vec<JoinHandle<()>>,
    folder: DataFolder,
}

/// The ports of a server, taken before anything else is done: who cannot have them need not begin.
struct Ports {
    http: TcpListener,
    ingest: Doors,
    media: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

/// Where pictures and sound come in.
struct Doors {
    rtmp: TcpListener,
    rtmps: Option<TcpListener>,
    webrtc: Option<UdpSocket>,
}

impl Ports {
    async fn take(config: &Config) -> Result<Self> {
        let bind = |addr| async move { web::serve::bind(addr) };
        let http = listen::take(listen::HTTP, config.http, bind).await?;
        let rtmp = listen::take(listen::RTMP, config.rtmp, bind).await?;
        let rtmps = match config.rtmps {
            Some(wanted) => Some(listen::take(listen::RTMPS, wanted, bind).await?),
            None => None,
        };
        let webrtc = match config.webrtc {
            Some(wanted) => {
                let bind = |addr| async move { whip::bind(addr) };
                Some(listen::take(listen::WEBRTC, wanted, bind).await?)
            }
            None => None,
        };
        let media = match config.media {
            Some(wanted) => Some(listen::take(listen::MEDIA, wanted, bind).await?),
            None => None,
        };
        let metrics = match config.metrics {
            Some(wanted) => Some(listen::take(listen::METRICS, wanted, bind).await?),
            None => None,
        };
        Ok(Self {
            http,
            ingest: Doors {
                rtmp,
                rtmps,
                webrtc,
            },
            media,
            metrics,
        })
    }
}

impl Server {
    /// Begins to serve. Pages run on the runtime that this is called on, listeners and media on `io`.
    pub async fn start(config: &Config, purpose: Purpose, io: &Handle) -> Result<Self> {
        let folder = DataFolder::open(&config.data, purpose)?;
        let connections_max = raise_files_max();
        let clock = Clock::system();
        let db = open(config, &clock).await?;
        let wanted = config.clone();
        let ports = io
            .spawn(async move { Ports::take(&wanted).await })
            .await??;
        let http = ports.http.local_addr()?;
        let tls = tls::load(config)?;
        let tasks = Tasks::new(Handle::current());
        let metrics = Metrics::new();
        tasks.register(&metrics);
        let app = App {
            db: db.clone(),
            blobs: Blobs::new(folder.folder(data::FILES)?),
            bus: Bus::new(),
            tasks: tasks.clone(),
            clock: clock.clone(),
            texts: Arc::new(texts()?),
            site: Arc::new(Site {
                public_url: public_url(config, http),
                locale: config.language,
                demo: purpose == Purpose::Demo,
                media_url: config.media_url.clone(),
                mails: purpose == Purpose::Demo || config.mail_server.is_some(),
            }),
            sessions: Arc::new(CookieSessions),
        };
        let channels = channels(config, &clock, Some(folder.folder("journal")?));
        let rtmp = ports.ingest.rtmp.local_addr()?;
        let publish = publish_url("rtmp", &app.site.public_url, rtmp);
        let most = connections(connections_max);
        let doors = doors(&publish, &app.site.public_url, &ports.ingest);
        let mut features = Features::new(app.clone(), channels, doors, most).await?;
        features.providers = Providers::new(config.providers.clone())?;
        features.sign_ins.register(&metrics);
        features.programmes.metrics().register(&metrics);
        work(config, &app, &features.programmes, &metrics)?;
        probe(&tasks, io, &metrics);
        crate::figures::follow(&app, &metrics);
        if let Some(tls) = &tls {
            tls::watch(&tasks, tls.clone());
        }
        features.begin(io);
        look_and_listen(config, &features, &metrics);
        let made = folder.folder(data::MADE)?;
        let neutral = slate::write(&made)?;
        let workshop = Workshop::new(made.join("work"));
        features.studio.work_in(workshop, neutral);
        features.hub.metrics().register(&metrics);
        features.live.metrics().register(&metrics);

        let health = Health::new(db.clone());
        let media = features.responder();
        let front = Front {
            health: health.clone(),
            media: media.clone(),
            whip: None,
            pages: features.router(Arc::new(Meter::new(&metrics))),
            pages_runtime: Handle::current(),
        };
        let mut server = Self {
            owner_link: owner_link(&app, purpose).await?,
            features,
            http,
            publish,
            rtmp,
            media_at: address(ports.media.as_ref()),
            metrics: address(ports.metrics.as_ref()),
            connections_max,
            health,
            media,
            stop: CancellationToken::new(),
            listeners: Vec::new(),
            folder,
        };
        let public = config.webrtc_public.clone();
        server.listen(ports, tls, public, front, metrics, io)?;
        control::serve(server.folder.path(), server.tools())?;
        Ok(server)
    }

    fn listen(
        &mut self,
        ports: Ports,
        tls: Option<web::Tls>,
        public: Vec<SocketAddr>,
        mut front: Front,
        metrics: Metrics,
        io: &Handle,
    ) -> Result<()> {
        // Site and media share the process's files.
        let slots = Arc::new(Semaphore::new(connections(self.connections_max)));
        let (rtmp, whip) = self.ingest(ports.ingest, tls.as_ref(), public, &mut front, io)?;
        metrics.collect(Counts {
            core: self.features.channels.metrics(),
            deliver: front.media.metrics(),
            rtmp,
            whip,
        });
        if let Some(listener) = ports.media {
            let bounds = lean::Bounds {
                connections: Arc::clone(&slots),
                drain: limits::DRAIN,
            };
            let tls = tls
                .as_ref()
                .map(|tls| tls.with_protocols(tls::MEDIA_PROTOCOLS).acceptor());
            let clock = self.features.app.clock.clone();
            let media = lean::Server::new(front.media.clone(), clock);
            let told = media.run(listener, tls, bounds, self.stop.clone());
            self.listeners.push(io.spawn(told));
        }
        let bounds = Bounds {
            connections: slots,
            drain: limits::DRAIN,
        };
        let front = Arc::new(front);
        let answer = move |request| Arc::clone(&front).answer(request);
        let main = web::serve::serve(ports.http, tls, answer, bounds, self.stop.clone());
        self.listeners.push(io.spawn(main));
        if let Some(listener) = ports.metrics {
            let bounds = Bounds {
                connections: Arc::new(Semaphore::new(limits::METRICS_CONNECTIONS_MAX)),
                drain: Duration::ZERO,
            };
            let answer = move |request: http::Request<hyper::body::Incoming>| {
                let answer = if request.uri().path() == "/metrics" {
                    health::metrics(&metrics, request.headers())
                } else {
                    let sentence = "only /metrics is here\n".to_owned();
                    health::plain(StatusCode::NOT_FOUND, health::TEXT, sentence)
                };
                std::future::ready(answer)
            };
            let told = web::serve::serve(listener, None, answer, bounds, self.stop.clone());
            self.listeners.push(io.spawn(told));
        }
        Ok(())
    }

    /// Begins to take pictures and sound, by every protocol that is on.
    fn ingest(
        &mut self,
        doors: Doors,
        tls: Option<&web::Tls>,
        public: Vec<SocketAddr>,
        front: &mut Front,
        io: &Handle,
    ) -> Result<Taking> {
        let limits = media_ingest::limits::Limits::default();
        let authority = Arc::new(self.features.studio.authority());
        let channels = self.features.channels.clone();
        let (own, to) = (authority.clone(), channels.clone());
        let mut rtmp = rtmp::Server::on(doors.rtmp, own, to, limits.clone())?;
        if let (Some(listener), Some(tls)) = (doors.rtmps, tls) {
            // Encoders choose no protocol.
            rtmp = rtmp.secured(listener, tls.with_protocols(&[]).acceptor());
        }
        let mut webrtc = None;
        if let Some(socket) = doors.webrtc {
            let options = whip::Options {
                authority,
                channels,
                limits,
                gate: rtmp.gate(),
                public,
            };
            let server = whip::Server::on(socket, options)?;
            front.whip = Some(server.door());
            webrtc = Some(server.counters());
            self.listeners.push(io.spawn(server.run(self.stop.clone())));
        }
        let counters = rtmp.counters();
        self.listeners.push(io.spawn(rtmp.run(self.stop.clone())));
        Ok((counters, webrtc))
    }

    /// What commands work with.
    pub fn tools(&self) -> Tools {
        Tools {
            features: self.features.clone(),
        }
    }

    /// Ends in order: nobody is sent here any more, what was accepted is answered, tasks finish, the database
    /// is closed. Bounded, whatever clients do.
    pub async fn drain(self) {
        let began = Instant::now();
        self.health.drain();
        // A held playlist would keep its connection for seconds.
        self.media.drain();
        self.stop.cancel();
        let listeners = async {
            for listener in self.listeners {
                if let Err(error) = listener.await {
                    tracing::error!("a listener ended badly: {error}");
                }
            }
        };
        tokio::join!(listeners, self.features.leave());
        let app = self.features.app;
        let left = app.tasks.shutdown(limits::TASKS_END).await;
        if !left.is_empty() {
            tracing::warn!("tasks did not end in time: {}", left.join(", "));
        }
        app.db.close().await;
        drop(self.folder);
        tracing::info!("stopped after {:?}", began.elapsed());
    }
}

/// Looks at and listens to what viewers get, away from encoders and viewers, and shows how inputs do.
fn look_and_listen(config: &Config, features: &Features, metrics: &Metrics) {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let probes = Probes::new(&features.channels, config.probes, cpus);
    features.studio.probed_by(probes.clone());
    let recoders = Recoders::new(&features.channels, cpus);
    features.studio.recoded_by(recoders.clone());
    metrics.collect(Inputs {
        channels: features.channels.clone(),
        probes: probes.clone(),
        recoders: recoders.clone(),
        studio: features.studio.clone(),
        hub: features.hub.clone(),
    });
    let tests = Probes::new(&features.studio.test_channels(), config.probes, 1);
    features.studio.tests_probed_by(tests.clone());
    let tasks = &features.app.tasks;
    run_probes(tasks, "probes", probes);
    run_probes(tasks, "encoder test probes", tests);
    let stop = tasks.token();
    tasks.spawn_loop("recoders", move || {
        let (recoders, stop) = (recoders.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(recoders.run()).await;
        }
    });
}

fn run_probes(tasks: &Tasks, name: &'static str, probes: Probes) {
    let stop = tasks.token();
    tasks.spawn_loop(name, move || {
        let (probes, stop) = (probes.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(probes.run()).await;
        }
    });
}

/// Channels as they are configured.
pub fn channels(config: &Config, clock: &Clock, journal: Option<PathBuf>) -> Channels {
    let settings = Settings {
        part_target: config.media_part,
        window: config.media_window,
        ..Settings::default()
    };
    let channels = Channels::new(settings, clock.clone(), journal);
    match slate::slate() {
        Ok(slate) => channels.set_slate(Some(slate)),
        // It is checked by a test; a server without it still serves.
        Err(error) => tracing::error!(%error, "the slate cannot be used"),
    }
    channels
}

fn address(listener: Option<&TcpListener>) -> Option<SocketAddr> {
    listener.and_then(|listener| listener.local_addr().ok())
}

fn connections(max: u64) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}

/// Opens the database and brings its tables to what this program needs.
pub async fn open(config: &Config, clock: &Clock) -> Result<Db> {
    let db = Db::open(&config.database_address())
        .await
        .context("cannot open the database")?;
    let applied = db.migrate(site::MIGRATIONS, clock.now()).await?;
    if applied > 0 {
        tracing::info!(applied, "the database got {applied} migrations");
    }
    Ok(db)
}

/// All messages.
pub fn texts() -> Result<Texts> {
    Ok(Texts::load(site::TEXTS)?)
}

/// Takes as many files as the system lets us, and says what follows from it: how many connections there can be.
fn raise_files_max() -> u64 {
    let before = rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(1024, |(soft, _)| soft);
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!("the limit of open files cannot be raised: {error}");
        before
    });
    let connections = files.saturating_sub(limits::FILES_RESERVED).max(64);
    let viewers = connections / limits::CONNECTIONS_PER_VIEWER;
    tracing::info!(
        files,
        connections,
        viewers,
        "the limit of open files is {files} (it was {before}): room for {connections} connections, about {viewers} viewers"
    );
    connections
}

/// How people reach the site when nobody said it.
pub fn public_url(config: &Config, http: SocketAddr) -> String {
    let scheme = if config.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    config.public_url.clone().unwrap_or_else(|| match http {
        http if http.ip().is_unspecified() || http.ip().is_loopback() => {
            format!("{scheme}://localhost:{}", http.port())
        }
        http => format!("{scheme}://{http}"),
    })
}

/// What counts what is taken, by RTMP and by WHIP.
type Taking = (
    Arc<media_ingest::counters::Counters>,
    Option<Arc<whip::Counters>>,
);

fn doors(rtmp: &str, public_url: &str, ingest: &Doors) -> studio::Doors {
    let rtmps = ingest
        .rtmps
        .as_ref()
        .and_then(|listener| listener.local_addr().ok());
    studio::Doors {
        rtmp: rtmp.to_owned(),
        rtmps: rtmps.map(|addr| publish_url("rtmps", public_url, addr)),
        whip: ingest.webrtc.is_some(),
    }
}

/// Where encoders publish: the host of the site, the port of RTMP.
pub fn publish_url(scheme: &str, public_url: &str, rtmp: SocketAddr) -> String {
    let authority = public_url
        .split_once("://")
        .map_or(public_url, |(_, rest)| rest);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    format!("{scheme}://{host}:{}/live", rtmp.port())
}

fn work(config: &Config, app: &App, programmes: &Programmes, metrics: &Metrics) -> Result<()> {
    let transport = match &config.mail_server {
        Some(server) => Transport::smtp(server, &config.mail_from)?,
        None => Transport::Mailbox,
    };
    let token = app.tasks.token();
    let sweeping = sweep::sweeping(app.blobs.clone(), app.db.clone(), app.clock.clone(), token);
    app.tasks.spawn("sweep", sweeping);
    let (db, clock) = (app.db.clone(), app.clock.clone());
    let sender = mail::sender(db.clone(), clock.clone(), transport);
    let worker = Worker::new(db, clock)
        .on(mail::SEND, sender.clone())
        .on(mail::SEND_AND_FORGET, sender.clone())
        .on(mail::SEND_ONE_OF_MANY, sender)
        .paced(mail::SEND_ONE_OF_MANY, config.mails_per_minute)
        .few(mail::KINDS, platform::limits::MAILS_AT_ONCE);
    program::jobs::on(worker, app, programmes)
        .register(metrics)
        .spawn(&app.tasks);
    Ok(())
}

async fn owner_link(app: &App, purpose: Purpose) -> Result<Option<String>> {
    if purpose == Purpose::Demo {
        return Ok(None);
    }
    let path = identity::actions::owner_link(&app.db, app.clock.now()).await?;
    Ok(path.map(|path| app.site.url(&path)))
}

/// Measures how late tasks are woken: the first number to look at when everything feels slow.
fn probe(tasks: &Tasks, io: &Handle, metrics: &Metrics) {
    #[derive(Clone, Debug, Hash, PartialEq, Eq, prometheus_client::encoding::EncodeLabelSet)]
    struct Runtime {
        runtime: &'static str,
    }
    let late =
        prometheus_client::metrics::family::Family::<Runtime, Histogram>::new_with_constructor(
            || Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0]),
        );
    metrics.register(
        "matsuri_wakeup_delay_seconds",
        "How much later than asked for a task was woken",
        late.clone(),
    );
    for (runtime, tasks) in [("web", tasks.clone()), ("io", tasks.on(io.clone()))] {
        let (late, token) = (late.clone(), tasks.token());
        tasks.spawn("probe", async move {
            let pause = Duration::from_millis(500);
            loop {
                let asked = Instant::now();
                tokio::select! {
                    () = token.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                // The timer itself counts in whole milliseconds.
                let delay = asked.elapsed().saturating_sub(pause);
                late.get_or_create(&Runtime { runtime })
                    .observe(delay.as_secs_f64());
            }
        });
    }
}
