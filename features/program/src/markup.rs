//! Texts of talks and speakers as safe HTML, whatever their authors wrote: plain text, Markdown, HTML.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// What may stand in a text: structure and links. Pictures would come from other sites, headings of the first
/// two levels are the page's own.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    cleaner
        .rm_tags([
            "img",
            "h1",
            "h2",
            "area",
            "map",
            "figure",
            "figcaption",
            "article",
            "aside",
            "header",
            "footer",
            "nav",
            "center",
        ])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow ugc"));
    cleaner
});

/// What may stand in a page of a team's: its sections as well, and addresses of this site.
static PAGE_CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    cleaner
        .rm_tags(["img", "h1", "area", "map", "center"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"));
    cleaner
});

static STRIPPER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut stripper = Builder::empty();
    stripper.clean_content_tags(HashSet::from(["script", "style"]));
    stripper
});

/// Safe HTML.
pub(crate) fn to_html(text: &str) -> String {
    CLEANER.clean(&raw_html(text)).to_string()
}

/// Safe HTML of a page that a team wrote. The page has a title of its own, so that its headings begin below it.
pub(crate) fn to_page(text: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let lowered = Parser::new_ext(text, options).map(|event| match event {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: HeadingLevel::H2,
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
            Event::End(TagEnd::Heading(HeadingLevel::H2))
        }
        event => event,
    });
    let mut out = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut out, lowered);
    PAGE_CLEANER.clean(&out).to_string()
}

/// The words alone, for calendars, descriptions and search.
pub(crate) fn to_plain(text: &str) -> String {
    let html = raw_html(text);
    let spaced = html
        .replace("</p>", "</p>\n\n")
        .replace("<br", "\n<br")
        .replace("</li>\n", "</li>")
        .replace("</li>", "</li>\n")
        .replace("</h", "\n</h");
    let stripped = STRIPPER.clean(&spaced).to_string();
    let words = unescape(&stripped);
    let mut plain = String::with_capacity(words.len());
    let mut blank = 0;
    for line in words.lines().map(str::trim) {
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank <= 1 {
            plain.push_str(line);
            plain.push('\n');
        }
    }
    plain.trim().to_owned()
}

/// The first words, for lists and previews.
pub(crate) fn excerpt(text: &str, chars: usize) -> String {
    let plain = to_plain(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if plain.chars().count() <= chars {
        return plain;
    }
    let mut cut: String = plain.chars().take(chars).collect();
    if let Some(space) = cut.rfind(' ').filter(|at| *at > chars / 2) {
        cut.truncate(space);
    }
    format!("{cut}…")
}

/// HTML stays HTML; everything else is Markdown, which plain text is as well.
fn raw_html(text: &str) -> Cow<'_, str> {
    if is_html(text) {
        return Cow::Borrowed(text);
    }
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut out = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut out, Parser::new_ext(text, options));
    Cow::Owned(out)
}

/// Whether somebody wrote HTML: a closing tag or a line break is proof enough, a lone `<` is not.
fn is_html(text: &str) -> bool {
    [
        "</p>",
        "</li>",
        "</a>",
        "</b>",
        "</i>",
        "</em>",
        "</strong>",
        "</div>",
        "</span>",
        "<br>",
        "<br/>",
        "<br />",
        "<p>",
    ]
    .iter()
    .any(|tag| text.contains(tag))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_do_harm_survives() {
        for text in [
            "<p>ok</p><script>alert(1)</script>",
            "<p onclick=alert(1)>ok</p>",
            "[ok](javascript:alert(1))",
            "<p><a href=\"javascript:alert(1)\">ok</a></p>",
            "<p>ok<img src=x onerror=alert(1)></p>",
            "ok <iframe src=\"https://evil.example\"></iframe>",
            "<p style=\"position:fixed\">ok</p>",
        ] {
            for html in [to_html(text), to_page(text)] {
                assert!(html.contains("ok"), "{html}");
                for bad in ["script", "onclick", "onerror", "iframe", "style", "<img"] {
                    assert!(!html.contains(bad), "{text} became {html}");
                }
            }
        }
    }

    #[test]
    fn a_page_has_sections_and_links_within_the_site() {
        assert_eq!(
            to_page("# Rules\n\n[the timetable](/conf/timetable)"),
            "<h2>Rules</h2>\n<p><a href=\"/conf/timetable\" rel=\"noopener noreferrer\">the timetable</a></p>\n"
        );
    }

    #[test]
    fn text_markdown_and_html_all_read_well() {
        assert_eq!(
            to_html("Just **text** & more"),
            "<p>Just <strong>text</strong> &amp; more</p>\n"
        );
        assert_eq!(
            to_html("<p>Bold: <b>yes</b></p>"),
            "<p>Bold: <b>yes</b></p>"
        );
        assert_eq!(to_html("a < b, x<y"), "<p>a &lt; b, x&lt;y</p>\n");
        assert_eq!(
            to_plain("<p>One &amp; two</p><p>Three<br>four</p>"),
            "One & two\n\nThree\nfour"
        );
        assert_eq!(to_plain("One *two*\n\n- a\n- b"), "One two\n\na\nb");
        assert_eq!(excerpt("one two three four", 12), "one two…");
        assert_eq!(excerpt("短い祭り", 12), "短い祭り");
    }
}
