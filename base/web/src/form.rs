//! Forms: a body that is no form, or the wrong one, is a precise 4xx, never a 500; what somebody typed comes back until
//! it is saved.
//!
//! A form page makes a [`Sheet`] of its record; the template renders it with the macros of `form.html`; the handler of
//! its POST takes [`Submitted`], lets the record's sheet take it over ([`Sheet::typed`]), and reads that.

mod done;
pub(crate) mod markup;
mod read;
mod rows;
mod sheet;
mod submitted;
#[cfg(test)]
mod tests;
mod was;

pub use done::{Done, Said};
pub use read::{Reader, is_page};
pub use sheet::{Choice, Row, Sheet};
pub use submitted::{File, Submitted};

use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use kernel::Error;
use serde::de::DeserializeOwned;

use crate::Failure;

/// The fields of an `application/x-www-form-urlencoded` body.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(fields)) => Ok(Self(fields)),
            Err(FormRejection::BytesRejection(_)) => {
                Err(Error::invalid("body", "web-form-too-large").into())
            }
            Err(rejection) => {
                tracing::debug!(%rejection, "a form was not what its page sends");
                Err(Error::invalid("body", "web-form-malformed").into())
            }
        }
    }
}

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let message = kernel::Message::new("web-json-malformed")
                    .with("reason", rejection.body_text());
                Err(Error::invalid("body", message).into())
            }
        }
    }
}
