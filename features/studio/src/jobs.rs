//! Tells the team what changes about its tracks.

use identity::Role;
use kernel::Result;
use serde_json::{Value, json};

use crate::topics::topic;
use crate::{INPUT_CHANGED, KEY_CHANGED, Studio, limits};

/// Starts the task.
pub(crate) fn start(studio: &Studio) {
    let own = studio.clone();
    studio
        .0
        .app
        .tasks
        .spawn_loop("studio", move || tell(own.clone()));
}

async fn tell(studio: Studio) {
    let stop = studio.0.app.tasks.token();
    let mut news = studio.0.app.bus.subscribe("");
    let mut signals = studio.0.channels.watch_all();
    let mut look = tokio::time::interval(limits::LOOK_EVERY);
    if let Err(error) = studio.remember(studio.0.app.clock.now()).await {
        tracing::warn!(%error, "what people wanted on air cannot be remembered");
    }
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => studio.tell_all().await,
            channel = signals.next() => match channel.as_str().split_once('/') {
                Some((conference, track)) => studio.tell_one(conference, track).await,
                None => Ok(()),
            },
            event = news.recv() => match event {
                Ok(event) => studio.heard(&event.topic, &event.payload).await,
                Err(_) => studio.tell_all().await,
            },
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the studio cannot be told just now");
        }
    }
}

impl Studio {
    async fn heard(&self, about: &str, payload: &Value) -> Result<()> {
        match about {
            "live.crowd" => {
                let topic = payload["topic"].as_str().unwrap_or_default();
                let names = topic
                    .strip_prefix("live/")
                    .and_then(|rest| rest.split_once('/'));
                match names {
                    Some((conference, track)) => self.tell_one(conference, track).await,
                    None => Ok(()),
                }
            }
            KEY_CHANGED => {
                if let Some(digest) = payload["revoked"].as_str() {
                    self.0.publishers.end(digest);
                }
                self.tell_all().await
            }
            "session.revoked" => {
                // Who signs out, or is signed out, goes off air.
                if let Some(session) = payload.as_str() {
                    self.0.passes.end(|pass| pass.session == session);
                }
                Ok(())
            }
            // Somebody is no longer in a team, or has other roles in it.
            "membership.removed" => {
                self.left_the_team(payload);
                Ok(())
            }
            onair::CHANGED | INPUT_CHANGED => self.tell_all().await,
            about if about.starts_with("program.") => {
                // Tracks may have come and gone, and conferences with them.
                self.0.hub.review("studio/");
                self.0.hub.refresh("studio/");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Who may no longer put anything on air goes off air, and sees neither studio nor wall any more.
    fn left_the_team(&self, payload: &Value) {
        let carries = |role: &Value| {
            let role = role.as_str().and_then(Role::parse);
            matches!(role, Some(Role::Broadcast | Role::Chair))
        };
        let left = payload["left"].as_array();
        if left.is_some_and(|roles| roles.iter().any(carries)) {
            return;
        }
        let [account, conference] = ["account", "conference"].map(|name| payload[name].as_str());
        let (Some(account), Some(conference)) = (account, conference) else {
            return;
        };
        let ended = self
            .0
            .passes
            .end(|pass| pass.account.as_str() == account && pass.conference.as_str() == conference);
        if ended > 0 {
            tracing::info!(
                account,
                conference,
                ended,
                "{account} left the team and goes off air"
            );
        }
        for prefix in ["studio/", "wall/"] {
            self.0.hub.review(prefix);
        }
    }

    /// Tells all tracks that somebody looks at.
    async fn tell_all(&self) -> Result<()> {
        for name in self.0.hub.topics("studio/") {
            let Some(conference) = name.strip_prefix("studio/") else {
                continue;
            };
            if self.0.hub.subscribers(&name) == 0 {
                continue;
            }
            let programme = self.named(conference).await?;
            for track in self.tracks(&programme, self.0.app.clock.now()).await? {
                self.say(conference, &track);
            }
        }
        Ok(())
    }

    async fn tell_one(&self, conference: &str, track: &str) -> Result<()> {
        if self.0.hub.subscribers(&topic(conference)) == 0 {
            return Ok(());
        }
        let programme = self.named(conference).await?;
        if let Some(track) = programme.track_named(track) {
            let state = self
                .track(&programme, track, self.0.app.clock.now())
                .await?;
            self.say(conference, &state);
        }
        Ok(())
    }

    fn say(&self, conference: &str, track: &crate::TrackState) {
        let mut event = json!(track);
        event["kind"] = "track".into();
        self.0.hub.state(&topic(conference), &track.slug, &event);
    }
}
