//! One process that codes the sound of a channel once more: AAC beside Opus.

use std::time::Duration;

use media_core::{Feed, Recoding};
use tokio::process::Command;

use crate::child::{Counters, Ended, Listener, Patience, attend, ticks};
use crate::cursor::Cursor;
use crate::flv::Reader;
use crate::limits;
use crate::program::Program;

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
        .args(["-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"]);
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

/// Puts the frames that come out beside the pictures.
struct Frames<'a> {
    reader: Reader,
    recoding: &'a mut Recoding,
    late: Duration,
}

impl Listener for Frames<'_> {
    fn hear(&mut self, bytes: &[u8]) -> Result<bool, String> {
        let (mut heard, recoding) = (false, &mut *self.recoding);
        let taken = self.reader.feed(bytes, |at_us, frame| {
            heard = true;
            recoding.frame(at_us, frame);
        });
        taken.map_err(|error| format!("it gives something else: {error:?}"))?;
        recoding.publish(self.late);
        Ok(heard)
    }

    fn wait(&mut self) {
        self.recoding.publish(self.late);
    }
}

/// Feeds one process with the sound of the channel, until it fails or no longer fits.
pub(crate) async fn run(
    program: &Program,
    patience: &Patience,
    late: Duration,
    sound: &Feed,
    recoding: &mut Recoding,
    counters: &Counters,
) -> Ended {
    let cursor = begin(sound, recoding).await;
    let mut frames = Frames {
        reader: Reader::near(cursor.begins_us()),
        recoding,
        late,
    };
    attend(
        command(program),
        cursor,
        sound,
        patience,
        counters,
        &mut frames,
    )
    .await
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
