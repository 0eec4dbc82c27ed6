//! From the bytes of an ONNX file to a graph that runs.
//!
//! Owns what is checked before tract sees a file, the facts that its inputs get, and the words for what is wrong.
//! Refuses to run anything.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;

use super::{Graph, GraphFault, Names, Role, Slot, fuse, one_line, quantize};

/// Reads a graph; how many numbers come out is not known yet.
pub(super) fn graph(onnx: &[u8], names: Names<'_>) -> Result<Graph, GraphFault> {
    contained(|| build(onnx, names))
}

/// The inputs and outputs of a graph.
#[derive(Debug)]
pub(in super::super) struct Described {
    pub(in super::super) inputs: Vec<String>,
    pub(in super::super) outputs: Vec<DescribedOutput>,
}

/// An output of a graph, and its last dimension where the file tells.
#[derive(Debug)]
pub(in super::super) struct DescribedOutput {
    pub(in super::super) name: String,
    pub(in super::super) width: Option<usize>,
}

/// What a file says about its graph.
pub(in super::super) fn describe(onnx: &[u8]) -> Result<Described, GraphFault> {
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
    let wanted: Vec<(&str, Role)> = [
        (Some(names.ids), Role::Ids),
        (names.mask, Role::Mask),
        (names.types, Role::Types),
        (names.pack.map(|pack| pack.positions), Role::Positions),
        (names.pack.map(|pack| pack.segments), Role::Segments),
        (names.pack.map(|pack| pack.starts), Role::Starts),
    ]
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
            _ => {
                "name it in `input.tensors` where it is one of ids, mask, types, positions, segments and starts; nothing else can be fed"
            }
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
    let (length, texts) = (model.symbols.sym("length").to_dim(), model.symbols.sym("texts").to_dim());
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
        if given.is_some() && names.pack.is_some() {
            return Err(TractError::msg(
                "a graph that packs texts must take any number of tokens and of texts",
            ));
        }
        fixed = fixed.or(given);
        if one_text {
            let free = if *role == Role::Starts { &texts } else { &length };
            let last = given.map_or_else(|| free.clone(), |given| given.to_dim());
            let shape: TVec<TDim> = if rank == 2 { tvec![1.to_dim(), last] } else { tvec![last] };
            model.set_input_fact(index, InferenceFact::dt_shape(kind, shape))?;
        }
        slots.push(Slot { role: *role, kind, rank });
    }
    let mut model = model.into_typed()?;
    quantize::replace(&mut model);
    fuse::rows(&mut model)?;
    let model = model.into_decluttered()?.into_optimized()?;
    Ok((model, slots, fixed))
}
