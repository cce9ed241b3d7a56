//! `/{conf}/admin/team/members/{account}`: what somebody in a team may do. A change by somebody else meanwhile is shown
//! as a difference; whoever is not in the team any more is named, and the roles that were chosen stay in the form that
//! invites.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use kernel::Error;
use web::form::{Done, Sheet, Submitted};
use web::{Cx, Page};

use super::{CHAIR, House, branded, team};
use crate::actions::team as act;
use crate::guard::{Access, Shown};
use crate::model::team::state_of;
use crate::model::{AccountId, Role};
use crate::rights::{Chair, Grant, Scope};
use crate::store::members::Held;

/// Where the form is and what it posts to.
const PATH: &str = "/{conf}/admin/team/members/{account}";

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get(PATH, CHAIR, page)
        .post(PATH, CHAIR, save)
}

#[derive(Template)]
#[template(path = "team_member.html")]
struct MemberPage {
    page: Page,
    base: String,
    title: String,
    name: String,
    email: String,
    sheet: Sheet,
}

/// Somebody in the team with all of their roles; nobody where they are not in it (any more).
async fn find(
    cx: &Cx,
    scope: &Scope,
    account: &AccountId,
) -> web::Result<Option<(Held, Vec<Role>)>> {
    let mut people = team::people(cx, scope).await?.into_iter();
    Ok(people.find(|(held, _)| held.account == *account))
}

fn sheet(cx: &Cx, roles: &[Role]) -> Sheet {
    Sheet::of(state_of(roles))
        .put_all("roles", roles)
        .offer("roles", team::offered(cx))
}

fn show(cx: &Cx, shown: Shown, held: Held, (status, sheet): (StatusCode, Sheet)) -> Response {
    let page = branded(cx, &shown);
    let view = MemberPage {
        page: page.clone(),
        base: format!("/{}", shown.slug),
        title: shown.title,
        name: held.name,
        email: held.email,
        sheet,
    };
    page.render_status(status, &view)
}

async fn page(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    Path((_, account)): Path<(String, String)>,
) -> web::Result<Response> {
    let found = find(&cx, &scope, &team::account_id(&account)?).await?;
    let (held, roles) = found.ok_or(Error::NotFound("member"))?;
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let sheet = sheet(&cx, &roles);
    Ok(show(&cx, shown, held, (StatusCode::OK, sheet)))
}

async fn save(
    cx: Cx,
    State(house): State<House>,
    scope: Scope,
    grant: Grant<Chair>,
    Path((slug, account)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let account = team::account_id(&account)?;
    let Some((held, roles)) = find(&cx, &scope, &account).await? else {
        return gone(&cx, &house, &scope, &account, &submitted).await;
    };
    let shown = house.shown(&cx, &scope, "admin/team").await?;
    let sheet = self::sheet(&cx, &roles).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, shown, held, (status, sheet)));
    }
    let wanted: Vec<&str> = sheet.values("roles").iter().map(String::as_str).collect();
    match act::change_roles(&cx, &grant, &account, &roles, &wanted).await {
        Ok(()) => {
            let instead = team::instead(&cx, &house, &slug, scope.conference()).await?;
            let to = if let Some(to) = instead {
                Done::to(&cx, to).say("identity-chair-given-up", &[])
            } else {
                let to = format!("/{slug}/admin/team#members");
                Done::to(&cx, to).say("identity-saved", &[])
            };
            Ok(to.saved(&submitted).into_response())
        }
        // Somebody else was faster by less than this request took.
        Err(Error::Stale | Error::NotFound(_)) => match find(&cx, &scope, &account).await? {
            Some((held, roles)) => {
                let sheet = self::sheet(&cx, &roles).typed(&submitted);
                Ok(show(&cx, shown, held, (StatusCode::CONFLICT, sheet)))
            }
            None => gone(&cx, &house, &scope, &account, &submitted).await,
        },
        Err(error) => {
            let refused = sheet.refused(&cx, error)?;
            Ok(show(&cx, shown, held, refused))
        }
    }
}

/// Says that somebody is not in the team any more; the roles that were chosen for them stand in the form that invites.
async fn gone(
    cx: &Cx,
    house: &House,
    scope: &Scope,
    account: &AccountId,
    submitted: &Submitted,
) -> web::Result<Response> {
    let message = act::departed(cx, scope.conference(), account).await?;
    let sentence = cx.texts.message(cx.locale, &message);
    let sheet = team::sheet(cx).typed(submitted);
    let typed = (StatusCode::CONFLICT, sheet);
    team::team_page(cx, house, scope, typed, Some(sentence)).await
}
