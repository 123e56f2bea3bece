//! Messages that an expression can write: the well-known types of protocol buffers, which become ordinary values at once
//! (`cel-go` `common/types/pb`, `interpreter/interpretable.go` `evalObj`).

use std::sync::Arc;

use crate::select::calendar::Timestamp;
use crate::select::environment::Environment;
use crate::select::error::Failure;
use crate::select::functions::convert::text_of;
use crate::select::types::Type;
use crate::select::value::{Map, Outcome, Value};

/// A message type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Message {
    /// `google.protobuf.Duration`
    Duration,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.BoolValue`
    Bool,
    /// `google.protobuf.Int64Value`
    Int64,
    /// `google.protobuf.Int32Value`
    Int32,
    /// `google.protobuf.UInt64Value`
    Uint64,
    /// `google.protobuf.UInt32Value`
    Uint32,
    /// `google.protobuf.DoubleValue`
    Double,
    /// `google.protobuf.FloatValue`
    Float,
    /// `google.protobuf.StringValue`
    String,
    /// `google.protobuf.BytesValue`
    Bytes,
    /// `google.protobuf.Struct`
    Struct,
    /// `google.protobuf.Value`
    Value,
    /// `google.protobuf.ListValue`
    List,
    /// `google.protobuf.Any`; none can be made.
    Any,
    /// `google.protobuf.Empty`
    Empty,
    /// `kubernetes.DRADevice`; none can be made.
    Device,
}

impl Message {
    /// The message type of a name.
    pub fn named(name: &str) -> Option<Message> {
        if name == "kubernetes.DRADevice" {
            return Some(Message::Device);
        }
        Some(match name.strip_prefix("google.protobuf.")? {
            "Duration" => Message::Duration,
            "Timestamp" => Message::Timestamp,
            "BoolValue" => Message::Bool,
            "Int64Value" => Message::Int64,
            "Int32Value" => Message::Int32,
            "UInt64Value" => Message::Uint64,
            "UInt32Value" => Message::Uint32,
            "DoubleValue" => Message::Double,
            "FloatValue" => Message::Float,
            "StringValue" => Message::String,
            "BytesValue" => Message::Bytes,
            "Struct" => Message::Struct,
            "Value" => Message::Value,
            "ListValue" => Message::List,
            "Any" => Message::Any,
            "Empty" => Message::Empty,
            _ => return None,
        })
    }

    /// The type of what the message becomes.
    pub fn result(self) -> Type {
        match self {
            Message::Duration => Type::Duration,
            Message::Timestamp => Type::Timestamp,
            Message::Struct => Type::map(Type::String, Type::Dyn),
            Message::Value => Type::Dyn,
            Message::List => Type::list(Type::Dyn),
            Message::Any => Type::Any,
            Message::Empty => Type::Opaque("google.protobuf.Empty"),
            Message::Device => Type::Device,
            wrapper => Type::Wrapper(Arc::new(wrapper.scalar())),
        }
    }

    /// What a wrapper holds.
    fn scalar(self) -> Type {
        match self {
            Message::Bool => Type::Bool,
            Message::Uint64 | Message::Uint32 => Type::Uint,
            Message::Double | Message::Float => Type::Double,
            Message::String => Type::String,
            Message::Bytes => Type::Bytes,
            _ => Type::Int,
        }
    }

    /// The type of a field.
    pub fn field(self, name: &str, environment: &Environment) -> Option<Type> {
        Some(match (self, name) {
            (Message::Duration | Message::Timestamp, "seconds" | "nanos") => Type::Int,
            (Message::Struct, "fields") | (Message::Value, "struct_value") => Type::map(Type::String, Type::Dyn),
            (Message::List, "values") | (Message::Value, "list_value") => Type::list(Type::Dyn),
            (Message::Value, "null_value") => Type::Int,
            (Message::Value, "number_value") => Type::Double,
            (Message::Value, "string_value") | (Message::Any, "type_url") => Type::String,
            (Message::Value, "bool_value") => Type::Bool,
            (Message::Any, "value") => Type::Bytes,
            (Message::Device, name) => return environment.device_field(name),
            (Message::Duration | Message::Timestamp | Message::Struct | Message::Value, _) => return None,
            (Message::List | Message::Any | Message::Empty, _) => return None,
            (wrapper, "value") => wrapper.scalar(),
            _ => return None,
        })
    }

    /// What the message becomes with these fields; of two fields of one name the later counts.
    pub fn build<'v>(self, fields: &[(&str, Value<'v>)]) -> Outcome<'v> {
        let field = |name: &str| fields.iter().rev().find(|(have, _)| *have == name).map(|(_, value)| value);
        match self {
            Message::Duration => {
                let (seconds, nanos) = (int64(field("seconds"))?, int32(field("nanos"))?);
                let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
                Ok(Value::Duration(total.clamp(i64::MIN.into(), i64::MAX.into()) as i64))
            }
            Message::Timestamp => {
                let (seconds, nanos) = (int64(field("seconds"))?, int32(field("nanos"))?);
                let whole = seconds.wrapping_add(i64::from(nanos.div_euclid(1_000_000_000)));
                let nanos = nanos.rem_euclid(1_000_000_000) as u32;
                Ok(Value::Timestamp(Timestamp { seconds: whole, nanos, offset: 0 }))
            }
            Message::Struct => match field("fields") {
                Some(fields) => json_map(fields),
                None => Map::collect(Vec::new()).map(Value::Map),
            },
            Message::List => field("values").map_or_else(|| Ok(Value::list(Vec::new())), json_list),
            Message::Value => match fields.last() {
                Some((name, value)) => json_field(name, value),
                None => Ok(Value::Null),
            },
            Message::Empty => Ok(Value::Empty),
            Message::Any => Err(Failure::new("unsupported conversion to ref.Val: google.protobuf.Any")),
            Message::Device => Err(Failure::new("unknown type 'kubernetes.DRADevice'")),
            wrapper => wrapper.wrapped(field("value")),
        }
    }

    fn wrapped<'v>(self, value: Option<&Value<'v>>) -> Outcome<'v> {
        let Some(value) = value else {
            return Ok(match self.scalar() {
                Type::Bool => Value::Bool(false),
                Type::Uint => Value::Uint(0),
                Type::Double => Value::Double(0.0),
                Type::String => Value::text(""),
                Type::Bytes => Value::Bytes(Arc::default()),
                _ => Value::Int(0),
            });
        };
        match (self, value) {
            (Message::Int64, Value::Int(_))
            | (Message::Uint64, Value::Uint(_))
            | (Message::Double, Value::Double(_))
            | (Message::Bool, Value::Bool(_))
            | (Message::String, Value::String(_))
            | (Message::Bytes, Value::Bytes(_)) => Ok(value.clone()),
            (Message::Int32, Value::Int(_)) => Ok(Value::Int(int32(Some(value))?.into())),
            (Message::Uint32, Value::Uint(n)) if u32::try_from(*n).is_ok() => Ok(value.clone()),
            (Message::Uint32, Value::Uint(_)) => Err(Failure::new("unsigned integer overflow")),
            (Message::Float, Value::Double(d)) => Ok(Value::Double(f64::from(*d as f32))),
            _ => Err(unfit(value)),
        }
    }
}

fn unfit(value: &Value<'_>) -> Failure {
    Failure::new(format!("field type conversion error: {} does not fit", value.type_name()))
}

fn int64(value: Option<&Value<'_>>) -> Result<i64, Failure> {
    match value {
        None => Ok(0),
        Some(Value::Int(n)) => Ok(*n),
        Some(other) => Err(unfit(other)),
    }
}

fn int32(value: Option<&Value<'_>>) -> Result<i32, Failure> {
    i32::try_from(int64(value)?).map_err(|_| Failure::new("integer overflow"))
}

/// A field of `google.protobuf.Value`.
fn json_field<'v>(name: &str, value: &Value<'v>) -> Outcome<'v> {
    match (name, value) {
        ("null_value", value) => int32(Some(value)).map(|_| Value::Null),
        ("number_value", Value::Double(_)) | ("string_value", Value::String(_)) | ("bool_value", Value::Bool(_)) => {
            Ok(value.clone())
        }
        ("struct_value", value) => json_map(value),
        ("list_value", value) => json_list(value),
        _ => Err(unfit(value)),
    }
}

/// Largest integer that JSON holds exactly.
const EXACT_MAX: i64 = (1 << 53) - 1;

/// A value as JSON has it: numbers are doubles, what is too large or no JSON is text.
fn json<'v>(value: &Value<'v>) -> Outcome<'v> {
    Ok(match value {
        Value::Null | Value::Bool(_) | Value::Double(_) | Value::String(_) => value.clone(),
        Value::Int(n) if (-EXACT_MAX..=EXACT_MAX).contains(n) => Value::Double(*n as f64),
        Value::Uint(n) if *n <= EXACT_MAX as u64 => Value::Double(*n as f64),
        Value::Int(_) | Value::Uint(_) | Value::Duration(_) | Value::Timestamp(_) => Value::text(text_of(value)?),
        Value::Bytes(bytes) => Value::text(base64(bytes)),
        Value::Optional(Some(inner)) => json(inner)?,
        Value::List(_) => json_list(value)?,
        Value::Map(_) => json_map(value)?,
        Value::Empty => Value::Map(Map::collect(Vec::new())?),
        other => return Err(unfit(other)),
    })
}

fn json_list<'v>(value: &Value<'v>) -> Outcome<'v> {
    match value {
        Value::List(items) => Ok(Value::list(items.iter().map(json).collect::<Result<_, _>>()?)),
        other => Err(unfit(other)),
    }
}

fn json_map<'v>(value: &Value<'v>) -> Outcome<'v> {
    let Value::Map(map) = value else { return Err(unfit(value)) };
    let entry = |(key, value): (Value<'v>, Value<'v>)| match key {
        Value::String(_) => Ok((key, json(&value)?)),
        other => Err(unfit(&other)),
    };
    let entries: Vec<(Value<'v>, Value<'v>)> = map.entries().into_iter().map(entry).collect::<Result<_, _>>()?;
    Map::collect(entries).map(Value::Map)
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, b| word << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at > chunk.len() { '=' } else { digit.into() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_base64() {
        let check = |text: &str, want: &str| assert_eq!(base64(text.as_bytes()), want, "{text}");
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foobar", "Zm9vYmFy");
        check("\u{3ff}\u{fff}", "z7/gv78=");
    }
}
