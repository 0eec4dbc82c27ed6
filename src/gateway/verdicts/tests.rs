//! What is recalled and what is judged anew: other tenants, roles, rules and texts miss.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::decide::judge::Judge;
use crate::policy::{Options, Sources, compile};
use crate::screen::Screen;
use crate::screen::classifier::Classifiers;
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role};

const POLICY: &str = r#"
policy: words
rules:
  - id: redacted
    when: {any: [{keywords: [swordfish, "芝麻开门"]}, {entities: [email]}]}
    action: redact
    with: "<{{ entity }}>"
  - id: deflected
    when: {keywords: ["purple elephant"], none: [{keywords: ["in the zoo"]}]}
    action: deflect
    reply: other
replies:
  other: {en: "No."}
"#;
const SCOPED: &str = r#"
policy: scoped
scope: {models: ["qwen*"], tenants: ["a*"]}
rules:
  - {id: seen, when: {keywords: [bluebird]}, action: flag}
"#;

fn rulebook(files: &[(&str, &str)]) -> Rulebook {
    let compiled = compile(&Sources::from_files(files.to_vec()), &Options::default());
    let policies = compiled.policies.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let revision = policies.revision.clone();
    let classifiers = Classifiers::none();
    Rulebook {
        judge: Arc::new(Judge::new(Screen::build(Arc::new(policies)).unwrap())),
        revision,
        classifiers,
    }
}

/// Everything about one text and who sent it.
#[derive(Debug, Clone)]
struct Case {
    tenant: &'static str,
    model: &'static str,
    credential: Option<(&'static str, &'static str)>,
    peer: &'static str,
    phase: Phase,
    role: Role,
    channel: Channel,
    encoding: Encoding,
    parts: Vec<String>,
}

impl Case {
    fn new() -> Self {
        Self {
            tenant: "acme",
            model: "qwen3",
            credential: Some(("authorization", "Bearer one")),
            peer: "10.0.0.1",
            phase: Phase::Input,
            role: Role::User,
            channel: Channel::Content,
            encoding: Encoding::Plain,
            parts: vec!["a".repeat(LEAST_BYTES), "b".repeat(20)],
        }
    }

    fn segment(&self) -> Segment<'_> {
        let parts = self.parts.iter().map(|text| Part { text: text.into(), source: 0..0 }).collect();
        let lane = Lane { choice: 3, channel: self.channel, index: 0 };
        Segment { lane, role: self.role, encoding: self.encoding, parts }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            phase: self.phase,
            role: self.role,
            channel: self.channel,
            encoding: self.encoding,
            model: self.model,
            tenant: self.tenant,
        }
    }

    /// Judges the case through the cache; says what came of it, and whether it was known.
    fn judge(&self, verdicts: &Verdicts, rulebook: &Rulebook, metrics: &Metrics) -> (Judgement, bool) {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = self.credential {
            headers.insert(name, value.parse().unwrap());
        }
        let asker = Asker { tenant: self.tenant, headers: &headers, peer: Some(self.peer.parse().unwrap()) };
        let known = Cell::new(true);
        let judge = || {
            known.set(false);
            rulebook.judge.whole(&self.segment(), self.subject())
        };
        let judgement = match verdicts.recollection(rulebook, asker, self.model) {
            Some(known) => known.or_judge(&self.segment(), self.subject(), metrics, judge),
            None => judge(),
        };
        (judgement, known.get())
    }
}

#[test]
fn only_the_same_text_of_the_same_asker_under_the_same_rules_is_known() {
    let metrics = Metrics::new([]).unwrap();
    let rulebook = rulebook(&[("words.yaml", POLICY), ("scoped.yaml", SCOPED)]);
    let check = |what: &str, change: fn(&mut Case), expected: bool| {
        let verdicts = Verdicts::new(1 << 20).unwrap();
        let mut case = Case::new();
        assert!(!case.judge(&verdicts, &rulebook, &metrics).1, "{what}: new");
        assert!(case.judge(&verdicts, &rulebook, &metrics).1, "{what}: again");
        change(&mut case);
        assert_eq!(case.judge(&verdicts, &rulebook, &metrics).1, expected, "{what}");
        assert!(Case::new().judge(&verdicts, &rulebook, &metrics).1, "{what}: the first once more");
    };
    check("the same", |_| {}, true);
    check("tenant", |case| case.tenant = "other", false);
    check("tenant of the same scopes", |case| case.tenant = "acme2", false);
    check("model of the same scopes", |case| case.model = "qwen2.5", true);
    check("model of other scopes", |case| case.model = "llama", false);
    check("credential", |case| case.credential = Some(("authorization", "Bearer two")), false);
    check("credential in another header", |case| case.credential = Some(("x-api-key", "Bearer one")), false);
    check("no credential", |case| case.credential = None, false);
    check("address", |case| case.peer = "10.0.0.2", false);
    check("address, written otherwise", |case| case.peer = "::ffff:10.0.0.1", true);
    check("phase", |case| case.phase = Phase::Output, false);
    check("role", |case| case.role = Role::Tool, false);
    check("channel", |case| case.channel = Channel::Reasoning, false);
    check("encoding", |case| case.encoding = Encoding::JsonText, false);
    check("text", |case| case.parts[1].push('b'), false);
    check("parts joined", |case| case.parts = vec![case.parts.concat()], false);
    check(
        "parts cut elsewhere",
        |case| {
            let moved = case.parts[1].remove(0);
            case.parts[0].push(moved);
        },
        false,
    );
    check("an empty part more", |case| case.parts.push(String::new()), false);
}

#[test]
fn another_revision_knows_nothing_of_the_one_before() {
    let metrics = Metrics::new([]).unwrap();
    let verdicts = Verdicts::new(1 << 20).unwrap();
    let case = Case::new();
    let one = rulebook(&[("words.yaml", POLICY)]);
    let other = rulebook(&[("words.yaml", POLICY), ("scoped.yaml", SCOPED)]);
    for (rulebook, known) in [(&one, false), (&other, false), (&one, true), (&other, true)] {
        assert_eq!(case.judge(&verdicts, rulebook, &metrics).1, known, "{}", rulebook.revision);
    }
}

#[test]
fn what_is_small_heavy_or_not_wanted_is_not_kept() {
    let metrics = Metrics::new([]).unwrap();
    let rulebook = rulebook(&[("words.yaml", POLICY)]);
    let check = |bytes: usize, text: String, expected: bool| {
        let verdicts = Verdicts::new(bytes).unwrap();
        let case = Case { parts: vec![text], ..Case::new() };
        let (first, _) = case.judge(&verdicts, &rulebook, &metrics);
        let (second, known) = case.judge(&verdicts, &rulebook, &metrics);
        assert_eq!(known, expected, "{bytes} {}", case.parts[0].len());
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
    };
    check(1 << 20, "a".repeat(LEAST_BYTES), true);
    check(1 << 20, "a".repeat(LEAST_BYTES - 1), false);
    check(0, "a".repeat(LEAST_BYTES), false);
    check(1 << 20, "swordfish ".repeat(100), true);
    check(1 << 20, "swordfish ".repeat(10_000), false);
}

#[test]
fn what_is_judged_as_fast_as_it_is_looked_up_is_not_kept() {
    const LIGHT: &str =
        "policy: light\nrules:\n  - {id: seen, when: {keywords: [bluebird, 蓝色的鸟]}, action: flag}\n";
    let metrics = Metrics::new([]).unwrap();
    let check = |policy: &str, text: &str, expected: bool| {
        let (rulebook, verdicts) = (rulebook(&[("p.yaml", policy)]), Verdicts::new(1 << 20).unwrap());
        let case = Case { parts: vec![text.repeat(LEAST_BYTES)], ..Case::new() };
        case.judge(&verdicts, &rulebook, &metrics);
        assert_eq!(case.judge(&verdicts, &rulebook, &metrics).1, expected, "{policy} {text}");
    };
    check(LIGHT, "a", false);
    check(LIGHT, "鸟", true);
    check(POLICY, "a", true);
}

#[test]
fn the_cache_stays_within_its_bytes() {
    let metrics = Metrics::new([]).unwrap();
    let rulebook = rulebook(&[("words.yaml", POLICY)]);
    let most = 20 * ENTRY_WEIGHT;
    let verdicts = Verdicts::new(most).unwrap();
    for number in 0..200 {
        let case = Case { parts: vec![format!("{number:>LEAST_BYTES$}")], ..Case::new() };
        case.judge(&verdicts, &rulebook, &metrics);
    }
    let cache = verdicts.cache.as_ref().unwrap();
    cache.run_pending_tasks();
    assert!((1..=most as u64).contains(&cache.weighted_size()), "{}", cache.weighted_size());
    // The last to come is there, the first is gone.
    for (number, known) in [(199, true), (0, false)] {
        let case = Case { parts: vec![format!("{number:>LEAST_BYTES$}")], ..Case::new() };
        assert_eq!(case.judge(&verdicts, &rulebook, &metrics).1, known, "{number}");
    }
}

#[test]
fn nothing_of_a_prompt_is_kept() {
    let metrics = Metrics::new([]).unwrap();
    let rulebook = rulebook(&[("words.yaml", POLICY)]);
    let verdicts = Verdicts::new(1 << 20).unwrap();
    let text = format!("{} swordfish jane.doe@example.org purple elephant", "a".repeat(LEAST_BYTES));
    let case = Case { parts: vec![text], ..Case::new() };
    let (judgement, _) = case.judge(&verdicts, &rulebook, &metrics);
    assert_eq!((judgement.verdicts.len(), judgement.redactions.len()), (2, 2));
    let kept: Vec<String> =
        verdicts.cache.as_ref().unwrap().iter().map(|(_, kept)| format!("{kept:?}")).collect();
    assert_eq!(kept, [format!("{judgement:?}")]);
    for word in ["swordfish", "jane", "example.org", "elephant", "aaaa"] {
        assert!(!kept[0].contains(word), "{word} in {kept:?}");
    }
}

static RULES: LazyLock<Rulebook> =
    LazyLock::new(|| rulebook(&[("words.yaml", POLICY), ("scoped.yaml", SCOPED)]));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A conversation that grows is judged the same with the cache and without it.
    #[test]
    fn what_is_recalled_is_what_would_be_judged(
        messages in prop::collection::vec((prop::collection::vec(pieces(), 1..4), 0..4_usize), 1..8),
        again in prop::collection::vec(0..8_usize, 0..12),
    ) {
        let metrics = Metrics::new([]).unwrap();
        let (with, without) = (Verdicts::new(1 << 20).unwrap(), Verdicts::new(0).unwrap());
        let roles = [Role::System, Role::User, Role::Assistant, Role::Tool];
        let cases: Vec<Case> = messages
            .into_iter()
            .map(|(parts, role)| Case { parts, role: roles[role], ..Case::new() })
            .collect();
        let order = (0..cases.len()).chain(again).filter_map(|index| cases.get(index));
        for case in order {
            let (one, _) = case.judge(&with, &RULES, &metrics);
            let (other, known) = case.judge(&without, &RULES, &metrics);
            prop_assert!(!known);
            prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
            let segment = case.segment();
            prop_assert_eq!(one.text(&segment), other.text(&segment));
        }
    }
}

/// Texts around the size from which on they are kept, with and without something to find.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("swordfish "),
        Just("芝麻开门"),
        Just("purple elephant "),
        Just("in the zoo "),
        Just("bluebird "),
        Just("a@example.org "),
        Just("sword"),
        Just("fish and chips, and whatever else there is on the menu of today "),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}
