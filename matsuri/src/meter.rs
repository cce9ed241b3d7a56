//! Counts requests: how many, how they ended, how long they took.

use std::time::Duration;

use http::{Method, StatusCode};
use platform::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

/// The meter of the site's requests.
#[derive(Clone, Debug)]
pub struct Meter {
    answered: Family<Answered, Counter>,
    took: Family<Route, Histogram>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

impl Meter {
    /// A meter that shows in `metrics`.
    pub fn new(metrics: &Metrics) -> Self {
        let buckets = || {
            Histogram::new([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
            ])
        };
        let answered = Family::<Answered, Counter>::default();
        let took = Family::<Route, Histogram>::new_with_constructor(buckets);
        metrics.register(
            "matsuri_http_requests",
            "Requests answered",
            answered.clone(),
        );
        metrics.register(
            "matsuri_http_duration_seconds",
            "From the head of a request to the head of its answer",
            took.clone(),
        );
        Self { answered, took }
    }
}

impl web::enter::Meter for Meter {
    fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        // Labels come from small sets only: anybody may send any method.
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "other",
        };
        let label = Answered {
            method,
            route: route.to_owned(),
            status: status.as_u16(),
        };
        self.answered.get_or_create(&label).inc();
        let label = Route {
            route: route.to_owned(),
        };
        self.took.get_or_create(&label).observe(took.as_secs_f64());
    }
}
