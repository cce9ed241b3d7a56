//! Where a conference stands in its life, and what that means for everybody.

use kernel::{Error, Result, word_enum};

word_enum! {
    /// Where a conference stands in its life.
    pub enum Lifecycle {
        /// Only its team knows of it.
        Draft = "draft",
        /// Everybody sees its pages.
        Announced = "announced",
        /// Everybody sees its pages, and how to register.
        Registration = "registration",
        /// The live page and its chats are open.
        Live = "live",
        /// It is over; its pages stay.
        Archive = "archive",
        /// Its pages stay for those who know their address, and nothing changes any more.
        Closed = "closed",
    }
}

word_enum! {
    /// What became of a change of the lifecycle at a date.
    pub enum SwitchState {
        /// It waits for its date.
        Pending = "pending",
        /// It happened.
        Done = "done",
        /// Somebody called it off.
        Cancelled = "cancelled",
        /// At its date the conference was in a state that it could not change from.
        Refused = "refused",
    }
}

/// What a state means for everybody. Whoever asks whether something is open asks here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, asked by its name"
)]
pub struct Effects {
    /// People outside of the team may know of it.
    pub open: bool,
    /// It is on the site's front page.
    pub listed: bool,
    /// Its front page says how to register.
    pub registration: bool,
    /// The live page and its chats are open to people outside of the team.
    pub live: bool,
    /// Nothing in it changes any more.
    pub sealed: bool,
}

impl Effects {
    /// A conference that was deleted and can still be restored: only its team knows of it, and it does not change.
    pub const REMOVED: Self = Self {
        open: false,
        listed: false,
        registration: false,
        live: false,
        sealed: true,
    };
}

impl Lifecycle {
    /// What it means for everybody.
    pub const fn effects(self) -> Effects {
        let is_public = !matches!(self, Self::Draft);
        Effects {
            open: is_public,
            listed: is_public && !matches!(self, Self::Closed),
            registration: matches!(self, Self::Registration),
            live: matches!(self, Self::Live),
            sealed: matches!(self, Self::Closed),
        }
    }

    /// The state that usually comes next.
    pub fn next(self) -> Option<Self> {
        let mut states = Self::ALL.iter().copied();
        states.find(|state| *state == self)?;
        states.next()
    }

    /// The state after somebody, or a date, asked for `next`.
    ///
    /// A chair may go forth and back as plans change. Only a closed conference takes one step at a time: it is
    /// opened again as an archive, which surprises nobody.
    ///
    /// # Errors
    /// `Conflict` when it is in that state already, or closed.
    pub fn after(self, next: Self) -> Result<Self> {
        match (self, next) {
            (from, to) if from == to => Err(Error::conflict("program-lifecycle-same")),
            (Self::Closed, to) if to != Self::Archive => {
                Err(Error::conflict("program-lifecycle-closed-step"))
            }
            (_, to) => Ok(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_opens_what_it_says_and_no_more() {
        let words = |state: Lifecycle| {
            let effects = state.effects();
            let all = [
                (effects.open, "open"),
                (effects.listed, "listed"),
                (effects.registration, "registration"),
                (effects.live, "live"),
                (effects.sealed, "sealed"),
            ];
            let said = all.iter().filter(|(is, _)| *is).map(|(_, word)| *word);
            said.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words(Lifecycle::Draft), "");
        assert_eq!(words(Lifecycle::Announced), "open listed");
        assert_eq!(words(Lifecycle::Registration), "open listed registration");
        assert_eq!(words(Lifecycle::Live), "open listed live");
        assert_eq!(words(Lifecycle::Archive), "open listed");
        assert_eq!(words(Lifecycle::Closed), "open sealed");
        let gone = Effects::REMOVED;
        assert_eq!((gone.sealed, gone.open, gone.live), (true, false, false));
    }

    #[test]
    fn a_closed_conference_is_opened_again_as_an_archive_only() {
        for from in Lifecycle::ALL.iter().copied() {
            for to in Lifecycle::ALL.iter().copied() {
                let allowed = from != to && (from != Lifecycle::Closed || to == Lifecycle::Archive);
                assert_eq!(from.after(to).is_ok(), allowed, "{from} → {to}");
            }
        }
        assert_eq!(Lifecycle::Draft.next(), Some(Lifecycle::Announced));
        assert_eq!(Lifecycle::Closed.next(), None);
    }
}
