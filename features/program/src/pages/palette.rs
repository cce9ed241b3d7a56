//! `/{conf}/palette.json`: where one can go in a conference, for the command palette: pages, talks and speakers that whoever
//! asks may see.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use identity::{Role, Scope};
use serde::Serialize;
use web::Cx;

use super::{brand, programme};
use crate::programmes::Programmes;

#[derive(Serialize)]
struct Item {
    label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    href: String,
}

#[derive(Serialize)]
struct Palette {
    placeholder: String,
    none: String,
    items: Vec<Item>,
}

pub(super) async fn items(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let base = format!("/{}", programme.conference.slug);
    let page = |label: String, href: String| Item {
        label,
        note: String::new(),
        href,
    };
    let menu = brand(&cx, &programme.conference, Some(&scope), "");
    let mut items: Vec<Item> = vec![page(menu.title, menu.href)];
    items.extend(menu.nav.into_iter().map(|item| page(item.label, item.href)));
    if scope.has(Role::Contents) {
        for (key, path) in [
            ("program-palette-talks", "talks"),
            ("program-talk-new", "talks/new"),
            ("program-palette-speakers", "speakers"),
            ("program-person-new", "speakers/new"),
        ] {
            items.push(page(cx.text(key, &[]), format!("{base}/admin/{path}")));
        }
    }
    items.extend(programme.talks.iter().map(|talk| {
        let names: Vec<&str> = programme
            .speakers_of(&talk.id)
            .map(|own| own.name.as_str())
            .collect();
        Item {
            label: talk.title.clone(),
            note: names.join(", "),
            href: format!("{base}/talks/{}", talk.slug),
        }
    }));
    items.extend(programme.speakers.iter().map(|speaker| Item {
        label: speaker.name.clone(),
        note: cx.text("program-palette-speaker", &[]),
        href: format!("{base}/speakers/{}", speaker.slug),
    }));
    let palette = Palette {
        placeholder: cx.text("program-palette-placeholder", &[]),
        none: cx.text("program-none-found", &[]),
        items,
    };
    Ok((
        [(header::CACHE_CONTROL, "private, no-cache")],
        axum::Json(palette),
    )
        .into_response())
}
