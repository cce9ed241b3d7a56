//! How a program of ffmpeg's is found and started.

use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use crate::limits;

/// A program that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called, and what stands before that.
    words: Vec<String>,
    version: String,
}

impl Program {
    /// Asks whether it is there; it runs at this priority below the usual (`nice`), if the system can do that.
    pub async fn find(name: &str, nice: u8) -> Option<Self> {
        let nice = nice.to_string();
        for words in [&["nice", "-n", &nice, name][..], &[name]] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let mut found = Self {
                words,
                version: String::new(),
            };
            let mut command = found.command();
            command.arg("-version").stdin(Stdio::null());
            let answer = timeout(limits::ASK_MAX, command.output()).await;
            if let Ok(Ok(output)) = answer
                && output.status.success()
            {
                let text = String::from_utf8_lossy(&output.stdout);
                let line = text.lines().next().unwrap_or_default();
                let version = line.split(" Copyright").next().unwrap_or(line);
                found.version = version.chars().take(80).collect();
                return Some(found);
            }
        }
        None
    }

    /// What it calls itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// It, about to be started: it is fed and read here, and it ends when nobody has it any more.
    pub fn command(&self) -> Command {
        let (program, before) = match &*self.words {
            [program, before @ ..] => (program.as_str(), before),
            [] => ("ffmpeg", &[][..]),
        };
        let mut command = Command::new(program);
        command
            .args(before)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
