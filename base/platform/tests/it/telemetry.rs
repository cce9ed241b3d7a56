use platform::Metrics;
use prometheus_client::metrics::counter::Counter;

#[test]
fn metrics_are_told_in_both_forms() {
    let metrics = Metrics::new();
    let served: Counter = Counter::default();
    metrics.register("matsuri_pages_served", "Pages", served.clone());
    served.inc();
    let modern = metrics.openmetrics();
    assert!(modern.ends_with("# EOF\n"));
    assert!(
        modern.contains("# TYPE matsuri_pages_served counter\n"),
        "{modern}"
    );
    let classic = metrics.prometheus();
    assert!(!classic.contains("EOF") && !classic.contains("# UNIT"));
    assert!(
        classic.contains("# TYPE matsuri_pages_served_total counter\n"),
        "{classic}"
    );
    assert!(
        classic.contains("\nmatsuri_pages_served_total 1\n"),
        "{classic}"
    );
}

#[test]
fn the_process_knows_what_it_uses() {
    let text = Metrics::new().prometheus();
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_threads",
        "process_cpu_seconds_total",
    ] {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        assert!(value.is_some_and(|value| value >= 0.0), "{name}: {text}");
    }
}
