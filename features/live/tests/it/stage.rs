//! A site with two conferences, `ours` and `theirs`, and people who are connected to it.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use kit::{Browser, Reader};
use live::{Hub, Live};
use media_core::Channels;
use neighbours::{Adds, Neighbours, OURS};
use onair::model::Cause;
use realtime::Limits;

pub(crate) struct Stage {
    neighbours: Neighbours,
    pub(crate) hub: Hub,
    pub(crate) live: Live,
    pub(crate) channels: Channels,
}

impl Deref for Stage {
    type Target = Neighbours;

    fn deref(&self) -> &Neighbours {
        &self.neighbours
    }
}

/// One on each store; `watch` is the rule of `ours`.
pub(crate) async fn stages(name: &str, watch: &str) -> Vec<Stage> {
    let adds = Adds {
        migrations: &[live::MIGRATIONS],
        texts: &[live::TEXTS, live::REALTIME_TEXTS],
    };
    let all = Neighbours::on_each_store(name, adds, async |app, programmes| {
        let rule =
            db::sql!("UPDATE conference SET watch = $1, version = version + 1 WHERE slug = 'ours'");
        app.db.exec(rule, db::params![watch]).await.unwrap();
        let hub = live::hub(app, Limits::default());
        let (running, stop) = (hub.clone(), app.tasks.token());
        app.tasks
            .spawn("realtime", async move { running.run(stop).await });
        live::follow_sessions(app, &hub);
        let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
        let live = Live::start(app, programmes, &channels, &hub).await.unwrap();
        let routes = identity::routes(Arc::new(programmes.clone()))
            .merge(live::routes(&live))
            .merge(live::door(app, &hub))
            .merge(onair::routes(programmes.clone()));
        (routes, (hub, live, channels))
    });
    let mut stages = Vec::new();
    for (neighbours, (hub, live, channels)) in all.await {
        neighbours.look(Cause::Time).await;
        stages.push(Stage {
            neighbours,
            hub,
            live,
            channels,
        });
    }
    stages
}

impl Stage {
    /// Changes the programme of a conference a little, by import.
    pub(crate) async fn retitle(&self, slug: &str) {
        let mut slots = OURS.to_vec();
        slots[3].title = "Later";
        self.import(slug, &slots).await;
    }

    /// Whoever sits at a browser, connected.
    pub(crate) async fn connect(&self, browser: &Browser) -> Reader<live::Who> {
        let cx = self.cx(browser).await;
        let session = self
            .hub
            .session(Arc::new(cx), IpAddr::V4(Ipv4Addr::LOCALHOST))
            .unwrap();
        Reader::begin(session).await
    }
}
