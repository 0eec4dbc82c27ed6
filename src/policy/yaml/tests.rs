//! What is read of a YAML text, where it stood, and what is refused.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Parsed {
    parse(&"a.yaml".into(), text, Limits::default())
}

fn root(text: &str) -> Node {
    let parsed = read(text);
    assert_eq!(parsed.diagnostics, [], "{text:?}");
    parsed.root.expect("there is a document")
}

#[test]
fn scalars_have_the_types_of_the_core_schema() {
    let check = |text: &str, expected: Value| assert_eq!(root(text).value, expected, "{text}");
    let string = |text: &str| Value::String(text.to_owned());
    for text in ["~", "null", "Null", "NULL"] {
        check(text, Value::Null);
    }
    assert!(read("# nothing").root.is_none(), "a comment is no document");
    check("true", Value::Boolean(true));
    check("FALSE", Value::Boolean(false));
    for text in
        ["yes", "no", "on", "off", "y", "truE", "nUll", "1_000", "0b1", "1:30", "2024-01-01", "+", "."]
    {
        check(text, string(text));
    }
    check("42", Value::Integer(42));
    check("-7", Value::Integer(-7));
    check("+7", Value::Integer(7));
    check("0x1F", Value::Integer(31));
    check("0o17", Value::Integer(15));
    check("017", Value::Integer(17));
    check("0x", string("0x"));
    check("0x-1", string("0x-1"));
    check("1.5", Value::Float(1.5));
    check("1e3", Value::Float(1000.0));
    check(".5", Value::Float(0.5));
    check("-.inf", Value::Float(f64::NEG_INFINITY));
    check("99999999999999999999", Value::Float(1e20));
    check("1.2.3", string("1.2.3"));
    check("infinity", string("infinity"));
    check("'true'", string("true"));
    check("\"42\"", string("42"));
    check("|\n  42\n", string("42\n"));
    check(r#""\u81ea\U0001F4A3""#, string("自💣"));
}

#[test]
fn styles_are_kept() {
    let check = |text: &str, expected: Style| assert_eq!(root(text).style, expected, "{text}");
    check("a", Style::Plain);
    check("'a'", Style::Quoted);
    check("\"a\"", Style::Quoted);
    check("|\n  a\n", Style::Block);
    check(">\n  a\n", Style::Block);
    check("[a]", Style::Plain);
}

/// All keys and values, outermost first.
fn places<'n>(node: &'n Node, found: &mut Vec<(Span, &'n str)>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| places(item, found)),
        Value::Mapping(entries) => {
            for entry in entries {
                found.push((entry.key_span, &entry.key));
                places(&entry.value, found);
            }
        }
        Value::String(text) => found.push((node.span, text)),
        _ => {}
    }
}

#[test]
fn spans_cut_out_what_was_read() {
    let check = |text: &str| {
        let root = root(text);
        let mut found = Vec::new();
        places(&root, &mut found);
        assert!(!found.is_empty(), "{text:?}");
        for (span, value) in found {
            let cut = &text[span.offset..span.end()];
            assert_eq!(cut.trim_matches(['"', '\'']), value, "{span:?} of {text:?}");
            assert_eq!(span_of(text, span.offset, span.length), span, "line and column in {text:?}");
        }
    };
    check("a: b\n");
    check("\n\n# comment\na:   b   # comment\nc: 'd'\n");
    check("a: b\r\nc:\r\n  - d\r\n  - \"e\"\r\n");
    check("自杀: 方法\n编号: [一, \"二\", 三] # 💣\nkey: 'é'\n");
    check("💣: {a: 💣, b: [\"💣\", c]}\nlast: x");
    check("- [a, {b: c}]\n-\n  d\n");
}

#[test]
fn collections_span_what_they_hold() {
    let check = |text: &str, expected: &str| {
        let root = root(text);
        let Value::Mapping(entries) = &root.value else { panic!("a mapping") };
        let span = entries[0].value.span;
        assert_eq!(&text[span.offset..span.end()], expected, "{text:?}");
    };
    check("a: [b, c] # d\ne: f\n", "[b, c]");
    check("a: {b: c}\n\ne: f\n", "{b: c}");
    check("a: []\n", "[]");
    check("a:\n  b: c\n  d: e\n\nf: g\n", "b: c\n  d: e");
    check("a:\n  - b\n  - c\n", "- b\n  - c");
}

#[test]
fn what_we_refuse_is_refused_by_name() {
    let check = |text: &str, expected: &[&str]| {
        let codes: Vec<_> = read(text).diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, expected, "{text:?}");
    };
    check("a: 1\na: 2\n", &["duplicate-key"]);
    check("a: 1\n'a': 2\n\"a\": 3", &["duplicate-key", "duplicate-key"]);
    check("a: {b: 1}\nc: {b: 1}\n", &[]);
    check("&x a: 1", &["anchor"]);
    check("a: &x 1\nb: *x\n", &["anchor", "alias"]);
    check("a: *x\n", &["invalid-yaml"]);
    check("a: !!str 1", &["tag"]);
    check("a: !secret 1", &["tag"]);
    check("a: &x {<<: *x}", &["anchor", "alias"]);
    check("a: 1\n---\nb: 2\n", &["several-documents"]);
    check("---\na: 1\n...\n", &[]);
    check("%YAML 1.2\n---\na: 1\n", &[]);
    check("{[a]: 1}", &["key-not-text"]);
    check("? {a: b}\n: c\n", &["key-not-text"]);
    check("*a : b", &["invalid-yaml"]);
    check("a: b\0c: d", &["control-character"]);
    check("a: \x1b[31m", &["control-character"]);
    check("a: b\rc: d", &["control-character"]);
    check("a: \"\\0\"", &[]);
    for piece in ["[", "- ", "? ", "a: [", "{a: "] {
        // A much deeper one is refused by the parser, which has a limit of its own.
        let codes =
            |depth| read(&piece.repeat(depth)).diagnostics.iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(codes(100), ["too-deep"], "{piece:?}");
        assert!(matches!(codes(100_000).as_slice(), ["too-deep" | "invalid-yaml"]), "{piece:?}");
    }
}

#[test]
fn too_many_values_are_refused() {
    let limits = Limits { nodes: 100, ..Limits::default() };
    let parsed = parse(&"a.yaml".into(), &format!("[{}]", "a,".repeat(101)), limits);
    assert_eq!(parsed.diagnostics.iter().map(|one| one.code).collect::<Vec<_>>(), ["too-large"]);
    assert_eq!(parsed.broken_at, Some(1));
}

#[test]
fn what_stands_before_a_break_is_kept() {
    let parsed = read("a: 1\nb:\n  c: 2\n  d: [e, f\n");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert!(parsed.broken_at.is_some());
    let mut found = Vec::new();
    let root = parsed.root.expect("a partial document");
    places(&root, &mut found);
    let keys: Vec<_> = found.iter().map(|(_, key)| *key).collect();
    assert!(keys.starts_with(&["a", "b", "c"]), "{keys:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn nothing_that_looks_like_yaml_makes_it_panic(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)
    ) {
        let text = pieces.concat();
        let parsed = read(&text);
        prop_assert!(parsed.broken_at.is_none() || !parsed.diagnostics.is_empty());
        prop_assert!(!parsed.diagnostics.iter().any(|one| one.message.contains("cannot read")), "{}", text);
        for one in &parsed.diagnostics {
            let span = one.span.unwrap_or_default();
            prop_assert!(text.get(span.offset..span.end()).is_some(), "{:?} of {:?}", one, text);
        }
    }
}

const PIECES: &[&str] = &[
    "a",
    "b",
    "自",
    "é",
    "💣",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\r\n",
    "  ",
    " ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ",",
    "? ",
    "&x ",
    "*x",
    "!!str ",
    "!t ",
    "\"",
    "'",
    "|",
    ">",
    "|\n",
    ">-\n ",
    "# c",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "%TAG ! x\n",
    "\\",
    "\\u",
    "true",
    "1",
    "<<",
    "@",
    "`",
    "~",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
];
