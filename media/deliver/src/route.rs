//! The grammar of addresses. What does not match does not exist.
//!
//! ```text
//! [/t/{token}]/media/{channel}/index.m3u8
//!                             /live.m3u8[?_HLS_msn=N[&_HLS_part=N]][&_HLS_skip=YES]
//!                             /captions/{language}/live.m3u8[?_HLS_msn=N]
//!                             /captions/{language}/{epoch}/{msn}.vtt
//!                             /{epoch}/{msn}.m4s   /{epoch}/{msn}.{part}.m4s   /{epoch}/init-{digest}.mp4
//! ```

use media_core::{CAPTIONS_NAME, ChannelName, MEDIA_NAME, MULTIVARIANT_NAME};

use crate::limits;
use crate::metrics::Kind;

/// A request's path, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub(crate) token: Option<&'a str>,
    pub(crate) channel: &'a str,
    pub(crate) leaf: Leaf<'a>,
}

/// What of a channel is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'a> {
    Multivariant,
    Media,
    Captions {
        language: &'a str,
    },
    Cues {
        language: &'a str,
        epoch: &'a str,
        msn: u64,
    },
    Segment {
        epoch: &'a str,
        msn: u64,
    },
    Part {
        epoch: &'a str,
        msn: u64,
        part: usize,
    },
    Init {
        epoch: &'a str,
        name: &'a str,
    },
}

impl Leaf<'_> {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Multivariant => Kind::Multivariant,
            Self::Media | Self::Captions { .. } => Kind::Playlist,
            Self::Cues { .. } => Kind::Cues,
            Self::Segment { .. } => Kind::Segment,
            Self::Part { .. } => Kind::Part,
            Self::Init { .. } => Kind::Init,
        }
    }
}

impl<'a> Route<'a> {
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        if path.len() > limits::PATH_BYTES_MAX {
            return None;
        }
        let (token, path) = match path.strip_prefix("/t/") {
            None => (None, path),
            Some(rest) => {
                let (token, _) = rest.split_once('/')?;
                let fits = (1..=limits::TOKEN_BYTES_MAX).contains(&token.len());
                (
                    Some(token).filter(|_| fits).map(Some)?,
                    &rest[token.len()..],
                )
            }
        };
        let (directory, file) = path.strip_prefix("/media/")?.rsplit_once('/')?;
        let (channel, leaf) = match file {
            MULTIVARIANT_NAME => (directory, Leaf::Multivariant),
            MEDIA_NAME => match captions(directory) {
                Some((channel, language)) => (channel, Leaf::Captions { language }),
                None => (directory, Leaf::Media),
            },
            file if file.strip_suffix(".vtt").is_some() => {
                let (directory, epoch) = directory.rsplit_once('/')?;
                let (channel, language) = captions(directory)?;
                let msn = number(file.strip_suffix(".vtt")?)?;
                let cues = Leaf::Cues {
                    language,
                    epoch,
                    msn,
                };
                (channel, cues)
            }
            file => {
                let (channel, epoch) = directory.rsplit_once('/')?;
                (channel, Leaf::media(epoch, file)?)
            }
        };
        ChannelName::is_well_formed(channel).then_some(Self {
            token,
            channel,
            leaf,
        })
    }
}

/// The channel whose captions are in a folder, and their language.
fn captions(directory: &str) -> Option<(&str, &str)> {
    let (folder, language) = directory.rsplit_once('/')?;
    let channel = folder.strip_suffix(CAPTIONS_NAME)?.strip_suffix('/')?;
    let primary = language.split('-').next().unwrap_or_default();
    // No language is as long as the words that may stand there otherwise: a track may be called `captions`.
    let is_one = (2..=3).contains(&primary.len())
        && language
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_one.then_some((channel, language))
}

impl<'a> Leaf<'a> {
    fn media(epoch: &'a str, file: &'a str) -> Option<Self> {
        if file
            .strip_prefix("init-")
            .and_then(|digest| digest.strip_suffix(".mp4"))
            .is_some()
        {
            return Some(Self::Init { epoch, name: file });
        }
        let numbers = file.strip_suffix(".m4s")?;
        match numbers.split_once('.') {
            None => Some(Self::Segment {
                epoch,
                msn: number(numbers)?,
            }),
            Some((msn, part)) => {
                let part = usize::try_from(number(part)?).ok()?;
                Some(Self::Part {
                    epoch,
                    msn: number(msn)?,
                    part,
                })
            }
        }
    }
}

/// A decimal number in its only spelling: one object has one address.
fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    (plain && shortest).then(|| text.parse().ok())?
}

/// What a request for a media playlist wants to see in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    pub(crate) msn: Option<u64>,
    pub(crate) part: Option<usize>,
    pub(crate) skip: bool,
}

/// Why delivery directives make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadDirectives {
    #[error("the query is too long")]
    TooLong,
    #[error("_HLS_msn and _HLS_part are whole numbers")]
    NoNumber,
    #[error("_HLS_part needs _HLS_msn")]
    PartAlone,
    #[error("_HLS_skip is YES or v2")]
    NoSkip,
}

impl Directives {
    /// Reads the reserved parameters; others are not ours and are ignored.
    pub(crate) fn parse(query: &str) -> Result<Self, BadDirectives> {
        if query.len() > limits::QUERY_BYTES_MAX {
            return Err(BadDirectives::TooLong);
        }
        let mut found = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "_HLS_msn" => found.msn = Some(number(value).ok_or(BadDirectives::NoNumber)?),
                "_HLS_part" => {
                    let part = number(value).and_then(|part| usize::try_from(part).ok());
                    found.part = Some(part.ok_or(BadDirectives::NoNumber)?);
                }
                "_HLS_skip" if value == "YES" || value == "v2" => found.skip = true,
                "_HLS_skip" => return Err(BadDirectives::NoSkip),
                _ => {}
            }
        }
        if found.part.is_some() && found.msn.is_none() {
            return Err(BadDirectives::PartAlone);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_understood() {
        let leaf = |path| Route::parse(path).map(|route| (route.channel, route.token, route.leaf));
        assert_eq!(
            leaf("/media/days/a/index.m3u8"),
            Some(("days/a", None, Leaf::Multivariant))
        );
        assert_eq!(
            leaf("/t/tok.en/media/d/a/live.m3u8"),
            Some(("d/a", Some("tok.en"), Leaf::Media))
        );
        let epoch = "x7";
        let segment = Leaf::Segment { epoch, msn: 12 };
        assert_eq!(leaf("/media/d/a/x7/12.m4s"), Some(("d/a", None, segment)));
        let part = Leaf::Part {
            epoch,
            msn: 12,
            part: 0,
        };
        assert_eq!(leaf("/media/d/a/x7/12.0.m4s"), Some(("d/a", None, part)));
        let init = Leaf::Init {
            epoch,
            name: "init-9.mp4",
        };
        assert_eq!(leaf("/media/d/a/x7/init-9.mp4"), Some(("d/a", None, init)));
        let language = "pt-BR";
        assert_eq!(
            leaf("/media/d/a/captions/pt-BR/live.m3u8"),
            Some(("d/a", None, Leaf::Captions { language }))
        );
        let cues = Leaf::Cues {
            language,
            epoch,
            msn: 12,
        };
        assert_eq!(
            leaf("/t/x/media/d/a/captions/pt-BR/x7/12.vtt"),
            Some(("d/a", Some("x"), cues))
        );
        // A track may be called so.
        assert_eq!(
            leaf("/media/d/captions/sound/live.m3u8"),
            Some(("d/captions/sound", None, Leaf::Media))
        );
    }

    #[test]
    fn nothing_else_exists() {
        let long = format!("/media/{}/index.m3u8", "a".repeat(limits::PATH_BYTES_MAX));
        let token = format!(
            "/t/{}/media/a/index.m3u8",
            "a".repeat(limits::TOKEN_BYTES_MAX + 1)
        );
        for path in [
            "",
            "/",
            "/media/",
            "/media/index.m3u8",
            "/media//index.m3u8",
            "/media/a/../index.m3u8",
            "/media/../a/index.m3u8",
            "/media/a/other.m3u8",
            "/media/a/x/1.2.3.m4s",
            "/media/a/x/-1.m4s",
            "/media/a/x/01.m4s",
            "/media/a/x/+1.m4s",
            "/media/a/x/99999999999999999999.m4s",
            "/media/a/x/.m4s",
            "/media/a/x/1..m4s",
            "/media/a/x/1.vtt",
            "/media/a/captions/en/x/01.vtt",
            "/media/a/captions/en/x/1.0.vtt",
            "/media/a/captions/english/x/1.vtt",
            "/media/captions/en/x/1.vtt",
            "/media/a/captions/e_/x/1.vtt",
            "/media/%2e%2e/index.m3u8",
            "/t//media/a/index.m3u8",
            "/t/x/other/a/index.m3u8",
            "/etc/passwd",
            "/media/a/b/c/d/e/index.m3u8",
            &long,
            &token,
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn directives_are_read_and_strangers_ignored() {
        let read = Directives::parse("a=b&_HLS_part=2&_HLS_msn=7&_HLS_skip=YES&&=");
        assert_eq!(
            read,
            Ok(Directives {
                msn: Some(7),
                part: Some(2),
                skip: true
            })
        );
        assert_eq!(Directives::parse(""), Ok(Directives::default()));
    }

    #[test]
    fn senseless_directives_are_refused() {
        use BadDirectives::{NoNumber, NoSkip, PartAlone, TooLong};
        for (query, error) in [
            ("_HLS_part=1", PartAlone),
            ("_HLS_msn=x", NoNumber),
            ("_HLS_msn=", NoNumber),
            ("_HLS_msn=-1", NoNumber),
            ("_HLS_msn=1&_HLS_part=1.5", NoNumber),
            ("_HLS_msn=99999999999999999999", NoNumber),
            ("_HLS_skip=maybe", NoSkip),
        ] {
            assert_eq!(Directives::parse(query), Err(error), "{query}");
        }
        assert_eq!(
            Directives::parse(&"a".repeat(limits::QUERY_BYTES_MAX + 1)),
            Err(TooLong)
        );
    }
}
