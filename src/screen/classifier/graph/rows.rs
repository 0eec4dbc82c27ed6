//! Quantising activations row by row: each token by its own greatest value.
//!
//! Owns one step of int8 graphs, which is seven nodes of an ONNX file. A scale of a row's own loses less than one of the
//! whole tensor, and what a row becomes does not depend on the rows beside it, so texts of one run do not change each other.
//! Refuses to know where it stands in a graph.

use tract_onnx::tract_hir::internal::*;

use super::quantize::{LANES, ROUNDING};

/// `f32` to `i8`, symmetric: the scale of a row (along the last axis) is its greatest absolute value / 127, at least `least`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuantizeRows {
    pub(super) least: f32,
}

// The only number in it is no NaN.
impl Eq for QuantizeRows {}

impl Op for QuantizeRows {
    fn name(&self) -> StaticName {
        "QuantizeRows".into()
    }

    op_as_typed_op!();
}

impl EvalOp for QuantizeRows {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs.first().ok_or_else(|| TractError::msg("there is nothing to quantise"))?;
        let plain = input.try_as_plain_ram()?;
        let values = plain.as_slice::<f32>()?;
        let mut shape: TVec<usize> = input.shape().into();
        let mut bytes = Tensor::zero_dt(i8::datum_type(), &shape)?;
        let row = shape.last_mut().map_or(1, |last| std::mem::replace(last, 1)).max(1);
        let mut scales = Tensor::zero_dt(f32::datum_type(), &shape)?;
        {
            let (mut bytes, mut scales) = (bytes.try_as_plain_ram_mut()?, scales.try_as_plain_ram_mut()?);
            let rows = values.chunks_exact(row).zip(bytes.as_slice_mut::<i8>()?.chunks_exact_mut(row));
            for ((values, bytes), scale) in rows.zip(scales.as_slice_mut::<f32>()?) {
                *scale = quantize(values, self.least, bytes);
            }
        }
        Ok(tvec!(bytes.into_tvalue(), scales.into_tvalue()))
    }
}

impl TypedOp for QuantizeRows {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let input = inputs.first().ok_or_else(|| TractError::msg("there is nothing to quantise"))?;
        let mut shape = input.shape.clone();
        let rank = shape.rank();
        let bytes = i8::datum_type().fact(shape.clone());
        if rank > 0 {
            shape.set(rank - 1, 1.to_dim());
        }
        Ok(tvec!(bytes, f32::datum_type().fact(shape)))
    }

    as_op!();
}

/// Quantises one row; its scale.
fn quantize(values: &[f32], least: f32, bytes: &mut [i8]) -> f32 {
    let scale = (greatest(values) / 127.0).max(least);
    for (value, byte) in values.iter().zip(bytes) {
        // Adding it leaves no room for a fraction: the sum is rounded, half to even, and its lowest byte is the number itself.
        let [low, ..] = (value / scale + ROUNDING).to_bits().to_le_bytes();
        *byte = i8::from_le_bytes([low]);
    }
    scale
}

/// The greatest absolute value.
fn greatest(values: &[f32]) -> f32 {
    let mut most = [0.0_f32; LANES];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (value, most) in chunk.iter().zip(&mut most) {
            let value = value.abs();
            // Written so that it is one instruction, unlike `f32::max`, which thinks of NaN.
            *most = if value > *most { value } else { *most };
        }
    }
    let rest = chunks.remainder().iter().map(|value| value.abs());
    most.into_iter().chain(rest).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_what_the_seven_nodes_say() {
        let mut state = 11_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
        };
        let mut cases: Vec<Vec<f32>> =
            (1..200).map(|length| (0..length).map(|_| random() * 9.0).collect()).collect();
        cases.push((-127..=127).map(|half| half as f32 / 2.0).collect());
        cases.push(vec![-3.0; 40]);
        for values in cases {
            let scale = values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
            let expected: Vec<i8> =
                values.iter().map(|value| (value / scale).round_ties_even() as i8).collect();
            let mut bytes = vec![0; values.len()];
            assert_eq!((quantize(&values, 1e-30, &mut bytes), bytes), (scale, expected), "{values:?}");
        }
    }

    #[test]
    fn nothing_but_zeros_stays_nothing() {
        let mut bytes = [9; 5];
        assert_eq!((quantize(&[0.0; 5], 1e-30, &mut bytes), bytes), (1e-30, [0; 5]));
    }
}
