//! Quantising activations, fast on every processor.
//!
//! Owns one step of int8 graphs. tract's own rounds each number by a call into the C library unless the whole program is
//! built for processors with SSE 4.1, which takes longer than the int8 products save. This one gives the same bytes
//! and is written so that the compiler makes vectors of it for any processor. It refuses to know what is quantised.

use tract_onnx::tract_hir::internal::*;

/// ONNX's `DynamicQuantizeLinear` to `u8`: scale and zero point from the least and the greatest value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Quantize;

/// What tract calls its own.
const REPLACED: &str = "DynamicQuantizeLinearU8";

/// Puts the fast step in the place of tract's own.
pub(super) fn replace(model: &mut TypedModel) {
    for node in model.nodes_mut() {
        if node.op.name() == REPLACED {
            node.op = Box::new(Quantize);
        }
    }
}

impl Op for Quantize {
    fn name(&self) -> StaticName {
        "Quantize".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Quantize {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs.first().ok_or_else(|| TractError::msg("there is nothing to quantise"))?;
        let plain = input.cast_to::<f32>()?;
        let plain = plain.try_as_plain_ram()?;
        let values = plain.as_slice::<f32>()?;
        let (scale, zero_point) = scale_and_zero_point(values);
        let mut bytes = Tensor::zero_dt(u8::datum_type(), input.shape())?;
        quantize(values, scale, zero_point, bytes.try_as_plain_ram_mut()?.as_slice_mut::<u8>()?);
        Ok(tvec!(bytes.into_tvalue(), tensor0(scale).into(), tensor0(zero_point).into()))
    }
}

impl TypedOp for Quantize {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let input = inputs.first().ok_or_else(|| TractError::msg("there is nothing to quantise"))?;
        let bytes = u8::datum_type().fact(input.shape.clone());
        Ok(tvec!(bytes, f32::fact([0; 0]), u8::fact([0; 0])))
    }

    as_op!();
}

/// Numbers that are looked at side by side.
pub(super) const LANES: usize = 16;

/// The least and the greatest value, nothing included.
fn bounds(values: &[f32]) -> (f32, f32) {
    let (mut least, mut most) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for ((value, least), most) in chunk.iter().zip(&mut least).zip(&mut most) {
            // Written so that it is one instruction, unlike `f32::min`, which thinks of NaN.
            *least = if *value < *least { *value } else { *least };
            *most = if *value > *most { *value } else { *most };
        }
    }
    let rest = chunks.remainder().iter();
    let (least, most) = (least.iter().chain(rest.clone()), most.iter().chain(rest));
    (least.copied().fold(0.0, f32::min), most.copied().fold(0.0, f32::max))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
fn scale_and_zero_point(values: &[f32]) -> (f32, u8) {
    let (least, most) = bounds(values);
    let scale = (most - least) / 255.0;
    let zero_point = (-least / scale).round_ties_even();
    // Nothing but zeros has a scale of 0, and no zero point of its own.
    (scale, if zero_point.is_nan() { 0 } else { zero_point.clamp(0.0, 255.0) as u8 })
}

/// Adding it leaves no room for a fraction, so that the sum is rounded, half to even; taking it away gives the rounded number.
pub(super) const ROUNDING: f32 = 12_582_912.0;

#[expect(clippy::cast_possible_truncation, reason = "the lowest byte is meant")]
fn quantize(values: &[f32], scale: f32, zero_point: u8, bytes: &mut [u8]) {
    let zero_point = f32::from(zero_point);
    for (value, byte) in values.iter().zip(bytes) {
        let scaled = value / scale;
        let rounded = (scaled + ROUNDING) - ROUNDING + zero_point;
        let low = if rounded > 0.0 { rounded } else { 0.0 };
        let clamped = if low < 255.0 { low } else { 255.0 };
        // The lowest bits of the sum are the number itself: a conversion would look for what does not fit.
        *byte = (clamped + ROUNDING).to_bits() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the ONNX standard has it, number by number.
    fn plain(values: &[f32]) -> (f32, u8, Vec<u8>) {
        let (least, most) = values.iter().fold((0.0_f32, 0.0_f32), |(l, m), v| (l.min(*v), m.max(*v)));
        let scale = (most - least) / 255.0;
        let zero_point = (-least / scale).round_ties_even().clamp(0.0, 255.0) as u8;
        let byte = |value: &f32| {
            ((value / scale).round_ties_even() as i32 + i32::from(zero_point)).clamp(0, 255) as u8
        };
        (scale, zero_point, values.iter().map(byte).collect())
    }

    #[test]
    fn bytes_are_those_of_the_standard() {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
        };
        let mut cases: Vec<Vec<f32>> =
            (1..200).map(|length| (0..length).map(|_| random() * 9.0).collect()).collect();
        cases.push((0..=510).map(|half| half as f32 / 2.0).collect());
        cases.push((-255..=255).map(|half| half as f32 / 2.0).collect());
        cases.push(vec![3.0; 40]);
        cases.push(vec![-3.0; 40]);
        for values in cases {
            let (scale, zero_point, expected) = plain(&values);
            let mut bytes = vec![0; values.len()];
            assert_eq!(scale_and_zero_point(&values), (scale, zero_point), "{values:?}");
            quantize(&values, scale, zero_point, &mut bytes);
            assert_eq!(bytes, expected, "{values:?}");
        }
    }

    #[test]
    fn nothing_but_zeros_stays_nothing() {
        let (scale, zero_point) = scale_and_zero_point(&[0.0; 5]);
        let mut bytes = [9; 5];
        quantize(&[0.0; 5], scale, zero_point, &mut bytes);
        assert_eq!((scale, zero_point, bytes), (0.0, 0, [0; 5]));
    }
}
