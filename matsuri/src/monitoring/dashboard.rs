//! The Grafana dashboard: a row for each heading, a panel for each metric that has one.

use serde_json::{Value, json};

use super::metrics::{Metric, Panel, Row, Unit, metrics};

const PANEL_WIDTH: usize = 8;
const PANEL_HEIGHT: usize = 7;
/// Grafana's grid.
const WIDTH: usize = 24;

/// The dashboard as Grafana imports it.
pub(super) fn dashboard() -> String {
    let dashboard = json!({
        "title": "Matsuri",
        "uid": "matsuri",
        "tags": ["matsuri"],
        "schemaVersion": 39,
        "editable": true,
        "refresh": "10s",
        "time": { "from": "now-1h", "to": "now" },
        "templating": { "list": [{
            "name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0,
        }] },
        "annotations": { "list": [] },
        "panels": panels(),
    });
    let text = serde_json::to_string_pretty(&dashboard).unwrap_or_default();
    text + "\n"
}

fn panels() -> Vec<Value> {
    let (mut panels, mut y) = (Vec::new(), 0);
    for row in Row::ALL {
        let id = panels.len() + 1;
        panels.push(json!({
            "id": id, "type": "row", "title": row.title(), "collapsed": false, "panels": [],
            "gridPos": { "x": 0, "y": y, "w": WIDTH, "h": 1 },
        }));
        y += 1;
        let of_row = |metric: &'static Metric| {
            let panel = metric.panel.filter(|panel| panel.row == row)?;
            Some((metric, panel))
        };
        let mut x = 0;
        for (metric, shown) in metrics().filter_map(of_row) {
            if x + PANEL_WIDTH > WIDTH {
                (x, y) = (0, y + PANEL_HEIGHT);
            }
            panels.push(panel(panels.len() + 1, (x, y), metric, shown));
            x += PANEL_WIDTH;
        }
        y += PANEL_HEIGHT;
    }
    panels
}

fn panel(id: usize, (x, y): (usize, usize), metric: &Metric, shown: Panel) -> Value {
    let source = json!({ "type": "prometheus", "uid": "${source}" });
    let least = if shown.unit == Unit::Decibel {
        json!(-60)
    } else {
        Value::Null
    };
    json!({
        "id": id,
        "type": "timeseries",
        "title": shown.title,
        "description": metric.help,
        "datasource": source,
        "gridPos": { "x": x, "y": y, "w": PANEL_WIDTH, "h": PANEL_HEIGHT },
        "fieldConfig": { "defaults": { "unit": shown.unit.grafana(), "min": least }, "overrides": [] },
        "options": { "legend": { "displayMode": "list", "placement": "bottom" }, "tooltip": { "mode": "multi" } },
        "targets": [{ "refId": "A", "datasource": source, "expr": shown.expr, "legendFormat": shown.legend }],
    })
}
