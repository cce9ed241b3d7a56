//! What a person or a robot can make grow, and how far.

use std::time::Duration;

/// How long a mailed link works.
pub const LINK_LIFE: Duration = Duration::from_mins(15);
/// How long the link of a first start works.
pub const OWNER_LINK_LIFE: Duration = Duration::from_hours(24);
/// How long a session lasts without being used.
pub const SESSION_LIFE: Duration = Duration::from_hours(60 * 24);
/// A session's last use is written at most this often: SQLite has one writer.
pub const SEEN_INTERVAL: Duration = Duration::from_mins(5);
/// Window in which links are counted.
pub const LINK_WINDOW: Duration = Duration::from_mins(15);
/// Links for one address within the window.
pub const LINKS_PER_EMAIL_MAX: i64 = 5;
/// Links asked for from one network address within the window; a venue shares one.
pub const LINKS_PER_PEER_MAX: i64 = 600;
/// Length of a mail address (RFC 5321 §4.5.3.1.3).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Length of a name.
pub const NAME_CHARS_MAX: usize = 80;
/// Sessions that one account keeps; the longest unused goes first.
pub const SESSIONS_PER_ACCOUNT_MAX: i64 = 50;
/// How long an invitation into a team works.
pub const INVITATION_LIFE: Duration = Duration::from_hours(24 * 7);
/// Time between two mails of one invitation.
pub const INVITATION_PAUSE: Duration = Duration::from_mins(1);
/// Open invitations of one conference.
pub const INVITATIONS_OPEN_MAX: i64 = 100;
/// Invitations that the team's page shows, open or not.
pub const INVITATIONS_SHOWN: i64 = 200;
/// Entries of the audit log on one page.
pub const AUDIT_PAGE: i64 = 50;
/// Entries of the audit log that an export reads at once; it goes on until all are sent.
pub const AUDIT_EXPORT_STEP: i64 = 500;
/// Length of a name's reading.
pub const KANA_CHARS_MAX: usize = 80;
/// Bytes of a picture as it is sent.
pub const AVATAR_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Width and height of a picture as it is sent: what unpacks to more is not unpacked.
pub const AVATAR_SIDE_MAX: u32 = 8_000;
/// Memory that unpacking a picture may take.
pub const AVATAR_MEMORY_MAX: u64 = 192 * 1024 * 1024;
/// Width and height of a picture as it is kept.
pub const AVATAR_SIDE: u32 = 256;
/// Pictures that are unpacked at the same time.
pub const AVATARS_AT_ONCE: usize = 1;
/// How long the link that proves a new mail address works.
pub const EMAIL_CHANGE_LIFE: Duration = Duration::from_hours(1);
/// How long the holder of the old address can undo a change.
pub const EMAIL_UNDO_LIFE: Duration = Duration::from_hours(24 * 7);
/// Changes of its mail address that one account may ask for within a day.
pub const EMAIL_CHANGES_MAX: i64 = 5;
/// Tokens of one account.
pub const TOKENS_PER_ACCOUNT_MAX: i64 = 50;
/// Length of a token's name.
pub const TOKEN_NAME_CHARS_MAX: usize = 80;
/// The longest life of a token, in days.
pub const TOKEN_DAYS_MAX: i64 = 366;
/// How long a browser may take to answer with a passkey.
pub const PASSKEY_CHALLENGE_LIFE: Duration = Duration::from_mins(5);
/// Questions for passkeys that wait for one network address; a venue shares one.
pub const PASSKEY_CHALLENGES_MAX: i64 = 600;
/// Passkeys of one account.
pub const PASSKEYS_PER_ACCOUNT_MAX: i64 = 20;
/// Length of a passkey's name; what is longer is cut.
pub const PASSKEY_NAME_CHARS_MAX: usize = 60;
/// Length of the cookie that remembers what a sign-in link was asked for.
pub const ASKED_BYTES_MAX: usize = 2_000;
