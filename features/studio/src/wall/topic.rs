//! The topic `wall/{conf}` and its command: docs/realtime.md.

use std::sync::Arc;

use kernel::Result;
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};

use super::key;
use crate::topics::{Asked, conference_of, let_in};
use crate::{Studio, Who};

const PREFIX: &str = "wall/";

/// Gives topic and command to the hub.
pub(crate) fn register(studio: &Studio) {
    let hub = &studio.0.hub;
    hub.register(PREFIX, Arc::new(Wall(studio.clone())));
    let own = studio.clone();
    hub.command("studio.acknowledge", move |who: Who, args: Value| {
        acknowledge(own.clone(), who, args)
    });
}

/// `wall/{conf}`.
struct Wall(Studio);

impl Topic<Who> for Wall {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(let_in(&self.0, who, name, PREFIX))
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let programme = conference_of(&self.0, name, PREFIX).await?;
            self.0.wall(&programme).await
        })
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
            Some("history") => put(&mut state["history"], &event["history"]),
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
    let asked = Asked::of(&studio, &who, args).await?;
    let (programme, track) = (&asked.programme, asked.track()?);
    let key = key(asked.text("alarm"), asked.optional("input"))?;
    studio
        .acknowledge(programme, track, key, &asked.grant)
        .await?;
    Ok(json!({ "alarms": studio.standing_of(&programme.conference.slug) }))
}
