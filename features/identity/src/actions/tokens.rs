//! Tokens with which programs use the API in somebody's name: for one conference, to read or also to write, for a time.

use std::time::Duration;

use kernel::text::{Lines, clean};
use kernel::{Error, Field, Message, Result, id};
use platform::once::Once;
use serde_json::{Value, json};
use web::Cx;

use super::account::own;
use crate::audit::By;
use crate::limits;
use crate::model::{ConferenceId, TokenId};
use crate::rights::Scope;
use crate::store::tokens::{self, Token};

/// What every token begins with, so that people and scanners recognise one that went astray.
pub(crate) const PREFIX: &str = "mat_";

/// What a token shall be.
pub(crate) struct Wish<'a> {
    pub(crate) conference: &'a ConferenceId,
    pub(crate) name: &'a str,
    pub(crate) writes: bool,
    pub(crate) days: &'a str,
}

/// Makes a token for whoever asks; the secret is shown once.
pub(crate) async fn issue(cx: &Cx, wish: &Wish<'_>) -> Result<String> {
    let (_, secret) = issue_once(cx, wish, None).await?;
    Ok(secret)
}

/// The same for a client that may ask again, with its id; that alone is kept for it, never the secret.
pub(crate) async fn issue_once(
    cx: &Cx,
    wish: &Wish<'_>,
    once: Option<&Once>,
) -> Result<(TokenId, String)> {
    let account = own(cx)?;
    let mut wrong = Vec::new();
    let mut complain = |name: &'static str, message: Message| {
        wrong.push(Field {
            name: name.into(),
            message,
        });
    };
    let name = clean(wish.name, Lines::One);
    if name.is_empty() || name.chars().count() > limits::TOKEN_NAME_CHARS_MAX {
        let most =
            Message::new("identity-token-name-wrong").with("max", limits::TOKEN_NAME_CHARS_MAX);
        complain("name", most);
    }
    let days = wish.days.trim().parse::<u64>().unwrap_or(0);
    let days_max = limits::TOKEN_DAYS_MAX.unsigned_abs();
    if !(1..=days_max).contains(&days) {
        complain(
            "days",
            Message::new("identity-token-days-wrong").with("max", days_max),
        );
    }
    if !Scope::of(cx, wish.conference).await?.is_team() {
        complain("conference", Message::new("identity-token-no-team"));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let secret = format!("{PREFIX}{}", id::secret());
    let token = Token {
        id: TokenId::fresh(),
        conference: wish.conference.clone(),
        name,
        writes: wish.writes,
        created_at: cx.now,
        expires_at: cx.now + Duration::from_secs(days * 86_400),
        used_at: None,
    };
    let mut tx = cx.db.begin().await?;
    if tokens::count(&mut tx, &account).await? >= limits::TOKENS_PER_ACCOUNT_MAX {
        let most = Message::new("identity-token-many").with("max", limits::TOKENS_PER_ACCOUNT_MAX);
        return Err(Error::invalid("name", most));
    }
    tokens::insert(&mut tx, &account, &token, &id::digest(&secret)).await?;
    let by = By::themselves(cx, &account, Some(wish.conference))?;
    let after = json!({ "writes": token.writes, "expires_at": token.expires_at });
    by.record(
        &mut tx,
        "token.issue",
        token.id.as_str(),
        &Value::Null,
        &after,
    )
    .await?;
    if let Some(once) = once {
        once.keep(&mut tx, 201, &token.id, cx.now).await?;
    }
    tx.commit().await?;
    Ok((token.id, secret))
}

/// Ends a token of whoever asks, at once.
pub(crate) async fn revoke(cx: &Cx, id: &TokenId) -> Result<()> {
    let account = own(cx)?;
    let mut tx = cx.db.begin().await?;
    let conference = tokens::delete(&mut tx, &account, id).await?;
    let conference = conference.ok_or(Error::NotFound("token"))?;
    let by = By::themselves(cx, &account, Some(&conference))?;
    by.record(
        &mut tx,
        "token.revoke",
        id.as_str(),
        &Value::Null,
        &Value::Null,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
