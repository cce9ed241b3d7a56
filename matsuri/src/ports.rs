//! The ports of a server: what is bound before anything else begins, and where encoders are told to knock.

use std::net::SocketAddr;

use anyhow::Result;
use media_ingest::whip;
use tokio::net::{TcpListener, UdpSocket};

use crate::config::Config;
use crate::listen;
use crate::serve::publish_url;

/// The ports of a server, taken before anything else is done: who cannot have them need not begin.
pub(crate) struct Ports {
    pub(crate) http: TcpListener,
    pub(crate) ingest: Doors,
    pub(crate) media: Option<TcpListener>,
    pub(crate) metrics: Option<TcpListener>,
}

/// Where pictures and sound come in.
pub(crate) struct Doors {
    pub(crate) rtmp: TcpListener,
    pub(crate) rtmps: Option<TcpListener>,
    pub(crate) webrtc: Option<UdpSocket>,
}

impl Ports {
    /// Takes what the configuration wants.
    pub(crate) async fn take(config: &Config) -> Result<Self> {
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

/// Where encoders are told to publish.
pub(crate) fn doors(rtmp: &str, public_url: &str, ingest: &Doors) -> studio::Doors {
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

/// Where a listener listens, if there is one.
pub(crate) fn address(listener: Option<&TcpListener>) -> Option<SocketAddr> {
    listener.and_then(|listener| listener.local_addr().ok())
}
