//! The door that every page and API request goes through: context, span, limits, headers, errors in words.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::Error;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tracing::Instrument as _;

use crate::assets;
use crate::cx::{App, Client, Cx, Peer, header_text};
use crate::failure::{self, Failure};
use crate::page::redirect;
use crate::patience::Patience;
use crate::preview;
use crate::texts::Locale;

/// Where request metrics go.
pub trait Meter: Send + Sync {
    /// One request was answered. `route` is the pattern, never the path.
    fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration);
}

#[derive(Clone)]
struct Door {
    app: App,
    meter: Arc<dyn Meter>,
}

/// Wraps the guarded routes of all features into the site.
pub fn site(app: App, meter: Arc<dyn Meter>, routes: Router) -> Router {
    let door = Door { app, meter };
    let routes = routes
        .route("/theme", axum::routing::post(choose_theme))
        .route("/preview/end", axum::routing::post(preview::end))
        .fallback(|| async { Failure::from(Error::NotFound("page")) })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(door, enter))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    Router::new()
        .route("/assets/{*name}", get(assets::serve))
        .merge(routes)
}

async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", |m| m.as_str())
        .to_owned();
    if let Some(chosen) = choose_language(&door.app, &request) {
        return chosen;
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let cx = match Cx::of(&door.app, &method, request.uri(), request.headers(), peer).await {
        Ok(cx) => cx,
        Err(error) => {
            // The store is away: answer in words without knowing who asks.
            let client = Client::of(&method, request.uri(), request.headers(), peer);
            let cx = Cx::new(&door.app, None, client, request.headers());
            return failure::respond(&cx, &error);
        }
    };
    let span =
        tracing::info_span!("request", trace_id = %cx.trace, method = %method, route = %route);
    let response = if crosses_sites(request.headers()) {
        failure::respond(&cx, &Error::forbidden("web-cross-site"))
    } else if preview::forbids(&cx, &method) {
        failure::respond(&cx, &Error::forbidden("web-preview-only"))
    } else {
        request.extensions_mut().insert(cx.clone());
        answer(&cx, request, next).instrument(span).await
    };
    let response = finish(&cx, response);
    door.meter
        .answered(&method, &route, response.status(), started.elapsed());
    response
}

/// Runs the handler; a panic or an endless wait becomes an error of this one request.
async fn answer(cx: &Cx, mut request: Request, next: Next) -> Response {
    let patience = Patience::new();
    request.extensions_mut().insert(patience.clone());
    let handler = AssertUnwindSafe(next.run(request)).catch_unwind();
    let outcome = patience.wait_for(handler).await;
    let mut response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => return failure::respond(cx, &Error::internal("a handler panicked")),
        Err(_) => return failure::respond(cx, &Error::Unavailable("the answer took too long")),
    };
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        return failure::respond(cx, &error);
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        return failure::respond(cx, &Error::forbidden("web-cross-site"));
    }
    // What the framework refuses by itself, such as a query that cannot be read, is said to programs like all else.
    if cx.client.path.starts_with("/api/") && failure::is_mute(&response) {
        return failure::spoken(cx, &response);
    }
    response
}

/// Security headers, and caching that never shows one person's page to another.
fn finish(cx: &Cx, mut response: Response) -> Response {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("permissions-policy"),
            "geolocation=(), payment=(), usb=()",
        ),
    ];
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| policy(cx.site.media_url.as_deref()));
    for (name, value) in fixed {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if cx.site.is_secure() {
        let value = HeaderValue::from_static("max-age=31536000");
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(value);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    headers.append(
        header::VARY,
        HeaderValue::from_static("cookie, accept-language"),
    );
    if let Ok(trace) = HeaderValue::from_str(cx.trace.as_str()) {
        headers.insert("x-trace-id", trace);
    }
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page && cx.client.said.is_some() {
        crate::form::Said::forget(&mut response);
    }
    response
}

/// What pages may load and from where: from us, and pictures and sound from where they are.
fn policy(media_url: Option<&str>) -> HeaderValue {
    const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
        worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
    let own = HeaderValue::from_static(POLICY);
    let Some(media) = media_url else { return own };
    let source = format!("media-src 'self' {media} blob:; connect-src 'self' {media};");
    let policy = POLICY.replace("media-src 'self' blob:;", &source);
    HeaderValue::from_str(&policy).unwrap_or(own)
}

/// `Origin` of a websocket handshake must be ours: browsers send cookies with it whatever page asks.
fn crosses_sites(headers: &HeaderMap) -> bool {
    let upgrades =
        header_text(headers, "upgrade").is_some_and(|v| v.eq_ignore_ascii_case("websocket"));
    let origin = header_text(headers, "origin").and_then(|origin| origin.split_once("://"));
    let host = header_text(headers, "host");
    upgrades && origin.is_some_and(|(_, authority)| Some(authority) != host)
}

/// `?lang=` on any page: remembered in a cookie, then the same address without it.
fn choose_language(app: &App, request: &Request) -> Option<Response> {
    let query = request
        .uri()
        .query()
        .filter(|_| request.method() == Method::GET)?;
    let locale = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Locale::parse)?;
    if request.uri().path().starts_with("/api/") {
        return None;
    }
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("lang="))
        .collect();
    let path = request.uri().path();
    let target = if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    let mut response = redirect(crate::page::local_path(&target));
    set_cookie(&mut response, "lang", locale.as_str(), app.site.is_secure());
    Some(response)
}

#[derive(serde::Deserialize)]
struct Theme {
    theme: String,
    next: Option<String>,
}

async fn choose_theme(cx: Cx, crate::Form(form): crate::Form<Theme>) -> Response {
    let theme = match form.theme.as_str() {
        "light" => "light",
        "dark" => "dark",
        _ => "system",
    };
    let mut response = redirect(crate::page::local_path(form.next.as_deref().unwrap_or("/")));
    set_cookie(&mut response, "theme", theme, cx.site.is_secure());
    response
}

/// Sets a cookie that remembers a choice for a year. It is read by the server alone.
fn set_cookie(response: &mut Response, name: &str, value: &str, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}
