//! What a conference still lacks before people should see it.

use crate::model::Part;
use crate::programme::Programme;

/// Something that should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// The word by which messages name it.
    pub(crate) what: &'static str,
    /// Where it is done, after the conference's address.
    pub(crate) place: &'static str,
    /// Whether it is there.
    pub(crate) done: bool,
}

/// Everything that should be there, in the order in which it is usually done.
pub(crate) fn of(programme: &Programme) -> Vec<Check> {
    let conference = &programme.conference;
    let settings = conference.settings();
    let check = |what, place, done| Check { what, place, done };
    let is_described = !conference.description.is_empty()
        || settings.descriptions.values().any(|it| !it.is_empty());
    let is_bilingual = !conference.title_ja.is_empty() && !conference.title_en.is_empty();
    let talks = || programme.talks.iter().filter(|talk| !talk.is_break());
    let public_days = programme.days.iter().filter(|day| !day.internal).count();
    let all_placed = talks().all(|talk| talk.track.is_some() && talk.day.is_some());
    vec![
        check("names", "/admin/settings", is_bilingual),
        check("description", "/admin/settings", is_described),
        check("contact", "/admin/settings", !settings.contact.is_empty()),
        check("days", "/admin/days", public_days > 0),
        check("tracks", "/admin/tracks", !programme.tracks.is_empty()),
        check(
            "types",
            "/admin/types",
            programme.terms(Part::Types).next().is_some(),
        ),
        check("talks", "/admin/talks", talks().next().is_some()),
        check(
            "placed",
            "/admin/talks",
            talks().next().is_some() && all_placed,
        ),
        check("open", "/admin/lifecycle", conference.effects().open),
    ]
}
