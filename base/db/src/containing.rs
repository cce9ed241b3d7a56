//! Looking for a piece of text.

/// A pattern for `LIKE $1 ESCAPE '!'`: whatever has `text` somewhere in it, every character standing for itself.
pub fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn what_is_typed_is_looked_for_as_it_is() {
        assert_eq!(containing("100%_ä!"), "%100!%!_ä!!%");
        assert_eq!(containing(r"\"), r"%\%");
        assert_eq!(containing(""), "%%");
    }
}
