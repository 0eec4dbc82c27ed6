//! A model's graph, run with tract.
//!
//! Owns, with the modules below, everything that knows tract: what the inputs are, what the outputs must look like, and
//! that neither an error nor a panic of it gets any further. Refuses to know what texts are.

mod fuse;
mod quantize;
mod read;
mod rows;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

pub(super) use read::describe;

/// The input of one text. Both have the same length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tensors<'t> {
    pub(super) ids: &'t [i64],
    pub(super) types: Option<&'t [i64]>,
}

/// What each input of a graph is, by name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'n> {
    pub(super) ids: &'n str,
    pub(super) mask: Option<&'n str>,
    pub(super) types: Option<&'n str>,
    pub(super) pack: Option<PackNames<'n>>,
    pub(super) output: &'n str,
}

/// The inputs of a graph that reads several texts in one run, one behind the other and each by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackNames<'n> {
    /// For each token, its number within its text.
    pub(super) positions: &'n str,
    /// For each token, the number of its text.
    pub(super) segments: &'n str,
    /// For each text, its first token.
    pub(super) starts: &'n str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ids,
    Mask,
    Types,
    Positions,
    Segments,
    Starts,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    role: Role,
    kind: DatumType,
    /// 1 for a list, 2 for a batch with one row.
    rank: usize,
}

/// A graph that runs.
#[derive(Debug)]
pub(super) struct Graph {
    plan: Arc<TypedRunnableModel>,
    slots: Vec<Slot>,
    /// The length that the file fixes; shorter input is padded to it.
    fixed: Option<usize>,
    /// Numbers that come out for a text.
    outputs: usize,
}

/// Why a graph cannot be used: a stable code, a sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphFault {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

impl GraphFault {
    fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into() }
    }
}

/// Why a run gave no numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RunFault {
    #[error("the graph failed: {0}")]
    Failed(String),
    #[error("tract panicked")]
    Panicked,
    #[error("the graph put out {0}")]
    Output(String),
}

impl Graph {
    /// Reads a graph. The number of its outputs is found by running it on `sample`.
    pub(super) fn read(onnx: &[u8], names: Names<'_>, sample: &[i64]) -> Result<Self, GraphFault> {
        let mut graph = read::graph(onnx, names)?;
        let types = names.types.map(|_| vec![0; sample.len()]);
        match graph.run_raw(&[Tensors { ids: sample, types: types.as_deref() }]) {
            Ok(values) => graph.outputs = values.len(),
            Err(fault) => {
                let help =
                    "the model is read but does not run; check that `tensors` names its inputs rightly";
                let message = format!("the model fails on a first text: {fault}");
                return Err(GraphFault::new("model-does-not-run", message, help));
            }
        }
        Ok(graph)
    }

    /// Numbers that come out for a text.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The length that the file fixes.
    pub(super) fn fixed(&self) -> Option<usize> {
        self.fixed
    }

    /// Whether it reads several texts in one run.
    pub(super) fn packs(&self) -> bool {
        self.slots.iter().any(|slot| slot.role == Role::Starts)
    }

    /// How many products quantise their rows in one step.
    #[cfg(test)]
    pub(super) fn fused(&self) -> usize {
        self.plan.model().nodes().iter().filter(|node| node.op.name() == "QuantizeRows").count()
    }

    /// Runs the graph: as many finite numbers as [`Self::outputs`] says, or an error.
    pub(super) fn run(&self, text: Tensors<'_>) -> Result<Vec<f32>, RunFault> {
        self.run_all(&[text])
    }

    /// Runs a graph that packs once for several texts: the numbers of each, one behind the other, or one error for all.
    pub(super) fn run_all(&self, texts: &[Tensors<'_>]) -> Result<Vec<f32>, RunFault> {
        let (values, expected) = (self.run_raw(texts)?, self.outputs * texts.len());
        if values.len() != expected {
            return Err(RunFault::Output(format!("{} numbers instead of {expected}", values.len())));
        }
        Ok(values)
    }

    fn run_raw(&self, texts: &[Tensors<'_>]) -> Result<Vec<f32>, RunFault> {
        let run = || -> TractResult<Vec<f32>> {
            let mut inputs: TVec<TValue> = tvec![];
            for slot in &self.slots {
                inputs.push(self.tensor(*slot, texts)?.into());
            }
            let outputs = self.plan.run(inputs)?;
            let Some(output) = outputs.first() else { return Ok(Vec::new()) };
            let values = output.cast_to::<f32>()?;
            Ok(values.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
        };
        // tract indexes past its tensors for ids it does not know and for texts that are too long. Both are
        // checked before, and both would end here.
        let values = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(values)) => values,
            Ok(Err(error)) => return Err(RunFault::Failed(one_line(&format!("{error:#}")))),
            Err(_) => return Err(RunFault::Panicked),
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(RunFault::Output("a number that is none (NaN or infinite)".to_owned()));
        }
        Ok(values)
    }

    fn tensor(&self, slot: Slot, texts: &[Tensors<'_>]) -> TractResult<Tensor> {
        let tokens = texts.iter().map(|text| text.ids.len()).sum();
        let mut values: Vec<i64> = Vec::with_capacity(tokens);
        for (number, text) in (0_i64..).zip(texts) {
            let nothing = std::iter::repeat_n(0, text.ids.len());
            match slot.role {
                Role::Ids => values.extend_from_slice(text.ids),
                Role::Mask => values.extend(nothing.map(|_| 1)),
                Role::Types => match text.types {
                    Some(types) => values.extend_from_slice(types),
                    None => values.extend(nothing),
                },
                Role::Positions => values.extend((0_i64..).zip(nothing).map(|(position, _)| position)),
                Role::Segments => values.extend(nothing.map(|_| number)),
                Role::Starts => {}
            }
        }
        if slot.role == Role::Starts {
            let starts = texts.iter().scan(0, |next, text| {
                let start = *next;
                *next += i64::try_from(text.ids.len()).ok()?;
                Some(start)
            });
            values.extend(starts);
        } else {
            values.resize(self.fixed.unwrap_or(tokens), 0);
        }
        let tensor = if slot.rank == 2 {
            Tensor::from_shape(&[1, values.len()], &values)?
        } else {
            Tensor::from_shape(&[values.len()], &values)?
        };
        Ok(if slot.kind == i64::datum_type() { tensor } else { tensor.cast_to_dt(slot.kind)?.into_owned() })
    }
}

/// The first line of an error, without what would end a line.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
