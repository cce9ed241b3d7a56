//! HTTP/1.1 over keep-alive connections, as little of it as load needs.
//!
//! An answer costs one read, and its body is handed out as a slice of the connection's buffer. It reads lengths and
//! chunks, nothing else of HTTP.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::BytesMut;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::limits;

const BUFFER_BYTES: usize = 4 * 1024;
/// Read at once of a body that is only counted.
const SKIM_BYTES: usize = 256 * 1024;

thread_local! {
    /// Where counted bodies go: one room for all connections of a thread.
    static SKIMMED: RefCell<Box<[u8]>> = RefCell::new(vec![0; SKIM_BYTES].into());
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Wire for I {}

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
    address: SocketAddr,
    /// As in `Host`.
    authority: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
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

/// One connection.
pub struct Connection {
    origin: Origin,
    io: Box<dyn Wire>,
    buffer: BytesMut,
    /// A chunked body, put together.
    body: Vec<u8>,
    is_closing: bool,
}

/// An answer, until the next question.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The head, as text.
    pub head: &'a str,
    /// The body, as it came (still compressed, if it was).
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

/// An answer whose body was only counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// The status code.
    pub status: u16,
    /// The length of the body.
    pub bytes: usize,
}

/// What an answer's head says about its body.
struct Head {
    end: usize,
    status: u16,
    body: Body,
    is_last: bool,
}

enum Body {
    Length(usize),
    Chunks,
    UntilClose,
}

impl Connection {
    /// Connects.
    pub async fn open(origin: impl Into<Origin>) -> Result<Self> {
        let origin = origin.into();
        let dialled = timeout(limits::CONNECT_TIME, Self::dial(&origin)).await;
        let io = dialled
            .context("no answer")
            .and_then(|io| io)
            .with_context(|| format!("cannot connect to {origin:?}"))?;
        Ok(Self {
            origin,
            io,
            buffer: BytesMut::new(),
            body: Vec::new(),
            is_closing: false,
        })
    }

    async fn dial(origin: &Origin) -> Result<Box<dyn Wire>> {
        let io = TcpStream::connect(origin.address).await?;
        io.set_nodelay(true)?;
        Ok(match &origin.tls {
            None => Box::new(io),
            Some((tls, name)) => Box::new(tls.connect(name.clone(), io).await?),
        })
    }

    /// Sends a request and reads its answer. A server that hung up after the last answer is dialled again.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.send(request).await?;
        timeout(limits::ANSWER_TIME, self.answer())
            .await
            .context("no answer")?
    }

    /// The same for an answer whose body need only be counted.
    pub async fn count(&mut self, request: &[u8]) -> Result<Counted> {
        self.send(request).await?;
        timeout(limits::ANSWER_TIME, self.counted())
            .await
            .context("no answer")?
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        if self.is_closing {
            *self = Self::open(self.origin.clone()).await?;
        }
        self.io.write_all(request).await?;
        self.io.flush().await?;
        Ok(())
    }

    async fn counted(&mut self) -> Result<Counted> {
        let head = self.head().await?;
        let Body::Length(length) = head.body else {
            let answer = self.rest(head).await?;
            return Ok(Counted {
                status: answer.status,
                bytes: answer.body.len(),
            });
        };
        let mut left = length.saturating_sub(self.buffer.len() - head.end);
        while left > 0 {
            let count = poll_fn(|cx| {
                SKIMMED.with_borrow_mut(|space| {
                    let most = space.len().min(left);
                    let mut room = ReadBuf::new(&mut space[..most]);
                    ready!(Pin::new(&mut self.io).poll_read(cx, &mut room))?;
                    Poll::Ready(std::io::Result::Ok(room.filled().len()))
                })
            });
            let count = count.await?;
            ensure!(count > 0, "the server hung up");
            left -= count;
        }
        Ok(Counted {
            status: head.status,
            bytes: length,
        })
    }

    async fn head(&mut self) -> Result<Head> {
        self.buffer.clear();
        self.buffer.reserve(BUFFER_BYTES);
        loop {
            if let Some(head) = read_head(&self.buffer)? {
                self.is_closing = head.is_last;
                return Ok(head);
            }
            ensure!(
                self.buffer.len() < limits::HEAD_BYTES_MAX,
                "a head without an end"
            );
            self.read().await?;
        }
    }

    async fn answer(&mut self) -> Result<Answer<'_>> {
        let head = self.head().await?;
        self.rest(head).await
    }

    async fn rest(&mut self, head: Head) -> Result<Answer<'_>> {
        let body_end = match head.body {
            Body::Length(length) => {
                ensure!(length <= limits::BODY_BYTES_MAX, "a body of {length} bytes");
                while self.buffer.len() < head.end + length {
                    self.read().await?;
                }
                head.end + length
            }
            Body::Chunks => {
                self.chunks(head.end).await?;
                head.end
            }
            Body::UntilClose => {
                self.is_closing = true;
                while self.io.read_buf(&mut self.buffer).await? > 0 {
                    ensure!(
                        self.buffer.len() <= limits::BODY_BYTES_MAX,
                        "a body without an end"
                    );
                }
                self.buffer.len()
            }
        };
        let body = match head.body {
            Body::Chunks => self.body.as_slice(),
            _ => &self.buffer[head.end..body_end],
        };
        let head_text = std::str::from_utf8(&self.buffer[..head.end])?;
        Ok(Answer {
            status: head.status,
            head: head_text,
            body,
        })
    }

    /// Puts a chunked body together, which begins at `at`.
    async fn chunks(&mut self, mut at: usize) -> Result<()> {
        self.body.clear();
        loop {
            let line_end = loop {
                if let Some(length) = find(&self.buffer[at..], b"\r\n") {
                    break at + length;
                }
                self.read().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..line_end])?;
            let size =
                usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            let so_far = self.body.len().saturating_add(size);
            ensure!(so_far <= limits::BODY_BYTES_MAX, "a body without an end");
            let end = line_end + 2 + size;
            while self.buffer.len() < end + 2 {
                self.read().await?;
            }
            if size == 0 {
                return Ok(());
            }
            self.body.extend_from_slice(&self.buffer[line_end + 2..end]);
            at = end + 2;
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.io.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server hung up");
        }
        Ok(())
    }
}

fn read_head(buffer: &[u8]) -> Result<Option<Head>> {
    let Some(end) = find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let end = end + 4;
    let text = std::str::from_utf8(&buffer[..end])?;
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .context("no status line")?;
    let is_chunked =
        header(text, "transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
    let length = header(text, "content-length").and_then(|length| length.parse().ok());
    let body = match length {
        _ if status == 204 || status == 304 => Body::Length(0),
        _ if is_chunked => Body::Chunks,
        Some(length) => Body::Length(length),
        None => Body::UntilClose,
    };
    let is_last = header(text, "connection").is_some_and(|how| how.eq_ignore_ascii_case("close"));
    Ok(Some(Head {
        end,
        status,
        body,
        is_last,
    }))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Where `needle` begins.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// A GET request as a browser sends it, with further header lines (each ending in CRLF).
pub fn get(host: impl fmt::Display, path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) matsuri-load\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en\r\n{more}\r\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    /// Answers every connection with the same bytes, then hangs up.
    async fn server(bytes: &'static [u8]) -> (SocketAddr, JoinSet<()>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut io, _)) = listener.accept().await {
                let mut request = [0; 1024];
                while io.read(&mut request).await.unwrap_or(0) > 0 {
                    for piece in bytes.chunks(7) {
                        io.write_all(piece).await.unwrap();
                    }
                }
            }
        });
        (address, tasks)
    }

    #[tokio::test]
    async fn bodies_with_a_length_and_in_chunks_are_read() {
        let wires: [&'static [u8]; 2] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;x=y\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
        ];
        for wire in wires {
            let (address, _tasks) = server(wire).await;
            let mut connection = Connection::open(address).await.unwrap();
            for _ in 0..2 {
                let answer = connection.ask(&get(address, "/", "")).await.unwrap();
                assert_eq!(
                    (answer.status, answer.body),
                    (200, b"hello world".as_slice())
                );
            }
        }
    }

    #[tokio::test]
    async fn a_counted_body_leaves_the_connection_in_step() {
        let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";
        let (address, _tasks) = server(wire).await;
        let mut connection = Connection::open(address).await.unwrap();
        for _ in 0..3 {
            let counted = connection.count(&get(address, "/", "")).await.unwrap();
            assert_eq!((counted.status, counted.bytes), (200, 11));
            let answer = connection.ask(&get(address, "/", "")).await.unwrap();
            assert_eq!(answer.body, b"hello world");
        }
    }

    #[tokio::test]
    async fn what_would_fill_the_memory_is_refused() {
        let long: &'static [u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        let chunk: &'static [u8] =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
        for wire in [long, chunk] {
            let (address, _tasks) = server(wire).await;
            let mut connection = Connection::open(address).await.unwrap();
            assert!(connection.ask(&get(address, "/", "")).await.is_err());
        }
    }

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
