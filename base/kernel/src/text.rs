//! Rules for text that people and files send.

/// Whether `text` may be a name in an address: `[a-z0-9-]{min,63}`.
pub fn is_slug(text: &str, min: usize) -> bool {
    (min..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The nearest name in an address for a title; empty when nothing of it can be kept.
pub fn to_slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == 63 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// One line as a person meant it: no control characters, trimmed ends. Line breaks survive where `multiline`.
pub fn clean(text: &str, multiline: Lines) -> String {
    let kept: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || (multiline == Lines::Many && *c == '\n'))
        .collect();
    kept.trim().to_owned()
}

/// Whether line breaks are part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Line breaks are dropped.
    One,
    /// Line breaks are kept.
    Many,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_keep_what_an_address_can_carry() {
        assert_eq!(to_slug("Saal 1 (Große Bühne)"), "saal-1-gro-e-b-hne");
        assert_eq!(to_slug("祭"), "");
        assert!(is_slug("matsuri-days", 2) && !is_slug("Matsuri", 2) && !is_slug("a", 2));
    }
}
