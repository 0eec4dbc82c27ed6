//! The JSON Schema of a policy file, for editors that complete and check as one types.
//!
//! It is built from the same tables of keys and words that the decoder reads with, so that the two
//! cannot drift apart. What a schema cannot say (names that meet, templates, folding) is left to
//! `policy check`.

use serde_json::{Map, Value, json};

use super::condition::{
    CLASSIFIER_KEYS, DETECTORS, ENTITIES, FOLDS, KEYWORDS_KEYS, LENGTH_KEYS, MATCHES, PATTERN_FOLDS,
    PATTERNS_KEYS, REFUSAL_KEYS,
};
use super::document::{
    ACTIONS, CHANNELS, FAILURES, MODES, NEEDS, PHASES, POLICY_KEYS, ROLES, RULE_KEYS, SCOPE_KEYS, SEVERITIES,
    STREAMS,
};
use super::suite::{CASE_KEYS, CASE_NEEDS, EXPECT_KEYS};

/// The schema, in the draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut schema = policy();
    if let Value::Object(root) = &mut schema {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("Qwarden policy"));
        root.insert(
            "$defs".into(),
            json!({
                "condition": condition(),
                "conditions": {
                    "description": "Conditions; a single one need not be put in a list.",
                    "oneOf": [
                        { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/condition" } },
                        { "$ref": "#/$defs/condition", "maxProperties": 1 },
                    ],
                },
                "words": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
                "name": { "type": "string", "pattern": "^[a-z0-9-]{1,64}$" },
            }),
        );
    }
    schema
}

fn policy() -> Value {
    let mut policy = object("One policy.", &POLICY_KEYS, &["policy"], |key| match key {
        "policy" => described(json!({ "$ref": "#/$defs/name" }), "Its name, unique among all policies."),
        "title" => text("What people call it; the name where it is left out."),
        "mode" => words(&MODES, "Whether the policy acts; monitor decides and audits, and changes nothing."),
        "scope" => scope(),
        "failure" => words(&FAILURES, "What happens when something that the policy needs is down."),
        "classifiers" => words(
            &NEEDS,
            "Whether the policy loads without a model that has its labels; required by default.",
        ),
        "joint" => {
            text("What stands between text that was already sent and a deflection; a blank line by default.")
        }
        "mask" => json!({
            "description": "What is masked in the texts that audit records keep: entities, patterns and keywords, in the scope of the policy.",
            "type": "array",
            "minItems": 1,
            "items": { "$ref": "#/$defs/condition" },
        }),
        "rules" => json!({ "type": "array", "minItems": 1, "items": rule() }),
        "replies" => json!({
            "description": "Texts that rules send, by name: one for each language, or one for all.",
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    { "type": "string", "minLength": 1 },
                    {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": { "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$" },
                        "additionalProperties": { "type": "string", "minLength": 1 },
                    },
                ],
            },
        }),
        _ => json!({
            "description": "What `qwarden policy test` runs.",
            "type": "array",
            "minItems": 1,
            "items": case(),
        }),
    });
    if let Value::Object(policy) = &mut policy {
        policy.insert("anyOf".into(), json!([{ "required": ["rules"] }, { "required": ["mask"] }]));
    }
    policy
}

fn scope() -> Value {
    let names = || json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } });
    let some_of = |one: Value| json!({ "type": "array", "minItems": 1, "items": one });
    object("Where the policy is in force; what is left out is everything.", &SCOPE_KEYS, &[], |key| match key
    {
        "phase" => some_of(words(&PHASES, "input is what goes to the model, output what comes back.")),
        "roles" => some_of(words(&ROLES, "Who speaks.")),
        "channels" => some_of(words(&CHANNELS, "Where it is said.")),
        "models" => described(names(), "Names of models, with * for any run of characters."),
        _ => described(names(), "Names of tenants, with * for any run of characters."),
    })
}

fn rule() -> Value {
    object("One rule.", &RULE_KEYS, &["id", "when", "action"], |key| match key {
        "id" => described(json!({ "$ref": "#/$defs/name" }), "Its name, unique in the policy."),
        "when" => described(json!({ "$ref": "#/$defs/condition" }), "When the rule fires."),
        "severity" => words(&SEVERITIES, "How much it matters; medium by default."),
        "action" => words(&ACTIONS, "What it does; the largest of all that fire wins."),
        "reply" => text("The reply that a deflection sends, or the message of a block."),
        "with" => text("What replaces what was found; a template, [redacted] by default."),
        "restore" => described(
            json!({ "type": "boolean" }),
            "Whether what was redacted in a prompt comes back where the reply repeats its placeholder.",
        ),
        _ => words(&STREAMS, "Whether text waits for a verdict in a stream."),
    })
}

fn condition() -> Value {
    let mut keys = super::condition::COMBINATORS.to_vec();
    keys.extend(DETECTORS);
    let mut condition = object("All of its keys must be true.", &keys, &[], |key| match key {
        "any" => described(json!({ "$ref": "#/$defs/conditions" }), "At least one is true."),
        "all" => described(json!({ "$ref": "#/$defs/conditions" }), "Every one is true."),
        "none" => described(json!({ "$ref": "#/$defs/conditions" }), "None is true."),
        "keywords" => json!({
            "description": "Words and phrases.",
            "oneOf": [{ "$ref": "#/$defs/words" }, keywords()],
        }),
        "patterns" => json!({
            "description": "Regular expressions.",
            "oneOf": [{ "$ref": "#/$defs/words" }, patterns()],
        }),
        "entities" => json!({
            "description": "Kinds of entities, such as e-mail addresses.",
            "type": "array", "minItems": 1, "items": { "enum": ENTITIES },
        }),
        "classifier" => {
            object("A trained classifier's score for a label.", &CLASSIFIER_KEYS, &["category"], |key| {
                match key {
                    "category" => text("A label that an installed model has."),
                    "model" => text("The only model that is asked; the cascade of all where it is left out."),
                    _ => score(),
                }
            })
        }
        "refusal" => json!({
            "description": "The model itself declined or dodged; replies only.",
            "oneOf": [
                { "const": true },
                object("With a least score.", &REFUSAL_KEYS, &REFUSAL_KEYS, |_| score()),
            ],
        }),
        "language" => json!({
            "description": "Codes of ISO 639-1: the language that most of the text is written in.",
            "type": "array", "minItems": 1,
            "items": { "enum": crate::text::language::codes().collect::<Vec<_>>() },
        }),
        _ => length(),
    });
    if let Value::Object(condition) = &mut condition {
        condition.insert("minProperties".into(), json!(1));
    }
    condition
}

fn keywords() -> Value {
    let mut keywords = object("Words and phrases, with options.", &KEYWORDS_KEYS, &[], |key| match key {
        "words" => described(json!({ "$ref": "#/$defs/words" }), "Words and phrases."),
        "list" => text("The file lists/NAME.txt, one keyword a line."),
        "match" => {
            words(&MATCHES, "Whether a keyword must be a whole word; by default, in scripts with spaces.")
        }
        _ => words(&FOLDS, "How spellings may differ; standard by default."),
    });
    if let Value::Object(keywords) = &mut keywords {
        keywords.insert("anyOf".into(), json!([{ "required": ["words"] }, { "required": ["list"] }]));
    }
    keywords
}

fn patterns() -> Value {
    object("Regular expressions, with options.", &PATTERNS_KEYS, &["regex"], |key| match key {
        "regex" => described(json!({ "$ref": "#/$defs/words" }), "Regular expressions."),
        _ => words(&PATTERN_FOLDS, "How spellings may differ; standard by default."),
    })
}

fn score() -> Value {
    json!({
        "description": "The least score; the model's own threshold for the language where it is left out.",
        "type": "number", "exclusiveMinimum": 0, "maximum": 1,
    })
}

fn length() -> Value {
    let mut length = object(
        "Size of a text, both ends included.",
        &LENGTH_KEYS,
        &[],
        |_| json!({ "type": "integer", "minimum": 0 }),
    );
    if let Value::Object(length) = &mut length {
        length.insert("minProperties".into(), json!(1));
    }
    length
}

fn case() -> Value {
    let mut case = object("One test.", &CASE_KEYS, &["name", "expect"], |key| match key {
        "name" => text("What it is about."),
        "input" => text("What goes to the model."),
        "output" => text("What the model answers."),
        "role" => words(&ROLES, "Who speaks: the user for input, the assistant for output."),
        "channel" => words(&CHANNELS, "Where it is said; content by default."),
        "model" => text("The model of the exchange."),
        "tenant" => text("The tenant of the exchange."),
        "needs" => words(&CASE_NEEDS, "What the test cannot be run without."),
        _ => object("What should come of it.", &EXPECT_KEYS, &["action"], |key| match key {
            "action" => words(&ACTIONS, "The action."),
            "rule" => text("The rule that wins: its id, or policy/id for that of another policy."),
            _ => text("The text that leaves."),
        }),
    });
    if let Value::Object(case) = &mut case {
        case.insert("oneOf".into(), json!([{ "required": ["input"] }, { "required": ["output"] }]));
    }
    case
}

fn object(description: &str, keys: &[&str], required: &[&str], of: impl Fn(&str) -> Value) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), of(key))).collect();
    let mut object = json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (false, Value::Object(object)) = (required.is_empty(), &mut object) {
        object.insert("required".into(), json!(required));
    }
    object
}

fn words<T>(words: &[(&str, T)], description: &str) -> Value {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    json!({ "description": description, "enum": words })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".into(), json!(description));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::super::tests::EXAMPLE;
    use super::super::yaml::{self, Node};
    use super::super::{compile_str, yaml as tree};
    use super::*;

    fn json_of(node: &Node) -> Value {
        match &node.value {
            tree::Value::Null | tree::Value::Faulty => Value::Null,
            tree::Value::Boolean(value) => json!(value),
            tree::Value::Integer(value) => json!(value),
            tree::Value::Float(value) => json!(value),
            tree::Value::String(text) => json!(text),
            tree::Value::Sequence(items) => items.iter().map(json_of).collect(),
            tree::Value::Mapping(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), json_of(&entry.value))).collect(),
            ),
        }
    }

    fn read(text: &str) -> Value {
        let parsed = yaml::parse(&"a.yaml".into(), text, yaml::Limits::default());
        assert_eq!(parsed.diagnostics, []);
        json_of(&parsed.root.expect("a document"))
    }

    /// Every key that there is.
    const EVERYTHING: &str = r#"
policy: everything
title: Everything
classifiers: optional
mode: monitor
scope: {phase: [output], roles: [assistant], channels: [content], models: ["qwen*"], tenants: ["*"]}
failure: open
joint: " "
rules:
  - id: long
    when: {any: [{length: {min_chars: 1, max_chars: 2}}], all: [{keywords: [a]}], none: {keywords: [b]}}
    action: flag
  - id: words
    when: {keywords: {words: [c], list: x, match: word, fold: exact}}
    severity: critical
    action: redact
    with: "[{{ rule }}]"
    restore: false
    stream: hold
  - id: reply
    when: {keywords: [d]}
    action: deflect
    reply: one
  - id: message
    when: {keywords: [e]}
    action: block
    reply: many
  - id: trained
    when: {classifier: {category: violence, min_score: 0.5, model: m}, refusal: {min_score: 1}, language: [zh]}
    action: flag
    stream: live
  - id: others
    when: {any: [{patterns: {regex: [f], fold: exact}}, {patterns: [g]}, {entities: [email]}, {refusal: true}]}
    action: flag
replies:
  one: "No. {{ id }}"
  many: {en: "No.", zh-Hant: "不。"}
tests:
  - {name: one, input: a, role: tool, channel: content, model: m, tenant: t, needs: classifiers, expect: {action: allow}}
  - {name: two, output: c, expect: {action: redact, rule: words, text: "[words]"}}
"#;

    /// Paths of all mappings whose keys are ours.
    fn mappings(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    mappings(value, format!("{path}/{key}"), found);
                }
                if !path.starts_with("/replies") {
                    found.push(path);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    mappings(value, format!("{path}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn the_schema_and_the_compiler_agree_on_every_key() {
        let validator = jsonschema::draft202012::new(&schema()).expect("the schema is one");
        for text in [EXAMPLE, EVERYTHING] {
            let document = read(text);
            let check = |document: &Value, unknown: usize| {
                assert_eq!(validator.is_valid(document), unknown == 0, "{document}");
                // JSON is YAML.
                let lists = [("lists/x.txt", "x"), ("lists/self-harm-methods.txt", "x")];
                let text = document.to_string();
                let compiled = compile_str(&[("a.yaml", &text), lists[0], lists[1]]);
                let codes = compiled.diagnostics.iter().map(|one| one.code);
                assert_eq!(codes.filter(|code| *code == "unknown-key").count(), unknown, "{document}");
                assert_eq!(compiled.policies.is_some(), unknown == 0, "{document}");
            };
            check(&document, 0);
            let mut paths = Vec::new();
            mappings(&document, String::new(), &mut paths);
            assert!(paths.len() > 8);
            for path in paths {
                let mut document = document.clone();
                let Some(Value::Object(mapping)) = document.pointer_mut(&path) else { panic!("{path}") };
                mapping.insert("unknown".into(), json!("value"));
                check(&document, 1);
            }
        }
    }

    #[test]
    fn values_that_do_not_compile_are_refused() {
        let validator = jsonschema::draft202012::new(&schema()).expect("the schema is one");
        let check = |path: &str, value: Value| {
            let mut document = read(EVERYTHING);
            *document.pointer_mut(path).expect(path) = value;
            assert!(!validator.is_valid(&document), "{path}");
            let text = document.to_string();
            assert!(compile_str(&[("a.yaml", &text), ("lists/x.txt", "x")]).policies.is_none(), "{path}");
        };
        check("/policy", json!("Self Harm"));
        check("/policy", json!(7));
        check("/mode", json!("enforced"));
        check("/scope/phase", json!("output"));
        check("/scope/roles", json!([]));
        check("/scope/roles/0", json!("developer"));
        check("/scope/models", json!([""]));
        check("/rules", json!([]));
        check("/rules/0/when", json!({}));
        check("/rules/0/when", json!([{ "keywords": ["a"] }]));
        check("/rules/0/when/any", json!([]));
        check("/rules/0/when/none", json!({ "keywords": ["a"], "length": { "min_chars": 1 } }));
        check("/rules/0/when/any/0/length", json!({}));
        check("/rules/0/when/any/0/length/min_chars", json!(-1));
        check("/rules/0/action", json!("rewrite"));
        check("/rules/1/when/keywords", json!({ "match": "word" }));
        check("/rules/1/restore", json!("yes"));
        check("/rules/1/when/keywords", json!("c"));
        check("/rules/1/when/keywords/words/0", json!(7));
        check("/rules/1/when/keywords/fold", json!("strongest"));
        check("/classifiers", json!("maybe"));
        check("/rules/4/when/classifier", json!("violence"));
        check("/rules/4/when/classifier", json!({ "min_score": 0.5 }));
        check("/rules/4/when/classifier/min_score", json!(0));
        check("/rules/4/when/classifier/min_score", json!(1.5));
        check("/rules/4/when/classifier/min_score", json!("0.5"));
        check("/rules/4/when/refusal", json!(false));
        check("/rules/4/when/refusal", json!({}));
        check("/rules/4/when/language", json!("zh"));
        check("/rules/4/when/language/0", json!("Chinese"));
        check("/rules/5/when/any/2/entities/0", json!("emails"));
        check("/replies/many", json!({}));
        check("/replies/one", json!(""));
        check("/replies/many/en", json!(""));
        check("/replies/many", json!({ "english": "No." }));
        check("/tests/0", json!({ "name": "n", "expect": { "action": "allow" } }));
        check(
            "/tests/1",
            json!({ "name": "n", "input": "a", "output": "b", "expect": { "action": "allow" } }),
        );
    }
}
