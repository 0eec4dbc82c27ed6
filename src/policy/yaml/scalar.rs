//! Plain scalars: which text is a number, a boolean or nothing by the core schema of YAML 1.2.

use std::borrow::Cow;

use super::Value;

/// The type of a plain scalar by the core schema of YAML 1.2: `yes` and `no` are text.
pub(super) fn typed(text: Cow<'_, str>) -> Value {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let based = |digits: &str, radix: u32| {
        // `from_str_radix` would also take a sign.
        let whole = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        whole.then(|| i64::from_str_radix(digits, radix).map_or(Value::Float(f64::INFINITY), Value::Integer))
    };
    if let Some(value) = text.strip_prefix("0x").and_then(|digits| based(digits, 16)) {
        return value;
    }
    if let Some(value) = text.strip_prefix("0o").and_then(|digits| based(digits, 8)) {
        return value;
    }
    let numeric = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if numeric && text.bytes().any(|byte| byte.is_ascii_digit()) {
        if let Ok(number) = text.parse::<i64>() {
            return Value::Integer(number);
        }
        if let Ok(number) = text.parse::<f64>() {
            return Value::Float(number);
        }
    }
    Value::String(text.into_owned())
}
