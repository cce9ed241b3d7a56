//! What a first visit costs the visitor's connection: the page and what it makes the browser load, compressed, without
//! images.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::fixture::CONFERENCE;
use crate::load::{Connection, get};
use crate::machine::Window;
use crate::report::{self, Figure, Target};
use crate::site::Matsuri;
use crate::stats::Spread;

const KB: f64 = 1000.0;

/// Nothing to choose.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// List every file.
    #[arg(long)]
    files: bool,
}

/// Runs the suite.
pub(crate) async fn run(options: &Options) -> Result<Vec<Figure>> {
    let window = Window::open(&[]);
    let site = Matsuri::filled().await?;
    let track = site.tracks().await?.swap_remove(0);
    let timetable = format!("/{CONFERENCE}/timetable");
    let mut visitor = Visitor::new(&site).await?;
    let listing = visitor.fetch(&timetable).await?.text;
    let one = |kind: &str| {
        link(&listing, &format!("/{CONFERENCE}/{kind}/")).with_context(|| format!("no {kind}"))
    };
    let talk = one("talks")?;
    let talk_page = visitor.fetch(&talk).await?.text;
    let speaker = link(&talk_page, &format!("/{CONFERENCE}/speakers/")).context("no speaker")?;
    let live = format!("/{CONFERENCE}/live/{track}");
    let pages = [
        "/".to_owned(),
        format!("/{CONFERENCE}"),
        timetable,
        talk,
        speaker,
        "/sign-in".to_owned(),
    ];
    let mut figures = Vec::new();
    for page in &pages {
        let files = visitor.visit(page).await?;
        let has_style = files.iter().any(|file| file.kind == "style");
        ensure!(
            has_style,
            "{page} has no style: the binary was built without the interface (make release)"
        );
        let name = match page
            .trim_start_matches('/')
            .splitn(3, '/')
            .collect::<Vec<_>>()[..]
        {
            [CONFERENCE, kind, name] => page
                .replace(CONFERENCE, "{conf}")
                .replace(name, &format!("{{{}}}", kind.trim_end_matches('s'))),
            _ => page.replace(CONFERENCE, "{conf}"),
        };
        figures.push(weigh(&name, &files, |_| true, 60.0, options));
    }
    let files = visitor.visit(&live).await?;
    figures.push(weigh(
        "script of the live page",
        &files,
        |kind| kind == "script",
        250.0,
        options,
    ));
    report::print("weight", window.close().noise, &figures);
    site.server.stop().await?;
    Ok(figures)
}

fn weigh(
    name: &str,
    files: &[File],
    is_counted: impl Fn(&str) -> bool,
    most_kb: f64,
    options: &Options,
) -> Figure {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        *kinds.entry(file.kind).or_default() += file.bytes;
        if options.files {
            println!("    {name}: {} {} bytes", file.path, file.bytes);
        }
    }
    println!("  {name}: {kinds:?}");
    let bytes: usize = kinds
        .iter()
        .filter(|(kind, _)| is_counted(kind))
        .map(|(_, bytes)| bytes)
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    let kb = bytes as f64 / KB;
    Figure::alone(
        format!("first visit, compressed: {name}"),
        "kB",
        Spread::of(&[kb]),
    )
    .target(Target::AtMost(most_kb))
}

/// A file as it travelled.
struct File {
    path: String,
    kind: &'static str,
    bytes: usize,
    text: String,
}

struct Visitor {
    connection: Connection,
    host: std::net::SocketAddr,
}

impl Visitor {
    async fn new(site: &Matsuri) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(site.address).await?,
            host: site.address,
        })
    }

    async fn fetch(&mut self, path: &str) -> Result<File> {
        let request = get(self.host, path, "Accept-Encoding: gzip\r\n");
        let answer = self.connection.ask(&request).await?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        let kind = match answer.header("content-type").unwrap_or_default() {
            html if html.starts_with("text/html") => "page",
            css if css.starts_with("text/css") => "style",
            script if script.contains("javascript") => "script",
            font if font.starts_with("font/") => "font",
            _ => "other",
        };
        let text = if answer.header("content-encoding") == Some("gzip") {
            let mut text = String::new();
            std::io::Read::read_to_string(
                &mut flate2::read::GzDecoder::new(answer.body),
                &mut text,
            )?;
            text
        } else {
            String::from_utf8_lossy(answer.body).into_owned()
        };
        Ok(File {
            path: path.to_owned(),
            kind,
            bytes: answer.body.len(),
            text,
        })
    }

    /// A page and everything that it leads a browser to load: what it names, what its styles name, what its scripts
    /// import, at once or later.
    async fn visit(&mut self, page: &str) -> Result<Vec<File>> {
        let mut wanted = vec![page.to_owned()];
        let mut known: BTreeSet<String> = wanted.iter().cloned().collect();
        let mut files = Vec::new();
        while let Some(path) = wanted.pop() {
            let file = self.fetch(&path).await?;
            for asset in assets(&file) {
                if known.insert(asset.clone()) {
                    wanted.push(asset);
                }
            }
            files.push(file);
        }
        Ok(files)
    }
}

/// The first link into a folder.
fn link(html: &str, folder: &str) -> Option<String> {
    let at = html.find(&format!("href=\"{folder}"))? + "href=\"".len();
    let end = html[at..].find(['"', '?', '#'])?;
    Some(html[at..at + end].to_owned())
}

/// The scripts, styles and fonts that a file names.
fn assets(file: &File) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    file.text
        .split(['"', '\'', '`', '(', ')', '<', '>', ' '])
        .filter(|word| {
            [".js", ".css", ".woff2"]
                .iter()
                .any(|end| word.ends_with(end))
        })
        .filter_map(|word| match word {
            _ if word.starts_with("/assets/") => Some(word.to_owned()),
            // Relative names only mean files within scripts and styles.
            _ if file.kind != "page" => word
                .strip_prefix("./")
                .map(|name| format!("{folder}/{name}")),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_its_scripts_and_a_script_to_its_imports() {
        let file = |path: &str, kind, text: &str| File {
            path: path.to_owned(),
            kind,
            bytes: 0,
            text: text.to_owned(),
        };
        let page = file(
            "/a",
            "page",
            r#"<script type="module" src="/assets/x-1.js"></script> ./y.js"#,
        );
        assert_eq!(assets(&page), ["/assets/x-1.js"]);
        let script = file(
            "/assets/x-1.js",
            "script",
            r#"import{a}from"./y-2.js";import("./z-3.js")"#,
        );
        assert_eq!(assets(&script), ["/assets/y-2.js", "/assets/z-3.js"]);
    }
}
