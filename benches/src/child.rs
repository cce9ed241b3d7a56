//! Servers and helpers that a suite starts: each in a process group of its own, gone when its value is dropped.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

/// How often a condition is looked at again.
const LOOK: Duration = Duration::from_millis(10);
/// From the polite signal to the other one.
const STOP: Duration = Duration::from_secs(10);

/// A running program. What it prints goes to a file.
pub(crate) struct Child {
    name: &'static str,
    process: Process,
    log: PathBuf,
}

impl Child {
    /// Starts it with its output in `folder`.
    pub(crate) fn start(name: &'static str, mut command: Command, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let process = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        Ok(Self { name, process, log })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has not ended by itself.
    pub(crate) fn is_running(&mut self) -> Result<bool> {
        Ok(self.process.try_wait()?.is_none())
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until `find` finds something in what it prints.
    pub(crate) async fn until<T>(
        &mut self,
        within: Duration,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + within;
        loop {
            let printed = self.printed();
            if let Some(found) = find(&printed) {
                return Ok(found);
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("{} ended with {status}: {}", self.name, tail(&printed));
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {within:?}: {}",
                    self.name,
                    tail(&printed)
                );
            }
            sleep(LOOK).await;
        }
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        signal("-TERM", self.id());
        let deadline = Instant::now() + STOP;
        while self.process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("{} does not end: {}", self.name, tail(&self.printed()));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        signal("-KILL", self.id());
        let _gone = self.process.wait();
    }
}

fn signal(signal: &str, group: u32) {
    let target = format!("-{group}");
    let mut kill = Command::new("kill");
    let _late = kill
        .args([signal, "--", &target])
        .stderr(Stdio::null())
        .status();
}

/// Runs a command to its end; its output is the answer, or the error.
pub(crate) fn finish(mut command: Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("run {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{}: {}\n{}{text}",
            command.get_program().display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(text)
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
