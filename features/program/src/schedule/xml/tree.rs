//! An XML file as a tree with line numbers, bounded in depth and size. Entities beyond XML's own five are
//! refused, so nothing expands.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::limits::{SCHEDULE_DEPTH_MAX, SCHEDULE_NODES_MAX};
use crate::schedule::complaint::{Broken, Complaint};

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: u32,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) nodes: Vec<Node>,
}

/// What is in an element.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The elements in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Its text. Elements inside (HTML that somebody forgot to escape) become markup again.
    pub(super) fn text(&self) -> String {
        match self.nodes.as_slice() {
            [] => String::new(),
            [Node::Text(text)] => text.clone(),
            nodes => {
                let mut markup = String::new();
                for node in nodes {
                    node.markup(&mut markup);
                }
                markup
            }
        }
    }
}

impl Node {
    fn markup(&self, out: &mut String) {
        match self {
            Node::Text(text) => out.push_str(&super::write::escaped(text)),
            Node::Element(element) => {
                out.push('<');
                out.push_str(&element.name);
                for (name, value) in &element.attributes {
                    out.extend([" ", name, "=\"", &super::write::escaped(value), "\""]);
                }
                if element.nodes.is_empty() {
                    out.push_str("/>");
                    return;
                }
                out.push('>');
                element.nodes.iter().for_each(|node| node.markup(out));
                out.extend(["</", &element.name, ">"]);
            }
        }
    }
}

/// Reads a whole file.
pub(super) fn parse(text: &str) -> Result<Element, Broken> {
    let mut parser = Parser {
        text,
        counted: 0,
        line: 1,
        nodes: 0,
        open: Vec::new(),
        root: None,
    };
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = false;
    loop {
        let line = parser.line_at(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Eof) => return parser.finish(),
            Ok(event) => parser.take(event, line)?,
            Err(error) => {
                let line = parser.line_at(
                    reader
                        .error_position()
                        .max(reader.buffer_position().min(reader.error_position())),
                );
                return Err(parser.explain(&error, line).into());
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    counted: usize,
    line: u32,
    nodes: usize,
    open: Vec<Element>,
    root: Option<Element>,
}

impl Parser<'_> {
    /// The line of a byte position; positions only grow, so the whole file is counted once.
    fn line_at(&mut self, position: u64) -> u32 {
        let position = usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.counted..position) {
            #[expect(clippy::naive_bytecount, reason = "every byte is counted once")]
            let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
            self.line = self
                .line
                .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.counted = position;
        }
        self.line
    }

    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), Broken> {
        match event {
            Event::Start(tag) => {
                let element = self.element(&tag, line)?;
                self.open.push(element);
                if self.open.len() > SCHEDULE_DEPTH_MAX {
                    return Err(Complaint::at(line, "program-schedule-deep")
                        .with("limit", SCHEDULE_DEPTH_MAX)
                        .into());
                }
            }
            Event::Empty(tag) => {
                let element = self.element(&tag, line)?;
                self.close(element, line)?;
            }
            Event::End(_) => {
                if let Some(element) = self.open.pop() {
                    self.close(element, line)?;
                }
            }
            Event::Text(text) => self.append(&text.xml10_content(), line)?,
            Event::CData(text) => self.append(&text.xml10_content(), line)?,
            Event::GeneralRef(reference) => {
                let text = resolve(&reference).ok_or_else(|| entity(&reference, line))?;
                self.append(&text, line)?;
            }
            Event::DocType(doctype) if doctype.contains('[') => {
                return Err(Broken::at(line, "program-schedule-doctype"));
            }
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn element(&mut self, tag: &BytesStart<'_>, line: u32) -> Result<Element, Broken> {
        self.nodes += 1;
        if self.nodes > SCHEDULE_NODES_MAX {
            return Err(Complaint::at(line, "program-schedule-elements")
                .with("limit", SCHEDULE_NODES_MAX)
                .into());
        }
        if !is_name(tag.name().as_ref()) {
            return Err(Broken::at(line, "program-schedule-syntax"));
        }
        let name = tag.local_name().as_ref().to_owned();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| {
                Complaint::at(line, "program-schedule-attribute").with("element", &name)
            })?;
            if !is_name(attribute.key.as_ref()) {
                let broken = Complaint::at(line, "program-schedule-attribute");
                return Err(broken.with("element", &name).into());
            }
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|_| {
                    Complaint::at(line, "program-schedule-attribute").with("element", &name)
                })?;
            attributes.push((attribute.key.as_ref().to_owned(), allowed(&value)));
        }
        Ok(Element {
            name,
            line,
            attributes,
            nodes: Vec::new(),
        })
    }

    fn close(&mut self, element: Element, line: u32) -> Result<(), Broken> {
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None if self.root.is_none() => self.root = Some(element),
            None => {
                return Err(Complaint::at(line, "program-schedule-second-root")
                    .with("element", &element.name)
                    .into());
            }
        }
        Ok(())
    }

    fn append(&mut self, text: &str, line: u32) -> Result<(), Broken> {
        let Some(parent) = self.open.last_mut() else {
            // Before and after the root only blanks may stand.
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Broken::at(line, "program-schedule-outside"))
            };
        };
        match parent.nodes.last_mut() {
            Some(Node::Text(before)) => before.push_str(&allowed(text)),
            _ => parent.nodes.push(Node::Text(allowed(text))),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Element, Broken> {
        if let Some(element) = self.open.pop() {
            return Err(Complaint::at(element.line, "program-schedule-unclosed")
                .with("element", &element.name)
                .into());
        }
        self.root
            .ok_or_else(|| Broken::at(1, "program-schedule-empty"))
    }

    fn explain(&self, error: &Error, line: u32) -> Complaint {
        match error {
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let opened = self.open.last().map_or(line, |element| element.line);
                Complaint::at(line, "program-schedule-mismatch")
                    .with("expected", expected)
                    .with("found", found)
                    .with("opened", opened)
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                Complaint::at(line, "program-schedule-unmatched").with("found", found)
            }
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                Complaint::at(line, "program-schedule-ampersand")
            }
            Error::InvalidAttr(_) | Error::Escape(_) => {
                Complaint::at(line, "program-schedule-attribute").with("element", "")
            }
            _ => Complaint::at(line, "program-schedule-syntax"),
        }
    }
}

/// Whether a tag or an attribute may be called so (Namespaces in XML 1.0 §4), somewhat more strictly: what is
/// kept of a file is written again, and must be well-formed then.
fn is_name(qualified: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c))
    };
    match qualified.split_once(':') {
        Some((prefix, local)) => is_part(prefix) && is_part(local),
        None => is_part(qualified),
    }
}

/// The text of `&name;`: the five names of XML itself, and characters by number.
fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    if reference.is_char_ref() {
        return reference
            .resolve_char_ref()
            .ok()
            .flatten()
            .map(String::from);
    }
    quick_xml::escape::resolve_xml_entity(reference).map(str::to_owned)
}

fn entity(reference: &BytesRef<'_>, line: u32) -> Broken {
    let name: &str = reference;
    Complaint::at(line, "program-schedule-entity")
        .with("name", name)
        .into()
}

/// The characters that XML 1.0 knows. A database does not take all others either.
pub(in crate::schedule) fn allowed(text: &str) -> String {
    text.chars().filter(|c| is_allowed(*c)).collect()
}

/// Whether XML 1.0 knows a character.
pub(in crate::schedule) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}
