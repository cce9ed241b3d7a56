//! An input told by numbers.
