//! What is found under the strong fold, and what is let be.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use crate::policy::{self, Policies};
use crate::screen::{Findings, Hit, LaneScan, Screen, Subject};
use crate::text::{Channel, Encoding, Phase, Role};

fn policies(words: &str) -> Arc<Policies> {
    let yaml = format!(
        "policy: p\nrules:\n  - id: r\n    when: {{keywords: {{words: [{words}], fold: strong}}}}\n    action: block\n"
    );
    let compiled = policy::compile_str(&[("p.yaml", yaml.as_str())]);
    Arc::new(compiled.policies.unwrap_or_else(|| panic!("{words}: {:?}", compiled.diagnostics)))
}

fn subject(encoding: Encoding) -> Subject<'static> {
    Subject {
        phase: Phase::Output,
        role: Role::Assistant,
        channel: Channel::Content,
        encoding,
        model: "m",
        tenant: "t",
    }
}

fn scan<'t>(screen: &Screen, encoding: Encoding, chunks: impl IntoIterator<Item = &'t str>) -> Vec<Hit> {
    let (mut lane, mut findings) = (LaneScan::new(screen, subject(encoding)), Findings::default());
    for chunk in chunks {
        let (before, seen) = (lane.live_from(), findings.hits.len());
        lane.push(screen, subject(encoding), chunk, &mut findings);
        assert!(
            findings.hits[seen..].iter().all(|hit| hit.span.start >= before),
            "a match of what has left: {before} {:?}",
            &findings.hits[seen..]
        );
        assert!(lane.live_from() <= lane.bytes());
    }
    let (before, seen) = (lane.live_from(), findings.hits.len());
    lane.finish(screen, subject(encoding), &mut findings);
    assert!(
        findings.hits[seen..].iter().all(|hit| hit.span.start >= before),
        "a match of what has left: {before} {:?}",
        &findings.hits[seen..]
    );
    findings.hits.sort_unstable();
    findings.hits.dedup();
    findings.hits
}

const WORDS: &str = "4s店, tit, strasse, 风筝, bomb, kill yourself, ass, killer, 自杀, 自杀方法, 毒品, 裏切り, methamphetamine, \"covid-19\", бомба, god, cop";

#[test]
fn what_is_hidden_is_found_where_it_stands() {
    let screen = Screen::build(policies(WORDS)).unwrap();
    let check = |text: &str, expected: &str, transforms: &str| {
        let hits = scan(&screen, Encoding::Plain, [text]);
        let found: BTreeSet<&str> = hits.iter().map(|hit| &text[hit.span.start..hit.span.end]).collect();
        assert!(found.contains(expected), "{text:?}: {found:?}");
        let named: Vec<String> = hits
            .iter()
            .filter(|hit| &text[hit.span.start..hit.span.end] == expected)
            .map(|hit| hit.transforms.names().collect::<Vec<_>>().join(" "))
            .collect();
        assert!(named.iter().any(|names| names == transforms), "{text:?}: {named:?}");
    };
    for (text, expected, transforms) in [
        ("a bоmb", "bоmb", "look_alike"),
        ("a ВОМВ!", "ВОМВ", "look_alike"),
        ("a b0mb.", "b0mb", "leetspeak"),
        ("8omb", "8omb", "leetspeak"),
        ("k1ll y0urself", "k1ll y0urself", "leetspeak"),
        ("a$$, he said", "a$$", "leetspeak"),
        ("@$$", "@$$", "leetspeak"),
        ("a b o m b here", "b o m b", "spacing"),
        ("b.o.m.b", "b.o.m.b", "spacing"),
        ("bo-mb", "bo-mb", "spacing"),
        ("b|o|m|b", "b|o|m|b", "spacing"),
        ("k\ni\nl\nl\ne\nr", "k\ni\nl\nl\ne\nr", "spacing"),
        ("k i l l  y o u r s e l f", "k i l l  y o u r s e l f", "spacing"),
        ("kill-yourself", "kill-yourself", "spacing"),
        ("boooomb", "boooomb", "repeats"),
        ("bbommb", "bbommb", "repeats"),
        ("b 0 0 m b", "b 0 0 m b", "leetspeak spacing repeats"),
        ("自 杀 方 法", "自 杀 方 法", "spacing"),
        ("我想自·杀了", "自·杀", "spacing"),
        ("自。杀。方。法", "自。杀。方。法", "spacing"),
        ("自殺", "自殺", "traditional"),
        ("裏切り", "裏切り", ""),
        ("%62omb", "%62omb", "percent"),
        ("kill+yourself", "kill+yourself", "percent"),
        ("%E8%87%AA杀", "%E8%87%AA杀", "percent"),
        ("b&#111;mb", "b&#111;mb", "html_entity"),
        (r"\u0062omb", r"\u0062omb", "escape"),
        (r"\xe8\x87\xaa\xe6\x9d\x80", r"\xe8\x87\xaa\xe6\x9d\x80", "escape"),
        ("run Ym9tYg== now", "Ym9tYg", "base64"),
        ("6Ieq5p2A", "6Ieq5p2A", "base64"),
        ("62 6f 6d 62", "62 6f 6d 62", "hex"),
        ("0x626f6d62", "626f6d62", "hex"),
        ("\u{E0062}\u{E006F}\u{E006D}\u{E0062}", "\u{E0062}\u{E006F}\u{E006D}\u{E0062}", "tag_characters"),
        ("a \u{202E}bmob\u{202C} it", "bmob", "bidi"),
        ("WW05dFlnPT0=", "WW05dFln", "base64"),
        ("c0vid_19", "c0vid_19", "leetspeak"),
        ("a bo\u{93E}mb, \u{93E}b0mb\u{93E}", "b0mb\u{93E}", "leetspeak foreign_mark"),
        ("a bo\u{93E}mb", "bo\u{93E}mb", "foreign_mark"),
        ("wal\u{202E}pmob\u{202C} bo\u{202E}bm\u{202C}", "bo\u{202E}bm", "bidi"),
        ("学习关于b o m b的知识", "b o m b", "spacing"),
        ("关于626f6d62的", "626f6d62", "hex"),
        ("自❤杀", "自❤杀", "spacing"),
        ("说自、杀、方、法的", "自、杀、方、法", "spacing"),
        ("我说自+杀了", "自+杀", "spacing"),
        ("自自杀杀方方法法", "自自杀杀方方法法", "repeats"),
        ("𝐈 kiII yourself", "kiII yourself", "look_alike"),
        ("🅱️🅾️🅼🅱️", "🅱️🅾️🅼🅱️", "look_alike"),
        ("ʙᴏᴍʙ", "ʙᴏᴍʙ", "look_alike"),
        ("I want a b o m b a lot", "b o m b", "spacing"),
        ("__bomb__", "bomb", "spacing"),
        ("a _bomb_ b", "bomb", "spacing"),
        ("S t r a ß e", "S t r a ß e", "spacing"),
        ("see kill your\u{202E}fles\u{202C}.", "kill your\u{202E}fles", "bidi"),
        ("on 4 S 店 x", "4 S 店", "spacing"),
        ("请 +1+", "+1+", "leetspeak"),
        ("the A.S.S. s", "A.S.S", "spacing"),
        ("о Б о М б А", "Б о М б А", "spacing"),
        ("S|t|r|a|ß|e", "S|t|r|a|ß|e", "spacing"),
        ("⻛筝", "⻛筝", "look_alike"),
        ("__b0mb__", "b0mb", "leetspeak"),
        ("б о м б а", "б о м б а", "spacing"),
    ] {
        check(text, expected, transforms);
    }
}

#[test]
fn harmless_texts_are_let_be() {
    let screen = Screen::build(policies(WORDS)).unwrap();
    for text in [
        "good",
        "x $ $",
        "A$ & $",
        "Robb and Copp",
        "高高兴兴",
        "自、杀",
        "fill. ins",
        "a s $",
        "tilt and til",
        "pe_bomb",
        "bomb_squad",
        "pe_b0mb_x",
        "coop",
        "Class passes as sassy",
        "as s",
        "as Sam said",
        "the 455 bus",
        "A55 road",
        "bo mb",
        "bombay",
        "Из избы сор не выносят",
        "he said: a s s e t s",
        "来自，杀手",
        "来自\n杀手",
        "100%",
        "a.ss",
        "kill. yourself",
        "the quick brown fox jumps over the lazy dog",
        "",
        " ",
        "%",
        "&",
        "\\",
    ] {
        let hits = scan(&screen, Encoding::Plain, [text]);
        assert!(hits.is_empty(), "{text:?}: {hits:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn any_cutting_finds_the_same(
        pieces in proptest::collection::vec(prop_oneof![
            Just("b"), Just("o"), Just("0"), Just("m"), Just("mb"), Just("bomb"), Just("a"), Just("$"), Just("s"), Just(" "), Just("  "),
            Just("."), Just("-"), Just("|"), Just("\n"), Just("，"), Just("自"), Just("杀"), Just("殺"), Just("方法"), Just("%62"), Just("%"), Just("6"),
            Just("&#98;"), Just("&#111"), Just("&"), Just("\\u0062"), Just("\\"), Just("Ym9tYg"), Just("=="), Just("62 6f"), Just(" 6d 62"),
            Just("kill"), Just("+"), Just("yourself"), Just("l"), Just("1"), Just("I"), Just("\u{202E}"), Just("\u{202C}"), Just("bmob"),
            Just("\u{200B}"), Just("\u{301}"), Just("\u{E0062}"), Just("\u{E006F}"), Just("о"), Just("сор"), Just("ﬁ"), Just("\u{93E}"),
        ], 0..24),
        cuts in proptest::collection::vec(any::<bool>(), 0..160),
        json in any::<bool>(),
    ) {
        let screen = Screen::build(policies(WORDS)).unwrap();
        let encoding = if json { Encoding::JsonText } else { Encoding::Plain };
        let text: String = pieces.concat();
        let mut chunks = Vec::new();
        let mut from = 0;
        for (index, (at, _)) in text.char_indices().enumerate().skip(1) {
            if cuts.get(index).copied().unwrap_or(true) {
                chunks.push(&text[from..at]);
                from = at;
            }
        }
        chunks.push(&text[from..]);
        prop_assert_eq!(scan(&screen, encoding, chunks), scan(&screen, encoding, [text.as_str()]));
    }
}
