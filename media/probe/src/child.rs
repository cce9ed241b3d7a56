//! One process: how it is started, fed, listened to, and given up on.

use std::ffi::OsStr;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use media_core::{Feed, Init};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::time::{Instant, timeout};

use crate::cursor::{Cursor, Next};
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

/// ffmpeg, as it is called here.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    /// The program and what stands before its arguments.
    words: Vec<String>,
    /// What it calls itself.
    pub(crate) version: String,
}

impl Tool {
    /// Asks whether it is there, at low priority if the system can do that.
    pub(crate) async fn find(program: &str) -> Option<Self> {
        for words in [&["nice", "-n", "15", program][..], &[program]] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let mut command = quiet(&words);
            command.arg("-version").stdin(Stdio::null());
            let answer = timeout(limits::ASK_MAX, command.output()).await;
            if let Ok(Ok(output)) = answer
                && output.status.success()
            {
                let text = String::from_utf8_lossy(&output.stdout);
                let line = text.lines().next().unwrap_or_default();
                let version = line.split(" Copyright").next().unwrap_or(line);
                let version = version.chars().take(80).collect();
                return Some(Self { words, version });
            }
        }
        None
    }

    fn command(&self, init: &Init) -> Command {
        let mut command = quiet(&self.words);
        command.args(arguments(init)).stdin(Stdio::piped());
        command
    }
}

fn quiet(words: &[String]) -> Command {
    let program = words.first().map_or(OsStr::new("ffmpeg"), OsStr::new);
    let mut command = Command::new(program);
    command
        .args(words.iter().skip(1))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
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
    tool: &Tool,
    patience: &Patience,
    feed: &Feed,
    tell: &(dyn Fn(Report) + Send + Sync),
    counters: &Counters,
) -> Ended {
    let mut cursor = feed
        .wait_for(|snapshot| snapshot.and_then(Cursor::begin))
        .await;
    let mut child = match tool.command(cursor.init()).spawn() {
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
        ended = watch(&pulse, patience) => { counters.stuck.add(1); ended }
        () = keep(stderr, &complaint) => Ended::Failed(String::new()),
    };
    counters.skipped.add(cursor.skipped);
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

/// Since when a process has been fed without saying anything.
#[derive(Debug, Default)]
struct Pulse(Mutex<Option<Instant>>);

impl Pulse {
    fn fed(&self) {
        locked(&self.0).get_or_insert_with(Instant::now);
    }

    fn said(&self) {
        *locked(&self.0) = None;
    }

    fn silent_for(&self) -> Duration {
        locked(&self.0).map_or(Duration::ZERO, |since| since.elapsed())
    }
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

async fn watch(pulse: &Pulse, patience: &Patience) -> Ended {
    let every = (patience.silent / 10).max(Duration::from_millis(10));
    loop {
        tokio::time::sleep(every).await;
        if pulse.silent_for() > patience.silent {
            let waited = patience.silent;
            return Ended::Failed(format!("it has said nothing for {waited:?}"));
        }
    }
}

/// Keeps the beginning of what a process complains about and reads on, so that it never waits for us.
async fn keep(mut stderr: impl AsyncRead + Unpin, complaint: &Mutex<String>) {
    let mut buffer = vec![0; 1_024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let mut complaint = locked(complaint);
        let room = limits::COMPLAINT_BYTES_MAX.saturating_sub(complaint.len());
        complaint.push_str(&String::from_utf8_lossy(&buffer[..count.min(room)]));
    }
    // Its standard output tells that it ended.
    std::future::pending::<()>().await;
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_endless_complaints_only_the_beginning_is_kept() {
        let (endless, complaint) = (tokio::io::repeat(b'x').take(100_000), Mutex::default());
        let kept = timeout(Duration::from_secs(1), keep(endless, &complaint)).await;
        assert!(kept.is_err(), "it waits for the process to end");
        assert_eq!(locked(&complaint).len(), limits::COMPLAINT_BYTES_MAX);
    }

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
