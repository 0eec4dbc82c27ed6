//! Finding seven nodes that quantise rows, and putting one step in their place.
//!
//! Owns the form in which `classifiers/train/export.py` writes them; a graph in which they are written otherwise runs as it is.
//! Refuses to know of numbers.

use tract_onnx::tract_core::ops::cast::Cast;
use tract_onnx::tract_core::ops::nn::Reduce;
use tract_onnx::tract_hir::internal::*;

use super::rows::QuantizeRows;

/// What was found of `MatMulInteger(cast_u8(round(x / s) + 128), weights, 128)`, where `s = max(max|x| / 127, least)`.
struct Found {
    /// The product.
    product: usize,
    /// `x`.
    values: OutletId,
    /// `s`.
    scale: OutletId,
    least: f32,
}

/// Puts one step in the place of each group of seven nodes; how many there were.
pub(super) fn rows(model: &mut TypedModel) -> TractResult<usize> {
    let found: Vec<Found> = (0..model.nodes().len()).filter_map(|product| find(model, product)).collect();
    for Found { product, values, scale, least } in &found {
        let name = model.node(*product).name.clone();
        let outputs =
            model.wire_node(format!("{name}.quantize-rows"), QuantizeRows { least: *least }, &[*values])?;
        let &[bytes, own_scale] = &*outputs else { bail!("two outputs were made") };
        let zero = model.add_const(format!("{name}.no-zero-point"), tensor0(0_i32))?;
        // u8 about 128 is i8 about 0.
        model.add_edge(bytes, InletId::new(*product, 0))?;
        model.add_edge(zero, InletId::new(*product, 3))?;
        for inlet in model.outlet_successors(*scale).to_vec() {
            model.add_edge(own_scale, inlet)?;
        }
    }
    Ok(found.len())
}

fn find(model: &TypedModel, product: usize) -> Option<Found> {
    let node = model.node(product);
    if node.op.name() != "EinSum" {
        return None;
    }
    let (bytes, zero_point) = (node.inputs.first()?, node.inputs.get(3)?);
    let is_128 = constant(model, *zero_point)?.cast_to_scalar::<i32>().ok()? == 128;
    let cast = model.node(bytes.node).op_as::<Cast>()?;
    if !is_128 || cast.to != u8::datum_type() {
        return None;
    }
    let [shifted] = *inputs(model, *bytes, "Cast")? else { return None };
    let rounded = with_number(model, shifted, "Add", 128.0)?;
    let [steps] = *inputs(model, rounded, "RoundHalfToEven")? else { return None };
    let [values, scale] = *inputs(model, steps, "Div")? else { return None };
    let [share, least] = *inputs(model, scale, "Max")? else { return None };
    let least = number(model, least)?;
    let most = with_number(model, share, "Div", 127.0)?;
    let [absolute] = *inputs(model, most, "Reduce<Max>")? else { return None };
    let last = model.outlet_fact(absolute).ok()?.rank().checked_sub(1)?;
    let along = model.node(most.node).op_as::<Reduce>()?;
    let [same] = *inputs(model, absolute, "Abs")? else { return None };
    (*along.axes == [last] && same == values && least.is_finite() && least > 0.0).then_some(Found {
        product,
        values,
        scale,
        least,
    })
}

/// The inputs of the node from which this comes, where it is of this kind.
fn inputs<'m>(model: &'m TypedModel, outlet: OutletId, kind: &str) -> Option<&'m [OutletId]> {
    let node = model.node(outlet.node);
    (node.op.name() == kind).then_some(&*node.inputs)
}

/// The first input of a node of this kind whose second is this number.
fn with_number(model: &TypedModel, outlet: OutletId, kind: &str, wanted: f32) -> Option<OutletId> {
    let [first, second] = *inputs(model, outlet, kind)? else { return None };
    #[expect(clippy::float_cmp, reason = "it is written so or not")]
    (number(model, second)? == wanted).then_some(first)
}

fn constant(model: &TypedModel, outlet: OutletId) -> Option<&Arc<Tensor>> {
    model.outlet_fact(outlet).ok()?.konst.as_ref()
}

fn number(model: &TypedModel, outlet: OutletId) -> Option<f32> {
    let tensor = constant(model, outlet)?;
    (tensor.len() == 1).then_some(())?;
    tensor.cast_to::<f32>().ok()?.try_as_plain_ram().ok()?.as_slice::<f32>().ok()?.first().copied()
}
