//! What runs by itself: lines are written, descriptors are told to those who read them.

use std::sync::Arc;

use kernel::Result;
use media_core::ChannelName;
use program::{Programme, TalkId};
use serde_json::json;
use tokio::sync::{Mutex, mpsc};

use crate::actions::chat::Order;
use crate::topics::live_topic;
use crate::{Live, limits};

/// Starts the tasks.
pub(crate) fn start(live: &Live, orders: mpsc::Receiver<Order>) {
    let tasks = &live.0.app.tasks;
    // Lines that were handed in are written by whichever life of the task comes next.
    let orders = Arc::new(Mutex::new(orders));
    let own = live.clone();
    tasks.spawn_loop("chat", move || {
        let (live, orders) = (own.clone(), orders.clone());
        async move {
            let stop = live.0.app.tasks.token();
            let mut orders = orders.lock().await;
            tokio::select! {
                () = live.write(&mut orders) => {}
                () = stop.cancelled() => {}
            }
        }
    });
    let own = live.clone();
    tasks.spawn_loop("live", move || tell(own.clone()));
    let own = live.clone();
    tasks.spawn_loop("viewers", move || keep(own.clone()));
}

/// Writes what viewers reported, and at the end what is left of it.
async fn keep(live: Live) {
    let stop = live.0.app.tasks.token();
    let mut write = tokio::time::interval(limits::SESSIONS_EVERY);
    write.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut forget = tokio::time::interval(limits::FORGET_EVERY);
    forget.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = || live.0.app.clock.now();
        let (done, ends) = tokio::select! {
            () = stop.cancelled() => (live.write_sessions(now()).await, true),
            _ = write.tick() => (live.write_sessions(now()).await, false),
            _ = forget.tick() => (live.forget_sessions(now()).await, false),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "what viewers reported cannot be written just now");
        }
        if ends {
            return;
        }
    }
}

/// Tells descriptors as what they are made of changes.
async fn tell(live: Live) {
    let stop = live.0.app.tasks.token();
    let mut news = live.0.app.bus.subscribe("");
    let mut signals = live.0.channels.watch_all();
    let mut look = tokio::time::interval(limits::LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => live.look().await,
            channel = signals.next() => live.tell_track(&channel).await,
            event = news.recv() => match event {
                Ok(event) if event.topic.starts_with("program.") => live.programme_changed().await,
                Ok(event) if *event.topic == *onair::CHANGED => live.onair_changed(&event.payload).await,
                Ok(event) if *event.topic == *crate::AUDIENCE => live.audience_is_asked().await,
                Ok(_) => Ok(()),
                Err(_) => live.programme_changed().await,
            },
        };
        if let Err(error) = told {
            tracing::warn!(%error, "what is live cannot be told just now");
        }
    }
}

impl Live {
    /// What changes by the mere passing of time: a day is over, a chat closes.
    async fn look(&self) -> Result<()> {
        // Another process may have changed who may watch.
        let gate = &self.0.gate;
        if gate.learn(&self.0.app.db, &self.0.programmes).await? {
            self.audience_is_asked().await?;
        }
        self.learn_languages().await?;
        self.tell_all("live/").await?;
        for topic in self.0.hub.topics("chat/") {
            let names = topic
                .strip_prefix("chat/")
                .and_then(|rest| rest.split_once('/'));
            let Some((conference, talk)) = names else {
                continue;
            };
            let (Ok(talk), true) = (TalkId::parse(talk), self.0.hub.subscribers(&topic) > 0) else {
                continue;
            };
            let programme = self.named(conference).await?;
            self.tell_open(&programme, &talk).await?;
        }
        Ok(())
    }

    async fn tell_open(&self, programme: &Programme, talk: &TalkId) -> Result<()> {
        let conference = &programme.conference;
        let open = self
            .is_open(&conference.id, talk, self.0.app.clock.now())
            .await?;
        let topic = crate::topics::chat_topic(&conference.slug, talk);
        self.0
            .hub
            .state(&topic, "open", &json!({ "kind": "open", "open": open }));
        Ok(())
    }

    /// Tells the descriptors of all tracks that somebody reads.
    async fn tell_all(&self, prefix: &str) -> Result<()> {
        for topic in self.0.hub.topics(prefix) {
            if let Some((conference, track)) = topic
                .strip_prefix("live/")
                .and_then(|rest| rest.split_once('/'))
            {
                self.tell_one(conference, track).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn tell_track(&self, channel: &ChannelName) -> Result<()> {
        match channel.as_str().split_once('/') {
            Some((conference, track)) => self.tell_one(conference, track).await,
            None => Ok(()),
        }
    }

    async fn tell_one(&self, conference: &str, track: &str) -> Result<()> {
        let topic = live_topic(conference, track);
        if self.0.hub.subscribers(&topic) == 0 {
            return Ok(());
        }
        let db = &self.0.app.db;
        let Some(programme) = self.0.programmes.named(db, conference).await? else {
            return Ok(());
        };
        let Some(track) = programme.track_named(track) else {
            // Gone: everybody who reads it is told so.
            self.0.hub.review(&topic);
            return Ok(());
        };
        let mut event = json!(
            self.descriptor(&programme, track, self.0.app.clock.now())
                .await?
        );
        event["kind"] = "descriptor".into();
        self.0.hub.state(&topic, "descriptor", &event);
        Ok(())
    }

    /// Who may watch may be others now: everybody who does is asked again.
    async fn audience_is_asked(&self) -> Result<()> {
        self.0
            .gate
            .learn(&self.0.app.db, &self.0.programmes)
            .await?;
        for topics in ["live/", "chat/", "captions/"] {
            self.0.hub.review(topics);
        }
        Ok(())
    }

    /// Who may watch may be others now, and everything may be called otherwise.
    async fn programme_changed(&self) -> Result<()> {
        self.0
            .gate
            .learn(&self.0.app.db, &self.0.programmes)
            .await?;
        for topics in ["live/", "chat/", "captions/"] {
            self.0.hub.review(topics);
        }
        self.learn_languages().await?;
        self.tell_all("live/").await
    }

    async fn onair_changed(&self, payload: &serde_json::Value) -> Result<()> {
        let Ok(changed) = serde_json::from_value::<onair::Changed>(payload.clone()) else {
            return Ok(());
        };
        let found = self
            .0
            .programmes
            .of(&self.0.app.db, &changed.conference)
            .await?;
        let Some(programme) = found else {
            return Ok(());
        };
        if let Some(track) = programme.track(&changed.track) {
            self.tell_one(&programme.conference.slug, &track.slug)
                .await?;
        }
        for talk in [changed.from, changed.to].into_iter().flatten() {
            self.tell_open(&programme, &talk).await?;
        }
        Ok(())
    }
}
