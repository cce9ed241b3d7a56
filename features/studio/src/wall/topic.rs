//! The topic `wall/{conf}` and its command: docs/realtime.md.

use std::sync::Arc;

use identity::{Broadcast, grant};
use kernel::{Error, Result};
use program::Programme;
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};
use web::Cx;

use super::key;
use crate::{Studio, Who};

/// Gives topic and command to the hub.
pub(crate) fn register(studio: &Studio) {
    let hub = &studio.0.hub;
    hub.register("wall/", Arc::new(Wall(studio.clone())));
    let own = studio.clone();
    hub.command("studio.acknowledge", move |who: Who, args: Value| {
        acknowledge(own.clone(), who, args)
    });
}

/// `wall/{conf}`.
struct Wall(Studio);

impl Wall {
    async fn programme(&self, name: &str) -> Result<Arc<Programme>> {
        let conference = name.strip_prefix("wall/").ok_or(Error::NotFound("topic"))?;
        self.0.named(conference).await
    }
}

impl Topic<Who> for Wall {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let programme = self.programme(name).await?;
            grant::<Broadcast>(who, &programme.conference.id).await?;
            Ok(Value::Null)
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { Ok(self.0.wall(&*self.programme(name).await?)) })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        let mut changed = false;
        let mut put = |place: &mut Value, value: &Value| {
            changed |= place != value;
            value.clone_into(place);
        };
        match event["kind"].as_str() {
            Some("alarms") => {
                put(&mut state["alarms"], &event["alarms"]);
                put(&mut state["probes"], &event["probes"]);
            }
            Some("meter") => {
                let mut meter = event.clone();
                if let Some(members) = meter.as_object_mut() {
                    members.remove("kind");
                }
                let track = event["track"].as_str().unwrap_or_default();
                put(&mut state["meters"][track], &meter);
            }
            _ => {}
        }
        if changed {
            Fold::Changed
        } else {
            Fold::Unchanged
        }
    }
}

async fn acknowledge(studio: Studio, who: Who, args: Value) -> Result<Value> {
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
    let key = key(text("alarm"), args["input"].as_str())?;
    studio.acknowledge(&programme, track, key, &grant).await?;
    Ok(json!({ "alarms": studio.standing_of(&programme.conference.slug) }))
}
