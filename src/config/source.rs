//! Where settings come from: the file, the environment, the flags, in rising order of precedence.
//!
//! Owns finding the file, the naming of variables and the laying of one source over the other.
//! Refuses to know which keys there are: what nobody reads is found by `document`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::fault::Fault;
use super::tree::{Entry, Node, Origin, Source, Value, parse};

/// The file that is read when none is named, if it is there.
pub const FILE: &str = "qwarden.yaml";
/// What every variable begins with.
const PREFIX: &str = "QWARDEN_";
/// Variables with the prefix that are no settings.
const RESERVED: &[&str] = &["QWARDEN_CONFIG"];

/// The settings that have flags. Every setting has a key in `qwarden.yaml` and a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Options {
    /// Configuration file [default: qwarden.yaml, where there is one]
    #[arg(long, value_name = "FILE", env = "QWARDEN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address that clients talk to [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Address of the console, metrics and health [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub admin: Option<String>,
    /// Backend for all models; may be given more than once
    #[arg(long, value_name = "URL")]
    pub upstream: Vec<String>,
    /// Folder of the policies [default: policies]
    #[arg(long, value_name = "DIR")]
    pub policies: Option<PathBuf>,
    /// Folder of the classifiers [default: classifiers]
    #[arg(long, value_name = "DIR")]
    pub classifiers: Option<PathBuf>,
    /// Folder of the audit log [default: audit]
    #[arg(long, value_name = "DIR")]
    pub audit_dir: Option<PathBuf>,
}

/// A configuration file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, as it was given.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl File {
    /// Reads the file that the options name, or `qwarden.yaml` where there is one.
    pub(super) fn find(options: &Options) -> Result<Option<Self>, Fault> {
        let (path, named) = match &options.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(FILE), false),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self { path, text })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Ok(None),
            Err(error) => {
                Err(Fault::new(Origin::Default, format!("could not read {}: {error}", path.display())))
            }
        }
    }
}

/// All sources as one tree.
pub(super) fn gather(
    file: Option<&File>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    options: &Options,
    faults: &mut Vec<Fault>,
) -> Node {
    let mut tree = Node::empty();
    if let Some(file) = file {
        let root = parse(&Source::file(&file.path), &file.text, faults);
        match root.value {
            Value::Map(_) => tree.overlay(root),
            Value::Null => {}
            Value::Scalar(_) | Value::List(_) => {
                let message = format!("the file must hold keys and values, and holds {}", root.kind());
                faults.push(Fault::new(root.origin, message));
            }
        }
    }
    // In the order of their names, so that faults come in the same order every time.
    let mut variables: Vec<(String, OsString)> = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX) && !RESERVED.contains(&name.as_str()))
        .collect();
    variables.sort();
    for (name, value) in variables {
        variable(&name, value, &mut tree, faults);
    }
    for (flag, key, value) in flags(options) {
        tree.overlay(nested(&key, &Origin::Flag(flag), value));
    }
    tree
}

fn variable(name: &str, value: OsString, tree: &mut Node, faults: &mut Vec<Fault>) {
    let shared: Arc<str> = name.into();
    let origin = Origin::Environment(Arc::clone(&shared));
    let Ok(value) = value.into_string() else {
        faults.push(Fault::new(origin, "the value is not UTF-8"));
        return;
    };
    // `VARIABLE=` is how compose files and unit files leave a variable out.
    if value.trim().is_empty() {
        return;
    }
    let key: Vec<String> =
        name.trim_start_matches(PREFIX).split("__").map(|part| part.to_ascii_lowercase()).collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    // Lists and groups are written as JSON, which is YAML too.
    let node = if value.trim_start().starts_with(['[', '{']) {
        parse(&Source::Environment(shared), &value, faults).value
    } else {
        Value::Scalar(value)
    };
    tree.overlay(nested(&key, &origin, node));
}

fn flags(options: &Options) -> Vec<(&'static str, Vec<&'static str>, Value)> {
    let text = |text: &String| Value::Scalar(text.clone());
    // A path that is no UTF-8 cannot be said in a file either; it shows as it can.
    let path = |path: &PathBuf| Value::Scalar(path.display().to_string());
    let upstreams = (!options.upstream.is_empty()).then(|| {
        let node = |url| Node { origin: Origin::Flag("--upstream"), value: text(url) };
        Value::List(options.upstream.iter().map(node).collect())
    });
    [
        ("--listen", vec!["listen"], options.listen.as_ref().map(text)),
        ("--admin", vec!["admin"], options.admin.as_ref().map(text)),
        ("--upstream", vec!["upstreams"], upstreams),
        ("--policies", vec!["policies"], options.policies.as_ref().map(path)),
        ("--classifiers", vec!["classifiers"], options.classifiers.as_ref().map(path)),
        ("--audit-dir", vec!["audit", "dir"], options.audit_dir.as_ref().map(path)),
    ]
    .into_iter()
    .filter_map(|(flag, key, value)| Some((flag, key, value?)))
    .collect()
}

/// `a.b.c: value` as a tree.
fn nested(key: &[&str], origin: &Origin, value: Value) -> Node {
    key.iter().rev().fold(Node { origin: origin.clone(), value }, |node, part| {
        let entry = Entry { key: (*part).to_owned(), origin: origin.clone(), node };
        Node { origin: origin.clone(), value: Value::Map(vec![entry]) }
    })
}

/// The folder that relative paths of a file are relative to.
pub(super) fn base(file: Option<&File>) -> &Path {
    file.and_then(|file| file.path.parent()).unwrap_or(Path::new(""))
}
