//! Numbers of a manifest, within their bounds.

use crate::policy::decode::Reader;
use crate::policy::yaml::{Node, Value};

pub(super) fn number(
    reader: &mut Reader<'_>,
    node: &Node,
    of: &str,
    least: usize,
    most: usize,
) -> Option<usize> {
    let value = reader.count(node, of)?;
    if !(least..=most).contains(&value) {
        let fault = reader.fault("out-of-range", node.span, format!("{of} is from {least} to {most}"));
        reader.report(fault.help(format!("write a number from {least} to {most}")));
        return None;
    }
    Some(value)
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a model's numbers are f32")]
pub(super) fn real(reader: &mut Reader<'_>, node: &Node, of: &str, least: f32, most: f32) -> Option<f32> {
    let value = match node.value {
        Value::Integer(value) => value as f32,
        Value::Float(value) => value as f32,
        _ => {
            reader.wrong_type(node, of, "a number", "write a number such as 0.5, without quotes");
            return None;
        }
    };
    if !(value >= least && value <= most) {
        let fault = reader.fault("out-of-range", node.span, format!("{of} is from {least} to {most}"));
        reader.report(fault.help(format!("write a number from {least} to {most}")));
        return None;
    }
    Some(value)
}
