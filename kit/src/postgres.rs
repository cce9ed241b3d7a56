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
    let folder = crate::folder().join("postgres");
    initialise(&folder);
    launch(&folder, SETTINGS, &[]);
    address(&folder)
}

/// Makes the files of a cluster.
fn initialise(folder: &Path) {
    let programs = programs().expect(NEEDED);
    std::fs::create_dir(folder).expect("the folder is ours");
    let root = is_root();
    if root {
        // The server refuses to run as root.
        finished(Command::new("chown").arg("postgres").arg(folder));
    }
    let mut make = program(&programs, "initdb", root);
    make.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]);
    finished(
        make.arg("--no-sync")
            .arg("--pgdata")
            .arg(folder.join("data")),
    );
}

/// Starts it and waits until it answers.
fn launch(folder: &Path, settings: &str, environment: &[(&str, &Path)]) {
    let mut launch = program(&programs().expect(NEEDED), "pg_ctl", is_root());
    launch.envs(environment.iter().copied());
    launch.arg("--pgdata").arg(folder.join("data"));
    launch.arg("--log").arg(folder.join("log"));
    launch
        .arg("--options")
        .arg(format!("{settings} -k {}", folder.display()));
    finished(launch.args(["--wait", "--silent", "start"]));
}

fn address(folder: &Path) -> String {
    format!(
        "postgres:///postgres?host={}&user=postgres",
        folder.display()
    )
}

/// A cluster that waits for the disk, as one does that somebody would miss; it is killed when this is dropped.
pub struct Durable {
    folder: PathBuf,
}

/// What it is started with: every commit is on the disk, and files are not longer than they need to be.
const DURABLE: &str = "-c listen_addresses='' -c max_connections=60 -c shared_buffers=16MB -c autovacuum=off \
    -c fsync=on -c synchronous_commit=on -c full_page_writes=on -c wal_init_zero=off -c wal_recycle=off -c checkpoint_timeout=30";

impl Durable {
    /// Makes its files in a folder of that name, which is to be fresh.
    pub fn make(name: &str) -> Self {
        let folder = crate::folder().join(name);
        initialise(&folder);
        Self { folder }
    }

    /// One whose files are put there by `fill`, into the folder that it is given.
    pub fn of(name: &str, fill: impl FnOnce(&Path)) -> Self {
        let folder = crate::folder().join(name);
        let data = folder.join("data");
        fill(&data);
        // Whoever wrote it is gone.
        let _gone = std::fs::remove_file(data.join("postmaster.pid"));
        if is_root() {
            finished(Command::new("chown").args(["-R", "postgres"]).arg(&folder));
        }
        Self { folder }
    }

    /// Where its files are.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it with more of an environment; its address.
    pub fn start(&self, environment: &[(&str, &Path)]) -> String {
        launch(&self.folder, DURABLE, environment);
        address(&self.folder)
    }

    /// Ends all of its processes at once, as the power would.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid"));
        let Some(pid) = pid
            .ok()
            .and_then(|text| text.lines().next().map(str::to_owned))
        else {
            return;
        };
        // It leads a group of its own.
        let _gone = Command::new("kill")
            .args(["-KILL", "--", &format!("-{pid}")])
            .status();
        let group = format!("/proc/{pid}");
        while Path::new(&group).exists() && !is_dead(&pid) {
            std::thread::yield_now();
        }
        let _gone = std::fs::remove_file(self.data().join("postmaster.pid"));
    }
}

/// Whether a process only waits for its parent to hear of its end.
fn is_dead(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status
        .rsplit(") ")
        .next()
        .is_none_or(|rest| rest.starts_with('Z'))
}

impl Drop for Durable {
    fn drop(&mut self) {
        self.kill();
    }
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
