//! The five scalar kinds that every database agrees on, and how Rust types become them.
//!
//! Invariant: a NULL knows its kind (`PostgreSQL` refuses an untyped one), and a type reads back exactly
//! what it wrote, from either engine.

use crate::clock::{Timestamp, from_micros};

/// The kind of a value or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
    /// BOOLEAN.
    Bool,
    /// DOUBLE PRECISION.
    Float,
    /// BYTEA.
    Bytes,
}

/// A parameter of a statement or a cell of a row; `None` is NULL.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// DOUBLE PRECISION.
    Float(Option<f64>),
    /// BYTEA.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// The NULL of a kind.
    pub const fn null(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(None),
            Kind::Int => Self::Int(None),
            Kind::Bool => Self::Bool(None),
            Kind::Float => Self::Float(None),
            Kind::Bytes => Self::Bytes(None),
        }
    }

    /// The kind of this value, also of a NULL.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Int(_) => Kind::Int,
            Self::Bool(_) => Kind::Bool,
            Self::Float(_) => Kind::Float,
            Self::Bytes(_) => Kind::Bytes,
        }
    }

    /// Whether it is a NULL of any kind.
    pub const fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Text(None)
                | Self::Int(None)
                | Self::Bool(None)
                | Self::Float(None)
                | Self::Bytes(None)
        )
    }
}

/// What can be given to a statement; also by reference.
pub trait Param {
    /// The kind of column that holds it.
    const KIND: Kind;
    /// The value to store.
    fn to_value(&self) -> Value;
}

/// What can be read from a row.
pub trait Column: Param + Sized {
    /// Reads a cell; `None` when it holds something else.
    fn from_value(value: Value) -> Option<Self>;
}

impl<T: Param + ?Sized> Param for &T {
    const KIND: Kind = T::KIND;
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: Param> Param for Option<T> {
    const KIND: Kind = T::KIND;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::null(T::KIND), Param::to_value)
    }
}

impl<T: Column> Column for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        if value.is_null() {
            Some(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

impl Param for str {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        Value::Text(Some(self.to_owned()))
    }
}

impl Param for [u8] {
    const KIND: Kind = Kind::Bytes;
    fn to_value(&self) -> Value {
        Value::Bytes(Some(self.to_owned()))
    }
}

/// Declares a type by its kind, how it is written and how it is read.
macro_rules! column {
    ($type:ty, $kind:ident, |$own:ident| $write:expr, $read:pat => $result:expr) => {
        impl Param for $type {
            const KIND: Kind = Kind::$kind;
            fn to_value(&self) -> Value {
                let $own = self;
                Value::$kind(Some($write))
            }
        }
        impl Column for $type {
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    $read => $result,
                    _ => None,
                }
            }
        }
    };
}

column!(String, Text, |own| own.clone(), Value::Text(text) => text);
column!(i64, Int, |own| *own, Value::Int(int) => int);
column!(i32, Int, |own| i64::from(*own), Value::Int(Some(int)) => int.try_into().ok());
column!(u32, Int, |own| i64::from(*own), Value::Int(Some(int)) => int.try_into().ok());
column!(u16, Int, |own| i64::from(*own), Value::Int(Some(int)) => int.try_into().ok());
column!(f64, Float, |own| *own, Value::Float(float) => float);
column!(Vec<u8>, Bytes, |own| own.clone(), Value::Bytes(bytes) => bytes);
column!(Timestamp, Int, |own| own.as_microsecond(), Value::Int(Some(int)) => Some(from_micros(int)));

impl Param for bool {
    const KIND: Kind = Kind::Bool;
    fn to_value(&self) -> Value {
        Value::Bool(Some(*self))
    }
}

impl Column for bool {
    /// `SQLite` has no booleans of its own; there they are 0 and 1.
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => flag,
            Value::Int(Some(0)) => Some(false),
            Value::Int(Some(1)) => Some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_knows_its_kind_and_reads_back_only_as_an_option() {
        assert_eq!(None::<Timestamp>.to_value(), Value::Int(None));
        assert_eq!(Option::<i64>::from_value(Value::Text(None)), Some(None));
        assert_eq!(String::from_value(Value::Text(None)), None);
        assert_eq!(Some("a").to_value(), Value::Text(Some("a".into())));
    }

    #[test]
    fn booleans_are_read_from_engines_without_booleans() {
        assert_eq!(bool::from_value(Value::Int(Some(1))), Some(true));
        assert_eq!(bool::from_value(Value::Int(Some(2))), None);
    }
}
