//! Messages: the same keys with the same variables in every language, none missing, none unused, none twice.
//!
//! A key counts as used when it stands between quotes somewhere in our sources. Keys put together at run time
//! (`format!("live-state-{state}")`, `` `live-state-${state}` ``) use every key that starts with the part before the
//! variable, and those that end with the part behind it (`format!("{key}-detail")`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};

use crate::report::Finding;
use crate::tree::{self, Source};

const LANGUAGES: [&str; 2] = ["ja", "en"];
/// Where keys may be used.
const USERS: &[&str] = &["rs", "html", "svelte", "ts", "js", "mjs", "txt"];
/// What a key is handed to, so that a misspelt one is found.
const CALLS: &[&str] = &[
    "t",
    "ta",
    "Message::new",
    "conflict",
    "forbidden",
    "Error::conflict",
    "Error::forbidden",
];

/// The messages of one file.
#[derive(Default)]
struct Catalogue {
    /// Key → its line and variables.
    messages: BTreeMap<String, (usize, BTreeSet<String>)>,
    /// Keys that other messages of the file build on.
    referenced: BTreeSet<String>,
}

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    Ok(check_sources(&tree::sources(root)?))
}

fn check_sources(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let used = Used::collect(sources);
    for folder in folders(sources) {
        let files = LANGUAGES.map(|language| format!("{folder}/{language}.ftl"));
        let catalogues: Vec<Catalogue> = files
            .iter()
            .map(|path| read(path, sources, &mut findings))
            .collect();
        parity(&files, &catalogues, &mut findings);
        for (key, (line, _)) in &catalogues[0].messages {
            if let Some(other) = known.insert(key.clone(), folder.clone()) {
                let what = format!("{key} is also a message of {other}");
                findings.push(Finding::at(&files[0], *line, what));
            }
            let owner = folder.split('/').nth(1).unwrap_or_default();
            if folder.starts_with("features/") && !key.starts_with(&format!("{owner}-")) {
                let what = format!("{key} does not start with {owner}-");
                findings.push(Finding::at(&files[0], *line, what));
            }
            if !used.has(key) && !catalogues.iter().any(|c| c.referenced.contains(key)) {
                findings.push(Finding::at(
                    &files[0],
                    *line,
                    format!("{key} is used nowhere"),
                ));
            }
        }
    }
    for (key, place) in &used.calls {
        if !known.contains_key(key) {
            findings.push(Finding::new(
                place.as_str(),
                format!("{key} is in no message file"),
            ));
        }
    }
    findings
}

/// The folders that hold message files.
fn folders(sources: &[Source]) -> BTreeSet<String> {
    let files = sources
        .iter()
        .filter(|source| source.has_extension(&["ftl"]));
    files
        .filter_map(|s| s.path.rsplit_once('/').map(|(folder, _)| folder.to_owned()))
        .collect()
}

fn parity(files: &[String; 2], catalogues: &[Catalogue], findings: &mut Vec<Finding>) {
    for (here, there) in [(0, 1), (1, 0)] {
        for (key, (line, variables)) in &catalogues[here].messages {
            match catalogues[there].messages.get(key) {
                None => {
                    let what = format!("{key} is missing in {}", files[there]);
                    findings.push(Finding::at(&files[here], *line, what));
                }
                Some((_, others)) if here == 0 && variables != others => {
                    let what = format!(
                        "{key} has {variables:?} here and {others:?} in {}",
                        files[there]
                    );
                    findings.push(Finding::at(&files[here], *line, what));
                }
                Some(_) => {}
            }
        }
    }
}

fn read(path: &str, sources: &[Source], findings: &mut Vec<Finding>) -> Catalogue {
    let Some(source) = sources.iter().find(|source| source.path == path) else {
        findings.push(Finding::new(path, "a language is missing"));
        return Catalogue::default();
    };
    let resource = match fluent_syntax::parser::parse(source.text.as_str()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            for error in errors {
                let line = source.text[..error.pos.start.min(source.text.len())]
                    .lines()
                    .count();
                findings.push(Finding::at(
                    path,
                    line,
                    format!("not fluent: {}", error.kind),
                ));
            }
            resource
        }
    };
    let mut catalogue = Catalogue::default();
    for entry in &resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let mut seen = Seen::default();
        message.value.iter().for_each(|value| seen.pattern(value));
        message
            .attributes
            .iter()
            .for_each(|attribute| seen.pattern(&attribute.value));
        let key = message.id.name;
        let line = source
            .lines()
            .find(|(_, line)| is_entry(line, key))
            .map_or(1, |(line, _)| line);
        if catalogue
            .messages
            .insert(key.to_owned(), (line, seen.variables))
            .is_some()
        {
            findings.push(Finding::at(path, line, format!("{key} stands here twice")));
        }
        catalogue.referenced.extend(seen.messages);
    }
    catalogue
}

fn is_entry(line: &str, key: &str) -> bool {
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// What a message mentions.
#[derive(Default)]
struct Seen {
    variables: BTreeSet<String>,
    messages: BTreeSet<String>,
}

impl Seen {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.messages.insert(id.name.to_owned());
            }
            InlineExpression::FunctionReference { arguments, .. } => self.arguments(arguments),
            InlineExpression::TermReference {
                arguments: Some(arguments),
                ..
            } => {
                self.arguments(arguments);
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&str>) {
        arguments
            .positional
            .iter()
            .for_each(|argument| self.inline(argument));
        arguments
            .named
            .iter()
            .for_each(|argument| self.inline(&argument.value));
    }
}

/// The keys that sources mention.
#[derive(Default)]
struct Used {
    whole: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    /// What is put behind keys: `format!("{key}-detail")`.
    suffixes: BTreeSet<String>,
    /// Keys handed to a call that needs one, with the first place.
    calls: BTreeMap<String, String>,
}

impl Used {
    fn collect(sources: &[Source]) -> Self {
        let mut used = Self::default();
        let ours = |source: &&Source| {
            let top = source.path.split('/').next().unwrap_or_default();
            let in_tests = source.path.contains("/tests/");
            ["base", "features", "matsuri", "ui"].contains(&top)
                && source.has_extension(USERS)
                && !in_tests
        };
        for source in sources.iter().filter(ours) {
            used.read(source);
        }
        used
    }

    fn read(&mut self, source: &Source) {
        for (number, line) in source.lines() {
            for (at, _) in line.match_indices("}-") {
                let rest = &line[at + 1..];
                let end = rest.find(|c: char| !is_key_char(c)).unwrap_or(rest.len());
                if rest[end..].starts_with(['"', '`']) {
                    self.suffixes.insert(rest[..end].to_owned());
                }
            }
            for (at, quote) in line.match_indices(['"', '\'', '`']) {
                let rest = &line[at + quote.len()..];
                let end = rest.find(|c: char| !is_key_char(c)).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if !key.starts_with(|c: char| c.is_ascii_lowercase()) || !key.contains('-') {
                    continue;
                }
                let open_ended = after.starts_with(['{', '$']) || key.ends_with('-');
                if open_ended {
                    self.prefixes.insert(key.to_owned());
                } else if after.starts_with(quote) {
                    self.whole.insert(key.to_owned());
                    if is_argument_of_call(&line[..at]) {
                        let place = format!("{}:{number}", source.path);
                        self.calls.entry(key.to_owned()).or_insert(place);
                    }
                }
            }
        }
    }

    fn has(&self, key: &str) -> bool {
        let is_used = |key: &str| {
            self.whole.contains(key) || self.prefixes.iter().any(|prefix| key.starts_with(prefix))
        };
        let mut stems = self
            .suffixes
            .iter()
            .filter_map(|suffix| key.strip_suffix(suffix.as_str()));
        is_used(key) || stems.any(is_used)
    }
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// Does the text before a quote end with one of [`CALLS`] and its parenthesis?
fn is_argument_of_call(before: &str) -> bool {
    let Some(callee) = before.strip_suffix('(') else {
        return false;
    };
    CALLS.iter().any(|call| {
        callee.strip_suffix(call).is_some_and(|before| {
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '-')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    fn findings(ja: &str, en: &str, code: &str) -> Vec<String> {
        let sources = [
            source("features/live/locales/ja.ftl", ja),
            source("features/live/locales/en.ftl", en),
            source("features/live/src/pages.rs", code),
        ];
        check_sources(&sources)
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn the_same_messages_used_once_are_fine() {
        let code = r#"page.t("live-a"); format!("live-state-{state}"); format!("{key}-more")"#;
        let ja = "live-a = あ { $n }\nlive-state-on = オン\nlive-a-more = も\n";
        let en = "live-a = { $n ->\n    [one] one\n   *[other] { $n }\n }\nlive-state-on = on\nlive-a-more = m\n";
        assert_eq!(findings(ja, en, code), Vec::<String>::new());
    }

    #[test]
    fn a_missing_language_key_or_variable_is_found() {
        let found = findings(
            "live-a = あ\nlive-b = い { $n }\n",
            "live-b = b\n",
            r#"("live-a", "live-b")"#,
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|what| what.contains("live-a is missing")));
        assert!(found.iter().any(|what| what.contains("live-b has")));
    }

    #[test]
    fn unused_and_unknown_keys_are_found() {
        let found = findings(
            "live-a = あ\n",
            "live-a = a\n",
            r#"page.t("live-misspelt")"#,
        );
        assert_eq!(
            found,
            [
                "live-a is used nowhere",
                "live-misspelt is in no message file"
            ]
        );
    }

    #[test]
    fn a_css_class_is_no_message() {
        let found = findings(
            "live-a = あ\n",
            "live-a = a\n",
            r#"class="live-page" t("live-a") Layout("x-y")"#,
        );
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_key_of_another_crate_name_is_found() {
        let found = findings("chat-a = あ\n", "chat-a = a\n", r#"t("chat-a")"#);
        assert_eq!(found, ["chat-a does not start with live-"]);
    }
}
