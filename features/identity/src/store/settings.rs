//! What the owner of the site chose.

use db::{Run, Tx, params, sql};
use kernel::Result;

/// Whether members of teams must have proved a passkey.
pub(crate) const TEAM_PASSKEY: &str = "team_passkey";

/// Whether people may have passwords.
pub(crate) const PASSWORD: &str = "password";

/// A setting, where somebody chose it.
pub(crate) async fn get(mut run: impl Run, name: &str) -> Result<Option<String>> {
    let sql = sql!(String: "SELECT value FROM site_setting WHERE name = $1");
    Ok(run.opt(sql, params![name]).await?)
}

/// Chooses.
pub(crate) async fn put(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO site_setting (name, value, version) VALUES ($1, $2, 1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, version = site_setting.version + 1"
        ),
        params![name, value],
    )
    .await?;
    Ok(())
}
