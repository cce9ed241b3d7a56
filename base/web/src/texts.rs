//! The message files: every text that a person reads, by key and language (Project Fluent).

use std::collections::HashMap;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use kernel::Message;

type Bundle = fluent_bundle::concurrent::FluentBundle<FluentResource>;

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Locale {
    /// Every language there is, the fallback first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// BCP 47 tag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Reads a tag such as `ja` or `en-GB`.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "ja" => Some(Self::Ja),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language we speak in an `Accept-Language` header, by its weights (RFC 9110 §12.5.4).
    pub fn negotiate(accept_language: &str) -> Option<Self> {
        let weighed = accept_language.split(',').take(16).filter_map(|range| {
            let mut parts = range.split(';');
            let locale = Self::parse(parts.next()?)?;
            let weight = parts
                .find_map(|p| {
                    p.trim()
                        .strip_prefix("q=")
                        .and_then(|q| q.parse::<f32>().ok())
                })
                .unwrap_or(1.0);
            (weight > 0.0).then_some((locale, weight))
        });
        weighed
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(locale, _)| locale)
    }
}

/// The message files of one feature.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Japanese, Fluent syntax.
    pub ja: &'static str,
    /// English, Fluent syntax.
    pub en: &'static str,
}

/// The message files of the crate that calls it: `locales/{ja,en}.ftl`.
#[macro_export]
macro_rules! texts {
    () => {
        $crate::texts::Source {
            ja: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/ja.ftl")),
            en: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/en.ftl")),
        }
    };
}

/// This crate's own messages: errors, layout.
pub const TEXTS: Source = crate::texts!();

/// Why message files cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("message file ({locale}): {reason}")]
pub struct BadTexts {
    locale: &'static str,
    reason: String,
}

/// All messages in all languages.
pub struct Texts {
    bundles: HashMap<Locale, Bundle>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

impl Texts {
    /// Parses the message files of all features.
    pub fn load(sources: &[Source]) -> Result<Self, BadTexts> {
        let mut bundles = HashMap::new();
        for locale in Locale::ALL {
            let bad = |reason: String| BadTexts {
                locale: locale.as_str(),
                reason,
            };
            let tag = locale.as_str().parse().map_err(|e| bad(format!("{e:?}")))?;
            let mut bundle = Bundle::new_concurrent(vec![tag]);
            // Isolation marks would show up in titles, mails and attribute values.
            bundle.set_use_isolating(false);
            for source in sources {
                let text = match locale {
                    Locale::Ja => source.ja,
                    Locale::En => source.en,
                };
                let resource = FluentResource::try_new(text.to_owned())
                    .map_err(|(_, errors)| bad(format!("{errors:?}")))?;
                bundle
                    .add_resource(resource)
                    .map_err(|errors| bad(format!("{errors:?}")))?;
            }
            bundles.insert(locale, bundle);
        }
        Ok(Self { bundles })
    }

    /// Whether there is a text of that key: for words that are data, such as what stands in a log.
    pub fn has(&self, locale: Locale, key: &str) -> bool {
        let bundle = self.bundles.get(&locale);
        bundle.is_some_and(|bundle| bundle.has_message(key))
    }

    /// The text of `key`; the key itself where the files lack it (the parity check keeps that from happening).
    pub fn get(&self, locale: Locale, key: &str, args: &[(&str, &str)]) -> String {
        let Some(bundle) = self.bundles.get(&locale) else {
            return key.to_owned();
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, locale = locale.as_str(), "no text for key {key}");
            return key.to_owned();
        };
        let mut fluent = FluentArgs::new();
        for (name, value) in args {
            // Numbers select plural forms, everything else is taken as it is.
            match value.parse::<f64>() {
                Ok(number) if !value.starts_with('+') => {
                    fluent.set(*name, FluentValue::from(number));
                }
                _ => fluent.set(*name, FluentValue::from(*value)),
            }
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&fluent), &mut errors);
        if !errors.is_empty() {
            tracing::error!(
                key,
                ?errors,
                "text {key} was formatted with missing arguments"
            );
        }
        text.into_owned()
    }

    /// The text of a [`Message`].
    pub fn message(&self, locale: Locale, message: &Message) -> String {
        let args: Vec<_> = message
            .args
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.get(locale, message.key, &args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_header_s_weights() {
        assert_eq!(
            Locale::negotiate("fr, en;q=0.5, ja;q=0.8"),
            Some(Locale::Ja)
        );
        assert_eq!(
            Locale::negotiate("en-GB,en;q=0.9,ja;q=0.8"),
            Some(Locale::En)
        );
        assert_eq!(Locale::negotiate("ja;q=0, fr"), None);
        assert_eq!(Locale::negotiate("あ"), None);
    }

    #[test]
    fn messages_take_arguments_in_both_languages() -> Result<(), BadTexts> {
        let source = Source {
            en: "n = { $n ->\n  [one] one talk\n *[other] { $n } talks\n }",
            ja: "n = 講演{ $n }件",
        };
        let texts = Texts::load(&[source])?;
        assert_eq!(texts.get(Locale::En, "n", &[("n", "1")]), "one talk");
        assert_eq!(texts.get(Locale::En, "n", &[("n", "7")]), "7 talks");
        assert_eq!(texts.get(Locale::Ja, "n", &[("n", "7")]), "講演7件");
        Ok(())
    }
}
