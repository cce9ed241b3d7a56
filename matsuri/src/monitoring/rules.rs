//! Prometheus' rules and promtool's tests of them, as YAML. Every text is written as a JSON string, which YAML reads.

use std::fmt::Write as _;

use serde_json::json;

use super::alerts::Alert;

const HEAD: &str = "# Written by `matsuri monitoring`, from matsuri/src/monitoring; edit there.\n";

/// Where the sections of docs/runbook.md are read.
const RUNBOOK: &str = "docs/runbook.md#";

fn text(text: &str) -> String {
    json!(text).to_string()
}

/// The rules.
pub(super) fn rules(alerts: &[Alert]) -> String {
    let mut out = format!("{HEAD}groups:\n  - name: matsuri\n    rules:\n");
    for alert in alerts {
        let lines = [
            format!("      - alert: {}", alert.name),
            format!("        expr: {}", text(&alert.expr)),
            format!("        for: {}", alert.lasting),
            "        labels:".to_owned(),
            format!("          severity: {}", alert.severity),
            "        annotations:".to_owned(),
            format!("          summary: {}", text(&alert.summary)),
            format!("          remedy: {}", text(&alert.remedy)),
            format!(
                "          runbook: {}",
                text(&format!("{RUNBOOK}{}", alert.anchor))
            ),
        ];
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// One test for each: it fires under its example, and is silent where nothing is wrong.
pub(super) fn tests(alerts: &[Alert]) -> String {
    let mut out = format!("{HEAD}rule_files:\n  - alerts.yml\nevaluation_interval: 10s\ntests:\n");
    for alert in alerts {
        let _ = writeln!(out, "  - interval: 1m\n    input_series:");
        for series in &alert.example {
            let (name, values) = (text(&series.name), text(series.values));
            let _ = writeln!(out, "      - series: {name}\n        values: {values}");
        }
        let _ = writeln!(
            out,
            "    alert_rule_test:\n      - eval_time: 10m\n        alertname: {}\n        exp_alerts:\n          - exp_labels:\n              severity: {}",
            alert.name, alert.severity
        );
        for label in alert.labels {
            let value = text(&value_of(alert, label));
            let _ = writeln!(out, "              {label}: {value}");
        }
        let mut summary = alert.summary.clone();
        for label in alert.labels {
            let place = format!("{{{{ $labels.{label} }}}}");
            summary = summary.replace(&place, &value_of(alert, label));
        }
        let lines = [
            "            exp_annotations:".to_owned(),
            format!("              summary: {}", text(&summary)),
            format!("              remedy: {}", text(&alert.remedy)),
            format!(
                "              runbook: {}",
                text(&format!("{RUNBOOK}{}", alert.anchor))
            ),
        ];
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// What the first series of an alert's example has for a label.
fn value_of(alert: &Alert, label: &str) -> String {
    let first = alert
        .example
        .first()
        .map_or("", |series| series.name.as_str());
    let begin = first
        .find(&format!("{label}=\""))
        .map(|at| at + label.len() + 2);
    let rest = begin.map_or("", |begin| &first[begin..]);
    rest.split('"').next().unwrap_or_default().to_owned()
}
