//! Ours: the released binary, in a folder of its own, filled and driven from outside like any site.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use media_load::origin::Origin;
use tokio::time::{Instant, sleep};

use crate::child::{self, Child};
use crate::load::{Connection, get};
use crate::{baselines, fixture, machine};

const START: Duration = Duration::from_mins(1);
/// An encoder's first picture becomes a playlist after a key frame and a part.
const PICTURES: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Matsuri {
    /// Its process.
    pub(crate) server: Child,
    /// Where site and media are.
    pub(crate) address: SocketAddr,
    /// Where media alone is.
    media: Option<SocketAddr>,
    is_encrypted: bool,
    data: PathBuf,
}

/// Which of our listeners is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Listener {
    /// The one of site and media.
    Main,
    /// The one of media alone.
    Lean,
}

/// A self-signed certificate in files, the same for both sides.
pub(crate) struct Certificate {
    /// The certificate.
    pub(crate) chain: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Makes one.
    pub(crate) fn fresh() -> Result<Self> {
        let folder = baselines::folder()?;
        let files = Self {
            chain: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        };
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names)?;
        fs::write(&files.chain, made.cert.pem())?;
        fs::write(&files.key, made.signing_key.serialize_pem())?;
        Ok(files)
    }
}

/// The released binary, built by `make release`.
pub(crate) fn binary() -> Result<PathBuf> {
    let folder = baselines::folder()?;
    let target = folder.parent().context("no target folder")?;
    let binary = target.join("release/matsuri");
    ensure!(
        binary.exists(),
        "{} is missing: run `make release` first",
        binary.display()
    );
    Ok(binary)
}

/// An empty folder below the benches' own.
pub(crate) fn fresh_folder(name: &str) -> Result<PathBuf> {
    let folder = baselines::folder()?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Ok(folder)
}

impl Matsuri {
    /// Starts a new site that holds the fixture's conference.
    pub(crate) async fn filled() -> Result<Self> {
        Self::with(&fixture::schedule()).await
    }

    /// Starts a new site that holds the conference of a schedule file.
    pub(crate) async fn with(schedule_xml: &str) -> Result<Self> {
        Self::with_certificate(schedule_xml, None).await
    }

    /// The same over TLS, if there is a certificate.
    pub(crate) async fn with_certificate(
        schedule_xml: &str,
        certificate: Option<&Certificate>,
    ) -> Result<Self> {
        let data = fresh_folder("matsuri")?;
        let site = Self::start("serve", &data, certificate).await?;
        let schedule = baselines::folder()?.join("schedule.xml");
        fs::write(&schedule, schedule_xml)?;
        site.command(&["import", "schedule", &schedule.to_string_lossy()])?;
        Ok(site)
    }

    /// Starts `matsuri serve` on a folder and waits until it is ready.
    pub(crate) async fn serve(data: &Path) -> Result<Self> {
        Self::start("serve", data, None).await
    }

    /// Starts `matsuri demo` on a folder and waits until its programmes play.
    pub(crate) async fn demo(data: &Path) -> Result<Self> {
        let mut demo = Self::start("demo", data, None).await?;
        let is_playing = |printed: &str| {
            printed
                .lines()
                .any(|line| line.starts_with("ready "))
                .then_some(())
        };
        demo.server.until(START, is_playing).await?;
        Ok(demo)
    }

    /// Starts it and waits for its listener, not for readiness.
    async fn start(verb: &str, data: &Path, certificate: Option<&Certificate>) -> Result<Self> {
        let mut command = machine::on_server_core(&binary()?);
        command.arg(verb).arg("--data").arg(data).args([
            "--http",
            "127.0.0.1:0",
            "--rtmp",
            "127.0.0.1:0",
            "--media",
            "127.0.0.1:0",
            "--webrtc",
            "127.0.0.1:0",
            "--metrics",
            "off",
            // ffmpeg would decode beside what is measured, and be counted with it.
            "--probes",
            "off",
        ]);
        if let Some(Certificate { chain, key }) = certificate {
            command.arg("--tls-cert").arg(chain);
            command.arg("--tls-key").arg(key);
        }
        let mut server = Child::start("matsuri", command, &baselines::folder()?.join("logs"))?;
        let address = server.until(START, listening).await?;
        let site = Self {
            address,
            media: lean(&server.printed()),
            is_encrypted: certificate.is_some(),
            server,
            data: data.to_owned(),
        };
        site.until_ready().await?;
        Ok(site)
    }

    /// Where one of its listeners is.
    pub(crate) fn listener(&self, listener: Listener) -> Result<SocketAddr> {
        match listener {
            Listener::Main => Ok(self.address),
            Listener::Lean => self.media.context("the server names no listener for media"),
        }
    }

    /// How to reach one of its listeners.
    pub(crate) fn origin(&self, listener: Listener) -> Result<Origin> {
        let address = self.listener(listener)?;
        if self.is_encrypted {
            Origin::encrypted(address)
        } else {
            Ok(address.into())
        }
    }

    async fn connect(&self) -> Result<Connection> {
        Connection::open(self.origin(Listener::Main)?).await
    }

    async fn until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + START;
        let request = get(self.address, "/readyz", "");
        while self.connect().await?.ask(&request).await?.status != 200 {
            ensure!(Instant::now() < deadline, "the site does not become ready");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Runs a subcommand on this site; what it prints.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(binary()?);
        command.args(arguments).arg("--data").arg(&self.data);
        child::finish(command)
    }

    /// A fresh publish address of a track.
    pub(crate) fn publish_address(&self, track: &str) -> Result<String> {
        let printed = self.command(&["stream-key", "rotate", fixture::CONFERENCE, track])?;
        let line = printed.lines().find(|line| line.starts_with("rtmp://"));
        Ok(line
            .with_context(|| format!("no publish address in {printed:?}"))?
            .to_owned())
    }

    /// Makes an account and signs it in; its cookie.
    pub(crate) async fn sign_in(&self, email: &str) -> Result<String> {
        self.command(&["user", "add", email])?;
        let link = self.command(&["user", "sign-in", email])?;
        let path = link
            .trim()
            .splitn(4, '/')
            .nth(3)
            .with_context(|| format!("no link in {link:?}"))?;
        let request = format!(
            "POST /{path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
            self.address
        );
        let mut connection = self.connect().await?;
        let answer = connection.ask(request.as_bytes()).await?;
        let cookie = answer
            .header("set-cookie")
            .and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.with_context(|| format!("no cookie for {email}: {}", answer.status))?;
        Ok(cookie.to_owned())
    }

    /// The names of the conference's tracks, as addresses have them.
    pub(crate) async fn tracks(&self) -> Result<Vec<String>> {
        let path = format!("/api/v2/conferences/{}/tracks", fixture::CONFERENCE);
        let mut connection = self.connect().await?;
        let answer = connection.ask(&get(self.address, &path, "")).await?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        let json: serde_json::Value = serde_json::from_slice(answer.body)?;
        let list = json.as_array().or_else(|| {
            json.as_object()?
                .values()
                .find_map(serde_json::Value::as_array)
        });
        let slug = |track: &serde_json::Value| Some(track.get("slug")?.as_str()?.to_owned());
        let slugs: Vec<String> = list
            .context("no list of tracks")?
            .iter()
            .filter_map(slug)
            .collect();
        ensure!(!slugs.is_empty(), "no tracks in {json}");
        Ok(slugs)
    }

    /// The media playlist of a track that is on air, once there is one.
    pub(crate) async fn media_playlist(&self, track: &str) -> Result<String> {
        let folder = format!("/media/{}/{track}/", fixture::CONFERENCE);
        let request = get(self.address, &format!("{folder}index.m3u8"), "");
        let deadline = Instant::now() + PICTURES;
        loop {
            let mut connection = self.connect().await?;
            let answer = connection.ask(&request).await?;
            let text = String::from_utf8_lossy(answer.body);
            let uri = text
                .lines()
                .find(|line| !line.is_empty() && !line.starts_with('#'));
            if let (200, Some(uri)) = (answer.status, uri) {
                return Ok(if uri.starts_with('/') {
                    uri.to_owned()
                } else {
                    folder + uri
                });
            }
            ensure!(
                Instant::now() < deadline,
                "no pictures at {folder}: {}",
                answer.status
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Where it says that it serves media alone.
fn lean(printed: &str) -> Option<SocketAddr> {
    let mut lines = printed.lines().map(str::trim);
    let line = lines.find_map(|line| line.strip_prefix("media "))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Where it says that it listens: `serve` among other things, `demo` in its last line.
fn listening(printed: &str) -> Option<SocketAddr> {
    if let Some((_, rest)) = printed.split_once("(listening on ") {
        return rest.split_once(')')?.0.parse().ok();
    }
    let url = printed
        .lines()
        .find_map(|line| line.strip_prefix("ready http://"))?;
    let (_, port) = url.split('/').next()?.rsplit_once(':')?;
    Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listener_is_read_from_what_the_server_says() {
        let said =
            "Matsuri 0.1.0 is ready.\n  site     http://localhost:5  (listening on 127.0.0.1:5)\n";
        assert_eq!(listening(said), Some(SocketAddr::from(([127, 0, 0, 1], 5))));
        let media = format!("{said}  media    127.0.0.1:6  (media alone, lean)\n");
        assert_eq!(lean(&media), Some(SocketAddr::from(([127, 0, 0, 1], 6))));
        let demo = "  watch …\nready http://localhost:7/matsuri-days\n";
        assert_eq!(listening(demo), Some(SocketAddr::from(([127, 0, 0, 1], 7))));
    }
}
