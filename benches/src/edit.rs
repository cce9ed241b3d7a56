//! A conference of 500 talks: how soon readers see an edit, how soon the team's pages answer; and lists of 10,000 rows.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::chat::Socket;
use crate::fixture::{self, CONFERENCE};
use crate::load::{Connection, get};
use crate::machine::Window;
use crate::report::{self, Figure, Target};
use crate::site::Matsuri;
use crate::stats::{Spread, percentile};

/// As many halls of two days make about five hundred talks.
const HALLS: usize = 21;
const TALKS: usize = HALLS * fixture::TALKS_OF_A_HALL;
/// As many talks as a conference may have.
const MANY_HALLS: usize = 416;
const MANY: usize = MANY_HALLS * fixture::TALKS_OF_A_HALL;
/// Longer than anybody would wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often.
#[derive(Args)]
pub(crate) struct Options {
    /// Edits that are followed to every reader.
    #[arg(long, default_value_t = 40)]
    edits: usize,
    /// How often each page of the team is asked for.
    #[arg(long, default_value_t = 100)]
    asks: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            edits: 40,
            asks: 100,
        }
    }
}

/// Whoever edits.
struct Editor<'a> {
    site: &'a Matsuri,
    cookie: String,
    connection: Connection,
}

impl<'a> Editor<'a> {
    async fn of(site: &'a Matsuri) -> Result<Self> {
        site.command(&["user", "add", "owner@example.org", "--owner"])?;
        let cookie = site.sign_in("owner@example.org").await?;
        let connection = Connection::open(site.address).await?;
        Ok(Self {
            site,
            cookie: format!("Cookie: {cookie}\r\n"),
            connection,
        })
    }

    /// A page as the team sees it, and how long it took.
    async fn page(&mut self, path: &str) -> Result<(Vec<u8>, Duration)> {
        let request = get(self.site.address, path, &self.cookie);
        let began = Instant::now();
        let answer = self.connection.ask(&request).await?;
        let took = began.elapsed();
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        Ok((answer.body.to_vec(), took))
    }

    async fn json(&mut self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(&self.page(path).await?.0)?)
    }

    /// Sends a change, which must succeed.
    async fn send(&mut self, ask: &str, headers: &str, body: &Value) -> Result<()> {
        let (address, cookie, body) = (self.site.address, &self.cookie, body.to_string());
        let request = format!(
            "{ask} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\n{headers}{cookie}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.connection.ask(request.as_bytes()).await?;
        let said = String::from_utf8_lossy(answer.body);
        ensure!(answer.status == 200, "{ask}: {} {said}", answer.status);
        Ok(())
    }

    /// Gives a talk another title, in the state in which it is.
    async fn entitle(&mut self, talk: &str, version: i64, title: &str) -> Result<()> {
        let ask = format!("PATCH /api/v2/conferences/{CONFERENCE}/talks/{talk}");
        let body = serde_json::json!({"title": title, "confirm": ["speaker", "day"]});
        self.send(&ask, &format!("If-Match: \"v{version}\"\r\n"), &body)
            .await
    }

    /// Hides every talk, which writes an entry of the audit log for each.
    async fn hide_all(&mut self) -> Result<()> {
        let admin = format!("/api/v2/conferences/{CONFERENCE}/admin/talks");
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("{admin}?limit=100{cursor}")).await?;
            let talks = page["items"].as_array().context("no talks")?;
            let ids: Vec<&Value> = talks.iter().map(|talk| &talk["id"]).collect();
            let act = serde_json::json!({"do": "hidden", "ids": ids});
            self.send(&format!("POST {admin}/act"), "", &act).await?;
            let Some(next) = page["next"].as_str() else {
                return Ok(());
            };
            cursor = format!("&cursor={next}");
        }
    }
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    let site = Matsuri::with(&fixture::soon(HALLS)).await?;
    let mut editor = Editor::of(&site).await?;
    let window = Window::open(&[site.server.id()]);
    let mut figures = edits(&mut editor, options.edits).await?;
    figures.extend(pages(&mut editor, options.asks).await?);
    report::print("edit", window.close().noise, &figures);
    drop(editor);
    site.server.stop().await?;

    let site = Matsuri::with(&fixture::halls(MANY_HALLS)).await?;
    let mut editor = Editor::of(&site).await?;
    let window = Window::open(&[site.server.id()]);
    let lists = lists(&mut editor, options.asks).await?;
    report::print("lists", window.close().noise, &lists);
    drop(editor);
    site.server.stop().await?;
    figures.extend(lists);
    Ok(figures)
}

/// Readers who are not signed in, each on a connection of their own, from the moment at which the editor presses save.
async fn edits(editor: &mut Editor<'_>, count: usize) -> Result<Vec<Figure>> {
    let readers = [
        ("page of the talk", "talks/"),
        ("timetable page", "timetable"),
        ("API", ""),
        ("calendar", "calendar.ics"),
        ("schedule.xml", "schedule.xml"),
    ];
    let tracks = editor.site.tracks().await?;
    let address = editor.site.address;
    let mut seen: Vec<Vec<f64>> = vec![Vec::new(); readers.len() + 1];
    println!("edit: {count} edits, seen by {} readers", seen.len());
    for number in 0..count {
        // What comes next on a track is what its socket tells of.
        let track = &tracks[number % tracks.len()];
        let (mut socket, id) = follow(address, track).await?;
        let record = format!("/api/v2/conferences/{CONFERENCE}/admin/talks/{id}");
        let record = editor.json(&record).await?;
        let slug = record["slug"].as_str().context("no name")?;
        let version = record["version"].as_i64().context("no version")?;
        // Short, so that no calendar folds it.
        let title = format!("Edit{number}x");
        let began = Instant::now();
        editor.entitle(&id, version, &title).await?;
        while !socket.hear().await?.contains(&title) {}
        seen[readers.len()].push(began.elapsed().as_secs_f64());
        for (at, (_, name)) in readers.iter().enumerate() {
            let path = match *name {
                "" => format!("/api/v2/conferences/{CONFERENCE}/talks"),
                "talks/" => format!("/{CONFERENCE}/talks/{slug}"),
                name => format!("/{CONFERENCE}/{name}"),
            };
            until(address, &path, &title).await?;
            seen[at].push(began.elapsed().as_secs_f64());
        }
    }
    let figure = |(name, times): (&str, &Vec<f64>)| {
        let worst = times.iter().copied().fold(0.0, f64::max);
        Figure::alone(
            format!("an edit among {TALKS} talks is seen: {name}, the slowest of {count}"),
            "s",
            Spread::of(&[worst]),
        )
        .target(Target::AtMost(1.0))
    };
    let names = readers.iter().map(|(name, _)| *name).chain(["socket"]);
    Ok(names.zip(&seen).map(figure).collect())
}

/// Somebody before a track's live page, and the talk that comes next on it.
async fn follow(address: SocketAddr, track: &str) -> Result<(Socket, String)> {
    let mut socket = Socket::open(address, "/rt", None).await?;
    let topic = format!("live/{CONFERENCE}/{track}");
    let wanted = serde_json::json!({"type": "subscribe", "topic": topic});
    socket.say(&wanted.to_string()).await?;
    loop {
        let frame: Value = serde_json::from_str(&socket.hear().await?)?;
        if frame["topic"] != topic.as_str() {
            continue;
        }
        let id = frame["data"]["next"]["talk"].as_str();
        let id = id.with_context(|| format!("nothing comes next: {frame}"))?;
        return Ok((socket, id.to_owned()));
    }
}

/// Asks until the words are there.
async fn until(address: SocketAddr, path: &str, words: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut connection = Connection::open(address).await?;
    let request = get(address, path, "");
    loop {
        let answer = connection.ask(&request).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        if media_load::wire::find(answer.body, words.as_bytes()).is_some() {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{path} never says {words}");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Pages of the team, one after the other.
async fn pages(editor: &mut Editor<'_>, asks: usize) -> Result<Vec<Figure>> {
    let list = format!("/api/v2/conferences/{CONFERENCE}/admin/talks?limit=1");
    let talk = editor.json(&list).await?["items"][0]["id"].clone();
    let talk = format!("talks/{}", talk.as_str().context("no talk")?);
    let names = [
        "",
        "talks",
        "speakers",
        &talk,
        "settings",
        "lifecycle",
        "theme",
        "pages",
        "days",
        "rooms",
        "tracks",
        "team",
        "audit",
        "mail",
    ];
    let mut figures = Vec::new();
    for name in names {
        let path = format!("/{CONFERENCE}/admin/{name}");
        let path = path.trim_end_matches('/');
        let shown = if name == talk { "talks/{talk}" } else { name };
        let times = asked(editor, path, asks).await?;
        let figure = Figure::alone(
            format!("team's page /admin/{shown}, {TALKS} talks, p99"),
            "ms",
            Spread::of(&[percentile(&times, 0.99)]),
        );
        figures.push(figure.target(Target::AtMost(100.0)));
    }
    Ok(figures)
}

/// Milliseconds of each answer, whole.
async fn asked(editor: &mut Editor<'_>, path: &str, asks: usize) -> Result<Vec<f64>> {
    editor.page(path).await?;
    let mut times = Vec::with_capacity(asks);
    for _ in 0..asks {
        times.push(editor.page(path).await?.1.as_secs_f64() * 1_000.0);
    }
    Ok(times)
}

/// Lists of ten thousand rows: of talks and speakers, then of the acts with which all talks were hidden.
async fn lists(editor: &mut Editor<'_>, asks: usize) -> Result<Vec<Figure>> {
    let programme = [
        "talks",
        "talks?sort=-title",
        "talks?q=pager",
        "talks?q=Schedulers&sort=changed",
        "speakers",
        "speakers?q=Number77",
    ];
    let mut figures = looked_through(editor, &programme, asks).await?;
    editor.hide_all().await?;
    let log = ["audit", "audit?q=hidden", "audit?q=Number77&sort=at"];
    figures.extend(looked_through(editor, &log, asks).await?);
    Ok(figures)
}

/// Lists in every manner in which people look at them; the whole answer, not its first byte alone.
async fn looked_through(
    editor: &mut Editor<'_>,
    lists: &[&str],
    asks: usize,
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for list in lists {
        let times = asked(editor, &format!("/{CONFERENCE}/admin/{list}"), asks).await?;
        let figure = Figure::alone(
            format!("list of {MANY} rows, /admin/{list}, p99"),
            "ms",
            Spread::of(&[percentile(&times, 0.99)]),
        );
        figures.push(figure.target(Target::AtMost(300.0)));
    }
    Ok(figures)
}
