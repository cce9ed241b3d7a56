//! The topics `live/`, `chat/` and `captions/` and their commands: docs/realtime.md.

mod captions;

use std::sync::Arc;

use identity::{Broadcast, Role, Scope, grant};
use kernel::{Error, Result, Timestamp};
use program::{Feature, Programme, Talk, TalkId, Track};
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};
use web::Cx;

use crate::model::{LineId, author_id};
use crate::{CROWD, Live, Who, limits};

pub(crate) use captions::captions_topic;

/// Name of a track's topic.
pub(crate) fn live_topic(conference: &str, track: &str) -> String {
    format!("live/{conference}/{track}")
}

/// Name of a chat's topic.
pub(crate) fn chat_topic(conference: &str, talk: &TalkId) -> String {
    format!("chat/{conference}/{talk}")
}

/// Gives topics and commands to the hub.
pub(crate) fn register(live: &Live) {
    let hub = &live.0.hub;
    hub.register("live/", Arc::new(Tracks(live.clone())));
    hub.register("chat/", Arc::new(Chats(live.clone())));
    let captions = captions::Captions(live.clone());
    hub.register(captions::PREFIX, Arc::new(captions));
    let own = live.clone();
    hub.command("chat.post", move |who: Who, args: Value| {
        post(own.clone(), who, args)
    });
    let own = live.clone();
    hub.command("chat.remove", move |who: Who, args: Value| {
        remove(own.clone(), who, args)
    });
    let own = live.clone();
    hub.command("live.pass", move |who: Who, args: Value| {
        pass(own.clone(), who, args)
    });
    let own = live.clone();
    hub.command("live.report", move |who: Who, args: Value| {
        report(own.clone(), who, args)
    });
}

/// The context of whoever is connected, as of now.
pub(crate) fn now(who: &Who) -> Cx {
    Cx {
        now: who.clock.now(),
        ..Cx::clone(who)
    }
}

impl Live {
    /// Whether whoever asks may read what belongs to a talk: as its track says.
    pub(crate) async fn admit_to_talk(
        &self,
        cx: &Cx,
        programme: &Programme,
        talk: &Talk,
    ) -> Result<()> {
        let is_offered = programme.conference.settings().offers(Feature::Chat);
        let hidden = !is_offered || programme.hides(&talk.id);
        if hidden && !Scope::of(cx, &programme.conference.id).await?.is_team() {
            return Err(Error::NotFound("talk"));
        }
        let track = talk.track.as_ref().and_then(|track| programme.track(track));
        self.admit(cx, programme, track).await
    }

    pub(crate) async fn named(&self, conference: &str) -> Result<Arc<Programme>> {
        let found = self.0.programmes.named(&self.0.app.db, conference).await?;
        found.ok_or(Error::NotFound("conference"))
    }

    /// A conference and one of its tracks, by their names in addresses.
    pub(crate) async fn track(
        &self,
        conference: &str,
        track: &str,
    ) -> Result<(Arc<Programme>, Track)> {
        let programme = self.named(conference).await?;
        let track = track_named(&programme, track)?.clone();
        Ok((programme, track))
    }

    /// What a chat tells whoever asks, and them alone.
    pub(crate) async fn chat_for(
        &self,
        cx: &Cx,
        programme: &Programme,
        talk: &TalkId,
    ) -> Result<Value> {
        let may_remove = Scope::of(cx, &programme.conference.id)
            .await?
            .has(Role::Broadcast);
        let me = cx
            .actor
            .as_ref()
            .map(|actor| author_id(talk.as_str(), &actor.account));
        Ok(json!({ "may_post": cx.actor.is_some(), "may_remove": may_remove, "me": me }))
    }

    /// What a chat tells everybody.
    pub(crate) async fn chat(&self, programme: &Programme, talk: &TalkId) -> Result<Value> {
        let lines = self
            .lines(programme, talk, Timestamp::MAX, limits::CHAT_LINES_SHOWN)
            .await?;
        let open = self
            .is_open(&programme.conference.id, talk, self.0.app.clock.now())
            .await?;
        let limits = json!({ "length_max": limits::CHAT_CHARS_MAX });
        Ok(json!({ "lines": lines, "open": open, "limits": limits }))
    }
}

/// The track of a name in addresses.
pub(crate) fn track_named<'a>(programme: &'a Programme, name: &str) -> Result<&'a Track> {
    programme.track_named(name).ok_or(Error::NotFound("track"))
}

/// `live/{conf}/{track}`.
struct Tracks(Live);

impl Tracks {
    async fn track(&self, name: &str) -> Result<(Arc<Programme>, Track)> {
        let (conference, track) = parts(name, "live/")?;
        self.0.track(conference, track).await
    }
}

impl Topic<Who> for Tracks {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, track) = self.track(name).await?;
            let pass = self.0.pass(&now(who), &programme, &track).await?;
            Ok(json!({ "pass": pass }))
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, track) = self.track(name).await?;
            let descriptor = self
                .0
                .descriptor(&programme, &track, self.0.0.app.clock.now())
                .await?;
            Ok(json!(descriptor))
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        let mut next = state.clone();
        match event["kind"].as_str() {
            Some("viewers") => next["viewers"] = event["count"].clone(),
            Some("descriptor") => {
                next = event.clone();
                if let Some(members) = next.as_object_mut() {
                    members.remove("kind");
                }
            }
            _ => {}
        }
        replace(state, next)
    }

    fn crowd(&self, name: &str, count: usize) {
        let live = &self.0.0;
        live.hub.state(
            name,
            "viewers",
            &json!({ "kind": "viewers", "count": count }),
        );
        live.app
            .bus
            .publish(CROWD, &json!({ "topic": name, "count": count }));
    }
}

/// `chat/{conf}/{talk}`.
struct Chats(Live);

impl Chats {
    async fn talk(&self, name: &str) -> Result<(Arc<Programme>, TalkId)> {
        let (conference, talk) = parts(name, "chat/")?;
        let programme = self.0.named(conference).await?;
        let talk = TalkId::parse(talk).map_err(|_| Error::NotFound("talk"))?;
        let known = programme.talk(&talk).filter(|talk| !talk.is_break());
        known.ok_or(Error::NotFound("talk"))?;
        Ok((programme, talk))
    }
}

impl Topic<Who> for Chats {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, talk) = self.talk(name).await?;
            let cx = now(who);
            if let Some(talk) = programme.talk(&talk) {
                self.0.admit_to_talk(&cx, &programme, talk).await?;
            }
            self.0.chat_for(&cx, &programme, &talk).await
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, talk) = self.talk(name).await?;
            self.0.chat(&programme, &talk).await
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        match event["kind"].as_str() {
            Some("open") => {
                let mut next = state.clone();
                next["open"] = event["open"].clone();
                return replace(state, next);
            }
            Some("line" | "removed") => {}
            _ => return Fold::Unchanged,
        }
        let Some(lines) = state["lines"].as_array_mut() else {
            return Fold::Unchanged;
        };
        let known = lines.iter().position(|line| line["id"] == event["id"]);
        match (event["kind"].as_str(), known) {
            (Some("removed"), Some(at)) => {
                lines.remove(at);
                Fold::Changed
            }
            (Some("line"), None) => {
                let mut line = event.clone();
                if let Some(members) = line.as_object_mut() {
                    members.remove("kind");
                }
                lines.push(line);
                let max = usize::try_from(limits::CHAT_LINES_SHOWN).unwrap_or(usize::MAX);
                let too_many = lines.len().saturating_sub(max);
                lines.drain(..too_many);
                Fold::Changed
            }
            // A page may show a line that has left the state long ago.
            (Some("removed"), None) => Fold::Changed,
            _ => Fold::Unchanged,
        }
    }
}

fn replace(state: &mut Value, next: Value) -> Fold {
    if *state == next {
        return Fold::Unchanged;
    }
    *state = next;
    Fold::Changed
}

/// The two parts of a topic's name behind its prefix.
fn parts<'a>(name: &'a str, prefix: &str) -> Result<(&'a str, &'a str)> {
    let parts = name
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once('/'));
    parts.ok_or(Error::NotFound("topic"))
}

fn text<'a>(args: &'a Value, name: &'static str) -> &'a str {
    args[name].as_str().unwrap_or_default()
}

async fn post(live: Live, who: Who, args: Value) -> Result<Value> {
    let cx = now(&who);
    let programme = live.named(text(&args, "conf")).await?;
    let talk = TalkId::parse(text(&args, "talk")).map_err(|_| Error::NotFound("talk"))?;
    let line = live
        .post(
            &cx,
            &programme,
            &talk,
            text(&args, "text"),
            text(&args, "nonce"),
        )
        .await?;
    Ok(json!({ "line": line }))
}

async fn remove(live: Live, who: Who, args: Value) -> Result<Value> {
    let cx = now(&who);
    let programme = live.named(text(&args, "conf")).await?;
    let grant = grant::<Broadcast>(&cx, &programme.conference.id).await?;
    programme.conference.changeable()?;
    let line = LineId::parse(text(&args, "line")).map_err(|_| Error::NotFound("line"))?;
    live.remove(&cx, &programme, &grant, &line).await?;
    Ok(json!({}))
}

async fn pass(live: Live, who: Who, args: Value) -> Result<Value> {
    let cx = now(&who);
    let (programme, track) = live
        .track(text(&args, "conf"), text(&args, "track"))
        .await?;
    let pass = live.pass(&cx, &programme, &track).await?;
    Ok(json!({ "pass": pass }))
}

async fn report(live: Live, who: Who, args: Value) -> Result<Value> {
    let cx = now(&who);
    let (programme, track) = live
        .track(text(&args, "conf"), text(&args, "track"))
        .await?;
    live.report(&cx, &programme, &track, args.clone()).await?;
    Ok(json!({}))
}
