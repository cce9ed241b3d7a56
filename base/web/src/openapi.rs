//! The API's description (OpenAPI 3.1), put together from what the features declare.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::failure::{Problem, ProblemField};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Matsuri",
        version = "2",
        description = "The API of a Matsuri site. Errors are problem details (RFC 9457); instants are RFC 3339 in UTC."
    ),
    components(schemas(Problem, ProblemField)),
    modifiers(&Credentials)
)]
struct Frame;

/// Ways to say who asks.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The whole description: the frame with what every feature declares.
pub fn document(features: impl IntoIterator<Item = OpenApi>) -> OpenApi {
    features
        .into_iter()
        .fold(Frame::openapi(), |mut whole, part| {
            whole.merge(part);
            whole
        })
}

/// The description as it is served at `/api/v2/openapi.json`.
pub fn body(document: &OpenApi) -> Bytes {
    Bytes::from(document.to_pretty_json().unwrap_or_default())
}

/// The answer with such a body.
pub fn respond(body: Bytes) -> Response {
    let fields = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (fields, body).into_response()
}
