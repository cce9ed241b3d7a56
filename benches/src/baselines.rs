//! The programs we compare with: installed by benches/baselines/install.sh, started and stopped here.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::child::{self, Child};
use crate::site::Certificate;
use crate::{fixture, load, machine};

/// The slowest of them needs this long on a busy machine.
const START: Duration = Duration::from_mins(1);

/// Where everything of the benches lives: `bench/` beside the build's profiles.
pub(crate) fn folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .parent()
        .and_then(Path::parent)
        .context("the program is in no target folder")?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The sources beside this crate.
pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Installs one, or finds that it is there.
fn install(name: &str) -> Result<PathBuf> {
    let folder = folder()?;
    let mut command = Command::new(source("baselines/install.sh"));
    command.arg(&folder).arg(name);
    child::finish(command).with_context(|| format!("install {name}"))?;
    Ok(folder.join(name))
}

/// A free port of loopback, for programs that cannot choose one and say which.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// pretalx with the fixture's conference, behind gunicorn as its documentation starts it.
pub(crate) struct Pretalx {
    /// The master and its worker.
    pub(crate) server: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The session of somebody of its team, as a cookie.
    pub(crate) cookie: String,
}

impl Pretalx {
    /// Its timetable, drawn by script in the browser from [`Self::DATA`].
    pub(crate) const TIMETABLE: &str = "/bench-days/schedule/";
    /// The same for browsers without script, which is what ours always is.
    pub(crate) const TIMETABLE_WITHOUT_SCRIPT: &str = "/bench-days/schedule/nojs";
    /// What the script asks for.
    pub(crate) const DATA: &str = "/bench-days/schedule/widgets/schedule.json";
    /// Its schedule.xml.
    pub(crate) const XML: &str = "/bench-days/schedule.xml";

    /// Installs, fills (once) and starts it.
    pub(crate) async fn start() -> Result<Self> {
        let program = install("pretalx")?;
        let data = folder()?.join("pretalx-data");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let configuration = data.join("pretalx.cfg");
        let is_filled = data.join("complete").exists();
        if !is_filled {
            let _fresh = fs::remove_dir_all(&data);
        }
        fs::create_dir_all(&data)?;
        let template = fs::read_to_string(source("baselines/pretalx/pretalx.cfg.in"))?;
        let filled_in = template
            .replace("@DATA@", &data.to_string_lossy())
            .replace("@PORT@", &address.port().to_string());
        fs::write(&configuration, filled_in)?;
        if !is_filled {
            Self::fill(&program, &data, &configuration)?;
        }
        let mut sign_in = Command::new(program.join("bin/python"));
        sign_in
            .arg(source("baselines/pretalx/sign_in.py"))
            .env("PRETALX_CONFIG_FILE", &configuration)
            .current_dir(&data);
        let said = child::finish(sign_in)?;
        let cookie = said.lines().rfind(|line| line.contains('='));
        let cookie = cookie.context("pretalx signs nobody in")?.to_owned();
        let mut gunicorn = machine::on_server_core(&program.join("bin/gunicorn"));
        gunicorn
            .args([
                "pretalx.wsgi",
                "--workers",
                "1",
                "--bind",
                &address.to_string(),
            ])
            .env("PRETALX_CONFIG_FILE", &configuration)
            .current_dir(&data);
        let mut server = Child::start("pretalx", gunicorn, &data)?;
        server
            .until(START, |printed| {
                printed.contains("Booting worker").then_some(())
            })
            .await?;
        Ok(Self {
            server,
            address,
            cookie,
        })
    }

    fn fill(program: &Path, data: &Path, configuration: &Path) -> Result<()> {
        println!(
            "  pretalx: making its database with {} talks",
            fixture::TALKS
        );
        let schedule = data.join("schedule.xml");
        fs::write(&schedule, fixture::schedule())?;
        let python = |arguments: &[&str]| {
            let mut command = Command::new(program.join("bin/python"));
            command
                .args(arguments)
                .env("PRETALX_CONFIG_FILE", configuration)
                .current_dir(data);
            child::finish(command)
        };
        python(&["-m", "pretalx", "migrate", "--noinput"])?;
        python(&["-m", "pretalx", "collectstatic", "--noinput"])?;
        let filler = source("baselines/pretalx/fill.py");
        let said = python(&[&filler.to_string_lossy(), &schedule.to_string_lossy()])?;
        ensure!(
            said.contains(&format!("{} talks", fixture::TALKS)),
            "pretalx was filled with {said}"
        );
        fs::write(data.join("complete"), "")?;
        Ok(())
    }
}

/// A Go program that prints `ready URL`.
async fn start_go(name: &'static str, arguments: &[&str]) -> Result<(Child, String)> {
    let program = install(name)?;
    let mut command = machine::on_server_core(&program);
    command.args(arguments);
    let mut server = Child::start(name, command, &folder()?)?;
    let url = server.until(START, ready_url).await?;
    Ok((server, url))
}

fn ready_url(printed: &str) -> Option<String> {
    printed
        .lines()
        .find_map(|line| line.strip_prefix("ready "))
        .map(str::to_owned)
}

/// MediaMTX's LL-HLS engine, which loops `clip`; its playlist's address.
pub(crate) async fn gohlslib(clip: &Path) -> Result<(Child, String)> {
    start_go("gohlslib", &[&clip.to_string_lossy(), "127.0.0.1:0"]).await
}

/// Centrifugo's engine; its websocket's address.
pub(crate) async fn centrifuge() -> Result<(Child, String)> {
    start_go("centrifuge", &["127.0.0.1:0"]).await
}

/// nginx with its RTMP module; where to publish, without the key.
pub(crate) async fn nginx_rtmp() -> Result<(Child, String)> {
    let program = install("nginx")?;
    let data = folder()?.join("nginx-data");
    let _fresh = fs::remove_dir_all(&data);
    fs::create_dir_all(data.join("hls"))?;
    let port = free_port()?;
    let template = fs::read_to_string(source("baselines/nginx-rtmp.conf.in"))?;
    let configuration = data.join("nginx.conf");
    let modules = program.join("usr/lib/nginx/modules");
    let filled_in = template
        .replace("@MODULES@", &modules.to_string_lossy())
        .replace("@DATA@", &data.to_string_lossy())
        .replace("@PORT@", &port.to_string());
    fs::write(&configuration, filled_in)?;
    let mut command = machine::on_server_core(&program.join("usr/sbin/nginx"));
    command
        .arg("-e")
        .arg("stderr")
        .arg("-p")
        .arg(&data)
        .arg("-c")
        .arg(&configuration);
    let server = Child::start("nginx", command, &data)?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    until_open(address).await?;
    Ok((server, format!("rtmp://{address}/live")))
}

/// nginx with a folder of files (`nginx-static/www`), in the clear and over TLS; where it listens for both.
pub(crate) async fn nginx_static(
    certificate: &Certificate,
) -> Result<(Child, SocketAddr, SocketAddr)> {
    let program = install("nginx")?;
    let data = folder()?.join("nginx-static");
    let _fresh = fs::remove_dir_all(&data);
    fs::create_dir_all(data.join("www"))?;
    let (port, tls_port) = (free_port()?, free_port()?);
    let template = fs::read_to_string(source("baselines/nginx-static.conf.in"))?;
    let filled_in = template
        .replace("@DATA@", &data.to_string_lossy())
        .replace("@PORT@", &port.to_string())
        .replace("@TLS_PORT@", &tls_port.to_string())
        .replace("@CERTIFICATE@", &certificate.chain.to_string_lossy())
        .replace("@KEY@", &certificate.key.to_string_lossy());
    let configuration = data.join("nginx.conf");
    fs::write(&configuration, filled_in)?;
    let mut command = machine::on_server_core(&program.join("usr/sbin/nginx"));
    command.args(["-e", "stderr", "-p"]).arg(&data);
    command.arg("-c").arg(&configuration);
    let server = Child::start("nginx-static", command, &data)?;
    let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
    until_open(local(tls_port)).await?;
    Ok((server, local(port), local(tls_port)))
}

/// Waits until something listens.
pub(crate) async fn until_open(address: SocketAddr) -> Result<()> {
    let deadline = tokio::time::Instant::now() + START;
    while let Err(error) = load::Connection::open(address).await {
        ensure!(tokio::time::Instant::now() < deadline, "{error:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
