//! What stands for what, and what is decoded.

use super::*;
use crate::text::Encoding;

#[test]
fn classes_hold_everything_that_stands_for_their_letters() {
    let check = |written: char, meant: char, expected: Option<Transforms>| {
        let folded = super::super::standard(&written.to_string()).chars().next().unwrap_or(written);
        assert_eq!(stands_for(written, folded, meant), expected, "{written} for {meant}");
        if expected.is_some() {
            assert_eq!(class(written, folded), class(meant, meant), "{written} and {meant}");
        }
    };
    let (same, look, leet, han) = (
        Some(Transforms::empty()),
        Some(Transforms::LOOK_ALIKE),
        Some(Transforms::LEETSPEAK),
        Some(Transforms::TRADITIONAL),
    );
    for (written, meant, expected) in [
        ('B', 'b', same),
        ('ｂ', 'b', same),
        ('é', 'e', same),
        ('в', 'b', look),
        ('В', 'b', look),
        ('а', 'a', look),
        ('ο', 'o', look),
        ('Ν', 'n', look),
        ('ɑ', 'a', look),
        ('ѕ', 's', look),
        ('Λ', 'л', look),
        ('𝛬', 'л', look),
        ('Л', 'л', same),
        ('օ', 'o', look),
        ('I', 'l', look),
        ('l', 'i', look),
        ('i', 'l', None),
        ('𝐈', 'l', look),
        ('€', 'e', leet),
        ('0', 'о', leet),
        ('6', 'б', look),
        ('o', '0', look),
        ('ʙ', 'b', look),
        ('🅱', 'b', look),
        ('🇧', 'b', look),
        ('0', 'o', leet),
        ('４', 'a', leet),
        ('@', 'a', leet),
        ('$', 's', leet),
        ('1', 'l', leet),
        ('1', 'i', leet),
        ('殺', '杀', han),
        ('杀', '殺', han),
        ('槍', '枪', han),
        ('c', 'а', None),
        ('a', 'а', look),
        ('x', 'y', None),
    ] {
        check(written, meant, expected);
    }
}

fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    Reader::new(Encoding::Plain).read(text, |item| items.push(item));
    items
}

#[test]
fn spellings_are_decoded_where_they_stand() {
    let check = |text: &str, expected: &str| {
        let (mut chain, mut out) = (Chain::default(), Vec::new());
        for item in items(text) {
            chain.push(item, &mut out);
        }
        chain.finish(&mut out);
        assert_eq!(out.iter().map(|item| item.c).collect::<String>(), expected, "{text}");
        let (mut at, mut spelled) = (0, (usize::MAX, usize::MAX));
        for item in out {
            // Characters that one spelling stands for have its place, each.
            assert!(item.start == at || (item.start, item.end) == spelled, "{text}: {item:?}");
            (at, spelled) = (item.end, (item.start, item.end));
        }
        assert_eq!(at, text.len(), "{text}");
    };
    for (text, expected) in [
        ("%62omb", "bomb"),
        ("%E8%87%AA%e6%9d%80", "自杀"),
        ("100% sure %zz %e8%8", "100% sure %zz è%8"),
        (r"ma\xF1ana \xDCber", "mañana Über"),
        ("%u81EA", "自"),
        ("%2562omb", "bomb"),
        ("%26%2398%3bomb", "bomb"),
        ("&#98;omb &#x62;omb &#98omb", "bomb bomb bomb"),
        ("&nbsp;&lt;&amp;AT&T", "\u{a0}<&AT&T"),
        ("R&D &unknown; &", "R&D &unknown; &"),
        (r"\u0062omb \x62omb \u{62}omb \142omb", "bomb bomb bomb bomb"),
        (r"\xe8\x87\xaa \U00000062", "自 b"),
        (r"\ud83d\udca3 \ud83d x", "💣 \\ud83d x"),
        (r"C:\users\x", r"C:\users\x"),
        ("", ""),
    ] {
        check(text, expected);
    }
}

#[test]
fn bytes_are_decoded_where_they_are_text() {
    fn decode(text: &str, mut push: impl FnMut(Item, &mut Vec<Item>) -> ByteRun) -> String {
        let (mut found, mut decoded) = (String::new(), Vec::new());
        for item in items(text) {
            let run = push(item, &mut decoded);
            found.extend(decoded.drain(..).map(|item| item.c));
            if run == ByteRun::Over {
                found.push('|');
            }
        }
        found
    }
    for (text, expected) in [
        ("Ym9tYg==", "bomb|"),
        ("see 6Ieq5p2A now", "自杀"),
        ("6Ieq5p2A", "自杀"),
        ("the quick brown fox", ""),
    ] {
        let mut decoder = Base64::default();
        let found = decode(text, |item, out| decoder.push(item, out));
        assert!(found.contains(expected), "{text}: {found}");
    }
    for (text, expected) in [
        ("626f6d62", "bomb"),
        ("62 6f 6d 62", "bomb"),
        ("0x62 0x6f 0x6D 0x62", "bomb"),
        ("0x626f6d62", "bomb"),
        ("e887aae69d80", "自杀"),
        ("a bed", ""),
    ] {
        let mut decoder = Hex::default();
        assert_eq!(decode(text, |item, out| decoder.push(item, out)).replace('|', ""), expected, "{text}");
    }
}
