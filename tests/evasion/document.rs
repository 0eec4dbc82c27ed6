//! The document: sections between markers, which a run compares or rewrites.

use std::path::PathBuf;

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/evasion.md"))
}

fn split<'a>(document: &'a str, section: &str) -> (&'a str, &'a str, &'a str) {
    let (begin, end) = (format!("<!-- begin {section} -->\n"), format!("<!-- end {section} -->"));
    let (head, rest) = document.split_once(&begin).expect("a section in docs/evasion.md");
    let (body, tail) = rest.split_once(&end).expect("its end");
    (&document[..head.len() + begin.len()], body, &document[document.len() - tail.len() - end.len()..])
}

/// Rewrites a section of the document, if that is asked for; says whether it was.
pub(crate) fn write(section: &str, body: &str) -> bool {
    if std::env::var_os("QWARDEN_WRITE_DOCS").is_none() {
        return false;
    }
    let document = std::fs::read_to_string(path()).expect("docs/evasion.md");
    let (head, _, tail) = split(&document, section);
    std::fs::write(path(), [head, body, tail].concat()).expect("a file that can be written");
    true
}

/// A section of the document.
pub(crate) fn read(section: &str) -> String {
    let document = std::fs::read_to_string(path()).expect("docs/evasion.md");
    split(&document, section).1.to_owned()
}
