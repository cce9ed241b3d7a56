//! Runs the suites that gate a change and counts their results.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::statements;
use crate::suites::{self, Counts, Suite};
use crate::supervise::{self, End, Outcome};

/// What was asked for on the command line.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    long: bool,
    list: bool,
    only: Vec<String>,
}

impl Wish {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--long" => wish.long = true,
                "--list" => wish.list = true,
                "--only" => {
                    let names = arguments.next().context("--only needs names")?;
                    wish.only.extend(names.split(',').map(str::to_owned));
                }
                other => bail!("unknown argument {other}"),
            }
        }
        Ok(wish)
    }

    fn wants(&self, suite: &Suite) -> bool {
        if self.only.is_empty() {
            self.long || !suite.long
        } else {
            self.only.iter().any(|only| only == suite.job.name)
        }
    }
}

/// Results of a suite, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// Runs the gate; its last line is the sum of all suites.
pub(crate) fn run(root: &Path, wish: &Wish) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run_all(root, wish))
}

async fn run_all(root: &Path, wish: &Wish) -> Result<bool> {
    let logs = target(root).join("test-logs");
    std::fs::create_dir_all(&logs)?;
    let started = Instant::now();
    let suites = suites::all(root, &logs);
    if let Some(unknown) = wish
        .only
        .iter()
        .find(|name| !suites.iter().any(|s| s.job.name == **name))
    {
        bail!("no suite is called {unknown}");
    }
    if wish.list {
        for suite in &suites {
            let long = if suite.long { " (long)" } else { "" };
            println!("{}{long}", suite.job.name);
        }
        return Ok(true);
    }
    let wanted: Vec<&Suite> = suites.iter().filter(|suite| wish.wants(suite)).collect();
    let beside = wanted.iter().position(|suite| suite.beside);
    let (first, rest) = wanted.split_at(beside.unwrap_or(wanted.len()));
    let (mut total, goes_on) = in_turn(root, first, &logs).await?;
    if let (Some((beside, rest)), true) = (rest.split_first(), goes_on) {
        let both = tokio::join!(run_suite(beside, &logs), in_turn(root, rest, &logs));
        total += both.0?.0;
        total += both.1?.0;
    }
    println!(
        "== {} s, logs in {}",
        started.elapsed().as_secs(),
        logs.display()
    );
    println!("{total}");
    Ok(total.failed == 0 && total.skipped == 0 && total.passed > 0)
}

/// Runs suites one after the other; whether what comes after them makes sense.
async fn in_turn(root: &Path, suites: &[&Suite], logs: &Path) -> Result<(Tally, bool)> {
    let mut total = Tally::default();
    for suite in suites {
        let name = suite.job.name;
        if name == "rust" {
            // Ledgers of earlier programs speak of lines that moved.
            let _ = std::fs::remove_dir_all(statements::folder(&target(root)));
        }
        let (tally, end) = run_suite(suite, logs).await?;
        total += tally;
        if end == End::Interrupted {
            total.failed += 1;
            println!("interrupted");
            return Ok((total, false));
        }
        if suite.needed && end != End::Success {
            println!("== the rest needs {name} and was not run");
            return Ok((total, false));
        }
    }
    Ok((total, true))
}

async fn run_suite(suite: &Suite, logs: &Path) -> Result<(Tally, End)> {
    let name = suite.job.name;
    println!("== {name}: {}", suite.job.command.join(" "));
    if let Some(report) = &suite.report {
        // A report of an earlier run must not stand in for this one's.
        let _ = std::fs::remove_file(report);
    }
    let started = Instant::now();
    let log = logs.join(format!("{name}.log"));
    let outcome = supervise::run(&suite.job, &log).await?;
    let tally = tally(suite, &outcome);
    let seconds = started.elapsed().as_secs();
    if outcome.end == End::Success && tally.failed == 0 {
        println!("== {name}: {tally}, {seconds} s");
    } else {
        if !suite.job.live {
            print!("{}", outcome.log);
        }
        println!(
            "== FAILED {name}: {tally}, {seconds} s, {:?}; log: {}",
            outcome.end,
            log.display()
        );
    }
    Ok((tally, outcome.end))
}

fn tally(suite: &Suite, outcome: &Outcome) -> Tally {
    let succeeded = outcome.end == End::Success;
    let report = suite
        .report
        .as_ref()
        .and_then(|path| std::fs::read(path).ok());
    let report: Option<Value> = report.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut tally = match suite.counts {
        Counts::One => Tally {
            passed: u64::from(succeeded),
            ..Tally::default()
        },
        Counts::Cargo => cargo(&outcome.log),
        Counts::Vitest => vitest(report.as_ref()),
        Counts::Playwright => playwright(report.as_ref()),
        Counts::Nothing => Tally::default(),
    };
    // What ended badly without naming a test (a compile error, a crash, a limit of time) is one failure; so is a
    // suite that claims success without having run anything.
    let ran_nothing = tally == Tally::default() && !matches!(suite.counts, Counts::Nothing);
    if tally.failed == 0 && (!succeeded || ran_nothing) {
        tally.failed = 1;
    }
    tally
}

/// Sums cargo's result lines. Tests ignored because they are `long` belong to `make test-long` and are not skipped.
fn cargo(log: &str) -> Tally {
    let mut tally = Tally::default();
    let mut long = 0;
    for line in log.lines() {
        if let Some((_, counts)) = line.split_once("test result: ") {
            tally.passed += count_before(counts, " passed");
            tally.failed += count_before(counts, " failed");
            tally.skipped += count_before(counts, " ignored");
        } else if line.starts_with("test ") && line.contains("... ignored, long") {
            long += 1;
        }
    }
    tally.skipped = tally.skipped.saturating_sub(long);
    tally
}

fn count_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or_default();
    before
        .rsplit(' ')
        .next()
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

fn vitest(report: Option<&Value>) -> Tally {
    let count = |name: &str| report.and_then(|report| report[name].as_u64()).unwrap_or(0);
    Tally {
        passed: count("numPassedTests"),
        failed: count("numFailedTests"),
        skipped: count("numPendingTests") + count("numTodoTests"),
    }
}

fn playwright(report: Option<&Value>) -> Tally {
    let count = |name: &str| {
        report
            .and_then(|report| report["stats"][name].as_u64())
            .unwrap_or(0)
    };
    Tally {
        passed: count("expected") + count("flaky"),
        failed: count("unexpected"),
        skipped: count("skipped"),
    }
}

/// Where cargo builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says by this where it builds"
    )]
    let chosen = std::env::var("CARGO_TARGET_DIR");
    chosen.map_or_else(|_| root.join("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_test_binaries_are_summed() {
        let log = "\
test a ... ok
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(
            cargo(log),
            Tally {
                passed: 5,
                failed: 1,
                skipped: 1
            }
        );
    }

    #[test]
    fn long_tests_are_not_skipped_ones() {
        let log = "test soak ... ignored, long: an hour\ntest result: ok. 1 passed; 0 failed; 1 ignored; 0 measured";
        assert_eq!(
            cargo(log),
            Tally {
                passed: 1,
                failed: 0,
                skipped: 0
            }
        );
    }

    #[test]
    fn reports_of_the_browser_suites_are_read() {
        let report = serde_json::json!({"stats": {"expected": 4, "unexpected": 1, "skipped": 2, "flaky": 1}});
        assert_eq!(
            playwright(Some(&report)),
            Tally {
                passed: 5,
                failed: 1,
                skipped: 2
            }
        );
        assert_eq!(playwright(None), Tally::default());
        let report =
            serde_json::json!({"numPassedTests": 7, "numFailedTests": 0, "numPendingTests": 0});
        assert_eq!(
            vitest(Some(&report)),
            Tally {
                passed: 7,
                failed: 0,
                skipped: 0
            }
        );
    }

    #[test]
    fn the_last_line_has_its_fixed_form() {
        let tally = Tally {
            passed: 12,
            failed: 0,
            skipped: 0,
        };
        assert_eq!(tally.to_string(), "12 passed, 0 failed, 0 skipped");
    }
}
