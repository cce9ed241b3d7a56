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
/// Links for one address that somebody at one network address asks for within the window.
pub const LINKS_PER_EMAIL_MAX: i64 = 5;
/// Links for one address within the window, whoever asks: what is asked for beyond them is not sent, and nobody is told.
pub const LINKS_PER_MAILBOX_MAX: i64 = 10;
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
/// Characters of what was before or after in a row of the audit log; files for programs have all of it.
pub const AUDIT_VALUE_CHARS: usize = 200;
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
/// How long somebody may take at a provider.
pub const PROVIDER_VISIT_LIFE: Duration = Duration::from_mins(10);
/// Open ways to providers from one network address; a venue shares one.
pub const PROVIDER_VISITS_MAX: i64 = 600;
/// How long an identity waits for the proof of the account.
pub const PROVIDER_OFFER_LIFE: Duration = Duration::from_mins(20);
/// How long what a provider says about itself is believed without asking again.
pub const PROVIDER_KNOWN: Duration = Duration::from_hours(1);
/// The same, while it cannot be asked.
pub const PROVIDER_KNOWN_MAX: Duration = Duration::from_hours(24);
/// Time between two questions to a provider that is away.
pub const PROVIDER_PAUSE: Duration = Duration::from_secs(10);
/// Time between two questions to a provider that unknown keys give rise to.
pub const PROVIDER_AGAIN: Duration = Duration::from_secs(30);
/// Time to reach a provider.
pub const PROVIDER_CONNECT: Duration = Duration::from_secs(3);
/// Time for a provider's whole answer.
pub const PROVIDER_ANSWER: Duration = Duration::from_secs(6);
/// Bytes of a provider's answer.
pub const PROVIDER_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Keys of a provider.
pub const PROVIDER_KEYS_MAX: usize = 64;
/// Bytes of an ID token.
pub const ID_TOKEN_BYTES_MAX: usize = 32 * 1024;
/// How much a provider's clock and ours may differ.
pub const CLOCK_SLACK: Duration = Duration::from_mins(1);
/// How long ago an ID token may have been made.
pub const ID_TOKEN_AGE_MAX: Duration = Duration::from_mins(15);
/// Length of the name that a provider has for somebody (Core 1.0, §2).
pub const SUBJECT_BYTES_MAX: usize = 255;
/// Length of a code that a provider gives.
pub const CODE_BYTES_MAX: usize = 4096;
/// Identities at providers of one account.
pub const IDENTITIES_PER_ACCOUNT_MAX: i64 = 20;
/// Length of the way on that is remembered while somebody is at a provider; what is longer leads to the top.
pub const NEXT_BYTES_MAX: usize = 2_000;
/// How long a sign-in counts as a proof for changing how one signs in.
pub const PROOF_LIFE: Duration = Duration::from_mins(15);
/// Shortest password.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password: what is longer is only work for us.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// Window in which wrong passwords are counted.
pub const PASSWORD_WINDOW: Duration = Duration::from_mins(15);
/// Passwords tried for one address within the window.
pub const PASSWORD_TRIES_MAX: i64 = 10;
/// Passwords tried from one network address within the window; a venue shares one.
pub const PASSWORD_TRIES_PER_PEER_MAX: i64 = 300;
/// Passwords that are hashed at the same time: each takes 19 MiB of memory, and a core.
pub const PASSWORDS_AT_ONCE: usize = 2;
/// How long the removal of a member can be undone: the page offers it for ten seconds, slow ones included.
pub const MEMBER_RESTORE: Duration = Duration::from_mins(2);
