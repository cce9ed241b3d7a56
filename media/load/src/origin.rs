//! Servers and what is at them: addresses, and whose certificates are believed.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::limits;
use crate::wire::get;

/// Whose certificates are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of the public authorities.
    Authorities,
    /// Everybody's, for a server that is known otherwise: a test on the own machine.
    Everybody,
}

/// A server: where it is, what it is called, and how to speak to it.
#[derive(Clone)]
pub struct Origin {
    pub(crate) address: SocketAddr,
    /// As in `Host`.
    authority: String,
    pub(crate) tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

impl From<SocketAddr> for Origin {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            authority: address.to_string(),
            tls: None,
        }
    }
}

impl Origin {
    /// The same server over TLS 1.3 with AES-128-GCM and whatever certificate: for measuring.
    pub fn encrypted(address: SocketAddr) -> Result<Self> {
        let mut provider = ring::default_provider();
        provider.cipher_suites = vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256];
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Believer::new())
            .with_no_client_auth();
        let tls = (TlsConnector::from(Arc::new(config)), address.ip().into());
        Ok(Self {
            tls: Some(tls),
            ..address.into()
        })
    }

    /// What goes into `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    fn is_secure(&self) -> bool {
        self.tls.is_some()
    }
}

/// Something at an origin.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where.
    pub origin: Origin,
    /// Path and query.
    pub path: String,
    trust: Trust,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.origin.is_secure() {
            "https"
        } else {
            "http"
        };
        write!(f, "{scheme}://{}{}", self.origin.authority, self.path)
    }
}

impl Address {
    /// Reads `http://…` or `https://…` and looks the host up.
    pub async fn find(url: &str, trust: Trust) -> Result<Self> {
        let example = "write it as https://HOST/PATH";
        let (scheme, rest) = url.split_once("://").context(example)?;
        let is_secure = match scheme {
            "https" => true,
            "http" => false,
            _ => bail!("{scheme} is not spoken here; {example}"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let slash = if path.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{path}");
        ensure!(
            !authority.is_empty() && !path.contains(char::is_whitespace),
            "{example}"
        );
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let default = if is_secure { ":443" } else { ":80" };
        let full = format!("{authority}{}", if has_port { "" } else { default });
        let found = timeout(limits::CONNECT_TIME, lookup_host(&full)).await;
        let mut found = found
            .context("no answer")
            .and_then(|found| Ok(found?))
            .with_context(|| format!("cannot find {authority}"))?;
        let address = found
            .next()
            .with_context(|| format!("cannot find {authority}"))?;
        let host = full.rsplit_once(':').map_or(&*full, |(host, _)| host);
        let name = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let tls = if is_secure {
            let name = ServerName::try_from(name).context("that is no name of a server")?;
            Some((connector(trust)?, name))
        } else {
            None
        };
        let origin = Origin {
            address,
            authority: authority.to_owned(),
            tls,
        };
        Ok(Self {
            origin,
            path,
            trust,
        })
    }

    /// What a reference in what is there means.
    pub async fn join(&self, reference: &str) -> Result<Self> {
        if reference.contains("://") {
            return Self::find(reference, self.trust).await;
        }
        let path = if reference.starts_with('/') {
            reference.to_owned()
        } else {
            let own = self.path.split('?').next().unwrap_or_default();
            let folder = own.rfind('/').map_or("/", |at| &own[..=at]);
            format!("{folder}{reference}")
        };
        Ok(Self {
            path,
            ..self.clone()
        })
    }

    /// The same with more parameters.
    #[must_use]
    pub fn with_query(&self, more: &str) -> Self {
        let mark = if self.path.contains('?') { '&' } else { '?' };
        Self {
            path: format!("{}{mark}{more}", self.path),
            ..self.clone()
        }
    }

    /// The request for it, with more header lines (each ending in CRLF).
    pub fn get(&self, more: &str) -> Vec<u8> {
        get(&self.origin.authority, &self.path, more)
    }
}

fn connector(trust: Trust) -> Result<TlsConnector> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let mut config = match trust {
        Trust::Authorities => {
            let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        Trust::Everybody => builder
            .dangerous()
            .with_custom_certificate_verifier(Believer::new())
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Believes every certificate.
#[derive(Debug)]
struct Believer(CryptoProvider);

impl Believer {
    fn new() -> Arc<Self> {
        Arc::new(Self(ring::default_provider()))
    }
}

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn references_are_joined_as_a_player_joins_them() {
        let base = Address::find(
            "http://127.0.0.1:8080/t/x/media/d/a/index.m3u8?y=/z",
            Trust::Authorities,
        );
        let base = base.await.unwrap();
        for (reference, whole) in [
            ("live.m3u8", "http://127.0.0.1:8080/t/x/media/d/a/live.m3u8"),
            ("/b", "http://127.0.0.1:8080/b"),
            ("https://127.0.0.1/c", "https://127.0.0.1/c"),
        ] {
            assert_eq!(base.join(reference).await.unwrap().to_string(), whole);
        }
        assert!(Address::find("ftp://x/", Trust::Authorities).await.is_err());
        assert!(Address::find("nonsense", Trust::Authorities).await.is_err());
    }
}
