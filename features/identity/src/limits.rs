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
