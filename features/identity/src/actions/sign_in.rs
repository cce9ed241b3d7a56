//! Signing in.

use db::{Db, Tx};
use kernel::{Error, Result, Timestamp, id};
use platform::mail::{self, Origin};
use web::{Cx, Locale};

use crate::model::{
    AccountId, ConferenceId, Role, SessionId, Way, name_of, parse_email, parse_name,
};
use crate::store::{accounts, links, members, sessions};
use crate::{letters, limits};

/// A session that begins in the transaction of a sign-in.
#[derive(Debug)]
#[must_use = "what it takes the place of is announced after the commit"]
pub(crate) struct Fresh {
    secret: String,
    replaced: Option<SessionId>,
}

impl Fresh {
    /// After the commit: whatever is open in the session before ends. The secret of the new one.
    pub(crate) fn announce(self, cx: &Cx) -> String {
        if let Some(before) = &self.replaced {
            cx.bus.publish("session.revoked", before);
        }
        self.secret
    }

    /// The secret, for what belongs into the same transaction.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// Mails a link that signs the holder of `email` in.
///
/// The answer is the same whether the address has an account or not, and whatever anybody else asked for: only who asks
/// too often themselves is told so. Otherwise a stranger could tell who signed in a moment ago.
pub async fn request_link(cx: &Cx, email: &str, next: &str) -> Result<()> {
    let email = parse_email(email)?;
    let peer = cx
        .client
        .peer
        .map(|peer| peer.ip().to_string())
        .unwrap_or_default();
    let mut tx = cx.db.begin().await?;
    let since = cx.now - limits::LINK_WINDOW;
    links::forget_links(&mut tx, since).await?;
    let own = links::links_for_email_from(&mut tx, &email, &peer, since).await?;
    let many = own >= limits::LINKS_PER_EMAIL_MAX
        || links::links_from_peer(&mut tx, &peer, since).await? >= limits::LINKS_PER_PEER_MAX;
    if many {
        return Err(Error::TooMany {
            retry_after: limits::LINK_WINDOW,
        });
    }
    if links::links_for_email(&mut tx, &email, since).await? >= limits::LINKS_PER_MAILBOX_MAX {
        // The mailbox has links enough, and each of them works.
        tracing::warn!(
            "a sign-in link was not sent: many were asked for, from several network addresses"
        );
        return Ok(());
    }
    mail_link(&mut tx, cx, cx.locale, (&email, next, &peer)).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues a mail with a link that signs the holder of `email` in.
pub(crate) async fn mail_link(
    tx: &mut Tx,
    cx: &Cx,
    locale: Locale,
    (email, next, peer): (&str, &str, &str),
) -> Result<()> {
    let secret = id::secret();
    let next = web::page::local_path(next);
    links::insert_link(
        tx,
        &id::digest(&secret),
        Some(email),
        next,
        peer,
        cx.now,
        cx.now + limits::LINK_LIFE,
    )
    .await?;
    let url = cx.site.url(&format!("/sign-in/{secret}"));
    let minutes = (limits::LINK_LIFE.as_secs() / 60).to_string();
    let values = [("url", url.as_str()), ("minutes", minutes.as_str())];
    let message = letters::SIGN_IN
        .write(
            &mut *tx,
            &cx.texts,
            locale,
            Origin::default(),
            email,
            &values,
        )
        .await?;
    mail::queue(&mut *tx, &message, &id::digest(&secret), cx.now).await?;
    Ok(())
}

/// What a link would do, shown before it is used.
#[derive(Debug)]
pub struct Offer {
    /// Whom it signs in; `None` for the owner's link, which asks.
    pub email: Option<String>,
    /// Where it leads afterwards.
    pub next: String,
}

/// Looks at a link without using it: mail scanners follow links, only a person presses the button behind.
pub async fn offer(cx: &Cx, secret: &str) -> Result<Offer> {
    let link = links::link(&cx.db, &id::digest(secret)).await?;
    let usable = link.filter(|link| link.used_at.is_none() && link.expires_at > cx.now);
    usable
        .map(|link| Offer {
            email: link.email,
            next: link.next,
        })
        .ok_or_else(|| Error::conflict("identity-link-dead"))
}

/// A session that just began: the secret goes into the cookie and nowhere else.
#[derive(Debug)]
pub struct Begun {
    /// Secret of the session.
    pub secret: String,
    /// Where the person wanted to go.
    pub next: String,
}

/// Uses a link up and signs its holder in. `claimed` is who takes the owner's link.
pub async fn accept_link(cx: &Cx, secret: &str, claimed: Option<(&str, &str)>) -> Result<Begun> {
    let offer = offer(cx, secret).await?;
    let (email, name) = match (&offer.email, claimed) {
        (Some(email), _) => (email.clone(), name_of(email)),
        (None, Some((email, name))) => (parse_email(email)?, parse_name(name)?),
        (None, None) => return Err(Error::invalid("email", "identity-email-malformed")),
    };
    let mut tx = cx.db.begin().await?;
    if !links::use_link(&mut tx, &id::digest(secret), cx.now).await? {
        return Err(Error::conflict("identity-link-dead"));
    }
    let account = accounts::ensure_account(&mut tx, &email, &name, cx.now).await?;
    if offer.email.is_none() {
        accounts::make_owner(&mut tx, &account.id).await?;
        links::forget_owner_links(&mut tx).await?;
    }
    let session = begin_here(&mut tx, cx, &account.id, Way::Mail).await?;
    tx.commit().await?;
    tracing::info!(account = %account.id, "{} signed in", account.name);
    Ok(Begun {
        secret: session.announce(cx),
        next: offer.next,
    })
}

/// Begins the session of whoever just signed in with this browser.
///
/// The one that the browser held so far ends, whoever's it was: its cookie is about to be overwritten, so that only somebody
/// who copied or planted it could still use it.
pub(crate) async fn begin_here(
    tx: &mut Tx,
    cx: &Cx,
    account: &AccountId,
    way: Way,
) -> Result<Fresh> {
    // A program's token is no session.
    let held = cx.actor.as_ref().filter(|actor| actor.limit.is_none());
    let replaced = match held {
        Some(actor) => sessions::end(tx, &actor.session).await?,
        None => None,
    };
    let secret = begin_session(tx, account, &cx.client.user_agent, way, cx.now).await?;
    Ok(Fresh { secret, replaced })
}

async fn begin_session(
    tx: &mut Tx,
    account: &AccountId,
    user_agent: &str,
    way: Way,
    now: Timestamp,
) -> Result<String> {
    let secret = id::secret();
    sessions::insert_session(
        tx,
        &SessionId::fresh(),
        account,
        &id::digest(&secret),
        user_agent,
        way,
        now,
    )
    .await?;
    sessions::trim_sessions(tx, account, limits::SESSIONS_PER_ACCOUNT_MAX, now).await?;
    Ok(secret)
}

/// Whether a session still is one: for connections that outlive the request in which it was looked at.
pub async fn is_live(db: &Db, session: &str, now: Timestamp) -> Result<bool> {
    sessions::is_live(db, session, now).await
}

/// Name and mail address of an account.
pub async fn person(db: &Db, account: &str) -> Result<Option<(String, String)>> {
    let found = accounts::account(db, account).await?;
    Ok(found.map(|account| (account.name, account.email)))
}

/// The path of a single-use link that makes its holder the site's owner; `None` once there is one.
///
/// Earlier links of this kind stop working.
pub async fn owner_link(db: &Db, now: Timestamp) -> Result<Option<String>> {
    if accounts::has_owner(db).await? {
        return Ok(None);
    }
    let secret = id::secret();
    let mut tx = db.begin().await?;
    links::forget_owner_links(&mut tx).await?;
    let expires = now + limits::OWNER_LINK_LIFE;
    links::insert_link(&mut tx, &id::digest(&secret), None, "/", "", now, expires).await?;
    tx.commit().await?;
    Ok(Some(format!("/sign-in/{secret}")))
}

/// The path of a single-use link that signs the holder of `email` in, for the operator of a site without a mail
/// server.
pub async fn sign_in_path(db: &Db, email: &str, now: Timestamp) -> Result<String> {
    let email = parse_email(email)?;
    let secret = id::secret();
    let mut tx = db.begin().await?;
    let (hash, expires) = (id::digest(&secret), now + limits::LINK_LIFE);
    links::insert_link(&mut tx, &hash, Some(&email), "/", "", now, expires).await?;
    tx.commit().await?;
    Ok(format!("/sign-in/{secret}"))
}

/// Whom somebody is signed in as by a demo link, a test or the command line: an account with roles.
#[derive(Debug)]
pub struct Persona<'a> {
    /// Mail address of the account, made where it is missing.
    pub email: &'a str,
    /// Name for a new account.
    pub name: &'a str,
    /// Role to hold in each of `conferences`.
    pub role: Option<Role>,
    /// Where the role is given.
    pub conferences: &'a [ConferenceId],
    /// Whether the account owns the site.
    pub owner: bool,
}

/// Makes sure that a persona exists.
pub async fn enrol(db: &Db, persona: &Persona<'_>, now: Timestamp) -> Result<AccountId> {
    let email = parse_email(persona.email)?;
    let name = parse_name(persona.name)?;
    let mut tx = db.begin().await?;
    let account = accounts::ensure_account(&mut tx, &email, &name, now).await?;
    if persona.owner {
        accounts::make_owner(&mut tx, &account.id).await?;
    }
    if let Some(role) = persona.role {
        for conference in persona.conferences {
            members::insert_membership(&mut tx, &account.id, conference, role, now).await?;
        }
    }
    tx.commit().await?;
    Ok(account.id)
}

/// Signs this browser in without any proof: the demo's one-click sign-in.
pub(crate) async fn shortcut(cx: &Cx, account: &AccountId) -> Result<String> {
    let mut tx = cx.db.begin().await?;
    let session = begin_here(&mut tx, cx, account, Way::Shortcut).await?;
    tx.commit().await?;
    Ok(session.announce(cx))
}

/// Begins a session without a browser: tests, and whoever acts in the demo.
pub async fn begin(
    db: &Db,
    account: &AccountId,
    user_agent: &str,
    now: Timestamp,
) -> Result<String> {
    let mut tx = db.begin().await?;
    let secret = begin_session(&mut tx, account, user_agent, Way::Shortcut, now).await?;
    tx.commit().await?;
    Ok(secret)
}
