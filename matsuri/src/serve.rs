//! One running server: what it holds, how it begins and how it ends.

mod listeners;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use db::Db;
use identity::CookieSessions;
use identity::oidc::Providers;
use kernel::Clock;
use media_core::{Channels, Settings};
use media_deliver::Responder;
use media_film::Workshop;
use platform::{Blobs, Bus, Metrics, Tasks};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web::{App, Site, Texts};

use crate::background::{look_and_listen, probe, work};
use crate::command::Tools;
use crate::config::Config;
use crate::data::{self, DataFolder, Purpose};
use crate::front::Front;
use crate::health::Health;
use crate::meter::Meter;
use crate::ports::{Ports, address, doors};
use crate::site::Features;
use crate::{control, limits, site, slate, tls};

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

async fn owner_link(app: &App, purpose: Purpose) -> Result<Option<String>> {
    if purpose == Purpose::Demo {
        return Ok(None);
    }
    let path = identity::actions::owner_link(&app.db, app.clock.now()).await?;
    Ok(path.map(|path| app.site.url(&path)))
}
