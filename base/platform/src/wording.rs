//! Wordings of letters that a team changed, by scope, letter and language.

use db::{Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

record! {
    /// A subject and a text with `{variables}`.
    #[derive(PartialEq, Eq)]
    pub struct Wording {
        /// Subject.
        pub subject: String,
        /// Text.
        pub body: String,
        /// Counts changes; 0 where nobody ever changed it.
        pub version: i64,
    }
}

/// The wording that somebody gave a letter.
pub async fn find(
    mut run: impl Run,
    scope: &str,
    letter: &str,
    locale: &str,
) -> Result<Option<Wording>> {
    let find = sql!(Wording: "SELECT subject, body, version FROM mail_wording
        WHERE scope = $1 AND letter = $2 AND locale = $3");
    Ok(run.opt(find, params![scope, letter, locale]).await?)
}

/// Sets a wording if it still is the one of `version`; whether it was.
pub async fn set(
    tx: &mut Tx,
    key: (&str, &str, &str),
    version: i64,
    wording: (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let (scope, letter, locale) = key;
    let (subject, body) = wording;
    let set = sql!(
        "INSERT INTO mail_wording (scope, letter, locale, subject, body, version, changed_at)
            SELECT $1, $2, $3, $4, $5, 1, $6 WHERE $7 = 0
            ON CONFLICT (scope, letter, locale) DO NOTHING"
    );
    let change = sql!(
        "UPDATE mail_wording SET subject = $4, body = $5, version = version + 1, changed_at = $6
            WHERE scope = $1 AND letter = $2 AND locale = $3 AND version = $7"
    );
    let statement = if version == 0 { set } else { change };
    let changed = tx
        .exec(
            statement,
            params![scope, letter, locale, subject, body, now, version],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a letter its first wording back if its own still is the one of `version`; whether it was.
pub async fn reset(tx: &mut Tx, key: (&str, &str, &str), version: i64) -> Result<bool> {
    let (scope, letter, locale) = key;
    let reset = sql!(
        "DELETE FROM mail_wording WHERE scope = $1 AND letter = $2 AND locale = $3 AND version = $4"
    );
    let reset = tx
        .exec(reset, params![scope, letter, locale, version])
        .await?;
    Ok(reset == 1)
}
