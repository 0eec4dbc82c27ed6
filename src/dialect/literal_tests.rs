//! Which bytes of a JSON literal say a span of its text.

use super::*;

/// A literal, a span of its text, and the bytes of the literal that say it.
fn check(literal: &str, span: (usize, usize), expected: &str) {
    let range = raw_range(literal.as_bytes(), Span::new(span.0, span.1));
    assert_eq!(literal.get(range), Some(expected), "{literal} {span:?}");
}

#[test]
fn spans_map_to_bytes_of_the_literal() {
    check(r#""plain""#, (0, 5), "plain");
    check(r#""plain""#, (1, 3), "la");
    check(r#""plain""#, (2, 2), "");
    check(r#""a\nb""#, (0, 1), "a");
    check(r#""a\nb""#, (1, 2), r"\n");
    check(r#""a\nb""#, (2, 3), "b");
    check(r#""\u0061bc""#, (0, 1), r"\u0061");
    check(r#""\u0061bc""#, (1, 3), "bc");
    check(r#""x\u81eay""#, (1, 4), r"\u81ea");
    check(r#""x\ud83d\ude00y""#, (1, 5), r"\ud83d\ude00");
    check(r#""x\ud83d\ude00y""#, (5, 6), "y");
    check(r#""自\u6740方""#, (3, 6), r"\u6740");
    check(r#""自\u6740方""#, (6, 9), "方");
    check(r#""\\\"""#, (0, 1), r"\\");
    check(r#""\\\"""#, (1, 2), r#"\""#);
    // Inside of an escaped character: the whole escape goes.
    check(r#""x\u81eay""#, (2, 3), r"\u81ea");
    // Past the end of the text.
    check(r#""ab""#, (1, 99), "b");
    check(r#""""#, (0, 9), "");
}

#[test]
fn several_spans_in_one_pass() {
    let literal = r#""a\u0062c\nd""#;
    let spans = [Span::new(0, 1), Span::new(1, 2), Span::new(3, 5)];
    let texts: Vec<_> =
        raw_ranges(literal.as_bytes(), &spans).into_iter().map(|range| &literal[range]).collect();
    assert_eq!(texts, ["a", r"\u0062", r"\nd"]);
}

#[test]
fn nonsense_does_not_panic() {
    for literal in
        ["", "\"", "\"\\", "\"\\\"", "\"\\u", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "x"]
    {
        for start in 0..8 {
            for end in start..8 {
                let range = raw_range(literal.as_bytes(), Span::new(start, end));
                assert!(range.start <= range.end && range.end <= literal.len().max(1), "{literal} {range:?}");
            }
        }
        let _ = decode(literal, 0, literal.len() as u32, true);
    }
}
