//! The alerts: one for each that can stand on the wall, told in the wall's own words, and those of the machine.

use media_core::alarm::{Code, Severity};
use web::{Locale, Texts};

/// An alert.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// What is asked.
    pub expr: String,
    /// For how long it must be so.
    pub lasting: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What to do about it.
    pub remedy: String,
    /// Its section in docs/runbook.md.
    pub anchor: String,
    /// Labels that its expression keeps.
    pub labels: &'static [&'static str],
    /// Series under which it fires within ten minutes, for its test.
    pub example: Vec<Series>,
}

/// A series as promtool writes it.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name and labels.
    pub name: String,
    /// Its values, one a minute.
    pub values: &'static str,
}

fn series(name: &str, values: &'static str) -> Series {
    Series {
        name: name.to_owned(),
        values,
    }
}

/// All alerts; those of the wall take their words from its messages.
pub fn all(texts: &Texts) -> Vec<Alert> {
    let wall = Code::ALL.iter().map(|code| of_wall(texts, *code));
    wall.chain(of_machine()).collect()
}

fn of_wall(texts: &Texts, code: Code) -> Alert {
    let word = code.as_str();
    let title = texts.get(Locale::En, &format!("studio-alarm-{word}"), &[]);
    let severity = code.severity();
    Alert {
        name: format!("Matsuri{}", camel(word)),
        // Only at its full severity: what is worse than elsewhere or off air is for the wall alone. The wall has waited
        // already.
        expr: format!(
            "max by (conference, track) (matsuri_alarm_active{{code=\"{word}\",severity=\"{severity}\"}}) > 0"
        ),
        lasting: match severity {
            Severity::Critical => "10s",
            Severity::Warning => "1m",
            Severity::Notice => "5m",
        },
        severity,
        summary: format!("{title} ({{{{ $labels.conference }}}}/{{{{ $labels.track }}}})"),
        remedy: texts.get(Locale::En, &format!("studio-remedy-{word}"), &[]),
        anchor: word.to_owned(),
        labels: &["conference", "track"],
        example: vec![series(
            &format!(
                "matsuri_alarm_active{{conference=\"conf\",track=\"a\",seat=\"\",code=\"{word}\",severity=\"{severity}\"}}"
            ),
            "1x15",
        )],
    }
}

fn camel(word: &str) -> String {
    let mut name = String::new();
    for part in word.split('-') {
        let (first, rest) = part.split_at(1.min(part.len()));
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name
}

/// What stands in a row below.
struct Of {
    name: &'static str,
    expr: &'static str,
    lasting: &'static str,
    severity: Severity,
    summary: &'static str,
    remedy: &'static str,
    labels: &'static [&'static str],
    example: &'static [(&'static str, &'static str)],
}

fn of_machine() -> impl Iterator<Item = Alert> {
    MACHINE.iter().map(|of| Alert {
        name: format!("Matsuri{}", camel(of.name)),
        expr: of.expr.to_owned(),
        lasting: of.lasting,
        severity: of.severity,
        summary: of.summary.to_owned(),
        remedy: of.remedy.to_owned(),
        anchor: of.name.to_owned(),
        labels: of.labels,
        example: of
            .example
            .iter()
            .map(|(name, values)| series(name, values))
            .collect(),
    })
}

const MACHINE: &[Of] = &[
    Of {
        name: "server-down",
        expr: "up{job=~\"matsuri.*\"} == 0",
        lasting: "30s",
        severity: Severity::Critical,
        summary: "The server does not answer ({{ $labels.instance }})",
        remedy: "Look whether the process runs and start it again; encoders, players and sockets come back by themselves.",
        labels: &["job", "instance"],
        example: &[("up{job=\"matsuri\",instance=\"box:9464\"}", "0x15")],
    },
    Of {
        name: "viewers-turned-away",
        expr: "rate(matsuri_delivery_shed_total[2m]) > 0",
        lasting: "1m",
        severity: Severity::Critical,
        summary: "Viewers are turned away: the server is at its limit",
        remedy: "Put a CDN in front, lower the bit rate, or move to a larger machine; raise the limit of open files if that is what is short.",
        labels: &[],
        example: &[("matsuri_delivery_shed_total", "0+60x15")],
    },
    Of {
        name: "media-fails",
        expr: "sum(rate(matsuri_delivery_requests_total{status=~\"5..\"}[2m])) / sum(rate(matsuri_delivery_requests_total[2m])) > 0.05",
        lasting: "2m",
        severity: Severity::Critical,
        summary: "More than one in twenty requests for media fails",
        remedy: "Look which tracks have a signal, then into the log; players ask again by themselves.",
        labels: &[],
        example: &[
            (
                "matsuri_delivery_requests_total{kind=\"part\",status=\"200\"}",
                "0+600x15",
            ),
            (
                "matsuri_delivery_requests_total{kind=\"media\",status=\"503\"}",
                "0+120x15",
            ),
        ],
    },
    Of {
        name: "pages-fail",
        expr: "sum(rate(matsuri_http_requests_total{status=~\"5..\"}[5m])) / sum(rate(matsuri_http_requests_total[5m])) > 0.02",
        lasting: "2m",
        severity: Severity::Warning,
        summary: "More than one in fifty pages fails",
        remedy: "Look into the log for lines of level error; their trace ids are those that people see.",
        labels: &[],
        example: &[
            (
                "matsuri_http_requests_total{method=\"GET\",route=\"/\",status=\"200\"}",
                "0+600x15",
            ),
            (
                "matsuri_http_requests_total{method=\"GET\",route=\"/\",status=\"500\"}",
                "0+60x15",
            ),
        ],
    },
    Of {
        name: "server-late",
        expr: "histogram_quantile(0.99, sum by (le, runtime) (rate(matsuri_wakeup_delay_seconds_bucket[5m]))) > 0.1",
        lasting: "5m",
        severity: Severity::Warning,
        summary: "The server is late: its processors are overloaded ({{ $labels.runtime }})",
        remedy: "See what uses the processors; switch probes off (probes = \"off\") or move other programs away.",
        labels: &["runtime"],
        example: &[
            (
                "matsuri_wakeup_delay_seconds_bucket{runtime=\"io\",le=\"0.1\"}",
                "0+10x15",
            ),
            (
                "matsuri_wakeup_delay_seconds_bucket{runtime=\"io\",le=\"0.25\"}",
                "0+120x15",
            ),
            (
                "matsuri_wakeup_delay_seconds_bucket{runtime=\"io\",le=\"+Inf\"}",
                "0+120x15",
            ),
        ],
    },
    Of {
        name: "files-short",
        expr: "process_open_fds / process_max_fds > 0.8",
        lasting: "1m",
        severity: Severity::Warning,
        summary: "Four in five of the files that may be open are",
        remedy: "Raise LimitNOFILE of the service (ulimit -n) before the next session; every viewer needs one or two.",
        labels: &[],
        example: &[
            ("process_open_fds", "900x15"),
            ("process_max_fds", "1000x15"),
        ],
    },
    Of {
        name: "journal-fails",
        expr: "increase(matsuri_media_journal_failures_total[10m]) > 0",
        lasting: "0s",
        severity: Severity::Warning,
        summary: "The journal of media cannot be written",
        remedy: "Look at the disk of the data folder: full, or read-only? Streams go on; after a restart players would reload.",
        labels: &[],
        example: &[("matsuri_media_journal_failures_total", "0+1x15")],
    },
    Of {
        name: "task-panics",
        expr: "increase(matsuri_task_panics_total[10m]) > 0",
        lasting: "0s",
        severity: Severity::Warning,
        summary: "A task failed and was started again ({{ $labels.task }})",
        remedy: "Keep the log lines of that time and report them; it is a defect.",
        labels: &["task"],
        example: &[("matsuri_task_panics_total{task=\"jobs\"}", "0+1x15")],
    },
    Of {
        name: "probes-fail",
        expr: "increase(matsuri_probe_failures_total[10m]) > 5",
        lasting: "0s",
        severity: Severity::Notice,
        summary: "Checks of picture and sound fail again and again",
        remedy: "Look into the log for the reason; until then black or silent moments are only guessed from sizes of frames.",
        labels: &[],
        example: &[("matsuri_probe_failures_total", "0+2x15")],
    },
    Of {
        name: "recoders-fail",
        expr: "increase(matsuri_recoder_failures_total[10m]) > 5",
        lasting: "0s",
        severity: Severity::Warning,
        summary: "AAC beside Opus fails again and again",
        remedy: "Look into the log for the reason; until then viewers whose device does not play Opus hear nothing.",
        labels: &[],
        example: &[("matsuri_recoder_failures_total", "0+2x15")],
    },
    Of {
        name: "sign-in-provider-away",
        expr: "sum by (provider) (increase(matsuri_sign_ins_total{outcome=\"away\"}[10m])) > 2",
        lasting: "1m",
        severity: Severity::Warning,
        summary: "A sign-in provider does not answer, and people come back from it without being signed in",
        remedy: "Run matsuri check: it says what the provider answers. The page offers the mailed link meanwhile; send those who ask a link from the console.",
        labels: &["provider"],
        example: &[(
            "matsuri_sign_ins_total{way=\"provider\",provider=\"google\",outcome=\"away\"}",
            "0+2x30",
        )],
    },
    Of {
        name: "mails-fail",
        expr: "matsuri_outbox_mails{state=\"retrying\"} > 5",
        lasting: "5m",
        severity: Severity::Warning,
        summary: "Mails do not leave: the mail server refuses or does not answer",
        remedy: "Read at /ops/mail what it says and mend mail.server; mails go on by themselves. Make sign-in links at the console meanwhile.",
        labels: &["state"],
        example: &[("matsuri_outbox_mails{state=\"retrying\"}", "9x30")],
    },
    Of {
        name: "mails-given-up",
        expr: "sum(increase(matsuri_jobs_total{kind=~\"mail.*\",outcome=\"dead\"}[15m])) > 5",
        lasting: "1m",
        severity: Severity::Warning,
        summary: "Several mails were given up within a quarter of an hour",
        remedy: "Look at /ops/mail?state=dead what the mail server said, mend the cause, and send them again there.",
        labels: &[],
        example: &[(
            "matsuri_jobs_total{kind=\"mail.send\",outcome=\"dead\"}",
            "0+2x30",
        )],
    },
];
