//! `/{conf}/admin/lifecycle`: where the conference stands, what each state means, and changes planned for a date.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Chair, Grant, Role, Scope};
use kernel::Error;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::{Frame, effect_sentences};
use crate::actions::{self, Writer};
use crate::limits;
use crate::model::{Lifecycle, SwitchId, SwitchState};
use crate::pages::clocks::Clocks;
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::switches::{self, Switch};

#[derive(Template)]
#[template(path = "admin_lifecycle.html")]
struct LifecyclePage {
    page: Page,
    frame: Frame,
    complaint: Option<String>,
    version: i64,
    may_change: bool,
    states: Vec<State_>,
    pending: Vec<Planned>,
    past: Vec<Planned>,
    sheet: Sheet,
    zone: String,
}

/// A state as the page shows it.
struct State_ {
    word: &'static str,
    name: String,
    effects: Vec<String>,
    current: bool,
    allowed: bool,
    is_next: bool,
}

struct Planned {
    id: String,
    name: String,
    at: String,
    when: String,
    by: String,
    outcome: String,
    class: &'static str,
}

/// The form that plans a change, for a conference in a state.
fn blank(cx: &Cx, now: Lifecycle) -> Sheet {
    let choices = Lifecycle::ALL.iter().map(|state| {
        Choice::new(
            state.as_str(),
            cx.text(&format!("program-lifecycle-{state}"), &[]),
        )
    });
    let next = now.next().unwrap_or(Lifecycle::Archive);
    Sheet::blank()
        .put("to", next)
        .put("at", "")
        .offer("to", choices.collect())
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    (status, sheet, complaint): (StatusCode, Sheet, Option<String>),
) -> web::Result<Response> {
    let conference = &programme.conference;
    let frame = Frame::of(cx, scope, conference, "lifecycle");
    let clocks = Clocks::of(cx, conference);
    let now = conference.lifecycle;
    let rows = switches::switches(&cx.db, &conference.id, limits::SWITCHES_SHOWN).await?;
    let (pending, past): (Vec<Switch>, Vec<Switch>) = rows
        .into_iter()
        .partition(|switch| switch.state == SwitchState::Pending);
    let planned = |switch: Switch| planned(cx, &clocks, switch);
    let states = Lifecycle::ALL.iter().copied().map(|state| State_ {
        word: state.as_str(),
        name: cx.text(&format!("program-lifecycle-{state}"), &[]),
        effects: effect_sentences(cx, state.effects()),
        current: state == now,
        allowed: conference.removed_at.is_none() && now.after(state).is_ok(),
        is_next: now.next() == Some(state),
    });
    let template = LifecyclePage {
        page: frame.page(cx, scope, conference),
        complaint,
        version: conference.version,
        may_change: scope.has(Role::Chair),
        states: states.collect(),
        pending: pending.into_iter().map(planned).collect(),
        past: past.into_iter().map(planned).collect(),
        sheet,
        zone: clocks.venue_label(cx.now),
        frame,
    };
    Ok(template.page.clone().render_status(status, &template))
}

fn planned(cx: &Cx, clocks: &Clocks, switch: Switch) -> Planned {
    Planned {
        id: switch.id.to_string(),
        name: cx.text(&format!("program-lifecycle-{}", switch.lifecycle), &[]),
        at: switch.at.to_string(),
        when: format!(
            "{} {}",
            clocks.long_date(switch.at),
            clocks.clock(switch.at)
        ),
        by: switch.created_by,
        outcome: cx.text(&format!("program-switch-state-{}", switch.state), &[]),
        class: match switch.state {
            SwitchState::Done => "added",
            SwitchState::Refused => "failed",
            _ => "changed",
        },
    }
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, programme.conference.lifecycle);
    show(&cx, &scope, &programme, (StatusCode::OK, sheet, None)).await
}

pub(super) async fn enter(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let to = Lifecycle::parse(submitted.text("to"));
    let to = to.ok_or_else(|| Error::invalid("to", "web-field-choice"))?;
    let writer = Writer::of(&cx, &programmes);
    let done = actions::advance(&writer, &grant, to, submitted.version()).await;
    let programme = programme(&cx, &programmes, &scope).await?;
    let sentence = match done {
        Ok(_) => {
            let name = cx.text(&format!("program-lifecycle-{to}"), &[]);
            let place = format!("/{}/admin/lifecycle", programme.conference.slug);
            return Ok(Done::to(&cx, place)
                .say("program-lifecycle-done", &[("state", &name)])
                .into_response());
        }
        Err(Error::Conflict(message)) => cx.texts.message(cx.locale, &message),
        Err(Error::Stale) => cx.text("program-changed-meanwhile", &[]),
        Err(error) => return Err(error.into()),
    };
    let sheet = blank(&cx, programme.conference.lifecycle);
    let shown = (StatusCode::CONFLICT, sheet, Some(sentence));
    show(&cx, &scope, &programme, shown).await
}

pub(super) async fn plan(
    cx: Cx,
    scope: Scope,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = blank(&cx, programme.conference.lifecycle).typed(&submitted);
    let zone = programme.conference.time_zone();
    let mut read = sheet.read();
    let to = read.word("to", Lifecycle::parse);
    let at = read.instant("at", &zone);
    if at.is_none() && sheet.value("at").trim().is_empty() {
        read.fault("at", "web-field-empty");
    }
    let done = match (read.done(), to, at) {
        (Ok(()), Some(to), Some(at)) => {
            let writer = Writer::of(&cx, &programmes);
            actions::plan_switch(&writer, &grant, to, at, None).await
        }
        (Err(error), _, _) => Err(error),
        _ => Err(Error::invalid("to", "web-field-choice")),
    };
    match done {
        Ok(_) => {
            let place = format!("/{}/admin/lifecycle#switches", programme.conference.slug);
            Ok(Done::to(&cx, place)
                .say("program-switch-planned", &[])
                .saved(&submitted)
                .into_response())
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            show(&cx, &scope, &programme, (status, sheet, None)).await
        }
    }
}

pub(super) async fn cancel(
    cx: Cx,
    grant: Grant<Chair>,
    State(programmes): State<Programmes>,
    Path((conf, switch)): Path<(String, String)>,
) -> web::Result<Response> {
    let switch = SwitchId::parse(&switch).map_err(|_| Error::NotFound("switch"))?;
    actions::cancel_switch(&Writer::of(&cx, &programmes), &grant, &switch).await?;
    let place = format!("/{conf}/admin/lifecycle#switches");
    Ok(Done::to(&cx, place)
        .say("program-switch-cancelled", &[])
        .into_response())
}
