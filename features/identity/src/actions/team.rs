//! Who is in a team: inviting, joining, changing roles, removing, leaving.
//!
//! Whoever loses a role is announced as `membership.removed` with the roles that are left, after the commit: sockets and
//! broadcasts of theirs end, and come back with what they still may.

use kernel::{Error, Message, Result, Timestamp, id};
use platform::mail::{self, Mail, Origin};
use platform::once::Once;
use serde::Serialize;
use serde_json::{Value, json};
use web::Cx;

use super::account::language_of;
use crate::audit::{self, By};
use crate::guard::Shown;
use crate::model::team::{
    Standing, join_roles, keeps_a_chair, may_resend, parse_roles, split_roles,
};
use crate::model::{AccountId, ConferenceId, InvitationId, Role, parse_email};
use crate::rights::{Chair, Grant};
use crate::store::invitations::{self, Fresh, Invitation};
use crate::store::{accounts, audit as log, members, tokens};
use crate::{letters, limits};

/// Who is now in a team with which roles; goes over the bus.
#[derive(Serialize)]
struct News<'a> {
    account: &'a AccountId,
    conference: &'a ConferenceId,
    left: &'a [Role],
}

/// Tells everybody what changed about a member.
fn announce(
    cx: &Cx,
    account: &AccountId,
    conference: &ConferenceId,
    before: &[Role],
    after: &[Role],
) {
    let loses = before.iter().any(|role| !after.contains(role));
    let about = if loses {
        "membership.removed"
    } else {
        "membership.added"
    };
    let news = News {
        account,
        conference,
        left: after,
    };
    cx.bus.publish(about, &news);
}

/// Invites the holder of a mail address into the team.
pub(crate) async fn invite(
    cx: &Cx,
    grant: &Grant<Chair>,
    shown: &Shown,
    email: &str,
    roles: &[&str],
) -> Result<InvitationId> {
    invite_once(cx, grant, shown, (email, roles), None).await
}

/// The same for a client that may ask again; what is kept for it is the invitation's id.
pub(crate) async fn invite_once(
    cx: &Cx,
    grant: &Grant<Chair>,
    shown: &Shown,
    (email, roles): (&str, &[&str]),
    once: Option<&Once>,
) -> Result<InvitationId> {
    let (email, roles) = match (parse_email(email), parse_roles(roles.iter().copied())) {
        (Ok(email), Ok(roles)) => (email, roles),
        (Err(Error::Invalid(mut one)), Err(Error::Invalid(other))) => {
            one.extend(other);
            return Err(Error::Invalid(one));
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let (id, secret) = (InvitationId::fresh(), id::secret());
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, grant.conference()).await?;
    if let Some(account) = accounts::account_by_email(&mut tx, &email).await?
        && !members::roles(&mut tx, &account.id, grant.conference())
            .await?
            .is_empty()
    {
        return Err(Error::invalid("email", "identity-invite-member"));
    }
    let (open, same) = invitations::open(&mut tx, grant.conference(), &email, cx.now).await?;
    if same {
        return Err(Error::invalid("email", "identity-invite-open"));
    }
    if open >= limits::INVITATIONS_OPEN_MAX {
        return Err(Error::conflict(
            Message::new("identity-invite-many").with("max", limits::INVITATIONS_OPEN_MAX),
        ));
    }
    let fresh = Fresh {
        id: &id,
        conference: grant.conference(),
        token_hash: &id::digest(&secret),
        email: &email,
        roles: &join_roles(&roles),
        created_by: grant.account(),
        now: cx.now,
        expires: cx.now + limits::INVITATION_LIFE,
    };
    invitations::insert(&mut tx, &fresh).await?;
    let message = message(&mut tx, cx, grant, shown, (&email, &roles), &secret).await?;
    mail::queue(&mut tx, &message, &id::digest(&secret), cx.now).await?;
    let after = json!({ "roles": roles });
    audit::record(
        &mut tx,
        grant,
        "invitation.send",
        id.as_str(),
        &Value::Null,
        &after,
    )
    .await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &id, cx.now).await?;
    }
    tx.commit().await?;
    Ok(id)
}

async fn message(
    tx: &mut db::Tx,
    cx: &Cx,
    grant: &Grant<Chair>,
    shown: &Shown,
    (email, roles): (&str, &[Role]),
    secret: &str,
) -> Result<Mail> {
    let url = cx.site.url(&format!("/account/invitations/{secret}"));
    let locale = language_of(tx, cx, email).await?;
    let say = |key: &str| cx.texts.get(locale, key, &[]);
    let words = roles.iter().map(|role| say(&role_key(*role)));
    let words = words.collect::<Vec<_>>().join(&say("identity-list-comma"));
    let days = (limits::INVITATION_LIFE.as_secs() / 86_400).to_string();
    let origin = Origin {
        scope: grant.conference().to_string(),
        sender: Some(shown.sender.clone()),
        reply_to: shown.reply_to.clone(),
        ..Origin::default()
    };
    let values = [
        ("url", url.as_str()),
        ("days", &days),
        ("conference", &shown.title),
        ("inviter", grant.name()),
        ("roles", &words),
        ("email", email),
    ];
    letters::INVITATION
        .write(tx, &cx.texts, locale, origin, email, &values)
        .await
}

/// A role in the reader's language.
pub(crate) fn role_name(cx: &Cx, role: Role) -> String {
    cx.text(&role_key(role), &[])
}

fn role_key(role: Role) -> String {
    format!("identity-role-name-{role}")
}

/// Sends an invitation again, with another link; the one before stops working.
pub(crate) async fn resend(
    cx: &Cx,
    grant: &Grant<Chair>,
    shown: &Shown,
    id: &InvitationId,
) -> Result<()> {
    let secret = id::secret();
    let mut tx = cx.db.begin().await?;
    let invitation = find(&mut tx, grant, id).await?;
    may_resend(invitation.sent_at, cx.now)?;
    let expires = cx.now + limits::INVITATION_LIFE;
    if !invitations::renew(&mut tx, id, &id::digest(&secret), cx.now, expires).await? {
        return Err(Error::conflict("identity-invitation-closed"));
    }
    let roles = split_roles(&invitation.roles);
    let whom = (invitation.email.as_str(), roles.as_slice());
    let message = message(&mut tx, cx, grant, shown, whom, &secret).await?;
    mail::queue(&mut tx, &message, &id::digest(&secret), cx.now).await?;
    let (before, after) = (
        json!({ "expires_at": invitation.expires_at }),
        json!({ "expires_at": expires }),
    );
    audit::record(
        &mut tx,
        grant,
        "invitation.resend",
        id.as_str(),
        &before,
        &after,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an invitation back.
pub(crate) async fn revoke(cx: &Cx, grant: &Grant<Chair>, id: &InvitationId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let invitation = find(&mut tx, grant, id).await?;
    if !invitations::revoke(&mut tx, id, cx.now).await? {
        return Err(Error::conflict("identity-invitation-closed"));
    }
    let before = json!({ "roles": split_roles(&invitation.roles) });
    audit::record(
        &mut tx,
        grant,
        "invitation.revoke",
        id.as_str(),
        &before,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn find(tx: &mut db::Tx, grant: &Grant<Chair>, id: &InvitationId) -> Result<Invitation> {
    let found = invitations::one(tx, grant.conference(), id).await?;
    found.ok_or(Error::NotFound("invitation"))
}

/// The invitation behind a link, where it can still be accepted.
pub(crate) async fn invitation(cx: &Cx, secret: &str) -> Result<Invitation> {
    let found = invitations::behind(&cx.db, &id::digest(secret)).await?;
    let invitation = found.ok_or_else(|| Error::conflict("identity-invitation-unknown"))?;
    let (accepted, revoked) = (invitation.accepted_at, invitation.revoked_at);
    Standing::of(accepted, revoked, invitation.expires_at, cx.now).check()?;
    Ok(invitation)
}

/// Joins the team that an invitation is for; only the holder of its mail address can.
pub(crate) async fn accept(cx: &Cx, secret: &str) -> Result<ConferenceId> {
    let actor = cx.signed_in()?;
    let invitation = invitation(cx, secret).await?;
    if invitation.email != actor.email {
        let refusal = Message::new("identity-invitation-other-mail")
            .with("wanted", &invitation.email)
            .with("own", &actor.email);
        return Err(Error::Forbidden(refusal));
    }
    let account = AccountId::stored(actor.account.clone());
    let conference = invitation.conference;
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, &conference).await?;
    if !invitations::accept(&mut tx, &invitation.id, &id::digest(secret), cx.now).await? {
        return Err(Error::conflict("identity-invitation-used"));
    }
    let before = members::roles(&mut tx, &account, &conference).await?;
    for role in split_roles(&invitation.roles) {
        members::insert_membership(&mut tx, &account, &conference, role, cx.now).await?;
    }
    let after = members::roles(&mut tx, &account, &conference).await?;
    let by = By::themselves(cx, &account, Some(&conference))?;
    let (was, is) = (
        json!({ "roles": before }),
        json!({ "roles": after, "invitation": invitation.id }),
    );
    by.record(&mut tx, "member.join", account.as_str(), &was, &is)
        .await?;
    tx.commit().await?;
    announce(cx, &account, &conference, &before, &after);
    Ok(conference)
}

/// Gives a member exactly these roles. `was` is what the asker saw: who saw something else is told.
pub(crate) async fn change_roles(
    cx: &Cx,
    grant: &Grant<Chair>,
    account: &AccountId,
    was: &[Role],
    roles: &[&str],
) -> Result<()> {
    let after = parse_roles(roles.iter().copied())?;
    let conference = grant.conference();
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, conference).await?;
    let before = members::roles(&mut tx, account, conference).await?;
    if before.is_empty() {
        return Err(Error::NotFound("member"));
    }
    if before == after {
        return Ok(());
    }
    if before != was {
        return Err(Error::Stale);
    }
    put_roles(cx, &mut tx, (account, conference), &before, &after).await?;
    let (was, is) = (json!({ "roles": before }), json!({ "roles": after }));
    audit::record(&mut tx, grant, "member.roles", account.as_str(), &was, &is).await?;
    tx.commit().await?;
    announce(cx, account, conference, &before, &after);
    Ok(())
}

async fn put_roles(
    cx: &Cx,
    tx: &mut db::Tx,
    (account, conference): (&AccountId, &ConferenceId),
    before: &[Role],
    after: &[Role],
) -> Result<()> {
    keeps_a_chair(before, after, members::chairs(tx, conference).await?)?;
    for role in before.iter().filter(|role| !after.contains(role)) {
        members::delete_membership(tx, account, conference, *role).await?;
    }
    for role in after.iter().filter(|role| !before.contains(role)) {
        members::insert_membership(tx, account, conference, *role, cx.now).await?;
    }
    if after.is_empty() {
        members::forget(tx, account, conference).await?;
        // Whoever comes back one day has to make new ones.
        tokens::delete_all(tx, account, Some(conference)).await?;
    }
    Ok(())
}

/// What to say to whoever wants to change somebody who is not in the team any more.
pub(crate) async fn departed(
    cx: &Cx,
    conference: &ConferenceId,
    account: &AccountId,
) -> Result<Message> {
    let nobody = || Error::NotFound("member");
    let ever = Timestamp::UNIX_EPOCH;
    let deed = log::about_member(&mut &cx.db, conference, account, ever).await?;
    let key = match deed.as_ref().map(|deed| deed.action.as_str()) {
        Some("member.remove") => "identity-member-gone",
        Some("member.leave") => "identity-member-left",
        _ => return Err(nobody()),
    };
    let profile = accounts::profile(&mut &cx.db, account).await?;
    Ok(Message::new(key).with("name", profile.ok_or_else(nobody)?.name))
}

/// Takes a member out of the team, at once.
pub(crate) async fn remove(cx: &Cx, grant: &Grant<Chair>, account: &AccountId) -> Result<()> {
    let conference = grant.conference();
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, conference).await?;
    let before = members::roles(&mut tx, account, conference).await?;
    if before.is_empty() {
        return Err(Error::NotFound("member"));
    }
    put_roles(cx, &mut tx, (account, conference), &before, &[]).await?;
    let was = json!({ "roles": before });
    audit::record(
        &mut tx,
        grant,
        "member.remove",
        account.as_str(),
        &was,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    announce(cx, account, conference, &before, &[]);
    Ok(())
}

/// Brings a member back with the roles that were taken from them a moment ago; what else went, such as tokens, stays gone.
pub(crate) async fn restore(cx: &Cx, grant: &Grant<Chair>, account: &AccountId) -> Result<()> {
    let conference = grant.conference();
    let late = || Error::conflict("identity-member-restore-late");
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, conference).await?;
    // Only what the log says was just taken by somebody else: otherwise this would be a way around invitations.
    let since = cx.now - limits::MEMBER_RESTORE;
    let deed = log::about_member(&mut tx, conference, account, since).await?;
    let deed = deed.filter(|deed| deed.action == "member.remove");
    let taken: Value = deed
        .and_then(|deed| serde_json::from_str(&deed.before).ok())
        .ok_or_else(late)?;
    let words = taken["roles"].as_array().into_iter().flatten();
    let roles = parse_roles(words.filter_map(Value::as_str))?;
    for role in &roles {
        members::insert_membership(&mut tx, account, conference, *role, cx.now).await?;
    }
    let (subject, is) = (account.as_str(), json!({ "roles": roles }));
    audit::record(&mut tx, grant, "member.restore", subject, &Value::Null, &is).await?;
    tx.commit().await?;
    announce(cx, account, conference, &[], &roles);
    Ok(())
}

/// Leaves a team.
pub(crate) async fn leave(cx: &Cx, conference: &ConferenceId) -> Result<()> {
    let account = AccountId::stored(cx.signed_in()?.account.clone());
    let mut tx = cx.db.begin().await?;
    members::lock(&mut tx, conference).await?;
    let before = members::roles(&mut tx, &account, conference).await?;
    if before.is_empty() {
        return Err(Error::NotFound("member"));
    }
    put_roles(cx, &mut tx, (&account, conference), &before, &[]).await?;
    let by = By::themselves(cx, &account, Some(conference))?;
    let was = json!({ "roles": before });
    by.record(
        &mut tx,
        "member.leave",
        account.as_str(),
        &was,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    announce(cx, &account, conference, &before, &[]);
    Ok(())
}

/// Whether whoever asks is shown on the public page of a team that they are in.
pub(crate) async fn show_me(cx: &Cx, conference: &ConferenceId, shown: bool) -> Result<()> {
    let account = AccountId::stored(cx.signed_in()?.account.clone());
    let mut tx = cx.db.begin().await?;
    if members::roles(&mut tx, &account, conference)
        .await?
        .is_empty()
    {
        return Err(Error::NotFound("member"));
    }
    members::show(&mut tx, &account, conference, shown).await?;
    tx.commit().await?;
    Ok(())
}
