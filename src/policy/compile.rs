//! Compiling: from the bytes of a folder to immutable [`Policies`], with every fault of every file
//! in one run.
//!
//! A pure function: the same sources give the same policies and the same diagnostics. Each file is
//! decoded on its own; then names are joined (lists, replies, rules of tests); then what compiled
//! is looked at as a whole (`checks`). A file with a fault never stops the others from being read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::checks;
use super::decode::Reader;
use super::diagnostic::{self, Diagnostic, Severity, Span, did_you_mean};
use super::document::{self, Document};
use super::lists::{self, List};
use super::masks::MaskRules;
use super::rules::{Rules, Surroundings, index};
use super::sources::{Content, SourceFile, Sources};
use super::suite::Suite;
use super::template::{Template, TemplateError, VARIABLES};
use super::vocabulary::Vocabulary;
use super::{
    Channel, Glob, Mode, Offer, Phase, Policies, Policy, PolicyId, Reply, Revision, Role, Scope, yaml,
};

/// What compiling may be told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The fold of `fold: standard`, so that keywords of which nothing is left can be found.
    pub fold: fn(&str) -> String,
    /// Bounds on the YAML of one file.
    pub limits: yaml::Limits,
    /// The classifiers that rules can ask.
    pub offer: Arc<Offer>,
}

impl Options {
    /// The revision of policies under these classifiers: whoever changes either changes what is decided.
    #[must_use]
    pub fn revision(&self, sources: &Sources) -> Revision {
        sources.revision(self.offer.digest())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { fold: crate::text::fold::standard, limits: yaml::Limits::default(), offer: Arc::default() }
    }
}

/// What came of a folder.
#[derive(Debug)]
pub struct Compiled {
    /// The policies; absent where any diagnostic is an error.
    pub policies: Option<Policies>,
    /// The tests of all policies, by policy; those that could be read, where there are errors.
    pub suites: Vec<Suite>,
    /// All faults, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// How many diagnostics are as bad as this.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Compiles files that are given as names and contents. A list is named `lists/NAME.txt`.
#[must_use]
pub fn compile_str(files: &[(&str, &str)]) -> Compiled {
    compile(&Sources::from_files(files.iter().copied()), &Options::default())
}

/// Compiles a folder.
#[must_use]
pub fn compile(sources: &Sources, options: &Options) -> Compiled {
    let texts: Vec<(&SourceFile, Cow<'_, str>)> =
        sources.files.iter().map(|file| (file, file.text())).collect();
    let mut diagnostics = folder_faults(sources);
    let mut lists: BTreeMap<&str, List> = BTreeMap::new();
    let mut units: Vec<Unit<'_>> = Vec::new();
    for (file, text) in &texts {
        let fault = file_fault(file, text);
        let readable = matches!(file.content, Content::Bytes(_));
        let faulty = fault.is_some();
        diagnostics.extend(fault);
        if let Some(name) = file.list_name() {
            let mut faults = Vec::new();
            let list = lists::parse(&file.name, text, &mut faults);
            // What is wrong with the lines of a file that is not text is not worth saying.
            diagnostics.extend(faults.into_iter().filter(|_| !faulty));
            lists.insert(name, list);
        } else if readable {
            units.push(Unit::read(&file.name, text, options, &mut diagnostics));
        }
    }
    repeated_names(&mut units);
    units.sort_by(|a, b| a.name().cmp(&b.name()).then_with(|| a.reader.file().cmp(b.reader.file())));
    let mut rules = Rules::new(Vocabulary::new(&lists, options.fold), &options.offer);
    let mut masks = Rules::new(Vocabulary::new(&lists, options.fold), &options.offer);
    let mut policies = Vec::new();
    for unit in &mut units {
        let policy = unit.compile(&mut rules, policies.len());
        let of = (PolicyId(index(policies.len())), &*policy.name);
        masks.add_masks(&mut unit.reader, &unit.document, of, policy.mode != Mode::Off);
        policies.push(policy);
    }
    let suites = suites(&mut units);
    for unit in units {
        // What stood next to a break may have been misread, and what it seems to say is not worth
        // a word.
        let last = unit.broken_at.map_or(u32::MAX, |line| line.saturating_sub(2));
        let faults = unit.reader.into_diagnostics();
        diagnostics.extend(faults.into_iter().filter(|one| one.span.is_none_or(|span| span.line <= last)));
    }
    let by_name: HashMap<&str, &str> = texts.iter().map(|(file, text)| (&*file.name, &**text)).collect();
    let text_of = |name: &str| by_name.get(name).copied().unwrap_or_default();
    let used = &rules.vocabulary.used_lists | &masks.vocabulary.used_lists;
    checks::unused_lists(&lists, &used, &mut diagnostics);
    checks::outranked(&policies, &rules, &text_of, &mut diagnostics);
    diagnostics.extend(rules.vocabulary.diagnostics(&text_of));
    diagnostics.extend(masks.vocabulary.diagnostics(&text_of));
    diagnostic::sort(&mut diagnostics);
    let sound = diagnostics.iter().all(|one| one.severity != Severity::Error);
    let policies = sound.then(|| {
        let Rules { rules, detectors, .. } = rules;
        let masks = MaskRules { rules: masks.rules, detectors: masks.detectors };
        Policies { revision: options.revision(sources), policies, rules, detectors, masks }
    });
    Compiled { policies, suites, diagnostics }
}

/// One policy file on its way.
struct Unit<'s> {
    reader: Reader<'s>,
    document: Document,
    /// The line on which reading broke off, where it did: a name that the file lacks may stand there.
    broken_at: Option<u32>,
}

impl<'s> Unit<'s> {
    fn read(file: &'s Arc<str>, text: &'s str, options: &Options, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let parsed = yaml::parse(file, text, options.limits);
        diagnostics.extend(parsed.diagnostics);
        let mut reader = Reader::new(file, text, parsed.broken_at.is_none());
        let document = match &parsed.root {
            Some(root) => document::decode(&mut reader, root),
            None => {
                if parsed.broken_at.is_none() {
                    let fault =
                        Diagnostic::of_file(Severity::Error, "empty-file", file, "the file has no policy");
                    reader.report(fault.help("write a policy, or remove the file"));
                }
                Document::default()
            }
        };
        Self { reader, document, broken_at: parsed.broken_at }
    }

    fn name(&self) -> Option<&str> {
        self.document.name.as_ref().map(|name| &*name.value)
    }

    fn compile(&mut self, rules: &mut Rules<'_>, position: usize) -> Policy {
        let (reader, document) = (&mut self.reader, &self.document);
        let name: Arc<str> = document.name.as_ref().map_or("", |name| &*name.value).into();
        let replies = replies(reader, document);
        let scope = scope(document);
        if let Some(span) = document.scope.sound
            && !checks::reaches_something(&scope)
        {
            let message = "no text is in this scope, so no rule of the policy can ever fire";
            let warning = reader.warning("scope-reaches-nothing", span, message);
            reader.report(warning.help("the texts of the phase output have the role assistant"));
        }
        let mode = document.mode.as_ref().map(|mode| mode.value).unwrap_or_default();
        if let (Some(written), Mode::Off) = (&document.mode, mode) {
            let note = reader.note("policy-off", written.span, "the rules of this policy are not in force");
            reader.report(note.help("write `mode: enforce`, or `mode: monitor` to see what they would do"));
        }
        let mut around = Surroundings {
            policy: (PolicyId(index(position)), &name),
            in_force: mode != Mode::Off,
            sees_history: document.scope.roles.as_ref().is_none_or(|roles| roles.contains(&Role::Assistant)),
            sees_prompts: document.scope.phases.as_ref().is_none_or(|phases| phases.contains(&Phase::Input)),
            sees_replies: document.scope.phases.as_ref().is_none_or(|phases| phases.contains(&Phase::Output)),
            need: document.classifiers.unwrap_or_default(),
            complete: self.broken_at.is_none(),
            replies: &replies,
            used_replies: BTreeSet::new(),
        };
        rules.add_policy(reader, document, &mut around);
        if self.broken_at.is_none() {
            checks::unused_replies(reader, document, &around.used_replies);
        }
        Policy {
            title: document.title.as_deref().map_or_else(|| Arc::clone(&name), Into::into),
            name,
            mode,
            scope,
            failure: document.failure.unwrap_or_default(),
            joint: document.joint.as_deref().unwrap_or("\n\n").into(),
            file: Arc::clone(reader.file()),
        }
    }
}

/// Faults of the folder as a whole.
fn folder_faults(sources: &Sources) -> Vec<Diagnostic> {
    let folder: Arc<str> = "".into();
    let mut faults = Vec::new();
    if sources.files.iter().all(|file| file.list_name().is_some()) {
        let message = "the folder has no policies, so nothing is screened";
        let warning = Diagnostic::of_file(Severity::Warning, "no-policies", &folder, message);
        faults.push(warning.help("add a file such as `self-harm.yaml`"));
    }
    for ignored in &sources.ignored {
        let message = format!("the policy files in the folder {ignored} are not read");
        let warning = Diagnostic::of_file(Severity::Warning, "folder-ignored", &folder, message);
        faults.push(warning.help("move them to the policies folder itself"));
    }
    faults
}

/// What makes a whole file unusable.
fn file_fault(file: &SourceFile, text: &str) -> Option<Diagnostic> {
    match &file.content {
        Content::Unreadable(why) => {
            let message = format!("the file cannot be read: {why}");
            Some(Diagnostic::of_file(Severity::Error, "unreadable-file", &file.name, message))
        }
        Content::TooLarge(limit) => {
            let message = format!("the file is larger than {} MiB", limit >> 20);
            let fault = Diagnostic::of_file(Severity::Error, "too-large", &file.name, message);
            Some(fault.help("split it"))
        }
        Content::Bytes(bytes) => {
            let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
            let at = std::str::from_utf8(bytes).err()?.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let span = yaml::span_of(text, at, '\u{fffd}'.len_utf8());
            let message = format!("the byte {byte:#04x} is not UTF-8");
            let fault = Diagnostic::at(Severity::Error, "not-utf8", (&file.name, text), span, message);
            Some(fault.help("save the file as UTF-8"))
        }
    }
}

/// Reports policies that have the name of another. The first file by name keeps it.
fn repeated_names(units: &mut [Unit<'_>]) {
    let mut first: HashMap<String, (Arc<str>, Span)> = HashMap::new();
    for unit in units {
        let Some(name) = &unit.document.name else { continue };
        let Some((file, span)) = first.get(&name.value) else {
            first.insert(name.value.clone(), (Arc::clone(unit.reader.file()), name.span));
            continue;
        };
        let message = format!("another file has a policy of the name `{}`", name.value);
        let fault = unit.reader.fault("duplicate-policy", name.span, message);
        unit.reader.report(fault.help("give it a name of its own").label(file, *span, "first written here"));
    }
}

fn scope(document: &Document) -> Scope {
    let globs = |patterns: &Option<Vec<String>>| match patterns {
        Some(patterns) => patterns.iter().map(|pattern| Glob::new(pattern)).collect(),
        None => vec![Glob::new("*")],
    };
    let everyone = [Role::User, Role::Assistant, Role::Tool, Role::System];
    let scope = &document.scope;
    Scope {
        phases: scope.phases.clone().unwrap_or_else(|| vec![Phase::Input, Phase::Output]),
        roles: scope.roles.clone().unwrap_or_else(|| everyone.to_vec()),
        channels: scope
            .channels
            .clone()
            .unwrap_or_else(|| vec![Channel::Content, Channel::Reasoning, Channel::ToolCall]),
        models: globs(&scope.models),
        tenants: globs(&scope.tenants),
    }
}

/// The replies whose templates are fine, by name.
fn replies(reader: &mut Reader<'_>, document: &Document) -> BTreeMap<String, Arc<Reply>> {
    let mut replies = BTreeMap::new();
    for written in &document.replies {
        let mut texts: Vec<(Arc<str>, Template)> = Vec::new();
        for (language, text) in &written.texts {
            if let Some(template) = template(reader, &text.value, text.span) {
                texts.push((language.as_str().into(), template));
            }
        }
        let name: Arc<str> = written.name.value.as_str().into();
        replies.insert(written.name.value.clone(), Arc::new(Reply { name, texts }));
    }
    replies
}

/// A template, or a report of why it is none.
pub(super) fn template(reader: &mut Reader<'_>, source: &str, span: Span) -> Option<Template> {
    let error = match Template::parse(source) {
        Ok(template) => return Some(template),
        Err(error) => error,
    };
    let names = || VARIABLES.iter().map(|(name, _)| *name);
    let fault = match &error {
        TemplateError::UnknownVariable(variable) => {
            let all = format!("the variables are {}", names().collect::<Vec<_>>().join(", "));
            let fault = reader.fault("unknown-variable", span, error.to_string());
            fault.help(match did_you_mean(variable, names()) {
                Some(meant) => format!("did you mean `{meant}`? {all}"),
                None => all,
            })
        }
        TemplateError::Syntax(_) | TemplateError::Render(_) => reader
            .fault("bad-template", span, format!("this is not a template: {error}"))
            .help("write variables as `{{ id }}`, and literal braces as `{{ '{{' }}`"),
    };
    reader.report(fault);
    None
}

/// The tests of all policies, with the full names of their rules.
fn suites(units: &mut [Unit<'_>]) -> Vec<Suite> {
    let ids = |unit: &Unit<'_>| -> Vec<String> {
        let name = unit.name().unwrap_or_default();
        let ids = unit.document.rules.iter().filter_map(|rule| rule.id.as_ref());
        ids.map(|id| format!("{name}/{}", id.value)).collect()
    };
    let known: BTreeSet<String> = units.iter().flat_map(ids).collect();
    // A rule whose own file is broken cannot be told from one that does not exist.
    let all_read = units.iter().all(|unit| unit.broken_at.is_none());
    let mut suites = Vec::new();
    for unit in units {
        let policy: Arc<str> = unit.name().unwrap_or_default().into();
        let own = unit.document.rules.iter().all(|rule| rule.id.is_some());
        let mut names = BTreeSet::new();
        let mut cases = Vec::new();
        for case in std::mem::take(&mut unit.document.tests) {
            let rule = case.rule.as_ref().map(|rule| match rule.value.contains('/') {
                true => rule.value.clone(),
                false => format!("{policy}/{}", rule.value),
            });
            if let (Some(path), Some(written)) = (&rule, &case.rule)
                && !known.contains(path)
                && (all_read && own)
            {
                let message = format!("there is no rule `{}`", written.value);
                let fault = unit.reader.fault("unknown-rule", written.span, message);
                let prefix = format!("{policy}/");
                let near: Vec<&str> = known.iter().filter_map(|path| path.strip_prefix(&prefix)).collect();
                let all = format!("the rules of this policy are {}", near.join(", "));
                unit.reader.report(fault.help(match did_you_mean(&written.value, near.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`? {all}"),
                    None => all,
                }));
            }
            if !names.insert(case.name.value.clone()) {
                let message = "another test of this policy has the same name";
                let warning = unit.reader.warning("duplicate-test", case.name.span, message);
                unit.reader.report(warning.help("give it a name of its own"));
            }
            cases.push(case.link(rule.map(Into::into)));
        }
        if !cases.is_empty() {
            suites.push(Suite { policy, file: Arc::clone(unit.reader.file()), cases });
        }
    }
    suites
}
