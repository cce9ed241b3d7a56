//! The control socket: commands that change state go through the running server, so that there is one writer
//! and everybody who is connected sees the change.
//!
//! One request and one answer per connection, a line of JSON each. Who may use it is decided by the data
//! folder's mode.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::command::{Call, Tools};
use crate::data::control_path;
use crate::limits;

/// What became of a command.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Done; what to print.
    Done(String),
    /// Refused; why.
    Refused(String),
}

/// Answers commands until the program is to end.
pub fn serve(folder: &Path, tools: Tools) -> Result<()> {
    let (path, open) = control_path(folder)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", path.display()));
        }
        _ => {}
    }
    let listener = UnixListener::bind(&path)
        .with_context(|| format!("cannot listen on {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let tasks = tools.features.app.tasks.clone();
    let token = tasks.token();
    tasks.clone().spawn("control", async move {
        let _open = open;
        loop {
            let accepted = tokio::select! {
                () = token.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let tools = tools.clone();
                    tasks.spawn("command", async move {
                        if let Err(error) = answer(stream, &tools).await {
                            tracing::warn!("a command was not answered: {error:#}");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!("the control socket cannot accept: {error}");
                    tokio::time::sleep(web::limits::ACCEPT_BACKOFF).await;
                }
            }
        }
        let _ = std::fs::remove_file(&path);
    });
    Ok(())
}

async fn answer(stream: UnixStream, tools: &Tools) -> Result<()> {
    let work = async {
        let (read, mut write) = stream.into_split();
        let call: Call = receive(read).await?;
        let answer = call.run(tools).await;
        write.write_all(&line(&answer)?).await?;
        Ok(())
    };
    tokio::time::timeout(limits::COMMAND_TIMEOUT, work)
        .await
        .context("it took too long")?
}

/// Has the server of a folder run a command.
pub async fn ask(folder: &Path, call: &Call) -> Result<Answer> {
    let (path, _open) = control_path(folder)?;
    let began = Instant::now();
    let mut stream = loop {
        match UnixStream::connect(&path).await {
            Ok(stream) => break stream,
            // The server holds the folder and has not come to its socket yet.
            Err(_) if began.elapsed() < limits::CONTROL_PATIENCE => {
                tokio::time::sleep(web::limits::ACCEPT_BACKOFF).await;
            }
            Err(error) => bail!(
                "the matsuri that uses {} does not answer on its control socket: {error}",
                folder.display()
            ),
        }
    };
    stream.write_all(&line(call)?).await?;
    receive(stream)
        .await
        .context("the server ended the connection without an answer")
}

fn line(message: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

async fn receive<T: DeserializeOwned>(stream: impl tokio::io::AsyncRead + Unpin) -> Result<T> {
    let mut text = Vec::new();
    let mut bounded = BufReader::new(stream.take(limits::COMMAND_BYTES_MAX));
    bounded.read_until(b'\n', &mut text).await?;
    Ok(serde_json::from_slice(&text)?)
}
