//! The topic `studio/{conf}` and its commands: docs/realtime.md.

use std::sync::Arc;

use identity::{Broadcast, Grant, grant};
use kernel::{Error, Result};
use onair::Wish;
use program::{Programme, Track};
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};
use web::Cx;

use crate::actions::named;
use crate::model::parse_order;
use crate::{Studio, Who};

const PREFIX: &str = "studio/";

/// Name of a conference's topic.
pub(crate) fn topic(conference: &str) -> String {
    format!("{PREFIX}{conference}")
}

/// Gives topic and commands to the hub.
pub(crate) fn register(studio: &Studio) {
    let hub = &studio.0.hub;
    hub.register(PREFIX, Arc::new(Tracks(studio.clone())));
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

/// The conference of a topic, by what stands before its name.
pub(crate) async fn conference_of(
    studio: &Studio,
    name: &str,
    prefix: &str,
) -> Result<Arc<Programme>> {
    let conference = name.strip_prefix(prefix).ok_or(Error::NotFound("topic"))?;
    studio.named(conference).await
}

/// Lets the broadcast team in, and nobody else.
pub(crate) async fn let_in(studio: &Studio, who: &Who, name: &str, prefix: &str) -> Result<Value> {
    let programme = conference_of(studio, name, prefix).await?;
    grant::<Broadcast>(who, &programme.conference.id).await?;
    Ok(Value::Null)
}

impl Topic<Who> for Tracks {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(let_in(&self.0, who, name, PREFIX))
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let programme = conference_of(&self.0, name, PREFIX).await?;
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

/// Somebody of the broadcast team who asks for something about a track: what every command begins with.
pub(crate) struct Asked {
    pub(crate) cx: Cx,
    pub(crate) programme: Arc<Programme>,
    pub(crate) grant: Grant<Broadcast>,
    args: Value,
}

impl Asked {
    pub(crate) async fn of(studio: &Studio, who: &Who, args: Value) -> Result<Self> {
        // A socket lives for hours; the command is given now.
        let cx = Cx {
            now: who.clock.now(),
            ..Cx::clone(who)
        };
        let conference = args["conf"].as_str().unwrap_or_default();
        let programme = studio.named(conference).await?;
        let grant = grant::<Broadcast>(&cx, &programme.conference.id).await?;
        programme.conference.changeable()?;
        Ok(Self {
            cx,
            programme,
            grant,
            args,
        })
    }

    pub(crate) fn track(&self) -> Result<&Track> {
        named(&self.programme, self.text("track"))
    }

    /// An argument; an empty text where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_default()
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.args[name].as_str()
    }

    /// The track as it is afterwards.
    async fn outcome(&self, studio: &Studio) -> Result<Value> {
        let state = studio.track(&self.programme, self.track()?, self.cx.now);
        Ok(json!({ "track": state.await? }))
    }
}

async fn direct(studio: Studio, who: Who, args: Value, mode: &'static str) -> Result<Value> {
    let asked = Asked::of(&studio, &who, args).await?;
    let track = asked.track()?;
    let wish: Wish = onair::wish(mode, asked.optional("talk"))?;
    let (programmes, reason) = (&studio.0.programmes, asked.text("reason"));
    onair::direct(
        &asked.cx,
        programmes,
        &asked.grant,
        &track.id,
        &wish,
        reason,
    )
    .await?;
    asked.outcome(&studio).await
}

async fn direct_input(studio: Studio, who: Who, args: Value) -> Result<Value> {
    let asked = Asked::of(&studio, &who, args).await?;
    let track = asked.track()?;
    let order = parse_order(asked.text("order"))?;
    let reason = asked.text("reason");
    studio
        .direct(&asked.programme, track, order, reason, &asked.grant)
        .await?;
    asked.outcome(&studio).await
}
