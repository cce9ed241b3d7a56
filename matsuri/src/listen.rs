//! Taking ports. A chosen one is taken or refused; a default one gives way to the next free one, said aloud.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Result, bail};

use crate::config::Listen;
use crate::limits;

/// What a listener is for, as it is named to people.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// Its protocol.
    pub name: &'static str,
    /// Its flag and setting.
    pub flag: &'static str,
}

/// HTTP.
pub const HTTP: Purpose = Purpose {
    name: "HTTP",
    flag: "http",
};
/// RTMP.
pub const RTMP: Purpose = Purpose {
    name: "RTMP",
    flag: "rtmp",
};
/// RTMP over TLS.
pub const RTMPS: Purpose = Purpose {
    name: "RTMPS",
    flag: "rtmps",
};
/// WebRTC, over UDP.
pub const WEBRTC: Purpose = Purpose {
    name: "WebRTC",
    flag: "webrtc",
};
/// Media alone, by the lean listener.
pub const MEDIA: Purpose = Purpose {
    name: "media",
    flag: "media",
};
/// Metrics.
pub const METRICS: Purpose = Purpose {
    name: "metrics",
    flag: "metrics",
};

/// Binds with `bind` at the wanted address, or near it where nobody insists.
pub async fn take<L, F>(
    purpose: Purpose,
    wanted: Listen,
    bind: impl Fn(SocketAddr) -> F,
) -> Result<L>
where
    F: Future<Output = std::io::Result<L>>,
{
    let Purpose { name, flag } = purpose;
    let mut addr = wanted.addr;
    loop {
        let error = match bind(addr).await {
            Ok(listener) => {
                if addr != wanted.addr {
                    crate::process::say(&format!(
                        "port {} is taken, so {name} listens on port {} (--{flag} chooses another)",
                        wanted.addr.port(),
                        addr.port()
                    ));
                }
                return Ok(listener);
            }
            Err(error) => error,
        };
        let next = addr.port().checked_add(1);
        let tried = addr.port() - wanted.addr.port();
        match (error.kind(), next) {
            (ErrorKind::AddrInUse, Some(port)) if !wanted.chosen && tried < limits::PORTS_TRIED => {
                addr.set_port(port);
            }
            (ErrorKind::AddrInUse, _) => bail!(
                "cannot listen on {addr} for {name}: the port is taken; choose another with --{flag} HOST:PORT, or port 0 for any free one"
            ),
            (ErrorKind::PermissionDenied, _) => bail!(
                "cannot listen on {addr} for {name}: ports below 1024 need a right (CAP_NET_BIND_SERVICE); choose another with --{flag} HOST:PORT"
            ),
            (ErrorKind::AddrNotAvailable, _) => bail!(
                "cannot listen on {addr} for {name}: this machine has no such address; choose another with --{flag} HOST:PORT"
            ),
            _ => bail!("cannot listen on {addr} for {name}: {error} (--{flag} chooses another)"),
        }
    }
}
