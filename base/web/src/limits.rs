//! What a client can make grow, and how far.

use std::time::Duration;

/// Body of an ordinary form or API call, bytes. Uploads name their own maximum on their route.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Time to send all request headers.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of request line and headers that hyper buffers.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Time for a TLS handshake.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that one HTTP/2 stream may have waiting to be sent.
pub const H2_SEND_BYTES_MAX: usize = 64 * 1024;
/// How often a silent HTTP/2 connection is asked whether it is still there.
pub const H2_KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Streams of one HTTP/2 connection.
pub const H2_STREAMS_MAX: u32 = 128;
/// A page or API call that takes longer is given up with 503.
pub const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause of the accept loop after an error such as "too many open files".
pub const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);
/// How long a draining server still answers connections that were accepted but are silent.
pub const DRAIN_GRACE: Duration = Duration::from_secs(1);
/// Listen backlog: an opening storm arrives within one second.
pub const BACKLOG: u32 = 4096;
/// Length of a `User-Agent` that is kept with a session.
pub const USER_AGENT_BYTES_MAX: usize = 200;
/// Fields of one form: a list with every box ticked stays far below.
pub const FORM_FIELDS_MAX: usize = 5_000;
/// Repeated rows of one group in a form.
pub const FORM_ROWS_MAX: usize = 200;
/// Characters of a file's name.
pub const FILE_NAME_CHARS_MAX: usize = 200;
/// The cookie that tells the next page what was done.
pub const SAID_BYTES_MAX: usize = 3_000;
/// Characters of one argument in it, such as a title.
pub const SAID_ARG_CHARS_MAX: usize = 60;
/// Rows of a list on one page.
pub const LIST_ROWS: i64 = 100;
/// Rows of a list as a file.
pub const CSV_ROWS_MAX: i64 = 20_000;
/// Characters of a search in a list.
pub const SEARCH_CHARS_MAX: usize = 100;
/// Characters of a filter's value in an address.
pub const FILTER_CHARS_MAX: usize = 100;
/// Items of an API list when nobody says how many.
pub const PAGE_ITEMS: i64 = 50;
/// Items of an API list on one page.
pub const PAGE_ITEMS_MAX: i64 = 200;
/// Length of a cursor: a title of two hundred characters and an id.
pub const CURSOR_BYTES_MAX: usize = 2_000;
/// Length of the key under which a request may be repeated.
pub const ONCE_KEY_BYTES_MAX: usize = 100;
