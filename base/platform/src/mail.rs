//! Mail: queued in the transaction that wants it sent, once for each key.
//!
//! A mail that somebody waits for leaves at once. Mails to a crowd leave at a steady pace, so that neither the mail
//! server nor those who wait suffer from three thousand of them.
//!
//! Without a mail server mails stay readable in the table (`mailbox`), which is what a demo and a laptop need.
//! With one, the text of a mail is forgotten as soon as the server took it: sign-in links are secrets.

use std::sync::Arc;

use db::{Db, Run, Tx, params, record, sql};
use kernel::{Clock, Error, Result, Timestamp, define_id};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::jobs::{self, Job, JobId};
use crate::limits;

/// The kind of the job that sends one mail.
pub const SEND: &str = "mail.send";
/// The kind of the job that sends one of many mails, when it is its turn.
pub const SEND_ONE_OF_MANY: &str = "mail.send_one_of_many";

/// The kind of the job that sends one mail of which nothing is to be kept once it left.
pub const SEND_AND_FORGET: &str = "mail.send_and_forget";

/// The kinds of all jobs that send mails.
pub const KINDS: &[&str] = &[SEND, SEND_ONE_OF_MANY, SEND_AND_FORGET];

define_id!(
    /// A mail.
    MailId,
    "mal"
);

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Address of the reader.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The text, complete without the other form.
    pub text: String,
    /// The same with markup.
    pub html: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a mail comes from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Whose outbox it belongs to, such as a conference's id; empty for the site's own.
    pub scope: String,
    /// Name of the letter that it is a copy of.
    pub letter: String,
    /// The sender's name to show, where it is not the site's.
    pub sender: Option<String>,
    /// Where answers go, where not to the site's address.
    pub reply_to: Option<String>,
    /// One of many: it leaves when it is its turn, not at once.
    pub one_of_many: bool,
    /// Nothing of it is kept once a mail server took it, not even to whom it went.
    pub forgotten: bool,
}

record! {
    /// A mail as it lies in the mailbox.
    #[derive(Serialize)]
    pub struct Kept {
        /// Its id.
        pub id: MailId,
        /// Address of the reader.
        pub recipient: String,
        /// Subject.
        pub subject: String,
        /// The text; empty once a mail server took it.
        pub body: String,
        /// The same with markup.
        pub html: Option<String>,
        /// When it was queued.
        pub queued_at: Timestamp,
        /// When it left, or when it was put into the mailbox for good.
        pub sent_at: Option<Timestamp>,
    }

    /// What a mail server is told.
    struct Waiting {
        id: MailId,
        recipient: String,
        subject: String,
        body: String,
        html: Option<String>,
        sender: Option<String>,
        reply_to: Option<String>,
    }
}

#[derive(Serialize, Deserialize)]
struct Send {
    mail: MailId,
}

/// Queues a mail unless one with this key was queued before; whether it is new.
pub async fn queue(mut run: impl Run, mail: &Mail, key: &str, now: Timestamp) -> Result<bool> {
    let (id, job, origin) = (MailId::fresh(), JobId::fresh(), &mail.origin);
    let added = run
        .exec(
            sql!(
                "INSERT INTO mail (id, idempotency_key, recipient, subject, body, html, queued_at, scope, letter, sender, reply_to, job)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (idempotency_key) DO NOTHING"
            ),
            params![
                id,
                key,
                mail.to,
                mail.subject,
                mail.text,
                mail.html,
                now,
                origin.scope,
                origin.letter,
                origin.sender,
                origin.reply_to,
                job
            ],
        )
        .await?;
    if added == 1 {
        let kind = match (origin.forgotten, origin.one_of_many) {
            (true, _) => SEND_AND_FORGET,
            (false, true) => SEND_ONE_OF_MANY,
            (false, false) => SEND,
        };
        jobs::enqueue_as(run, &job, kind, &Send { mail: id }, now).await?;
    }
    Ok(added == 1)
}

/// The latest mails, the newest first.
pub async fn mailbox(db: &Db, limit: i64) -> Result<Vec<Kept>> {
    let latest = sql!(Kept: "SELECT id, recipient, subject, body, html, queued_at, sent_at FROM mail
        ORDER BY queued_at DESC, id DESC LIMIT $1");
    Ok(db
        .all(latest, params![limit.clamp(0, limits::MAILBOX_MAX)])
        .await?)
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// They stay in the table and can be read there.
    Mailbox,
    /// A mail server.
    Smtp(Arc<Smtp>),
}

/// A mail server and who we are to it.
#[derive(Debug)]
pub struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail server cannot be used as it is configured; the sentence holds no password.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTransport(String);

impl Transport {
    /// A mail server by its address: `smtps://user:password@host`, `smtp://user:password@host?tls=required` (STARTTLS, or no
    /// mail), `smtp://host:25`. A password goes to nobody without TLS but to this machine.
    pub fn smtp(address: &str, from: &str) -> Result<Self, BadTransport> {
        let from = from.parse().map_err(|cause| {
            BadTransport(format!(
                "the sender is no mail address ({cause}), expected Name <name@host>"
            ))
        })?;
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(address).map_err(|cause| {
            BadTransport(format!("the mail server is not understood ({cause}), expected smtp://host:port or smtps://user:password@host"))
        })?;
        if shows_password(address) {
            let sentence = "the password of the mail server would travel unprotected: write smtps://, or add ?tls=required for STARTTLS";
            return Err(BadTransport(sentence.to_owned()));
        }
        let server = server.timeout(Some(limits::SMTP_TIMEOUT)).build();
        Ok(Self::Smtp(Arc::new(Smtp { server, from })))
    }
}

/// Whether a password would be sent where others can read it.
fn shows_password(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("smtp://") else {
        return false;
    };
    let (authority, query) = rest.split_once(['?', '/']).unwrap_or((rest, ""));
    let Some((user, host)) = authority.rsplit_once('@') else {
        return false;
    };
    let is_here = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|own| host == *own || host.starts_with(&format!("{own}:")));
    user.contains(':') && !is_here && !query.contains("tls=required")
}

/// The handler of the jobs of all [`KINDS`]: `worker.on(mail::SEND, mail::sender(db, clock, transport))`.
pub fn sender(
    db: Db,
    clock: Clock,
    transport: Transport,
) -> impl Fn(Job) -> futures_util::future::BoxFuture<'static, Result<()>>
+ std::marker::Send
+ Sync
+ Clone {
    move |job| {
        let (db, clock, transport) = (db.clone(), clock.clone(), transport.clone());
        Box::pin(async move { send(&db, &clock, &transport, &job).await })
    }
}

async fn send(db: &Db, clock: &Clock, transport: &Transport, job: &Job) -> Result<()> {
    let Send { mail: id } = job.payload()?;
    let waiting = sql!(Waiting: "SELECT id, recipient, subject, body, html, sender, reply_to FROM mail
        WHERE id = $1 AND sent_at IS NULL");
    let Some(mail) = db.opt(waiting, params![id]).await? else {
        return Ok(());
    };
    match transport {
        Transport::Mailbox => {
            let kept = sql!("UPDATE mail SET sent_at = $2 WHERE id = $1");
            db.exec(kept, params![id, clock.now()]).await?;
        }
        Transport::Smtp(smtp) => {
            let message = message(&mail, smtp.from.clone())?;
            let sent = smtp.server.send(message).await;
            sent.map_err(|error| refused(&mail.recipient, error))?;
            if job.kind == SEND_AND_FORGET {
                let gone = sql!("DELETE FROM mail WHERE id = $1");
                db.exec(gone, params![id]).await?;
            } else {
                let sent =
                    sql!("UPDATE mail SET sent_at = $2, body = '', html = NULL WHERE id = $1");
                db.exec(sent, params![id, clock.now()]).await?;
            }
        }
    }
    // No address and no text: a log is read by more people than a mail.
    tracing::info!(mail.id = %id, "mail {id} sent");
    Ok(())
}

/// What a server will never take is not offered again (RFC 5321 §4.2.1), nor an address in letters that it does not know
/// (RFC 6531); everything else may pass.
///
/// A server that vanishes after it got a mail and before it said so may have taken it. It is offered the mail again, since a
/// sign-in link that is lost is worse than one that comes twice, under the same `Message-ID`, by which mailboxes tell.
fn refused(recipient: &str, error: lettre::transport::smtp::Error) -> Error {
    let is_strange = error.is_client() && !recipient.is_ascii();
    if error.is_permanent() || is_strange {
        let answer = kernel::Message::new("mail-refused").with("answer", error);
        return Error::invalid("to", answer);
    }
    Error::internal(error)
}

fn message(mail: &Waiting, mut from: Mailbox) -> Result<Message> {
    let bad = |_| Error::invalid("to", "mail-address");
    let to: Mailbox = mail.recipient.parse().map_err(bad)?;
    if let Some(name) = &mail.sender {
        from.name = Some(name.clone());
    }
    // The same at every attempt, so that a mail that was taken twice can be told.
    let message_id = format!("<{}@{}>", mail.id, from.email.domain());
    let mut head = Message::builder()
        .message_id(Some(message_id))
        .from(from)
        .to(to)
        .subject(mail.subject.clone());
    if let Some(answers) = &mail.reply_to {
        head = head.reply_to(answers.parse().map_err(bad)?);
    }
    let whole = match &mail.html {
        Some(html) => head.multipart(MultiPart::alternative_plain_html(
            mail.body.clone(),
            html.clone(),
        )),
        None => head.singlepart(lettre::message::SinglePart::plain(mail.body.clone())),
    };
    whole.map_err(Error::internal)
}

/// Removes the mails and wordings of a scope that is gone. What waits to be sent is not sent any more.
pub async fn forget_scope(tx: &mut Tx, scope: &str) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM job WHERE id IN (SELECT job FROM mail WHERE scope = $1 AND job IS NOT NULL)"),
        params![scope],
    )
    .await?;
    tx.exec(sql!("DELETE FROM mail WHERE scope = $1"), params![scope])
        .await?;
    tx.exec(
        sql!("DELETE FROM mail_wording WHERE scope = $1"),
        params![scope],
    )
    .await?;
    Ok(())
}
