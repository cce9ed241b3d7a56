//! ffmpeg: how it is found, asked, watched, and given up on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use media_core::Shape;
use media_ffmpeg::Program;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::{Instant, timeout, timeout_at};

use crate::card::Card;
use crate::facts::{Facts, Picture, Refusal, Sound};
use crate::limits;

/// Containers that are opened. Lists of other files, by name or address, are none of them.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,mxf,asf,ogg";

/// Colours as television has them, in whatever a film has them. They stand in the decoder's configuration, so they are always the same.
pub(crate) const MATRIX: &str = "out_color_matrix=bt709:out_range=tv";
pub(crate) const COLOURS: &str =
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,format=yuv420p";

/// Width and height of what films are converted to.
const SIZE: (u32, u32) = (1280, 720);

/// Nobody waits for films while something else wants the processor.
const NICE: u8 = 15;

/// What the programs are called.
#[derive(Clone, Debug)]
pub struct Programs {
    /// ffmpeg.
    pub ffmpeg: String,
    /// ffprobe.
    pub ffprobe: String,
    /// fc-match, of fontconfig.
    pub fc_match: String,
}

impl Default for Programs {
    fn default() -> Self {
        Self {
            ffmpeg: "ffmpeg".to_owned(),
            ffprobe: "ffprobe".to_owned(),
            fc_match: "fc-match".to_owned(),
        }
    }
}

/// Why a process did not do what it was to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It could not be started.
    #[error("it cannot be started: {0}")]
    Missing(String),
    /// It ended badly; what it complained about.
    #[error("it failed: {0}")]
    Failed(String),
    /// It told of no progress.
    #[error("it has told of no progress for {0:?}")]
    Stuck(Duration),
    /// It took too long.
    #[error("it took longer than {0:?}")]
    Slow(Duration),
}

/// ffmpeg, as it is called here.
#[derive(Clone, Debug)]
pub struct Tool {
    ffmpeg: Program,
    ffprobe: Program,
    font: Option<PathBuf>,
}

impl Tool {
    /// Asks whether it is there, at low priority if the system can do that, and for a font for Japanese.
    pub async fn find(programs: &Programs) -> Option<Self> {
        Some(Self {
            ffmpeg: Program::find(&programs.ffmpeg, NICE).await?,
            ffprobe: Program::find(&programs.ffprobe, NICE).await?,
            font: font(&programs.fc_match).await,
        })
    }

    /// What it calls itself.
    pub fn version(&self) -> &str {
        self.ffmpeg.version()
    }

    /// Whether text can be drawn, Japanese too.
    pub fn draws(&self) -> bool {
        self.font.is_some()
    }

    /// What a file is, whatever container it has.
    pub async fn look(&self, file: &Path) -> Result<Facts, Refusal> {
        let mut words = plain(&[
            "-v",
            "error",
            "-of",
            "json",
            "-show_format",
            "-show_streams",
        ]);
        words.extend(reading(file, false));
        let mut command = self.ffprobe.command();
        command.args(words).stdin(Stdio::null());
        let answer = timeout(limits::LOOK_MAX, command.output()).await;
        let Ok(Ok(answer)) = answer else {
            return Err(Refusal::Unknown);
        };
        if !answer.status.success() || answer.stdout.len() > limits::ANSWER_BYTES_MAX {
            return Err(Refusal::Unknown);
        }
        let said = serde_json::from_slice(&answer.stdout).map_err(|_| Refusal::Unknown)?;
        read_answer(&said).ok_or(Refusal::Unknown)
    }

    /// How loud a file is as a whole (EBU R 128, LUFS); none where that cannot be said.
    pub async fn loudness(&self, file: &Path) -> Option<f64> {
        let mut words = plain(&["-nostats", "-v", "info"]);
        words.extend(reading(file, true));
        words.extend(plain(&["-map", "0:a:0", "-af", "ebur128=framelog=verbose"]));
        words.extend(plain(&["-f", "null", "-"]));
        let said = self.run(words, limits::LOOK_MAX, &mut |_| ()).await.ok()?;
        let summary = said.rsplit_once("Integrated loudness:")?.1;
        let value = summary.split_once("I:")?.1.split_whitespace().next()?;
        // The scale ends at -70: that is silence.
        value.parse().ok().filter(|lufs| *lufs > -70.0)
    }

    /// Converts a file into what every channel can play: of one size, rate and coding, so that films follow each other without
    /// a change for players. `tell` hears how much of it is done.
    pub async fn convert(
        &self,
        from: &Path,
        to: &Path,
        facts: &Facts,
        tell: &mut (dyn FnMut(Duration) + Send),
    ) -> Result<(), Failure> {
        let (width, height) = SIZE;
        let mut words = plain(&["-y", "-v", "error", "-progress", "pipe:1", "-nostats"]);
        words.extend(reading(from, true));
        let silence = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"];
        let sound = if facts.sound.is_some() {
            "0:a:0"
        } else {
            words.extend(plain(&silence));
            "1:a:0"
        };
        words.extend(plain(&["-map", "0:v:0", "-map", sound, "-sn", "-dn"]));
        words.extend(plain(&["-map_metadata", "-1", "-map_chapters", "-1"]));
        let filter = format!(
            "scale={width}:{height}:force_original_aspect_ratio=decrease:{MATRIX},\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=30,{COLOURS}"
        );
        words.extend(plain(&["-vf", &filter, "-c:v", "libx264"]));
        words.extend(plain(&["-profile:v", "high", "-level:v", "3.1", "-preset"]));
        words.extend(plain(&["veryfast", "-crf", "22", "-maxrate", "3M"]));
        words.extend(plain(&["-bufsize", "6M", "-bf", "0", "-g", "60"]));
        words.extend(plain(&["-keyint_min", "60", "-sc_threshold", "0"]));
        words.extend(plain(&["-threads", "1", "-c:a", "aac", "-b:a", "160k"]));
        words.extend(plain(&["-ar", "48000", "-ac", "2", "-shortest", "-t"]));
        words.push(limits::DURATION_MAX.as_secs().to_string().into());
        words.extend(plain(&["-fflags", "+bitexact", "-f", "mp4"]));
        words.push(to.into());
        let ran = self.run(words, limits::CONVERT_MAX, tell).await;
        ran.map(drop)
    }

    /// Draws a card as a loop into a file, coded as `shape` says. `scratch` is a folder of its own.
    pub async fn draw(
        &self,
        card: &Card,
        shape: &Shape,
        behind: &Path,
        scratch: &Path,
    ) -> Result<PathBuf, Failure> {
        let font = self.font.as_deref();
        let font = font.ok_or_else(|| Failure::Missing("no font for Japanese".to_owned()))?;
        let unwritten = |error: std::io::Error| Failure::Failed(error.to_string());
        let filter = card.filter(shape, font, scratch).await.map_err(unwritten)?;
        let to = scratch.join("card.mp4");
        let mut words = plain(&["-y", "-v", "error", "-progress", "pipe:1", "-nostats"]);
        words.extend(reading(behind, true));
        words.extend(plain(&["-t", &limits::DRAWN_MAX.as_secs().to_string()]));
        words.extend(plain(&["-map", "0:v:0", "-map", "0:a:0?", "-vf", &filter]));
        words.extend(crate::card::coding(shape).map(OsString::from));
        words.extend(plain(&["-fflags", "+bitexact", "-f", "mp4"]));
        words.push(to.clone().into());
        self.run(words, limits::DRAW_MAX, &mut |_| ()).await?;
        Ok(to)
    }

    /// Runs ffmpeg until it ends, and gives what it said. Dropped before that, it is killed.
    async fn run(
        &self,
        words: Vec<OsString>,
        within: Duration,
        tell: &mut (dyn FnMut(Duration) + Send),
    ) -> Result<String, Failure> {
        let mut command = self.ffmpeg.command();
        command.args(["-hide_banner", "-nostdin"]).args(words);
        command.stdin(Stdio::null());
        let missing = |error: std::io::Error| Failure::Missing(error.to_string());
        let mut child = command.spawn().map_err(missing)?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Failure::Missing("it has no pipes".to_owned()));
        };
        let deadline = Instant::now() + within;
        let mut complaint = Vec::new();
        let ended = {
            let (listens, reads) = (listen(stdout, tell), keep(stderr, &mut complaint));
            let both = async { tokio::join!(listens, reads).0 };
            timeout_at(deadline, both).await
        };
        let gave_up = match ended {
            Ok(Ok(())) => None,
            Ok(Err(stuck)) => Some(stuck),
            Err(_) => Some(Failure::Slow(within)),
        };
        if let Some(failure) = gave_up {
            // Waited for, so that it leaves no zombie.
            let _gone = child.kill().await;
            return Err(failure);
        }
        let status = timeout(limits::ASK_MAX, child.wait()).await;
        let said = String::from_utf8_lossy(&complaint).into_owned();
        match status {
            Ok(Ok(status)) if status.success() => Ok(said),
            Ok(Ok(_)) => Err(Failure::Failed(said.trim().to_owned())),
            Ok(Err(error)) => Err(Failure::Failed(error.to_string())),
            Err(_) => {
                let _gone = child.kill().await;
                Err(Failure::Stuck(limits::ASK_MAX))
            }
        }
    }
}

/// Hears of progress until the process ends; it may not be silent for too long.
async fn listen(
    stdout: impl AsyncRead + Unpin,
    tell: &mut (dyn FnMut(Duration) + Send),
) -> Result<(), Failure> {
    let mut lines = BufReader::new(stdout).lines();
    loop {
        let line = timeout(limits::SILENT_MAX, lines.next_line()).await;
        let Ok(line) = line else {
            return Err(Failure::Stuck(limits::SILENT_MAX));
        };
        let Ok(Some(line)) = line else { return Ok(()) };
        let done = line.strip_prefix("out_time_us=");
        if let Some(done) = done.and_then(|done| done.parse().ok()) {
            tell(Duration::from_micros(done));
        }
    }
}

/// Keeps the end of what a process says, where summaries and causes are.
async fn keep(mut stderr: impl AsyncRead + Unpin, complaint: &mut Vec<u8>) {
    let mut buffer = vec![0; 1_024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        complaint.extend_from_slice(&buffer[..count]);
        let excess = complaint.len().saturating_sub(limits::COMPLAINT_BYTES_MAX);
        complaint.drain(..excess);
    }
}

/// The file of a font that has Japanese, by fontconfig.
async fn font(fc_match: &str) -> Option<PathBuf> {
    let mut command = Command::new(fc_match);
    command
        .args(["-f", "%{file}\n%{lang}\n", "sans:lang=ja:weight=bold"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let answer = timeout(limits::ASK_MAX, command.output())
        .await
        .ok()?
        .ok()?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    let mut lines = said.lines();
    let (file, spoken) = (lines.next()?, lines.next()?);
    // It always names some font; only one that says so has the letters.
    let has_japanese = spoken.split('|').any(|language| language == "ja");
    (has_japanese && !file.is_empty()).then(|| PathBuf::from(file))
}

fn plain(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// What stands before a file that is read: nothing else is opened, and memory is bounded.
fn reading(file: &Path, decodes: bool) -> Vec<OsString> {
    let mut words = plain(&["-protocol_whitelist", "file"]);
    words.extend(plain(&["-format_whitelist", CONTAINERS]));
    words.extend(plain(&[
        "-max_alloc",
        &limits::ALLOCATION_BYTES_MAX.to_string(),
    ]));
    if decodes {
        let pixels = limits::PIXELS_MAX.to_string();
        words.extend(plain(&["-threads", "1", "-max_pixels", &pixels]));
    }
    // With its protocol before it no name is an option or an address.
    let mut name = OsString::from("file:");
    name.push(file);
    words.extend([OsString::from("-i"), name]);
    words
}

/// What ffprobe said.
fn read_answer(said: &Value) -> Option<Facts> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let format = &said["format"];
    let streams = said["streams"].as_array()?;
    let of = |kind: &str| {
        // A picture of the cover is none of the film.
        let is_cover = |stream: &&Value| stream["disposition"]["attached_pic"] == 1;
        let mut all = streams.iter().filter(|s| s["codec_type"] == kind);
        all.find(|stream| !is_cover(stream))
    };
    let count = |value: &Value| u32::try_from(value.as_u64().unwrap_or(0)).unwrap_or(0);
    let picture = of("video").map(|stream| Picture {
        codec: text(&stream["codec_name"]).unwrap_or_default(),
        profile: None,
        level: None,
        width: count(&stream["width"]),
        height: count(&stream["height"]),
        milli_fps: milli_fps(&stream["avg_frame_rate"]),
        key_interval_ms: None,
    });
    let sound = of("audio").map(|stream| Sound {
        codec: text(&stream["codec_name"]).unwrap_or_default(),
        rate: text(&stream["sample_rate"])
            .and_then(|rate| rate.parse().ok())
            .unwrap_or(0),
        channels: count(&stream["channels"]),
    });
    let seconds: f64 = text(&format["duration"])?.parse().ok()?;
    let container = text(&format["format_name"])?;
    Some(Facts {
        container: container.split(',').next().unwrap_or_default().to_owned(),
        bytes: text(&format["size"])?.parse().ok()?,
        duration_ms: Duration::try_from_secs_f64(seconds)
            .map_or(0, |length| u64::try_from(length.as_millis()).unwrap_or(0)),
        picture,
        sound,
        loudness_lufs: None,
    })
}

/// Thousandths of a rate that is written as a fraction.
fn milli_fps(rate: &Value) -> u64 {
    let fraction = rate.as_str().and_then(|rate| rate.split_once('/'));
    let Some((pictures, seconds)) = fraction else {
        return 0;
    };
    let (pictures, seconds) = (
        pictures.parse().unwrap_or(0_u64),
        seconds.parse().unwrap_or(0),
    );
    (pictures.saturating_mul(1_000))
        .checked_div(seconds)
        .unwrap_or(0)
}
