//! The colours of a conference: whether they can be read (WCAG 2.2, level AA), and the small stylesheet that they make.

use std::fmt::Write as _;

use kernel::{Error, Field, Message, Result};
use serde::{Deserialize, Serialize};

/// What contrast text needs at least.
pub(crate) const CONTRAST_MIN: f64 = 4.5;

/// Grounds on which text stands: of each appearance the one that is worst for it (ui/styles/tokens.css, `--sunken` in
/// light, `--raised` in dark).
const GROUND_LIGHT: Color = Color([0xee, 0xf0, 0xf9]);
const GROUND_DARK: Color = Color([0x1c, 0x20, 0x37]);
const WHITE: Color = Color([0xff, 0xff, 0xff]);
const NIGHT: Color = Color([0x0a, 0x0d, 0x1d]);

/// Shares of an accent in the quiet ground behind it.
const WASH_LIGHT: f64 = 0.08;
const WASH_DARK: f64 = 0.12;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color([u8; 3]);

impl Color {
    /// Reads `#rrggbb`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// `#rrggbb`.
    pub(crate) fn text(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// So much of this colour over another one.
    pub(crate) fn over(self, other: Self, share: f64) -> Self {
        let mix = |own: u8, ground: u8| {
            let value = f64::from(own) * share + f64::from(ground) * (1.0 - share);
            // It lies between two bytes.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 255"
            )]
            let byte = value.round() as u8;
            byte
        };
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([mix(a, x), mix(b, y), mix(c, z)])
    }
}

/// The colours that a team chose; empty for those of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Theme {
    /// How often it was changed.
    pub version: i64,
    /// Links and the main button, on light grounds.
    pub accent: String,
    /// The same on dark grounds; empty to lighten the other one until it can be read.
    pub accent_dark: String,
    /// What happens now: the ground of marks and buttons with white text.
    pub now: String,
    /// The ground of the front page's head, with white text.
    pub hero: String,
}

/// A pair of colours that has to be readable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    /// The field that it is about.
    pub(crate) field: &'static str,
    /// The text.
    pub(crate) text: Color,
    /// What it stands on.
    pub(crate) ground: Color,
}

impl Pair {
    /// Its contrast ratio, down to a tenth: 4.47 is not 4.5.
    pub(crate) fn ratio(&self) -> f64 {
        (self.text.contrast(self.ground) * 10.0).floor() / 10.0
    }

    /// Whether it can be read.
    pub(crate) fn is_readable(&self) -> bool {
        self.text.contrast(self.ground) >= CONTRAST_MIN
    }
}

impl Theme {
    /// Whether the product's own colours are all there is.
    pub(crate) fn is_plain(&self) -> bool {
        let all = [&self.accent, &self.accent_dark, &self.now, &self.hero];
        all.iter().all(|color| color.is_empty())
    }

    /// The accent on dark grounds: as chosen, else the light one made readable.
    pub(crate) fn dark_accent(&self) -> Option<Color> {
        if let Some(chosen) = Color::parse(&self.accent_dark) {
            return Some(chosen);
        }
        let accent = Color::parse(&self.accent)?;
        let steps = (0..=20_u8).map(|step| accent.over(WHITE, 1.0 - f64::from(step) / 20.0));
        let mut readable = steps.filter(|color| {
            let pairs = dark_pairs(*color);
            pairs.iter().all(Pair::is_readable)
        });
        readable.next()
    }

    /// Every pair of colours that people will have to read.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        if let Some(accent) = Color::parse(&self.accent) {
            let wash = accent.over(WHITE, WASH_LIGHT);
            for (text, ground) in [(accent, GROUND_LIGHT), (accent, wash), (WHITE, accent)] {
                pairs.push(Pair {
                    field: "accent",
                    text,
                    ground,
                });
            }
        }
        if let Some(accent) = self.dark_accent() {
            pairs.extend(dark_pairs(accent));
        }
        if let Some(now) = Color::parse(&self.now) {
            pairs.push(Pair {
                field: "now",
                text: WHITE,
                ground: now,
            });
        }
        if let Some(hero) = Color::parse(&self.hero) {
            pairs.push(Pair {
                field: "hero",
                text: WHITE,
                ground: hero,
            });
        }
        pairs
    }

    /// The same in one way of writing, if all of it can be read.
    ///
    /// # Errors
    /// `Invalid` with the colours that are none, or cannot be read.
    pub(crate) fn checked(&self) -> Result<Self> {
        let mut faults: Vec<Field> = Vec::new();
        let mut fault = |name: &'static str, message: Message| {
            if !faults.iter().any(|own| own.name == name) {
                faults.push(Field {
                    name: name.into(),
                    message,
                });
            }
        };
        let mut color = |name: &'static str, text: &str| {
            let text = text.trim();
            let color = Color::parse(text);
            if color.is_none() && !text.is_empty() {
                fault(name, Message::new("web-field-color"));
            }
            color.map(Color::text).unwrap_or_default()
        };
        let own = Self {
            version: self.version,
            accent: color("accent", &self.accent),
            accent_dark: color("accent_dark", &self.accent_dark),
            now: color("now", &self.now),
            hero: color("hero", &self.hero),
        };
        for pair in own.pairs().iter().filter(|pair| !pair.is_readable()) {
            let message = Message::new("program-theme-contrast");
            let ratio = format!("{:.1}", pair.ratio());
            fault(
                pair.field,
                message.with("ratio", ratio).with("least", CONTRAST_MIN),
            );
        }
        if faults.is_empty() {
            Ok(own)
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// The stylesheet: the product's tokens with other values. Only colours that were parsed get into it.
    pub(crate) fn css(&self) -> String {
        let mut css = String::from(":root{");
        let put = |css: &mut String, name: &str, value: &str| {
            let _ = write!(css, "--{name}:{value};");
        };
        let accents = Color::parse(&self.accent).zip(self.dark_accent());
        let both =
            |light: Color, dark: Color| format!("light-dark({},{})", light.text(), dark.text());
        if let Some((light, dark)) = accents {
            let wash = both(light.over(WHITE, WASH_LIGHT), dark.over(NIGHT, WASH_DARK));
            put(&mut css, "ai", &both(light, dark));
            put(&mut css, "ai-wash", &wash);
            put(&mut css, "focus", &both(light, dark));
        }
        if let Some(now) = Color::parse(&self.now) {
            put(&mut css, "shu-fill", &now.text());
        }
        if let Some(hero) = Color::parse(&self.hero) {
            put(&mut css, "yoru", &hero.text());
            put(&mut css, "yoru-2", &hero.over(NIGHT, 0.6).text());
        }
        css.push('}');
        if let Some((light, dark)) = accents {
            let (ground, ink) = (both(light, dark), both(WHITE, NIGHT));
            let _ = write!(
                css,
                ".button.primary,.button.primary:hover{{--b-ground:{ground};--b-ink:{ink}}}"
            );
        }
        css
    }

    /// The name under which the stylesheet is served: another one for every other content. Empty where there is none.
    pub(crate) fn file(&self) -> String {
        if self.is_plain() {
            return String::new();
        }
        let digest = kernel::id::digest(&self.css());
        let short: String = digest.chars().take(20).collect();
        format!("{short}.css")
    }
}

fn dark_pairs(accent: Color) -> [Pair; 3] {
    let wash = accent.over(NIGHT, WASH_DARK);
    let pair = |text, ground| Pair {
        field: "accent_dark",
        text,
        ground,
    };
    [
        pair(accent, GROUND_DARK),
        pair(accent, wash),
        pair(NIGHT, accent),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(accent: &str, now: &str, hero: &str) -> Theme {
        Theme {
            accent: accent.into(),
            now: now.into(),
            hero: hero.into(),
            ..Theme::default()
        }
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        let black = Color::parse("#000000").expect("a colour");
        assert!((black.contrast(WHITE) - 21.0).abs() < 0.001);
        let grey = Color::parse("#767676").expect("a colour");
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
        for bad in ["", "red", "#fff", "#12345g", "#1234567", "url(x)"] {
            assert_eq!(Color::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_ratio() {
        assert!(theme("#1a4fa0", "#c1121f", "#12123f").checked().is_ok());
        for (bad, field) in [
            (theme("#ffd479", "", ""), "accent"),
            (theme("", "#ffd479", ""), "now"),
            (theme("", "", "#88ccff"), "hero"),
            (theme("blue", "", ""), "accent"),
        ] {
            let Err(Error::Invalid(faults)) = bad.checked() else {
                unreachable!("{bad:?} was taken");
            };
            assert_eq!(faults[0].name, field);
        }
    }

    #[test]
    fn an_accent_is_made_readable_on_dark_grounds() {
        for accent in ["#1a4fa0", "#000000", "#7a0019", "#00513b"] {
            let theme = theme(accent, "", "");
            assert!(theme.checked().is_ok(), "{accent}");
            assert!(theme.pairs().iter().all(Pair::is_readable), "{accent}");
        }
    }

    #[test]
    fn only_colours_get_into_the_stylesheet() {
        let css = theme("}</style><script>", "url(x)", "red;}").css();
        assert_eq!(css, ":root{}");
        let own = theme("#1a4fa0", "", "");
        assert!(
            own.css().contains("--ai:light-dark(#1a4fa0,"),
            "{}",
            own.css()
        );
        assert_ne!(own.file(), theme("#1a4fa1", "", "").file());
        assert_eq!(Theme::default().file(), "");
    }
}
