//! Writing a talk as somebody wants it: complete its place, find what is in the way, tell what is different.

use db::Tx;
use identity::{ConferenceId, Contents, Grant};
use kernel::{Error, Result, Timestamp};

use super::{Place, TalkDraft, TalkRecord, record};
use crate::actions::{Writer, index, speakers};
use crate::exchange::{TalkDocument, document, text_of};
use crate::limits;
use crate::model::hand::{Part, TalkState, with_parts};
use crate::model::placement::{Clash, Slot, clashes};
use crate::model::{DayId, RoomId, TalkId, TrackId};
use crate::schedule::Link;
use crate::store::{self, Loaded, Speaker, Talk, write};

/// Where a talk stands, completed and checked.
pub(in crate::actions) struct Placed {
    pub(in crate::actions) day: DayId,
    pub(in crate::actions) starts_at: Timestamp,
    pub(in crate::actions) ends_at: Timestamp,
    pub(in crate::actions) room: Option<RoomId>,
    pub(in crate::actions) track: Option<TrackId>,
}

/// Writes a talk as the draft wants it, over `row`; or says what is in the way.
pub(super) async fn put(
    tx: &mut Tx,
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    frame: &Loaded,
    row: Talk,
    before: Option<(&TalkRecord, &[Speaker])>,
    draft: &TalkDraft,
) -> Result<Result<TalkRecord, Vec<Clash>>> {
    let conference = grant.conference();
    let state = draft.state.unwrap_or(row.state);
    let placed = match (&draft.placement, state) {
        (Some(place), _) => Some(settle(frame, place)?),
        (None, TalkState::Hidden) => None,
        (None, _) => return Err(Error::invalid("day", "program-talk-unplaced")),
    };
    let known = draft
        .category
        .as_ref()
        .is_none_or(|id| frame.categories.iter().any(|own| own.id == *id));
    if !known {
        return Err(Error::invalid("category", "web-field-choice"));
    }
    let speakers = speakers::called(tx, writer, grant, &draft.speakers).await?;
    if let (Some(placed), TalkState::Planned) = (&placed, state) {
        let clashes = in_the_way(
            tx,
            conference,
            frame,
            Some(row.id.clone()),
            &draft.title,
            placed,
            &speakers,
        )
        .await?;
        if clashes.iter().any(|clash| clash.stands(&draft.consents)) {
            return Ok(Err(clashes));
        }
    }
    let mut next = filled(row.clone(), draft, state, placed);
    let changed = before.map(|(before, credited)| {
        different(
            before,
            &record(frame, &next, &speakers),
            credited,
            &speakers,
        )
    });
    if !row.made_by_hand {
        next.hand = with_parts(&row.hand, changed.as_deref().unwrap_or_default());
    }
    let same = before.is_some_and(|(before, _)| *before == record(frame, &next, &speakers));
    if same {
        return Ok(Ok(record(frame, &row, &speakers)));
    }
    next.version = row.version + 1;
    next.changed_at = writer.now;
    write::put_talk(tx, conference, &next).await?;
    let ids: Vec<_> = speakers.iter().map(|speaker| speaker.id.clone()).collect();
    write::put_credits(tx, &next.id, &ids).await?;
    index::talk(
        tx,
        conference,
        &next,
        speakers.iter().map(|speaker| speaker.name.as_str()),
    )
    .await?;
    Ok(Ok(record(frame, &next, &speakers)))
}

/// The row with everything that the draft says.
fn filled(row: Talk, draft: &TalkDraft, state: TalkState, placed: Option<Placed>) -> Talk {
    let own: TalkDocument = document(&row.document);
    let own = TalkDocument {
        links: as_known(&draft.links, &own.links),
        attachments: as_known(&draft.slides, &own.attachments),
        level: draft.level.clone(),
        ..own
    };
    let (day, room, track, starts_at, ends_at) = match placed {
        Some(placed) => (
            Some(placed.day),
            placed.room,
            placed.track,
            placed.starts_at,
            placed.ends_at,
        ),
        None => (
            None,
            None,
            None,
            Timestamp::UNIX_EPOCH,
            Timestamp::UNIX_EPOCH,
        ),
    };
    Talk {
        title: draft.title.clone(),
        subtitle: draft.subtitle.clone(),
        kind: draft.kind.clone(),
        language: draft.language.clone(),
        r#abstract: draft.r#abstract.clone(),
        description: draft.description.clone(),
        category: draft.category.clone(),
        document: text_of(&own),
        state,
        day,
        room,
        track,
        starts_at,
        ends_at,
        ..row
    }
}

/// Links with what files say of them beside address and title.
fn as_known(links: &[Link], known: &[Link]) -> Vec<Link> {
    let complete = |link: &Link| {
        let was = known.iter().find(|own| own.url == link.url);
        was.map_or_else(
            || link.clone(),
            |was| Link {
                title: link.title.clone(),
                ..was.clone()
            },
        )
    };
    links.iter().map(complete).collect()
}

/// The parts of a talk in which two records differ.
pub(in crate::actions) fn different(
    before: &TalkRecord,
    after: &TalkRecord,
    was: &[Speaker],
    is: &[Speaker],
) -> Vec<Part> {
    let place = |record: &TalkRecord| {
        (
            record.day.clone(),
            record.starts_at,
            record.minutes,
            record.room.clone(),
            record.track.clone(),
        )
    };
    let ids = |speakers: &[Speaker]| {
        speakers
            .iter()
            .map(|own| own.id.clone())
            .collect::<Vec<_>>()
    };
    [
        (Part::Title, before.title != after.title),
        (Part::Subtitle, before.subtitle != after.subtitle),
        (Part::Kind, before.kind != after.kind),
        (Part::Language, before.language != after.language),
        (Part::Abstract, before.r#abstract != after.r#abstract),
        (Part::Description, before.description != after.description),
        (Part::Category, before.category != after.category),
        (Part::Level, before.level != after.level),
        (Part::Links, before.links != after.links),
        (Part::Slides, before.slides != after.slides),
        (Part::Speakers, ids(was) != ids(is)),
        (Part::Placement, place(before) != place(after)),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(part, _)| part)
    .collect()
}

/// Completes a place: the room of its track, the track of its room.
pub(in crate::actions) fn settle(frame: &Loaded, place: &Place) -> Result<Placed> {
    let choice = |name: &'static str| Error::invalid(name, "web-field-choice");
    if !frame.days.iter().any(|day| day.id == place.day) {
        return Err(choice("day"));
    }
    let track = match (&place.track, &place.room) {
        (Some(id), _) => Some(
            frame
                .tracks
                .iter()
                .find(|own| own.id == *id && own.removed_at.is_none())
                .ok_or_else(|| choice("track"))?,
        ),
        (None, Some(room)) => frame
            .tracks
            .iter()
            .find(|own| own.room.as_ref() == Some(room) && own.removed_at.is_none()),
        (None, None) => None,
    };
    let room = match (&place.room, track) {
        (Some(id), _) => {
            let known = frame
                .rooms
                .iter()
                .any(|own| own.id == *id && own.removed_at.is_none());
            Some(id.clone())
                .filter(|_| known)
                .ok_or_else(|| choice("room"))
                .map(Some)?
        }
        (None, track) => track.and_then(|own| own.room.clone()),
    };
    if !(1..=limits::TALK_HOURS_MAX * 60).contains(&place.minutes) {
        return Err(Error::invalid("minutes", "program-talk-minutes-range"));
    }
    let micros = place.starts_at.as_microsecond() + place.minutes * 60_000_000;
    Ok(Placed {
        day: place.day.clone(),
        starts_at: place.starts_at,
        ends_at: kernel::clock::from_micros(micros),
        room,
        track: track.map(|own| own.id.clone()),
    })
}

pub(super) async fn in_the_way(
    tx: &mut Tx,
    conference: &ConferenceId,
    frame: &Loaded,
    id: Option<TalkId>,
    title: &str,
    placed: &Placed,
    speakers: &[Speaker],
) -> Result<Vec<Clash>> {
    let wanted = Slot {
        talk: id,
        title: title.to_owned(),
        starts_at: placed.starts_at,
        ends_at: placed.ends_at,
        room: placed.room.clone(),
        track: placed.track.clone(),
        speakers: speakers
            .iter()
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
    };
    let others =
        store::talks::slots(&mut *tx, conference, placed.starts_at, placed.ends_at).await?;
    let day = frame.days.iter().find(|day| day.id == placed.day);
    Ok(clashes(
        &wanted,
        &others,
        day.map(|day| (day.starts_at, day.ends_at)),
    ))
}
