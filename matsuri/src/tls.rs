//! The site's certificate: read at the start, and again whenever its files change.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;
use platform::Tasks;
use web::Tls;

use crate::config::Config;
use crate::limits;

/// What the lean media listener speaks.
pub const MEDIA_PROTOCOLS: &[&str] = &["http/1.1"];
/// What browsers may choose from.
const PROTOCOLS: &[&str] = &["h2", "http/1.1"];

/// The certificate that the configuration names, if it names one.
pub fn load(config: &Config) -> Result<Option<Tls>> {
    match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(Tls::load(cert, key, PROTOCOLS)?)),
        _ => Ok(None),
    }
}

/// Reads the files again when they change, so that a renewed certificate needs no restart.
pub fn watch(tasks: &Tasks, tls: Tls) {
    let token = tasks.token();
    tasks.spawn("certificate", async move {
        let mut known = changed(&tls);
        while token
            .run_until_cancelled(tokio::time::sleep(limits::CERTIFICATE_POLL))
            .await
            .is_some()
        {
            let now = changed(&tls);
            if now == known {
                continue;
            }
            match tls.reload() {
                Ok(()) => {
                    known = now;
                    tracing::info!("the certificate was replaced; new connections get the new one");
                }
                // Certificate and key are written one after the other: the next look may find a pair.
                Err(error) => tracing::warn!(
                    "the changed certificate cannot be used, the old one stays: {error}"
                ),
            }
        }
    });
}

fn changed(tls: &Tls) -> [Option<SystemTime>; 2] {
    let at = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    tls.files().map(at)
}
