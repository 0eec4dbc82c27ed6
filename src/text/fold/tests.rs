//! Tables of what folds to what, and the properties of the fold.

use proptest::prelude::*;

use super::*;
use crate::text::Span;

#[test]
fn spellings_fold_together() {
    for (written, folded) in [
        ("BOMB", "bomb"),
        ("ｂｏｍｂ", "bomb"),
        ("b\u{200b}o\u{ad}m\u{2060}b", "bomb"),
        ("b\u{336}ó\u{300}mb\u{20dd}", "bomb"),
        ("ﬁne Straße İ", "fine strasse i"),
        ("a \u{a0}\u{3000}\t\n b", "a b"),
        ("a \u{309b} \u{ff9e}", "a \u{3099} \u{3099}"),
        ("ΣΊΣΥΦΟΣ ς", "σισυφοσ σ"),
        ("ё й", "е и"),
        ("自杀，", "自杀,"),
        ("ﾊﾞｶ", "は".replace('は', "ハ\u{3099}カ").as_str()),
        ("👍🏽", "👍"),
        ("e\u{301}\u{0}", "e"),
        ("", ""),
        ("\u{e0041}", ""),
        ("한", "\u{1112}\u{1161}\u{11ab}"),
    ] {
        assert_eq!(standard(written), folded, "{written:?}");
    }
}

#[test]
fn no_character_folds_further_the_second_time() {
    for c in '\0'..=char::MAX {
        for text in [format!("{c}"), format!(" {c} "), format!("a{c}{c}")] {
            let folded = standard(&text);
            assert_eq!(standard(&folded), folded, "{text:?}");
        }
    }
}

#[test]
fn spans_come_back_with_their_marks() {
    for (text, needle, expected) in [
        ("xx bomb yy", "bomb", (3, 7)),
        ("é bomb", "bomb", (3, 7)),
        ("ｂｏｍｂ!", "bomb", (0, 12)),
        ("b\u{200b}omb\u{301}!", "bomb", (0, 9)),
        ("\u{200b}bomb", "bomb", (3, 7)),
        ("ﬁne", "ine", (0, 5)),
        ("㍿x", "会社", (0, 3)),
        ("a  b  c", "b", (3, 4)),
    ] {
        let mut folded = Folded::new(0);
        Folder::new(Encoding::Plain, View::Standard).fold(text, &mut folded);
        let at = folded.text().find(needle).unwrap_or_else(|| panic!("{needle} in {}", folded.text()));
        assert_eq!(folded.original(at, at + needle.len()), Span::new(expected.0, expected.1), "{text:?}");
    }
}

#[test]
fn json_escapes_are_read() {
    for (text, folded) in [
        (r#"{"q":"\u81ea\u6740"}"#, r#"{"q":"自杀"}"#),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83dx", r"\ud83dx"),
        (r"\u00", r"\u00"),
        (r"a\nb\/c\\u0041", r"a b/c\u0041"),
        (r"\q\", r"\q\"),
        (r"\ud83d\u0041", r"\ud83da"),
        (r"\u0042\u004f", "bo"),
    ] {
        let mut out = Folded::new(0);
        let mut folder = Folder::new(Encoding::JsonText, View::Standard);
        folder.fold(text, &mut out);
        folder.finish(&mut out);
        assert_eq!(out.text(), folded, "{text}");
        assert_eq!(out.original_end(), text.len(), "{text}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z ]{0,20}",
        "\\PC{0,6}",
        Just("\u{301}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("  \n".to_owned()),
        Just("\\u81ea".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\".to_owned()),
        Just("ﬁ한が".to_owned()),
        Just("自杀".to_owned()),
    ]
}

proptest! {
    #[test]
    fn cutting_changes_nothing(
        pieces in prop::collection::vec(piece(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        json in any::<bool>(),
        view in prop::sample::select(&[View::Exact, View::Width, View::Standard][..]),
    ) {
        let text = pieces.concat();
        let encoding = if json { Encoding::JsonText } else { Encoding::Plain };
        let mut whole = Folded::new(0);
        let mut folder = Folder::new(encoding, view);
        folder.fold(&text, &mut whole);
        folder.finish(&mut whole);
        let mut cut: Vec<usize> = cuts.iter().map(|index| index.index(text.len() + 1)).filter(|at| text.is_char_boundary(*at)).collect();
        cut.extend([0, text.len()]);
        cut.sort_unstable();
        let mut chunked = Folded::new(0);
        let mut folder = Folder::new(encoding, view);
        for pair in cut.windows(2) {
            folder.fold(&text[pair[0]..pair[1]], &mut chunked);
        }
        folder.finish(&mut chunked);
        prop_assert_eq!(whole.text(), chunked.text());
        prop_assert_eq!(whole.original_end(), text.len());
        for (at, c) in whole.text().char_indices() {
            let end = at + c.len_utf8();
            prop_assert_eq!(whole.original(at, end), chunked.original(at, end));
            prop_assert!(text.is_char_boundary(whole.original(at, end).start));
        }
        // Folding twice folds no further, so that keywords and texts meet.
        if !json && view == View::Standard {
            prop_assert_eq!(standard(whole.text()), whole.text());
        }
        // Forgetting a prefix leaves the map of the rest as it was.
        for (at, _) in whole.text().char_indices() {
            let mut short = whole.clone();
            short.discard_before(at);
            for (from, c) in whole.text().char_indices().filter(|(from, _)| *from >= at) {
                let end = from + c.len_utf8();
                prop_assert_eq!(short.original(from, end), whole.original(from, end), "cut at {}", at);
            }
        }
    }
}
