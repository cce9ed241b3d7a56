//! Looking at the site as somebody else would, by somebody of a team.
//!
//! Invariants: it takes rights away and never gives any: whoever looks as a visitor is nobody, whoever looks as an
//! attendee is themselves without a team; nothing is changed meanwhile, which [`crate::enter`] sees to for every route; it
//! ends by one press, wherever that is. The cookie is not signed, since there is nothing to gain by forging it: what it
//! says of a place's state counts for those alone who may see that place in every state.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;

use crate::cx::{Actor, Cx, cookie};
use crate::page::{local_path, redirect};

/// Name of the cookie.
const COOKIE: &str = "preview";
/// Characters of it.
const COOKIE_CHARS_MAX: usize = 120;
/// For how long, in seconds: an afternoon.
const LIFE_S: u32 = 4 * 60 * 60;
/// What may be sent meanwhile: the end of it, and a choice of light or dark.
const ALLOWED: &[&str] = &["/preview/end", "/theme"];

kernel::word_enum! {
    /// As whom somebody looks.
    pub enum Persona {
        /// Nobody in particular.
        Visitor = "visitor",
        /// Somebody who is signed in.
        Attendee = "attendee",
    }
}

/// Somebody looks as somebody else would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where: an id.
    pub place: String,
    /// As whom.
    pub persona: Persona,
    /// The state that the place is looked at in; empty for the one that it is in.
    pub state: String,
    /// Who really looks.
    pub by: Actor,
}

impl Preview {
    /// What a request's cookie says. Programs with tokens look as themselves.
    pub(crate) fn of(headers: &HeaderMap, actor: Option<&Actor>) -> Option<Self> {
        let by = actor.filter(|actor| actor.limit.is_none())?;
        let text = cookie(headers, COOKIE).filter(|text| text.len() <= COOKIE_CHARS_MAX)?;
        let mut parts = text.split('.');
        let place = parts.next().filter(|place| !place.is_empty())?;
        let persona = Persona::parse(parts.next()?)?;
        let state = parts.next().unwrap_or_default();
        Some(Self {
            place: place.to_owned(),
            persona,
            state: state.to_owned(),
            by: by.clone(),
        })
    }

    /// Who asks, as far as everybody else is concerned. Sockets are nobody's: what is said there is not asked for again.
    pub(crate) fn actor(&self, path: &str) -> Option<Actor> {
        let is_socket = path.starts_with("/rt");
        (self.persona == Persona::Attendee && !is_socket).then(|| self.by.clone())
    }
}

/// Whether a request would change something while somebody only looks.
pub(crate) fn forbids(cx: &Cx, method: &Method) -> bool {
    let path = cx.client.path.split('?').next().unwrap_or_default();
    cx.preview.is_some() && !method.is_safe() && !ALLOWED.contains(&path)
}

/// Begins to look at a place as somebody else, at the page `to`.
pub fn begin(cx: &Cx, place: &str, persona: Persona, state: &str, to: &str) -> Response {
    let line = format!("{place}.{persona}.{state}; Path=/; Max-Age={LIFE_S}");
    answer(cx, to, &line)
}

/// The form that ends it.
#[derive(Deserialize)]
pub(crate) struct End {
    next: Option<String>,
}

/// Ends it, where it was.
pub(crate) async fn end(cx: Cx, crate::Form(form): crate::Form<End>) -> Response {
    answer(
        &cx,
        form.next.as_deref().unwrap_or("/"),
        "; Path=/; Max-Age=0",
    )
}

fn answer(cx: &Cx, to: &str, line: &str) -> Response {
    let mut response = redirect(local_path(to));
    let secure = if cx.site.is_secure() { "; Secure" } else { "" };
    let line = format!("{COOKIE}={line}; SameSite=Lax; HttpOnly{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cx::Limit;

    fn actor() -> Actor {
        Actor {
            account: "acc_1".into(),
            session: "ses_1".into(),
            name: "Towa".into(),
            email: "towa@example.org".into(),
            zone: None,
            strong: false,
            limit: None,
        }
    }

    fn said(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let line = HeaderValue::from_str(&format!("preview={value}")).expect("a header");
        headers.insert(header::COOKIE, line);
        headers
    }

    #[test]
    fn only_somebody_signed_in_by_a_browser_looks_as_somebody_else() {
        let headers = said("cnf_1.visitor.announced");
        let own = actor();
        let preview = Preview::of(&headers, Some(&own)).expect("one");
        assert_eq!(
            (preview.place.as_str(), preview.state.as_str()),
            ("cnf_1", "announced")
        );
        assert_eq!(preview.actor("/"), None);
        assert_eq!(Preview::of(&headers, None), None);
        let program = Actor {
            limit: Some(Limit {
                place: "cnf_1".into(),
                writes: true,
            }),
            ..actor()
        };
        assert_eq!(Preview::of(&headers, Some(&program)), None);
    }

    #[test]
    fn an_attendee_is_themselves_but_not_on_sockets() {
        let preview = Preview::of(&said("cnf_1.attendee."), Some(&actor())).expect("one");
        assert_eq!(preview.actor("/matsuri"), Some(actor()));
        assert_eq!(preview.actor("/rt"), None);
    }

    #[test]
    fn what_says_nothing_or_too_much_is_none() {
        let long = format!("cnf_1.visitor.{}", "x".repeat(COOKIE_CHARS_MAX));
        for bad in [
            "",
            "x",
            ".visitor.",
            "cnf_1.chair.",
            "cnf_1.owner",
            long.as_str(),
        ] {
            assert_eq!(Preview::of(&said(bad), Some(&actor())), None, "{bad}");
        }
    }
}
