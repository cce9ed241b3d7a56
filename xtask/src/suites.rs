//! What gates a change, cheapest complaints first.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::supervise::Job;

/// How a suite tells its counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counts {
    /// One check: passed when the command succeeds.
    One,
    /// `test result: ok. 3 passed; 0 failed; 1 ignored` of every test binary.
    Cargo,
    /// vitest's JSON report.
    Vitest,
    /// Playwright's JSON report.
    Playwright,
    /// Preparation: counts nothing unless it fails.
    Nothing,
}

/// A suite of the gate.
pub(crate) struct Suite {
    pub(crate) job: Job,
    pub(crate) counts: Counts,
    pub(crate) report: Option<PathBuf>,
    /// Runs in `make test-long` only.
    pub(crate) long: bool,
    /// When it fails the rest makes no sense.
    pub(crate) needed: bool,
    /// It runs beside all that come after it, on what they leave of the processor.
    pub(crate) beside: bool,
}

impl Suite {
    fn new(name: &'static str, command: &str, root: &Path, counts: Counts) -> Self {
        let job = Job {
            name,
            command: command.split_whitespace().map(str::to_owned).collect(),
            folder: root.to_path_buf(),
            environment: vec![("CI", "true".into()), ("CARGO_TERM_COLOR", "never".into())],
            limit: Duration::from_mins(5),
            live: false,
        };
        Self {
            job,
            counts,
            report: None,
            long: false,
            needed: false,
            beside: false,
        }
    }

    fn within_minutes(mut self, minutes: u64) -> Self {
        self.job.limit = Duration::from_mins(minutes);
        self
    }

    fn in_folder(mut self, folder: &str) -> Self {
        self.job.folder.push(folder);
        self
    }

    /// Shows its lines as they come.
    fn live(mut self) -> Self {
        self.job.live = true;
        self
    }

    /// Without it the rest makes no sense.
    fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// Belongs to `make test-long`.
    fn long(mut self) -> Self {
        self.long = true;
        self
    }

    /// Runs beside all that come after it, none of which measures how long something takes.
    fn beside(mut self) -> Self {
        self.beside = true;
        self
    }

    fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.job.environment.push((variable, value.into()));
        self
    }

    fn reporting_to(mut self, report: PathBuf) -> Self {
        self.report = Some(report);
        self
    }
}

/// How long a long suite was asked to take.
fn minutes(variable: &str, usual: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a tool is asked so")]
    let asked = std::env::var(variable).ok();
    let asked = asked.and_then(|minutes| minutes.parse::<f64>().ok());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "minutes, rounded up; nonsense gives nothing"
    )]
    asked.map_or(usual, |minutes| minutes.ceil() as u64)
}

/// Many tests wait for a timeout, a process or a database as long as they compute.
fn threads() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// All suites in the order in which they run.
pub(crate) fn all(root: &Path, logs: &Path) -> Vec<Suite> {
    let suite = |name, command: &str, counts| Suite::new(name, command, root, counts);
    let vitest = logs.join("vitest.json");
    let run_vitest = format!(
        "npm run test -- --reporter=json --outputFile={}",
        vitest.display()
    );
    let playwright = logs.join("playwright.json");
    let playwright_long = logs.join("playwright-long.json");
    vec![
        suite("fmt", "cargo fmt --all --check", Counts::One),
        suite("house", "cargo xtask check", Counts::One),
        suite(
            "clippy",
            "cargo clippy --workspace --all-targets -- -D warnings",
            Counts::One,
        )
        .within_minutes(25)
        .live(),
        suite("ui-types", "npm run check", Counts::One)
            .in_folder("ui")
            .within_minutes(10),
        suite("journey-types", "npm run check", Counts::One).in_folder("tests/e2e"),
        suite("ui-tests", &run_vitest, Counts::Vitest)
            .in_folder("ui")
            .within_minutes(10)
            .reporting_to(vitest),
        suite("build", "cargo test --workspace --no-run", Counts::Nothing)
            .within_minutes(30)
            .live()
            .needed(),
        suite(
            "rust",
            "cargo test --workspace --no-fail-fast",
            Counts::Cargo,
        )
        .within_minutes(25)
        .with("RUST_TEST_THREADS", threads().to_string()),
        suite("statements", "cargo xtask statements", Counts::One),
        suite("journeys", "npx playwright test", Counts::Playwright)
            .in_folder("tests/e2e")
            .within_minutes(20)
            .live()
            .with(
                "PLAYWRIGHT_JSON_OUTPUT_NAME",
                playwright.display().to_string(),
            )
            .reporting_to(playwright),
        suite("link", "cargo build --package link", Counts::Nothing)
            .within_minutes(10)
            .long(),
        suite(
            "journeys-long",
            "npx playwright test --project=long",
            Counts::Playwright,
        )
        .in_folder("tests/e2e")
        // Interop, the faults, and the peer's.
        .within_minutes(30 + 2 * minutes("MATSURI_MINUTES", 30))
        .live()
        .long()
        .with("MATSURI_LONG", "1")
        .with(
            "PLAYWRIGHT_JSON_OUTPUT_NAME",
            playwright_long.display().to_string(),
        )
        .reporting_to(playwright_long),
        // Ten minutes of a processor for each target are an hour of two, much of which the others leave.
        suite("fuzz", "nice -n 19 fuzz/run.sh 600", Counts::One)
            .within_minutes(240)
            .live()
            .long()
            .beside(),
        suite(
            "rust-long",
            "cargo test --workspace --no-fail-fast --lib --bins --tests -- --ignored --skip soak",
            Counts::Cargo,
        )
        // Each of them ends by what it has done; on a machine with a load of forty the longest took half an hour.
        .within_minutes(180)
        .live()
        .long(),
        suite(
            "soak",
            "cargo test --package matsuri --test it -- --ignored soak --nocapture",
            Counts::Cargo,
        )
        .within_minutes(minutes("MATSURI_SOAK_MINUTES", 20) + 20)
        .live()
        .long(),
    ]
}
