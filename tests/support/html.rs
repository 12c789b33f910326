//! A page, taken apart just far enough to ask what it says.

use contend::measure::Run;

/// The page of a run.
pub fn page(run: &Run) -> String {
    let out = tempfile::tempdir().unwrap();
    contend::report::write(run, out.path()).unwrap();
    std::fs::read_to_string(out.path().join("index.html")).unwrap()
}

/// The CSV file of a run.
pub fn csv(run: &Run) -> String {
    let out = tempfile::tempdir().unwrap();
    contend::report::write(run, out.path()).unwrap();
    std::fs::read_to_string(out.path().join("trials.csv")).unwrap()
}

/// The file of kinds of a run.
pub fn kinds_csv(run: &Run) -> String {
    let out = tempfile::tempdir().unwrap();
    contend::report::write(run, out.path()).unwrap();
    std::fs::read_to_string(out.path().join("kinds.csv")).unwrap()
}

/// Every piece between `start` and the next `end`, both included.
pub fn pieces<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    html.match_indices(start)
        .map(|(at, _)| {
            let length = html[at..]
                .find(end)
                .map_or(html.len() - at, |found| found + end.len());
            &html[at..at + length]
        })
        .collect()
}

/// The value of an attribute of a tag.
pub fn attribute<'p>(tag: &'p str, name: &str) -> Option<&'p str> {
    let start = format!(" {name}=\"");
    tag.split_once(&start)?.1.split('"').next()
}

/// The figure with an anchor.
pub fn figure<'a>(html: &'a str, anchor: &str) -> &'a str {
    let start = format!("<figure id=\"{anchor}\">");
    pieces(html, &start, "</figure>")
        .first()
        .unwrap_or_else(|| panic!("no figure {anchor}"))
}

/// The part of the page with an id, up to the end of its section.
pub fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let start = format!("<section id=\"{id}\"");
    pieces(html, &start, "</section>")
        .first()
        .unwrap_or_else(|| panic!("no section {id}"))
}

/// HTML as text: without tags and with its entities resolved.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    for (entity, c) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("\u{a0}", " "),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text
}

/// The first table in a piece of HTML, cell by cell, the headings first.
pub fn table(html: &str) -> Vec<Vec<String>> {
    let table = pieces(html, "<table>", "</table>")
        .first()
        .copied()
        .expect("a table");
    pieces(table, "<tr>", "</tr>")
        .iter()
        .map(|row| {
            row.replace("<th", "<td")
                .split("<td")
                .skip(1)
                .map(|cell| text(&format!("<td{cell}")).trim().to_owned())
                .collect()
        })
        .collect()
}

/// The chart of a figure.
pub fn svg(figure: &str) -> &str {
    pieces(figure, "<svg", "</svg>")
        .first()
        .copied()
        .unwrap_or("")
}
