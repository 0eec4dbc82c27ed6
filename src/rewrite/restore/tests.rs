//! Placeholders: which there are for a prompt, and what becomes of them in a reply.

use super::*;
use crate::dialect::all;
use crate::text::{Channel, Lane, Part, Role, Span};

fn segment<'a>(parts: &[&'a str], encoding: Encoding) -> Segment<'a> {
    let mut at = 0;
    let parts = parts.iter().map(|text| {
        at += text.len() + 2;
        Part { text: (*text).into(), source: at - text.len() - 2..at }
    });
    Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding,
        parts: parts.collect(),
    }
}

/// Redacts every `<…>` of these texts, as an address or, where it begins with `!`, for good. Gives
/// the texts as a model would read them, and what they stand for.
fn sent(texts: &[(&str, Encoding)]) -> (Vec<String>, Option<Arc<Originals>>) {
    let segments: Vec<Segment<'_>> =
        texts.iter().map(|(text, encoding)| segment(&[text], *encoding)).collect();
    let mut redactions: Vec<Vec<Redaction>> = texts
        .iter()
        .map(|(text, _)| {
            let starts = text.match_indices('<').map(|(at, _)| at);
            starts
                .map(|start| {
                    let end = start + text[start..].find('>').expect("an end") + 1;
                    let restored = !text[start..].starts_with("<!");
                    Redaction {
                        span: Span::new(start, end),
                        with: "[redacted]".into(),
                        restore_as: restored.then(|| "EMAIL".into()),
                    }
                })
                .collect()
        })
        .collect();
    let originals = set_aside(&mut redactions, &segments);
    let texts = segments.iter().zip(redactions).map(|(segment, redactions)| {
        let judgement = crate::decide::judge::Judgement { redactions, ..Default::default() };
        judgement.text(segment).into_owned()
    });
    (texts.collect(), originals)
}

#[test]
fn placeholders_are_numbered_by_first_appearance_and_equal_for_equal_texts() {
    use Encoding::{JsonText, Plain};
    let check = |texts: &[(&str, Encoding)], expected: &[&str]| {
        assert_eq!(sent(texts).0, expected, "{texts:?}");
    };
    check(&[("a <x> b <y> c <x>", Plain)], &["a [EMAIL_1] b [EMAIL_2] c [EMAIL_1]"]);
    // A conversation that goes on keeps its numbers.
    check(&[("<x>", Plain), ("<y>", Plain)], &["[EMAIL_1]", "[EMAIL_2]"]);
    check(
        &[("<x>", Plain), ("<y>", Plain), ("<z> <x>", Plain)],
        &["[EMAIL_1]", "[EMAIL_2]", "[EMAIL_3] [EMAIL_1]"],
    );
    check(&[("<!x> <x>", Plain)], &["[redacted] [EMAIL_1]"]);
    // The same in JSON text, where it may be written with escapes.
    check(&[("<x>", Plain), (r#"{"to": "<\u0078>"}"#, JsonText)], &["[EMAIL_1]", r#"{"to": "[EMAIL_1]"}"#]);
    // What the prompt itself says in this form is another thing.
    for literal in ["[EMAIL_1]", "[email_1]", r"\[Email\_1\]", "[[EMAIL_1]]"] {
        check(&[("<x>", Plain), (literal, Plain)], &["[EMAIL_2]", literal]);
    }
    check(&[("<x>", Plain), (r"\u005bEMAIL_1]", JsonText)], &["[EMAIL_2]", r"\u005bEMAIL_1]"]);
    check(&[("<x> [EMAIL_10] [EMAIL_01] EMAIL_1", Plain)], &["[EMAIL_1] [EMAIL_10] [EMAIL_01] EMAIL_1"]);
    assert!(sent(&[("<!x>", Plain)]).1.is_none());
}

#[test]
fn what_replaces_other_redactions_is_no_placeholder() {
    let redaction = |start, with: &str, name: Option<&str>| Redaction {
        span: Span::new(start, start + 1),
        with: with.into(),
        restore_as: name.map(Into::into),
    };
    let mut redactions = [vec![redaction(0, "[redacted]", Some("EMAIL")), redaction(2, "[email_1]", None)]];
    let _ = set_aside(&mut redactions, &[segment(&["a b"], Encoding::Plain)]);
    assert_eq!(&*redactions[0][0].with, "[EMAIL_2]");
}

#[test]
fn a_literal_in_two_parts_is_one() {
    let segments = [segment(&["<x> [EMA", "IL_1]"], Encoding::Plain)];
    let redaction =
        Redaction { span: Span::new(0, 3), with: "[redacted]".into(), restore_as: Some("EMAIL".into()) };
    let mut redactions = [vec![redaction]];
    let _ = set_aside(&mut redactions, &segments);
    assert_eq!(&*redactions[0][0].with, "[EMAIL_2]");
}

/// `[EMAIL_1]` to `[EMAIL_11]`, for `<1>` to `<11>`, and one whose text needs escapes in JSON.
fn originals() -> Arc<Originals> {
    let all: String = (1..=11).map(|number| format!("<{number}> ")).collect();
    let quoted = "<\"\\\n自>";
    sent(&[(&format!("{all}{quoted}"), Encoding::Plain)]).1.expect("something to restore")
}

fn restored(text: &str, encoding: Encoding) -> String {
    let mut restorer = Restorer::default();
    let out = restorer.push(text, encoding, true, &originals());
    assert!(restorer.waits.is_empty());
    out.unwrap_or_else(|| text.to_owned())
}

const PLAIN: &[(&str, &str)] = &[
    ("", ""),
    ("to [EMAIL_1].", "to <1>."),
    ("[EMAIL_1][EMAIL_2]", "<1><2>"),
    ("[EMAIL_1] [EMAIL_10] [EMAIL_11]", "<1> <10> <11>"),
    ("[email_1] [Email_1] [eMaIl_1]", "<1> <1> <1>"),
    (r"\[EMAIL_1\] \[EMAIL\_1\] [EMAIL\_1] [EMAIL_1\]", "<1> <1> <1> <1>"),
    ("**[EMAIL_1]** `[EMAIL_1]` [[EMAIL_1]](mailto:[EMAIL_1])", "**<1>** `<1>` [<1>](mailto:<1>)"),
    // A backslash that is none of Markdown's stays.
    (r"C:\Users\[EMAIL_1]", r"C:\Users\<1>"),
    (r"\\[EMAIL_1]", r"\\<1>"),
    (
        "[EMAIL_13] [EMAIL_100] [EMAIL_0] [EMAIL_01] [PHONE_1]",
        "[EMAIL_13] [EMAIL_100] [EMAIL_0] [EMAIL_01] [PHONE_1]",
    ),
    ("[EMAIL_1", "[EMAIL_1"),
    ("[EMAIL[EMAIL_1]", "[EMAIL<1>"),
    (r"[EMAIL\[EMAIL\_1\]", "[EMAIL<1>"),
    (
        r"[E\MAIL_1] [EMAIL\\_1] [EMAIL 1] [ EMAIL_1 ] EMAIL_1",
        r"[E\MAIL_1] [EMAIL\\_1] [EMAIL 1] [ EMAIL_1 ] EMAIL_1",
    ),
    ("自[EMAIL_1]自 [EMAİL_1] ［EMAIL_1］", "自<1>自 [EMAİL_1] ［EMAIL_1］"),
    ("[EMAIL_12]", "<\"\\\n自>"),
    (r"\u005bEMAIL_1]", r"\u005bEMAIL_1]"),
    (r"\ \\ \[ [ ] _ \", r"\ \\ \[ [ ] _ \"),
];

const JSON: &[(&str, &str)] = &[
    (r#"{"to": "[EMAIL_1]"}"#, r#"{"to": "<1>"}"#),
    (r#"{"to": "[email_12]!"}"#, r#"{"to": "<\"\\\n自>!"}"#),
    (r#"{"to": "\u005bEMAIL\u005F1\u005d"}"#, r#"{"to": "<1>"}"#),
    (r#"{"to": "\\[EMAIL\\_1\\]"}"#, r#"{"to": "<1>"}"#),
    (r#"{"to": "\[EMAIL\_1\]"}"#, r#"{"to": "<1>"}"#),
    (r#"{"to": "C:\\Users\\[EMAIL_1]"}"#, r#"{"to": "C:\\Users\\<1>"}"#),
    (r#"{"to": "\\u005bEMAIL_1]"}"#, r#"{"to": "\\u005bEMAIL_1]"}"#),
    (r#"["[EMAIL_1]"]"#, r#"["<1>"]"#),
    (r"\u00e9 \u81ea[EMAIL_1] \ud83d\ude00 \u00 \u", r"\u00e9 \u81ea<1> \ud83d\ude00 \u00 \u"),
    ("\\u自[EMAIL_1]", "\\u自<1>"),
];

#[test]
fn placeholders_become_what_they_stand_for() {
    for (text, expected) in PLAIN {
        assert_eq!(restored(text, Encoding::Plain), *expected, "{text}");
    }
    for (text, expected) in JSON {
        assert_eq!(restored(text, Encoding::JsonText), *expected, "{text}");
    }
}

/// Every cutting of a text into three, and into single characters.
fn cuttings(text: &str) -> Vec<Vec<&str>> {
    let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    let mut all: Vec<Vec<&str>> = vec![places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()];
    for one in &places {
        for two in places.iter().filter(|two| *two >= one) {
            all.push(vec![&text[..*one], &text[*one..*two], &text[*two..]]);
        }
    }
    all
}

#[test]
fn how_a_text_is_cut_does_not_matter() {
    let originals = originals();
    let tables = [(PLAIN, Encoding::Plain), (JSON, Encoding::JsonText)];
    for (text, expected, encoding) in tables
        .iter()
        .flat_map(|(table, encoding)| table.iter().map(move |(text, out)| (*text, *out, *encoding)))
    {
        for pieces in cuttings(text) {
            let mut restorer = Restorer::default();
            let mut read = String::new();
            for piece in &pieces {
                read.push_str(
                    &restorer.push(piece, encoding, false, &originals).unwrap_or_else(|| (*piece).into()),
                );
                assert!(expected.starts_with(&read), "{pieces:?}: {read}");
            }
            read.push_str(&restorer.waits);
            assert_eq!(read, expected, "{pieces:?}");
        }
    }
}

#[test]
fn only_what_could_become_a_placeholder_of_this_exchange_waits() {
    let check = |text: &str, encoding: Encoding, waits: &str| {
        let mut restorer = Restorer::default();
        let _ = restorer.push(text, encoding, false, &originals());
        assert_eq!(restorer.waits, waits, "{text}");
    };
    use Encoding::{JsonText, Plain};
    for (text, waits) in [
        ("see [", "["),
        ("see [EMAIL_1", "[EMAIL_1"),
        ("see [email_11", "[email_11"),
        ("see \\", "\\"),
        ("see \\[EMAIL\\_", "\\[EMAIL\\_"),
        ("see [1", ""),
        ("see [EMAIL_2]", ""),
        ("see [EMAIL_20", ""),
        ("see [EMAIL_111", ""),
        ("see [EMA\\", "\\"),
        ("see [EMA\\I", ""),
        ("see [EMB", ""),
        ("see [PHONE_", ""),
        ("see \\a", ""),
        ("see EMAIL_1", ""),
    ] {
        check(text, Plain, waits);
    }
    for (text, waits) in [
        (r"\", r"\"),
        (r"\u", r"\u"),
        (r"\u00", r"\u00"),
        (r"\u005b", r"\u005b"),
        (r"\u005bEM\u004", r"\u005bEM\u004"),
        (r"\u8", ""),
        (r"\u00e", ""),
        (r"\n", ""),
        (r"\\", r"\\"),
    ] {
        check(text, JsonText, waits);
    }
}

#[test]
fn whole_replies_are_restored_wherever_a_text_stands() {
    let originals = originals();
    let check = |name: &str, body: &str, expected: &str| {
        let dialect = *all().iter().find(|dialect| dialect.name() == name).expect("a dialect");
        let plain = Bytes::from(body.to_owned());
        let compressed = Permitted::for_test(Bytes::from_static(b"compressed"));
        let (body, restored) = reply(compressed, &plain, false, dialect, &originals);
        assert_eq!((&**body.inner(), restored), (expected.as_bytes(), true), "{name}");
    };
    check(
        "openai.chat",
        r#"{"choices":[{"index":0,"message":{"content":"to \u005bemail_1]","reasoning_content":"[EMAIL_2]","tool_calls":[{"id":"c","function":{"name":"send","arguments":"{\"to\":\"[EMAIL_12]\"}"}}]},"logprobs":{"content":[]}},{"index":1,"message":{"content":"none"},"logprobs":{"content":[]}}]}"#,
        r#"{"choices":[{"index":0,"message":{"content":"to <1>","reasoning_content":"<2>","tool_calls":[{"id":"c","function":{"name":"send","arguments":"{\"to\":\"<\\\"\\\\\\n自>\"}"}}]},"logprobs":null},{"index":1,"message":{"content":"none"},"logprobs":{"content":[]}}]}"#,
    );
    check(
        "openai.chat",
        r#"{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"to [EMA"},{"type":"text","text":"IL_1]!"}]}}]}"#,
        r#"{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"to <1>"},{"type":"text","text":"!"}]}}]}"#,
    );
    check(
        "openai.completions",
        r#"{"choices":[{"text":"[EMAIL_1]","index":0}]}"#,
        r#"{"choices":[{"text":"<1>","index":0}]}"#,
    );
    check(
        "ollama.chat",
        r#"{"message":{"role":"assistant","content":"","thinking":"[EMAIL_1]","tool_calls":[{"function":{"name":"send","arguments":{"to":"[EMAIL_12]"}}}]},"done":true}"#,
        r#"{"message":{"role":"assistant","content":"","thinking":"<1>","tool_calls":[{"function":{"name":"send","arguments":{"to":"<\"\\\n自>"}}}]},"done":true}"#,
    );
    check(
        "ollama.generate",
        r#"{"response":"[EMAIL_1]","done":true,"context":[1,2]}"#,
        r#"{"response":"<1>","done":true,"context":null}"#,
    );
    check(
        "openai.chat",
        r#"{"error":{"message":"bad [EMAIL_1]","code":null}}"#,
        r#"{"error":{"message":"bad <1>","code":null}}"#,
    );
    let dialect = all()[0];
    let plain = Bytes::from_static(br#"{"choices":[{"index":0,"message":{"content":"[EMAIL_99]"}}]}"#);
    let (body, restored) =
        reply(Permitted::for_test(Bytes::from_static(b"as it came")), &plain, false, dialect, &originals);
    assert_eq!((&**body.inner(), restored), (&b"as it came"[..], false));
}

#[test]
fn nothing_shows_what_is_set_aside() {
    assert_eq!(format!("{:?}", originals()), "Originals(12 placeholders)");
}

/// What a prompt may hold: texts to restore, what looks like a placeholder or part of one, and what
/// escapes it.
const PIECES: &[&str] = &[
    "<x>",
    "<x>",
    "<y z>",
    "<自>",
    "<[EMAIL_1]>",
    "[EMAIL_1]",
    "[email_2]",
    "[EMAIL_",
    "[",
    "]",
    "_1]",
    "1",
    "\\",
    "\\\\",
    "\\[",
    "\\]",
    "\\_",
    "\\u005b",
    "\\u00",
    "a",
    " ",
    "自",
    "EMAIL_1",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, ..Default::default() })]

    /// A model that only echoes gives back what was said to it, however the echo is cut.
    #[test]
    fn an_echo_is_what_was_said(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..16),
        json in proptest::bool::ANY,
        size in 1usize..9,
    ) {
        let text = pieces.concat();
        let encoding = if json { Encoding::JsonText } else { Encoding::Plain };
        let (sent, originals) = sent(&[(&text, encoding)]);
        let Some(originals) = originals else { return Ok(()) };
        let mut restorer = Restorer::default();
        let mut read = String::new();
        let characters: Vec<char> = sent[0].chars().collect();
        for piece in characters.chunks(size) {
            let piece: String = piece.iter().collect();
            read.push_str(&restorer.push(&piece, encoding, false, &originals).unwrap_or(piece));
        }
        read.push_str(&restorer.waits);
        proptest::prop_assert_eq!(&read, &text, "sent {}", sent[0]);
    }
}
