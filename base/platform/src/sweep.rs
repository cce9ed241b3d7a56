//! Takes away what nobody needs any more: files without a row, mails of long ago.

use db::Db;
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::{Blobs, limits, outbox};

/// Sweeps now and then until `token` ends it.
pub async fn sweeping(blobs: Blobs, db: Db, clock: Clock, token: CancellationToken) {
    let mut pause = tokio::time::interval(limits::SWEEP);
    while token.run_until_cancelled(pause.tick()).await.is_some() {
        match blobs.sweep(&db, clock.now()).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "removed {files} files that nothing refers to"),
            Err(error) => tracing::warn!(%error, "files could not be swept"),
        }
        match outbox::forget(&db, clock.now()).await {
            Ok(0) => {}
            Ok(mails) => tracing::info!(mails, "forgot {mails} mails of long ago"),
            Err(error) => tracing::warn!(%error, "old mails could not be forgotten"),
        }
    }
}
