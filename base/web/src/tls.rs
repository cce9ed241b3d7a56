//! TLS from certificate files (RFC 8446 through rustls and ring), replaced without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

/// Why certificate files cannot be used. Says which file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    /// The certificate chain cannot be read.
    #[error("{0}: {1}; it must hold the certificate and its chain in PEM")]
    Certificate(PathBuf, pem::Error),
    /// The file holds no certificate.
    #[error("{0}: no certificate in it; it must hold the certificate and its chain in PEM")]
    NoCertificate(PathBuf),
    /// The key cannot be read.
    #[error("{0}: {1}; it must hold the private key in PEM")]
    Key(PathBuf, pem::Error),
    /// Key and certificate do not fit, or are of a kind that is not supported.
    #[error("{0}: {1}; give the key that belongs to the certificate")]
    Pair(PathBuf, rustls::Error),
}

/// A certificate and the files that it came from.
#[derive(Clone, Debug)]
pub struct Tls {
    acceptor: Config,
    current: Arc<Current>,
    certificate_file: PathBuf,
    key_file: PathBuf,
}

#[derive(Clone)]
struct Config(TlsAcceptor);

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Config")
    }
}

/// What new handshakes get; open connections keep what they began with.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads a certificate chain and its key; `protocols` are offered by ALPN (RFC 7301), the best first.
    pub fn load(certificate: &Path, key: &Path, protocols: &[&str]) -> Result<Self, BadTls> {
        let current = Arc::new(Current(ArcSwap::from_pointee(read(certificate, key)?)));
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| BadTls::Pair(key.to_owned(), error))?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = names(protocols);
        Ok(Self {
            acceptor: Config(TlsAcceptor::from(Arc::new(config))),
            current,
            certificate_file: certificate.to_owned(),
            key_file: key.to_owned(),
        })
    }

    /// Reads the files again. On a complaint the certificate in use stays.
    pub fn reload(&self) -> Result<(), BadTls> {
        let fresh = read(&self.certificate_file, &self.key_file)?;
        self.current.0.store(Arc::new(fresh));
        Ok(())
    }

    /// The files of certificate and key.
    pub fn files(&self) -> [&Path; 2] {
        [&self.certificate_file, &self.key_file]
    }

    /// The same certificate, replaced when this one is, for a listener that speaks other protocols.
    #[must_use]
    pub fn with_protocols(&self, protocols: &[&str]) -> Self {
        let mut config = ServerConfig::clone(self.acceptor.0.config());
        config.alpn_protocols = names(protocols);
        Self {
            acceptor: Config(TlsAcceptor::from(Arc::new(config))),
            ..self.clone()
        }
    }

    /// For listeners that speak through it.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.0.clone()
    }
}

fn names(protocols: &[&str]) -> Vec<Vec<u8>> {
    protocols.iter().map(|p| p.as_bytes().to_vec()).collect()
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, BadTls> {
    let bad = |error| BadTls::Certificate(certificate.to_owned(), error);
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .map_err(bad)?
        .collect::<Result<_, _>>()
        .map_err(bad)?;
    if chain.is_empty() {
        return Err(BadTls::NoCertificate(certificate.to_owned()));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| BadTls::Key(key.to_owned(), error))?;
    let pair = |error| BadTls::Pair(key.to_owned(), error);
    let signer = ring::sign::any_supported_type(&secret).map_err(pair)?;
    let certified = CertifiedKey::new(chain, signer);
    certified.keys_match().map_err(pair)?;
    Ok(certified)
}
