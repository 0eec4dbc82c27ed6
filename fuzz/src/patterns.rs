//! Regular expressions of every shape that matters to a stream, and all entities.

use std::sync::LazyLock;

use qwarden::decide::judge::Judge;
use qwarden::screen::{Screen, entities};

use crate::{Input, stream};

const POLICY: &str = r##"
policy: p
rules:
  - {id: ends, when: {patterns: ['order-\d+', 'x$', '^y', 'a+b?', 'foo.*bar']}, action: redact}
  - {id: words, when: {patterns: ['\bfoo\b', '(?i)aws[_ ]key\w*', '\Bz', '项目[一-龥]{2,4}行动']}, action: redact, with: "#"}
  - {id: exact, when: {patterns: {regex: ['[A-Z]{2,}', 'é|e\x{301}'], fold: exact}}, action: redact, with: "="}
  - {id: seen, when: {patterns: ['ba[rz]', '(ab|abc|abcd)e', '\d{3,}', '[^,]{5},']}, action: flag}
"##;

static PATTERNS: LazyLock<(Screen, Judge)> =
    LazyLock::new(|| stream::rules(POLICY).expect("the policy compiles"));
static ENTITIES: LazyLock<(Screen, Judge)> = LazyLock::new(|| {
    let names: Vec<&str> = entities::all().iter().map(|kind| kind.name).collect();
    let rule = format!("{{id: r, when: {{entities: [{}]}}, action: redact}}", names.join(", "));
    stream::rules(&format!("policy: p\nrules:\n  - {rule}\n")).expect("the policy compiles")
});

/// Screens the input for the patterns or, with the eighth option, for entities.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    let rules = if input.chose(7) { &ENTITIES } else { &PATTERNS };
    stream::check(&rules.0, &rules.1, &input);
}
