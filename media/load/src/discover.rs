//! From an address that a person has to the playlists behind it.

use anyhow::{Context as _, Result, bail, ensure};

use crate::limits;
use crate::origin::{Address, Trust};
use crate::wire::{Connection, find};

/// A stream's playlists.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The media playlist.
    pub media: Address,
    /// What the multivariant playlist says about it, if there is one.
    pub codecs: Option<String>,
}

const MULTIVARIANT: &str = "index.m3u8";

impl Stream {
    /// Follows an address to a media playlist: that of a track's page, a multivariant playlist, or the playlist itself.
    pub async fn find(url: &str, trust: Trust) -> Result<Self> {
        let mut address = Address::find(url, trust).await?;
        let mut codecs = None;
        for _ in 0..limits::REDIRECTS_MAX {
            let mut connection = Connection::open(address.origin.clone()).await?;
            let answer = connection.ask(&address.get("")).await?;
            if let (301..=303 | 307 | 308, Some(to)) = (answer.status, answer.header("location")) {
                address = address.join(to).await?;
                continue;
            }
            ensure!(
                answer.status != 503,
                "{address} answers 503: nothing is sent to this stream"
            );
            ensure!(answer.status == 200, "{address} answers {}", answer.status);
            let text = String::from_utf8_lossy(answer.body).into_owned();
            if !text.starts_with("#EXTM3U") {
                let playlist = in_page(&text)
                    .with_context(|| format!("there is no picture on {address} right now"))?;
                address = address.join(&playlist).await?;
                continue;
            }
            let Some(variant) = variant(&text) else {
                return Ok(Self {
                    media: address,
                    codecs,
                });
            };
            codecs = variant.codecs;
            address = address.join(&variant.uri).await?;
        }
        bail!("{url} leads from one address to the next")
    }
}

struct Variant {
    uri: String,
    codecs: Option<String>,
}

/// The first variant of a multivariant playlist.
fn variant(text: &str) -> Option<Variant> {
    let mut lines = text.lines();
    let about = lines.find_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:"))?;
    let uri = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let codecs = about.split_once("CODECS=\"").map(|(_, rest)| rest);
    Some(Variant {
        uri: uri.to_owned(),
        codecs: codecs.and_then(|rest| Some(rest.split_once('"')?.0.to_owned())),
    })
}

/// The address of the playlist that a page plays: it stands in quotes.
fn in_page(html: &str) -> Option<String> {
    let end = find(html.as_bytes(), MULTIVARIANT.as_bytes())? + MULTIVARIANT.len();
    let before = &html[..end];
    let begin = before.rfind(['"', '\''])? + 1;
    Some(before[begin..].replace("&#x2f;", "/").replace("\\/", "/"))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[test]
    fn a_page_names_its_playlist() {
        let page = "<video src=\"/media/days/a/index.m3u8\"></video>";
        assert_eq!(in_page(page).as_deref(), Some("/media/days/a/index.m3u8"));
        let island = "{\"playback\":{\"url\":\"https:\\/\\/cdn.test/t/x/media/d/a/index.m3u8\"}}";
        let url = in_page(island);
        assert_eq!(
            url.as_deref(),
            Some("https://cdn.test/t/x/media/d/a/index.m3u8")
        );
        assert_eq!(in_page("<p>nothing on air</p>"), None);
    }

    #[tokio::test]
    async fn an_address_that_leads_in_circles_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = tokio::task::JoinSet::new();
        server.spawn(async move {
            let mut asked = 0;
            while let Ok((mut io, _)) = listener.accept().await {
                asked += 1;
                assert!(asked <= limits::REDIRECTS_MAX);
                let answer =
                    "HTTP/1.1 303 See Other\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
                io.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let found = Stream::find(&format!("http://{address}/"), Trust::Authorities).await;
        assert!(found.is_err_and(|error| error.to_string().contains("leads from")));
        assert!(server.try_join_next().is_none());
    }

    #[test]
    fn a_multivariant_playlist_leads_to_the_first_variant() {
        let text =
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.1,mp4a.40.2\",X=Y\n\nlive.m3u8\n";
        let found = variant(text).unwrap();
        assert_eq!(found.uri, "live.m3u8");
        assert_eq!(found.codecs.as_deref(), Some("avc1.1,mp4a.40.2"));
        assert!(variant("#EXTM3U\n#EXTINF:2,\na.m4s\n").is_none());
    }
}
