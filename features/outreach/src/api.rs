//! The part of `/api/v2` about mails and letters: of a conference, and without its part of the address of the whole site.
//! The same use cases as the pages.

mod letters;
mod mails;

use identity::Routes;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, SecurityRequirement};

use crate::pages::Desk;

const OF_CONFERENCE: &str = "/api/v2/conferences/{conf}/";
const OF_SITE: &str = "/api/v2/";

pub(crate) fn routes() -> Routes<Desk> {
    letters::routes().merge(mails::routes())
}

/// What this feature adds to the API's description.
pub fn openapi() -> OpenApi {
    let mut all = letters::Api::openapi();
    all.merge(mails::Api::openapi());
    let of_conference = all.paths.paths.iter();
    let of_site: Vec<_> = of_conference
        .filter_map(|(path, item)| {
            let rest = path.strip_prefix(OF_CONFERENCE)?;
            Some((format!("{OF_SITE}{rest}"), of_site(item)))
        })
        .collect();
    all.paths.paths.extend(of_site);
    all
}

/// The same calls at the address without a conference, where no token of a program leads.
fn of_site(item: &PathItem) -> PathItem {
    let mut item = item.clone();
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
    ];
    for operation in methods.into_iter().flatten() {
        let Operation {
            parameters,
            security,
            ..
        } = operation;
        if let Some(parameters) = parameters {
            parameters.retain(|own| !matches!(own, RefOr::T(own) if own.name == "conf"));
        }
        *security = Some(vec![SecurityRequirement::new(
            "session",
            Vec::<String>::new(),
        )]);
    }
    item
}
