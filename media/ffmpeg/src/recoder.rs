//! One process that codes the sound of a channel once more: AAC beside Opus.

use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use media_core::{Feed, Recoding};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::cursor::{Cursor, Next};
use crate::flv::Reader;
use crate::limits;
use crate::program::Program;
use crate::pulse::{Pulse, keep, locked};
use crate::recoders::{Counters, Patience};

/// Why a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// What follows needs another one, or none.
    Reconfigured,
    /// It failed, or was given up on.
    Failed(String),
}

/// What it reads is there at once, and what it gives is given at once. Times stay those of the channel; where its samples
/// and its times come apart it stretches, as nobody hears. What an encoder puts before the first sample is told by its times.
fn command(program: &Program) -> Command {
    let allocation = limits::ALLOCATION_BYTES_MAX.to_string();
    let mut command = program.command();
    command
        .args(["-hide_banner", "-nostats", "-nostdin", "-loglevel", "error"])
        .args(["-max_alloc", &allocation, "-threads", "1"])
        .args(["-probesize", "32", "-analyzeduration", "0"])
        .args(["-fflags", "nobuffer", "-copyts"])
        .args(["-protocol_whitelist", "pipe", "-f", "mp4", "-i", "pipe:0"])
        .args(["-map", "0:a:0", "-af", "aresample=48000:async=1000"])
        .args(["-c:a", "aac", "-profile:a", "aac_low", "-b:a", "128k"])
        .args(["-ar", "48000", "-ac", "2", "-flush_packets", "1"])
        .args(["-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"])
        .stdin(Stdio::piped());
    command
}

/// Waits for sound that wants it; meanwhile nobody owes any.
async fn begin(sound: &Feed, recoding: &mut Recoding) -> Cursor {
    let mut every = ticks();
    loop {
        let opus = sound.wait_for(|snapshot| {
            let cursor = snapshot.and_then(Cursor::begin);
            cursor.filter(|cursor| cursor.init().is_opus())
        });
        tokio::select! {
            biased;
            cursor = opus => {
                if recoding.begin(cursor.msn()) {
                    return cursor;
                }
                // That segment was published with other sound.
                tokio::time::sleep(limits::LATE_EVERY).await;
            }
            _ = every.tick() => recoding.publish(Duration::ZERO),
        }
    }
}

/// Feeds one process with the sound of the channel, until it fails or no longer fits.
pub(crate) async fn run(
    program: &Program,
    patience: &Patience,
    sound: &Feed,
    recoding: &mut Recoding,
    counters: &Counters,
) -> Ended {
    let mut cursor = begin(sound, recoding).await;
    let mut child = match command(program).spawn() {
        Ok(child) => child,
        Err(error) => return Ended::Failed(format!("it cannot be started: {error}")),
    };
    counters.started.add(1);
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Ended::Failed("it has no pipes".to_owned());
    };
    let (pulse, complaint) = (Pulse::default(), Mutex::default());
    let reader = Reader::near(cursor.begins_us());
    let mut ended = tokio::select! {
        ended = write(stdin, sound, &mut cursor, &pulse, patience) => ended,
        ended = read(stdout, reader, recoding, &pulse, patience) => ended,
        () = pulse.stops(patience.silent) => {
            counters.stuck.add(1);
            Ended::Failed(format!("it has given nothing for {:?}", patience.silent))
        }
        () = keep(stderr, &complaint) => Ended::Failed(String::new()),
    };
    counters.skipped.add(cursor.skipped());
    // Waited for, so that it leaves no zombie; a process that survives even this is left to the runtime.
    let _gone = child.start_kill();
    let _reaped = timeout(Duration::from_secs(2), child.wait()).await;
    let complaint = locked(&complaint);
    if let Ended::Failed(why) = &mut ended
        && !complaint.is_empty()
    {
        *why = format!("{why}: {}", complaint.trim());
    }
    ended
}

async fn write(
    mut stdin: ChildStdin,
    sound: &Feed,
    cursor: &mut Cursor,
    pulse: &Pulse,
    patience: &Patience,
) -> Ended {
    let mut bytes = cursor.init().data.clone();
    loop {
        match timeout(patience.write, stdin.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => {
                // It ended; why is told by its complaints, which are still being read.
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Ended::Failed("it ended".to_owned());
            }
            Err(_) => return Ended::Failed("it takes nothing any more".to_owned()),
        }
        bytes = match sound.wait_for(|snapshot| cursor.next(snapshot?)).await {
            Next::Part(bytes) => bytes,
            Next::Reconfigured => return Ended::Reconfigured,
        };
        pulse.fed();
    }
}

async fn read(
    mut stdout: impl AsyncRead + Unpin,
    mut reader: Reader,
    recoding: &mut Recoding,
    pulse: &Pulse,
    patience: &Patience,
) -> Ended {
    let (mut every, mut buffer) = (ticks(), vec![0; 8 * 1024]);
    loop {
        tokio::select! {
            read = stdout.read(&mut buffer) => {
                let Ok(count @ 1..) = read else {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    return Ended::Failed("it ended".to_owned());
                };
                let taken = reader.feed(&buffer[..count], |at_us, frame| {
                    pulse.said();
                    recoding.frame(at_us, frame);
                });
                if let Err(error) = taken {
                    return Ended::Failed(format!("it gives something else: {error:?}"));
                }
            }
            _ = every.tick() => {}
        }
        recoding.publish(patience.late);
    }
}

/// Waits until an instant; meanwhile nobody owes any sound.
pub(crate) async fn rest(recoding: &mut Recoding, for_long: Duration) {
    let (mut every, wakes) = (ticks(), tokio::time::sleep(for_long));
    tokio::pin!(wakes);
    loop {
        tokio::select! {
            () = &mut wakes => return,
            _ = every.tick() => recoding.publish(Duration::ZERO),
        }
    }
}

fn ticks() -> tokio::time::Interval {
    let mut every = interval(limits::LATE_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
