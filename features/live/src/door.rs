//! The door of the site's realtime: `/rt` and `/rt/commands`, for the topics of all features.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use identity::{Access, Routes};
use kernel::Error;
use realtime::{Limits, Problem, ProblemField, Settings};
use web::{App, Cx};

use crate::{Hub, Who};

/// The hub of a site, which speaks the languages of the site. The caller gives [`realtime::Hub::run`] a task.
pub fn hub(app: &App, limits: Limits) -> Hub {
    let explain = Arc::new(|who: &Who, error: &Error| explain(who, error));
    Hub::new(Settings {
        clock: app.clock.clone(),
        tasks: app.tasks.clone(),
        limits,
        explain,
    })
}

/// The routes of the door.
pub fn routes(app: &App, hub: &Hub) -> Routes {
    let door = Door {
        app: app.clone(),
        hub: hub.clone(),
    };
    let body_max = realtime::limits::MESSAGE_BYTES_MAX;
    Routes::<Door>::new()
        .get("/rt", Access::Anyone, connect)
        .with_body(
            Method::POST,
            "/rt/commands",
            Access::Anyone,
            body_max,
            command,
        )
        .state(door)
}

/// Throws revoked sessions out of their open connections, and people who lost a role in a team, for as long as the
/// process lives. Whoever may still come back does, and is asked anew what they may.
pub fn follow_sessions(app: &App, hub: &Hub) {
    let (app, hub, tasks) = (app.clone(), hub.clone(), app.tasks.clone());
    tasks.spawn_loop("realtime-sessions", move || {
        let (mut news, hub, stop) = (app.bus.subscribe(""), hub.clone(), app.tasks.token());
        async move {
            loop {
                let event = tokio::select! {
                    () = stop.cancelled() => return,
                    event = news.recv() => event,
                };
                match event {
                    Ok(event) => close(&hub, &event),
                    // Somebody may have been revoked: whoever comes back is asked anew.
                    Err(_) => {
                        hub.close_where(|who| who.actor.is_some());
                    }
                }
            }
        }
    });
}

fn close(hub: &Hub, event: &platform::bus::Event) {
    let condemned: fn(&web::Actor) -> &str = match &*event.topic {
        "session.revoked" => |actor| &actor.session,
        "membership.removed" => |actor| &actor.account,
        _ => return,
    };
    let id = match &*event.payload {
        serde_json::Value::String(session) => session.as_str(),
        news => news["account"].as_str().unwrap_or_default(),
    };
    hub.close_where(|who| {
        who.actor
            .as_ref()
            .is_some_and(|actor| condemned(actor) == id)
    });
}

#[derive(Clone)]
struct Door {
    app: App,
    hub: Hub,
}

async fn connect(cx: Cx, State(door): State<Door>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let headers = parts.headers.clone();
    let (peer, signed_in) = (peer(&cx), cx.actor.is_some());
    let still = async {
        let gone = signed_in
            && door
                .app
                .sessions
                .actor(&door.app, &headers)
                .await?
                .is_none();
        if gone {
            Err(Error::Unauthenticated)
        } else {
            Ok(())
        }
    };
    realtime::connect(&door.hub, Arc::new(cx), peer, &mut parts, still).await
}

async fn command(cx: Cx, State(door): State<Door>, body: Bytes) -> Response {
    let peer = peer(&cx);
    realtime::command(&door.hub, Arc::new(cx), peer, &body).await
}

fn peer(cx: &Cx) -> IpAddr {
    cx.client
        .peer
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

/// An error in the words of whoever is connected; faults of ours are logged here, once.
fn explain(cx: &Cx, error: &Error) -> Problem {
    if let Error::Internal(cause) = error {
        tracing::error!(trace_id = %cx.trace, %cause, "a frame was refused for a reason of ours");
    }
    let problem = web::failure::problem(cx, error);
    let field = |field: web::failure::ProblemField| ProblemField {
        field: field.field,
        detail: field.detail,
        code: field.code,
    };
    let retry_after_ms = match error {
        Error::TooMany { retry_after } => u64::try_from(retry_after.as_millis()).ok(),
        _ => None,
    };
    Problem {
        kind: problem.kind.to_owned(),
        title: problem.title,
        status: problem.status,
        detail: Some(problem.detail),
        code: problem.code,
        retry_after_ms,
        trace_id: Some(problem.trace_id),
        errors: problem.errors.into_iter().map(field).collect(),
    }
}
