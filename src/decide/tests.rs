//! The judge: what leaves does not depend on how a text was cut, and never holds a matched span.

use std::sync::Arc;

use proptest::prelude::*;

use super::judge::{Judge, LaneJudge};
use super::*;
use crate::policy::compile_str;
use crate::screen::Screen;
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

pub(super) fn judge(yaml: &str) -> Judge {
    let compiled = compile_str(&[("p.yaml", yaml)]);
    let policies = compiled.policies.unwrap_or_else(|| panic!("{yaml}\n{:#?}", compiled.diagnostics));
    Judge::new(Screen::build(Arc::new(policies)).expect("an automaton"))
}

const OUTPUT: Subject<'static> = Subject {
    phase: Phase::Output,
    role: Role::Assistant,
    channel: Channel::Content,
    encoding: Encoding::Plain,
    model: "qwen",
    tenant: "default",
};

fn whole(judge: &Judge, text: &str) -> (String, Outcome) {
    let segment = Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::Assistant,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    };
    let judgement = judge.whole(&segment, OUTPUT);
    (judgement.text(&segment).into_owned(), outcome(judge.policies(), judgement.verdicts.iter()))
}

/// What leaves when the text comes in these pieces, piece by piece, and what cut it.
fn streamed(judge: &Judge, pieces: &[&str]) -> (Vec<String>, Option<Outcome>, LaneJudge) {
    let mut lane = judge.lane(OUTPUT);
    let mut out = Vec::new();
    for piece in pieces {
        let release = lane.push(judge, OUTPUT, piece);
        out.push(release.text.unwrap_or_else(|| (*piece).to_owned()));
        if release.cut.is_some() {
            return (out, release.cut, lane);
        }
    }
    let release = lane.finish(judge, OUTPUT);
    out.push(release.text.unwrap_or_default());
    (out, release.cut, lane)
}

fn rule(id: &str, when: &str, action: &str) -> String {
    let reply = if action == "deflect" { "    reply: no\n" } else { "" };
    format!("  - id: {id}\n    when: {when}\n    action: {action}\n{reply}")
}

fn policy(rules: &[String]) -> String {
    format!("policy: p\nrules:\n{}replies:\n  no: {{en: \"No.\"}}\n", rules.concat())
}

#[test]
fn nothing_waits_without_a_live_match() {
    let judge = judge(&policy(&[rule("r", "{keywords: [bomb, 自杀方法]}", "redact")]));
    for (pieces, expected) in [
        (vec!["hello ", "there"], vec!["hello ", "there", ""]),
        // A word cannot begin inside a word, so the b of "comb" is not alive.
        (vec!["a com", "b", " x"], vec!["a com", "b", " x", ""]),
        (vec!["a bo", "ok"], vec!["a ", "book", ""]),
        (vec!["a bo", "mb", "!"], vec!["a ", "", "[redacted]!", ""]),
        (vec!["a bomb"], vec!["a ", "[redacted]"]),
        (vec!["a bomb", "ast"], vec!["a ", "bombast", ""]),
        (vec!["自", "杀", "了"], vec!["", "", "自杀了", ""]),
        (vec!["自杀方", "法"], vec!["", "", "[redacted]"]),
        (vec!["bomb", "\u{301}", " x"], vec!["", "", "[redacted] x", ""]),
    ] {
        let (out, cut, _) = streamed(&judge, &pieces);
        assert_eq!(out, expected, "{pieces:?}");
        assert_eq!(cut, None);
    }
}

#[test]
fn a_word_without_spaces_waits_for_the_next_words() {
    let judge = judge(&policy(&[rule("r", "{keywords: {words: [自杀, AV女优], match: word}}", "redact")]));
    for (pieces, expected) in [
        (vec!["来自", "杀手", "的信"], vec!["来", "", "", "自杀手的信"]),
        (vec!["他自", "杀", "，了"], vec!["他", "", "[redacted]，了", ""]),
        (vec!["他自", "杀了"], vec!["他", "", "[redacted]了"]),
        // Eight characters of the run are enough.
        (vec!["自杀", "一二三四五六七", "八", "九"], vec!["", "", "[redacted]一二三四五六七八", "九", ""]),
        // Nothing waits behind what is no word of such a script.
        (vec!["我看av女优", "x", "们"], vec!["我看", "[redacted]x", "们", ""]),
        (vec!["来自北", "京"], vec!["来自北", "京", ""]),
    ] {
        let (out, cut, _) = streamed(&judge, &pieces);
        assert_eq!(out, expected, "{pieces:?}");
        assert_eq!(cut, None);
    }
}

#[test]
fn rules_compose_by_the_lattice() {
    let judge = judge(&policy(&[
        rule("flagged", "{keywords: [alpha]}", "flag"),
        rule("redacted", "{keywords: [beta]}", "redact"),
        rule("both", "{all: [{keywords: [gamma]}, {keywords: [delta]}]}", "redact"),
        rule("unless", "{any: [{keywords: [kappa]}], none: [{keywords: [omega]}]}", "redact"),
        rule("deflected", "{keywords: [zeta]}", "deflect"),
        rule("blocked", "{keywords: [eta]}", "block"),
    ]));
    for (text, left, action) in [
        ("an alpha", "an alpha", Action::Flag),
        ("an alpha beta", "an alpha [redacted]", Action::Redact),
        ("gamma alone", "gamma alone", Action::Allow),
        ("gamma x delta y gamma", "[redacted] x [redacted] y [redacted]", Action::Redact),
        ("kappa and omega", "kappa and omega", Action::Allow),
        ("kappa and beta", "[redacted] and [redacted]", Action::Redact),
        ("beta zeta eta", "[redacted] zeta eta", Action::Block),
    ] {
        let (redacted, outcome) = whole(&judge, text);
        assert_eq!((redacted.as_str(), outcome.action), (left, action), "{text}");
    }
}

#[test]
fn patterns_hold_only_what_could_still_match() {
    let judge = judge(&policy(&[rule("r", r"{patterns: ['order-\d+', 'AKIA[A-Z]{4}\b']}", "redact")]));
    for (pieces, expected) in [
        (vec!["an ", "apple"], vec!["an ", "apple", ""]),
        (vec!["an or", "ange"], vec!["an ", "orange", ""]),
        (vec!["an order-", "12", "3 x"], vec!["an ", "", "[redacted] x", ""]),
        (vec!["AKIA", "ABCD", "E"], vec!["", "", "AKIAABCDE", ""]),
        (vec!["AKIA", "ABCD", " "], vec!["", "", "[redacted] ", ""]),
        (vec!["order-1"], vec!["", "[redacted]"]),
    ] {
        let (out, cut, _) = streamed(&judge, &pieces);
        assert_eq!(out, expected, "{pieces:?}");
        assert_eq!(cut, None);
    }
}

#[test]
fn undecided_rules_hold_from_their_first_match() {
    let judge = judge(&policy(&[
        rule("both", "{all: [{keywords: [gamma]}, {keywords: [delta]}]}", "redact"),
        rule("unless", "{any: [{keywords: [kappa]}], none: [{keywords: [omega]}]}", "deflect"),
    ]));
    for (pieces, expected, cuts) in [
        (vec!["a gamma ", "b ", "delta ", "c"], vec!["a ", "", "[redacted] b [redacted] ", "c", ""], false),
        (vec!["a gamma ", "b"], vec!["a ", "", "gamma b"], false),
        (vec!["x kappa ", "y ", "omega ", "z"], vec!["x ", "", "kappa y omega ", "z", ""], false),
        (vec!["x kappa ", "y"], vec!["x ", "", ""], true),
    ] {
        let (out, cut, _) = streamed(&judge, &pieces);
        assert_eq!(out, expected, "{pieces:?}");
        assert_eq!(cut.is_some(), cuts);
    }
}

#[test]
fn a_rule_of_absence_waits_for_the_end() {
    let judge = judge(&policy(&[rule("absent", "{none: [{keywords: [sources]}]}", "deflect")]));
    let (out, cut, _) = streamed(&judge, &["some ", "text"]);
    assert_eq!((out.concat().as_str(), cut.map(|outcome| outcome.action)), ("", Some(Action::Deflect)));
    let (out, cut, _) = streamed(&judge, &["some ", "sources ", "here"]);
    assert_eq!((out.concat().as_str(), cut), ("some sources here", None));
}

#[test]
fn monitored_rules_hold_nothing_and_change_nothing() {
    let yaml = format!("mode: monitor\n{}", policy(&[rule("r", "{keywords: [bomb]}", "block")]));
    let judge = judge(&yaml);
    let (out, cut, lane) = streamed(&judge, &["a bo", "mb!"]);
    assert_eq!((out.concat().as_str(), cut), ("a bomb!", None));
    assert_eq!(out[0], "a bo");
    assert_eq!(lane.verdicts().len(), 1);
    assert!(!lane.verdicts()[0].enforced);
}

#[test]
fn a_stream_of_many_hits_stays_cheap() {
    let judge =
        judge(&policy(&[rule("r", "{keywords: [a]}", "redact"), rule("f", "{keywords: [b]}", "flag")]));
    let mut lane = judge.lane(OUTPUT);
    let mut left = 0;
    for _ in 0..20_000 {
        let release = lane.push(&judge, OUTPUT, "a b ");
        left += release.text.map_or(4, |text| text.len());
    }
    left += lane.finish(&judge, OUTPUT).text.map_or(0, |text| text.len());
    assert_eq!(left, 20_000 * "[redacted] b ".len());
    assert!(lane.hits().count() <= 2 * 70, "{}", lane.hits().count());
}

const WORDS: &[&str] = &[
    "a",
    "ab",
    "aba",
    "bomb",
    "bomb making",
    "making",
    "自",
    "自杀",
    "自杀方法",
    "方法论",
    "👍🏽",
    "👩\u{200d}👧",
    "é",
    "ı",
    "c++",
    "\u{301}a",
    "kill yourself",
    "가나",
    "が",
    "杀手",
    "性",
    "能",
    "女优a",
    "裏切り",
    "ตาย",
    "น้ำ",
];

fn keyword() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => Just("a".repeat(200)),
        1 => Just("x y ".repeat(50).trim().to_owned()),
        2 => "[ab ]{1,6}",
    ]
    .prop_filter("a keyword of spaces is none", |word| !crate::text::fold::standard(word).trim().is_empty())
}

const PATTERNS: &[&str] = &[
    "a+",
    "a+b",
    "ab|abab",
    r"\\bb\\w+",
    "自.方",
    "x y|y x",
    r"\\ba\\b",
    "(?i)bomb",
    "^a",
    "a$",
    "[ab ]{2,4}",
    "b.*?a",
    r"o\\b",
];

fn detector() -> impl Strategy<Value = String> {
    prop_oneof![6 => keywords_detector(), 2 => patterns_detector(), 1 => entities_detector()]
}

fn entities_detector() -> impl Strategy<Value = String> {
    let kinds =
        ["email", "phone", "credit_card", "iban", "cn_resident_id", "ip", "url", "password", "api_key"];
    prop::collection::vec(prop::sample::select(kinds.to_vec()), 1..3)
        .prop_map(|kinds| format!("{{entities: [{}]}}", kinds.join(", ")))
}

const ENTITIES: &[&str] = &[
    "a.b@example.com",
    "+49 30 901820",
    "13812345678",
    "4111 1111 1111 1111",
    "GB82 WEST 1234 5698 7654 32",
    "11010519491231002X",
    "192.168.0.1",
    "v1.2.3.4",
    "https://example.com/a?b=c",
    "password: hunter2x",
    "@",
    ".com",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "：",
    "1",
    "-",
];

fn patterns_detector() -> impl Strategy<Value = String> {
    (prop::collection::vec(prop::sample::select(PATTERNS), 1..3), any::<bool>()).prop_map(
        |(patterns, exact)| {
            let fold = if exact { ", fold: exact" } else { "" };
            format!("{{patterns: {{regex: [\"{}\"]{fold}}}}}", patterns.join("\", \""))
        },
    )
}

fn keywords_detector() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(keyword(), 1..4),
        prop::sample::select(&["", ", match: substring", ", match: word"][..]),
        prop::sample::select(&["", ", fold: exact", ", fold: strong", ", fold: strong"][..]),
    )
        .prop_map(|(words, mode, fold)| {
            let words = serde_json::to_string(&words).expect("json");
            format!("{{keywords: {{words: {words}{mode}{fold}}}}}")
        })
}

fn when() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => detector(),
        1 => (1usize..40).prop_map(|min| format!("{{length: {{min_chars: {min}}}}}")),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        (prop::sample::select(&["any", "all", "none"][..]), prop::collection::vec(inner, 1..3))
            .prop_map(|(kind, children)| format!("{{{kind}: [{}]}}", children.join(", ")))
    })
}

/// What a strong fold reads as letters of the keywords, whole and broken off, and what it might stumble over.
const EVASIONS: &[&str] = &[
    "b0mb",
    "b",
    "m",
    "0",
    "8",
    "6",
    "@",
    "!",
    "|",
    ".",
    "*",
    "_",
    "b.o.m.b",
    "b o m b",
    "bb",
    "оо",
    "ЬОМЬ",
    "𝐛",
    "\u{391}",
    "殺",
    "自。殺",
    "。",
    "%62",
    "%6",
    "%",
    "2omb",
    "%25",
    "%E8%87%AA",
    "%E8%87",
    "&#98;",
    "&#9",
    "&#x62",
    "&",
    "&amp;",
    ";",
    "\\u0062",
    "\\u00",
    "\\x6",
    "\\",
    "\\u{62}",
    "Ym9tYg==",
    "Ym9",
    "tYg",
    "6Ieq5p2A5pa55rOV",
    "=",
    "626f6d62",
    "62 6f 6d 62",
    "0x62",
    ", ",
    "6f",
    "\u{E0062}\u{E006F}\u{E006D}\u{E0062}",
    "\u{E0061}",
    "\u{E007F}",
    "\u{202E}bmob\u{202C}",
    "\u{202E}",
    "\u{202C}",
    "\u{2066}",
    "\u{2069}",
    "bmob",
    "\u{93E}",
    "\u{94D}",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => prop::sample::select(EVASIONS).prop_map(str::to_owned),
        4 => prop::sample::select(WORDS).prop_map(str::to_owned),
        2 => prop::sample::select(WORDS).prop_map(str::to_uppercase),
        2 => prop::sample::select(&[" ", "  ", "\n", "\u{301}", "\u{200b}", "🏽", "，", "来", "手", "り者", "ฆ่าตัว", "x", "y ", "ｂ", "o"][..]).prop_map(str::to_owned),
        1 => "[ab ]{1,12}",
        2 => prop::sample::select(ENTITIES).prop_map(str::to_owned),
        1 => Just("a".repeat(230)),
        1 => Just("x y ".repeat(55)),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Keywords and pieces of texts in scripts without spaces, and what stands between and beside them.
const UNSPACED: &[&str] = &[
    "自杀",
    "杀手",
    "来自",
    "自",
    "性",
    "可能性",
    "性能",
    "方法论",
    "一见",
    "钟",
    "情",
    "阿司",
    "司",
    "匹林",
    "他想",
    "ｶﾞｽ",
    "ガス",
    "か",
    "\u{3099}",
    "裏切り",
    "り者",
    "ー",
    "ตาย",
    "ฆ่าตัว",
    "น้ำ",
    "กลม",
    "ตา",
    "ขม",
    "ខ្មែរ",
    "ភាសា",
    "စာ",
    "ㅏ",
    "㍿",
    "a",
    "b站",
    "女优a",
    "，",
    " ",
    "\u{200b}",
    "\u{301}",
    "🏽",
];

fn cut_at<'a>(text: &'a str, cuts: &[prop::sample::Index]) -> Vec<&'a str> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|index| index.index(text.len() + 1))
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// For redacting rules the streamed text is the screened whole text, however it was cut.
    #[test]
    fn streams_of_redactions_equal_whole_texts(
        detectors in prop::collection::vec(detector(), 1..4),
        text in text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let rules: Vec<String> = detectors.iter().enumerate().map(|(n, when)| rule(&format!("r{n}"), when, "redact")).collect();
        let judge = judge(&policy(&rules));
        let (expected, _) = whole(&judge, &text);
        let (out, cut, _) = streamed(&judge, &cut_at(&text, &cuts));
        prop_assert_eq!(out.concat(), expected.clone());
        prop_assert_eq!(cut, None);
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        prop_assert_eq!(streamed(&judge, &each).0.concat(), expected);
    }

    /// With any rules at all, every way of cutting lets the same text out and ends in the same way.
    #[test]
    fn any_cutting_gives_the_same_text_and_outcome(
        conditions in prop::collection::vec((when(), prop::sample::select(&["flag", "redact", "deflect", "block"][..])), 1..4),
        text in text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let rules: Vec<String> = conditions.iter().enumerate().map(|(n, (when, action))| rule(&format!("r{n}"), when, action)).collect();
        let compiled = compile_str(&[("p.yaml", &policy(&rules))]);
        // A redaction by length or absence alone has no span and does not compile.
        let Some(policies) = compiled.policies else { return Ok(()) };
        let judge = Judge::new(Screen::build(Arc::new(policies)).expect("an automaton"));
        let (once, cut, first) = streamed(&judge, &[&text]);
        let (many, cut_many, second) = streamed(&judge, &cut_at(&text, &cuts));
        prop_assert_eq!(once.concat(), many.concat());
        prop_assert_eq!(cut, cut_many);
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        let (single, cut_single, third) = streamed(&judge, &each);
        prop_assert_eq!(once.concat(), single.concat());
        prop_assert_eq!(cut, cut_single);
        let rules = |lane: &LaneJudge| {
            let mut rules: Vec<RuleId> = lane.verdicts().iter().map(|verdict| verdict.rule).collect();
            rules.sort_unstable();
            rules
        };
        prop_assert_eq!(rules(&first), rules(&second));
        prop_assert_eq!(rules(&first), rules(&third));
        if let Some(outcome) = cut {
            prop_assert!(outcome.stops());
        }
    }

    /// As the first, with keywords that must be words of scripts without spaces, in long runs of such scripts.
    #[test]
    fn streams_without_spaces_equal_whole_texts(
        rules in prop::collection::vec((prop::sample::subsequence(UNSPACED, 1..5), prop::sample::select(&["exact", "standard", "strong"][..]), prop::sample::select(&["flag", "redact", "deflect"][..])), 1..3),
        pieces in prop::collection::vec(prop::sample::select(UNSPACED), 0..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let rules: Vec<String> = rules.iter().enumerate().map(|(n, (words, fold, action))| {
            let words: Vec<&&str> = words.iter().filter(|word| **word != " ").collect();
            let words = serde_json::to_string(&words).expect("json");
            rule(&format!("r{n}"), &format!("{{keywords: {{words: {words}, match: word, fold: {fold}}}}}"), action)
        }).collect();
        let compiled = compile_str(&[("p.yaml", &policy(&rules))]);
        let Some(policies) = compiled.policies else { return Ok(()) };
        let judge = Judge::new(Screen::build(Arc::new(policies)).expect("an automaton"));
        let text = pieces.concat();
        let (once, cut, first) = streamed(&judge, &[&text]);
        let hits = |lane: &LaneJudge| {
            let mut rules: Vec<RuleId> = lane.verdicts().iter().map(|verdict| verdict.rule).collect();
            rules.sort_unstable();
            rules
        };
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        for pieces in [cut_at(&text, &cuts), each] {
            let (many, cut_many, lane) = streamed(&judge, &pieces);
            prop_assert_eq!(many.concat(), once.concat());
            prop_assert_eq!(cut_many, cut);
            prop_assert_eq!(hits(&lane), hits(&first));
        }
        if cut.is_none() {
            prop_assert_eq!(once.concat(), whole(&judge, &text).0);
        }
    }

    /// As the first, with little but what a strong fold reads as the letters of a few keywords.
    #[test]
    fn streams_of_evasions_equal_whole_texts(
        words in prop::sample::subsequence(&["bomb", "bb mo", "o8", "自杀", "自杀方法", "B自", "бомб"][..], 1..3),
        mode in prop::sample::select(&["", ", match: substring", ", match: word"][..]),
        pieces in prop::collection::vec(prop::sample::select(EVASIONS), 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let words = serde_json::to_string(&words).expect("json");
        let detector = format!("{{keywords: {{words: {words}{mode}, fold: strong}}}}");
        let judge = judge(&policy(&[rule("r", &detector, "redact")]));
        let text = pieces.concat();
        let (expected, _) = whole(&judge, &text);
        prop_assert_eq!(streamed(&judge, &cut_at(&text, &cuts)).0.concat(), expected.clone());
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        prop_assert_eq!(streamed(&judge, &each).0.concat(), expected);
    }

    /// What a keyword finds under `standard` it finds under `strong` too, in a stream as in a whole text.
    #[test]
    fn strong_finds_what_standard_finds(
        words in prop::collection::vec(keyword(), 1..4),
        mode in prop::sample::select(&["", ", match: substring", ", match: word"][..]),
        text in text(),
    ) {
        let words = serde_json::to_string(&words).expect("json");
        let found = |fold: &str| {
            let judge = judge(&policy(&[rule("r", &format!("{{keywords: {{words: {words}{mode}, fold: {fold}}}}}"), "redact")]));
            whole(&judge, &text).1.action
        };
        let (standard, strong) = (found("standard"), found("strong"));
        prop_assert!(standard <= strong, "{standard:?} and {strong:?}");
    }
}

#[test]
fn a_rule_that_cuts_out_for_good_wins_over_one_that_restores() {
    let rules = "policy: p\nrules:\n\
        \x20 - {id: mail, when: {entities: [email]}, severity: critical, action: redact, restore: true}\n\
        \x20 - {id: both-2, when: {keywords: {words: [bluebird, ann.bo], match: substring}}, severity: high, action: redact, restore: true}\n\
        \x20 - {id: gone, when: {keywords: {words: [shop, bird], match: substring}}, severity: low, action: redact, with: gone}\n\
        \x20 - {id: later, when: {keywords: [shop]}, severity: low, action: redact, with: later}\n";
    let judge = judge(rules);
    for (text, expected) in [
        ("ann@x.example", vec![("[redacted]", Some("EMAIL"))]),
        ("ann.bo@x.example", vec![("[redacted]", Some("EMAIL"))]),
        ("ann.bo", vec![("[redacted]", Some("BOTH_2"))]),
        ("bluebird", vec![("gone", None)]),
        ("ann.bo@shop.example", vec![("gone", None)]),
        ("ann.bo, shop", vec![("[redacted]", Some("BOTH_2")), ("gone", None)]),
    ] {
        let segment = Segment {
            lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
            role: Role::User,
            encoding: Encoding::Plain,
            parts: vec![Part { text: text.into(), source: 0..0 }],
        };
        let subject = Subject { phase: Phase::Input, role: Role::User, ..OUTPUT };
        let judgement = judge.whole(&segment, subject);
        let found: Vec<(&str, Option<&str>)> =
            judgement.redactions.iter().map(|one| (&*one.with, one.restore_as.as_deref())).collect();
        assert_eq!(found, expected, "{text}");
    }
}
