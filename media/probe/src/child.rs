//! One process: how it is started, fed, listened to, and given up on.

use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use media_core::{Feed, Init};
use media_ffmpeg::{Cursor, Next, Program, Pulse, keep};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;

use crate::limits;
use crate::parser::Parser;
use crate::probes::{Counters, Patience};
use crate::report::{Report, State};

/// Why a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// What follows needs another one.
    Reconfigured,
    /// It failed, or was given up on.
    Failed(String),
}

fn command(program: &Program, init: &Init) -> Command {
    let mut command = program.command();
    command.args(arguments(init)).stdin(Stdio::piped());
    command
}

/// Pictures are decoded at key frames alone: black and frozen pictures last longer than a group of pictures, and it costs
/// a twentieth. Sound is decoded as a whole.
fn arguments(init: &Init) -> Vec<String> {
    let codecs = init.codecs.split(',').filter(|codec| !codec.is_empty());
    let has_picture = init.picture.is_some();
    let has_sound = codecs.count() > usize::from(has_picture);
    let allocation = limits::ALLOCATION_BYTES_MAX.to_string();
    let mut words = vec!["-hide_banner", "-nostats", "-nostdin", "-loglevel", "error"];
    words.extend(["-max_alloc", &allocation, "-threads", "1"]);
    // The header says everything: no need to read ahead for it.
    words.extend(["-probesize", "200000", "-analyzeduration", "100000"]);
    words.extend(["-fpsprobesize", "0"]);
    words.extend(["-protocol_whitelist", "pipe", "-f", "mp4"]);
    if has_picture {
        words.extend(["-skip_frame:v", "nokey"]);
    }
    words.extend(["-i", "pipe:0"]);
    if has_picture {
        words.extend(["-map", "0:v:0", "-vf", PICTURE, "-f", "null", "-"]);
    }
    if has_sound {
        words.extend(["-map", "0:a:0", "-af", SOUND, "-f", "null", "-"]);
    }
    words.into_iter().map(str::to_owned).collect()
}

/// Black at 98 % of the pixels; standing still for two groups of pictures.
const PICTURE: &str = "blackdetect=d=0.1:pix_th=0.08:pic_th=0.98,freezedetect=n=0.001:d=3,\
    metadata=mode=print:file=-:direct=1";
/// Loudness comes first: it cuts the sound into tenths of a second, which the others then report by.
const SOUND: &str = "ebur128=metadata=1:framelog=verbose,silencedetect=n=-50dB:d=2,\
    astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level,\
    ametadata=mode=print:file=-:direct=1";

/// Feeds one process with what the channel publishes, until it fails or no longer fits.
pub(crate) async fn run(
    program: &Program,
    patience: &Patience,
    feed: &Feed,
    tell: &(dyn Fn(Report) + Send + Sync),
    counters: &Counters,
) -> Ended {
    let mut cursor = feed
        .wait_for(|snapshot| snapshot.and_then(Cursor::begin))
        .await;
    let mut child = match command(program, cursor.init()).spawn() {
        Ok(child) => child,
        Err(error) => return Ended::Failed(format!("it cannot be started: {error}")),
    };
    counters.started.add(1);
    tell(Report::in_state(State::Starting));
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Ended::Failed("it has no pipes".to_owned());
    };
    let (pulse, complaint) = (Pulse::default(), Mutex::default());
    let mut ended = tokio::select! {
        ended = write(stdin, feed, &mut cursor, &pulse, patience) => ended,
        ended = listen(stdout, &pulse, tell) => ended,
        () = pulse.stops(patience.silent) => {
            counters.stuck.add(1);
            Ended::Failed(format!("it has said nothing for {:?}", patience.silent))
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
    feed: &Feed,
    cursor: &mut Cursor,
    pulse: &Pulse,
    patience: &Patience,
) -> Ended {
    let mut bytes = cursor.init().data.clone();
    loop {
        pulse.fed();
        match timeout(patience.write, stdin.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => {
                // It ended; why is told by its complaints, which are still being read.
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Ended::Failed("it ended".to_owned());
            }
            Err(_) => return Ended::Failed("it takes nothing any more".to_owned()),
        }
        let next = feed.wait_for(|snapshot| cursor.next(snapshot?)).await;
        bytes = match next {
            Next::Part(bytes) => bytes,
            Next::Reconfigured => return Ended::Reconfigured,
        };
    }
}

async fn listen(
    mut stdout: impl AsyncRead + Unpin,
    pulse: &Pulse,
    tell: &(dyn Fn(Report) + Send + Sync),
) -> Ended {
    let (mut parser, mut buffer) = (Parser::default(), vec![0; 4_096]);
    loop {
        match stdout.read(&mut buffer).await {
            Ok(0) | Err(_) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Ended::Failed("it ended".to_owned());
            }
            Ok(count) => {
                if parser.feed(&buffer[..count]) > 0 {
                    pulse.said();
                    tell(parser.report());
                }
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_decoded() {
        let init = |codecs: &str, picture| Init {
            name: String::new(),
            data: bytes::Bytes::new(),
            codecs: codecs.to_owned(),
            picture,
            milli_fps: None,
        };
        let both = arguments(&init("avc1.42c00d,mp4a.40.2", Some((320, 180)))).join(" ");
        assert!(both.contains("0:v:0") && both.contains("0:a:0"));
        let sound = arguments(&init("opus", None)).join(" ");
        assert!(!sound.contains("0:v:0") && sound.contains("0:a:0"));
        let pictures = arguments(&init("avc1.42c00d", Some((320, 180)))).join(" ");
        assert!(pictures.contains("0:v:0") && !pictures.contains("0:a:0"));
    }
}
