//! What a feature gives to the hub: topics and commands.

use std::future::Future;
use std::pin::Pin;

use kernel::Result;
use serde_json::Value;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What folding an event into a state did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// The state is another one now: subscribers must hear of the event.
    Changed,
    /// The state already contained it: nobody needs to hear of it (again).
    Unchanged,
}

/// A family of topics that begin alike, such as `chat/{conf}/{talk}`.
///
/// Publish to a topic only after what it is about has been committed: then whatever a load does not see
/// comes as an event.
pub trait Topic<W>: Send + Sync {
    /// Whether `who` may read topic `name`, and the members of the snapshot's `data` that are for them
    /// alone (an object, or `null` for none).
    fn open<'a>(&'a self, who: &'a W, name: &'a str) -> BoxFuture<'a, Result<Value>>;

    /// The state that all readers of `name` share: an object.
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>>;

    /// Brings `state` up to date with `event`; what readers do with it, too. An event whose effect is
    /// already in the state must leave it alone and say so.
    fn fold(&self, state: &mut Value, event: &Value) -> Fold;

    /// How many connections read topic `name`; told about once a second while that changes.
    fn crowd(&self, name: &str, count: usize) {
        let _ = (name, count);
    }
}

/// Something that a client may ask for.
pub trait Command<W>: Send + Sync {
    /// Does it. Runs to its end even if the asker goes away meanwhile.
    fn run(&self, who: W, args: Value) -> BoxFuture<'static, Result<Value>>;
}

impl<W, F, Out> Command<W> for F
where
    F: Fn(W, Value) -> Out + Send + Sync + 'static,
    Out: Future<Output = Result<Value>> + Send + 'static,
{
    fn run(&self, who: W, args: Value) -> BoxFuture<'static, Result<Value>> {
        Box::pin(self(who, args))
    }
}

/// Whether `name` may be the name of a topic at all.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=crate::limits::TOPIC_BYTES_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/_-.".contains(&b))
}
