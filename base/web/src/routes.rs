//! Routes declare who may use them; a route without a declaration does not compile.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::future::BoxFuture;
use http::{Extensions, Method};

use crate::cx::Cx;
use crate::failure::Failure;
use crate::limits;

/// A route as it was declared.
#[derive(Clone, Debug)]
pub struct Route<A> {
    /// HTTP method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Who may use it.
    pub access: A,
}

/// Enforces what routes declare. One per product; it runs before every handler.
pub trait Guard<A>: Send + Sync + 'static {
    /// Lets the request in, leaving in `extensions` what the handler may rely on, or says why not.
    fn admit<'a>(
        &'a self,
        cx: &'a Cx,
        access: &'a A,
        params: Vec<(String, String)>,
        extensions: &'a mut Extensions,
    ) -> BoxFuture<'a, kernel::Result<()>>;
}

/// Routes of a feature.
pub struct Routes<A, S = ()> {
    entries: Vec<(Route<A>, MethodRouter<S>)>,
}

impl<A, S> Default for Routes<A, S> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<A: Clone + Send + Sync + 'static, S: Clone + Send + Sync + 'static> Routes<A, S> {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route.
    #[must_use]
    pub fn on<H: Handler<T, S>, T: 'static>(
        self,
        method: Method,
        path: &'static str,
        access: A,
        handler: H,
    ) -> Self {
        self.with_body(method, path, access, limits::BODY_BYTES_MAX, handler)
    }

    /// Adds a route whose body may have up to `body_bytes_max` bytes.
    #[must_use]
    pub fn with_body<H: Handler<T, S>, T: 'static>(
        mut self,
        method: Method,
        path: &'static str,
        access: A,
        body_bytes_max: usize,
        handler: H,
    ) -> Self {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let method_router = on(filter, handler).layer(DefaultBodyLimit::max(body_bytes_max));
        self.entries.push((
            Route {
                method,
                path,
                access,
            },
            method_router,
        ));
        self
    }

    /// Adds a route that reads.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        access: A,
        handler: H,
    ) -> Self {
        self.on(Method::GET, path, access, handler)
    }

    /// Adds a route that changes something.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        access: A,
        handler: H,
    ) -> Self {
        self.on(Method::POST, path, access, handler)
    }

    /// Adds a route that removes something.
    #[must_use]
    pub fn delete<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        access: A,
        handler: H,
    ) -> Self {
        self.on(Method::DELETE, path, access, handler)
    }

    /// Gives handlers their state.
    #[must_use]
    pub fn state(self, state: S) -> Routes<A> {
        let entries = self.entries.into_iter();
        Routes {
            entries: entries
                .map(|(route, handler)| (route, handler.with_state(state.clone())))
                .collect(),
        }
    }

    /// Takes over the routes of another feature.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// Every route as it was declared.
    pub fn table(&self) -> Vec<Route<A>> {
        self.entries
            .iter()
            .map(|(route, _)| route.clone())
            .collect()
    }
}

impl<A: Clone + Send + Sync + 'static> Routes<A> {
    /// The router with the guard before every handler.
    pub fn guarded(self, guard: &Arc<dyn Guard<A>>) -> Router {
        self.entries
            .into_iter()
            .fold(Router::new(), |router, (route, handler)| {
                let (guard, access) = (guard.clone(), route.access);
                let door = from_fn(
                    move |cx: Cx, params: RawPathParams, request: Request, next: Next| {
                        let (guard, access) = (guard.clone(), access.clone());
                        async move { admit(&*guard, &access, cx, &params, request, next).await }
                    },
                );
                router.route(route.path, handler.layer(door))
            })
    }
}

async fn admit<A: 'static>(
    guard: &dyn Guard<A>,
    access: &A,
    cx: Cx,
    params: &RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let params = params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    match guard
        .admit(&cx, access, params, request.extensions_mut())
        .await
    {
        Ok(()) => next.run(request).await,
        Err(error) => Failure::from(error).into_response(),
    }
}
