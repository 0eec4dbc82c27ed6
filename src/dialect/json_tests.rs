//! What the strict reader of JSON takes and refuses. Owns its cases; refuses to know dialects.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn code(raw: &[u8]) -> Result<(), (&'static str, usize)> {
    Document::parse(raw, Limits::default()).map(|_| ()).map_err(|error| (error.code, error.offset))
}

/// What the grammar accepts that a careless reader would not expect, and the other way round.
#[test]
fn accepts_and_refuses() {
    let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    let long = |digits: usize| vec![b'7'; digits];
    type Outcome = Result<(), (&'static str, usize)>;
    let cases: &[(&[u8], Outcome)] = &[
        (b"{}", Ok(())),
        (b" [ ] \n", Ok(())),
        (b"\"\"", Ok(())),
        (b"-0", Ok(())),
        (b"1e999", Ok(())),
        (b"-1.5E-3", Ok(())),
        (br#"{"a":{"b":1},"b":{"a":1}}"#, Ok(())),
        (br#"["\ud83d\ude00","\u0000","\ufffe"]"#, Ok(())),
        (b"", Err(("invalid_json", 0))),
        (b" \t\r\n", Err(("invalid_json", 0))),
        (b"\xef\xbb\xbf{}", Err(("invalid_json", 0))),
        (b"{} {}", Err(("invalid_json", 3))),
        (b"{}]", Err(("invalid_json", 2))),
        (b"{}\0", Err(("invalid_json", 2))),
        (b"[1,]", Err(("invalid_json", 3))),
        (br#"{"a":1,}"#, Err(("invalid_json", 7))),
        (b"[1 2]", Err(("invalid_json", 3))),
        (br#"{"a" 1}"#, Err(("invalid_json", 5))),
        (b"{a:1}", Err(("invalid_json", 1))),
        (b"{'a':1}", Err(("invalid_json", 1))),
        (b"[1,/**/2]", Err(("invalid_json", 3))),
        (b"NaN", Err(("invalid_json", 0))),
        (b"[1,NaN]", Err(("invalid_json", 3))),
        (b"Infinity", Err(("invalid_json", 0))),
        (b"-Infinity", Err(("invalid_json", 1))),
        (b"[nul]", Err(("invalid_json", 4))),
        (b"True", Err(("invalid_json", 0))),
        (b"01", Err(("invalid_json", 1))),
        (b"-01", Err(("invalid_json", 2))),
        (b"+1", Err(("invalid_json", 0))),
        (b".5", Err(("invalid_json", 0))),
        (b"1.", Err(("invalid_json", 2))),
        (b"1e", Err(("invalid_json", 2))),
        (b"0x10", Err(("invalid_json", 1))),
        (b"-", Err(("invalid_json", 1))),
        (b"\"a\nb\"", Err(("invalid_json", 2))),
        (b"\"a\x1fb\"", Err(("invalid_json", 2))),
        (b"\"abc", Err(("invalid_json", 4))),
        (br#""\x41""#, Err(("invalid_json", 2))),
        (br#""\u12g4""#, Err(("invalid_json", 5))),
        (b"{", Err(("invalid_json", 1))),
        (b"[1", Err(("invalid_json", 2))),
        (b"[\"\xff\"]", Err(("invalid_utf8", 2))),
        // A surrogate written as bytes, an overlong slash, and a character that is cut off.
        (b"[\"\xed\xa0\x80\"]", Err(("invalid_utf8", 2))),
        (b"[\"\xc0\xaf\"]", Err(("invalid_utf8", 2))),
        (b"[\"\xe8\x87\"]", Err(("invalid_utf8", 2))),
        (b"{\"\xff\":1}", Err(("invalid_utf8", 2))),
        (br#"["\ud800"]"#, Err(("ambiguous_json", 8))),
        (br#"["\udc00"]"#, Err(("ambiguous_json", 7))),
        (br#"["\ud800\ud800"]"#, Err(("ambiguous_json", 13))),
        (br#"["\ud800\n"]"#, Err(("ambiguous_json", 9))),
        (br#"["\ud800x"]"#, Err(("ambiguous_json", 8))),
        (br#"{"\ud800":1}"#, Err(("ambiguous_json", 8))),
        (br#"{"a":1,"a":2}"#, Err(("ambiguous_json", 7))),
        (br#"{"a":1,"\u0061":2}"#, Err(("ambiguous_json", 7))),
        (br#"{"\u0061":1,"b":0,"a":2}"#, Err(("ambiguous_json", 18))),
        (br#"{"":1,"":2}"#, Err(("ambiguous_json", 6))),
        (br#"[[{"x":[{"\/":1,"/":2}]}]]"#, Err(("ambiguous_json", 16))),
        (&deep(128), Ok(())),
        (&deep(129), Err(("json_too_deep", 128))),
        (&deep(1_000_000), Err(("json_too_deep", 128))),
        (&long(4300), Ok(())),
        (&long(1_000_000), Err(("invalid_json", 4301))),
    ];
    for (raw, expected) in cases {
        let shown = String::from_utf8_lossy(&raw[..raw.len().min(40)]);
        assert_eq!(code(raw), *expected, "{shown}");
    }
}

/// `{"k0":0,"k1":0,…}` with the last key written as `last`.
fn many_keys(count: usize, last: &str) -> String {
    let mut body = String::from("{");
    for key in 0..count {
        let _ = write!(body, "\"k{key}\":0,");
    }
    let _ = write!(body, "\"{last}\":0}}");
    body
}

#[test]
fn duplicates_are_found_in_large_objects() {
    for count in [PAIRWISE as usize - 1, PAIRWISE as usize, PAIRWISE as usize + 1, 100_000] {
        assert_eq!(code(many_keys(count, "other").as_bytes()), Ok(()));
        let doubled = many_keys(count, "\\u006b0");
        let place = doubled.rfind("\"\\u006b0\"").unwrap();
        assert_eq!(code(doubled.as_bytes()), Err(("ambiguous_json", place)), "{count} keys");
    }
}

#[test]
fn too_many_values_are_refused() {
    let limits = Limits { values: 4, ..Limits::default() };
    assert!(Document::parse(b"[null,null,null]", limits).is_ok());
    let error = Document::parse(b"[null,null,null,null]", limits).unwrap_err();
    assert_eq!((error.code, error.offset), ("json_too_large", 16));
    assert!(Document::parse(b"[1,2,3,4,5,6,7,8]", limits).is_ok(), "a run of numbers is one value");
}

#[test]
fn nodes_know_their_places() {
    let raw = br#" {"a" : "x\n", "b":[1, 2,"s",3,[4],5] ,"c":{"d":true,"e":null},"n":42} "#;
    let document = Document::parse(raw, Limits::default()).unwrap();
    let root = document.root();
    let show = |node: Node<'_>| std::str::from_utf8(&raw[node.range()]).unwrap().to_owned();
    assert_eq!(root.range(), 1..raw.len() - 1);
    assert_eq!(root.members().map(|node| node.key().unwrap()).collect::<Vec<_>>(), ["a", "b", "c", "n"]);
    let a = root.get("a").unwrap();
    assert_eq!((a.str().unwrap().as_ref(), show(a).as_str()), ("x\n", r#""x\n""#));
    assert_eq!(&raw[a.key_range().unwrap()], br#""a""#);
    let items: Vec<String> = root.get("b").unwrap().items().map(show).collect();
    assert_eq!(items, ["1, 2", r#""s""#, "3", "[4]", "5"]);
    let c = root.get("c").unwrap();
    assert_eq!(show(c), r#"{"d":true,"e":null}"#);
    assert_eq!(c.get("d").and_then(Node::bool), Some(true));
    assert!(c.get("e").unwrap().is_null());
    assert_eq!(root.get("n").and_then(Node::u64), Some(42));
    assert!(root.get("d").is_none() && a.members().next().is_none());
    assert!(matches!(root.get("c").unwrap().get("d").unwrap().key(), Some(Cow::Borrowed("d"))));
}

#[test]
fn a_tape_is_used_again() {
    let first = Document::parse(br#"{"a":[1,{"b":"c"}]}"#, Limits::default()).unwrap();
    let second = Document::parse_into(br#"["x"]"#, Limits::default(), first.into_tape()).unwrap();
    assert_eq!(second.root().items().filter_map(Node::str).collect::<Vec<_>>(), ["x"]);
    assert_eq!(second.records().len(), 2);
}

#[test]
fn an_error_becomes_a_refusal() {
    let error = Document::parse(br#"{"a":1,"a":2}"#, Limits::default()).unwrap_err();
    let refusal = Refusal::from(error);
    assert_eq!((refusal.status, refusal.code), (400, "ambiguous_json"));
    assert_eq!(refusal.message, "The body cannot be read: a key stands twice in an object (at byte 7).");
}

/// Rebuilds a value from the nodes alone.
fn rebuild(node: Node<'_>) -> serde_json::Value {
    use serde_json::Value;
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::from(node.bool().unwrap()),
        Kind::Number => serde_json::from_str(node.raw()).unwrap(),
        Kind::String => Value::from(node.str().unwrap().as_ref()),
        Kind::Object => {
            node.members().map(|member| (member.key().unwrap().into_owned(), rebuild(member))).collect()
        }
        Kind::Array => {
            let numbers = |node: Node<'_>| match node.kind() {
                Kind::Number => serde_json::from_str::<Vec<Value>>(&format!("[{}]", node.raw())).unwrap(),
                _ => vec![rebuild(node)],
            };
            Value::Array(node.items().flat_map(numbers).collect())
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(serde_json::Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_was_written(value in any_json(), pretty: bool) {
        let raw = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        let document = Document::parse(&raw, Limits::default()).unwrap();
        prop_assert_eq!(rebuild(document.root()), value);
    }

    #[test]
    fn whatever_it_accepts_serde_accepts(raw in r#"[\[\]{}",:\\u0-9a-f. \-eE]{0,40}"#) {
        if code(raw.as_bytes()).is_ok() {
            // serde_json refuses numbers that overflow a double; nothing else may differ.
            let serde = serde_json::from_str::<serde_json::Value>(&raw);
            let overflow = |error: serde_json::Error| error.to_string().contains("out of range");
            prop_assert!(serde.map_or_else(overflow, |_| true), "{}", raw);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err((_, offset)) = code(&raw) {
            prop_assert!(offset <= raw.len());
        }
    }
}
