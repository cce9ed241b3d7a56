//! What became of mails: the state of each, searched and filtered, and another try for those that were given up.

use db::{Db, Run, params, record, sql};
use kernel::{Result, Timestamp, word_enum};
use serde::Serialize;

use crate::limits;
use crate::mail::MailId;

word_enum! {
    /// What became of a mail.
    pub enum State {
        /// Waits for its first attempt, or for its turn.
        Queued = "queued",
        /// Left, or lies in the mailbox where no mail server is configured.
        Sent = "sent",
        /// Failed at least once and will be tried again.
        Retrying = "retrying",
        /// Given up: somebody has to decide.
        Dead = "dead",
    }
}

record! {
    /// A mail of the outbox. Its text is not part of it: links in it are secrets.
    #[derive(Serialize)]
    pub struct Entry {
        /// Its id.
        pub id: MailId,
        /// Whose outbox it is in; empty for the site's.
        pub scope: String,
        /// Name of the letter that it is a copy of.
        pub letter: String,
        /// Address of the reader.
        pub recipient: String,
        /// Subject.
        pub subject: String,
        /// When it was queued.
        pub queued_at: Timestamp,
        /// When it left.
        pub sent_at: Option<Timestamp>,
        /// Attempts so far; none once it left.
        pub attempts: Option<i64>,
        /// When it is tried again.
        pub next_at: Option<Timestamp>,
        /// What the last attempt said.
        pub last_error: Option<String>,
        /// What became of it.
        pub state: State,
    }
}

/// Which mails.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// One outbox; `None` for all of them.
    pub scope: Option<String>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those whose address or subject has this in it.
    pub text: String,
    /// Only those before this one, as the last page ended.
    pub before: Option<(Timestamp, MailId)>,
}

/// Mails with what became of each: selected columns, then which rows. A mail has at most one job.
macro_rules! mails {
    ($columns:literal, $rows:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " CASE WHEN mail.sent_at IS NOT NULL THEN 'sent' WHEN job.dead_at IS NOT NULL THEN 'dead'
                WHEN job.last_error IS NOT NULL THEN 'retrying' ELSE 'queued' END AS state
            FROM mail LEFT JOIN job ON job.id = mail.job WHERE ($1 OR mail.scope = $2) AND ",
            $rows
        )
    };
}

/// The same with everything that an [`Entry`] has.
macro_rules! entries {
    ($rows:literal) => {
        mails!(
            "mail.id AS id, mail.scope AS scope, mail.letter AS letter, mail.recipient AS recipient,
            mail.subject AS subject, mail.queued_at AS queued_at, mail.sent_at AS sent_at, job.attempts AS attempts,
            CASE WHEN job.dead_at IS NULL THEN job.run_at END AS next_at, job.last_error AS last_error,",
            $rows
        )
    };
}

/// At most `limit` mails of the outbox, the newest first.
pub async fn page(db: &Db, wanted: &Wanted, limit: i64) -> Result<Vec<Entry>> {
    let (before, before_id) = match &wanted.before {
        Some((at, id)) => (*at, id.as_str()),
        None => (Timestamp::MAX, ""),
    };
    let like = db::containing(&wanted.text.trim().to_lowercase());
    let page = sql!(Entry: concat!("SELECT * FROM (", entries!(
            "(lower(mail.recipient) LIKE $3 ESCAPE '!' OR lower(mail.subject) LIKE $3 ESCAPE '!')
             AND (mail.queued_at < $4 OR (mail.queued_at = $4 AND mail.id < $5))"
        ), ") entry WHERE ($6 = '' OR state = $6) ORDER BY queued_at DESC, id DESC LIMIT $7"));
    let entries = db
        .all(
            page,
            params![
                wanted.scope.is_none(),
                wanted.scope.as_deref().unwrap_or_default(),
                like,
                before,
                before_id,
                wanted.state.map(State::as_str).unwrap_or_default(),
                limit
            ],
        )
        .await?;
    Ok(entries)
}

/// One mail of an outbox.
pub async fn one(mut run: impl Run, scope: Option<&str>, id: &MailId) -> Result<Option<Entry>> {
    let one = sql!(Entry: entries!("mail.id = $3"));
    let found = run.opt(one, params![scope.is_none(), scope.unwrap_or_default(), id]);
    Ok(found.await?)
}

record! {
    /// How many mails are in a state.
    pub struct Count {
        /// The state.
        pub state: State,
        /// How many.
        pub count: i64,
    }
}

/// How many mails of an outbox are in which state.
pub async fn counts(db: &Db, scope: Option<&str>) -> Result<Vec<Count>> {
    let counts = sql!(Count: concat!(
        "SELECT state, count(*) AS count FROM (", mails!("", "TRUE"), ") entry GROUP BY state ORDER BY state"
    ));
    Ok(db
        .all(counts, params![scope.is_none(), scope.unwrap_or_default()])
        .await?)
}

/// How many mails of all outboxes have not left, by state.
pub async fn waiting(db: &Db) -> Result<Vec<Count>> {
    let counts = sql!(Count: concat!(
        "SELECT state, count(*) AS count FROM (", mails!("", "mail.sent_at IS NULL"),
        ") entry GROUP BY state ORDER BY state"
    ));
    Ok(db.all(counts, params![true, ""]).await?)
}

/// Gives a mail that was given up all its attempts again; whether there was one in that outbox.
pub async fn resend(
    mut run: impl Run,
    scope: Option<&str>,
    id: &MailId,
    now: Timestamp,
) -> Result<bool> {
    let resend = sql!(
        "UPDATE job SET dead_at = NULL, attempts = 0, last_error = NULL, run_at = $4 WHERE dead_at IS NOT NULL
            AND id = (SELECT job FROM mail WHERE id = $3 AND ($1 OR scope = $2))"
    );
    let resent = run
        .exec(
            resend,
            params![scope.is_none(), scope.unwrap_or_default(), id, now],
        )
        .await?;
    Ok(resent == 1)
}

/// The same for all that were given up, as after a mail server was away; how many.
pub async fn resend_all(mut run: impl Run, scope: Option<&str>, now: Timestamp) -> Result<u64> {
    let resend = sql!(
        "UPDATE job SET dead_at = NULL, attempts = 0, last_error = NULL, run_at = $3 WHERE dead_at IS NOT NULL
            AND id IN (SELECT job FROM mail WHERE $1 OR scope = $2)"
    );
    let resent = run.exec(
        resend,
        params![scope.is_none(), scope.unwrap_or_default(), now],
    );
    Ok(resent.await?)
}

/// Forgets mails that left or were given up long ago; how many.
pub async fn forget(mut run: impl Run, now: Timestamp) -> Result<u64> {
    let before = now - limits::MAIL_KEPT;
    let dead = sql!(
        "DELETE FROM job WHERE dead_at IS NOT NULL AND id IN (SELECT job FROM mail WHERE queued_at < $1)"
    );
    run.exec(dead, params![before]).await?;
    let gone = sql!(
        "DELETE FROM mail WHERE queued_at < $1
            AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = mail.job)"
    );
    Ok(run.exec(gone, params![before]).await?)
}

record! {
    /// A mail as its reader may know of it.
    #[derive(Serialize)]
    pub struct Received {
        /// Subject.
        pub subject: String,
        /// When it was queued.
        pub queued_at: Timestamp,
        /// When it left.
        pub sent_at: Option<Timestamp>,
    }
}

/// Every mail to an address that is still kept, the newest first.
pub async fn to(mut run: impl Run, recipient: &str) -> Result<Vec<Received>> {
    let to = sql!(Received: "SELECT subject, queued_at, sent_at FROM mail WHERE lower(recipient) = lower($1)
        ORDER BY queued_at DESC, id DESC");
    Ok(run.all(to, params![recipient]).await?)
}

/// Forgets the texts of a letter's copies that left and have `words` in them: where no mail server is configured they stay
/// readable, and somebody who is named in them may want to be so no more.
pub async fn forget_text(mut run: impl Run, letter: &str, words: &str) -> Result<()> {
    let texts = sql!(
        "UPDATE mail SET body = '', html = NULL
         WHERE letter = $1 AND sent_at IS NOT NULL AND lower(body) LIKE $2 ESCAPE '!'"
    );
    let like = db::containing(&words.to_lowercase());
    run.exec(texts, params![letter, like]).await?;
    Ok(())
}

/// Forgets every mail to an address, also those that were still to leave.
pub async fn forget_to(mut run: impl Run, recipient: &str) -> Result<()> {
    let jobs = sql!(
        "DELETE FROM job WHERE id IN (SELECT job FROM mail WHERE lower(recipient) = lower($1))"
    );
    run.exec(jobs, params![recipient]).await?;
    let mails = sql!("DELETE FROM mail WHERE lower(recipient) = lower($1)");
    run.exec(mails, params![recipient]).await?;
    Ok(())
}
