//! Both stores for a test.

use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Once, OnceLock};

use db::Db;

/// What a test process leaves on the disk, and the pipe whose end tells the reaper that it is over.
struct Place {
    folder: PathBuf,
    _alive: ChildStdin,
}

/// A folder of this test process that is there until this process ends, however it ends.
///
/// A shell waits for the end of a pipe that only this process holds, so that a killed test leaves nothing
/// behind either, and stops the `PostgreSQL` of this process, if there is one.
#[expect(
    clippy::zombie_processes,
    reason = "it outlives this process, that is its purpose"
)]
pub fn folder() -> &'static Path {
    static PLACE: OnceLock<Place> = OnceLock::new();
    let place = PLACE.get_or_init(|| {
        use std::os::unix::fs::PermissionsExt as _;
        use std::os::unix::process::CommandExt as _;
        let folder = tempfile::Builder::new()
            .prefix("matsuri-test-")
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir()
            .expect("a temporary folder can be made")
            .keep();
        let mut reaper = Command::new("sh")
            .args(["-c", REAPER, "reaper"])
            .arg(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh can be started");
        let alive = reaper.stdin.take().expect("the pipe was asked for");
        Place {
            folder,
            _alive: alive,
        }
    });
    &place.folder
}

/// Waits for the end of standard input; then stops clusters by the first line of their pid files.
const REAPER: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
for pid in "$1"/*/data/postmaster.pid; do [ -f "$pid" ] && kill -QUIT "$(head -n 1 "$pid")"; done
pid="$1/postgres/data/postmaster.pid"
tries=0
while [ -f "$pid" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$1"
"#;

/// A fresh database of either engine: a file of its own and a schema of its own.
pub async fn engines(name: &str) -> Vec<Db> {
    let mut stores = Vec::new();
    for address in addresses(name).await {
        stores.push(
            Db::open(&address)
                .await
                .expect("a fresh database can be opened"),
        );
    }
    stores
}

/// The same as addresses, for programs that open them themselves.
pub async fn addresses(name: &str) -> Vec<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static LEDGER: Once = Once::new();
    LEDGER.call_once(keep_ledger);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let word: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(24)
        .collect();
    let name = format!("{}_{count}", word.to_lowercase());
    let file = folder().join(format!("{name}.db"));
    vec![
        format!("sqlite:{}", file.display()),
        crate::postgres::schema(&name).await,
    ]
}

/// Writes down beside the test programs which statements this one ran; `cargo xtask statements` reads all of them.
fn keep_ledger() {
    let program = std::env::current_exe().expect("a program knows where it is");
    let target = program
        .ancestors()
        .nth(3)
        .expect("test programs lie in target/PROFILE/deps");
    let folder = target.join("statements");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let file = folder.join(program.file_name().expect("a program has a name"));
    db::keep_ledger(&file).expect("the target folder can be written");
}
