//! A real server in a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything should take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Who asks without a pause takes the processor from those whom it waits for.
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// The binary, with an environment that no developer's settings reach.
pub(crate) fn matsuri(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matsuri"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MATSURI_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(kit::folder())
        .env("LC_ALL", "C")
        .args(arguments);
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    matsuri(arguments).output().expect("the binary is there")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder of this test.
pub(crate) fn folder(name: &str) -> PathBuf {
    kit::folder().join(name)
}

/// A server; killed when the test ends, however it ends.
pub(crate) struct Server {
    child: Child,
    /// What it printed until it was ready.
    pub(crate) printed: String,
    pub(crate) http: SocketAddr,
    log: PathBuf,
    data: PathBuf,
}

impl Server {
    /// Starts it on any free ports and waits until it said that it is ready.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        Self::start_in(data, more, &[])
    }

    /// The same with more of an environment.
    pub(crate) fn start_in(
        data: &Path,
        more: &[&str],
        environment: &[(&'static str, PathBuf)],
    ) -> Self {
        let log = data.with_extension("log");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("a log can be made");
        let shown = data.to_str().expect("test paths are text");
        let mut command = matsuri(&["serve", "--data", shown, "--http", "127.0.0.1:0"]);
        command
            .args(["--rtmp", "127.0.0.1:0", "--webrtc", "127.0.0.1:0"])
            .args(["--metrics", "127.0.0.1:0"])
            .args(more)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::from(file))
            .spawn()
            .expect("the binary is there");
        let mut output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut printed = String::new();
        while !printed.contains("\n  room ") {
            if output.read_line(&mut printed).expect("text") == 0 {
                break;
            }
        }
        let mut server = Self {
            child,
            printed,
            http: ([0, 0, 0, 0], 0).into(),
            log,
            data: data.to_owned(),
        };
        assert!(
            server.printed.contains("ready"),
            "{}\n{}",
            server.printed,
            server.log()
        );
        let address = server
            .line("site")
            .split_once("listening on ")
            .expect("told")
            .1
            .to_owned();
        server.http = address.trim_end_matches(')').parse().expect("an address");
        server
    }

    /// The rest of a printed line by its first word.
    pub(crate) fn line(&self, word: &str) -> &str {
        let mut lines = self
            .printed
            .lines()
            .filter_map(|line| line.trim().strip_prefix(word));
        lines.next().unwrap_or_default().trim()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        get(self.http, path)
    }

    /// Runs a command on its folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        matsuri(arguments)
            .arg("--data")
            .arg(&self.data)
            .output()
            .expect("the binary is there")
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.expect("kill is there").success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory that is its own or mapped, as the system counts it.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("Linux tells it");
        let kib = line
            .trim()
            .trim_end_matches(" kB")
            .parse::<u64>()
            .expect("a number");
        kib * 1024
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let status = until("the server ends", || {
            self.child.try_wait().expect("it is our child")
        });
        (status, began.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until there is an answer.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::park_timeout(ASK_AGAIN);
    }
}

/// One request on a connection of its own: status and body.
pub(crate) fn get(addr: SocketAddr, path: &str) -> (u16, String) {
    send(addr, "GET", path, "")
}

/// The same with any method and more headers.
pub(crate) fn send(addr: SocketAddr, method: &str, path: &str, headers: &str) -> (u16, String) {
    let stream = TcpStream::connect(addr).expect("somebody listens");
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}");
    exchange(stream, &head)
}

/// The head of an answer.
pub(crate) fn head(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).expect("somebody listens");
    let request = format!("HEAD {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    text(&answer)
}

/// One request on an open connection.
pub(crate) fn ask(stream: TcpStream, addr: SocketAddr, path: &str) -> (u16, String) {
    exchange(stream, &format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n"))
}

fn exchange(mut stream: TcpStream, head: &str) -> (u16, String) {
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time-out can be set");
    let request = format!("{head}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = text(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0);
    (status, body.to_owned())
}
