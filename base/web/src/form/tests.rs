use http::StatusCode;

use super::{Sheet, Submitted};

fn record(version: i64, title: &str, kind: &str) -> Sheet {
    Sheet::of(version)
        .put("title", title)
        .put("kind", kind)
        .put_all("tag", ["a", "b"])
        .put_all("link.url", ["https://one.example"])
        .put_all("link.title", ["One"])
}

/// What a browser sends for a sheet in which some fields were typed over.
fn sent(from: &Sheet, typed: &[(&str, &str)], act: &str) -> Submitted {
    let (version, was) = (
        from.version().unwrap_or_default().to_string(),
        from.fingerprints(),
    );
    let mut pairs: Vec<(&str, &str)> = vec![("version", &version), ("was", &was), ("do", act)];
    for name in ["title", "kind", "tag", "link.url", "link.title"] {
        if typed.iter().any(|(own, _)| *own == name) {
            pairs.extend(typed.iter().filter(|(own, _)| *own == name));
        } else {
            pairs.extend(from.values(name).iter().map(|value| (name, value.as_str())));
        }
    }
    pairs.extend(typed.iter().filter(|(name, _)| name.starts_with("pick.")));
    Submitted::from_pairs(&pairs)
}

#[test]
fn what_was_typed_stands_in_the_form_and_unticked_boxes_are_empty() {
    let shown = record(3, "Old", "talk");
    let mut submitted = sent(&shown, &[("title", "  New ")], "");
    let typed = shown.clone().typed(&submitted);
    assert_eq!((typed.value("title"), typed.pause()), ("  New ", None));
    assert_eq!(typed.values("tag"), ["a", "b"]);
    let was = shown.fingerprints();
    submitted = Submitted::from_pairs(&[("version", "3"), ("was", &was), ("title", "New")]);
    let typed = shown.typed(&submitted);
    assert!(typed.values("tag").is_empty() && typed.value("kind").is_empty());
}

#[test]
fn fields_that_the_form_does_not_have_keep_what_the_record_has() {
    let typed = record(3, "Old", "talk").typed(&Submitted::from_pairs(&[
        ("version", "3"),
        ("title", "New"),
    ]));
    assert_eq!((typed.value("title"), typed.value("kind")), ("New", "talk"));
}

#[test]
fn a_form_over_a_newer_record_merges_what_one_side_changed_and_asks_about_the_rest() {
    let shown = record(3, "Old", "talk");
    let submitted = sent(
        &shown,
        &[("title", "Mine"), ("link.url", "https://mine.example")],
        "",
    );
    let now = record(5, "Theirs", "workshop");
    let stale = now.clone().typed(&submitted);
    assert_eq!(stale.pause(), Some(StatusCode::CONFLICT));
    assert_eq!(stale.value("title"), "Mine", "nothing typed is lost");
    assert_eq!(stale.theirs("title").as_deref(), Some("Theirs"));
    assert_eq!(stale.value("kind"), "workshop", "only they changed it");
    assert_eq!(stale.overtaken(), ["kind"]);
    assert_eq!(
        stale.value("link.url"),
        "https://mine.example",
        "only I changed it"
    );
    assert_eq!(stale.differing().collect::<Vec<_>>(), ["title"]);

    // The page that shows the difference is about the newer state; a choice settles it.
    for (pick, title) in [("mine", "Mine"), ("theirs", "Theirs")] {
        let again = sent(&stale, &[("pick.title", pick)], "");
        let settled = now.clone().typed(&again);
        assert_eq!((settled.pause(), settled.value("title")), (None, title));
        assert_eq!(settled.value("link.url"), "https://mine.example");
    }
}

#[test]
fn the_same_change_on_both_sides_is_no_difference() {
    let shown = record(3, "Old", "talk");
    let stale = record(4, "Same", "talk").typed(&sent(&shown, &[("title", "Same")], ""));
    assert_eq!(stale.differing().count(), 0);
    assert_eq!(stale.value("title"), "Same");
}

#[test]
fn a_form_that_says_nothing_about_its_version_never_overwrites() {
    let now = record(4, "Theirs", "talk");
    let stale = now.typed(&Submitted::from_pairs(&[("title", "Mine")]));
    assert_eq!(stale.pause(), Some(StatusCode::CONFLICT));
    assert_eq!(stale.theirs("title").as_deref(), Some("Theirs"));
}

#[test]
fn rows_are_added_moved_and_dropped_without_a_script() {
    let shown = Sheet::blank()
        .put_all("link.url", ["u1", "u2"])
        .put_all("link.title", ["t1", "t2"]);
    let act = |act: &str| {
        let was = shown.fingerprints();
        let pairs = [
            ("was", was.as_str()),
            ("do", act),
            ("link.url", "u1"),
            ("link.url", "u2"),
            ("link.title", "t1"),
            ("link.title", "t2"),
        ];
        shown.clone().typed(&Submitted::from_pairs(&pairs))
    };
    let more = act("more:link");
    assert_eq!(
        (more.pause(), more.rows("link").len()),
        (Some(StatusCode::OK), 3)
    );
    assert_eq!(act("drop:link:0").values("link.title"), ["t2"]);
    assert_eq!(act("up:link:1").values("link.url"), ["u2", "u1"]);
    for harmless in [
        "up:link:0",
        "down:link:1",
        "drop:link:9",
        "up:link:x",
        "more:other",
    ] {
        assert_eq!(
            act(harmless).values("link.url")[..2],
            ["u1", "u2"],
            "{harmless}"
        );
    }
    assert_eq!(act("save").pause(), None);
    // A group without rows shows one empty row; one more makes two.
    let empty = Sheet::blank()
        .put_all("link.url", [""; 0])
        .put_all("link.title", [""; 0]);
    assert_eq!(empty.rows("link").len(), 1);
    let more = empty.typed(&Submitted::from_pairs(&[
        ("do", "more:link"),
        ("link.url", ""),
        ("link.title", ""),
    ]));
    assert_eq!(more.rows("link").len(), 2);
}

#[test]
fn reading_gathers_every_complaint() {
    let sheet = Sheet::blank()
        .put("title", "")
        .put("count", "12x")
        .put("day", "2026-02-30")
        .put("color", "#12345g")
        .put("site", "javascript:alert(1)")
        .put("kind", "other")
        .put_all("link.url", ["", "ftp://x.example"])
        .put_all("link.title", ["", "x"]);
    let mut read = sheet.read();
    read.required("title", 10);
    read.number("count", 1..=10);
    read.date("day");
    read.color("color");
    read.url("site", 100);
    read.word("kind", |text| (text == "talk").then_some(()));
    let rows = read.rows("link", &["url", "title"]);
    assert_eq!(rows.len(), 1, "empty rows are nothing");
    read.cell_url(&rows[0], "url", 100);
    let Err(kernel::Error::Invalid(fields)) = read.done() else {
        panic!("all of it is wrong");
    };
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "title",
            "count",
            "day",
            "color",
            "site",
            "kind",
            "link.1.url"
        ]
    );
}

#[test]
fn instants_are_read_in_the_conference_s_zone() {
    let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap_or(jiff::tz::TimeZone::UTC);
    let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap_or(jiff::tz::TimeZone::UTC);
    let sheet = Sheet::blank()
        .put("at", "2026-11-22T10:00")
        .put("gap", "2026-03-29T02:30");
    let mut read = sheet.read();
    let at = read.instant("at", &tokyo).map(|at| at.to_string());
    assert_eq!(at.as_deref(), Some("2026-11-22T01:00:00Z"));
    assert_eq!(read.instant("gap", &berlin), None);
    assert!(read.done().is_err());
}

mod page {
    use askama::Template;

    use super::super::{Choice, Sheet};
    use super::{record, sent};
    use crate::page::Page;

    /// Every macro once, as a feature's template uses them.
    #[derive(Template)]
    #[template(
        ext = "html",
        source = r#"{% import "form.html" as form %}<form method="post" novalidate data-draft{% call form::state(sheet) %}{% endcall %}>
{% call form::begin(page, sheet, "web-field-") %}{% endcall %}
{% call form::text(page, sheet, "title", "web-menu", required=true, auto="off", lang="ja", list="names") %}{% endcall %}
{% call form::area(page, sheet, "note", "web-menu", hint="web-form-markdown") %}{% endcall %}
{% call form::markdown(page, sheet, "text", "web-menu") %}{% endcall %}
{% call form::select(page, sheet, "kind", "web-menu", note="Asia/Tokyo") %}{% endcall %}
{% call form::choices(page, sheet, "tag", "web-menu") %}{% endcall %}
{% call form::check(page, sheet, "agreed", "web-menu") %}{% endcall %}
{% call form::color(page, sheet, "color", "web-menu") %}{% endcall %}
{% call form::file(page, sheet, "logo", "web-menu", accept="image/png") %}{% endcall %}
<fieldset class="rows" id="link"><legend>Links</legend>{% for row in sheet.rows("link") %}<div class="row-of">{% call form::cell(page, sheet, row, "url", "web-menu", kind="url") %}{% endcall %}{% call form::cell(page, sheet, row, "title", "web-menu") %}{% endcall %}{% call form::row_tools(page, row) %}{% endcall %}</div>{% endfor %}{% call form::more(page, "link", "web-menu") %}{% endcall %}{{ sheet.foot(page, "link", "", "") }}</fieldset>
{% call form::end(page, "web-form-save", "/back") %}{% endcall %}</form>"#
    )]
    struct FormPage {
        page: Page,
        sheet: Sheet,
    }

    #[tokio::test]
    async fn the_macros_show_complaints_differences_and_choices_and_escape_everything() {
        let (cx, _folder) = crate::testing::cx().await;
        let evil = "\"><script>alert(1)</script>";
        let offered = |sheet: Sheet| {
            sheet
                .put("text", "")
                .put("note", evil)
                .put("color", evil)
                .put("agreed", "yes")
                .offer(
                    "kind",
                    vec![
                        Choice::new("talk", "A talk"),
                        Choice::new("workshop", "A workshop"),
                    ],
                )
                .offer("tag", vec![Choice::new("a", "A"), Choice::new(evil, evil)])
                .preview("text", "<p>as it reads</p>".into())
        };
        let shown = record(3, "Old", "talk");
        let submitted = sent(&shown, &[("title", evil), ("kind", "talk")], "");
        let now = offered(record(4, &format!("Theirs {evil}"), "workshop"));
        let sheet = now.typed(&submitted);
        let fault = kernel::Field {
            name: "link.0.url".into(),
            message: "web-field-url".into(),
        };
        let sheet = sheet.with_faults(&cx, &[fault]);
        let page = Page::new(&cx);
        let html = FormPage { page, sheet }
            .render()
            .expect("it can be rendered");
        assert!(!html.contains("<script>"), "{html}");
        for part in [
            "data-draft data-unsaved",
            "name=\"version\" value=\"4\"",
            "name=\"pick.title\" value=\"theirs\"",
            "<a href=\"#kind\">",
            "<option value=\"workshop\" selected>A workshop",
            "value=\"a\" checked> A<",
            "id=\"link.0.url\" name=\"link.url\"",
            "aria-invalid=\"true\" aria-describedby=\"link.0.url-error\"",
            "<a href=\"#link.0.url\">An address",
            "<p>as it reads</p>",
            "value=\"yes\" checked",
            "name=\"do\" value=\"more:link\"",
            "class=\"hint\" id=\"kind-hint\">Asia/Tokyo",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }
}

#[test]
fn a_newer_version_that_differs_elsewhere_is_nothing_to_ask_about() {
    let shown = record(3, "Old", "talk");
    let typed = record(9, "Old", "talk").typed(&sent(&shown, &[("title", "Mine")], ""));
    assert_eq!(
        (typed.pause(), typed.value("title"), typed.version()),
        (None, "Mine", Some(9))
    );
}
