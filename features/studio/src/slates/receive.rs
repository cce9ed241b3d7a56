//! A film on its way from somebody's computer to our disk: never in memory, never longer than it may be.

use axum::body::BodyDataStream;
use axum::extract::Multipart;
use futures_util::StreamExt as _;
use kernel::Error;
use media_film::limits::FILE_BYTES_MAX;
use platform::blob::{Blobs, Stored};
use web::Patience;

/// A form with a film in it.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) purpose: String,
    pub(crate) name: String,
    pub(crate) tracks: Vec<String>,
    /// What the file was called, and the file.
    pub(crate) film: Option<(String, Stored)>,
}

impl Form {
    /// Reads a form; the film goes to the disk as it comes.
    pub(crate) async fn receive(
        mut form: Multipart,
        blobs: &Blobs,
        patience: &Patience,
    ) -> web::Result<Self> {
        let mut read = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(malformed)? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "film" => {
                    let called = field.file_name().unwrap_or_default().to_owned();
                    let mut writer = blobs.writer(FILE_BYTES_MAX).await?;
                    let mut is_empty = true;
                    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
                        patience.renew();
                        is_empty &= chunk.is_empty();
                        writer.write(&chunk).await?;
                    }
                    if !is_empty {
                        read.film = Some((called, writer.finish().await?));
                    }
                }
                "purpose" => read.purpose = text(field).await?,
                "name" => read.name = text(field).await?,
                "track" => read.tracks.push(text(field).await?),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// A film as the body of a request.
pub(crate) async fn body(
    mut body: BodyDataStream,
    blobs: &Blobs,
    patience: &Patience,
) -> web::Result<Stored> {
    let mut writer = blobs.writer(FILE_BYTES_MAX).await?;
    let mut is_empty = true;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Error::invalid("film", "studio-slate-cut-off"))?;
        patience.renew();
        is_empty &= chunk.is_empty();
        writer.write(&chunk).await?;
    }
    if is_empty {
        return Err(Error::invalid("film", "studio-slate-no-film").into());
    }
    Ok(writer.finish().await?)
}

async fn text(field: axum::extract::multipart::Field<'_>) -> web::Result<String> {
    let text = field.text().await.map_err(malformed)?;
    // Rules follow; here it is only bounded.
    Ok(text.chars().take(400).collect())
}

fn malformed(_: axum::extract::multipart::MultipartError) -> Error {
    Error::invalid("film", "studio-slate-cut-off")
}
