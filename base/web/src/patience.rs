//! How long a handler may take: a while, unless it says that it makes progress.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::Error;
use tokio::time::Instant;
use tokio::time::error::Elapsed;

use crate::limits;

/// Until when an answer is waited for. Handlers of uploads put it off with each piece that arrives, so that a slow line is
/// waited for and a silent one is not.
#[derive(Clone, Debug)]
pub struct Patience(Arc<Mutex<Instant>>);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(
            Instant::now() + limits::HANDLER_TIMEOUT,
        )))
    }

    /// Something arrived: the time begins anew.
    pub fn renew(&self) {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Instant::now() + limits::HANDLER_TIMEOUT;
    }

    fn until(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn wait_for<T>(&self, handler: impl Future<Output = T>) -> Result<T, Elapsed> {
        let mut handler = std::pin::pin!(handler);
        loop {
            let until = self.until();
            match tokio::time::timeout_at(until, &mut handler).await {
                Err(_) if self.until() > until => {}
                outcome => return outcome,
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Patience {
    type Rejection = crate::Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let patience = parts.extensions.get::<Self>().cloned();
        patience.ok_or_else(|| Error::internal("a route outside of `enter`").into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_makes_progress_is_waited_for_and_who_does_not_is_given_up() {
        let patience = Patience::new();
        let slow = async {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_secs(20)).await;
                patience.renew();
            }
        };
        assert!(patience.wait_for(slow).await.is_ok());
        let (patience, began) = (Patience::new(), Instant::now());
        let silent = std::future::pending::<()>();
        assert!(patience.wait_for(silent).await.is_err());
        assert_eq!(began.elapsed(), limits::HANDLER_TIMEOUT);
    }
}
