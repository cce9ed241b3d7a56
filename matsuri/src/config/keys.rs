//! The settings, one row each.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use platform::mail::Transport;
use platform::telemetry::Format;
use web::Locale;

use super::{Config, Listen};
use crate::limits;

/// A setting.
pub struct Key {
    /// Its name in `matsuri.toml`; `MATSURI_` and the same in capitals in the environment.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Takes a value, or says what to write instead.
    pub put: fn(&mut Config, &str) -> Result<(), String>,
    /// The value as it may be shown: without passwords.
    pub show: fn(&Config) -> String,
}

impl Key {
    /// The name in the environment.
    pub fn variable(&self) -> String {
        format!("MATSURI_{}", self.name.replace('.', "_").to_uppercase())
    }
}

/// Every setting there is.
pub const KEYS: &[Key] = &[
    Key {
        name: "data",
        help: "folder for everything that lasts",
        put: |config, value| {
            config.data = filled(value)?.into();
            Ok(())
        },
        show: |config| config.data.display().to_string(),
    },
    Key {
        name: "database",
        help: "postgres://… for a server; a file in the data folder otherwise",
        put: |config, value| {
            let known = ["sqlite:", "postgres://", "postgresql://"];
            if !known.iter().any(|scheme| value.starts_with(scheme)) {
                return Err("write postgres://USER:PASSWORD@HOST/NAME, or sqlite:PATH".to_owned());
            }
            config.database = Some(value.to_owned());
            Ok(())
        },
        show: |config| without_password(&config.database_address()),
    },
    Key {
        name: "public_url",
        help: "how people reach the site, as in https://conf.example.org",
        put: |config, value| {
            config.public_url = Some(public_url(value)?);
            Ok(())
        },
        show: |config| or_derived(config.public_url.as_deref()),
    },
    Key {
        name: "language",
        help: "ja or en, for people who state none that we speak",
        put: |config, value| {
            config.language =
                Locale::parse(value).ok_or_else(|| format!("{value:?} is neither ja nor en"))?;
            Ok(())
        },
        show: |config| config.language.as_str().to_owned(),
    },
    Key {
        name: "http",
        help: "address of site, API, websocket and media",
        put: |config, value| {
            config.http = listen(value, config.http, "0.0.0.0:8080")?;
            Ok(())
        },
        show: |config| config.http.addr.to_string(),
    },
    Key {
        name: "rtmp",
        help: "address for RTMP publishers",
        put: |config, value| {
            config.rtmp = listen(value, config.rtmp, "0.0.0.0:1935")?;
            Ok(())
        },
        show: |config| config.rtmp.addr.to_string(),
    },
    Key {
        name: "rtmps",
        help: "address for RTMP publishers over TLS, or off; it needs tls.cert and tls.key",
        put: |config, value| {
            let before = Listen {
                addr: SocketAddr::new(config.rtmp.addr.ip(), 1936),
                chosen: false,
            };
            config.rtmps = listen_or_off(value, config.rtmps.unwrap_or(before), "0.0.0.0:1936")?;
            Ok(())
        },
        show: |config| or_off(config.rtmps),
    },
    Key {
        name: "webrtc.listen",
        help: "UDP address for publishers over WebRTC (browsers, WHIP), or off",
        put: |config, value| {
            let before = config.webrtc.unwrap_or(Listen {
                addr: SocketAddr::new(config.rtmp.addr.ip(), 8189),
                chosen: false,
            });
            config.webrtc = listen_or_off(value, before, "0.0.0.0:8189")?;
            Ok(())
        },
        show: |config| or_off(config.webrtc),
    },
    Key {
        name: "webrtc.public_addresses",
        help: "IP addresses at which those publishers reach this machine, with commas; needed behind NAT",
        put: |config, value| {
            let addresses = value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            config.webrtc_public = addresses.map(public_address).collect::<Result<_, _>>()?;
            Ok(())
        },
        show: |config| {
            let shown: Vec<String> = config.webrtc_public.iter().map(shown_address).collect();
            or_derived((!shown.is_empty()).then(|| shown.join(", ")).as_deref())
        },
    },
    Key {
        name: "tls.cert",
        help: "certificate chain in PEM, read again when it changes; the site is served over TLS then",
        put: |config, value| {
            config.tls_cert = Some(filled(value)?.into());
            Ok(())
        },
        show: |config| or_none(config.tls_cert.as_deref()),
    },
    Key {
        name: "tls.key",
        help: "private key that belongs to tls.cert, in PEM",
        put: |config, value| {
            config.tls_key = Some(filled(value)?.into());
            Ok(())
        },
        show: |config| or_none(config.tls_key.as_deref()),
    },
    Key {
        name: "metrics",
        help: "address for metrics, or off",
        put: |config, value| {
            let own = Config::new(super::Reach::ThisMachine).metrics;
            let before = config.metrics.or(own).unwrap_or(config.http);
            config.metrics = listen_or_off(value, before, "127.0.0.1:9464")?;
            Ok(())
        },
        show: |config| or_off(config.metrics),
    },
    Key {
        name: "log.format",
        help: "json or human; human on a terminal",
        put: |config, value| {
            config.log_format = Some(match value {
                "json" => Format::Json,
                "human" => Format::Human,
                _ => return Err(format!("{value:?} is neither json nor human")),
            });
            Ok(())
        },
        show: |config| {
            let name = config.log_format.map(|format| match format {
                Format::Json => "json",
                Format::Human => "human",
            });
            or_derived(name)
        },
    },
    Key {
        name: "log.filter",
        help: "which lines are logged: info, or info,identity=debug",
        put: |config, value| {
            config.log_filter = filled(value)?;
            Ok(())
        },
        show: |config| config.log_filter.clone(),
    },
    Key {
        name: "mail.server",
        help: "smtp://HOST:25, smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST?tls=required for STARTTLS; without it mails stay in the database",
        put: |config, value| {
            Transport::smtp(value, &config.mail_from).map_err(|cause| cause.to_string())?;
            config.mail_server = Some(value.to_owned());
            Ok(())
        },
        show: |config| {
            config
                .mail_server
                .as_deref()
                .map_or("none".to_owned(), without_password)
        },
    },
    Key {
        name: "mail.from",
        help: "sender of mails, as in Name <name@example.org>",
        put: |config, value| {
            Transport::smtp("smtp://localhost", value).map_err(|cause| cause.to_string())?;
            value.clone_into(&mut config.mail_from);
            Ok(())
        },
        show: |config| config.mail_from.clone(),
    },
    Key {
        name: "mail.per_minute",
        help: "mails to crowds that leave in a minute at most, as your mail server allows; a sign-in link never waits for them",
        put: |config, value| {
            config.mails_per_minute = match value.parse() {
                Ok(count) if (1..=limits::MAILS_PER_MINUTE_MAX).contains(&count) => count,
                _ => {
                    let most = limits::MAILS_PER_MINUTE_MAX;
                    return Err(format!("{value:?} is no number from 1 to {most}"));
                }
            };
            Ok(())
        },
        show: |config| config.mails_per_minute.to_string(),
    },
    Key {
        name: "media.listen",
        help: "address of a second, leaner listener for media alone, or off",
        put: |config, value| {
            config.media = if value == "off" {
                None
            } else {
                let before = config.media.unwrap_or(config.http);
                let listen = listen(value, before, "0.0.0.0:8081");
                Some(listen.map_err(|complaint| format!("{complaint}, or off"))?)
            };
            Ok(())
        },
        show: |config| {
            config
                .media
                .map_or("off".to_owned(), |listen| listen.addr.to_string())
        },
    },
    Key {
        name: "media.url",
        help: "where players fetch media, as in https://cdn.example.org; from the site otherwise",
        put: |config, value| {
            config.media_url = Some(public_url(value)?);
            Ok(())
        },
        show: |config| config.media_url.clone().unwrap_or("the site".to_owned()),
    },
    Key {
        name: "media.part_ms",
        help: "length of a part in milliseconds; shorter is closer to live and costs more",
        put: |config, value| {
            config.media_part = Duration::from_millis(within(value, 100, 1000)?);
            Ok(())
        },
        show: |config| config.media_part.as_millis().to_string(),
    },
    Key {
        name: "media.window_s",
        help: "how far back viewers may go, in seconds",
        put: |config, value| {
            config.media_window = Duration::from_secs(within(value, 30, 14_400)?);
            Ok(())
        },
        show: |config| config.media_window.as_secs().to_string(),
    },
    Key {
        name: "probes",
        help: "auto or off: whether ffmpeg looks for black, frozen, silent and distorted moments",
        put: |config, value| {
            config.probes = media_probe::Mode::parse(value)
                .ok_or_else(|| format!("{value:?} is neither auto nor off"))?;
            Ok(())
        },
        show: |config| config.probes.to_string(),
    },
];

fn filled(value: &str) -> Result<String, String> {
    if value.is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(value.to_owned())
    }
}

fn or_none(path: Option<&std::path::Path>) -> String {
    path.map_or("none".to_owned(), |path| path.display().to_string())
}

fn or_derived(value: Option<&str>) -> String {
    value.unwrap_or("by itself").to_owned()
}

fn within(value: &str, min: u64, max: u64) -> Result<u64, String> {
    let number = value
        .parse()
        .ok()
        .filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| format!("{value:?} is no number between {min} and {max}"))
}

/// `HOST:PORT`, or a port alone on the address that it would have had.
fn listen(value: &str, before: Listen, example: &str) -> Result<Listen, String> {
    let same_host = value
        .parse()
        .map(|port| SocketAddr::new(before.addr.ip(), port));
    let addr = same_host.ok().or_else(|| value.parse().ok()).or_else(|| {
        let found: Vec<SocketAddr> = value.to_socket_addrs().ok()?.collect();
        found
            .iter()
            .find(|addr| addr.is_ipv4())
            .or(found.first())
            .copied()
    });
    match addr {
        Some(addr) => Ok(Listen { addr, chosen: true }),
        None => Err(format!(
            "{value:?} is no address to listen on; write HOST:PORT, for example {example}"
        )),
    }
}

fn listen_or_off(value: &str, before: Listen, example: &str) -> Result<Option<Listen>, String> {
    if value == "off" {
        return Ok(None);
    }
    let listen = listen(value, before, example);
    listen
        .map(Some)
        .map_err(|complaint| format!("{complaint}, or off"))
}

fn or_off(listen: Option<Listen>) -> String {
    listen.map_or("off".to_owned(), |listen| listen.addr.to_string())
}

fn public_address(value: &str) -> Result<SocketAddr, String> {
    let alone = value.parse().map(|ip| SocketAddr::new(ip, 0));
    alone.or_else(|_| value.parse()).map_err(|_| {
        format!("{value:?} is no IP address; write for example 203.0.113.7 or 203.0.113.7:8189")
    })
}

fn shown_address(address: &SocketAddr) -> String {
    match address.port() {
        0 => address.ip().to_string(),
        _ => address.to_string(),
    }
}

fn public_url(value: &str) -> Result<String, String> {
    let example = "write it with https:// or http:// and without a path, for example https://conf.example.org";
    let rest = value
        .strip_prefix("https://")
        .or_else(|| value.strip_prefix("http://"));
    let host = rest.map(|rest| rest.trim_end_matches('/'));
    let good = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    if host.is_some_and(good) {
        Ok(value.trim_end_matches('/').to_owned())
    } else {
        Err(example.to_owned())
    }
}

/// An address as it may be shown.
fn without_password(address: &str) -> String {
    let hidden = address.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let user = user.split_once(':').map_or(user, |(user, _)| user);
        Some(format!("{scheme}://{user}:…@{host}"))
    });
    hidden.unwrap_or_else(|| address.to_owned())
}
