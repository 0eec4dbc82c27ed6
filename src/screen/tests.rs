//! Tables of what is found where, and the automaton against the naive search.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::policy::compile_str;
use crate::text::fold;
use crate::text::{Lane, Part};

fn screen(yaml: &str) -> Screen {
    let compiled = compile_str(&[("p.yaml", yaml)]);
    let policies = compiled.policies.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    Screen::build(Arc::new(policies)).expect("an automaton")
}

const INPUT: Subject<'static> = Subject {
    phase: Phase::Input,
    role: Role::User,
    channel: Channel::Content,
    encoding: Encoding::Plain,
    model: "qwen",
    tenant: "default",
};

fn segment<'a>(parts: &[&'a str]) -> Segment<'a> {
    Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding: Encoding::Plain,
        parts: parts.iter().map(|text| Part { text: (*text).into(), source: 0..0 }).collect(),
    }
}

fn spans(screen: &Screen, parts: &[&str], subject: Subject<'_>) -> Vec<(usize, usize)> {
    let findings = screen.whole(&segment(parts), subject);
    let mut spans: Vec<_> = findings.hits.iter().map(|hit| (hit.span.start, hit.span.end)).collect();
    spans.sort_unstable();
    spans
}

fn policy(detector: &str) -> String {
    format!("policy: p\nrules:\n  - id: r\n    when:\n      {detector}\n    action: flag\n")
}

#[test]
fn keywords_are_found_as_written_and_as_spelled() {
    for (detector, parts, expected) in [
        ("keywords: [bomb]", vec!["a bomb, bombs and a Bomb"], vec![(2, 6), (20, 24)]),
        ("keywords: [bomb]", vec!["bombast _bomb bomb_ 1bomb bomb"], vec![(26, 30)]),
        ("keywords: {list: x}", vec![""], vec![]),
        (
            "keywords: [bomb]",
            vec!["ｂｏｍｂ b\u{200b}omb b\u{301}omb\u{301}"],
            vec![(0, 12), (13, 20), (21, 29)],
        ),
        ("keywords: [自杀]", vec!["我想自杀了"], vec![(6, 12)]),
        ("keywords: [kill yourself]", vec!["kill \n  yourself"], vec![(0, 16)]),
        ("keywords: [kill yourself]", vec!["kill", "yourself"], vec![(0, 12)]),
        ("keywords: [bomb]", vec!["bo", "mb"], vec![(0, 4)]),
        ("keywords: [bomb]", vec!["a", "bomb", "b"], vec![(1, 5)]),
        ("keywords: {words: [Bomb], fold: exact}", vec!["bomb Bomb BOMB"], vec![(5, 9)]),
        ("keywords: {words: [om], match: substring}", vec!["bomb"], vec![(1, 3)]),
        ("keywords: [か]", vec!["が か が"], vec![(4, 7)]),
        ("keywords: [👍]", vec!["👍🏽 x"], vec![(0, 8)]),
        ("keywords: [가]", vec!["각 가"], vec![(4, 7)]),
        (r"patterns: ['order-\d+']", vec!["an order-12 and ｏｒｄｅｒ-34"], vec![(3, 11), (16, 34)]),
        (r"patterns: ['\bfoo\b']", vec!["foo 我foo我 xfoo foo1"], vec![(0, 3), (7, 10)]),
        (r"patterns: ['身份证号：\d{3}']", vec!["身份证号：123"], vec![(0, 18)]),
        (r"patterns: {regex: ['a+'], fold: exact}", vec!["aab AA ａ"], vec![(0, 2)]),
        (r"patterns: ['(?i)aws[_ ]key', 'key\w*']", vec!["AWS_KEYS key"], vec![(0, 7), (9, 12)]),
        (r"patterns: ['^x', 'x$']", vec!["x x x"], vec![(0, 1), (4, 5)]),
        (r"patterns: ['ab']", vec!["a", "b"], vec![(0, 2)]),
        ("entities: [email]", vec!["mail a.b@example.com now"], vec![(5, 20)]),
        ("entities: [credit_card]", vec!["card ４１１１ 1111 1111 1111."], vec![(5, 32)]),
        ("entities: [cn_resident_id, email]", vec!["身份证11010519491231002X。"], vec![(9, 27)]),
        ("entities: [iban]", vec!["IBAN GB82 WEST 1234 5698 7654 32 ok"], vec![(5, 32)]),
        ("keywords: [c++]", vec!["c++ c+++ xc++"], vec![(0, 3), (4, 7)]),
    ] {
        let detector = match detector {
            "keywords: {list: x}" => continue,
            other => other,
        };
        assert_eq!(spans(&screen(&policy(detector)), &parts, INPUT), expected, "{detector} in {parts:?}");
    }
}

#[test]
fn escapes_in_arguments_are_read() {
    let screen = screen(&policy("keywords: [自杀, bomb]"));
    let subject = Subject { encoding: Encoding::JsonText, channel: Channel::ToolCall, ..INPUT };
    let json = Segment { encoding: Encoding::JsonText, ..segment(&[r#"{"q":"\u81ea\u6740 b\u006fmb"}"#]) };
    let findings = screen.whole(&json, subject);
    let mut spans: Vec<_> = findings.hits.iter().map(|hit| (hit.span.start, hit.span.end)).collect();
    spans.sort_unstable();
    assert_eq!(spans, [(6, 18), (19, 28)]);
}

#[test]
fn lengths_are_reached_and_passed() {
    for (detector, text, expected) in [
        ("length: {min_chars: 3}", "ab", 0),
        ("length: {min_chars: 3}", "abc", 1),
        ("length: {max_chars: 3}", "自杀的方", 0),
        ("length: {max_chars: 4}", "自杀的方", 1),
        ("length: {min_chars: 2, max_chars: 3}", "a", 0),
        ("length: {min_chars: 2, max_chars: 3}", "abc", 1),
    ] {
        assert_eq!(spans(&screen(&policy(detector)), &[text], INPUT).len(), expected, "{detector} in {text}");
    }
}

#[test]
fn only_what_is_in_scope_is_seen() {
    let yaml = "policy: p\nscope: {phase: [output], models: [\"qwen*\"]}\nrules:\n  - id: r\n    when: {keywords: [bomb]}\n    action: flag\n";
    let screen = screen(yaml);
    let output = Subject { phase: Phase::Output, role: Role::Assistant, ..INPUT };
    assert_eq!(spans(&screen, &["bomb"], INPUT), []);
    assert_eq!(spans(&screen, &["bomb"], output), [(0, 4)]);
    assert_eq!(spans(&screen, &["bomb"], Subject { model: "llama", ..output }), []);
}

/// Every occurrence of every keyword, overlapping ones too, by looking at every place.
fn naive(keywords: &[String], text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for keyword in keywords {
        for (at, _) in text.char_indices() {
            if text[at..].starts_with(keyword.as_str()) {
                found.push((at, at + keyword.len()));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

proptest! {
    #[test]
    fn the_automaton_finds_what_the_naive_search_finds(
        keywords in prop::collection::btree_set("[ab自杀]{1,5}|a{40,200}", 1..8),
        text in "[ab自杀]{0,60}|a{0,400}",
    ) {
        let keywords: Vec<String> = keywords.into_iter().collect();
        let words = serde_json::to_string(&keywords).expect("json");
        let screen = screen(&policy(&format!("keywords: {{words: {words}, match: substring}}")));
        prop_assert_eq!(spans(&screen, &[&text], INPUT), naive(&keywords, &text));
    }
}

proptest! {
    /// Words of scripts without spaces are those of a search in the whole text, plain or escaped, however cut.
    #[test]
    fn words_without_spaces_are_those_of_the_naive_search(
        keyword in prop::sample::select(&["自杀", "杀手", "性", "来自杀", "切り", "裏切り", "自 杀", "ตา", "กลม", "钟", "司"][..]),
        text in "(自杀|杀手|来自|一见|钟|情|阿司|匹|林|可能|性|能|裏|切り|者|、| |a|ตา|กลม|ตากลม|是|的){0,40}",
        escaped in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let screen = screen(&policy(&format!("keywords: {{words: [{keyword}], match: word}}")));
        let text = fold::standard(&text);
        let written = if escaped { serde_json::to_string(&text).expect("json").replace('自', "\\u81ea") } else { text.clone() };
        let subject = if escaped { Subject { encoding: Encoding::JsonText, ..INPUT } } else { INPUT };
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(written.len() + 1)).filter(|at| written.is_char_boundary(*at)).collect();
        places.extend([0, written.len()]);
        places.sort_unstable();
        let (mut lane, mut findings) = (LaneScan::new(&screen, subject), Findings::default());
        for pair in places.windows(2) {
            lane.push(&screen, subject, &written[pair[0]..pair[1]], &mut findings);
        }
        lane.finish(&screen, subject, &mut findings);
        let found: Vec<&str> = findings.hits.iter().map(|hit| &written[hit.span.start..hit.span.end]).collect();
        prop_assert!(found.iter().all(|found| fold::unescape(found) == keyword));
        let segmenter = icu_segmenter::WordSegmenter::new_dictionary(icu_segmenter::options::WordBreakInvariantOptions::default());
        let unspaced = |c: char| fold::table::writes_without_spaces(c);
        let expected = naive(&[keyword.to_owned()], &text).into_iter().filter(|(start, end)| {
            let before: Vec<char> = text[..*start].chars().rev().take_while(|c| unspaced(*c)).take(16).collect();
            let before: String = before.into_iter().rev().collect();
            let after: String = text[*end..].chars().take_while(|c| unspaced(*c)).take(8).collect();
            let edges: Vec<usize> = segmenter.segment_str(&format!("{before}{keyword}{after}")).collect();
            edges.contains(&before.len()) && edges.contains(&(before.len() + keyword.len()))
        });
        prop_assert_eq!(found.len(), expected.count());
    }
}

#[test]
fn every_pattern_that_parses_can_be_built() {
    for pattern in [
        "a+",
        "a+b",
        "ab|abab",
        r"\bb\w+",
        "自.方",
        "x y|y x",
        r"\ba\b",
        "(?i)bomb",
        "^a",
        "a$",
        "b.*?a",
        r"(?i)[\p{Han}]+x",
        r"\w+@\w+\.\w+",
    ] {
        for fold in ["exact", "standard"] {
            screen(&policy(&format!("patterns: {{regex: ['{pattern}'], fold: {fold}}}")));
        }
    }
}

#[test]
fn policies_and_screening_know_the_same_entities() {
    let known: Vec<&str> = entities::all().iter().map(|kind| kind.name).collect();
    let mut written = crate::policy::condition::ENTITIES.to_vec();
    written.sort_unstable();
    let mut sorted = known.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, written);
    screen(&policy(&format!("entities: [{}]", known.join(", "))));
}
