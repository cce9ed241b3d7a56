//! `/{conf}/admin/preview`: the conference as somebody else sees it, now or in another state. There is a persona for
//! everybody who is shown something else: people who speak or sponsor are shown what attendees are.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use identity::Scope;
use kernel::Error;
use web::form::{Choice, Sheet, Submitted};
use web::preview::{self, Persona};
use web::{Cx, Page};

use super::Frame;
use crate::model::Lifecycle;
use crate::pages::programme;
use crate::programmes::Programmes;

#[derive(Template)]
#[template(path = "admin_preview.html")]
struct PreviewPage {
    page: Page,
    frame: Frame,
    sheet: Sheet,
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let frame = Frame::of(&cx, &scope, &programme.conference, "preview");
    let personas = Persona::ALL.iter().map(|persona| {
        let name = cx.text(&format!("program-preview-{persona}"), &[]);
        Choice::new(persona.as_str(), name)
    });
    let as_it_is = Choice::new("", cx.text("program-preview-now", &[]));
    let states = Lifecycle::ALL.iter().map(|state| {
        let name = cx.text(&format!("program-lifecycle-{state}"), &[]);
        Choice::new(state.as_str(), name)
    });
    let next = programme.conference.lifecycle.next();
    let is_draft = programme.conference.lifecycle == Lifecycle::Draft;
    // Of a draft others see nothing: what one wants to know is how it will look.
    let usual = next.filter(|_| is_draft).map_or("", Lifecycle::as_str);
    let sheet = Sheet::blank()
        .put("persona", Persona::Visitor.as_str())
        .put("state", usual)
        .offer("persona", personas.collect())
        .offer("state", [as_it_is].into_iter().chain(states).collect());
    let template = PreviewPage {
        page: frame.page(&cx, &scope, &programme.conference),
        frame,
        sheet,
    };
    Ok(template.page.clone().render(&template))
}

pub(super) async fn begin(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let persona = Persona::parse(submitted.text("persona"));
    let persona = persona.ok_or_else(|| Error::invalid("persona", "web-field-choice"))?;
    let state = match submitted.text("state") {
        "" => "",
        word => Lifecycle::parse(word)
            .ok_or_else(|| Error::invalid("state", "web-field-choice"))?
            .as_str(),
    };
    let id = programme.conference.id.as_str();
    let top = format!("/{}", programme.conference.slug);
    Ok(preview::begin(&cx, id, persona, state, &top))
}
