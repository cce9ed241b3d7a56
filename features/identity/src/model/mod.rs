//! Words and rules of identity.

pub(crate) mod audit;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod team;

use kernel::text::{Lines, clean};
use kernel::{Error, Result, define_id, word_enum};

use crate::limits;

define_id!(
    /// A person's account.
    AccountId, "acc"
);
define_id!(
    /// One browser of one account.
    SessionId, "ses"
);
define_id!(
    /// A conference: what roles are scoped to. Its table belongs to `program`.
    ConferenceId, "cnf"
);
define_id!(
    /// An invitation into a team.
    InvitationId, "inv"
);
define_id!(
    /// A token with which a program uses the API.
    TokenId, "tok"
);
define_id!(
    /// A passkey.
    PasskeyId, "psk"
);
define_id!(
    /// Whom a provider knows somebody as.
    IdentityId, "pid"
);
define_id!(
    /// A change of a mail address.
    EmailChangeId, "emc"
);
define_id!(
    /// An entry of the audit log.
    AuditId, "aud"
);

word_enum! {
    /// A role in the team of one conference. Roles add up.
    pub enum Role {
        /// Leads the conference; may do everything in it.
        Chair = "chair",
        /// Programme: talks, timetable, mails.
        Contents = "contents",
        /// Puts talks on air.
        Broadcast = "broadcast",
        /// Runs the venue.
        Operation = "operation",
        /// Checks people in.
        Desk = "desk",
        /// Public relations.
        Promotion = "promotion",
        /// Keeps the platform running.
        Platform = "platform",
        /// Judges proposals; sees them and nothing else of the team's.
        Reviewer = "reviewer",
        /// Looks after sponsors: their pages, sessions and leads.
        SponsorManager = "sponsor_manager",
    }
}

word_enum! {
    /// How a session began.
    pub enum Way {
        /// By a mailed link.
        Mail = "mail",
        /// By a passkey.
        Passkey = "passkey",
        /// By an account at a provider.
        Provider = "provider",
        /// By a password.
        Password = "password",
        /// By a shortcut of the demo, or in a test.
        Shortcut = "shortcut",
    }
}

/// A mail address in the form under which accounts are found: trimmed, domain and local part lower-case.
///
/// Only the shape is judged (one `@`, a dotted or local domain, no spaces): whether it exists, the mail shows.
pub fn parse_email(text: &str) -> Result<String> {
    let email = clean(text, Lines::One).to_lowercase();
    let well_formed = email.len() <= limits::EMAIL_BYTES_MAX
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
        && !email
            .chars()
            .any(|c| c.is_whitespace() || "<>,;:\"()[]\\".contains(c));
    if well_formed {
        Ok(email)
    } else {
        Err(Error::invalid("email", "identity-email-malformed"))
    }
}

/// A person's name as they write it.
pub fn parse_name(text: &str) -> Result<String> {
    let name = clean(text, Lines::One);
    match name.chars().count() {
        0 => Err(Error::invalid("name", "identity-name-empty")),
        n if n > limits::NAME_CHARS_MAX => Err(Error::invalid("name", "identity-name-too-long")),
        _ => Ok(name),
    }
}

/// The name of somebody who has not given one: what stands before the `@`.
pub fn name_of(email: &str) -> String {
    email
        .split('@')
        .next()
        .unwrap_or_default()
        .chars()
        .take(limits::NAME_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_their_shape_alone() {
        assert_eq!(
            parse_email("  Aiko@Example.ORG ").ok().as_deref(),
            Some("aiko@example.org")
        );
        for bad in [
            "",
            "aiko",
            "@example.org",
            "aiko@",
            "a@b@c",
            "a b@c.d",
            "a@c.d\nBcc: x@y.z,e@f",
            "<a@b.c>",
        ] {
            assert!(parse_email(bad).is_err(), "{bad:?}");
        }
        assert!(parse_email(&format!("{}@example.org", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_name_is_kept_as_it_is_written() {
        assert_eq!(
            parse_name(" 山田 愛子\u{0} ").ok().as_deref(),
            Some("山田 愛子")
        );
        assert!(parse_name(" \t ").is_err());
        assert!(parse_name(&"祭".repeat(81)).is_err());
    }
}
