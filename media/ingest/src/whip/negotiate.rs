//! From an offer to an answer, and the state machine that stands for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::crypto::dtls::DtlsCert;
use str0m::ice::IceCreds;
use str0m::{Candidate, Rtc, RtcConfig};

use super::crypto;
use super::sdp::{self, Offered, Unfit};
use super::way::TELL_EVERY;
use crate::limits::{REORDERED_PICTURES_MAX, REORDERED_SOUNDS_MAX};

/// Where senders reach us.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// Chosen by the operator; none: what the system says.
    public: Vec<SocketAddr>,
    bound: SocketAddr,
}

/// A negotiated session.
pub(super) struct Negotiated {
    pub(super) rtc: Rtc,
    pub(super) answer: String,
    pub(super) offered: Offered,
    /// Our addresses as the answer names them.
    pub(super) local: Vec<SocketAddr>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("{0}")]
    Unfit(#[from] Unfit),
    #[error("the offer cannot be answered: {0}")]
    Broken(String),
    #[error("this server does not know the address at which it can be reached")]
    Nowhere,
}

impl Addresses {
    /// `public` may leave out the port, as 0.
    pub(super) fn new(public: &[SocketAddr], bound: SocketAddr) -> Self {
        let with_port = |address: &SocketAddr| match address.port() {
            0 => SocketAddr::new(address.ip(), bound.port()),
            _ => *address,
        };
        Self {
            public: public.iter().map(with_port).collect(),
            bound,
        }
    }

    /// The addresses to tell a sender who came from `peer`.
    pub(super) fn towards(&self, peer: SocketAddr) -> Vec<SocketAddr> {
        if !self.public.is_empty() {
            return self.public.clone();
        }
        if !self.bound.ip().is_unspecified() {
            return vec![self.bound];
        }
        // Where packets to the peer leave from; and, because the peer may be a proxy beside us, packets to anywhere.
        // No packet is sent: the system only looks at its routes. (192.0.2.0/24 and 2001:db8::/32 are nobody's.)
        let mut found = Vec::new();
        let anywhere = match self.bound.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
        };
        for towards in [peer.ip().to_canonical(), anywhere] {
            if let Some(from) = leaves_from(towards)
                && !found.contains(&SocketAddr::new(from, self.bound.port()))
            {
                found.push(SocketAddr::new(from, self.bound.port()));
            }
        }
        found
    }
}

fn leaves_from(towards: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match towards {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((towards, 9)).ok()?;
    let from = socket.local_addr().ok()?.ip();
    (!from.is_unspecified()).then_some(from)
}

/// Answers an offer. `fragment` and `password` are ours.
pub(super) fn answer(
    offer: &str,
    credentials: IceCreds,
    certificate: &DtlsCert,
    local: Vec<SocketAddr>,
    now: Instant,
) -> Result<Negotiated, Refused> {
    let offered = sdp::look(offer)?;
    let broken = |error: &dyn std::fmt::Display| Refused::Broken(error.to_string());
    let offer = SdpOffer::from_sdp_string(offer).map_err(|error| broken(&error))?;
    let mut rtc = RtcConfig::new()
        // A server with an address of its own only answers checks (RFC 8445 §2.5).
        .set_ice_lite(true)
        .set_crypto_provider(Arc::new(crypto::provider()))
        .set_local_ice_credentials(credentials)
        .set_dtls_cert(certificate.clone())
        .clear_codecs()
        .enable_h264(true)
        .enable_opus(true, false)
        .set_stats_interval(Some(TELL_EVERY))
        .set_reordering_size_video(REORDERED_PICTURES_MAX)
        .set_reordering_size_audio(REORDERED_SOUNDS_MAX)
        .build(now);
    for address in &local {
        if let Ok(candidate) = Candidate::host(*address, "udp") {
            rtc.add_local_candidate(candidate);
        }
    }
    if local.is_empty() {
        return Err(Refused::Nowhere);
    }
    let answer = rtc
        .sdp_api()
        .accept_offer(offer)
        .map_err(|error| broken(&error))?;
    let answer = answer.to_sdp_string();
    if offered.video && !sdp::takes(&answer, "H264") {
        return Err(Refused::Unfit(Unfit::NoH264));
    }
    Ok(Negotiated {
        rtc,
        answer,
        offered,
        local,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_the_operator_chose_is_told_with_the_port_that_is_bound() {
        let addresses = Addresses::new(
            &[address("203.0.113.7:0"), address("[2001:db8::7]:9000")],
            address("0.0.0.0:8189"),
        );
        assert_eq!(
            addresses.towards(address("192.0.2.9:1")),
            [address("203.0.113.7:8189"), address("[2001:db8::7]:9000")]
        );
    }

    #[test]
    fn one_bound_address_is_told_as_it_is() {
        let addresses = Addresses::new(&[], address("127.0.0.1:8189"));
        assert_eq!(
            addresses.towards(address("192.0.2.9:1")),
            [address("127.0.0.1:8189")]
        );
    }

    #[test]
    fn all_addresses_become_those_that_lead_to_the_peer() {
        let addresses = Addresses::new(&[], address("0.0.0.0:8189"));
        let told = addresses.towards(address("127.0.0.1:5"));
        assert_eq!(told[0], address("127.0.0.1:8189"));
        assert!(told.iter().all(|address| !address.ip().is_unspecified()));
    }
}
