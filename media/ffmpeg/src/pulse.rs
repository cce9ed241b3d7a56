//! Whether a process lives, and what it complains about.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::Instant;

use crate::limits;

/// Since when a process has been fed without saying anything.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<Instant>>);

impl Pulse {
    /// It is fed.
    pub(crate) fn fed(&self) {
        locked(&self.0).get_or_insert_with(Instant::now);
    }

    /// It said something.
    pub(crate) fn said(&self) {
        *locked(&self.0) = None;
    }

    /// Returns when it has been silent for too long.
    pub(crate) async fn stops(&self, silent_max: Duration) {
        let every = (silent_max / 10).max(Duration::from_millis(10));
        loop {
            tokio::time::sleep(every).await;
            let since = *locked(&self.0);
            if since.is_some_and(|since| since.elapsed() > silent_max) {
                return;
            }
        }
    }
}

/// Keeps the beginning of what a process complains about and reads on, so that it never waits for us. Never ends: its
/// standard output tells that it ended.
pub(crate) async fn keep(mut stderr: impl AsyncRead + Unpin, complaint: &Mutex<String>) {
    let mut buffer = vec![0; 1_024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let mut complaint = locked(complaint);
        let room = limits::COMPLAINT_BYTES_MAX.saturating_sub(complaint.len());
        complaint.push_str(&String::from_utf8_lossy(&buffer[..count.min(room)]));
    }
    std::future::pending::<()>().await;
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn of_endless_complaints_only_the_beginning_is_kept() {
        let (endless, complaint) = (tokio::io::repeat(b'x').take(100_000), Mutex::default());
        let kept = timeout(Duration::from_secs(1), keep(endless, &complaint)).await;
        assert!(kept.is_err(), "it waits for the process to end");
        assert_eq!(locked(&complaint).len(), limits::COMPLAINT_BYTES_MAX);
    }
}
