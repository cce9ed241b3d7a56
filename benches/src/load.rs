//! The load generator of the suites: the connections of `media-load`, and hammering.

use std::time::Duration;

use anyhow::Result;
use media_load::origin::Origin;
pub(crate) use media_load::wire::{Connection, get};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What hammering at one address gave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hammered {
    /// Answers with status 200.
    pub(crate) answers: u32,
    /// Everything else.
    pub(crate) failures: u32,
    /// Bytes of all bodies.
    pub(crate) bytes: u64,
    /// Bytes of the last body.
    pub(crate) body_bytes: usize,
}

/// Sends the same request over several connections, one after the other on each, for a while.
pub(crate) async fn hammer(
    origin: impl Into<Origin>,
    request: &[u8],
    connections: usize,
    during: Duration,
) -> Result<Hammered> {
    let (origin, end) = (origin.into(), Instant::now() + during);
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(one(origin.clone(), request.to_vec(), end));
    }
    let mut all = Hammered::default();
    while let Some(one) = tasks.join_next().await {
        let one = one??;
        all.answers += one.answers;
        all.failures += one.failures;
        all.bytes += one.bytes;
        all.body_bytes = one.body_bytes.max(all.body_bytes);
    }
    Ok(all)
}

async fn one(origin: Origin, request: Vec<u8>, end: Instant) -> Result<Hammered> {
    let mut connection = Connection::open(origin).await?;
    let mut seen = Hammered::default();
    while Instant::now() < end {
        let answer = connection.count(&request).await?;
        if answer.status == 200 {
            seen.answers += 1;
            seen.body_bytes = answer.bytes;
            seen.bytes += answer.bytes as u64;
        } else {
            seen.failures += 1;
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn hammering_counts_answers_and_failures() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((mut io, _)) = listener.accept().await {
                let mut request = [0; 1024];
                while io.read(&mut request).await.unwrap_or(0) > 0 {
                    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                    io.write_all(answer).await.unwrap();
                }
            }
        });
        let ask = get(address, "/", "");
        let seen = hammer(address, &ask, 2, Duration::from_millis(30)).await;
        let seen = seen.unwrap();
        assert_eq!(seen.answers, 0);
        assert!(seen.failures > 0);
    }
}
