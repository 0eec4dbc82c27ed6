//! A model's graph: read, checked and run with tract.
//!
//! Owns everything that knows tract: which facts the inputs get, what the outputs must look like, and
//! that neither an error nor a panic of it gets any further. Refuses to know what texts are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;

use super::quantize;

/// The input tensors of one run. All have the same length.
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
    pub(super) output: &'n str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ids,
    Mask,
    Types,
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
    /// Numbers that come out.
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
        contained(|| build(onnx, names)).and_then(|mut graph| {
            let types = names.types.map(|_| vec![0; sample.len()]);
            let found = graph.run_raw(Tensors { ids: sample, types: types.as_deref() });
            graph.outputs = match found {
                Ok(values) => values.len(),
                Err(fault) => {
                    let help =
                        "the model is read but does not run; check that `tensors` names its inputs rightly";
                    return Err(GraphFault::new(
                        "model-does-not-run",
                        format!("the model fails on a first text: {fault}"),
                        help,
                    ));
                }
            };
            Ok(graph)
        })
    }

    /// Numbers that come out.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The length that the file fixes.
    pub(super) fn fixed(&self) -> Option<usize> {
        self.fixed
    }

    /// Runs the graph: as many finite numbers as [`Self::outputs`] says, or an error.
    pub(super) fn run(&self, tensors: Tensors<'_>) -> Result<Vec<f32>, RunFault> {
        let values = self.run_raw(tensors)?;
        if values.len() != self.outputs {
            return Err(RunFault::Output(format!("{} numbers instead of {}", values.len(), self.outputs)));
        }
        Ok(values)
    }

    fn run_raw(&self, tensors: Tensors<'_>) -> Result<Vec<f32>, RunFault> {
        let run = || -> TractResult<Vec<f32>> {
            let mut inputs: TVec<TValue> = tvec![];
            for slot in &self.slots {
                inputs.push(self.tensor(*slot, tensors)?.into());
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

    fn tensor(&self, slot: Slot, tensors: Tensors<'_>) -> TractResult<Tensor> {
        let length = self.fixed.unwrap_or(tensors.ids.len());
        let mut values: Vec<i64> = match slot.role {
            Role::Ids => tensors.ids.to_vec(),
            Role::Mask => vec![1; tensors.ids.len()],
            Role::Types => tensors.types.map_or_else(|| vec![0; tensors.ids.len()], <[i64]>::to_vec),
        };
        values.resize(length, 0);
        let tensor = if slot.rank == 2 {
            Tensor::from_shape(&[1, length], &values)?
        } else {
            Tensor::from_shape(&[length], &values)?
        };
        Ok(if slot.kind == i64::datum_type() { tensor } else { tensor.cast_to_dt(slot.kind)?.into_owned() })
    }
}

/// The inputs and outputs of a graph.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<DescribedOutput>,
}

/// An output of a graph, and its last dimension where the file tells.
#[derive(Debug)]
pub(super) struct DescribedOutput {
    pub(super) name: String,
    pub(super) width: Option<usize>,
}

/// What a file says about its graph.
pub(super) fn describe(onnx: &[u8]) -> Result<Described, GraphFault> {
    use tract_onnx::pb::{tensor_shape_proto::dimension::Value, type_proto};
    let proto = contained(|| parse(&tract_onnx::onnx(), onnx))?;
    let graph = proto.graph.unwrap_or_default();
    let is_constant = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
    let width = |output: &tract_onnx::pb::ValueInfoProto| {
        let type_proto::Value::TensorType(tensor) = output.r#type.as_ref()?.value.as_ref()?;
        match tensor.shape.as_ref()?.dim.last()?.value.as_ref()? {
            Value::DimValue(width) => usize::try_from(*width).ok(),
            Value::DimParam(_) => None,
        }
    };
    Ok(Described {
        inputs: graph
            .input
            .iter()
            .map(|input| input.name.clone())
            .filter(|name| !is_constant(name))
            .collect(),
        outputs: graph
            .output
            .iter()
            .map(|output| DescribedOutput { name: output.name.clone(), width: width(output) })
            .collect(),
    })
}

fn parse(reader: &tract_onnx::Onnx, onnx: &[u8]) -> Result<tract_onnx::pb::ModelProto, GraphFault> {
    reader.proto_model_for_read(&mut &*onnx).map_err(|error| {
        let message =
            format!("this is not an ONNX model, or not all of it: {}", one_line(&format!("{error:#}")));
        GraphFault::new("model-corrupt", message, "copy the file again; `git lfs pull` where it is a pointer")
    })
}

/// The first line of an error, without what would end a line.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Runs what may panic.
fn contained<T>(run: impl FnOnce() -> Result<T, GraphFault>) -> Result<T, GraphFault> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(GraphFault::new(
            "model-panics",
            "tract panics while it reads this model",
            "export the model again, with opset 17 if you can",
        ))
    })
}

fn build(onnx: &[u8], names: Names<'_>) -> Result<Graph, GraphFault> {
    let reader = tract_onnx::onnx();
    let proto = parse(&reader, onnx)?;
    let Some(graph) = &proto.graph else {
        return Err(GraphFault::new("model-corrupt", "the file holds no graph", "copy the file again"));
    };
    let stored = |tensor: &&tract_onnx::pb::TensorProto| !tensor.external_data.is_empty();
    if let Some(outside) = graph.initializer.iter().find(stored) {
        let message = format!("the weights of `{}` are in another file", outside.name);
        let help = "save the model as one file: onnx.save(onnx.load('model.onnx'), 'model.onnx')";
        return Err(GraphFault::new("model-external-data", message, help));
    }
    let constants: Vec<&str> = graph.initializer.iter().map(|tensor| &*tensor.name).collect();
    let wanted: Vec<(&str, Role)> =
        [(Some(names.ids), Role::Ids), (names.mask, Role::Mask), (names.types, Role::Types)]
            .into_iter()
            .filter_map(|(name, role)| name.map(|name| (name, role)))
            .collect();
    let inputs: Vec<&str> =
        graph.input.iter().map(|input| &*input.name).filter(|name| !constants.contains(name)).collect();
    for (name, _) in &wanted {
        if !inputs.contains(name) {
            let message = format!("the model has no input `{name}`; it has {}", inputs.join(", "));
            return Err(GraphFault::new(
                "unknown-input",
                message,
                "name the model's inputs in `input.tensors`",
            ));
        }
    }
    if let Some(unfed) = inputs.iter().find(|input| !wanted.iter().any(|(name, _)| name == *input)) {
        let help = match *unfed {
            "attention_mask" => "add `mask: attention_mask` to `input.tensors`",
            "token_type_ids" => "add `types: token_type_ids` to `input.tensors`",
            _ => "export the model without it: ids, mask and token types are all that can be fed",
        };
        return Err(GraphFault::new(
            "unfed-input",
            format!("the model also wants the input `{unfed}`"),
            help,
        ));
    }
    if !graph.output.iter().any(|output| output.name == names.output) {
        let known: Vec<&str> = graph.output.iter().map(|output| &*output.name).collect();
        let message = format!("the model has no output `{}`; it has {}", names.output, known.join(", "));
        return Err(GraphFault::new("unknown-output", message, "name one of them in `output.tensor`"));
    }
    if let Some(missing) = unsupported(&reader, graph) {
        let help =
            "export the model with another opset (17 works for most), or without the step that uses it";
        return Err(GraphFault::new("unsupported-operator", missing, help));
    }
    if let Some(weights) = graph.initializer.iter().find(|tensor| has_nan(tensor)) {
        let message = format!("the weights `{}` hold NaN", weights.name);
        return Err(GraphFault::new(
            "model-nan",
            message,
            "the training or the export failed; export a sound model",
        ));
    }
    let (model, slots, fixed) = typed(&reader, &proto, names, &wanted)?;
    let plan = model.into_runnable().map_err(|error| {
        GraphFault::new(
            "model-unusable",
            format!("tract cannot plan this model: {}", one_line(&format!("{error:#}"))),
            EXPORT_AGAIN,
        )
    })?;
    Ok(Graph { plan, slots, fixed, outputs: 0 })
}

const EXPORT_AGAIN: &str = "export the model again, with opset 17 if you can";

/// Whether weights hold a number that is none. Infinite ones are how some exports write a mask.
fn has_nan(tensor: &tract_onnx::pb::TensorProto) -> bool {
    let float = i32::from(tract_onnx::pb::tensor_proto::DataType::Float as u8);
    let raw =
        tensor.raw_data.chunks_exact(4).filter_map(|bytes| Some(f32::from_le_bytes(bytes.try_into().ok()?)));
    tensor.data_type == float && raw.chain(tensor.float_data.iter().copied()).any(f32::is_nan)
}

/// The first operator that tract does not have, in plain words.
fn unsupported(reader: &tract_onnx::Onnx, graph: &tract_onnx::pb::GraphProto) -> Option<String> {
    let node = graph.node.iter().find(|node| !reader.op_register.0.contains_key(&*node.op_type))?;
    let domain =
        if node.domain.is_empty() { String::new() } else { format!(" of the domain `{}`", node.domain) };
    Some(format!("tract has no operator `{}`{domain}, which the node `{}` uses", node.op_type, node.name))
}

type Typed = (TypedModel, Vec<Slot>, Option<usize>);

/// A batch of one text of any length is what the graph is optimised for. Where it does not take that, what
/// the file itself says about its inputs counts.
fn typed(
    reader: &tract_onnx::Onnx,
    proto: &tract_onnx::pb::ModelProto,
    names: Names<'_>,
    wanted: &[(&str, Role)],
) -> Result<Typed, GraphFault> {
    let first = attempt(reader, proto, names, wanted, true);
    let error = match first {
        Ok(typed) => return Ok(typed),
        Err(error) => error,
    };
    attempt(reader, proto, names, wanted, false).map_err(|_| {
        let message =
            format!("tract cannot make a program of this model: {}", one_line(&format!("{error:#}")));
        let branches = proto.graph.iter().flat_map(|graph| &graph.node).any(|node| node.op_type == "If");
        let help = if branches {
            "the graph branches (operator `If`), and tract needs both branches to give one shape; export it without"
        } else {
            EXPORT_AGAIN
        };
        GraphFault::new("model-unusable", message, help)
    })
}

fn attempt(
    reader: &tract_onnx::Onnx,
    proto: &tract_onnx::pb::ModelProto,
    names: Names<'_>,
    wanted: &[(&str, Role)],
    one_text: bool,
) -> TractResult<Typed> {
    let reader = reader.clone().with_ignore_value_info(one_text);
    let mut model = reader.model_for_proto_model(proto)?;
    let order: Vec<&str> = wanted.iter().map(|(name, _)| *name).collect();
    model.set_input_names(&order)?;
    model.select_outputs_by_name([names.output])?;
    let (mut slots, mut fixed) = (Vec::new(), None);
    let length = model.symbols.sym("length").to_dim();
    for (index, (_, role)) in wanted.iter().enumerate() {
        let fact = model.input_fact(index)?.clone();
        let kind = fact.datum_type.concretize().unwrap_or_else(i64::datum_type);
        let rank = fact.shape.rank().concretize().map_or(2, |rank| usize::try_from(rank).unwrap_or(2));
        if rank == 0 || rank > 2 {
            return Err(TractError::msg(format!(
                "an input has {rank} dimensions, and a list or a batch of lists is needed"
            )));
        }
        let last = fact.shape.dims().nth(rank - 1).and_then(|dim| dim.concretize());
        let given = last.and_then(|dim| dim.to_i64().ok()).and_then(|given| usize::try_from(given).ok());
        fixed = fixed.or(given);
        if one_text {
            let last = given.map_or_else(|| length.clone(), |given| given.to_dim());
            let shape: TVec<TDim> = if rank == 2 { tvec![1.to_dim(), last] } else { tvec![last] };
            model.set_input_fact(index, InferenceFact::dt_shape(kind, shape))?;
        }
        slots.push(Slot { role: *role, kind, rank });
    }
    let mut model = model.into_typed()?;
    quantize::replace(&mut model);
    let model = model.into_decluttered()?.into_optimized()?;
    Ok((model, slots, fixed))
}
