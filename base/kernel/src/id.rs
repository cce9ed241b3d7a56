//! Typed, prefixed ids: `tlk_01j…`, the same string in logs, addresses, API and both databases.

/// Why a string is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the expected kind")]
pub struct BadId;

/// Lower-case base32 (RFC 4648, extended hex alphabet), so that ids sort as they were made.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = data_encoding::BASE32HEX_NOPAD.encode(bytes);
    text.make_ascii_lowercase();
    text
}

/// A fresh time-ordered id (RFC 9562, UUID version 7) with its prefix.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}_{}", encode(uuid::Uuid::now_v7().as_bytes()))
}

/// Whether `text` has the shape `prefix_` + 26 base32 characters.
pub fn is_well_formed(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|tail| {
            tail.len() == 26
                && tail
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b))
        })
}

/// A 256-bit secret as it is shown once; only its [`digest`] is stored.
pub fn secret() -> String {
    use ring::rand::SecureRandom;
    let mut bytes = [0_u8; 32];
    // The system's generator fails only before the kernel is seeded; a secret that is not random must never leave.
    assert!(
        ring::rand::SystemRandom::new().fill(&mut bytes).is_ok(),
        "the system gives no randomness"
    );
    encode(&bytes)
}

/// SHA-256 of a secret, hex: what a database may keep.
pub fn digest(secret: &str) -> String {
    digest_of(secret.as_bytes())
}

/// SHA-256 of bytes, hex.
pub fn digest_of(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.hex()
}

/// SHA-256 of what comes piece by piece, hex.
#[derive(Clone)]
pub struct Sha256(ring::digest::Context);

impl Sha256 {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(ring::digest::Context::new(&ring::digest::SHA256))
    }

    /// Adds bytes to the end.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of what came so far.
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(self.0.clone().finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256")
    }
}

/// Declares a typed id: `define_id!(/// A talk. TalkId, "tlk");`
#[macro_export]
macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, $crate::id::serde::Serialize)]
        #[serde(transparent, crate = "kernel::id::serde")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;
            /// A fresh id.
            pub fn fresh() -> Self { Self($crate::id::fresh($prefix)) }
            /// Reads an id from outside.
            pub fn parse(text: &str) -> Result<Self, $crate::id::BadId> {
                if $crate::id::is_well_formed($prefix, text) { Ok(Self(text.to_owned())) } else { Err($crate::id::BadId) }
            }
            /// An id as it was stored.
            pub fn stored(text: String) -> Self { Self(text) }
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::id::BadId;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Self::parse(text) }
        }
        impl<'de> $crate::id::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <String as $crate::id::serde::Deserialize>::deserialize(d)?;
                Self::parse(&text).map_err($crate::id::serde::de::Error::custom)
            }
        }
        impl $crate::value::Param for $name {
            const KIND: $crate::value::Kind = $crate::value::Kind::Text;
            fn to_value(&self) -> $crate::value::Value { $crate::value::Value::Text(Some(self.0.clone())) }
        }
        impl $crate::value::Column for $name {
            fn from_value(value: $crate::value::Value) -> Option<Self> {
                match value { $crate::value::Value::Text(text) => text.map(Self), _ => None }
            }
        }
    };
}

#[doc(hidden)]
pub use serde;

/// Declares an enum whose variants are words, the same in database, API and logs.
#[macro_export]
macro_rules! word_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every word there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Reads a word from outside.
            pub fn parse(text: &str) -> Option<Self> { match text { $($word => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl $crate::id::serde::Serialize for $name {
            fn serialize<S: $crate::id::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.as_str()) }
        }
        impl<'de> $crate::id::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <String as $crate::id::serde::Deserialize>::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| $crate::id::serde::de::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
        impl $crate::value::Param for $name {
            const KIND: $crate::value::Kind = $crate::value::Kind::Text;
            fn to_value(&self) -> $crate::value::Value { $crate::value::Value::Text(Some(self.as_str().to_owned())) }
        }
        impl $crate::value::Column for $name {
            fn from_value(value: $crate::value::Value) -> Option<Self> {
                match value { $crate::value::Value::Text(text) => Self::parse(&text?), _ => None }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_sort_as_they_were_made_and_carry_their_kind() {
        let ids: Vec<String> = (0..200).map(|_| super::fresh("tlk")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        assert!(ids.iter().all(|id| super::is_well_formed("tlk", id)));
        assert!(!super::is_well_formed("cnf", &ids[0]));
        assert!(!super::is_well_formed("tlk", "tlk_../../etc/passwd"));
    }
}
