//! Splicing: only the bytes that change are touched. Owns its cases; refuses to know dialects.

use proptest::prelude::*;

use super::super::json::{Limits, Node};
use super::*;

fn edit(range: Range<usize>, with: &str) -> Edit {
    Edit { range, with: with.as_bytes().to_vec() }
}

#[test]
fn edits_change_only_their_bytes() {
    let check = |edits: &[Edit], expected: &str| {
        assert_eq!(String::from_utf8(splice(b"0123456789", edits)).unwrap(), expected, "{edits:?}");
    };
    check(&[], "0123456789");
    check(&[edit(2..4, "ab"), edit(6..6, "+")], "01ab45+6789");
    check(&[edit(6..6, "+"), edit(2..4, "")], "0145+6789");
    check(&[edit(0..10, "")], "");
    check(&[edit(10..10, "!")], "0123456789!");
    // Wrong edits lose a replacement, but never keep what had to go.
    check(&[edit(2..6, "x"), edit(4..8, "y")], "01x89");
    check(&[edit(8..99, "z")], "01234567z");
}

#[test]
fn members_are_added_and_replaced() {
    let check = |raw: &str, expected: Option<&str>| {
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        let edited = insert_member(&document, "k\"", b"[1]").map(|edit| splice(raw.as_bytes(), &[edit]));
        assert_eq!(edited.map(|bytes| String::from_utf8(bytes).unwrap()).as_deref(), expected);
    };
    check("{}", Some(r#"{"k\"":[1]}"#));
    check(" { } ", Some(r#" { "k\"":[1]} "#));
    check(r#"{"a":{}}"#, Some(r#"{"a":{},"k\"":[1]}"#));
    check(r#"{"k\"": null ,"a":1}"#, Some(r#"{"k\"": [1] ,"a":1}"#));
    check("[]", None);
}

#[test]
fn values_become_null() {
    let raw = br#"{"logprobs":{"a":[1]},"b":2}"#;
    let document = Document::parse(raw, Limits::default()).unwrap();
    let range = document.root().get("logprobs").unwrap().range();
    assert_eq!(splice(raw, &[null_out(range)]), br#"{"logprobs":null,"b":2}"#);
}

/// Writes a text as a literal, with each character in one of the ways JSON allows.
fn write_literal(characters: &[(char, u8)]) -> String {
    let mut literal = String::from("\"");
    for &(character, way) in characters {
        let plain = !matches!(character, '"' | '\\' | '\0'..='\u{1f}');
        match (way % 3, character) {
            (0, _) if plain => literal.push(character),
            (1, '"' | '\\' | '/') => literal.extend(['\\', character]),
            (1, '\n') => literal.push_str("\\n"),
            (1, '\t') => literal.push_str("\\t"),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    literal.push_str(&if way > 127 {
                        format!("\\u{unit:04x}")
                    } else {
                        format!("\\u{unit:04X}")
                    });
                }
            }
        }
    }
    literal + "\""
}

fn any_characters() -> impl Strategy<Value = Vec<(char, u8)>> {
    let character = prop_oneof![
        any::<char>(),
        prop::char::range(' ', '~'),
        Just('\n'),
        Just('"'),
        Just('😀'),
        Just('自')
    ];
    prop::collection::vec((character, any::<u8>()), 0..40)
}

proptest! {
    #[test]
    fn a_redaction_reads_as_the_redacted_text(
        characters in any_characters(),
        mut cuts in prop::collection::vec((0_usize..41, 0_usize..41), 0..3),
        with in any::<String>(),
    ) {
        let text: String = characters.iter().map(|(character, _)| character).collect();
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        cuts.sort_unstable();
        let mut spans = Vec::new();
        for (start, end) in cuts {
            let span = Span::new(starts[start.min(starts.len() - 1)], starts[end.min(starts.len() - 1)]);
            if spans.last().is_none_or(|(last, _): &(Span, &str)| last.end <= span.start) {
                spans.push((span, with.as_str()));
            }
        }
        let raw = format!(r#"{{"before":"\u0061","text": {} ,"after":"\u0062"}}"#, write_literal(&characters));
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        let node = document.root().get("text").unwrap();
        prop_assert_eq!(node.str().unwrap(), text.as_str());
        prop_assert_eq!(splice(raw.as_bytes(), &[]), raw.as_bytes());

        let edited = splice(raw.as_bytes(), &replace_spans(raw.as_bytes(), node.range(), &spans));
        let mut expected = text.clone();
        for (span, with) in spans.iter().rev() {
            expected.replace_range(span.start..span.end, with);
        }
        let again = Document::parse(&edited, Limits::default()).unwrap();
        prop_assert_eq!(again.root().get("text").and_then(Node::str).unwrap(), expected);
        // What stands around the literal kept its own escapes.
        let (before, after) = (br#"{"before":"\u0061","text": "#, br#" ,"after":"\u0062"}"#);
        prop_assert!(edited.starts_with(before) && edited.ends_with(after), "surroundings changed");
    }

    #[test]
    fn a_written_string_reads_back(text in any::<String>()) {
        let literal = literal::encode_string(&text);
        let document = Document::parse(&literal, Limits::default()).unwrap();
        prop_assert_eq!(document.root().str().unwrap(), text);
    }
}
