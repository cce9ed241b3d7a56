//! `/{conf}/talks/{talk}/slides/{file}`: slides for everybody who sees the talk, and
//! `/{conf}/admin/talks/{talk}/slides`: where the team brings them.

use std::fmt::Write as _;

use askama::Template;
use axum::body::Body;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Contents, Grant, Routes, Scope};
use kernel::Error;
use platform::blob::{BlobId, Blobs, Stored};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use web::form::Done;
use web::{Cx, Page, Patience};

use super::admin::{CONTENTS, Frame};
use super::clocks::Clocks;
use super::programme;
use crate::actions::{Writer, slides};
use crate::limits;
use crate::metrics::Metrics;
use crate::model::TalkId;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::Talk;
use crate::store::slides::{Slides, of_talk};

/// What a form adds to the file that it carries.
const FORM_BYTES: usize = 64 * 1024;
/// How every PDF begins (ISO 32000-2 §7.5.2).
const MAGIC: &[u8] = b"%PDF-";
/// What is read from the disk at once.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Routes<Programmes> {
    let body = usize::try_from(limits::SLIDES_BYTES_MAX).unwrap_or(usize::MAX);
    Routes::new()
        .get(
            "/{conf}/talks/{talk}/slides/{file}",
            identity::Access::Anyone,
            file,
        )
        .get("/{conf}/admin/talks/{talk}/slides", CONTENTS, page)
        .with_body(
            Method::POST,
            "/{conf}/admin/talks/{talk}/slides",
            CONTENTS,
            body.saturating_add(FORM_BYTES),
            add,
        )
        .get(
            "/{conf}/admin/talks/{talk}/slides/{file}",
            CONTENTS,
            own_file,
        )
        .post(
            "/{conf}/admin/talks/{talk}/slides/{file}/bin",
            CONTENTS,
            bin,
        )
        .post(
            "/{conf}/admin/talks/{talk}/slides/{file}/restore",
            CONTENTS,
            restore,
        )
}

/// A talk in an address, and perhaps a file of it.
#[derive(Deserialize)]
pub(crate) struct SlidesPath {
    talk: String,
    file: Option<String>,
}

impl SlidesPath {
    pub(crate) fn talk(&self) -> kernel::Result<TalkId> {
        TalkId::parse(&self.talk).map_err(|_| Error::NotFound("talk"))
    }

    pub(crate) fn file(&self) -> kernel::Result<BlobId> {
        let file = self.file.as_deref().unwrap_or_default();
        BlobId::parse(file).map_err(|_| Error::NotFound("slides"))
    }
}

/// Where everybody who sees a talk finds a file of it.
pub(crate) fn place(programme: &Programme, talk: &Talk, slides: &Slides) -> String {
    let conference = &programme.conference.slug;
    format!("/{conference}/talks/{}/slides/{}", talk.slug, slides.id)
}

/// A length in words that say how long one waits for it.
pub(super) fn length(bytes: i64) -> String {
    let kilobytes = bytes.max(0) / 1_000;
    if kilobytes < 1_000 {
        format!("{} kB", kilobytes.max(1))
    } else {
        format!("{}.{} MB", kilobytes / 1_000, kilobytes % 1_000 / 100)
    }
}

async fn file(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let id = path.file()?;
    let talk = programme.talk_named(&path.talk);
    let talk = talk.ok_or(Error::NotFound("talk"))?;
    let slides = programme.slides_of(&talk.id).find(|own| own.id == id);
    let slides = slides.ok_or(Error::NotFound("slides"))?;
    send(&cx.blobs, slides, &headers).await
}

/// The same for the team, also of talks that nobody else sees, and from the bin.
async fn own_file(
    cx: Cx,
    scope: Scope,
    Path(path): Path<SlidesPath>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let all = of_talk(&cx.db, scope.conference(), &path.talk()?).await?;
    let id = path.file()?;
    let slides = all.iter().find(|own| own.id == id);
    send(
        &cx.blobs,
        slides.ok_or(Error::NotFound("slides"))?,
        &headers,
    )
    .await
}

/// A file piece by piece, to be kept and not to be opened within the site.
async fn send(blobs: &Blobs, slides: &Slides, headers: &HeaderMap) -> web::Result<Response> {
    let etag = format!("\"{}\"", slides.id);
    let mut response = if super::is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let opened = tokio::fs::File::open(blobs.path(&slides.id)).await;
        let reading = opened.map_err(Error::internal)?;
        let pieces = stream::try_unfold(reading, |mut reading| async move {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let mut some = (&mut reading).take(PIECE_BYTES as u64);
            let read = some.read_to_end(&mut piece).await?;
            Ok::<_, std::io::Error>((read > 0).then_some((piece, reading)))
        });
        let fields = [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_LENGTH, slides.bytes.to_string()),
            (header::CONTENT_DISPOSITION, disposition(&slides.name)),
        ];
        (fields, Body::from_stream(pieces)).into_response()
    };
    let fields = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, etag);
    }
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    fields.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// A file to be kept under its name (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"slides.pdf\"; filename*=UTF-8''{encoded}")
}

#[derive(Template)]
#[template(path = "admin_slides.html")]
struct SlidesPage {
    page: Page,
    frame: Frame,
    talk: String,
    title: String,
    here: String,
    shown: Vec<Row>,
    binned: Vec<Row>,
    megabytes: u64,
    complaint: Option<String>,
}

struct Row {
    href: String,
    name: String,
    length: String,
    when: String,
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    talk: &TalkId,
    (status, complaint): (StatusCode, Option<String>),
) -> web::Result<Response> {
    let id = scope.conference();
    let (row, all) = slides::known(&cx.db, id, talk).await?;
    let frame = Frame::of(cx, scope, &programme.conference, "talks");
    let clocks = Clocks::of(cx, &programme.conference);
    let here = format!("{}/admin/talks/{talk}/slides", frame.base);
    let of = |own: &Slides| Row {
        href: format!("{here}/{}", own.id),
        name: own.name.clone(),
        length: length(own.bytes),
        when: format!(
            "{} {}",
            clocks.long_date(own.uploaded_at),
            clocks.clock(own.uploaded_at)
        ),
    };
    let (shown, binned): (Vec<_>, Vec<_>) = all.iter().partition(|own| own.binned_at.is_none());
    let template = SlidesPage {
        page: frame.page(cx, scope, &programme.conference),
        talk: format!("{}/admin/talks/{talk}", frame.base),
        title: row.title,
        shown: shown.into_iter().map(of).collect(),
        binned: binned.into_iter().map(of).collect(),
        megabytes: limits::SLIDES_BYTES_MAX / 1024 / 1024,
        complaint,
        frame,
        here,
    };
    Ok(template.page.clone().render_status(status, &template))
}

async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    show(
        &cx,
        &scope,
        &programme,
        &path.talk()?,
        (StatusCode::OK, None),
    )
    .await
}

async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    patience: Patience,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
    request: Request,
) -> web::Result<Response> {
    let seen = programme(&cx, &programmes, &scope).await?;
    let talk = path.talk()?;
    let writer = Writer::of(&cx, &programmes);
    let added = async {
        // Before the file, which may take a while.
        slides::has_room(&cx.db, grant.conference(), &talk).await?;
        let (name, stored) = receive(request, &cx.blobs, programmes.metrics(), &patience).await?;
        slides::bring(&writer, &grant, &talk, (&name, &stored), None).await
    };
    let complaint = match added.await {
        Ok(row) => {
            let here = format!("/{}/admin/talks/{talk}/slides", seen.conference.slug);
            let undo = format!("{here}/{}/bin", row.id);
            return Ok(Done::to(&cx, here)
                .say("program-slides-added", &[("name", &row.name)])
                .undo(undo)
                .into_response());
        }
        Err(Error::Invalid(fields)) => fields.into_iter().next().map(|field| field.message),
        Err(Error::Conflict(message)) => Some(message),
        Err(error) => return Err(error.into()),
    };
    let said = complaint.map(|message| cx.texts.message(cx.locale, &message));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show(&cx, &scope, &seen, &talk, (status, said)).await
}

/// The file of a form.
async fn receive(
    request: Request,
    blobs: &Blobs,
    metrics: &Metrics,
    patience: &Patience,
) -> kernel::Result<(String, Stored)> {
    let cut_off = || Error::invalid("file", "program-slides-cut-off");
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| cut_off())?;
    while let Some(field) = form.next_field().await.map_err(|_| cut_off())? {
        if field.name() == Some("file") {
            let called = field.file_name().unwrap_or_default().to_owned();
            return Ok((called, kept(field, blobs, metrics, patience).await?));
        }
    }
    Err(Error::invalid("file", "program-look-none"))
}

/// A file to the disk as it comes, and no further than it is one of the kind.
pub(crate) async fn kept<E>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
    blobs: &Blobs,
    metrics: &Metrics,
    patience: &Patience,
) -> kernel::Result<Stored> {
    let stored = written(pieces, blobs, patience).await;
    let bytes = stored.as_ref().map_or(0, |stored| stored.bytes);
    let bytes = usize::try_from(bytes).unwrap_or_default();
    metrics.uploaded("slides", bytes, stored.is_ok());
    stored
}

async fn written<E>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
    blobs: &Blobs,
    patience: &Patience,
) -> kernel::Result<Stored> {
    let mut pieces = std::pin::pin!(pieces);
    let mut writer = blobs.writer(limits::SLIDES_BYTES_MAX).await?;
    let mut begins: Vec<u8> = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Error::invalid("file", "program-slides-cut-off"))?;
        patience.renew();
        if begins.len() < MAGIC.len() {
            let wanted = MAGIC.len() - begins.len();
            begins.extend_from_slice(piece.get(..wanted).unwrap_or(&piece));
            if !MAGIC.starts_with(&begins) {
                return Err(Error::invalid("file", "program-slides-kind"));
            }
        }
        writer.write(&piece).await?;
    }
    if begins.is_empty() {
        return Err(Error::invalid("file", "program-look-none"));
    }
    if begins != MAGIC {
        return Err(Error::invalid("file", "program-slides-kind"));
    }
    writer.finish().await
}

async fn bin(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
    scope: Scope,
) -> web::Result<Response> {
    marked(&cx, &scope, &grant, &programmes, &path, false).await
}

async fn restore(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path(path): Path<SlidesPath>,
    scope: Scope,
) -> web::Result<Response> {
    marked(&cx, &scope, &grant, &programmes, &path, true).await
}

async fn marked(
    cx: &Cx,
    scope: &Scope,
    grant: &Grant<Contents>,
    programmes: &Programmes,
    path: &SlidesPath,
    restore: bool,
) -> web::Result<Response> {
    let seen = programme(cx, programmes, scope).await?;
    let (talk, id) = (path.talk()?, path.file()?);
    let writer = Writer::of(cx, programmes);
    let row = slides::bin(&writer, grant, (&talk, &id), restore).await?;
    let here = format!("/{}/admin/talks/{talk}/slides", seen.conference.slug);
    let (said, undo) = if restore {
        ("program-slides-restored", "bin")
    } else {
        ("program-slides-binned", "restore")
    };
    Ok(Done::to(cx, &here)
        .say(said, &[("name", &row.name)])
        .undo(format!("{here}/{id}/{undo}"))
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_and_gets_no_other_header() {
        let field = disposition("発表 \"x\"\r\nSet-Cookie: a.pdf");
        assert!(field.ends_with("Set-Cookie%3A%20a.pdf"), "{field}");
        assert!(HeaderValue::from_str(&field).is_ok());
        assert_eq!(length(12), "1 kB");
        assert_eq!(length(999_999), "999 kB");
        assert_eq!(length(12_345_678), "12.3 MB");
    }
}
