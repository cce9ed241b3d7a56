//! One process: how it is fed, listened to, and given up on.

use std::sync::Mutex;
use std::time::Duration;

use media_core::Feed;
use media_core::metrics::Count;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::cursor::{Cursor, Next};
use crate::limits;
use crate::pulse::{Pulse, keep, locked};

/// How long a process may take for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// To give anything for what it was fed.
    pub silent: Duration,
    /// To take one part.
    pub write: Duration,
    /// The first pause after a failure.
    pub restart: Duration,
}

/// What happened to processes.
#[derive(Debug, Default)]
pub struct Counters {
    /// Started.
    pub started: Count,
    /// Failed or given up on.
    pub failed: Count,
    /// Of these, given up on because they gave nothing.
    pub stuck: Count,
    /// Segments left out because a process was too slow.
    pub skipped: Count,
}

/// Why a process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// What follows needs another one, or none.
    Reconfigured,
    /// It failed, or was given up on.
    Failed(String),
}

/// Whoever reads what a process gives.
pub trait Listener {
    /// Takes what it gave; whether that made any sense, which is its sign of life.
    ///
    /// # Errors
    /// Why nothing sensible can follow.
    fn hear(&mut self, bytes: &[u8]) -> Result<bool, String>;

    /// Time goes by ([`limits::LATE_EVERY`]), whether or not it gives anything.
    fn wait(&mut self) {}
}

/// Starts a process and feeds it with what a channel publishes, until it fails or no longer fits.
pub async fn attend(
    command: Command,
    cursor: Cursor,
    feed: &Feed,
    patience: &Patience,
    counters: &Counters,
    listener: &mut impl Listener,
) -> Ended {
    let ended = run(command, cursor, feed, patience, counters, listener).await;
    if matches!(ended, Ended::Failed(_)) {
        counters.failed.add(1);
    }
    ended
}

async fn run(
    mut command: Command,
    mut cursor: Cursor,
    feed: &Feed,
    patience: &Patience,
    counters: &Counters,
    listener: &mut impl Listener,
) -> Ended {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ended::Failed(format!("it cannot be started: {error}")),
    };
    counters.started.add(1);
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Ended::Failed("it has no pipes".to_owned());
    };
    let (pulse, complaint) = (Pulse::default(), Mutex::default());
    pulse.fed();
    let ended = tokio::select! {
        ended = write(stdin, feed, &mut cursor, &pulse, patience.write) => ended,
        why = read(stdout, listener, &pulse) => Ended::Failed(why),
        () = pulse.stops(patience.silent) => {
            counters.stuck.add(1);
            Ended::Failed(format!("it has given nothing for {:?}", patience.silent))
        }
        () = keep(stderr, &complaint) => Ended::Failed(String::new()),
    };
    counters.skipped.add(cursor.skipped());
    end(child).await;
    match ended {
        Ended::Failed(why) => Ended::Failed(with(why, &locked(&complaint))),
        Ended::Reconfigured => Ended::Reconfigured,
    }
}

/// Waited for, so that it leaves no zombie; a process that survives even this is left to the runtime.
async fn end(mut child: Child) {
    let _gone = child.start_kill();
    let _reaped = timeout(Duration::from_secs(2), child.wait()).await;
}

fn with(why: String, complaint: &str) -> String {
    match complaint.trim() {
        "" => why,
        complaint => format!("{why}: {complaint}"),
    }
}

async fn write(
    mut stdin: ChildStdin,
    feed: &Feed,
    cursor: &mut Cursor,
    pulse: &Pulse,
    write_max: Duration,
) -> Ended {
    let mut bytes = cursor.init().data.clone();
    loop {
        match timeout(write_max, stdin.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ended::Failed(last_words().await),
            Err(_) => return Ended::Failed("it takes nothing any more".to_owned()),
        }
        bytes = match feed.wait_for(|snapshot| cursor.next(snapshot?)).await {
            Next::Part(bytes) => bytes,
            Next::Reconfigured => return Ended::Reconfigured,
        };
        pulse.fed();
    }
}

/// Returns why it is of no more use.
async fn read(
    mut stdout: impl AsyncRead + Unpin,
    listener: &mut impl Listener,
    pulse: &Pulse,
) -> String {
    let (mut every, mut buffer) = (ticks(), vec![0; 8 * 1024]);
    loop {
        tokio::select! {
            read = stdout.read(&mut buffer) => {
                let Ok(count @ 1..) = read else {
                    return last_words().await;
                };
                match listener.hear(&buffer[..count]) {
                    Ok(true) => pulse.said(),
                    Ok(false) => {}
                    Err(why) => return why,
                }
            }
            _ = every.tick() => listener.wait(),
        }
    }
}

/// It ended; why is told by its complaints, which are still being read.
async fn last_words() -> String {
    tokio::time::sleep(Duration::from_millis(100)).await;
    "it ended".to_owned()
}

/// Time that goes by.
pub(crate) fn ticks() -> Interval {
    let mut every = interval(limits::LATE_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
