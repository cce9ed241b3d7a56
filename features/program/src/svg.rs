//! Drawings (SVG) that people bring, written anew from what is known to be harmless.
//!
//! Invariants: only elements and attributes of the lists below are written; nothing refers to anything outside of the
//! file, runs, animates or expands; what is drawn twice is bounded. What people would miss is refused by its name, what
//! nobody sees (comments, what editors note for themselves) is left out. Rejected: to draw it here (resvg), since forty
//! crates for one logo are more than this, and the drawing would lose its sharpness; to take it as it is, since the
//! policy of an `<img>` does not hold for who opens its address.

use std::fmt::Write as _;

use std::collections::HashSet;

use kernel::Message;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::limits::{SVG_BYTES_MAX, SVG_DEPTH_MAX, SVG_ELEMENTS_MAX, SVG_USES_MAX};

const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "title",
    "desc",
    "style",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
];

const ATTRIBUTES: &[&str] = &[
    "id",
    "class",
    "style",
    "d",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "fr",
    "dx",
    "dy",
    "points",
    "width",
    "height",
    "viewBox",
    "preserveAspectRatio",
    "transform",
    "gradientTransform",
    "gradientUnits",
    "spreadMethod",
    "offset",
    "stop-color",
    "stop-opacity",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-dasharray",
    "stroke-dashoffset",
    "opacity",
    "color",
    "display",
    "visibility",
    "overflow",
    "clip-path",
    "clip-rule",
    "clipPathUnits",
    "mask",
    "mask-type",
    "maskUnits",
    "maskContentUnits",
    "paint-order",
    "vector-effect",
    "shape-rendering",
    "text-rendering",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "font-stretch",
    "letter-spacing",
    "word-spacing",
    "text-anchor",
    "dominant-baseline",
    "text-decoration",
];

/// What editors note for themselves.
const UNSEEN: &[&str] = &["metadata"];

/// A drawing as it is kept.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// The file.
    pub(crate) text: String,
    /// Width and height, in its own units.
    pub(crate) size: (f64, f64),
}

/// Whether a file looks like a drawing and not like a picture of pixels.
pub(crate) fn is_drawing(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii_start().starts_with(b"<")
}

/// A drawing from what somebody sent.
///
/// # Errors
/// Why it is not taken, to be said to them.
pub(crate) fn clean(bytes: &[u8]) -> Result<Drawing, Message> {
    if bytes.len() > SVG_BYTES_MAX {
        let limit = SVG_BYTES_MAX / 1024;
        return Err(Message::new("program-svg-large").with("kilobytes", limit));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| broken())?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut cleaning = Cleaning::default();
    loop {
        match reader.read_event().map_err(|_| broken())? {
            Event::Eof => return cleaning.finish(),
            Event::Start(tag) => cleaning.open(&tag)?,
            Event::End(_) => cleaning.close()?,
            Event::Text(text) => cleaning.say(&text.xml10_content()),
            Event::CData(text) => cleaning.say(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                // Whatever else stands for something could stand for much.
                let said = if reference.is_char_ref() {
                    let own = reference.resolve_char_ref().ok().flatten();
                    own.map(String::from)
                } else {
                    quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned)
                };
                cleaning.say(&said.ok_or_else(broken)?);
            }
            Event::DocType(kind) if kind.contains('[') => return Err(broken()),
            _ => {}
        }
    }
}

/// Something that is open just now.
struct Open {
    name: String,
    id: String,
    text: String,
}

#[derive(Default)]
struct Cleaning {
    out: String,
    open: Vec<Open>,
    /// How many open elements are left out, with all that is in them.
    unseen: usize,
    elements: usize,
    size: Option<(f64, f64)>,
    /// What is drawn once more.
    uses: Vec<String>,
    /// What draws something once more inside it.
    with_uses: HashSet<String>,
    drawn: bool,
    finished: bool,
}

impl Cleaning {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Message> {
        let name: &str = tag.name().into_inner();
        if self.unseen > 0 || name.contains(':') || UNSEEN.contains(&name) {
            self.unseen += 1;
            return Ok(());
        }
        self.elements += 1;
        let root = self.open.is_empty();
        let misplaced = root != (name == "svg") || (root && self.finished);
        if misplaced || self.elements > SVG_ELEMENTS_MAX || self.open.len() >= SVG_DEPTH_MAX {
            return Err(broken());
        }
        if !ELEMENTS.contains(&name) {
            return Err(refused(name));
        }
        let attributes = self.attributes(tag, name)?;
        let said = |wanted: &str| {
            let own = attributes.iter().find(|(name, _)| name == wanted);
            own.map_or("", |(_, value)| value.as_str())
        };
        if root {
            self.size = Some(size_of(said("viewBox"), said("width"), said("height"))?);
        }
        if name == "use" {
            self.reuse(said("href"), said("id"))?;
        }
        self.drawn |= !matches!(name, "svg" | "g" | "defs" | "title" | "desc" | "style");
        let id = said("id").to_owned();
        self.write_start(name, &attributes, root);
        self.open.push(Open {
            name: name.to_owned(),
            id,
            text: String::new(),
        });
        Ok(())
    }

    fn write_start(&mut self, name: &str, attributes: &[(String, String)], root: bool) {
        self.out.push('<');
        self.out.push_str(name);
        if root {
            let (width, height) = self.size.unwrap_or_default();
            let _ = write!(
                self.out,
                " xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\""
            );
            if !attributes.iter().any(|(name, _)| name == "viewBox") {
                let _ = write!(self.out, " viewBox=\"0 0 {width} {height}\"");
            }
        }
        for (name, value) in attributes {
            // Its size was written from what was understood of it.
            if !(root && matches!(name.as_str(), "width" | "height")) {
                self.out.extend([" ", name, "=\"", &*escaped(value), "\""]);
            }
        }
        self.out.push('>');
    }

    fn attributes(
        &self,
        tag: &BytesStart<'_>,
        element: &str,
    ) -> Result<Vec<(String, String)>, Message> {
        let within = |name: &str| element == name || self.open.iter().any(|own| own.name == name);
        let (clips, masks) = (within("clipPath"), within("mask"));
        let mut kept: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| broken())?;
            let mut name: &str = attribute.key.into_inner();
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|_| broken())?;
            if name == "xlink:href" || name == "href" {
                if !value.starts_with('#') {
                    return Err(refused(&format!("{element} href")));
                }
                // Only what draws something again, and gradients that go on from others.
                if !matches!(element, "use" | "linearGradient" | "radialGradient") {
                    continue;
                }
                name = "href";
            } else if !ATTRIBUTES.contains(&name) {
                continue;
            }
            let cuts = matches!(name, "mask" | "clip-path" | "class" | "style");
            // A cut within a cut within a cut takes as long as somebody wants.
            if cuts && clips {
                continue;
            }
            if cuts && masks && element != "mask" && (name != "style" || hides(&value)) {
                return Err(refused(&format!("mask {name}")));
            }
            if !is_own(&value) {
                return Err(refused(&format!("{element} {name}")));
            }
            if kept.iter().any(|(own, _)| own == name) {
                continue;
            }
            kept.push((name.to_owned(), value.into_owned()));
        }
        Ok(kept)
    }

    /// Notes that something is drawn once more.
    fn reuse(&mut self, href: &str, id: &str) -> Result<(), Message> {
        let target = href.strip_prefix('#').unwrap_or_default();
        self.uses.push(target.to_owned());
        if self.uses.len() > SVG_USES_MAX {
            return Err(refused("use"));
        }
        let around = self.open.iter().map(|own| own.id.as_str());
        let named = around.chain([id]).filter(|id| !id.is_empty());
        self.with_uses.extend(named.map(str::to_owned));
        Ok(())
    }

    fn say(&mut self, text: &str) {
        if self.unseen == 0
            && let Some(open) = self.open.last_mut()
        {
            open.text.push_str(text);
            if !matches!(open.name.as_str(), "style") {
                self.out.push_str(&escaped(text));
            }
        }
    }

    fn close(&mut self) -> Result<(), Message> {
        if self.unseen > 0 {
            self.unseen -= 1;
            return Ok(());
        }
        let Some(open) = self.open.pop() else {
            return Err(broken());
        };
        if open.name == "style" {
            if !is_plain_style(&open.text) {
                return Err(refused("style"));
            }
            self.out.push_str(&escaped(open.text.trim()));
        }
        self.out.extend(["</", open.name.as_str(), ">"]);
        self.finished |= self.open.is_empty();
        Ok(())
    }

    fn finish(self) -> Result<Drawing, Message> {
        let doubled = self.uses.iter().any(|id| self.with_uses.contains(id));
        if doubled {
            return Err(refused("use"));
        }
        match self.size {
            Some(size) if self.finished && self.open.is_empty() && self.drawn => Ok(Drawing {
                text: self.out,
                size,
            }),
            _ => Err(broken()),
        }
    }
}

/// Width and height, of the picture where it says them in pixels, else of what is seen in it.
fn size_of(seen: &str, width: &str, height: &str) -> Result<(f64, f64), Message> {
    let number = |text: &str| {
        text.trim()
            .trim_end_matches("px")
            .trim()
            .parse::<f64>()
            .ok()
    };
    let numbers: Vec<f64> = seen
        .split([' ', ',', '\n', '\t'])
        .filter(|text| !text.is_empty())
        .filter_map(number)
        .collect();
    let said = match numbers.as_slice() {
        [_, _, width, height] => Some((*width, *height)),
        _ => number(width).zip(number(height)),
    };
    let fits = |side: f64| side.is_finite() && (0.1..=100_000.0).contains(&side);
    said.filter(|(width, height)| fits(*width) && fits(*height))
        .ok_or_else(|| Message::new("program-svg-size"))
}

/// Whether a value refers to nothing outside of its file. Addresses stand in `url(…)` alone; whatever could hide one (an
/// escape, a comment) is no value of a drawing.
fn is_own(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let hidden = [
        "\\",
        "/*",
        "@",
        "javascript:",
        "expression",
        "image(",
        "image-set(",
    ];
    if hidden.iter().any(|what| lower.contains(what)) {
        return false;
    }
    let mut addresses = lower.split("url(").skip(1);
    addresses.all(|rest| {
        rest.trim_start()
            .trim_start_matches(['"', '\''])
            .starts_with('#')
    })
}

/// Whether a style cuts something away.
fn hides(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    lower.contains("mask") || lower.contains("clip")
}

/// Whether a stylesheet has rules for classes alone, none of them with an address outside.
fn is_plain_style(text: &str) -> bool {
    if !is_own(text) || text.contains('<') || text.to_ascii_lowercase().contains("mask") {
        return false;
    }
    let is_class = |selector: &str| {
        let name = selector.trim().strip_prefix('.');
        name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        })
    };
    let rules = text
        .split('}')
        .map(str::trim)
        .filter(|rule| !rule.is_empty());
    rules.into_iter().all(|rule| {
        let (selectors, _) = rule.split_once('{').unwrap_or(("", ""));
        selectors.split(',').all(is_class)
    })
}

/// A text within XML; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let known = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(known).collect();
    quick_xml::escape::escape(&text).into_owned()
}

fn broken() -> Message {
    Message::new("program-svg-broken")
}

fn refused(what: &str) -> Message {
    let what: String = what.chars().filter(|c| !c.is_control()).take(40).collect();
    Message::new("program-svg-refused").with("what", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40">"#;

    fn cleaned(inner: &str) -> Result<Drawing, Message> {
        clean(format!("{HEAD}{inner}</svg>").as_bytes())
    }

    #[test]
    fn what_an_editor_exports_stays_and_its_notes_go() {
        let file = r##"<?xml version="1.0" encoding="UTF-8"?><!-- Generator: X -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:inkscape="http://i" version="1.1" width="100px" height="50px" inkscape:version="1">
<metadata><rdf:RDF><x/></rdf:RDF></metadata><sodipodi:namedview id="v"><g/></sodipodi:namedview>
<defs><style>.a{fill:#e5482c;}.b,.c{fill:url(#g)}</style><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient><path id="p" d="M0 0h9"/></defs>
<g inkscape:label="x" onclick="alert(1)"><rect class="a" width="9" height="9"/><use xlink:href="#p" x="3"/><text font-size="9">A &amp; B</text></g></svg>"##;
        let drawing = clean(file.as_bytes()).expect("taken");
        assert_eq!(drawing.size, (100.0, 50.0));
        for kept in [
            "fill:url(#g)",
            "href=\"#p\"",
            "A &amp; B",
            "viewBox=\"0 0 100 50\"",
        ] {
            assert!(drawing.text.contains(kept), "{kept}: {}", drawing.text);
        }
        for gone in [
            "inkscape",
            "onclick",
            "metadata",
            "RDF",
            "sodipodi",
            "Generator",
            "xlink",
        ] {
            assert!(!drawing.text.contains(gone), "{gone}: {}", drawing.text);
        }
        assert!(clean(drawing.text.as_bytes()).is_ok(), "{}", drawing.text);
    }

    #[test]
    fn whatever_runs_leads_outside_or_expands_is_refused() {
        for bad in [
            "<script>alert(1)</script><path d='M0 0'/>",
            "<foreignObject><div/></foreignObject><path d='M0 0'/>",
            "<image href='#x'/>",
            "<a href='#x'><path d='M0 0'/></a>",
            "<animate attributeName='href'/>",
            "<use href='https://evil.example/x.svg#y'/>",
            "<use xlink:href='data:image/svg+xml;base64,AAAA'/>",
            "<rect fill='url(https://evil.example/x)'/>",
            "<rect style='fill:url(//evil.example)'/>",
            "<rect style='fill:u\\72l(//evil.example)'/>",
            "<style>@import url(https://evil.example/x.css);</style><path d='M0 0'/>",
            "<style>.a{background:url(http://evil.example)}</style><path d='M0 0'/>",
            "<style>rect{clip-path:url(#a)}</style><path d='M0 0'/>",
            "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
            "<mask id='m'><rect mask='url(#n)'/></mask>",
            "<text>&nbsp;</text>",
            "<g></svg>",
            "",
            "<g/>",
        ] {
            assert!(cleaned(bad).is_err(), "{bad}");
        }
        let entity =
            r#"<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg viewBox="0 0 1 1"><text>&a;</text></svg>"#;
        assert!(clean(entity.as_bytes()).is_err());
        for bad in [
            "<html><svg viewBox='0 0 1 1'><path d='M0 0'/></svg></html>",
            "<svg><path d='M0 0'/></svg>",
            "<svg viewBox='0 0 0 0'><path d='M0 0'/></svg>",
            "<svg viewBox='0 0 1 1'><svg><path d='M0 0'/></svg></svg>",
        ] {
            assert!(clean(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_drawing_has_as_many_elements_as_it_may_and_is_as_deep_and_long_as_it_may() {
        assert!(cleaned(&"<path d='M0 0'/>".repeat(SVG_ELEMENTS_MAX - 1)).is_ok());
        assert!(cleaned(&"<path d='M0 0'/>".repeat(SVG_ELEMENTS_MAX)).is_err());
        let deep = |depth: usize| {
            let (open, close) = ("<g>".repeat(depth), "</g>".repeat(depth));
            cleaned(&format!("{open}<path d='M0 0'/>{close}"))
        };
        assert!(deep(SVG_DEPTH_MAX - 2).is_ok());
        assert!(deep(SVG_DEPTH_MAX - 1).is_err());
        let uses = |count: usize| {
            let uses = "<use href='#p'/>".repeat(count);
            cleaned(&format!("<path id='p' d='M0 0'/>{uses}"))
        };
        assert!(uses(SVG_USES_MAX).is_ok());
        assert!(uses(SVG_USES_MAX + 1).is_err());
        let long = " ".repeat(SVG_BYTES_MAX);
        let told = cleaned(&format!("<path d='M0 0'/>{long}")).expect_err("too long");
        assert_eq!(told.key, "program-svg-large");
    }
}
