//! Every route as everybody.

use std::collections::BTreeSet;

use http::{Method, StatusCode, header};
use identity::{Access, ConferenceId, Role};

use crate::stage::Stage;

/// Somebody, and what they are in the conference that is tried.
struct Somebody {
    name: &'static str,
    session: Option<String>,
    role: Option<Role>,
    owner: bool,
}

impl Somebody {
    fn may(&self, access: Access) -> bool {
        match access {
            // A key is what the handler asks for.
            Access::Anyone | Access::Key => true,
            Access::Demo => false,
            Access::SignedIn => self.session.is_some(),
            Access::Owner => self.owner,
            Access::Role(roles) | Access::Looking(roles) => {
                let role = self
                    .role
                    .is_some_and(|own| own == Role::Chair || roles.contains(&own));
                role || self.owner
            }
        }
    }
}

async fn everybody(stage: &Stage, ours: &ConferenceId, theirs: &ConferenceId) -> Vec<Somebody> {
    let nobody = Somebody {
        name: "anonymous",
        session: None,
        role: None,
        owner: false,
    };
    let mut all = vec![nobody];
    for role in Role::ALL.iter().copied() {
        let conferences = [ours.clone()];
        let session = stage
            .person(role.as_str(), Some(role), &conferences, false)
            .await;
        let session = Some(session);
        all.push(Somebody {
            name: role.as_str(),
            session,
            role: Some(role),
            owner: false,
        });
    }
    let session = Some(stage.person("attendee", None, &[], false).await);
    all.push(Somebody {
        name: "attendee",
        session,
        role: None,
        owner: false,
    });
    let theirs = [theirs.clone()];
    let session = Some(
        stage
            .person("next-door", Some(Role::Chair), &theirs, false)
            .await,
    );
    all.push(Somebody {
        name: "chair of another conference",
        session,
        role: None,
        owner: false,
    });
    let session = Some(stage.person("owner", None, &[], true).await);
    all.push(Somebody {
        name: "owner",
        session,
        role: None,
        owner: true,
    });
    all
}

/// The path with things that exist.
fn path_of(pattern: &str) -> String {
    let fill = |segment: &str| match segment {
        "{conf}" => "ours".to_owned(),
        "{track}" => "hall-a".to_owned(),
        "{talk}" => "opening".to_owned(),
        _ if segment.starts_with('{') => "x".to_owned(),
        _ => segment.to_owned(),
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// Whether the answer is the guard's: go and sign in, you may not, or there is nothing here.
fn is_refused(status: StatusCode, location: Option<&str>, access: Access) -> bool {
    let to_sign_in = location.is_some_and(|to| to.starts_with("/sign-in?"));
    let hidden = access == Access::Demo && status == StatusCode::NOT_FOUND;
    to_sign_in || hidden || [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status)
}

#[tokio::test]
async fn every_route_refuses_those_whom_it_does_not_name_and_nobody_else() {
    for db in kit::engines("routes").await {
        let stage = Stage::build(db).await;
        let (ours, theirs) = (
            stage.conference("ours").await,
            stage.conference("theirs").await,
        );
        let people = everybody(&stage, &ours, &theirs).await;
        let routes = stage.routes();
        assert!(routes.len() > 30, "only {} routes", routes.len());
        let mut wrong = Vec::new();
        for route in routes {
            let path = path_of(route.path);
            for person in &people {
                // What anybody may do is refused by some handlers for reasons of their own; signing out,
                // ending sessions and leaving teams would change who people are.
                let open = matches!(route.access, Access::Anyone | Access::Key);
                let leaves = ["sign-out", "{session}", "/leave"];
                if open || leaves.iter().any(|part| route.path.contains(part)) {
                    continue;
                }
                let session = person.session.as_deref();
                let answer = stage.send(route.method.clone(), &path, session).await;
                let location = answer.headers().get(header::LOCATION);
                let location = location.and_then(|value| value.to_str().ok());
                let refused = is_refused(answer.status(), location, route.access);
                if refused == person.may(route.access) {
                    wrong.push(format!(
                        "{} {} as {}: {} ({:?})",
                        route.method,
                        route.path,
                        person.name,
                        answer.status(),
                        route.access
                    ));
                }
                if answer.status().is_server_error() {
                    wrong.push(format!("{} {}: {}", route.method, path, answer.status()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[tokio::test]
async fn what_anybody_may_see_never_fails_for_anybody() {
    for db in kit::engines("open").await {
        let stage = Stage::build(db).await;
        stage.conference("ours").await;
        for route in stage.routes() {
            let open = matches!(route.access, Access::Anyone | Access::Key);
            if open && route.method == Method::GET {
                let answer = stage.send(Method::GET, &path_of(route.path), None).await;
                assert!(
                    !answer.status().is_server_error(),
                    "{}: {}",
                    route.path,
                    answer.status()
                );
            }
        }
    }
}

#[tokio::test]
async fn every_route_of_the_api_is_described_and_nothing_else() {
    let db = kit::engines("described").await.remove(0);
    let stage = Stage::build(db).await;
    let description = matsuri::site::openapi().json;
    let described: BTreeSet<(String, String)> = description["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods
                .keys()
                .map(|method| (path.clone(), method.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    let declared: BTreeSet<(String, String)> = stage
        .routes()
        .into_iter()
        .filter(|route| route.path.starts_with("/api/v2/") && !route.path.ends_with("openapi.json"))
        .map(|route| (route.path.to_owned(), route.method.as_str().to_lowercase()))
        .collect();
    assert_eq!(described, declared);
}

#[tokio::test]
async fn every_statement_of_the_program_fits_both_engines() {
    for db in kit::engines("every statement").await {
        let stage = Stage::build(db).await;
        db::check_statements(&stage.features.app.db)
            .await
            .expect("all fit");
    }
}

/// Paths of the sections that an admin page leads to.
fn sections(page: &str) -> BTreeSet<String> {
    let nav = page.split("class=\"admin-nav\"").nth(1).expect("sections");
    let nav = nav.split("</nav>").next().expect("an end");
    let links = nav.split("href=\"").skip(1);
    links
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn each_section_of_the_admin_pages_is_shown_to_exactly_those_who_may_use_it() {
    for db in kit::engines("sections").await {
        let stage = Stage::build(db).await;
        let ours = [stage.conference("ours").await];
        let chair = stage.person("chair", Some(Role::Chair), &ours, false).await;
        let all = sections(&text(stage.send(Method::GET, "/ours/admin", Some(&chair)).await).await);
        assert!(all.len() > 15, "{all:?}");
        for role in Role::ALL.iter().copied() {
            let person = stage.person(role.as_str(), Some(role), &ours, false).await;
            let page = stage.send(Method::GET, "/ours/admin", Some(&person)).await;
            let shown = match page.status() {
                StatusCode::OK => sections(&text(page).await),
                _ => BTreeSet::new(),
            };
            for section in &all {
                let answer = stage.send(Method::GET, section, Some(&person)).await;
                let may = answer.status() == StatusCode::OK;
                assert_eq!(shown.contains(section), may, "{section} as {role}");
            }
        }
    }
}

async fn text(answer: http::Response<axum::body::Body>) -> String {
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    String::from_utf8(body.expect("it ends").to_vec()).expect("text")
}
