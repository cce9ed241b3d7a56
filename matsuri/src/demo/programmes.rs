//! The looping programmes: clips of our own that travel through the real RTMP port, like an encoder's.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use media_ingest::clip::Clip;
use media_ingest::rtmp::{Target, broadcast};
use platform::Tasks;

/// Tracks with a programme, in the order of the timetable, and their clips (`deploy/clips/` makes them).
pub(crate) const CLIPS: [(&str, &[u8]); 2] = [
    ("a", include_bytes!("../../clips/a.flv")),
    ("b", include_bytes!("../../clips/b.flv")),
];

/// Publishes the programme of a track until the process ends, whatever happens to the connection.
pub(crate) fn publish(tasks: &Tasks, track: &str, rtmp: SocketAddr, key: &str) -> Result<()> {
    let clip = clip(track)?;
    let target = Target::parse(&format!(
        "rtmp://{}/live/{key}",
        super::announce::local(rtmp)
    ))?;
    tasks.spawn("demo programme", broadcast(target, clip, tasks.token()));
    Ok(())
}

fn clip(track: &str) -> Result<Clip> {
    let (_, file) = CLIPS
        .into_iter()
        .find(|(own, _)| *own == track)
        .context("a track without a clip")?;
    Clip::parse(Bytes::from_static(file)).with_context(|| format!("the clip of track {track}"))
}

#[cfg(test)]
mod tests {
    use media_ingest::clip::TagKind;

    use super::*;

    #[test]
    fn the_clips_loop_without_a_seam_in_picture_or_sound() {
        for (track, _) in CLIPS {
            let clip = clip(track).expect("a clip");
            assert_eq!(clip.period_ms(), 40_000);
            let mut rounds = clip.rounds();
            let (mut video, mut audio) = (Vec::new(), Vec::new());
            // Somewhat more than a round.
            for _ in 0..4000 {
                let tag = rounds.advance();
                match tag.kind {
                    TagKind::Video => video.push(tag.timestamp_ms),
                    TagKind::Audio => audio.push(tag.timestamp_ms),
                    TagKind::Script => {}
                }
            }
            let steps = |times: &[i64]| -> Vec<i64> {
                let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
                steps.sort_unstable();
                steps.dedup();
                steps
            };
            assert_eq!(
                steps(&video),
                [33, 34],
                "track {track}: 30 pictures a second"
            );
            assert_eq!(
                steps(&audio),
                [21, 22],
                "track {track}: 1,024 samples a frame"
            );
        }
    }
}
