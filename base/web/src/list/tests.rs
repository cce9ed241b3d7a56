use super::{Column, Line, Listing, Query, Spec, csv_file};
use crate::limits;

const SPEC: Spec = Spec {
    columns: &[
        Column {
            name: "title",
            label: "web-menu",
            sorts: true,
            shown: true,
        },
        Column {
            name: "starts",
            label: "web-menu",
            sorts: true,
            shown: true,
        },
        Column {
            name: "code",
            label: "web-menu",
            sorts: false,
            shown: false,
        },
    ],
    filters: &["state", "track"],
    sort: "starts",
};

#[test]
fn the_whole_view_stands_in_the_address() {
    let query = Query::parse(
        "/c/admin/talks?q=%E7%9B%A3%E8%A6%96&state=hidden&sort=-title&column=code&x=y",
        SPEC,
    );
    assert_eq!(
        (
            query.q.as_str(),
            query.filter("state"),
            query.filter("track")
        ),
        ("監視", "hidden", "")
    );
    assert_eq!((query.sort, query.descending), ("title", true));
    assert!(query.shows("title") && query.shows("code") && !query.shows("starts"));
    assert!(query.narrows());
    assert_eq!(
        query.address(&[]),
        "/c/admin/talks?q=%E7%9B%A3%E8%A6%96&sort=-title&state=hidden&column=code"
    );
    let again = Query::parse(&query.address(&[("cursor", "x"), ("state", "")]), SPEC);
    assert_eq!((again.filter("state"), again.sort), ("", "title"));
    let plain = Query::parse("/c/admin/talks", SPEC);
    assert_eq!(
        (plain.sort, plain.descending, plain.address(&[]).as_str()),
        ("starts", false, "/c/admin/talks")
    );
    assert!(plain.shows("starts") && !plain.shows("code") && !plain.narrows());
}

#[test]
fn an_address_that_makes_no_sense_is_the_plain_list() {
    for address in [
        "/l?sort=code",
        "/l?sort=--title",
        "/l?sort=%00",
        "/l?cursor=%FF",
        "/l?column=other",
        "/l?%",
    ] {
        let query = Query::parse(address, SPEC);
        assert_eq!((query.sort, query.cursor), ("starts", None), "{address}");
    }
    let long = Query::parse(
        &format!("/l?q={}&state={}", "x".repeat(5_000), "y".repeat(5_000)),
        SPEC,
    );
    assert_eq!(long.q.chars().count(), limits::SEARCH_CHARS_MAX);
    assert_eq!(
        long.filter("state").chars().count(),
        limits::FILTER_CHARS_MAX
    );
}

#[test]
fn a_page_knows_whether_there_is_another_one() {
    let line = |n: i64| Line {
        id: format!("id{n}"),
        href: String::new(),
        key: n.to_string(),
        cells: vec!["t".into()],
    };
    let query = Query::parse("/l", SPEC);
    let wanted = query.rows_wanted();
    let full = Listing::of(query.clone(), (0..wanted).map(line).collect());
    assert_eq!(
        full.lines.len(),
        usize::try_from(limits::LIST_ROWS).unwrap_or(0)
    );
    let next = full.next_href().expect("there is another page");
    let next = Query::parse(&next, SPEC)
        .cursor
        .expect("it names its place");
    assert_eq!(next.id, format!("id{}", limits::LIST_ROWS - 1));
    let last = Listing::of(query, (1..wanted).map(line).collect());
    assert_eq!(last.next_href(), None);
    assert_eq!(full.sort_href(&SPEC.columns[1]), "/l?sort=-starts");
    assert_eq!(full.sort_href(&SPEC.columns[0]), "/l?sort=title");
}

#[test]
fn a_file_for_spreadsheets_has_no_formulas() {
    let rows = [
        vec!["=1+1", "-5", "-x"],
        vec!["@SUM(A1)", "監視, \"入門\"", "a\nb"],
        vec!["＝1", " +1", "\t=1"],
    ];
    let rows = rows.map(MapOwned::map_owned);
    let file = csv_file::write(vec!["a".into(), "b".into(), "c".into()], rows.into_iter())
        .expect("it can be written");
    let text = String::from_utf8(file).expect("it is UTF-8");
    assert_eq!(
        text,
        "\u{feff}a,b,c\r\n'=1+1,-5,'-x\r\n'@SUM(A1),\"監視, \"\"入門\"\"\",\"a\nb\"\r\n'＝1,' +1,'\t=1\r\n"
    );
}

#[test]
fn a_cell_that_comes_back_from_a_spreadsheet_is_what_it_was() {
    for cell in [
        "=1+1", "-5", "-x", "@SUM(A1)", "＝1", " +1", "plain", "'quoted'", "", "'", "'=1",
    ] {
        let written = csv_file::defused(cell.to_owned());
        assert_eq!(csv_file::restored(&written), cell, "{written}");
    }
}

#[test]
fn a_file_has_the_column_by_which_its_rows_are_known_whatever_is_shown() {
    let file = Query::parse("/l?format=csv", SPEC).keyed("code");
    assert!(file.shows("title") && file.shows("starts") && file.shows("code"));
    let chosen = Query::parse("/l?format=csv&column=starts", SPEC).keyed("code");
    assert!(chosen.shows("starts") && chosen.shows("code"));
    let page = Query::parse("/l", SPEC).keyed("code");
    assert!(!page.shows("code"), "a page shows what was chosen");
}

trait MapOwned {
    fn map_owned(self) -> Vec<String>;
}

impl MapOwned for Vec<&str> {
    fn map_owned(self) -> Vec<String> {
        self.into_iter().map(str::to_owned).collect()
    }
}
