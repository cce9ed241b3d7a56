//! What every page shares: language, account, brand, assets. Templates extend `layout.html`.

use std::fmt::Write as _;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::assets;
use crate::cx::Cx;

/// The head of a conference's pages.
#[derive(Clone, Debug)]
pub struct Brand {
    /// Name of the conference.
    pub title: String,
    /// Its top page.
    pub href: String,
    /// Its menu.
    pub nav: Vec<NavItem>,
    /// Address of a stylesheet of its own, after the product's.
    pub stylesheet: Option<String>,
    /// Its pictures.
    pub pictures: Pictures,
    /// What everybody who reads its pages has to know, such as that they look at something that is not so yet.
    pub note: Option<String>,
}

/// The pictures of a conference, as every page of it has them.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    /// Its logo, in place of the product's.
    pub logo: Option<Logo>,
    /// Its icons, by their width.
    pub icons: Vec<Picture>,
    /// Address of what is told to those who install it; empty where there is nothing.
    pub manifest: String,
    /// What other sites show where somebody links to it; its address is absolute.
    pub card: Option<Picture>,
    /// Whether that is wide, and not just an icon.
    pub card_is_wide: bool,
}

/// A logo.
#[derive(Clone, Debug)]
pub struct Logo {
    /// On light grounds.
    pub light: Picture,
    /// On dark grounds, where that is another one.
    pub dark: Option<Picture>,
    /// What is said instead of it.
    pub alt: String,
    /// Whether it says the conference's name itself, so that the name is not written beside it.
    pub is_name: bool,
}

/// A picture as a page shows it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its address.
    pub src: String,
    /// Its width, pixels.
    pub width: u32,
    /// Its height, pixels.
    pub height: u32,
}

/// One entry of a menu.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Text in the reader's language.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether the reader is there.
    pub current: bool,
}

/// The signed-in person as pages show them.
#[derive(Clone, Debug)]
pub struct Account {
    /// Name as the person writes it.
    pub name: String,
    /// Mail address.
    pub email: String,
}

/// What templates know beside their own data.
#[derive(Clone)]
pub struct Page {
    cx: Cx,
    brand: Option<Brand>,
}

/// Markup that is already safe.
pub type Markup = askama::filters::Safe<String>;

impl Page {
    /// The page of a request.
    pub fn new(cx: &Cx) -> Self {
        Self {
            cx: cx.clone(),
            brand: None,
        }
    }

    /// With a conference's head and menu.
    #[must_use]
    pub fn with_brand(mut self, brand: Brand) -> Self {
        self.brand = Some(brand);
        self
    }

    /// Text in the reader's language.
    pub fn t(&self, key: &str) -> String {
        self.cx.text(key, &[])
    }

    /// Text with arguments.
    pub fn ta<V: ToString>(&self, key: &str, args: &[(&str, V)]) -> String {
        let owned: Vec<(&str, String)> = args
            .iter()
            .map(|(name, value)| (*name, value.to_string()))
            .collect();
        let args: Vec<(&str, &str)> = owned
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.cx.text(key, &args)
    }

    /// BCP 47 tag of the page's language.
    pub fn locale(&self) -> &'static str {
        self.cx.locale.as_str()
    }

    /// Path and query as asked for.
    pub fn path(&self) -> &str {
        &self.cx.client.path
    }

    /// The same page in another language.
    pub fn in_language(&self, tag: &str) -> String {
        let (path, query) = self.path().split_once('?').unwrap_or((self.path(), ""));
        let kept = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let pairs: Vec<String> = kept
            .map(str::to_owned)
            .chain([format!("lang={tag}")])
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }

    /// Absolute address of this page without its query.
    pub fn canonical(&self) -> String {
        self.cx
            .site
            .url(self.path().split('?').next().unwrap_or("/"))
    }

    /// Who is signed in.
    pub fn account(&self) -> Option<Account> {
        self.cx.actor.as_ref().map(|a| Account {
            name: a.name.clone(),
            email: a.email.clone(),
        })
    }

    /// The conference's head and menu.
    pub fn brand(&self) -> Option<&Brand> {
        self.brand.as_ref()
    }

    /// The viewer's IANA zone, where the browser told it.
    pub fn zone(&self) -> Option<&str> {
        self.cx.client.zone.as_deref()
    }

    /// `light`, `dark` or `system`.
    pub fn theme(&self) -> &'static str {
        self.cx.client.theme
    }

    /// What the page before did, to be said once: sentence and, where it can be undone, the path that does.
    pub fn said(&self) -> Option<(String, Option<String>)> {
        let said = self.cx.client.said.as_ref()?;
        if said.key.is_empty() {
            return None;
        }
        let args: Vec<(&str, &str)> = said
            .args
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let undo = Some(said.undo.clone()).filter(|path| !path.is_empty());
        Some((self.cx.text(&said.key, &args), undo))
    }

    /// The browser's draft that the page before saved.
    pub fn saved_draft(&self) -> &str {
        self.cx
            .client
            .said
            .as_ref()
            .map_or("", |said| said.draft.as_str())
    }

    /// As whom somebody of a team looks, while they do.
    pub fn preview(&self) -> Option<&'static str> {
        Some(self.cx.preview.as_ref()?.persona.as_str())
    }

    /// Whether mails reach people.
    pub fn mails(&self) -> bool {
        self.cx.site.mails
    }

    /// Whether this is the demo.
    pub fn demo(&self) -> bool {
        self.cx.site.demo
    }

    /// Address of the style sheet.
    pub fn stylesheet(&self) -> String {
        assets::style("styles").unwrap_or_default()
    }

    /// Address of a script by its entry name.
    pub fn script(&self, name: &str) -> String {
        assets::script(name).unwrap_or_default()
    }

    /// An island: its first state as JSON, its script and styles. The fallback goes inside by the template's own hand.
    pub fn island(&self, name: &str, state: &impl Serialize) -> Markup {
        let json = serde_json::to_string(state).unwrap_or_else(|_| "null".into());
        // "</script>" and "<!--" cannot appear once "<" is written as an escape (HTML §4.12.1.3).
        let json = json.replace('<', "\\u003c");
        let mut markup = format!("<script type=\"application/json\" data-state>{json}</script>");
        for href in assets::styles_of(name) {
            let _ = write!(markup, "<link rel=\"stylesheet\" href=\"{href}\">");
        }
        if let Some(src) = assets::script(name) {
            for href in assets::imports_of(name) {
                let _ = write!(markup, "<link rel=\"modulepreload\" href=\"{href}\">");
            }
            let _ = write!(markup, "<script type=\"module\" src=\"{src}\"></script>");
        }
        askama::filters::Safe(markup)
    }

    /// The page as a response.
    pub fn render(&self, template: &impl Template) -> Response {
        self.render_status(StatusCode::OK, template)
    }

    /// The page as a response with another status, such as 422 for a form with complaints.
    pub fn render_status(&self, status: StatusCode, template: &impl Template) -> Response {
        match template.render() {
            Ok(html) => {
                let mut response = (status, Html(html)).into_response();
                let language = HeaderValue::from_static(self.locale());
                response
                    .headers_mut()
                    .insert(header::CONTENT_LANGUAGE, language);
                response
            }
            Err(error) => crate::Failure::from(kernel::Error::internal(error)).into_response(),
        }
    }
}

/// 303: the answer to a form that was accepted.
pub fn redirect(to: &str) -> Response {
    let target = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (
        StatusCode::SEE_OTHER,
        [
            (header::LOCATION, target),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
    )
        .into_response()
}

/// A path of this site that somebody else named (`?next=`), or `/` where it would lead elsewhere.
pub fn local_path(next: &str) -> &str {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    if plain && !next.chars().any(|c| c.is_control() || c == '\\') {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_redirect_never_leaves_the_site() {
        assert_eq!(
            local_path("/matsuri-days/live?t=1"),
            "/matsuri-days/live?t=1"
        );
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "evil",
            "/a\r\nb",
            "\\\\x",
            "",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
