//! Use cases: wording letters, trying a wording, sending again what was given up.

use kernel::{Error, Result};
use platform::mail::{self, Mail, MailId, Origin};
use platform::once::Once;
use platform::outbox;
use platform::wording::{self, Wording};
use serde::Serialize;
use web::letter::{Letter, SITE};
use web::{Cx, Locale};

use crate::keeper::Keeper;

/// How a letter is worded for a keeper.
pub(crate) struct Worded {
    /// Subject, text, and the version that a change has to name.
    pub(crate) wording: Wording,
    /// Whether it is their own wording, not one that they take over.
    pub(crate) is_own: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    subject: &'a str,
    body: &'a str,
}

impl<'a> From<&'a Wording> for Record<'a> {
    fn from(wording: &'a Wording) -> Self {
        Self {
            subject: &wording.subject,
            body: &wording.body,
        }
    }
}

/// The wording that copies follow now.
pub(crate) async fn worded(
    cx: &Cx,
    keeper: &Keeper,
    letter: &Letter,
    locale: Locale,
) -> Result<Worded> {
    let own = wording::find(&cx.db, keeper.scope(), letter.name, locale.as_str()).await?;
    if let Some(wording) = own {
        return Ok(Worded {
            wording,
            is_own: true,
        });
    }
    let of_site = wording::find(&cx.db, SITE, letter.name, locale.as_str()).await?;
    let taken_over = of_site.unwrap_or_else(|| letter.first_wording(&cx.texts, locale));
    Ok(Worded {
        wording: Wording {
            version: 0,
            ..taken_over
        },
        is_own: false,
    })
}

/// Words a letter anew.
///
/// # Errors
/// [`Error::Stale`] when somebody else did since `version`; a complaint per field when the letter would be of no use.
pub(crate) async fn word(
    cx: &Cx,
    keeper: &Keeper,
    letter: &Letter,
    locale: Locale,
    version: i64,
    (subject, body): (&str, &str),
) -> Result<()> {
    let (subject, body) = letter.parse(subject, body)?;
    let key = (keeper.scope(), letter.name, locale.as_str());
    let mut tx = cx.db.begin().await?;
    let before = wording::find(&mut tx, key.0, key.1, key.2).await?;
    if !wording::set(&mut tx, key, version, (&subject, &body), keeper.at()).await? {
        return Err(Error::Stale);
    }
    let before = before.as_ref().map(Record::from);
    let after = Record {
        subject: &subject,
        body: &body,
    };
    let what = format!("{}/{locale}", letter.name, locale = locale.as_str());
    keeper
        .record(&mut tx, "letter.word", &what, &before, &after)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a letter the wording back that it had before a team changed it.
///
/// # Errors
/// [`Error::Stale`] when somebody else changed it since `version`.
pub(crate) async fn reset(
    cx: &Cx,
    keeper: &Keeper,
    letter: &Letter,
    locale: Locale,
    version: i64,
) -> Result<()> {
    let key = (keeper.scope(), letter.name, locale.as_str());
    let mut tx = cx.db.begin().await?;
    let before = wording::find(&mut tx, key.0, key.1, key.2).await?;
    if !wording::reset(&mut tx, key, version).await? {
        return Err(Error::Stale);
    }
    let before = before.as_ref().map(Record::from);
    let what = format!("{}/{locale}", letter.name, locale = locale.as_str());
    keeper
        .record(&mut tx, "letter.reset", &what, &before, &None::<Record<'_>>)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Sends the asker a copy with made-up values; their address.
pub(crate) async fn try_out(
    cx: &Cx,
    keeper: &Keeper,
    letter: &Letter,
    locale: Locale,
    once: Option<&Once>,
) -> Result<String> {
    let to = cx.signed_in()?.email.clone();
    let worded = worded(cx, keeper, letter, locale).await?.wording;
    let (subject, text) = letter.example(&cx.texts, locale, &worded.subject, &worded.body);
    let subject = cx
        .texts
        .get(locale, "outreach-trial-subject", &[("subject", &subject)]);
    let copy = Mail {
        to: to.clone(),
        subject,
        text,
        html: None,
        origin: Origin {
            scope: keeper.scope().to_owned(),
            letter: letter.name.to_owned(),
            ..Origin::default()
        },
    };
    // A second press within the same second is the same wish.
    let second = cx.now.as_second();
    let key = format!("trial/{}/{}/{to}/{second}", keeper.scope(), letter.name);
    let mut tx = cx.db.begin().await?;
    mail::queue(&mut tx, &copy, &kernel::id::digest(&key), cx.now).await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &to, cx.now).await?;
    }
    tx.commit().await?;
    Ok(to)
}

/// Sends a mail again that was given up.
///
/// # Errors
/// When it is not in the keeper's outbox, or not given up any more.
pub(crate) async fn resend(cx: &Cx, keeper: &Keeper, id: &MailId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    if !outbox::resend(&mut tx, keeper.outbox(), id, cx.now).await? {
        return Err(Error::conflict("outreach-resend-not-dead"));
    }
    keeper
        .record(&mut tx, "mail.resend", id.as_str(), &"dead", &"queued")
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Sends all mails again that were given up; how many.
pub(crate) async fn resend_all(cx: &Cx, keeper: &Keeper) -> Result<u64> {
    let mut tx = cx.db.begin().await?;
    let count = outbox::resend_all(&mut tx, keeper.outbox(), cx.now).await?;
    if count > 0 {
        keeper
            .record(&mut tx, "mail.resend_all", keeper.scope(), &"dead", &count)
            .await?;
    }
    tx.commit().await?;
    Ok(count)
}
