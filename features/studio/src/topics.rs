//! The topic `studio/{conf}` and its commands: docs/realtime.md.

use std::sync::Arc;

use identity::{Broadcast, grant};
use kernel::{Error, Result};
use onair::Wish;
use program::Programme;
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};
use web::Cx;

use crate::model::parse_order;
use crate::{Studio, Who};

/// Name of a conference's topic.
pub(crate) fn topic(conference: &str) -> String {
    format!("studio/{conference}")
}

/// Gives topic and commands to the hub.
pub(crate) fn register(studio: &Studio) {
    let hub = &studio.0.hub;
    hub.register("studio/", Arc::new(Tracks(studio.clone())));
    for (name, mode) in [
        ("studio.put", "manual"),
        ("studio.hold", "hold"),
        ("studio.auto", "auto"),
    ] {
        let own = studio.clone();
        hub.command(name, move |who: Who, args: Value| {
            direct(own.clone(), who, args, mode)
        });
    }
    let own = studio.clone();
    hub.command("studio.input", move |who: Who, args: Value| {
        direct_input(own.clone(), who, args)
    });
}

/// `studio/{conf}`.
struct Tracks(Studio);

impl Tracks {
    async fn programme(&self, name: &str) -> Result<Arc<Programme>> {
        let conference = name
            .strip_prefix("studio/")
            .ok_or(Error::NotFound("topic"))?;
        self.0.named(conference).await
    }
}

impl Topic<Who> for Tracks {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let programme = self.programme(name).await?;
            grant::<Broadcast>(who, &programme.conference.id).await?;
            Ok(Value::Null)
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let programme = self.programme(name).await?;
            let tracks = self.0.tracks(&programme, self.0.0.app.clock.now()).await?;
            Ok(json!({ "tracks": tracks }))
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        let mut track = event.clone();
        if let Some(members) = track.as_object_mut() {
            members.remove("kind");
        }
        let Some(tracks) = state["tracks"].as_array_mut() else {
            return Fold::Unchanged;
        };
        match tracks
            .iter_mut()
            .find(|known| known["slug"] == track["slug"])
        {
            Some(known) if *known == track => return Fold::Unchanged,
            Some(known) => *known = track,
            None => tracks.push(track),
        }
        Fold::Changed
    }
}

async fn direct(studio: Studio, who: Who, args: Value, mode: &'static str) -> Result<Value> {
    let text = |name: &str| args[name].as_str().unwrap_or_default();
    let cx = Cx {
        now: who.clock.now(),
        ..Cx::clone(&who)
    };
    let programme = studio.named(text("conf")).await?;
    let grant = grant::<Broadcast>(&cx, &programme.conference.id).await?;
    let track = programme
        .track_named(text("track"))
        .ok_or(Error::NotFound("track"))?;
    let wish: Wish = onair::wish(mode, args["talk"].as_str())?;
    onair::direct(
        &cx,
        &studio.0.programmes,
        &grant,
        &track.id,
        &wish,
        text("reason"),
    )
    .await?;
    let state = studio.track(&programme, track, cx.now).await?;
    Ok(json!({ "track": state }))
}

async fn direct_input(studio: Studio, who: Who, args: Value) -> Result<Value> {
    let text = |name: &str| args[name].as_str().unwrap_or_default();
    let cx = Cx {
        now: who.clock.now(),
        ..Cx::clone(&who)
    };
    let programme = studio.named(text("conf")).await?;
    let grant = grant::<Broadcast>(&cx, &programme.conference.id).await?;
    let track = programme
        .track_named(text("track"))
        .ok_or(Error::NotFound("track"))?;
    let order = parse_order(text("order"))?;
    studio
        .direct(&programme, track, order, text("reason"), &grant)
        .await?;
    let state = studio.track(&programme, track, cx.now).await?;
    Ok(json!({ "track": state }))
}
