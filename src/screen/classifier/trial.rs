//! What a model must stand before it is loaded.
//!
//! Owns the runs that could break it: its largest id, its longest input, odd texts in both languages. Refuses to know where
//! it came from.

use crate::policy::diagnostic::Span;
use crate::text::Phase;

use super::cascade::Models;
use super::graph::{RunFault, Tensors};
use super::manifest::{Input, TokenInput};
use super::model::{Form, Model, ModelFault};

/// What every model must be able to read: both languages, code, digits, and what comes of a broken encoding.
pub(super) const SAMPLES: [&str; 5] = [
    "Hello! Could you help me plan a dinner for six people on Saturday?",
    "你好，请帮我写一封感谢信，语气要真诚。",
    "def f(x):\n    return x ** 2  # 平方 1234567890",
    "\u{0}\u{200b}\u{fffd}🙂 ﷽ \t\n",
    "",
];

/// Runs a model on what could break it, up to the first fault: its code, its place in the manifest, what is wrong, what to do.
pub(super) fn holds(model: &Model, fail: &mut dyn FnMut(&'static str, Span, String, &str)) -> bool {
    let manifest = &model.manifest;
    let (longest, largest) = match (&manifest.input, &*model.form) {
        (Input::Tokens(input), Form::Tokens(tokens)) => (input.max_tokens, tokens.largest_id()),
        (Input::Ngrams(input), _) => {
            (input.max_features.min(input.buckets as usize), i64::from(input.buckets) - 1)
        }
        _ => return false,
    };
    let run = |ids: &[i64]| {
        let types = vec![0; ids.len()];
        model.graph.run(Tensors { ids, types: Some(&types) })
    };
    if let Some(fixed) = model.graph.fixed() {
        if longest > fixed {
            let message = format!("the model reads exactly {fixed} tokens, and `max_tokens` is {longest}");
            fail("max-tokens", manifest.input_span, message, &format!("write `max_tokens: {fixed}`"));
            return false;
        }
        let masked = matches!(&manifest.input, Input::Tokens(TokenInput { mask: Some(_), .. }));
        if !masked {
            let message = format!(
                "the model reads exactly {fixed} tokens and has no mask to tell which of them are text"
            );
            fail("fixed-length", manifest.model.span, message, "export the model with a dynamic length");
            return false;
        }
    }
    let (short, other) = (run(&[0; 4]), run(&[0; 7]));
    if let (Err(RunFault::Output(_)), _) | (_, Err(RunFault::Output(_))) = (&short, &other) {
        let message = "the output grows with the text: it is one of tokens, as models for embeddings have it, and not of labels";
        fail(
            "output-shape",
            manifest.output.span,
            message.to_owned(),
            "name the output with one number a label (usually `logits`); a model without one is no classifier",
        );
        return false;
    }
    if model.graph.outputs() != manifest.labels.len() {
        let message = format!(
            "the model puts out {} numbers for a text, and the manifest has {} labels",
            model.graph.outputs(),
            manifest.labels.len()
        );
        fail(
            "label-count",
            manifest.labels_span,
            message,
            "name every output, in order (config.json of the model has `id2label`)",
        );
        return false;
    }
    for id in [0, largest] {
        if let Err(fault) = run(&[id; 4]) {
            let message = format!("the model fails on the id {id}, which its texts can have: {fault}");
            fail(
                "unknown-id",
                manifest.model.span,
                message,
                "take the tokenizer that the model was trained with",
            );
            return false;
        }
    }
    if model.graph.packs() && !packs_truly(model, largest) {
        let message = "the model says something else of a text where it reads others in the same run";
        let help = "leave `positions`, `segments` and `starts` out of `tensors`, or export a graph whose texts do not see each other";
        fail("pack-leaks", manifest.input_span, message.to_owned(), help);
        return false;
    }
    let ids: Vec<i64> = match &*model.form {
        Form::Tokens(_) => vec![largest; longest],
        Form::Ngrams { .. } => (0..=largest).take(longest).collect(),
    };
    if let Err(fault) = run(&ids) {
        let message = format!("the model fails on {longest} tokens: {fault}");
        fail(
            "max-tokens",
            manifest.input_span,
            message,
            "write a smaller `max_tokens` (`max_position_embeddings` of its config.json, or two less)",
        );
        return false;
    }
    for (text, phase) in SAMPLES.iter().flat_map(|text| [(text, Phase::Input), (text, Phase::Output)]) {
        let said =
            model.cuts(text, phase).and_then(|cuts| cuts.iter().try_for_each(|cut| model.run(cut).map(drop)));
        if let Err(fault) = said {
            let message = format!("the model fails on the text {text:?}: {fault}");
            fail(
                "model-fails",
                manifest.model.span,
                message,
                "export the model again, and try it with onnxruntime",
            );
            return false;
        }
    }
    true
}

/// Greatest difference of a number that may come of the order of additions.
const ROUNDED: f32 = 0.02;

/// Whether texts of one run do not change each other.
fn packs_truly(model: &Model, largest: i64) -> bool {
    let texts = [vec![0; 5], (0..=largest).take(7).collect(), vec![largest; 3]];
    let each = texts.each_ref().map(|ids| Tensors { ids, types: None });
    let alone: Result<Vec<f32>, RunFault> =
        each.iter().map(|text| model.graph.run(*text)).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    match (alone, model.graph.run_all(&each)) {
        (Ok(alone), Ok(together)) => {
            alone.iter().zip(&together).all(|(one, other)| (one - other).abs() <= ROUNDED)
        }
        _ => false,
    }
}

/// Lets every model read something, as the first question would. All that can be said of a failure is which model it was
/// and what it says: it stood the same when it was loaded.
pub(super) fn warm_up(models: &Models) -> Result<(), String> {
    for model in &models.models {
        let failed = |fault: ModelFault| format!("`{}`: {fault}", model.manifest.name);
        for text in SAMPLES {
            for cut in model.cuts(text, Phase::Input).map_err(failed)? {
                model.run(&cut).map_err(failed)?;
            }
        }
    }
    Ok(())
}
