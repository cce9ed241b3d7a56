use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http_body_util::Full;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use web::Tls;
use web::serve::{Bounds, bind, serve};

/// Writes a fresh self-signed certificate; its DER form is what a client may trust.
fn certify(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["box.test".into()]).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).expect("written");
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    made.cert.der().to_vec()
}

async fn dial(
    addr: std::net::SocketAddr,
    trusted: &[u8],
    alpn: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    dial_on(TcpStream::connect(addr).await?, trusted, alpn).await
}

async fn dial_on<I: AsyncRead + AsyncWrite + Unpin>(
    stream: I,
    trusted: &[u8],
    alpn: &str,
) -> std::io::Result<TlsStream<I>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.to_vec().into()).expect("well-formed");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("box.test").expect("a name"), stream)
        .await
}

#[tokio::test]
async fn a_certificate_is_served_and_replaced_without_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = certify(folder.path());
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let tls = Tls::load(&cert, &key, &["h2", "http/1.1"]).expect("usable");
    let listener = bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
    let addr = listener.local_addr().expect("bound");
    let stop = CancellationToken::new();
    let bounds = Bounds {
        connections: Arc::new(Semaphore::new(10)),
        drain: Duration::from_secs(5),
    };
    let answer = |_| async { Response::new(Full::<bytes::Bytes>::from("hello")) };
    let server = tokio::spawn(serve(
        listener,
        Some(tls.clone()),
        answer,
        bounds,
        stop.clone(),
    ));

    let mut stream = dial(addr, &first, "http/1.1").await.expect("a handshake");
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: box.test\r\nconnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("answered");
    assert!(
        text.starts_with("HTTP/1.1 200 OK") && text.ends_with("hello"),
        "{text}"
    );
    let h2 = dial(addr, &first, "h2").await.expect("a handshake");
    assert_eq!(h2.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let other = tls.with_protocols(&["http/1.1"]);

    let second = certify(folder.path());
    tls.reload().expect("usable");
    assert!(
        dial(addr, &first, "h2").await.is_err(),
        "new handshakes get the new certificate"
    );
    dial(addr, &second, "h2").await.expect("a handshake");
    let (client, theirs) = tokio::io::duplex(16 * 1024);
    let (accepted, dialled) = tokio::join!(
        other.acceptor().accept(theirs),
        dial_on(client, &second, "http/1.1")
    );
    accepted.expect("the same certificate");
    let protocol = dialled
        .expect("a handshake")
        .get_ref()
        .1
        .alpn_protocol()
        .map(<[u8]>::to_vec);
    assert_eq!(protocol, Some(b"http/1.1".to_vec()));

    std::fs::write(&key, "not a key").expect("written");
    let complaint = tls
        .reload()
        .expect_err("a broken key is refused")
        .to_string();
    assert!(complaint.contains("key.pem"), "{complaint}");
    dial(addr, &second, "h2")
        .await
        .expect("the certificate in use stays");
    stop.cancel();
    server.await.expect("the server ends");
}

#[test]
fn files_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let cert = folder.path().join("cert.pem");
    certify(folder.path());
    let missing = Tls::load(&cert, &folder.path().join("none.pem"), &[]).expect_err("no key");
    assert!(missing.to_string().contains("none.pem"), "{missing}");
    std::fs::rename(folder.path().join("key.pem"), folder.path().join("old.pem")).expect("moved");
    certify(folder.path());
    let wrong = Tls::load(&cert, &folder.path().join("old.pem"), &[]).expect_err("another's key");
    assert!(wrong.to_string().contains("old.pem"), "{wrong}");
}
