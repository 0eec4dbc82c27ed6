//! The JSON Schema of a policy file, for editors that complete and check as one types.
//!
//! It is built from the same tables of keys and words that the decoder reads with, so that the two
//! cannot drift apart. What a schema cannot say (names that meet, templates, folding) is left to
//! `policy check`.

use serde_json::{Map, Value, json};

use super::condition::{DETECTORS, FOLDS, KEYWORDS_KEYS, LENGTH_KEYS, MATCHES};
use super::document::{
    ACTIONS, CHANNELS, FAILURES, MODES, PHASES, POLICY_KEYS, ROLES, RULE_KEYS, SCOPE_KEYS, SEVERITIES,
    STREAMS,
};
use super::suite::{CASE_KEYS, EXPECT_KEYS};

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
    object("One policy.", &POLICY_KEYS, &["policy", "rules"], |key| match key {
        "policy" => described(json!({ "$ref": "#/$defs/name" }), "Its name, unique among all policies."),
        "title" => text("What people call it; the name where it is left out."),
        "mode" => words(&MODES, "Whether the policy acts; monitor decides and audits, and changes nothing."),
        "scope" => scope(),
        "failure" => words(&FAILURES, "What happens when something that the policy needs is down."),
        "joint" => {
            text("What stands between text that was already sent and a deflection; a blank line by default.")
        }
        "rules" => json!({ "type": "array", "minItems": 1, "items": rule() }),
        "replies" => json!({
            "description": "Texts that rules send, by name: one for each language, or one for all.",
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": { "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$" },
                        "additionalProperties": { "type": "string" },
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
    })
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
