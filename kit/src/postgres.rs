//! A private `PostgreSQL`: one cluster per test process, one schema per test, a Unix socket only.
//!
//! Its absence is a failure, never a skipped test: both stores or no answer.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Where distributions put the programs that only a server needs.
const PLACES: &str = "/usr/lib/postgresql";

/// Settings of a database that nobody will miss.
const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=400 -c shared_buffers=32MB -c autovacuum=off";

/// What a test says when there is no server to be had.
const NEEDED: &str = "these tests run on both databases: install PostgreSQL (Debian: apt-get install postgresql), so that initdb is in PATH or /usr/lib/postgresql/*/bin, or name a server in MATSURI_TEST_POSTGRES";

/// The address of a fresh schema.
pub async fn schema(name: &str) -> String {
    // The server may be shared by several processes.
    let schema = format!("t{}_{name}", std::process::id());
    let server = server();
    let mut connection = PgConnection::connect(server)
        .await
        .expect("the private PostgreSQL answers");
    let statement = format!("CREATE SCHEMA {schema}");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("a schema can be made");
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options[search_path]={schema}")
}

/// The address of the server: the one in `MATSURI_TEST_POSTGRES`, or a cluster of this process.
fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "one server for a whole run saves its starts"
    )]
    SERVER.get_or_init(|| std::env::var("MATSURI_TEST_POSTGRES").unwrap_or_else(|_| start()))
}

fn start() -> String {
    let programs = programs().expect(NEEDED);
    let folder = crate::folder().join("postgres");
    std::fs::create_dir(&folder).expect("the folder is ours");
    let root = is_root();
    if root {
        // The server refuses to run as root.
        finished(Command::new("chown").arg("postgres").arg(&folder));
    }
    let data = folder.join("data");
    let mut make = program(&programs, "initdb", root);
    make.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]);
    finished(make.arg("--no-sync").arg("--pgdata").arg(&data));
    let mut launch = program(&programs, "pg_ctl", root);
    launch
        .arg("--pgdata")
        .arg(&data)
        .arg("--log")
        .arg(folder.join("log"));
    launch
        .arg("--options")
        .arg(format!("{SETTINGS} -k {}", folder.display()));
    finished(launch.args(["--wait", "--silent", "start"]));
    format!(
        "postgres:///postgres?host={}&user=postgres",
        folder.display()
    )
}

/// The folder with `initdb`: the one in the path, or the newest of the distribution's.
fn programs() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "finding a program is what PATH is for"
    )]
    let path = std::env::var("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = std::fs::read_dir(PLACES)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    let installed = versions.into_iter().rev();
    // A link in the path may point to one program only; its neighbours are needed as well.
    installed
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

fn program(folder: &Path, name: &str, root: bool) -> Command {
    let program = folder.join(name);
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

fn finished(command: &mut Command) {
    // With its streams closed a server that goes on in the background holds no pipe of ours.
    let Output {
        status,
        stderr,
        stdout,
    } = if is_start(command) {
        let status = command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .expect("the program is there");
        Output {
            status,
            stderr: Vec::new(),
            stdout: Vec::new(),
        }
    } else {
        command
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program is there")
    };
    assert!(
        status.success(),
        "{command:?} failed: {}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
}

fn is_start(command: &Command) -> bool {
    command.get_args().any(|argument| argument == "start")
}
