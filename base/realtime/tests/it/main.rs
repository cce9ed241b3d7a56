//! The hub from outside, over real sockets.

mod doors;
mod room;
mod sockets;
