//! The pictures of a conference: what it is recognised by, in every size that a page may want.

use std::collections::BTreeMap;

use kernel::word_enum;
use serde::{Deserialize, Serialize};

use super::{Words, word_in};

word_enum! {
    /// Where a picture of a conference is shown.
    pub enum Spot {
        /// In the head of every page.
        Logo = "logo",
        /// The same on dark grounds, where it needs another one.
        LogoDark = "logo-dark",
        /// On the front page, and where other sites show the conference.
        Hero = "hero",
        /// In tabs, bookmarks and on home screens.
        Icon = "icon",
    }
}

word_enum! {
    /// How a file of a picture is written.
    pub enum Format {
        /// JPEG.
        Jpeg = "jpg",
        /// PNG.
        Png = "png",
        /// WebP.
        Webp = "webp",
        /// A drawing.
        Svg = "svg",
    }
}

impl Format {
    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// One file of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Its id among the stored files. Another file has another one, so an address always means the same.
    pub file: String,
    /// How it is written.
    pub format: Format,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

impl Size {
    /// Its name in addresses.
    pub fn name(&self) -> String {
        format!("{}.{}", self.file, self.format)
    }
}

/// A picture in its sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// What is said instead of it, by language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub alt: Words,
    /// Its files, smallest first.
    pub sizes: Vec<Size>,
    /// As other sites show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Size>,
}

impl Look {
    /// All its files.
    pub fn files(&self) -> impl Iterator<Item = &Size> {
        self.sizes.iter().chain(&self.card)
    }

    /// Its largest size.
    pub fn largest(&self) -> Option<&Size> {
        self.sizes.last()
    }

    /// What is said instead of it to a reader; empty where it says nothing that is not there in words.
    pub fn alt_in(&self, language: &str) -> &str {
        word_in(&self.alt, language)
    }
}

/// The pictures of a conference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Looks {
    /// How often they were changed.
    pub version: i64,
    /// What is where.
    pub pictures: BTreeMap<Spot, Look>,
}

impl Looks {
    /// Whether nothing was ever brought.
    pub fn is_untouched(&self) -> bool {
        *self == Self::default()
    }

    /// What is at a spot.
    pub fn at(&self, spot: Spot) -> Option<&Look> {
        self.pictures.get(&spot)
    }

    /// All files of all pictures.
    pub fn files(&self) -> impl Iterator<Item = &Size> {
        self.pictures.values().flat_map(Look::files)
    }

    /// What other sites show of the conference: its hero picture, else its largest icon.
    pub fn card(&self) -> Option<&Size> {
        let hero = self.at(Spot::Hero).and_then(|look| look.card.as_ref());
        hero.or_else(|| self.at(Spot::Icon).and_then(Look::largest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32) -> Size {
        Size {
            file: format!("blb_{width}"),
            format: Format::Webp,
            width,
            height: 1,
        }
    }

    #[test]
    fn what_other_sites_show_is_the_hero_else_the_icon() {
        let mut looks = Looks::default();
        assert!(looks.is_untouched() && looks.card().is_none());
        let icon = Look {
            sizes: vec![size(32), size(512)],
            ..Look::default()
        };
        looks.pictures.insert(Spot::Icon, icon);
        assert_eq!(looks.card().map(|own| own.width), Some(512));
        let hero = Look {
            sizes: vec![size(480)],
            card: Some(size(1_200)),
            ..Look::default()
        };
        looks.pictures.insert(Spot::Hero, hero);
        assert_eq!(looks.card().map(|own| own.width), Some(1_200));
        assert_eq!(looks.files().count(), 4);
        let text = serde_json::to_string(&looks).expect("written");
        assert_eq!(serde_json::from_str::<Looks>(&text).expect("read"), looks);
    }
}
