//! RTMP over TLS: ffmpeg, our own publisher, and those who do not speak it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use media_core::{ChannelName, State};
use media_ingest::rtmp::{Ending, Limits, Publisher};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::house::{House, quick, send_some, until};

/// A server that also listens behind TLS, where that is, and what trusts it.
async fn open(limits: Limits) -> (House, SocketAddr, TlsConnector) {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(issued.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let tls = TlsAcceptor::from(Arc::new(server));
    let house = House::with(limits, |server| server.secured(listener, tls)).await;
    (house, addr, TlsConnector::from(Arc::new(client)))
}

fn protocol(house: &House) -> Option<&'static str> {
    let name = ChannelName::parse("conf/a").unwrap();
    let status = house.channels.status(&name);
    let source = status.borrow().source.clone();
    source.map(|source| source.protocol)
}

#[tokio::test]
async fn a_publisher_over_tls_is_let_in_like_any_other() {
    let (house, addr, connector) = open(quick()).await;
    // Our publisher speaks plain RTMP; what stands between it and the server speaks TLS.
    let between = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rtmp://{}/live/key", between.local_addr().unwrap());
    let carry = async {
        let (mut near, _) = between.accept().await.unwrap();
        let far = TcpStream::connect(addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut far = connector.connect(name, far).await.unwrap();
        let _either_hung_up = copy_bidirectional(&mut near, &mut far).await;
    };
    let publish = async {
        let mut publisher = Publisher::connect(&url).await.unwrap();
        send_some(&mut publisher).await;
        until("frames arrive", || house.counters.frames.get() > 10).await;
        assert_eq!(house.state(), State::Receiving);
        assert_eq!(protocol(&house), Some("rtmps"));
        publisher.close().await.unwrap();
    };
    tokio::join!(carry, publish);
    house.ended(Ending::Unpublished, 1).await;
    house.still_serves().await;
}

#[tokio::test]
async fn ffmpeg_publishes_over_tls() {
    let (house, addr, _) = open(quick()).await;
    let picture = "-re -f lavfi -i testsrc=size=160x120:rate=25 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";
    let _child = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error"])
        .args(picture.split_whitespace())
        .args([
            "-tls_verify",
            "0",
            "-f",
            "flv",
            &format!("rtmps://{addr}/live/key"),
        ])
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("ffmpeg is needed for this test");
    until("its frames arrive", || house.counters.frames.get() > 25).await;
    assert_eq!(protocol(&house), Some("rtmps"));
}

#[tokio::test]
async fn who_does_not_speak_tls_or_says_nothing_is_hung_up_on() {
    let (house, addr, _) = open(Limits {
        handshake: Duration::from_millis(300),
        ..quick()
    })
    .await;
    let mut plain = TcpStream::connect(addr).await.unwrap();
    plain.write_all(&[3; 1_537]).await.unwrap();
    house.ended(Ending::NotRtmp, 1).await;
    let _silent = TcpStream::connect(addr).await.unwrap();
    house.ended(Ending::TooSlow, 1).await;
    house.still_serves().await;
}
