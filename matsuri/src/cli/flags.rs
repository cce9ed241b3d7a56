//! Settings as flags, and the configuration that they are the last word of.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, Given, Reach};

/// Settings as flags; they win over the environment and the file.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Flags {
    /// File with settings; ./matsuri.toml where there is one.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
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
    /// Address for RTMP publishers over TLS; needs a certificate.
    #[arg(long, value_name = "ADDR|off")]
    rtmps: Option<String>,
    /// UDP address for publishers over WebRTC, or off.
    #[arg(long, value_name = "ADDR|off")]
    webrtc: Option<String>,
    /// Address of a second, leaner listener for media alone.
    #[arg(long, value_name = "ADDR|off")]
    media: Option<String>,
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
    /// Whether ffmpeg looks for black, frozen, silent and distorted moments.
    #[arg(long, value_name = "auto|off")]
    probes: Option<String>,
}

/// Where the data of a command is.
#[derive(Args, Clone, Debug)]
pub(super) struct Where {
    /// File with settings; ./matsuri.toml where there is one.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Folder for everything that lasts.
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Address of the database server, as postgres://…; a file in the data folder otherwise.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Flags {
    fn given(&self) -> Vec<Given> {
        let flags = [
            ("--data", "data", &self.data),
            ("--database", "database", &self.database),
            ("--http", "http", &self.http),
            ("--rtmp", "rtmp", &self.rtmp),
            ("--rtmps", "rtmps", &self.rtmps),
            ("--webrtc", "webrtc.listen", &self.webrtc),
            ("--media", "media.listen", &self.media),
            ("--metrics", "metrics", &self.metrics),
            ("--public-url", "public_url", &self.public_url),
            ("--tls-cert", "tls.cert", &self.tls_cert),
            ("--tls-key", "tls.key", &self.tls_key),
            ("--probes", "probes", &self.probes),
        ];
        let given = flags.into_iter().filter_map(|(flag, key, value)| {
            Some(Given {
                place: flag.to_owned(),
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
    pub(super) fn config(&self, reach: Reach) -> Result<Config, Vec<String>> {
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

pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value: OsString| value.into_string().ok())
}
