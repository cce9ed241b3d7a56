//! A site with two conferences, `ours` and `theirs`, and people who are connected to its studio.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;

use kit::{Browser, Reader};
use media_core::Channels;
use neighbours::{Adds, Neighbours};
use onair::model::Cause;
use realtime::{Limits, Settings};
use studio::{Hub, Studio};

pub(crate) struct Stage {
    neighbours: Neighbours,
    pub(crate) hub: Hub,
    pub(crate) studio: Studio,
    pub(crate) channels: Channels,
}

impl Deref for Stage {
    type Target = Neighbours;

    fn deref(&self) -> &Neighbours {
        &self.neighbours
    }
}

/// One on each store.
pub(crate) async fn stages(name: &str) -> Vec<Stage> {
    let adds = Adds {
        migrations: &[studio::MIGRATIONS],
        texts: &[studio::TEXTS],
    };
    let all = Neighbours::on_each_store(name, adds, async |app, programmes| {
        let plain = Settings::plain(app.clock.clone(), app.tasks.clone());
        let hub = Hub::new(Settings {
            limits: Limits::default(),
            ..plain
        });
        let (running, stop) = (hub.clone(), app.tasks.token());
        app.tasks
            .spawn("realtime", async move { running.run(stop).await });
        let channels = Channels::new(media_core::Settings::default(), app.clock.clone(), None);
        let picture: studio::Picture =
            Arc::new(|conference, track| format!("/media/{}/{track}/index.m3u8", conference.slug));
        let publish = "rtmp://box.test:1935/live";
        let studio = Studio::start(app, programmes, &channels, &hub, picture, publish);
        let routes = identity::routes(Arc::new(programmes.clone()))
            .merge(studio::routes(&studio))
            .merge(onair::routes(programmes.clone()));
        (routes, (hub, studio, channels))
    });
    let mut stages = Vec::new();
    for (neighbours, (hub, studio, channels)) in all.await {
        neighbours.look(Cause::Time).await;
        stages.push(Stage {
            neighbours,
            hub,
            studio,
            channels,
        });
    }
    stages
}

impl Stage {
    /// Whoever sits at a browser, connected.
    pub(crate) async fn connect(&self, browser: &Browser) -> Reader<studio::Who> {
        let cx = self.cx(browser).await;
        let session = self
            .hub
            .session(Arc::new(cx), IpAddr::V4(Ipv4Addr::LOCALHOST))
            .unwrap();
        Reader::begin(session).await
    }
}
