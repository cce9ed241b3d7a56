//! What is wrong with a track, from everything that is known about it at an instant.

use kernel::Timestamp;
use media_core::alarm::{self, Code, Pace, Severity};
use media_core::{On, Seat, State, Status, health};
use media_probe::Report as Found;
use serde::Serialize;
use utoipa::ToSchema;

/// A trouble and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What.
    pub code: Code,
    /// The input; none where it is about what viewers get.
    pub seat: Option<Seat>,
}

impl Key {
    /// How fast it rises and falls.
    pub fn pace(self) -> Pace {
        self.code.pace()
    }
}

/// What is known about a track at an instant.
#[derive(Clone, Debug)]
pub(crate) struct Seen<'a> {
    /// A talk is on air, and no break.
    pub(crate) on_air: bool,
    /// What arrives, and what viewers get.
    pub(crate) status: &'a Status,
    /// What the probe found.
    pub(crate) probe: &'a Found,
}

/// A trouble that stands, as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Name of the track in addresses.
    pub track: String,
    /// What.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The input, where it is about one of them.
    pub seat: Option<Seat>,
    /// Since when.
    pub since: Timestamp,
    /// Who takes care of it.
    pub acknowledged: Option<Acknowledged>,
}

/// Who takes care of a trouble.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Acknowledged {
    /// Who.
    pub name: String,
    /// Since when (RFC 3339).
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// What sizes of frames only hint at and a probe knows.
const HINTS: [Code; 3] = [Code::PictureBlack, Code::PictureFrozen, Code::SoundSilent];

/// What is wrong with a track.
pub(crate) fn found(seen: &Seen<'_>) -> Vec<Key> {
    let status = seen.status;
    let inputs = Seat::ALL
        .iter()
        .map(|seat| (*seat, &status.inputs[seat.index()]));
    let sends = inputs
        .clone()
        .any(|(_, input)| input.state == State::Receiving);
    let stopped = inputs
        .clone()
        .any(|(_, input)| input.state == State::Interrupted);
    let channel = |code| Key { code, seat: None };
    let mut found = Vec::new();
    if !sends && (seen.on_air || stopped) {
        found.push(channel(Code::SignalMissing));
    }
    if sends && seen.on_air && status.on == On::Slate {
        found.push(channel(Code::SlateOn));
    }
    if seen.on_air && status.on == On::Clips {
        found.push(channel(Code::ClipsOn));
    }
    if status.on == On::Backup {
        found.push(channel(Code::BackupOn));
    }
    let probed = seen.probe.state == media_probe::State::Running;
    for (seat, input) in inputs.filter(|(_, input)| input.state == State::Receiving) {
        let known = probed && status.on.seat() == Some(seat);
        let judged = alarm::judgements(&input.health).into_iter();
        let judged = judged.filter(|code| !(known && HINTS.contains(code)));
        found.extend(judged.map(|code| Key {
            code,
            seat: Some(seat),
        }));
    }
    // A picture that stands because nobody sends is no frozen one.
    if sends && status.on.seat().is_some() {
        found.extend(media_probe::judgements(seen.probe).into_iter().map(channel));
    }
    found
}

/// How bad it is: less where nothing is on air, and where viewers get another input.
pub(crate) fn severity(key: Key, on_air: bool, on: On) -> Severity {
    let severity = key.code.severity();
    let elsewhere = key.seat.is_some() && key.seat != on.seat();
    if on_air && !elsewhere {
        severity
    } else {
        severity.lowered()
    }
}

/// The worst first, those that nobody takes care of before the others, then the oldest.
pub(crate) fn sort(standing: &mut [Standing]) {
    standing.sort_by(|a, b| {
        let taken = |one: &Standing| one.acknowledged.is_some();
        (taken(a).cmp(&taken(b)))
            .then(b.severity.cmp(&a.severity))
            .then(a.since.cmp(&b.since))
            .then(a.track.cmp(&b.track))
            .then(a.code.cmp(&b.code))
    });
}

/// One input as the wall shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Input {
    /// Which.
    pub(crate) seat: Seat,
    /// Whether media arrives.
    pub(crate) state: State,
    /// Since when it does, or does not.
    pub(crate) since: Timestamp,
    /// Where it comes from.
    pub(crate) peer: Option<String>,
    /// How well it does.
    pub(crate) health: health::Report,
}

/// What changes every second on a track.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Meter {
    /// Name of the track in addresses.
    pub(crate) track: String,
    /// What viewers get.
    pub(crate) on: On,
    /// The inputs that anything was ever sent to.
    pub(crate) inputs: Vec<Input>,
    /// What the probe found.
    pub(crate) probe: Found,
}

impl Meter {
    /// The meter of a track.
    pub(crate) fn of(track: &str, status: &Status, probe: Found) -> Self {
        let inputs = Seat::ALL
            .iter()
            .map(|seat| (*seat, &status.inputs[seat.index()]));
        let used = inputs.filter(|(_, input)| input.source.is_some());
        Self {
            track: track.to_owned(),
            on: status.on,
            inputs: used
                .map(|(seat, input)| Input {
                    seat,
                    state: input.state,
                    since: input.since,
                    peer: input.source.as_ref().map(|source| source.peer.clone()),
                    health: input.health.clone(),
                })
                .collect(),
            probe,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Clock;
    use media_core::{ChannelName, Channels, Settings};
    use media_probe::State as Probing;

    use super::*;

    fn idle() -> Status {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let name = ChannelName::parse("c/a").unwrap();
        channels.status(&name).borrow().clone()
    }

    fn receiving() -> Status {
        let mut status = idle();
        status.state = State::Receiving;
        status.on = On::Primary;
        let input = &mut status.inputs[0];
        input.state = State::Receiving;
        input.health.picture_age_ms = Some(10.0);
        input.health.sound_age_ms = Some(10.0);
        input.health.has_pictures = true;
        input.health.has_sound = true;
        status
    }

    fn codes(on_air: bool, status: &Status, probe: &Found) -> Vec<(Code, Option<Seat>)> {
        let seen = Seen {
            on_air,
            status,
            probe,
        };
        found(&seen)
            .into_iter()
            .map(|key| (key.code, key.seat))
            .collect()
    }

    #[test]
    fn a_track_without_a_signal_is_wrong_only_when_there_should_be_one() {
        let off = Found::default();
        assert_eq!(codes(false, &idle(), &off), []);
        assert_eq!(codes(true, &idle(), &off), [(Code::SignalMissing, None)]);
        assert_eq!(codes(true, &receiving(), &off), []);
        let mut stopped = receiving();
        stopped.inputs[0].state = State::Interrupted;
        assert_eq!(codes(false, &stopped, &off), [(Code::SignalMissing, None)]);
    }

    #[test]
    fn what_viewers_get_instead_is_said() {
        let mut status = receiving();
        status.on = On::Slate;
        assert_eq!(
            codes(true, &status, &Found::default()),
            [(Code::SlateOn, None)]
        );
        assert_eq!(codes(false, &status, &Found::default()), []);
        status.on = On::Clips;
        assert_eq!(
            codes(true, &status, &Found::default()),
            [(Code::ClipsOn, None)]
        );
        assert_eq!(codes(false, &status, &Found::default()), []);
        status.on = On::Backup;
        assert_eq!(
            codes(true, &status, &Found::default()),
            [(Code::BackupOn, None)]
        );
    }

    #[test]
    fn a_probe_knows_better_than_a_hint() {
        let mut status = receiving();
        status.inputs[0].health.quiet_s = 9.0;
        let hint = (Code::SoundSilent, Some(Seat::Primary));
        assert_eq!(codes(true, &status, &Found::default()), [hint]);
        let mut probe = Found::in_state(Probing::Running);
        assert_eq!(codes(true, &status, &probe), []);
        probe.silent_s = 2.0;
        assert_eq!(codes(true, &status, &probe), [(Code::SoundSilent, None)]);
        status.inputs[0].state = State::Interrupted;
        assert_eq!(codes(true, &status, &probe), [(Code::SignalMissing, None)]);
    }

    #[test]
    fn trouble_weighs_less_where_viewers_do_not_get_it() {
        let silent = |seat| Key {
            code: Code::SoundSilent,
            seat,
        };
        let primary = Some(Seat::Primary);
        assert_eq!(
            severity(silent(None), true, On::Primary),
            Severity::Critical
        );
        assert_eq!(
            severity(silent(primary), true, On::Primary),
            Severity::Critical
        );
        assert_eq!(
            severity(silent(primary), true, On::Backup),
            Severity::Warning
        );
        assert_eq!(
            severity(silent(None), false, On::Primary),
            Severity::Warning
        );
    }
}
