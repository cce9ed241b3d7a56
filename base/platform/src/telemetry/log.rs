//! Log lines: one JSON object each for machines, or a short line for people.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use kernel::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// For a terminal.
    Human,
}

/// The filter is not understood, or telemetry runs already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadFilter(String);

/// Starts logging to standard error; `filter` is `info` or `info,sqlx=debug`. Panics are logged as errors.
pub fn init(format: Format, filter: &str, clock: Clock) -> Result<(), BadFilter> {
    let filter = EnvFilter::try_new(filter).map_err(|cause| {
        BadFilter(format!(
            "the log filter {filter:?} is not understood: {cause}"
        ))
    })?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        Format::Json => registry.with(Json { clock }).try_init(),
        Format::Human => {
            let human = tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false)
                .compact();
            registry.with(human).try_init()
        }
    };
    started.map_err(|_| BadFilter("logging was started before".to_owned()))?;
    std::panic::set_hook(Box::new(|panic| {
        let at = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let reason = crate::tasks::panic_reason(panic.payload());
        tracing::error!(at, "panic at {at}: {reason}");
    }));
    Ok(())
}

/// Writes each event with its own fields and those of the spans around it; the nearest wins.
struct Json {
    clock: Clock,
}

/// What a span carries.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Json {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Map::new();
        attributes.record(&mut Collect(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Fields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(&mut Collect(&mut fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Map::new();
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                if let Some(own) = span.extensions().get::<Fields>() {
                    fields.extend(
                        own.0
                            .iter()
                            .map(|(name, value)| (name.clone(), value.clone())),
                    );
                }
            }
        }
        event.record(&mut Collect(&mut fields));
        let line = line(&self.clock, event, fields);
        // A log that cannot be written has nobody to complain to.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn line(clock: &Clock, event: &Event<'_>, mut fields: Map<String, Value>) -> String {
    let metadata = event.metadata();
    let message = fields
        .remove("message")
        .unwrap_or(Value::String(String::new()));
    let mut whole = Map::new();
    whole.insert("ts".to_owned(), Value::String(clock.now().to_string()));
    whole.insert(
        "level".to_owned(),
        metadata.level().as_str().to_lowercase().into(),
    );
    whole.insert("target".to_owned(), metadata.target().into());
    whole.insert("message".to_owned(), message);
    // A field may not stand in for what every line has.
    for (name, value) in fields {
        whole.entry(name).or_insert(value);
    }
    let mut line = Value::Object(whole).to_string();
    line.push('\n');
    line
}

struct Collect<'a>(&'a mut Map<String, Value>);

impl Collect<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        // `r#type` is the field `type`.
        self.0
            .insert(field.name().trim_start_matches("r#").to_owned(), value);
    }
}

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.put(field, Value::String(text));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}
