//! `/{conf}/looks/{file}`: the pictures of a conference, and where its pages show them.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::Scope;
use kernel::Error;
use serde_json::json;
use web::{Cx, Logo, Picture, Pictures};

use super::programme;
use crate::model::{Format, Look, Looks, Size, Spot};
use crate::programmes::Programmes;
use crate::store::Conference;

/// A drawing is a page of its own for who opens its address: one that may do nothing.
const DRAWING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// How long something that never becomes another thing is kept, and by whom: what only the team may see yet is nothing for
/// caches on the way.
pub(super) fn keeping(cx: &Cx, conference: &Conference) -> &'static str {
    if conference.effects().open && cx.preview.is_none() {
        "public, max-age=31536000, immutable"
    } else {
        "private, no-cache"
    }
}

/// A file belongs to the conference whose guard was passed, and never becomes another one.
pub(super) async fn file(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let looks = programme.conference.settings().looks;
    let nothing = || Error::NotFound("picture");
    let size = looks.files().find(|size| size.name() == name);
    let size = size.ok_or_else(nothing)?;
    let caching = keeping(&cx, &programme.conference);
    let etag = format!("\"{}\"", size.file);
    let mut response = if super::is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = cx
            .blobs
            .get(&crate::actions::stored_at(size))
            .await?
            .ok_or_else(nothing)?;
        let kind = [(header::CONTENT_TYPE, size.format.media_type())];
        (kind, bytes).into_response()
    };
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, etag);
    }
    if size.format == Format::Svg {
        let policy = HeaderValue::from_static(DRAWING_POLICY);
        fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// What is told to those who put the conference on their home screen.
pub(super) async fn manifest(cx: Cx, conference: Conference) -> web::Result<Response> {
    let settings = conference.settings();
    let base = format!("/{}", conference.slug);
    let icons = settings.looks.at(Spot::Icon);
    let icons = icons.ok_or(Error::NotFound("manifest"))?.sizes.iter();
    let icons = icons.map(|size| {
        let own = picture(&base, size);
        json!({"src": own.src, "type": size.format.media_type(), "sizes": format!("{}x{}", own.width, own.height)})
    });
    let hero = Some(settings.theme.hero).filter(|color| !color.is_empty());
    let hero = hero.unwrap_or_else(|| "#11123f".to_owned());
    let manifest = json!({
        "name": conference.title_in(cx.locale),
        "lang": cx.locale.as_str(),
        "id": base,
        "start_url": base,
        "scope": base,
        "display": "minimal-ui",
        "theme_color": hero,
        "background_color": hero,
        "icons": icons.collect::<Vec<_>>(),
    });
    let kind = [(header::CONTENT_TYPE, "application/manifest+json")];
    Ok((kind, Json(manifest)).into_response())
}

/// A file of a picture at its address.
pub(super) fn picture(base: &str, size: &Size) -> Picture {
    Picture {
        src: format!("{base}/looks/{}", size.name()),
        width: size.width,
        height: size.height,
    }
}

/// What every page of a conference shows.
pub(super) fn pictures(cx: &Cx, conference: &Conference, looks: &Looks) -> Pictures {
    let base = format!("/{}", conference.slug);
    let largest = |spot: Spot| looks.at(spot).and_then(Look::largest);
    let shown = |size: &Size| picture(&base, size);
    let light = looks.at(Spot::Logo).zip(largest(Spot::Logo));
    let logo = light.map(|(look, size)| {
        // What is wide has the name in it.
        let is_name = size.width >= size.height * 2;
        let said = look.alt_in(cx.locale.as_str());
        let title = conference.title_in(cx.locale);
        let alt = if said.is_empty() && is_name {
            title
        } else {
            said
        };
        Logo {
            light: shown(size),
            dark: largest(Spot::LogoDark).map(shown),
            alt: alt.to_owned(),
            is_name,
        }
    });
    let icons: Vec<Picture> = looks
        .at(Spot::Icon)
        .map(|look| look.sizes.iter().map(shown).collect())
        .unwrap_or_default();
    Pictures {
        logo,
        manifest: format!("{base}/manifest.webmanifest"),
        icons,
        card: looks.card().map(|size| {
            let own = shown(size);
            Picture {
                src: cx.site.url(&own.src),
                ..own
            }
        }),
        card_is_wide: looks.at(Spot::Hero).is_some(),
    }
}

/// The picture of a front page, in every width that there is.
pub(super) struct Hero {
    /// The address for those who do not choose.
    pub(super) picture: Picture,
    /// All addresses with their widths.
    pub(super) srcset: String,
    /// What is said instead of it.
    pub(super) alt: String,
}

/// What the front page shows.
pub(super) fn hero(cx: &Cx, conference: &Conference, looks: &Looks) -> Option<Hero> {
    let base = format!("/{}", conference.slug);
    let look = looks.at(Spot::Hero)?;
    let each = look.sizes.iter().map(|size| {
        let own = picture(&base, size);
        format!("{} {}w", own.src, own.width)
    });
    Some(Hero {
        srcset: each.collect::<Vec<_>>().join(", "),
        picture: picture(&base, look.largest()?),
        alt: look.alt_in(cx.locale.as_str()).to_owned(),
    })
}
