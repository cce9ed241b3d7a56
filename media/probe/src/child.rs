//! One process that looks and listens.

use media_core::{Feed, Init};
use media_ffmpeg::{Counters, Cursor, Ended, Listener, Patience, Program, attend};
use tokio::process::Command;

use crate::limits;
use crate::parser::Parser;
use crate::report::{Report, State};

fn command(program: &Program, init: &Init) -> Command {
    let mut command = program.command();
    command.args(arguments(init));
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

/// Tells what it reads.
struct Findings<'a> {
    parser: Parser,
    tell: &'a (dyn Fn(Report) + Send + Sync),
}

impl Listener for Findings<'_> {
    fn hear(&mut self, bytes: &[u8]) -> Result<bool, String> {
        let understood = self.parser.feed(bytes) > 0;
        if understood {
            (self.tell)(self.parser.report());
        }
        Ok(understood)
    }
}

/// Feeds one process with what the channel publishes, until it fails or no longer fits.
pub(crate) async fn run(
    program: &Program,
    patience: &Patience,
    feed: &Feed,
    tell: &(dyn Fn(Report) + Send + Sync),
    counters: &Counters,
) -> Ended {
    let cursor = feed
        .wait_for(|snapshot| snapshot.and_then(Cursor::begin))
        .await;
    tell(Report::in_state(State::Starting));
    let command = command(program, cursor.init());
    let mut findings = Findings {
        parser: Parser::default(),
        tell,
    };
    attend(command, cursor, feed, patience, counters, &mut findings).await
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
