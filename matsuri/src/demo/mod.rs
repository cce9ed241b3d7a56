//! `matsuri demo`: a conference that is on right now, with pictures, sound and people, out of nothing but this binary.
//!
//! The demo is a client of the server like any other: its schedule goes through the import, its programmes through the
//! RTMP port, its people through sign-in and socket. What is shown is therefore what works.

mod announce;
mod people;
mod plan;
pub(crate) mod programmes;

use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use media_core::Seat;
use program::actions::{Onto, Writer, import, shift};
use program::schedule::Assume;
use studio::By;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use self::announce::Programme;
use self::people::Cast;
use self::plan::Plan;
use crate::process::say;
use crate::serve::Server;

/// How long the programmes may take until they can be played.
const READY: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(100);

/// Brings a demo's server to life, prints where everything is, and goes on until it is dropped.
pub(crate) async fn perform(server: &Server) -> Result<Infallible> {
    let plan = Plan::read()?;
    settle(server, &plan).await?;
    let features = &server.features;
    let conference = plan.conference.slug.as_str();
    let programme = features
        .programmes
        .named(&features.app.db, conference)
        .await?;
    let programme = programme.context("the conference is not there")?;
    let tracks: Vec<String> = plan.tracks.iter().map(|track| track.slug.clone()).collect();
    let has_programme = |track: &&String| programmes::CLIPS.iter().any(|(own, _)| own == track);
    for track in tracks.iter().filter(has_programme) {
        let key = fresh_key(server, &programme, track).await?;
        programmes::publish(&server.features.app.tasks, track, server.rtmp, &key)?;
    }
    let free_track = tracks
        .iter()
        .find(|track| !has_programme(track))
        .context("no track is free")?;
    let key = fresh_key(server, &programme, free_track).await?;
    let sheet = Programme {
        url: &server.features.app.site.public_url,
        http: server.http,
        rtmp: server.rtmp,
        conference,
        free_track,
        key: &key,
    };
    say(&sheet.text());
    let authority = announce::local(server.http).to_string();
    for (track, _) in programmes::CLIPS {
        let playlist = format!("/media/{conference}/{track}/index.m3u8");
        timeout(READY, until_found(&authority, &playlist))
            .await
            .with_context(|| format!("the programme of track {track} cannot be played"))?;
    }
    say(&sheet.ready());
    invite(server, &plan, authority, tracks)?;
    std::future::pending().await
}

/// A key for a track; the one of the last start is worth nothing any more.
async fn fresh_key(server: &Server, programme: &program::Programme, slug: &str) -> Result<String> {
    let track = programme
        .track_named(slug)
        .with_context(|| format!("there is no track {slug}"))?;
    let now = server.features.app.clock.now();
    let publish = server
        .features
        .studio
        .rotate(programme, track, Seat::Primary, By::Console { now })
        .await?;
    Ok(publish.key)
}

/// Makes the conference, or moves the one that is there, so that talks are on now.
async fn settle(server: &Server, plan: &Plan) -> Result<()> {
    let app = &server.features.app;
    let now = app.clock.now();
    let writer = Writer {
        db: &app.db,
        bus: &app.bus,
        programmes: &server.features.programmes,
        public_url: &app.site.public_url,
        now,
    };
    let existing = server
        .features
        .programmes
        .named(&app.db, &plan.conference.slug)
        .await?;
    let Some(programme) = existing else {
        let file = serde_json::to_vec(&plan.schedule(plan.origin(now, None)?)?)?;
        let reading = program::schedule::read(&file, &Assume::default())?;
        import(&writer, reading, Onto::Acronym, None).await?;
        return Ok(());
    };
    let (guid, minute) = plan.landmark()?;
    let start = programme
        .talks
        .iter()
        .find(|talk| talk.guid == guid)
        .map(|talk| talk.starts_at);
    let Some(start) = start else {
        // Somebody made it another conference; it is theirs now.
        tracing::info!("the demo's conference was replaced and stays as it is");
        return Ok(());
    };
    let previous: Timestamp = start - SignedDuration::from_mins(minute);
    let by = plan.origin(now, Some(previous))?.duration_since(previous);
    if !by.is_zero() {
        shift(&writer, &programme.conference.id, by).await?;
    }
    Ok(())
}

/// Waits until an address gives something.
async fn until_found(authority: &str, path: &str) {
    while !is_found(authority, path).await.unwrap_or(false) {
        sleep(LOOK).await;
    }
}

async fn is_found(authority: &str, path: &str) -> Result<bool> {
    let answer = get(authority, path).await?;
    Ok(answer
        .lines()
        .next()
        .is_some_and(|status| status.contains(" 200 ")))
}

/// A request as a browser would send it; the first of its answer, head and body.
async fn get(authority: &str, path: &str) -> Result<String> {
    const ANSWER_MAX: u64 = 64 * 1024;
    let mut stream = TcpStream::connect(authority).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    ensure!(!answer.is_empty(), "no answer");
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Lets scripted people in.
fn invite(server: &Server, plan: &Plan, authority: String, tracks: Vec<String>) -> Result<()> {
    let app = &server.features.app;
    let titles = plan.titles();
    let sessions = titles
        .into_iter()
        .map(|(title, id)| (title.to_owned(), id.to_owned()))
        .collect();
    let conference = plan.conference.slug.clone();
    let stage = Cast::read()?.enter(authority, conference, tracks, sessions, app.clock.clone());
    for index in 0..stage.len() {
        app.tasks
            .spawn("demo person", stage.clone().visit(index, app.tasks.token()));
    }
    Ok(())
}
