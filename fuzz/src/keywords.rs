//! Keywords, those of a fixed policy and those that the input brings along.

use std::sync::LazyLock;

use qwarden::decide::judge::Judge;
use qwarden::screen::Screen;

use crate::{Input, stream};

/// Keywords that begin, end and lie in one another, in several scripts and under several options.
const POLICY: &str = r##"
policy: p
rules:
  - {id: words, when: {keywords: [bomb, bombs, "a bomb", "bomb threat", kill yourself, yourself, c++, "-x-"]}, action: redact}
  - {id: parts, when: {keywords: {words: [om, ombt, threa, ss], match: substring}}, action: redact, with: "#"}
  - {id: exact, when: {keywords: {words: [Bomb, É, "Ａ"], fold: exact}}, action: redact, with: "="}
  - {id: han, when: {keywords: [自杀, 自杀方法, 杀, 方法, か, が, 가, 각, 👍, กำ, เครื่อง]}, action: redact, with: "*"}
  - {id: seen, when: {keywords: [bo, bom, threat, 法, あ]}, action: flag}
"##;

static RULES: LazyLock<(Screen, Judge)> =
    LazyLock::new(|| stream::rules(POLICY).expect("the policy compiles"));

/// Screens the input. With the eighth option its first line is keywords, at the commas.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    if !input.chose(7) {
        return stream::check(&RULES.0, &RULES.1, &input);
    }
    let Some((line, text)) = input.text.split_once('\n') else { return };
    let words: Vec<&str> = line.split(',').filter(|word| !word.trim().is_empty()).take(8).collect();
    if words.is_empty() {
        return;
    }
    let list = serde_json::Value::from(words);
    let mode = if input.chose(6) { ", match: substring" } else { "" };
    let fold = if input.chose(5) { ", fold: exact" } else { "" };
    let yaml = format!(
        "policy: p\nrules:\n  - {{id: r, when: {{keywords: {{words: {list}{mode}{fold}}}}}, action: redact}}\n"
    );
    let Some((screen, judge)) = stream::rules(&yaml) else { return };
    let shift = input.text.len() - text.len();
    let cuts = input.cuts.iter().map(|at| at.saturating_sub(shift)).collect();
    stream::check(&screen, &judge, &Input { options: input.options, text: text.to_owned(), cuts });
}
