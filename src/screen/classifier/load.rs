//! Loading: from a folder to models that were tried.
//!
//! Owns which folders are models, and what models say about each other. Everything that is wrong is reported in
//! one run; nothing that is wrong is loaded.

use std::path::Path;

use crate::policy::diagnostic::{self, Diagnostic, Severity};

use super::fault::{LoadFaults, MISSING_FOLDER};
use super::manifest::Manifest;
use super::model::Model;
use super::place::Place;
use super::question::{LabelRef, Tier};

/// Name of a manifest.
pub const MANIFEST: &str = "classifier.yaml";
/// Most models of a folder.
const MAX_MODELS: usize = 64;

/// Loads every model of a folder; those that are `known`, with the same bytes in every file, are taken over.
pub(super) fn folder(folder: &Path, known: &[Model]) -> Result<Vec<Model>, LoadFaults> {
    let mut faults = LoadFaults::default();
    let mut names: Vec<String> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join(MANIFEST).is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect(),
        Err(error) => {
            let message =
                format!("the folder of the classifiers {} cannot be read: {error}", folder.display());
            let fault = Diagnostic::of_file(Severity::Error, MISSING_FOLDER, &"".into(), message);
            faults
                .diagnostics
                .push(fault.help("name it with `--classifiers DIR`, or set `classifiers` in qwarden.yaml"));
            return Err(faults);
        }
    };
    names.sort();
    if names.len() > MAX_MODELS {
        let message = format!("the folder holds {} classifiers, and {MAX_MODELS} is the most", names.len());
        faults.diagnostics.push(Diagnostic::of_file(
            Severity::Error,
            "too-many-classifiers",
            &"".into(),
            message,
        ));
        return Err(faults);
    }
    let (mut found, total) = (Vec::new(), names.len());
    for name in names {
        let place = Place { folder: folder.join(&name), name };
        if let Some(manifest) = place.manifest(&mut faults) {
            found.push((place, manifest));
        }
    }
    across(&found, found.len() == total, &mut faults);
    let mut models = Vec::new();
    for (place, manifest) in found {
        models.extend(place.model(manifest, known, &mut faults));
    }
    diagnostic::sort(&mut faults.diagnostics);
    if faults.diagnostics.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(faults);
    }
    join(&mut models);
    Ok(models)
}

/// Loads one model's folder by itself, without what it blends with. `manifest` stands in for the folder's own.
pub(super) fn single(folder: &Path, manifest: Option<&str>) -> Result<Model, LoadFaults> {
    let mut faults = LoadFaults::default();
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let place = Place { folder: folder.to_owned(), name };
    let manifest = match manifest {
        Some(text) => place.read_manifest(text.to_owned(), &mut faults),
        None => place.manifest(&mut faults),
    };
    let model = manifest.and_then(|manifest| place.model(manifest, &[], &mut faults));
    diagnostic::sort(&mut faults.diagnostics);
    match model {
        Some(mut model) if faults.diagnostics.iter().all(|fault| fault.severity != Severity::Error) => {
            model.twins = vec![None; model.manifest.labels.len()];
            model.weights = vec![0.0; model.manifest.labels.len()];
            Ok(model)
        }
        _ => Err(faults),
    }
}

/// Every label by the last tier that knows it.
pub(super) fn everything(models: &[Model], fast: Option<usize>) -> Vec<LabelRef> {
    let mut all = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let encoders_first = models.iter().enumerate().filter(|(index, _)| Some(*index) != fast);
    let fast_last = models.iter().enumerate().filter(|(index, _)| Some(*index) == fast);
    for (index, model) in encoders_first.chain(fast_last) {
        for (label, known) in model.manifest.labels.iter().enumerate() {
            if Some(index) == fast && seen.contains(&&*known.name) {
                continue;
            }
            seen.push(&known.name);
            if let (Ok(model), Ok(label)) = (u16::try_from(index), u16::try_from(label)) {
                all.push(LabelRef { model, label, cascade: Some(index) != fast });
            }
        }
    }
    all
}

/// The model of the fast tier.
pub(super) fn fast(models: &[Model]) -> Option<usize> {
    models.iter().position(|model| model.manifest.tier == Tier::Fast)
}

/// Finds for each label of an encoder that of the fast tier.
fn join(models: &mut [Model]) {
    let labels_of_fast: Vec<String> = fast(models)
        .and_then(|index| models.get(index))
        .map(|fast| fast.manifest.labels.iter().map(|label| label.name.clone()).collect())
        .unwrap_or_default();
    for model in models {
        let own_tier = model.manifest.tier == Tier::Fast;
        let twin = |name: &str| labels_of_fast.iter().position(|label| label == name).filter(|_| !own_tier);
        model.twins = model.manifest.labels.iter().map(|label| twin(&label.name)).collect();
        let weight = |name: &str| {
            let blend = model.manifest.blend.as_ref()?;
            blend.weights.iter().find(|(label, _, _)| label == name).map(|(_, weight, _)| *weight)
        };
        model.weights =
            model.manifest.labels.iter().map(|label| weight(&label.name).unwrap_or(0.0)).collect();
    }
}

/// What manifests say about each other. Where they are not `complete`, since some could not be read, nothing is missing.
fn across(found: &[(Place, Manifest)], complete: bool, faults: &mut LoadFaults) {
    for (index, (place, manifest)) in found.iter().enumerate() {
        let before = found.get(..index).unwrap_or_default();
        if let Some((other, _)) = before.iter().find(|(_, other)| other.name == manifest.name) {
            let message = format!("`{}` is also the name of the classifier in {}", manifest.name, other.name);
            place.report(
                faults,
                "duplicate-classifier",
                manifest.name_span,
                message,
                "give each a name of its own",
            );
        }
        if manifest.tier == Tier::Fast
            && let Some((other, _)) = before.iter().find(|(_, other)| other.tier == Tier::Fast)
        {
            let message = format!("the classifier in {} is the fast tier already", other.name);
            place.report(
                faults,
                "two-fast-tiers",
                manifest.tier_span,
                message,
                "write `tier: encoder`: it is then asked by name or for its own labels",
            );
        }
        let Some(blend) = &manifest.blend else { continue };
        let with = found.iter().find(|(_, other)| other.name == blend.with && other.tier == Tier::Fast);
        let Some((_, with)) = with.filter(|_| manifest.tier == Tier::Encoder) else {
            if !complete {
                continue;
            }
            let message =
                format!("`{}` is not a classifier of the fast tier beside this encoder", blend.with);
            place.report(
                faults,
                "unknown-classifier",
                blend.span,
                message,
                "name the fast tier, or remove `blend`",
            );
            continue;
        };
        for (label, _, span) in &blend.weights {
            if !with.labels.iter().any(|known| known.name == *label) {
                let message = format!("`{}` has no label `{label}`", blend.with);
                place.report(faults, "unknown-label", *span, message, "remove its weight");
            }
        }
    }
}
