//! What the repository checks about itself, and the runner of `make test`.
//!
//! Nothing here is part of the product. Each check reports every finding with file and line, so that one run is enough
//! to repair all of them.

mod deps;
mod files;
mod gate;
mod licences;
mod locales;
mod report;
mod statements;
mod suites;
mod supervise;
mod tree;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask COMMAND
  deps      arrows between our crates, licences, banned crates, sources
  locales   messages: the same keys and variables in every language, none missing, none unused
  files     size of files, forgotten notes, machine paths
  check     the three above
  statements  after the tests: SQL statements that none of them ran on both engines
  test      everything that gates a change [--long] [--only NAME,NAME] [--list]";

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::from(2)
        }
    }
}

/// Runs one command; `false` when it found something.
fn run(arguments: &[String]) -> Result<bool> {
    let root = tree::root()?;
    match arguments.first().map(String::as_str) {
        Some("deps") => Ok(report::show("deps", &deps::check(&root)?)),
        Some("locales") => Ok(report::show("locales", &locales::check(&root)?)),
        Some("files") => Ok(report::show("files", &files::check(&root)?)),
        Some("check") => {
            let deps = report::show("deps", &deps::check(&root)?);
            let locales = report::show("locales", &locales::check(&root)?);
            let files = report::show("files", &files::check(&root)?);
            Ok(deps && locales && files)
        }
        Some("statements") => {
            let target = gate::target(&root);
            Ok(report::show("statements", &statements::check(&target)?))
        }
        Some("test") => gate::run(&root, &gate::Wish::parse(&arguments[1..])?),
        _ => bail!("{USAGE}"),
    }
}
