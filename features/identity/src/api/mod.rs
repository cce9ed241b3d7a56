//! The part of `/api/v2` about people: accounts, their sessions and tokens; teams and invitations; the audit log. Every
//! call goes through the use cases of the pages, so that both have the same rules.

mod account;
mod audit;
mod doors;
mod farewell;
mod invitations;
mod site;
mod team;
mod tokens;

use utoipa::OpenApi as _;

use crate::guard::Access;
use crate::pages::House;

pub(crate) fn routes() -> web::Routes<Access, House> {
    account::routes()
        .merge(audit::routes())
        .merge(doors::routes())
        .merge(farewell::routes())
        .merge(invitations::routes())
        .merge(site::routes())
        .merge(team::routes())
        .merge(tokens::routes())
}

/// What this feature adds to the API's description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut all = account::Api::openapi();
    for own in [
        audit::Api::openapi(),
        doors::Api::openapi(),
        farewell::Api::openapi(),
        invitations::Api::openapi(),
        site::Api::openapi(),
        team::Api::openapi(),
        tokens::Api::openapi(),
    ] {
        all.merge(own);
    }
    all
}
