//! Everything about a person in one file, and the end of an account: listed before, receipted after.

use std::sync::Arc;

use kernel::{Error, Message, Result};
use platform::blob;
use platform::mail::{self, Mail, Origin};
use serde_json::{Value, json};
use web::Cx;

use super::account::own;
use super::proof;
use crate::audit::By;
use crate::guard::Conferences;
use crate::holders::{Fate, Holder, Kept, Person};
use crate::letters;
use crate::model::{AccountId, ConferenceId, Role, SessionId};
use crate::store::{
    accounts, audit, emails, invitations, links, members, passkeys, passwords, providers, sessions,
    tokens,
};

/// What is kept about whoever asks, by everybody who keeps something.
pub(crate) async fn kept(cx: &Cx, holders: &[Arc<dyn Holder>]) -> Result<Vec<Kept>> {
    let person = person(cx)?;
    let mut all = own_things(cx, &person).await?;
    for holder in holders {
        all.extend(holder.kept(&cx.db, &person).await?);
    }
    Ok(all)
}

fn person(cx: &Cx) -> Result<Person> {
    Ok(Person {
        account: own(cx)?,
        email: cx.signed_in()?.email.clone(),
    })
}

/// What identity itself keeps.
async fn own_things(cx: &Cx, person: &Person) -> Result<Vec<Kept>> {
    let Person { account, email } = person;
    let profile = accounts::profile(&mut &cx.db, account).await?;
    let profile = profile.ok_or(Error::NotFound("account"))?;
    let profile = json!({
        "id": account, "email": email, "name": profile.name, "kana": profile.kana,
        "languages": profile.languages.split(' ').collect::<Vec<_>>(), "zone": profile.zone,
        "has_picture": profile.avatar.is_some(),
    });
    let sessions = sessions::sessions(&cx.db, account, cx.now).await?;
    let sessions = sessions.into_iter().map(|one| {
        json!({ "began_at": one.created_at, "seen_at": one.seen_at, "browser": one.user_agent })
    });
    let places = members::places(&mut &cx.db, account).await?;
    let places = places
        .into_iter()
        .map(|one| json!({ "conference": one.conference, "role": one.role, "shown": one.shown }));
    let tokens = tokens::of(&cx.db, account).await?;
    let tokens = tokens.into_iter().map(|one| {
        json!({ "name": one.name, "conference": one.conference, "writes": one.writes,
            "created_at": one.created_at, "expires_at": one.expires_at, "used_at": one.used_at })
    });
    let invitations = invitations::for_email(&cx.db, email).await?;
    let invitations = invitations.into_iter().map(|one| {
        json!({ "conference": one.conference, "roles": one.roles, "sent_at": one.sent_at,
            "accepted_at": one.accepted_at })
    });
    let changes = emails::of(&cx.db, account).await?;
    let changes = changes.into_iter().map(|one| {
        json!({ "from": one.old_email, "to": one.new_email, "done_at": one.confirmed_at, "undone_at": one.undone_at })
    });
    let mails = platform::outbox::to(&cx.db, email).await?;
    let mails = mails.into_iter().map(|one| json!(one));
    let acts = audit::count_of(&cx.db, account).await?;
    let mut audit = Kept::new("audit", "identity-kept-audit", Fate::Anonymised, Vec::new());
    audit.count = usize::try_from(acts).unwrap_or(usize::MAX);
    let gone = |name, label, items| Kept::new(name, label, Fate::Deleted, items);
    let mut kept = vec![
        gone("profile", "identity-kept-profile", vec![profile]),
        gone("sessions", "identity-kept-sessions", sessions.collect()),
        gone("teams", "identity-kept-teams", places.collect()),
        gone(
            "invitations",
            "identity-kept-invitations",
            invitations.collect(),
        ),
        gone("emails", "identity-kept-emails", changes.collect()),
        gone("tokens", "identity-kept-tokens", tokens.collect()),
        gone("mails", "identity-kept-mails", mails.collect()),
        audit,
    ];
    kept.extend(ways_in(cx, account).await?);
    Ok(kept)
}

/// How somebody signs in, beside the mailed link.
async fn ways_in(cx: &Cx, account: &AccountId) -> Result<Vec<Kept>> {
    let passkeys = passkeys::of(&cx.db, account).await?;
    let passkeys = passkeys.into_iter().map(
        |one| json!({ "name": one.name, "created_at": one.created_at, "used_at": one.used_at }),
    );
    let identities = providers::of(&cx.db, account).await?;
    let identities = identities.into_iter().map(|one| {
        json!({ "provider": one.provider, "email": one.email, "created_at": one.created_at,
            "used_at": one.used_at })
    });
    let password = passwords::changed_at(&cx.db, account).await?;
    let password = password.map(|at| json!({ "changed_at": at }));
    let gone = |name, label, items| Kept::new(name, label, Fate::Deleted, items);
    Ok(vec![
        gone("passkeys", "identity-kept-passkeys", passkeys.collect()),
        gone(
            "identities",
            "identity-kept-identities",
            identities.collect(),
        ),
        gone(
            "password",
            "identity-kept-password",
            password.into_iter().collect(),
        ),
    ])
}

/// Everything that is kept about whoever asks, as one document.
pub(crate) async fn export(cx: &Cx, holders: &[Arc<dyn Holder>]) -> Result<Value> {
    let kept = kept(cx, holders).await?;
    Ok(json!({ "format": "matsuri-person", "version": 1, "exported_at": cx.now, "kept": kept }))
}

/// Why an account cannot be deleted yet: titles of conferences that would be left without a chair, and whether the
/// site would be left without an owner.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    pub(crate) chairless: Vec<String>,
    pub(crate) ownerless: bool,
}

impl Obstacles {
    /// Whether there is none.
    pub(crate) fn none(&self) -> bool {
        self.chairless.is_empty() && !self.ownerless
    }
}

/// What stands in the way of deleting the account of whoever asks.
pub(crate) async fn obstacles(cx: &Cx, conferences: &dyn Conferences) -> Result<Obstacles> {
    let account = own(cx)?;
    let mut tx = cx.db.begin().await?;
    let chairless = left_alone(&mut tx, &account).await?;
    drop(tx);
    let owners = accounts::owners(&cx.db).await?;
    let mut obstacles = Obstacles {
        ownerless: owners.len() == 1 && owners.iter().any(|owner| owner.id == account),
        chairless: Vec::new(),
    };
    for conference in &chairless {
        let shown = conferences.shown(cx, conference, None, "").await?;
        let title = shown.map_or_else(|| conference.to_string(), |shown| shown.title);
        obstacles.chairless.push(title);
    }
    Ok(obstacles)
}

/// The conferences whose only chair somebody is.
async fn left_alone(tx: &mut db::Tx, account: &AccountId) -> Result<Vec<ConferenceId>> {
    let mut alone = Vec::new();
    for place in members::places(tx, account).await? {
        if place.role == Role::Chair && members::chairs(tx, &place.conference).await? <= 1 {
            alone.push(place.conference);
        }
    }
    Ok(alone)
}

/// What was done when an account was deleted.
#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) email: String,
    pub(crate) kept: Vec<Kept>,
}

/// Deletes the account of whoever asks, who signed in a moment ago and has typed their mail address to prove that they mean it.
/// No passkey is asked for: whoever lost theirs may go, too.
pub(crate) async fn delete(
    cx: &Cx,
    conferences: &dyn Conferences,
    holders: &[Arc<dyn Holder>],
    typed: &str,
) -> Result<Receipt> {
    let person = person(cx)?;
    if !proof::standing(cx).await?.recent {
        return Err(Error::forbidden("identity-proof-delete"));
    }
    if typed.trim().to_lowercase() != person.email {
        return Err(Error::invalid("email", "identity-delete-proof-wrong"));
    }
    if !obstacles(cx, conferences).await?.none() {
        return Err(Error::conflict("identity-delete-obstacles"));
    }
    let kept = kept(cx, holders).await?;
    let mut tx = cx.db.begin().await?;
    let places = members::places(&mut tx, &person.account).await?;
    for place in &places {
        members::lock(&mut tx, &place.conference).await?;
    }
    // Asked again behind the locks: the other chair may be leaving at this very moment.
    if !left_alone(&mut tx, &person.account).await?.is_empty() {
        return Err(Error::conflict("identity-delete-obstacles"));
    }
    for holder in holders {
        holder.forget(&mut tx, &person).await?;
    }
    let ended = forget(&mut tx, &person).await?;
    let receipt = Receipt {
        number: person.account.to_string(),
        email: person.email.clone(),
        kept,
    };
    let by = By::themselves(cx, &person.account, None)?;
    let subject = person.account.as_str();
    by.record(
        &mut tx,
        "account.delete",
        subject,
        &Value::Null,
        &Value::Null,
    )
    .await?;
    let key = format!("farewell {}", person.account);
    let letter = letter(&mut tx, cx, &receipt).await?;
    mail::queue(&mut tx, &letter, &key, cx.now).await?;
    tx.commit().await?;
    for session in &ended {
        cx.bus.publish("session.revoked", session);
    }
    for place in &places {
        let news = json!({ "account": person.account, "conference": place.conference, "left": [] });
        cx.bus.publish("membership.removed", &news);
    }
    Ok(receipt)
}

/// Lets go of what identity itself keeps; the sessions that ended.
async fn forget(tx: &mut db::Tx, person: &Person) -> Result<Vec<SessionId>> {
    let Person { account, email } = person;
    if let Some(profile) = accounts::profile(tx, account).await? {
        if let Some(avatar) = &profile.avatar {
            blob::release(tx, avatar).await?;
        }
        let letter = letters::INVITATION.name;
        platform::outbox::forget_text(&mut *tx, letter, &profile.name).await?;
    }
    let ended = sessions::delete_others(tx, account, "").await?;
    let mut addresses = emails::held(tx, account).await?;
    addresses.push(email.clone());
    for email in &addresses {
        links::forget_links_for(tx, email).await?;
        invitations::forget(tx, email).await?;
        platform::outbox::forget_to(&mut *tx, email).await?;
    }
    platform::once::forget(tx, account.as_str()).await?;
    // Roles, tokens and everything else that hangs on the account goes with it.
    if !accounts::delete(tx, account).await? {
        return Err(Error::NotFound("account"));
    }
    Ok(ended)
}

async fn letter(tx: &mut db::Tx, cx: &Cx, receipt: &Receipt) -> Result<Mail> {
    let lines = receipt.kept.iter().map(|kept| line(cx, kept));
    let lines = lines.collect::<Vec<_>>().join("\n");
    let values = [("number", receipt.number.as_str()), ("lines", &lines)];
    let origin = Origin {
        forgotten: true,
        ..Origin::default()
    };
    let to = receipt.email.as_str();
    letters::DELETED
        .write(tx, &cx.texts, cx.locale, origin, to, &values)
        .await
}

/// What becomes of one kind of thing, as a line of the list and of the receipt.
fn line(cx: &Cx, kept: &Kept) -> String {
    let fate = match kept.fate {
        Fate::Deleted => "identity-fate-deleted",
        Fate::Anonymised => "identity-fate-anonymised",
    };
    let message = Message::new("identity-kept-line")
        .with("what", cx.text(kept.label, &[]))
        .with("count", kept.count)
        .with("fate", cx.text(fate, &[]));
    cx.texts.message(cx.locale, &message)
}
