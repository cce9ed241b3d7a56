//! The one place where an error becomes a response: problem details (RFC 9457) for programs, a page for
//! people. The cause is logged here, once; the asker sees a sentence and the trace id.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kernel::Error;
use serde::Serialize;

use crate::cx::Cx;
use crate::page::{Page, redirect};

/// An error on its way to becoming a response.
#[derive(Debug)]
pub struct Failure(Arc<Error>);

/// What handlers return.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Whether it was refused because the record was changed meanwhile.
    pub fn is_stale(&self) -> bool {
        matches!(*self.0, Error::Stale)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

/// The error travels in the response until [`crate::enter`], which knows the reader, puts it into words.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Kind of problem: `about:blank`, its meaning is in `code`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Short sentence in the reader's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong and what can be done, in the reader's language.
    pub detail: String,
    /// Stable word for programs, such as `not-found`.
    pub code: String,
    /// Finds the log lines of this request.
    pub trace_id: String,
    /// Complaints about single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// A complaint about one field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// Name of the field.
    pub field: String,
    /// What is wrong with it, in the reader's language.
    pub detail: String,
    /// Stable word for programs.
    pub code: String,
}

/// The HTTP status of an error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::Stale => StatusCode::PRECONDITION_FAILED,
        Error::Unconditional => StatusCode::PRECONDITION_REQUIRED,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error in the reader's words.
pub fn problem(cx: &Cx, error: &Error) -> Problem {
    let status = status(error);
    let (key, code) = match error {
        Error::NotFound(_) => ("web-error-not-found", "not-found"),
        Error::Conflict(message) => ("web-error-conflict", message.key),
        Error::Stale => ("web-error-stale", "stale"),
        Error::Unconditional => ("web-error-unconditional", "if-match-missing"),
        Error::Invalid(_) => ("web-error-invalid", "invalid"),
        Error::Forbidden(message) => ("web-error-forbidden", message.key),
        Error::Unauthenticated => ("web-error-unauthenticated", "unauthenticated"),
        Error::TooMany { .. } => ("web-error-too-many", "too-many"),
        Error::Unavailable(_) => ("web-error-unavailable", "unavailable"),
        Error::Internal(_) => ("web-error-internal", "internal"),
    };
    let errors: Vec<ProblemField> = match error {
        Error::Invalid(fields) => fields
            .iter()
            .map(|f| ProblemField {
                field: f.name.to_string(),
                detail: cx.texts.message(cx.locale, &f.message),
                code: f.message.key.to_owned(),
            })
            .collect(),
        _ => Vec::new(),
    };
    let detail = match error {
        Error::Conflict(message) | Error::Forbidden(message) => {
            cx.texts.message(cx.locale, message)
        }
        Error::TooMany { retry_after } => cx.text(
            "web-error-too-many-detail",
            &[("seconds", &retry_after.as_secs().max(1).to_string())],
        ),
        Error::Invalid(_) if !errors.is_empty() => errors
            .iter()
            .map(|e| e.detail.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        _ => cx.text(&format!("{key}-detail"), &[]),
    };
    Problem {
        kind: "about:blank",
        title: cx.text(key, &[]),
        status: status.as_u16(),
        detail,
        code: code.to_owned(),
        trace_id: cx.trace.to_string(),
        errors,
    }
}

#[derive(askama::Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    problem: Problem,
}

/// Puts an error into words for whoever asked.
pub(crate) fn respond(cx: &Cx, error: &Error) -> Response {
    if let Error::Internal(cause) = error {
        tracing::error!(trace_id = %cx.trace, cause = %chain(cause.as_ref()), path = %cx.client.path, "a request failed for a reason of ours");
    }
    // A person who is not signed in wants the sign-in page, and then this page again.
    if matches!(error, Error::Unauthenticated)
        && !cx.client.wants_json
        && cx.client.method == http::Method::GET
    {
        return redirect(&format!("/sign-in?next={}", encode(&cx.client.path)));
    }
    let problem = problem(cx, error);
    let status = status(error);
    let mut response = if cx.client.wants_json {
        problem_response(&problem)
    } else {
        Page::new(cx).render_status(
            status,
            &ErrorPage {
                page: Page::new(cx),
                problem,
            },
        )
    };
    if let Error::TooMany { retry_after } = error {
        response.headers_mut().insert(
            header::RETRY_AFTER,
            HeaderValue::from(retry_after.as_secs().max(1)),
        );
    }
    response
}

/// Whether a refusal is no problem details.
pub(crate) fn is_mute(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
    response.status().is_client_error() && !is_json
}

/// The same refusal as problem details.
pub(crate) fn spoken(cx: &Cx, response: &Response) -> Response {
    let status = response.status();
    let (key, code) = match status {
        StatusCode::METHOD_NOT_ALLOWED => ("web-error-method", "method-not-allowed"),
        StatusCode::NOT_FOUND => ("web-error-not-found", "not-found"),
        _ => ("web-error-invalid", "malformed"),
    };
    let mut said = problem_response(&Problem {
        kind: "about:blank",
        title: cx.text(key, &[]),
        status: status.as_u16(),
        detail: cx.text(&format!("{key}-detail"), &[]),
        code: code.to_owned(),
        trace_id: cx.trace.to_string(),
        errors: Vec::new(),
    });
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        said.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    said
}

fn problem_response(problem: &Problem) -> Response {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        body,
    )
        .into_response()
}

/// Percent-encodes a path for a query value.
pub fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
