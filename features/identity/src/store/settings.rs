//! What the owner of the site chose.

use db::{Run, Tx, params, sql};
use kernel::Result;

/// Whether members of teams must have proved a passkey.
pub(crate) const TEAM_PASSKEY: &str = "team_passkey";

/// Whether people may have passwords.
pub(crate) const PASSWORD: &str = "password";

/// Whether a setting is on; what nobody chose is off.
pub(crate) async fn is_on(mut run: impl Run, name: &str) -> Result<bool> {
    let sql = sql!(String: "SELECT value FROM site_setting WHERE name = $1");
    let value = run.opt(sql, params![name]).await?;
    Ok(value.as_deref() == Some("on"))
}

/// Lets others who choose wait until this transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO site_setting (name, value, version) VALUES ($1, 'off', 1)
             ON CONFLICT (name) DO UPDATE SET version = site_setting.version + 1"
        ),
        params![TEAM_PASSKEY],
    )
    .await?;
    Ok(())
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
