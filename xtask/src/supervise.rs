//! Runs one command of the gate: with a limit of time, its output kept in a log, and nothing of it left behind.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long a command may take to end after being asked to.
const GRACE: Duration = Duration::from_secs(10);

/// A command and what may become of it.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) command: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) limit: Duration,
    /// Show its lines as they come: for what people would otherwise wait for in the dark.
    pub(crate) live: bool,
}

/// How it went.
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) log: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure(String),
    /// The person at the keyboard had enough.
    Interrupted,
}

/// Runs the job to its end, and ends everything that it started.
pub(crate) async fn run(job: &Job, log: &Path) -> Result<Outcome> {
    let mut child = Command::new(&job.command[0])
        .args(&job.command[1..])
        .current_dir(&job.folder)
        .envs(job.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that one signal reaches whatever it starts.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", job.command.join(" ")))?;
    let group = child.id();
    let (lines, mut received) = mpsc::channel::<String>(256);
    let readers = [
        child
            .stdout
            .take()
            .map(|stream| read(stream, lines.clone())),
        child
            .stderr
            .take()
            .map(|stream| read(stream, lines.clone())),
    ];
    drop(lines);
    let mut file = tokio::fs::File::create(log).await.context("the log")?;
    let mut text = String::new();
    let end = {
        let collect = async {
            while let Some(line) = received.recv().await {
                if job.live {
                    println!("   {line}");
                }
                file.write_all(line.as_bytes()).await?;
                file.write_all(b"\n").await?;
                text.push_str(&line);
                text.push('\n');
            }
            file.flush().await
        };
        let ended = wait(&mut child, job.limit);
        // A command may end while something it started still holds its output: do not wait for that.
        tokio::pin!(collect);
        tokio::pin!(ended);
        let mut collecting = true;
        let end = tokio::select! {
            end = &mut ended => end?,
            collected = &mut collect => {
                collected?;
                collecting = false;
                ended.await?
            }
        };
        signal(group, "KILL").await;
        if collecting {
            let _ = tokio::time::timeout(Duration::from_secs(2), collect).await;
        }
        end
    };
    for reader in readers.into_iter().flatten() {
        reader.abort();
    }
    Ok(Outcome { end, log: text })
}

async fn wait(child: &mut Child, limit: Duration) -> Result<End> {
    let group = child.id();
    let end = tokio::select! {
        status = child.wait() => {
            let status = status?;
            return Ok(if status.success() { End::Success } else { End::Failure(status.to_string()) });
        }
        () = tokio::time::sleep(limit) => End::Failure(format!("not done after {} s", limit.as_secs())),
        () = interrupted() => End::Interrupted,
    };
    signal(group, "TERM").await;
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    Ok(end)
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Signals a whole process group; that it is gone already is fine.
async fn signal(group: Option<u32>, name: &str) {
    let Some(group) = group else { return };
    let _ = Command::new("kill")
        .args([&format!("-{name}"), "--", &format!("-{group}")])
        .stderr(Stdio::null())
        .status()
        .await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "no supervisor of tasks here: this is the supervisor"
)]
fn read(
    stream: impl AsyncRead + Unpin + Send + 'static,
    lines: mpsc::Sender<String>,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line).await, Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if lines.send(text).await.is_err() {
                break;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Job {
        Job {
            name: "test",
            command: vec!["sh".into(), "-c".into(), script.into()],
            folder: std::env::temp_dir(),
            environment: Vec::new(),
            limit,
            live: false,
        }
    }

    async fn outcome(script: &str, limit: Duration) -> Outcome {
        let log =
            std::env::temp_dir().join(format!("xtask-{}-{}", std::process::id(), script.len()));
        let outcome = run(&shell(script, limit), &log).await.expect("runs");
        let _ = std::fs::remove_file(log);
        outcome
    }

    #[tokio::test]
    async fn output_and_status_are_kept() {
        let fine = outcome("echo one; echo two >&2", Duration::from_secs(10)).await;
        assert_eq!(fine.end, End::Success);
        assert!(fine.log.contains("one\n") && fine.log.contains("two\n"));
        let bad = outcome("exit 3", Duration::from_secs(10)).await;
        assert!(matches!(bad.end, End::Failure(_)));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_its_children() {
        let marker = format!("{}7", std::process::id());
        let script = format!("sleep {marker} & sleep {marker}");
        let outcome = outcome(&script, Duration::from_millis(200)).await;
        assert!(matches!(outcome.end, End::Failure(_)));
        let left = Command::new("pgrep")
            .args(["-f", &format!("^sleep {marker}")])
            .output()
            .await;
        assert!(left.is_ok_and(|left| left.stdout.is_empty()));
    }

    #[tokio::test]
    async fn a_child_left_behind_does_not_hold_the_gate() {
        let outcome = outcome("sleep 300 & echo done", Duration::from_secs(20)).await;
        assert_eq!(outcome.end, End::Success);
        assert!(outcome.log.contains("done"));
    }
}
