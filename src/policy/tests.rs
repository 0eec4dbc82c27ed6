//! Policies from files to what is compiled of them, and the diagnostics on the way.

use proptest::prelude::*;

use super::diagnostic::Severity as Badness;
use super::*;

/// A policy around some rules.
fn policy(name: &str, rest: &str) -> String {
    format!("policy: {name}\n{rest}")
}

fn compiled(files: &[(&str, &str)]) -> Policies {
    let compiled = compile_str(files);
    let report =
        Sources::from_files(files.iter().copied()).render(&compiled.diagnostics, diagnostic::Style::Plain);
    assert_eq!(compiled.count(Badness::Error), 0, "{report}");
    compiled.policies.expect("no errors, so there are policies")
}

fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
    compile_str(files).diagnostics.iter().map(|one| one.code).collect()
}

/// The example of design.md, as far as its detectors are built.
pub(super) const EXAMPLE: &str = r#"
policy: self-harm                 # unique; [a-z0-9-]
title: Crisis and self-harm
mode: enforce
scope:
  phase: [input, output]
  roles: [user, assistant, tool, system]
  channels: [content, reasoning, tool_call]
  models: ["qwen*"]
  tenants: ["*"]
failure: closed
rules:
  - id: method-request
    when:
      any:
        - keywords: {list: self-harm-methods}
        - keywords: ["unalive myself", "自杀方法"]
      none:
        - keywords: ["prevention hotline"]
    severity: high
    action: deflect
    reply: crisis
    stream: hold
replies:
  crisis:
    en: "You are not alone. In an emergency call your local emergency number. (ref {{ id }})"
    zh: "你并不孤单。紧急情况请拨打当地急救电话。(编号 {{ id }})"
tests:
  - name: asks for a method
    input: "what is the best way to unalive myself"
    expect: {action: deflect, rule: method-request}
  - name: prevention is welcome
    input: "what is the number of the suicide prevention hotline"
    expect: {action: allow}
"#;

#[test]
fn the_example_of_the_design_compiles() {
    let files = [("self-harm.yaml", EXAMPLE), ("lists/self-harm-methods.txt", "# ours\nmethod one\n")];
    assert_eq!(codes(&files), [] as [&str; 0]);
    let policies = compiled(&files);
    let (id, rule) = policies.rules().next().expect("a rule");
    assert_eq!(&*rule.path, "self-harm/method-request");
    assert_eq!((rule.action, rule.severity, rule.line), (Action::Deflect, Severity::High, 13));
    let detector = |at| Expr::Detector(DetectorId(at));
    let when = Expr::All(vec![Expr::Any(vec![detector(0), detector(1)]), Expr::None(vec![detector(2)])]);
    assert_eq!(rule.when, when);
    let negated: Vec<bool> = policies.detectors().map(|(_, one)| one.negated).collect();
    assert_eq!(negated, [false, false, true]);
    assert!(policies.detectors().all(|(_, one)| one.rule == id));
    let DetectorKind::Keywords { keywords, list, fold } = &policies.detector(DetectorId(1)).kind else {
        panic!("keywords")
    };
    let modes: Vec<_> = keywords.iter().map(|one| (&*one.text, one.mode)).collect();
    assert_eq!(modes, [("unalive myself", MatchMode::Word), ("自杀方法", MatchMode::Substring)]);
    assert_eq!((list, *fold), (&None, Fold::Standard));
    let policy = policies.policy_of(id);
    assert_eq!(
        (&*policy.title, &*policy.joint, &*policy.file),
        ("Crisis and self-harm", "\n\n", "self-harm.yaml")
    );
    assert!(policy.scope.admits("Qwen3-8B", "anyone") && !policy.scope.admits("llama", "anyone"));
    let reply = rule.reply.as_ref().expect("a reply");
    let context = RenderContext { id: "01", ..RenderContext::default() };
    assert!(reply.text_for("zh-Hans").render(&context).ends_with("(编号 01)"));
}

#[test]
fn suites_are_read_and_judged() {
    let files = [("self-harm.yaml", EXAMPLE), ("lists/self-harm-methods.txt", "method one\n")];
    let suites = compile_str(&files).suites;
    let [suite] = suites.as_slice() else { panic!("one policy has tests") };
    assert_eq!((&*suite.policy, suite.cases.len()), ("self-harm", 2));
    let case = &suite.cases[0];
    assert_eq!((case.phase, case.role, case.channel), (Phase::Input, Role::User, Channel::Content));
    assert_eq!(case.span.line, 29);
    let judge = |action, rule| case.judge(&suite::Outcome { action, rule, text: None });
    assert_eq!(judge(Action::Deflect, Some("self-harm/method-request")), Ok(()));
    assert_eq!(
        judge(Action::Allow, None),
        Err("expected deflect, got allow; expected the rule self-harm/method-request, got none".into())
    );
    let outcome = suite::Outcome { action: Action::Block, rule: Some("a/b"), text: None };
    assert_eq!(suite.cases[1].judge(&outcome), Err("expected allow, got block from the rule a/b".into()));
}

#[test]
fn texts_of_a_case_are_compared() {
    let text = policy(
        "p",
        "rules: [{id: r, when: {keywords: [bomb]}, action: redact}]\n\
         tests: [{name: n, output: a bomb, role: tool, expect: {action: redact, text: \"a [redacted]\"}}]\n",
    );
    let suites = compile_str(&[("p.yaml", &text)]).suites;
    let case = &suites[0].cases[0];
    assert_eq!((case.phase, case.role), (Phase::Output, Role::Tool));
    let judge = |text| case.judge(&suite::Outcome { action: Action::Redact, rule: None, text });
    assert_eq!(judge(Some("a [redacted]")), Ok(()));
    assert_eq!(judge(Some("a bomb")), Err(r#"expected the text "a [redacted]", got "a bomb""#.into()));
    assert_eq!(judge(None), Err(r#"expected the text "a [redacted]", got none"#.into()));
}

#[test]
fn globs_match_whole_names() {
    let check = |pattern: &str, name: &str, expected: bool| {
        assert_eq!(Glob::new(pattern).matches(name), expected, "{pattern} on {name}");
    };
    check("*", "", true);
    check("", "", true);
    check("", "a", false);
    check("qwen", "qwen", true);
    check("qwen", "Qwen", true);
    check("QWEN", "qwen", true);
    check("qwen", "qwen3", false);
    check("qwen*", "Qwen3-8B", true);
    check("*qwen", "my-qwen", true);
    check("*qwen", "qwen-my", false);
    check("*:*b", "qwen:8b", true);
    check("a*b*c", "axxbxbxc", true);
    check("a*b*c", "axxbxb", false);
    check("**a**", "a", true);
    check("千问*", "千问-7B", true);
    check(&"a*".repeat(50), &"a".repeat(49), false);
    check(&"*a".repeat(50), &"b".repeat(10_000), false);
}

#[test]
fn a_scope_covers_what_it_names() {
    let check = |scope: &str, expected: &[(Phase, Role, Channel)], not: &[(Phase, Role, Channel)]| {
        let rules = "rules: [{id: r, when: {keywords: [bomb]}, action: flag}]\n";
        let text = policy("p", &format!("{scope}\n{rules}"));
        let policies = compiled(&[("p.yaml", &text)]);
        let scope = &policies.policies[0].scope;
        for (phase, role, channel) in expected {
            assert!(scope.covers(*phase, *role, *channel), "{phase:?} {role:?} {channel:?} in {scope:?}");
        }
        for (phase, role, channel) in not {
            assert!(!scope.covers(*phase, *role, *channel), "{phase:?} {role:?} {channel:?} in {scope:?}");
        }
    };
    let user = (Phase::Input, Role::User, Channel::Content);
    let thought = (Phase::Output, Role::Assistant, Channel::Reasoning);
    check("", &[user, thought], &[]);
    check("scope: {}", &[user, thought], &[]);
    check("scope: {phase: [output]}", &[thought], &[user]);
    check("scope: {roles: [user, system]}", &[user], &[thought]);
    check("scope: {channels: [content]}", &[user], &[thought]);
}

#[test]
fn policies_stand_by_name_and_those_that_are_off_have_no_rules() {
    let rules = "rules: [{id: r, when: {keywords: [bomb]}, action: flag}]\n";
    let (b, a, off) = (policy("b", rules), policy("a", rules), policy("c", &format!("mode: off\n{rules}")));
    let policies = compiled(&[("1.yaml", &b), ("2.yml", &off), ("3.yaml", &a)]);
    let names: Vec<_> = policies.policies.iter().map(|policy| &*policy.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let paths: Vec<_> = policies.rules().map(|(_, rule)| &*rule.path).collect();
    assert_eq!(paths, ["a/r", "b/r"]);
    for (id, rule) in policies.rules() {
        assert_eq!(&*policies.policy_of(id).name, rule.path.split('/').next().expect("a name"));
    }
    assert_eq!(policies.detectors().count(), 2);
}

#[test]
fn conditions_compile_to_expressions() {
    let check = |when: &str, expected: &str| {
        let text = policy("p", &format!("rules:\n  - id: r\n    action: flag\n    when: {when}\n"));
        let policies = compiled(&[("p.yaml", &text)]);
        let negated: Vec<u8> = policies.detectors().map(|(_, one)| u8::from(one.negated)).collect();
        let expr = format!("{:?} {negated:?}", policies.rules[0].when);
        let expr = expr.replace("Detector(DetectorId(", "").replace("))", "");
        assert_eq!(expr, expected, "{when}");
    };
    check("{keywords: [a]}", "0 [0]");
    check("{length: {min_chars: 3}}", "0 [0]");
    check("{keywords: [a], length: {min_chars: 3}}", "All([0, 1]) [0, 0]");
    check("{any: [{keywords: [a]}]}", "Any([0]) [0]");
    check("{any: {keywords: [a]}}", "Any([0]) [0]");
    check("{none: [{keywords: [a]}]}", "None([0]) [1]");
    check("{none: [{none: [{keywords: [a]}]}]}", "None([None([0])]) [0]");
    check(
        "{all: [{keywords: [a]}, {any: [{keywords: [b]}, {keywords: [c]}]}]}",
        "All([0, Any([1, 2])]) [0, 0, 0]",
    );
    check("{none: {keywords: [a]}, keywords: [b]}", "All([None([0]), 1]) [1, 0]");
}

#[test]
fn keywords_are_resolved() {
    let fold: fn(&str) -> String =
        |text| text.chars().filter(|c| *c != '\u{200b}').flat_map(char::to_lowercase).collect();
    let check = |detector: &str, expected: &[(&str, MatchMode)], odd: &[&str]| {
        let text =
            policy("p", &format!("rules: [{{id: r, when: {{keywords: {detector}}}, action: flag}}]\n"));
        let files = [("p.yaml", text.as_str()), ("lists/x.txt", "\u{feff}Bomb\r\n\u{200b}\r\nA\r\n")];
        let compiled = compile(&Sources::from_files(files), &Options { fold, ..Options::default() });
        let mut codes: Vec<_> = compiled.diagnostics.iter().map(|one| one.code).collect();
        codes.retain(|code| *code != "unused-list");
        assert_eq!(codes, odd, "{detector}");
        let policies = compiled.policies.expect("nothing here is an error");
        let DetectorKind::Keywords { keywords, .. } = &policies.detectors[0].kind else { panic!("keywords") };
        let found: Vec<_> = keywords.iter().map(|one| (&*one.text, one.mode)).collect();
        assert_eq!(found, expected, "{detector}");
    };
    use MatchMode::{Substring, Word};
    check("[bomb, 自杀]", &[("bomb", Word), ("自杀", Substring)], &[]);
    check("{words: [bomb, 自杀], match: word}", &[("bomb", Word), ("自杀", Word)], &[]);
    check("[bomb, BOMB, \" bomb \"]", &[("bomb", Word)], &["keyword-repeated", "keyword-repeated"]);
    check("{words: [bomb, BOMB], fold: exact}", &[("bomb", Word), ("BOMB", Word)], &[]);
    check("[\"\u{200b}\", a]", &[("a", Word)], &["keyword-folds-to-nothing"]);
    check("[\"\u{200b}\"]", &[], &["rule-never-fires", "keyword-folds-to-nothing"]);
    check("{words: [a], match: substring}", &[("a", Substring)], &["keyword-dangerously-short"]);
    check("[\"の\"]", &[("の", Substring)], &["keyword-dangerously-short"]);
    check(
        "{list: x, words: [BOMB]}",
        &[("BOMB", Word), ("A", Word)],
        &["keyword-repeated", "keyword-folds-to-nothing"],
    );
    check("{list: x, fold: exact}", &[("Bomb", Word), ("\u{200b}", Substring), ("A", Word)], &[]);
}

#[test]
fn a_long_broken_list_is_reported_in_short() {
    let list = "bomb\n".repeat(1000);
    let text = policy("p", "rules: [{id: r, when: {keywords: {list: x}}, action: flag}]\n");
    let compiled = compile_str(&[("p.yaml", &text), ("lists/x.txt", &list)]);
    assert_eq!(compiled.diagnostics.len(), 21);
    let last = compiled.diagnostics.last().expect("a diagnostic");
    assert_eq!((last.code, last.span.map(|span| span.line)), ("more-odd-keywords", Some(22)));
    assert!(last.message.contains("and 978 after it"), "{last}");
}

#[test]
fn a_rule_that_never_decides_is_a_warning() {
    let check = |first: &str, second: &str, expected: usize| {
        let a = policy("a", first);
        let b = policy("b", &format!("{second}\nreplies: {{no: \"No.\"}}"));
        let found = codes(&[("a.yaml", &a), ("b.yaml", &b)]);
        assert_eq!(
            found.iter().filter(|code| **code == "rule-outranked").count(),
            expected,
            "{first} | {second}"
        );
    };
    let flag = "rules: [{id: r, when: {keywords: [bomb]}, action: flag}]";
    let block = "rules: [{id: s, when: {keywords: [grenade, bomb]}, action: block, reply: no}]";
    check(flag, block, 1);
    // Which of them stands first makes no difference.
    check(&block.replace(", reply: no", ""), flag, 1);
    check(flag, "rules: [{id: s, when: {keywords: [grenade]}, action: block, reply: no}]", 0);
    check("rules: [{id: r, when: {keywords: [bomb, mine]}, action: flag}]", block, 0);
    check(flag, &format!("mode: monitor\n{block}"), 0);
    check(flag, &format!("scope: {{phase: [input]}}\n{block}"), 0);
    check(&format!("scope: {{phase: [input]}}\n{flag}"), block, 1);
    check(
        &format!("scope: {{models: [\"a*\"]}}\n{flag}"),
        &format!("scope: {{models: [\"b*\", \"a*\"]}}\n{block}"),
        1,
    );
    check(
        &format!("scope: {{models: [\"a*\"]}}\n{flag}"),
        &format!("scope: {{models: [\"b*\"]}}\n{block}"),
        0,
    );
    let narrower = "rules: [{id: r, when: {keywords: [bomb], none: {keywords: [please]}}, action: flag}]";
    check(narrower, block, 1);
    let pickier = "rules: [{id: s, when: {keywords: [bomb], none: {keywords: [please]}}, action: block}]";
    check(flag, pickier, 0);
    let exact = "rules: [{id: s, when: {keywords: {words: [bomb], fold: exact}}, action: block}]";
    check(flag, exact, 0);
}

#[test]
fn a_folder_without_policies_is_a_warning() {
    assert_eq!(codes(&[]), ["no-policies"]);
    assert_eq!(codes(&[("lists/x.txt", "bomb")]), ["no-policies", "unused-list"]);
    assert!(compile_str(&[]).policies.is_some());
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let text =
        "\u{feff}policy: p\r\nrules:\r\n  - id: r\r\n    when: {keywords: [bomb]}\r\n    action: flag\r\n";
    assert_eq!(compiled(&[("p.yaml", text)]).rules[0].line, 3);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), list in any::<Vec<u8>>()) {
        let sources = Sources::from_files([("a.yaml", bytes), ("lists/b.txt", list)]);
        let compiled = compile(&sources, &Options::default());
        let _ = sources.render(&compiled.diagnostics, diagnostic::Style::Plain);
    }

    #[test]
    fn no_damage_to_a_policy_makes_it_panic(at in 0..EXAMPLE.len(), cut in 0..40usize, with in ".{0,6}") {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with.bytes());
        let sources = Sources::from_files([("a.yaml", bytes.as_slice()), ("lists/self-harm-methods.txt", b"x")]);
        let compiled = compile(&sources, &Options::default());
        prop_assert_eq!(compiled.policies.is_none(), compiled.count(Badness::Error) > 0);
        let report = sources.render(&compiled.diagnostics, diagnostic::Style::Plain);
        prop_assert_eq!(report.is_empty(), compiled.diagnostics.is_empty());
        let again = compile(&sources, &Options::default());
        prop_assert_eq!(compiled.diagnostics, again.diagnostics);
    }
}
