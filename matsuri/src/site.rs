//! The features, put together: their tables, messages, tasks and routes, and what connects them.

use std::sync::Arc;

use identity::oidc::Providers;
use identity::{Access, ConferenceGuard, Conferences};
use kernel::Result;
use live::{Hub, Live};
use media_core::{ChannelName, Channels};
use media_deliver::{Responder, Verdict};
use program::{Conference, Programmes};
use studio::Studio;
use tokio::runtime::Handle;
use utoipa::OpenApi as _;
use web::App;

use crate::limits;

/// Tables of everything, in the order in which they refer to each other.
pub const MIGRATIONS: &[db::Migrations] = &[
    platform::MIGRATIONS,
    identity::MIGRATIONS,
    program::MIGRATIONS,
    onair::MIGRATIONS,
    live::MIGRATIONS,
    studio::MIGRATIONS,
];

/// Messages of everything.
pub const TEXTS: &[web::texts::Source] = &[
    web::texts::TEXTS,
    identity::TEXTS,
    program::TEXTS,
    onair::TEXTS,
    live::TEXTS,
    live::REALTIME_TEXTS,
    studio::TEXTS,
    outreach::TEXTS,
    web::texts!(),
];

/// The features of a running process.
#[derive(Clone)]
pub struct Features {
    /// What everybody shares.
    pub app: App,
    /// The programmes of all conferences.
    pub programmes: Programmes,
    /// Everybody who is connected.
    pub hub: Hub,
    /// Pictures and sound.
    pub channels: Channels,
    /// The live page.
    pub live: Live,
    /// The broadcast team's page, and who may publish.
    pub studio: Studio,
    /// Whose accounts people may sign in with.
    pub providers: Providers,
    /// Who signs in how.
    pub sign_ins: identity::Metrics,
}

impl Features {
    /// Puts them together. `publish` is where encoders and browsers publish.
    pub async fn new(
        app: App,
        channels: Channels,
        publish: impl Into<studio::Doors>,
        connections_max: usize,
    ) -> Result<Self> {
        let programmes = Programmes::new();
        let limits = realtime::Limits {
            connections_max,
            ..realtime::Limits::default()
        };
        let hub = live::hub(&app, limits);
        let live = Live::start(&app, &programmes, &channels, &hub).await?;
        know_channels(&app, &programmes, &channels).await?;
        let own = channels.clone();
        programmes.ask_for_media(move |conference, track| {
            let name = ChannelName::parse(&format!("{conference}/{track}"));
            name.is_ok_and(|name| own.snapshot(&name).is_some())
        });
        let gate = live.gate();
        let site = Arc::clone(&app.site);
        let picture = Arc::new(move |conference: &Conference, track: &str| {
            site.media(&gate.address(conference, track))
        });
        let studio = Studio::start(&app, &programmes, &channels, &hub, picture, publish);
        Ok(Self {
            app,
            programmes,
            hub,
            channels,
            live,
            studio,
            providers: Providers::default(),
            sign_ins: identity::Metrics::default(),
        })
    }

    /// Starts what happens by itself: frames go out, timetables are followed, revoked sessions are closed,
    /// and on `io`, beside the encoders, channels notice who fell silent.
    pub fn begin(&self, io: &Handle) {
        let (channels, stop) = (self.channels.clone(), self.app.tasks.token());
        self.app
            .tasks
            .on(io.clone())
            .spawn_loop("channels", move || {
                let (channels, stop) = (channels.clone(), stop.clone());
                async move {
                    stop.run_until_cancelled(channels.watch_over()).await;
                }
            });
        let (hub, stop) = (self.hub.clone(), self.app.tasks.token());
        self.app.tasks.spawn_loop("realtime", move || {
            let (hub, stop) = (hub.clone(), stop.clone());
            async move { hub.run(stop).await }
        });
        live::follow_sessions(&self.app, &self.hub);
        onair::jobs::start(&self.app, &self.programmes);
    }

    /// Who finds conferences by their name.
    pub fn conferences(&self) -> Arc<dyn Conferences> {
        Arc::new(self.programmes.clone())
    }

    /// Every route, with who may use it.
    pub fn routes(&self) -> identity::Routes {
        let options = identity::Options {
            holders: holders(),
            providers: self.providers.clone(),
            metrics: self.sign_ins.clone(),
        };
        identity::routes_with(self.conferences(), options)
            .merge(live::door(&self.app, &self.hub))
            .merge(onair::routes(self.programmes.clone()))
            .merge(live::routes(&self.live))
            .merge(studio::routes(&self.studio))
            .merge(program::routes(self.programmes.clone()))
            .merge(outreach::routes(self.programmes.clone(), LETTERS))
            .merge(description())
    }

    /// The site as a router: every route behind its guard, within the door.
    pub fn router(&self, meter: Arc<dyn web::enter::Meter>) -> axum::Router {
        let guard: Arc<dyn web::Guard<Access>> = Arc::new(ConferenceGuard::new(self.conferences()));
        web::enter::site(self.app.clone(), meter, self.routes().guarded(&guard))
    }

    /// What answers requests for media, for whom the conferences let in.
    pub fn responder(&self) -> Responder {
        let gate = self.live.gate();
        let judge = move |channel: &str, token: Option<&str>| {
            if gate.admits(channel, token) {
                Verdict::Allowed
            } else {
                Verdict::Denied
            }
        };
        Responder::new(self.channels.clone(), judge)
    }

    /// Tells everybody who is connected to come back, each at a moment of their own, and waits until they left.
    pub async fn leave(&self) {
        if !self
            .hub
            .drain(limits::RECONNECT_SPREAD, limits::DRAIN)
            .await
        {
            tracing::warn!("some sockets did not leave in time");
        }
    }
}

/// Who keeps something about people, beside identity itself.
fn holders() -> Vec<Arc<dyn identity::Holder>> {
    vec![
        Arc::new(program::people()),
        Arc::new(onair::people()),
        Arc::new(live::people()),
        Arc::new(studio::people()),
    ]
}

/// Every letter that the features send.
const LETTERS: &[&[web::Letter]] = &[identity::LETTERS];

/// The API's description, put together from what the features declare.
pub fn openapi() -> web::openapi::Document {
    let features = [
        identity::openapi(),
        program::openapi(),
        onair::ApiDoc::openapi(),
        live::ApiDoc::openapi(),
        studio::ApiDoc::openapi(),
        outreach::openapi(),
    ];
    web::openapi::document(features, crate::examples::WORDS)
}

fn description() -> identity::Routes {
    let body = web::openapi::body(&openapi());
    identity::Routes::new().get("/api/v2/openapi.json", Access::Anyone, move || {
        std::future::ready(web::openapi::respond(body.clone()))
    })
}

/// Makes the channel of every track known, so that players who come back before the encoder after a restart
/// are held instead of refused.
async fn know_channels(app: &App, programmes: &Programmes, channels: &Channels) -> Result<()> {
    for id in programmes.all(&app.db).await? {
        let Some(programme) = programmes.of(&app.db, &id).await? else {
            continue;
        };
        for track in &programme.tracks {
            let name = format!("{}/{}", programme.conference.slug, track.slug);
            if let Ok(name) = ChannelName::parse(&name) {
                drop(channels.status(&name));
            }
        }
    }
    Ok(())
}
