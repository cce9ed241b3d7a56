//! What operators watch: the files in `deploy/`, the registry that they are written from, the server's own numbers, the
//! runbook, and Prometheus' own opinion.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use matsuri::monitoring::alerts::{self, Alert};
use matsuri::monitoring::metrics::{Kind, metrics};
use matsuri::monitoring::{files, write};

use crate::process::{PATIENCE, Server, folder, get};

/// What is not there before somebody has done something: acts and kinds of jobs and files have no names before they happen.
const LATER: [&str; 6] = [
    "matsuri_acts",
    "matsuri_imports",
    "matsuri_jobs",
    "matsuri_sign_ins",
    "matsuri_upload_bytes",
    "matsuri_uploads",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn registered() -> Vec<Alert> {
    alerts::all(&matsuri::serve::texts().expect("well-formed messages"))
}

#[test]
fn the_files_in_deploy_are_what_the_registry_says() {
    for file in files().expect("written") {
        let path = repository().join("deploy").join(file.path);
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == file.text,
            "{} is not what `matsuri monitoring` writes; run it",
            path.display()
        );
    }
}

/// Names of metrics in an expression.
fn names(expr: &str) -> BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let words = expr.split(word);
    let ours = words.filter(|word| word.starts_with("matsuri_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

#[test]
fn every_metric_of_a_rule_or_panel_is_in_a_running_servers_answer() {
    let server = Server::start(&folder("monitoring"), &["--probes", "off"]);
    let address = server
        .line("metrics")
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    let address: SocketAddr = address.parse().expect("an address");
    server.get("/sign-in");
    // The first measurement of the process by itself comes after half a second.
    let began = Instant::now();
    let body = loop {
        let (_, body) = get(address, "/metrics");
        if body.contains("matsuri_wakeup_delay_seconds_count") || began.elapsed() > PATIENCE {
            break body;
        }
    };
    let described: BTreeSet<(String, String)> = body
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '))
        .map(|(name, help)| (name.to_owned(), help.trim_end_matches('.').to_owned()))
        .collect();
    for metric in metrics().filter(|metric| !LATER.contains(&metric.name)) {
        let name = match metric.kind {
            Kind::Counter => format!("{}_total", metric.name),
            Kind::Gauge | Kind::Histogram => metric.name.to_owned(),
        };
        assert!(
            described.contains(&(name.clone(), metric.help.to_owned())),
            "{name} ({}) is not in {body}",
            metric.help
        );
    }
    let mut known: BTreeSet<String> = described.into_iter().map(|(name, _)| name).collect();
    known.extend(LATER.map(|name| format!("{name}_total")));
    let panels = metrics().filter_map(|metric| Some(metric.panel?.expr.to_owned()));
    for expr in panels.chain(registered().into_iter().map(|alert| alert.expr)) {
        for name in names(&expr) {
            let base = name.trim_end_matches("_bucket");
            assert!(known.contains(base), "{name} of {expr} is not in {body}");
        }
    }
}

#[test]
fn every_alert_has_a_section_in_the_runbook_and_the_other_way_round() {
    let path = repository().join("docs/runbook.md");
    let text = std::fs::read_to_string(path).expect("the runbook");
    let sections: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let alerts = registered();
    let anchors: BTreeSet<&str> = alerts.iter().map(|alert| alert.anchor.as_str()).collect();
    assert_eq!(sections, anchors);
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    assert_eq!(names.len(), alerts.len(), "two alerts of one name");
    for alert in &alerts {
        assert!(
            text.contains(&format!("`{}`", alert.name)),
            "{}",
            alert.name
        );
        assert!(
            !alert.remedy.starts_with("studio-"),
            "{} has no words",
            alert.name
        );
    }
}

/// promtool as the installer put it, or the machine's own.
fn promtool() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()?
        .join("tools/promtool");
    let candidates = [
        own,
        repository().join("target/tools/promtool"),
        PathBuf::from("promtool"),
    ];
    let answers = |tool: &PathBuf| Command::new(tool).arg("--version").output().is_ok();
    candidates.into_iter().find(answers)
}

#[test]
fn prometheus_accepts_the_rules_and_each_fires_when_it_should() {
    let Some(promtool) = promtool() else {
        println!("promtool is not here: deploy/install.sh test fetches it");
        return;
    };
    let dir = folder("rules");
    write(&dir).expect("written");
    for (verb, file) in [("check", "alerts.yml"), ("test", "alerts_test.yml")] {
        let output = Command::new(&promtool)
            .args([verb, "rules", file])
            .current_dir(dir.join("prometheus"))
            .output()
            .expect("promtool runs");
        let said = [output.stdout, output.stderr].concat();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&said)
        );
    }
}
