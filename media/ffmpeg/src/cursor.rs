//! Where in a channel a process is, and what it reads next.

use std::sync::Arc;

use bytes::Bytes;
use media_core::{Init, Segment, Snapshot};

use crate::limits;

/// Reads a channel's parts in order, from the newest key frame on.
#[derive(Debug)]
pub struct Cursor {
    init: Arc<Init>,
    msn: u64,
    part: usize,
    skipped: u64,
    begins_us: i64,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    /// One more part.
    Part(Bytes),
    /// Parts of another configuration follow: another process has to read them.
    Reconfigured,
}

impl Cursor {
    /// Begins where viewers who come now begin, with the header that comes first.
    pub fn begin(snapshot: &Snapshot) -> Option<Self> {
        let segment = newest(snapshot)?;
        Some(Self {
            init: Arc::clone(&segment.init),
            msn: segment.msn,
            part: 0,
            skipped: 0,
            begins_us: segment.begins_us,
        })
    }

    /// The header that the parts need.
    pub fn init(&self) -> &Init {
        &self.init
    }

    /// The segment that it reads.
    pub(crate) fn msn(&self) -> u64 {
        self.msn
    }

    /// Where it began, on the channel's time line.
    pub(crate) fn begins_us(&self) -> i64 {
        self.begins_us
    }

    /// Segments that were left out because the process was too slow.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The next part, once it is there.
    pub(crate) fn next(&mut self, snapshot: &Snapshot) -> Option<Next> {
        let newest = newest(snapshot)?;
        let behind = newest.msn.saturating_sub(self.msn);
        if behind > limits::BEHIND_SEGMENTS_MAX || snapshot.segment(self.msn).is_none() {
            if newest.msn < self.msn {
                return None;
            }
            self.skipped += behind;
            (self.msn, self.part) = (newest.msn, 0);
        }
        // At most from a closed segment into the one after it.
        for _ in 0..=limits::BEHIND_SEGMENTS_MAX {
            let segment = snapshot.segment(self.msn)?;
            if segment.init != self.init {
                return Some(Next::Reconfigured);
            }
            if let Some(part) = segment.parts.get(self.part) {
                self.part += 1;
                return Some(Next::Part(part.data.clone()));
            }
            if !segment.closed {
                return None;
            }
            (self.msn, self.part) = (self.msn + 1, 0);
        }
        None
    }
}

/// The newest segment that decoding can begin in.
fn newest(snapshot: &Snapshot) -> Option<&Arc<Segment>> {
    let segments = snapshot.segments().iter().rev();
    let can_begin = |segment: &&Arc<Segment>| segment.starts_with_key && !segment.parts.is_empty();
    segments.take(8).find(can_begin)
}

#[cfg(test)]
mod tests {
    use kernel::Clock;
    use media_core::testing::{Encoder, source};
    use media_core::{ChannelName, Channels, Input, Seat, Settings};

    use super::*;

    fn channel() -> (Channels, ChannelName, Input) {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let name = ChannelName::parse("c/a").unwrap();
        let input = channels.admit(&name, Seat::Primary, source()).unwrap();
        (channels, name, input)
    }

    fn drain(cursor: &mut Cursor, snapshot: &Snapshot) -> (usize, bool) {
        let mut parts = 0;
        loop {
            match cursor.next(snapshot) {
                Some(Next::Part(_)) => parts += 1,
                Some(Next::Reconfigured) => return (parts, true),
                None => return (parts, false),
            }
        }
    }

    #[test]
    fn parts_come_in_order_and_once() {
        let (channels, name, input) = channel();
        let encoder = Encoder::default();
        for config in encoder.configs() {
            input.config(config).unwrap();
        }
        let (mut cursor, mut read) = (None::<Cursor>, 0);
        let mut first = None;
        for frame in encoder.frames(12) {
            input.frame(frame).unwrap();
            let Some(snapshot) = channels.snapshot(&name) else {
                continue;
            };
            if cursor.is_none() {
                cursor = Cursor::begin(&snapshot);
                first = Some(snapshot.newest().0);
            }
            let (parts, reconfigured) = drain(cursor.as_mut().unwrap(), &snapshot);
            assert!(!reconfigured);
            read += parts;
        }
        let snapshot = channels.snapshot(&name).unwrap();
        let published: usize = snapshot
            .segments()
            .iter()
            .filter(|segment| segment.msn >= first.unwrap())
            .map(|segment| segment.parts.len())
            .sum();
        assert_eq!((read, cursor.unwrap().skipped()), (published, 0));
    }

    #[test]
    fn whoever_is_too_slow_goes_on_at_the_newest_key_frame() {
        let (channels, name, input) = channel();
        Encoder::default().send(&input, 6).unwrap();
        let mut cursor = Cursor::begin(&channels.snapshot(&name).unwrap()).unwrap();
        let began = cursor.msn;
        for frame in Encoder::default()
            .frames(40)
            .into_iter()
            .filter(|frame| frame.dts_us >= 6_000_000)
        {
            input.frame(frame).unwrap();
        }
        let snapshot = channels.snapshot(&name).unwrap();
        assert!(matches!(cursor.next(&snapshot), Some(Next::Part(_))));
        assert!(cursor.msn > began + limits::BEHIND_SEGMENTS_MAX && cursor.skipped > 0);
    }

    #[test]
    fn another_configuration_is_for_another_process() {
        let (channels, name, input) = channel();
        Encoder::default().send(&input, 6).unwrap();
        let mut cursor = Cursor::begin(&channels.snapshot(&name).unwrap()).unwrap();
        drain(&mut cursor, &channels.snapshot(&name).unwrap());
        drop(input);
        let input = channels.admit(&name, Seat::Primary, source()).unwrap();
        let silent = Encoder {
            sound: false,
            ..Encoder::default()
        };
        silent.send(&input, 6).unwrap();
        let (_, reconfigured) = drain(&mut cursor, &channels.snapshot(&name).unwrap());
        assert!(reconfigured);
    }
}
