//! `/{conf}/admin`: what is missing, and the way to every section.

pub(super) mod copy;
pub(super) mod delete;
pub(super) mod import;
pub(super) mod lifecycle;
pub(super) mod looks;
pub(super) mod parts;
pub(super) mod preview;
pub(super) mod settings;
pub(super) mod sheets;
pub(super) mod theme;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use identity::{Access, Role, Routes, Scope};
use web::{Cx, NavItem, Page};

use super::clocks::Clocks;
use super::{brand, lifecycle_word, programme};
use crate::limits;
use crate::model::{Effects, SwitchState};
use crate::programmes::Programmes;
use crate::readiness::{self, Check};
use crate::store::{Conference, switches};

/// Who looks after the programme.
pub(super) const CONTENTS: Access = Access::Role(&[Role::Contents]);
/// Who leads. What the chair alone may do can also be done to a closed conference.
pub(super) const CHAIR: Access = Access::Role(&[Role::Chair]);

/// What a form adds to the file that it carries.
const FORM_BYTES: usize = 64 * 1024;

/// The routes of these pages.
pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/{conf}/admin", CONTENTS, page)
        .get("/{conf}/admin/import", CONTENTS, import::page)
        .with_body(
            http::Method::POST,
            "/{conf}/admin/import",
            CONTENTS,
            limits::UPLOAD_BYTES_MAX,
            import::import,
        )
        .get("/{conf}/admin/settings", CONTENTS, settings::page)
        .post("/{conf}/admin/settings", CONTENTS, settings::save)
        .get("/{conf}/admin/lifecycle", CONTENTS, lifecycle::page)
        .post("/{conf}/admin/lifecycle", CHAIR, lifecycle::enter)
        .post("/{conf}/admin/lifecycle/switches", CHAIR, lifecycle::plan)
        .post(
            "/{conf}/admin/lifecycle/switches/{switch}/cancel",
            CHAIR,
            lifecycle::cancel,
        )
        .get("/{conf}/admin/copy", CHAIR, copy::page)
        .post("/{conf}/admin/copy", CHAIR, copy::make)
        .get("/{conf}/admin/delete", CHAIR, delete::page)
        .post("/{conf}/admin/delete", CHAIR, delete::delete)
        .post("/{conf}/admin/delete/restore", CHAIR, delete::restore)
        .get("/{conf}/admin/theme", CONTENTS, theme::page)
        .post("/{conf}/admin/theme", CONTENTS, theme::save)
        .with_body(
            http::Method::POST,
            "/{conf}/admin/theme/{spot}",
            CONTENTS,
            limits::LOOK_BYTES_MAX + FORM_BYTES,
            looks::save,
        )
        .get("/{conf}/admin/preview", CONTENTS, preview::page)
        .post(
            "/{conf}/admin/preview",
            Access::Looking(&[Role::Contents]),
            preview::begin,
        )
        .get("/{conf}/admin/pages", CONTENTS, sheets::list)
        .post("/{conf}/admin/pages", CONTENTS, sheets::add)
        .get("/{conf}/admin/pages/{sheet}", CONTENTS, sheets::piece)
        .post("/{conf}/admin/pages/{sheet}", CONTENTS, sheets::change)
        .post("/{conf}/admin/pages/{sheet}/order", CONTENTS, sheets::order)
        .post(
            "/{conf}/admin/pages/{sheet}/remove",
            CONTENTS,
            sheets::remove,
        )
        .get("/{conf}/admin/{part}", CONTENTS, parts::list)
        .post("/{conf}/admin/{part}", CONTENTS, parts::add)
        .get("/{conf}/admin/{part}/{piece}", CONTENTS, parts::piece)
        .post("/{conf}/admin/{part}/{piece}", CONTENTS, parts::change)
        .post("/{conf}/admin/{part}/{piece}/order", CONTENTS, parts::order)
        .post(
            "/{conf}/admin/{part}/{piece}/remove",
            CONTENTS,
            parts::remove,
        )
}

/// The part of a section's address, the key of its name, and who uses it: those of the route, which for mails and the team
/// stands in other features. A test compares.
type Section = (&'static str, &'static str, Role);

/// Sections of the admin pages, by the key of their group's name.
const GROUPS: &[(&str, &[Section])] = &[
    (
        "program-group-conference",
        &[
            ("", "program-section-overview", Role::Contents),
            ("lifecycle", "program-lifecycle", Role::Contents),
            ("settings", "program-settings", Role::Contents),
            ("languages", "program-part-languages", Role::Contents),
            ("copy", "program-copy", Role::Chair),
            ("delete", "program-delete", Role::Chair),
        ],
    ),
    (
        "program-group-programme",
        &[
            ("talks", "program-talks", Role::Contents),
            ("speakers", "program-speakers", Role::Contents),
            ("days", "program-part-days", Role::Contents),
            ("rooms", "program-part-rooms", Role::Contents),
            ("tracks", "program-part-tracks", Role::Contents),
            ("categories", "program-part-categories", Role::Contents),
            ("types", "program-part-types", Role::Contents),
            ("levels", "program-part-levels", Role::Contents),
            ("durations", "program-part-durations", Role::Contents),
            ("import", "program-import-again", Role::Contents),
        ],
    ),
    (
        "program-group-public",
        &[
            ("theme", "program-theme", Role::Contents),
            ("pages", "program-pages", Role::Contents),
            ("preview", "program-preview", Role::Contents),
        ],
    ),
    (
        "program-group-people",
        &[
            ("team", "program-section-team", Role::Chair),
            ("mail", "program-section-mail", Role::Contents),
        ],
    ),
];

/// Sections that belong together, as the navigation shows them.
pub(super) struct Group {
    pub(super) label: String,
    pub(super) sections: Vec<NavItem>,
}

/// What every page of these has around it.
pub(super) struct Frame {
    pub(super) base: String,
    pub(super) title: String,
    pub(super) state: String,
    /// Whether people outside of the team do not see it.
    pub(super) is_quiet: bool,
    /// Why nothing can be changed.
    pub(super) notice: Option<String>,
    pub(super) label: String,
    pub(super) groups: Vec<Group>,
}

impl Frame {
    /// Around the page of a section.
    pub(super) fn of(cx: &Cx, scope: &Scope, conference: &Conference, section: &str) -> Self {
        let base = format!("/{}", conference.slug);
        let effects = conference.effects();
        let item = |(part, key, _): &Section| NavItem {
            label: cx.text(key, &[]),
            href: if part.is_empty() {
                format!("{base}/admin")
            } else {
                format!("{base}/admin/{part}")
            },
            current: *part == section,
        };
        let group = |(key, sections): &(&str, &[Section])| {
            let own = sections.iter().filter(|(_, _, role)| scope.has(*role));
            let sections: Vec<NavItem> = own.map(item).collect();
            (!sections.is_empty()).then(|| Group {
                label: cx.text(key, &[]),
                sections,
            })
        };
        let groups = GROUPS.iter().filter_map(group).collect();
        let mut all = GROUPS.iter().flat_map(|(_, sections)| *sections);
        let label = all.find(|(part, _, _)| *part == section);
        Self {
            title: conference.title_in(cx.locale).to_owned(),
            state: lifecycle_word(cx, conference),
            is_quiet: !effects.open || effects.sealed,
            notice: effects.sealed.then(|| cx.text("program-sealed", &[])),
            label: label
                .map_or("program-nav-admin", |(_, key, _)| key)
                .to_owned(),
            groups,
            base,
        }
    }

    /// The page itself.
    pub(super) fn page(&self, cx: &Cx, scope: &Scope, conference: &Conference) -> Page {
        let current = format!("{}/admin", self.base);
        Page::new(cx).with_brand(brand(cx, conference, Some(scope), &current))
    }
}

/// What a state means, in sentences.
pub(super) fn effect_sentences(cx: &Cx, effects: Effects) -> Vec<String> {
    let either = |is: bool, yes: &str, no: &str| cx.text(if is { yes } else { no }, &[]);
    let mut sentences = vec![
        either(effects.open, "program-effect-open", "program-effect-hidden"),
        either(
            effects.listed,
            "program-effect-listed",
            "program-effect-unlisted",
        ),
        either(
            effects.live,
            "program-effect-live",
            "program-effect-not-live",
        ),
    ];
    if effects.registration {
        sentences.push(cx.text("program-effect-registration", &[]));
    }
    if effects.sealed {
        sentences.push(cx.text("program-effect-sealed", &[]));
    }
    sentences
}

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    page: Page,
    frame: Frame,
    talks: usize,
    tracks: usize,
    zone: String,
    effects: Vec<String>,
    /// Whether what is sent now is seen: then sending is what one comes for.
    goes_live: bool,
    next_switch: Option<String>,
    done: usize,
    checks: Vec<ShownCheck>,
}

struct ShownCheck {
    done: bool,
    sentence: String,
    todo: String,
    href: String,
}

async fn page(cx: Cx, scope: Scope, State(programmes): State<Programmes>) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let conference = &programme.conference;
    let frame = Frame::of(&cx, &scope, conference, "");
    let clocks = Clocks::of(&cx, conference);
    let switches = switches::switches(&cx.db, &conference.id, limits::SWITCHES_SHOWN).await?;
    let next = switches
        .iter()
        .find(|switch| switch.state == SwitchState::Pending);
    let next_switch = next.map(|switch| {
        let when = format!(
            "{} {}",
            clocks.long_date(switch.at),
            clocks.clock(switch.at)
        );
        let state = cx.text(&format!("program-lifecycle-{}", switch.lifecycle), &[]);
        cx.text("program-switch-next", &[("when", &when), ("state", &state)])
    });
    let checks = readiness::of(&programme);
    let shown = |check: &Check| ShownCheck {
        done: check.done,
        sentence: cx.text(&format!("program-ready-{}", check.what), &[]),
        todo: cx.text(&format!("program-ready-{}-todo", check.what), &[]),
        href: format!("{}{}", frame.base, check.place),
    };
    let template = AdminPage {
        page: frame.page(&cx, &scope, conference),
        talks: programme
            .talks
            .iter()
            .filter(|talk| !talk.is_break())
            .count(),
        tracks: programme.tracks.len(),
        zone: clocks.venue_label(cx.now),
        effects: effect_sentences(&cx, conference.effects()),
        goes_live: conference.effects().live,
        next_switch,
        done: checks.iter().filter(|check| check.done).count(),
        checks: checks.iter().map(shown).collect(),
        frame,
    };
    Ok(template.page.clone().render(&template))
}
