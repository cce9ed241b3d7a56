//! Signing in with a password, and choosing one, where the site allows it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use web::form::Done;
use web::{Cx, Form};

use super::sign_in::{Door, signed_in};
use super::{Complaints, House, security};
use crate::actions::passwords as act;
use crate::guard::Access;
use crate::metrics::Outcome;
use crate::model::Way;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .post("/sign-in/password", Access::Anyone, sign_in)
        .post("/account/password", Access::SignedIn, choose)
}

#[derive(Deserialize)]
struct Entered {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    cx: Cx,
    State(house): State<House>,
    Form(entered): Form<Entered>,
) -> web::Result<Response> {
    let Entered {
        email,
        password,
        next,
    } = entered;
    match act::sign_in(&cx, &email, &password, &house.hashing).await {
        Ok(secret) => {
            house.metrics.tried(Way::Password, "", Outcome::Done);
            Ok(signed_in(&cx, &secret, &next))
        }
        Err(Error::Invalid(fields)) => {
            house.metrics.tried(Way::Password, "", Outcome::Refused);
            let complaint = fields.first();
            let door = Door {
                email,
                password_complaint: complaint
                    .map(|field| cx.texts.message(cx.locale, &field.message)),
                ..Door::to(&next)
            };
            door.show(&cx, &house, StatusCode::UNPROCESSABLE_ENTITY)
                .await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
}

async fn choose(
    cx: Cx,
    State(house): State<House>,
    Form(chosen): Form<Chosen>,
) -> web::Result<Response> {
    match act::choose(&cx, &chosen.password, &chosen.new_password, &house.hashing).await {
        Ok(()) => {
            let done = Done::to(&cx, "/account/security");
            Ok(done.say("identity-password-saved", &[]).into_response())
        }
        Err(Error::Invalid(fields)) => {
            let complaints = Complaints::of(&cx, &fields);
            security::with_complaints(&cx, &house, complaints).await
        }
        Err(error) => Err(error.into()),
    }
}
