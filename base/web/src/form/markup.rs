//! The parts of a field that the macros of `form.html` share: what describes it, what is wrong with it, what others made of it.

use std::fmt::Write as _;

use askama::filters::Safe;

use super::sheet::Sheet;
use crate::page::{Markup, Page};

impl Sheet {
    /// Attributes of an input: whether it is wrong, and which sentences describe it.
    pub fn describe(&self, name: &str, hint: &str, note: &str) -> Markup {
        let mut ids = Vec::new();
        if self.fault(name).is_some() {
            ids.push(format!("{name}-error"));
        }
        if self.theirs(name).is_some() {
            ids.push(format!("{name}-pick"));
        }
        if !(hint.is_empty() && note.is_empty()) {
            ids.push(format!("{name}-hint"));
        }
        let mut attributes = String::new();
        if self.fault(name).is_some() {
            attributes.push_str(" aria-invalid=\"true\"");
        }
        if !ids.is_empty() {
            let _ = write!(
                attributes,
                " aria-describedby=\"{}\"",
                escape(&ids.join(" "))
            );
        }
        Safe(attributes)
    }

    /// What stands below an input: complaint, the others' value to choose, hint. `hint` is a key, `note` is in words.
    pub fn foot(&self, page: &Page, name: &str, hint: &str, note: &str) -> Markup {
        let mut foot = String::new();
        let id = escape(name);
        if let Some(fault) = self.fault(name) {
            let _ = write!(
                foot,
                "<p class=\"error\" id=\"{id}-error\">{}</p>",
                escape(fault)
            );
        }
        if let Some(theirs) = self.theirs(name) {
            let theirs = self.marked(page, name, &theirs);
            let _ = write!(
                foot,
                "<fieldset class=\"difference\" id=\"{id}-pick\"><legend>{}</legend>\
                 <label class=\"choice\"><input type=\"radio\" name=\"pick.{id}\" value=\"mine\" checked> <span>{}</span></label>\
                 <label class=\"choice\"><input type=\"radio\" name=\"pick.{id}\" value=\"theirs\"> <span>{}<br><span class=\"theirs\">{theirs}</span></span></label></fieldset>",
                escape(&page.t("web-form-both")),
                escape(&page.t("web-form-mine")),
                escape(&page.t("web-form-theirs")),
            );
        }
        let hint = if hint.is_empty() {
            note.to_owned()
        } else {
            page.t(hint)
        };
        if !hint.is_empty() {
            let _ = write!(
                foot,
                "<p class=\"hint\" id=\"{id}-hint\">{}</p>",
                escape(&hint)
            );
        }
        Safe(foot)
    }

    /// Their text with what differs from ours marked.
    fn marked(&self, page: &Page, name: &str, theirs: &str) -> String {
        if theirs.is_empty() {
            return escape(&page.t("web-form-theirs-empty"));
        }
        let mine = self.mine(name);
        if !self.choices(name).is_empty() {
            return chosen(&mine, theirs);
        }
        let (head, middle, tail) = split(&mine, theirs);
        format!(
            "{}<ins>{}</ins>{}",
            escape(head),
            escape(middle),
            escape(tail)
        )
    }
}

/// Choices of theirs, a line each, with those marked that are none of ours: a part of a choice says nothing.
fn chosen(mine: &str, theirs: &str) -> String {
    let line = |line: &str| {
        let text = escape(line);
        if mine.lines().any(|own| own == line) {
            text
        } else {
            format!("<ins>{text}</ins>")
        }
    };
    theirs.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What `theirs` begins and ends with as `mine` does, and what is different between.
fn split<'a>(mine: &str, theirs: &'a str) -> (&'a str, &'a str, &'a str) {
    let head: usize = mine
        .chars()
        .zip(theirs.chars())
        .take_while(|(a, b)| a == b)
        .map(|(_, c)| c.len_utf8())
        .sum();
    let (mine_rest, theirs_rest) = (
        mine.get(head..).unwrap_or(""),
        theirs.get(head..).unwrap_or(""),
    );
    let tail: usize = mine_rest
        .chars()
        .rev()
        .zip(theirs_rest.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(_, c)| c.len_utf8())
        .sum();
    let cut = theirs.len() - tail;
    (
        theirs.get(..head).unwrap_or(""),
        theirs.get(head..cut).unwrap_or(""),
        theirs.get(cut..).unwrap_or(""),
    )
}

/// Text for markup and attribute values.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked() {
        assert_eq!(
            split("one two three", "one 2 three"),
            ("one ", "2", " three")
        );
        assert_eq!(split("祭り", "夏祭り"), ("", "夏", "祭り"));
        assert_eq!(split("aa", "aaa"), ("aa", "a", ""));
        assert_eq!(split("", "x"), ("", "x", ""));
    }

    #[test]
    fn a_choice_is_marked_whole() {
        let marked = chosen("Promotion\nDesk", "Operation\nDesk");
        assert_eq!(marked, "<ins>Operation</ins>\nDesk");
    }
}
