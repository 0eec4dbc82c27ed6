//! From the tree to values: one kind of value at a time, and the sentence for one that is not of its kind.
//!
//! Owns what a number, a choice, a list or an upstream looks like. Refuses to know which keys there are.

use super::document::{Number, Setting, UPSTREAM_KEYS, UpstreamDocument};
use super::fault::Fault;
use super::tree::{Entry, Node, Origin, Value};

/// A group of keys: those it has, under the path that leads to it.
pub(super) struct Section<'a> {
    path: String,
    entries: &'a [Entry],
}

/// The value of a key, and the path that leads to it.
pub(super) struct Field<'a> {
    path: String,
    pub(super) node: &'a Node,
}

impl<'a> Section<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Field<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(Field { path: join(&self.path, key), node: &entry.node })
    }
}

pub(super) struct Reader<'a> {
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &Field<'_>, expected: &str) {
        let message = match &field.node.value {
            Value::Scalar(text) => format!("`{}` must be {expected}, and is `{text}`", field.path),
            _ => format!("`{}` must be {expected}, and is {}", field.path, field.node.kind()),
        };
        self.faults.push(Fault::new(field.node.origin.clone(), message));
    }

    pub(super) fn section<'a>(&mut self, node: &'a Node, path: &str, known: &[&str]) -> Section<'a> {
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            Value::Scalar(_) | Value::List(_) => {
                self.wrong(&Field { path: path.to_owned(), node }, "a group of keys");
                &[]
            }
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            self.faults.push(unknown(&entry.origin, path, &entry.key, known));
        }
        Section { path: path.to_owned(), entries }
    }

    pub(super) fn group<'a>(&mut self, root: &Section<'a>, key: &str, known: &[&str]) -> Section<'a> {
        match root.get(key) {
            Some(field) => self.section(field.node, &field.path, known),
            None => Section { path: key.to_owned(), entries: &[] },
        }
    }

    fn one_text(&mut self, field: &Field<'_>) -> Option<Setting<String>> {
        match &field.node.value {
            Value::Scalar(text) => Some(Setting { value: text.clone(), origin: field.node.origin.clone() }),
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.wrong(field, "a single value");
                None
            }
        }
    }

    pub(super) fn text(&mut self, field: Option<Field<'_>>, setting: &mut Setting<String>) {
        if let Some(text) = field.and_then(|field| self.one_text(&field)) {
            *setting = text;
        }
    }

    /// Headers: a group of names and values, or `name=value` with commas between. No fault shows a value.
    pub(super) fn headers(&mut self, field: &Field<'_>) -> Setting<Vec<(String, String)>> {
        let mut value = Vec::new();
        let form =
            || format!("`{}` must be names and values, or `name=value` with commas between", field.path);
        match &field.node.value {
            Value::Map(entries) => {
                for entry in entries {
                    match &entry.node.value {
                        Value::Scalar(text) => value.push((entry.key.clone(), text.clone())),
                        Value::Null | Value::List(_) | Value::Map(_) => {
                            self.faults.push(Fault::new(entry.origin.clone(), form()));
                        }
                    }
                }
            }
            Value::Scalar(text) => {
                for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
                    match pair.split_once('=') {
                        Some((name, text)) => value.push((name.trim().to_owned(), text.trim().to_owned())),
                        None => self.faults.push(Fault::new(field.node.origin.clone(), form())),
                    }
                }
            }
            Value::Null | Value::List(_) => self.faults.push(Fault::new(field.node.origin.clone(), form())),
        }
        Setting { value, origin: field.node.origin.clone() }
    }

    /// A text that must not show in what is said of it.
    pub(super) fn secret(&mut self, field: Option<Field<'_>>, setting: &mut Setting<String>) {
        let Some(field) = field else { return };
        match &field.node.value {
            Value::Scalar(text) => {
                *setting = Setting { value: text.clone(), origin: field.node.origin.clone() };
            }
            Value::Null | Value::List(_) | Value::Map(_) => self.wrong(&field, "a single value"),
        }
    }

    /// A list of texts; one text alone is a list, at its commas.
    pub(super) fn texts(&mut self, field: &Field<'_>) -> Vec<Setting<String>> {
        match &field.node.value {
            Value::Scalar(text) => {
                let origin = &field.node.origin;
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| Setting { value: part.to_owned(), origin: origin.clone() }).collect()
            }
            Value::List(items) => items
                .iter()
                .enumerate()
                .filter_map(|(index, node)| {
                    self.one_text(&Field { path: format!("{}[{index}]", field.path), node })
                })
                .collect(),
            Value::Null | Value::Map(_) => {
                self.wrong(field, "a list");
                Vec::new()
            }
        }
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        field: Option<Field<'_>>,
        choices: &[(&str, T)],
        setting: &mut Setting<T>,
    ) {
        let Some(field) = field else { return };
        let found = match &field.node.value {
            Value::Scalar(text) => choices.iter().find(|(name, _)| name == text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        match found {
            Some((_, value)) => *setting = Setting { value: *value, origin: field.node.origin.clone() },
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                self.wrong(&field, &format!("one of {}", names.join(", ")));
            }
        }
    }

    pub(super) fn number(&mut self, field: Option<Field<'_>>, number: &Number, setting: &mut Setting<u64>) {
        let Some(field) = field else { return };
        let found = match &field.node.value {
            Value::Scalar(text) => text.parse().ok().filter(|value| number.range.contains(value)),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        };
        match found {
            Some(value) => *setting = Setting { value, origin: field.node.origin.clone() },
            None => {
                let (least, most) = (number.range.start(), number.range.end());
                self.wrong(&field, &format!("a whole number from {least} to {most}"));
            }
        }
    }

    pub(super) fn numbers(
        &mut self,
        root: &Section<'_>,
        key: &str,
        numbers: &[Number],
        settings: &mut [Setting<u64>],
    ) {
        let known: Vec<&str> = numbers.iter().map(|number| number.key).collect();
        let section = self.group(root, key, &known);
        for (number, setting) in numbers.iter().zip(settings) {
            self.number(section.get(number.key), number, setting);
        }
    }

    pub(super) fn upstreams(&mut self, field: &Field<'_>) -> Setting<Vec<UpstreamDocument>> {
        let origin = field.node.origin.clone();
        let value = match &field.node.value {
            Value::List(items) => items
                .iter()
                .enumerate()
                .filter_map(|(index, node)| {
                    self.upstream(&Field { path: format!("upstreams[{index}]"), node })
                })
                .collect(),
            Value::Scalar(_) => self.texts(field).into_iter().map(UpstreamDocument::of_url).collect(),
            Value::Null | Value::Map(_) => {
                self.wrong(field, "a list");
                Vec::new()
            }
        };
        Setting { value, origin }
    }

    /// An upstream is a group of keys, or its URL alone.
    fn upstream(&mut self, field: &Field<'_>) -> Option<UpstreamDocument> {
        if let Value::Scalar(url) = &field.node.value {
            let origin = field.node.origin.clone();
            return Some(UpstreamDocument::of_url(Setting { value: url.clone(), origin }));
        }
        let section = self.section(field.node, &field.path, UPSTREAM_KEYS);
        let name = section.get("name").and_then(|field| self.one_text(&field));
        let models = match section.get("models") {
            Some(field) => self.texts(&field),
            None => vec!["*".to_owned().into()],
        };
        let Some(url) = section.get("url") else {
            let fault = Fault::new(field.node.origin.clone(), format!("`{}` has no `url`", field.path));
            self.faults.push(fault.help("write where the backend listens: `url: \"http://127.0.0.1:8000\"`"));
            return None;
        };
        let url = self.one_text(&url)?;
        Some(UpstreamDocument { name, url, models })
    }
}

fn unknown(origin: &Origin, path: &str, key: &str, known: &[&str]) -> Fault {
    // Whoever set a variable is told variables.
    let written = |key: &str| match origin {
        Origin::Environment(_) => {
            format!("QWARDEN_{}", join(path, key).replace('.', "__").to_ascii_uppercase())
        }
        Origin::Default | Origin::File { .. } | Origin::Flag(_) => key.to_owned(),
    };
    let closest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(key, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min();
    let names: Vec<String> = known.iter().map(|key| written(key)).collect();
    let known = format!("known here: {}", names.join(", "));
    Fault::new(origin.clone(), format!("there is no setting `{}`", join(path, key))).help(match closest {
        Some((_, closest)) => format!("did you mean `{}`? {known}", written(closest)),
        None => known,
    })
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
