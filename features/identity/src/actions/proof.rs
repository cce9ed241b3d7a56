//! What whoever is signed in has to have proved before they change how their account is signed in to.

use kernel::{Error, Result};
use web::Cx;

use crate::limits;
use crate::model::{AccountId, Way};
use crate::store::{passkeys, sessions};

/// Where an account has a passkey, every change of how it is signed in to needs one: otherwise whoever reads the mailbox would
/// get around it.
pub(super) async fn strong_enough(cx: &Cx, account: &AccountId) -> Result<()> {
    let has = !passkeys::of(&cx.db, account).await?.is_empty();
    if has && !cx.signed_in()?.strong {
        return Err(Error::forbidden("identity-passkey-first"));
    }
    Ok(())
}

/// How this session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether whoever sits there proved a moment ago that they are who they are.
    pub(crate) recent: bool,
    /// Whether they proved by it that mails reach them.
    pub(crate) by_mail: bool,
}

/// How this session stands.
pub(crate) async fn standing(cx: &Cx) -> Result<Standing> {
    let begun = sessions::beginning(&cx.db, &cx.signed_in()?.session).await?;
    let begun = begun.ok_or(Error::Unauthenticated)?;
    let recent = begun.created_at + limits::PROOF_LIFE > cx.now;
    Ok(Standing {
        recent,
        by_mail: Way::parse(&begun.way) == Some(Way::Mail),
    })
}

/// Whoever adds another way into an account or takes one away has signed in a moment ago, with a passkey where there is
/// one: a browser that was left open is no proof.
pub(crate) async fn recent(cx: &Cx, account: &AccountId) -> Result<Standing> {
    strong_enough(cx, account).await?;
    let standing = standing(cx).await?;
    if !standing.recent {
        return Err(Error::forbidden("identity-proof-old"));
    }
    Ok(standing)
}
