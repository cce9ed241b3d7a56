//! What the holder of an account is told when a way into it appears or goes: whoever got in without them must not be able to
//! stay without a word.

use db::Tx;
use kernel::{Message, Result, id};
use platform::mail::{self, Origin};
use web::Cx;

use super::account::language_of;
use crate::letters;

/// What changed about how an account is signed in to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// A passkey was added. Its name is not told: whoever added it could write to the holder with it.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// An account at the provider of this label was linked.
    Linked(&'a str),
    /// An account at the provider of this label was unlinked.
    Unlinked(&'a str),
    /// A password was chosen.
    Password,
}

impl Change<'_> {
    fn sentence(self) -> Message {
        match self {
            Self::PasskeyAdded => Message::new("identity-way-passkey-added"),
            Self::PasskeyRemoved => Message::new("identity-way-passkey-removed"),
            Self::Linked(label) => Message::new("identity-way-linked").with("provider", label),
            Self::Unlinked(label) => Message::new("identity-way-unlinked").with("provider", label),
            Self::Password => Message::new("identity-way-password"),
        }
    }
}

/// Writes to whoever's account this session is in, in the language that they read and not in that of whoever sits there.
/// Another mail address has a letter of its own, which goes to the old one (`actions::email`).
pub(crate) async fn tell(tx: &mut Tx, cx: &Cx, change: Change<'_>) -> Result<()> {
    let email = &cx.signed_in()?.email;
    let locale = language_of(tx, cx, email).await?;
    let what = cx.texts.message(locale, &change.sentence());
    let url = cx.site.url("/account/security");
    let values = [("what", what.as_str()), ("url", url.as_str())];
    let origin = Origin::default();
    let letter = letters::WAYS
        .write(&mut *tx, &cx.texts, locale, origin, email, &values)
        .await?;
    mail::queue(&mut *tx, &letter, &id::secret(), cx.now).await?;
    Ok(())
}
