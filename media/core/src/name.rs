//! The name of a channel, safe in an address by construction.

use crate::limits;

/// Which channel: `conference/track`, though nothing here reads more into it than its shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(std::sync::Arc<str>);

/// Why a text names no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a channel's name is one to four words of letters, digits, - and _, separated by /")]
pub struct BadName;

impl ChannelName {
    /// Reads a name from outside.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if Self::is_well_formed(text) {
            Ok(Self(text.into()))
        } else {
            Err(BadName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is a name, without making one.
    pub fn is_well_formed(text: &str) -> bool {
        text.len() <= limits::CHANNEL_NAME_BYTES_MAX
            && text.split('/').count() <= limits::CHANNEL_NAME_PARTS_MAX
            && text.split('/').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            })
    }
}

impl std::fmt::Display for ChannelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ChannelName {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl std::borrow::Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_short_path_of_plain_words() {
        for good in ["matsuri-days/a", "a", "A_b/c-d/e/f", "0/1"] {
            assert!(ChannelName::parse(good).is_ok(), "{good}");
        }
        let long = "a".repeat(limits::CHANNEL_NAME_BYTES_MAX + 1);
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            "a/../b",
            "a/./b",
            "a b",
            "日本",
            "a/b/c/d/e",
            &long,
        ] {
            assert!(ChannelName::parse(bad).is_err(), "{bad}");
        }
    }
}
