//! Conditions: a rule's `when` as written.
//!
//! A condition is a mapping. `any`, `all` and `none` hold lists of conditions, every other key is a
//! detector, and several keys in one mapping mean that all of them must be true. A list on its own
//! is a fault: half of its readers would take it for "any", the others for "all".

mod learned;

pub use learned::{CLASSIFIER_KEYS, REFUSAL_KEYS};

use super::decode::{Reader, Spanned};
use super::diagnostic::{Span, did_you_mean};
use super::yaml::{Entry, Node, Value};
use super::{Fold, MatchMode, Score};

/// A condition as written.
#[derive(Debug)]
pub enum Condition {
    /// Every one is true.
    All(Vec<Condition>),
    /// At least one is true.
    Any(Vec<Condition>),
    /// None is true.
    None(Vec<Condition>),
    /// A detector finds something.
    Detector(DetectorDocument),
    /// Something that was reported.
    Faulty,
}

/// A detector as written.
#[derive(Debug)]
pub enum DetectorDocument {
    /// `keywords:`
    Keywords {
        /// Where the detector stands.
        span: Span,
        /// Those written in the file.
        words: Vec<Spanned<String>>,
        /// The list that holds more.
        list: Option<Spanned<String>>,
        /// `match:`
        mode: Option<MatchMode>,
        /// `fold:`
        fold: Option<Fold>,
    },
    /// `patterns:`
    Patterns {
        /// Where the detector stands.
        span: Span,
        /// The expressions as written.
        patterns: Vec<Spanned<String>>,
        /// `fold:`
        fold: Option<Fold>,
    },
    /// `entities:`
    Entities {
        /// Where the detector stands.
        span: Span,
        /// The kinds as written.
        kinds: Vec<Spanned<String>>,
    },
    /// `classifier:`
    Classifier {
        /// Where the detector stands.
        span: Span,
        /// `category:`
        category: Spanned<String>,
        /// `min_score:`
        min_score: Option<Score>,
        /// `model:`
        model: Option<Spanned<String>>,
    },
    /// `refusal:`
    Refusal {
        /// Where the detector stands.
        span: Span,
        /// `min_score:`
        min_score: Option<Score>,
    },
    /// `language:`
    Language {
        /// Where the detector stands.
        span: Span,
        /// The codes as written.
        codes: Vec<Spanned<String>>,
    },
    /// `length:`
    Length {
        /// Where the detector stands.
        span: Span,
        /// `min_chars:`
        min_chars: Option<usize>,
        /// `max_chars:`
        max_chars: Option<usize>,
    },
}

/// The keys that combine conditions.
pub const COMBINATORS: [&str; 3] = ["any", "all", "none"];
/// The detectors that are built.
pub const DETECTORS: [&str; 7] =
    ["keywords", "patterns", "entities", "classifier", "refusal", "language", "length"];
/// What a list of patterns looks like.
const PATTERN_EXAMPLE: &str = r"['order-\d+']";
/// The keys of a patterns detector.
pub const PATTERNS_KEYS: [&str; 2] = ["regex", "fold"];
/// The keys of a keywords detector.
pub const KEYWORDS_KEYS: [&str; 4] = ["words", "list", "match", "fold"];
/// The kinds of entities that `screen::entities` knows; a test there compares the two.
pub const ENTITIES: [&str; 17] = [
    "email",
    "phone",
    "credit_card",
    "bank_card_cn",
    "iban",
    "cn_resident_id",
    "us_ssn",
    "uk_nino",
    "passport",
    "ip",
    "mac",
    "url",
    "crypto_wallet",
    "api_key",
    "private_key",
    "jwt",
    "password",
];
/// The keys of a length detector.
pub const LENGTH_KEYS: [&str; 2] = ["min_chars", "max_chars"];
/// The words for how a keyword must stand.
pub const MATCHES: [(&str, MatchMode); 2] = [("word", MatchMode::Word), ("substring", MatchMode::Substring)];
/// The words for how spellings may differ.
pub const FOLDS: [(&str, Fold); 3] =
    [("exact", Fold::Exact), ("standard", Fold::Standard), ("strong", Fold::Strong)];
/// The same for patterns: what `strong` passes over means something to a pattern.
pub const PATTERN_FOLDS: [(&str, Fold); 2] = [("exact", Fold::Exact), ("standard", Fold::Standard)];

/// Reads a condition. The depth of the tree is bounded by the parser's limit.
pub fn decode(reader: &mut Reader<'_>, node: &Node) -> Condition {
    let entries = match &node.value {
        Value::Mapping(entries) => entries,
        Value::Sequence(_) => {
            let message = "a list here could mean any of its items or all of them";
            let fault = reader.fault("ambiguous-condition", node.span, message);
            reader.report(fault.help("put `any:` or `all:` in front of the list"));
            return Condition::Faulty;
        }
        Value::String(text) => {
            let help = format!("write `keywords: [\"{}\"]`", text.escape_default());
            reader.wrong_type(node, "a condition", "a mapping", &help);
            return Condition::Faulty;
        }
        _ => {
            reader.wrong_type(node, "a condition", "a mapping", "write `keywords: [\"a phrase\"]`");
            return Condition::Faulty;
        }
    };
    let mut parts: Vec<Condition> = entries.iter().map(|entry| part(reader, entry)).collect();
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            Condition::All(parts)
        }
        (_, None) => {
            let fault = reader.fault("empty-condition", node.span, "a condition cannot be empty");
            reader.report(fault.help("write a detector, such as `keywords: [\"a phrase\"]`"));
            Condition::Faulty
        }
    }
}

fn part(reader: &mut Reader<'_>, entry: &Entry) -> Condition {
    match &*entry.key {
        "any" => children(reader, entry).map_or(Condition::Faulty, Condition::Any),
        "all" => children(reader, entry).map_or(Condition::Faulty, Condition::All),
        "none" => children(reader, entry).map_or(Condition::Faulty, Condition::None),
        "keywords" => keywords(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "patterns" => patterns(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "entities" => entities(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "classifier" => learned::classifier(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "refusal" => learned::refusal(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "language" => learned::language(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        "length" => length(reader, entry).map_or(Condition::Faulty, Condition::Detector),
        unknown => {
            let known: Vec<&str> = COMBINATORS.iter().chain(&DETECTORS).copied().collect();
            let named = known.iter().copied();
            let fault =
                reader.fault("unknown-key", entry.key_span, format!("a condition has no key `{unknown}`"));
            let all = format!("the keys are {}", known.join(", "));
            reader.report(fault.help(match did_you_mean(unknown, named) {
                Some(meant) => format!("did you mean `{meant}`? {all}"),
                None => all,
            }));
            Condition::Faulty
        }
    }
}

/// What stands under `any`, `all` or `none`. One condition need not be put in a list.
fn children(reader: &mut Reader<'_>, entry: &Entry) -> Option<Vec<Condition>> {
    let of = format!("`{}`", entry.key);
    if let Value::Mapping(entries) = &entry.value.value {
        if entries.len() > 1 {
            let message = format!("{of} holds a list, and these keys could be one item of it or several");
            let fault = reader.fault("ambiguous-condition", entry.value.span, message);
            reader.report(fault.help("put `- ` in front of each item"));
        }
        return Some(vec![decode(reader, &entry.value)]);
    }
    let items = reader.list(&entry.value, &of, "- keywords: [\"a phrase\"]")?;
    Some(items.iter().map(|item| decode(reader, item)).collect())
}

fn keywords(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let node = &entry.value;
    if !matches!(node.value, Value::Mapping(_)) {
        let words = words(reader, node, "`keywords`")?;
        let span = entry.key_span;
        return Some(DetectorDocument::Keywords { span, words, list: None, mode: None, fold: None });
    }
    let fields = reader.fields(node, "`keywords`", &KEYWORDS_KEYS)?;
    let mut faulty = false;
    let words = match fields.find("words") {
        None => Vec::new(),
        Some(node) => words(reader, node, "`words`").unwrap_or_else(|| {
            faulty = true;
            Vec::new()
        }),
    };
    let list = fields.find("list").and_then(|node| {
        let name = reader.string(node, "`list`");
        faulty |= name.is_none();
        name.map(|name| Spanned { value: name.value.to_owned(), span: name.span })
    });
    if fields.find("words").is_none() && fields.find("list").is_none() {
        reader.required(&fields, "words", "[\"a phrase\"]` or `list: a-name");
        faulty = true;
    }
    let mode = fields.find("match").and_then(|node| reader.choice(node, "`match`", &MATCHES));
    let fold = fields.find("fold").and_then(|node| reader.choice(node, "`fold`", &FOLDS));
    let span = entry.key_span;
    (!faulty).then_some(DetectorDocument::Keywords { span, words, list, mode, fold })
}

fn patterns(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let (node, span) = (&entry.value, entry.key_span);
    if !matches!(node.value, Value::Mapping(_)) {
        let patterns = texts(reader, node, "`patterns`", "a pattern", PATTERN_EXAMPLE)?;
        return Some(DetectorDocument::Patterns { span, patterns, fold: None });
    }
    let fields = reader.fields(node, "`patterns`", &PATTERNS_KEYS)?;
    let Some(written) = fields.find("regex") else {
        reader.required(&fields, "regex", PATTERN_EXAMPLE);
        return None;
    };
    let patterns = texts(reader, written, "`regex`", "a pattern", PATTERN_EXAMPLE)?;
    let fold = fields.find("fold").and_then(|node| reader.choice(node, "`fold`", &PATTERN_FOLDS));
    Some(DetectorDocument::Patterns { span, patterns, fold })
}

fn entities(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let kinds = texts(reader, &entry.value, "`entities`", "an entity", "[email]")?;
    Some(DetectorDocument::Entities { span: entry.key_span, kinds })
}

/// A list of texts that are taken as they are written.
fn texts(
    reader: &mut Reader<'_>,
    node: &Node,
    of: &str,
    one: &str,
    example: &str,
) -> Option<Vec<Spanned<String>>> {
    let items = reader.list(node, of, example)?;
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        let Some(text) = reader.string(item, one) else { continue };
        if text.value.is_empty() {
            let fault = reader.fault("empty-text", text.span, format!("{one} cannot be empty"));
            reader.report(fault.help("write one, or remove it"));
        } else {
            texts.push(Spanned { value: text.value.to_owned(), span: text.span });
        }
    }
    Some(texts)
}

fn words(reader: &mut Reader<'_>, node: &Node, of: &str) -> Option<Vec<Spanned<String>>> {
    if let Value::String(text) = &node.value {
        reader.wrong_type(node, of, "a list", &format!("write [\"{}\"]", text.escape_default()));
        return None;
    }
    let items = reader.list(node, of, "[\"a phrase\"]")?;
    let mut words = Vec::with_capacity(items.len());
    for item in items {
        let Some(word) = reader.string(item, "a keyword") else { continue };
        if word.value.trim().is_empty() {
            let fault = reader.fault("empty-text", word.span, "a keyword cannot be empty");
            reader.report(fault.help("write a word or a phrase, or remove it"));
        } else {
            words.push(Spanned { value: word.value.trim().to_owned(), span: word.span });
        }
    }
    Some(words)
}

fn length(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let fields = reader.fields(&entry.value, "`length`", &LENGTH_KEYS)?;
    let mut bound = |key: &str| reader.count(fields.find(key)?, &format!("`{key}`"));
    let (min_chars, max_chars) = (bound("min_chars"), bound("max_chars"));
    let span = entry.key_span;
    if fields.entries().iter().all(|entry| !LENGTH_KEYS.contains(&&*entry.key)) {
        reader.required(&fields, "min_chars", "1` or `max_chars: 4000");
        return None;
    }
    if let (Some(min), Some(max)) = (min_chars, max_chars)
        && min > max
    {
        let message = format!("no text has at least {min} and at most {max} characters");
        let fault = reader.fault("empty-range", entry.value.span, message);
        reader.report(fault.help(format!("write {{min_chars: {max}, max_chars: {min}}}")));
        return None;
    }
    Some(DetectorDocument::Length { span, min_chars, max_chars })
}
