//! An RTMP server on a real port, real and hostile encoders at it.

mod encoders;
mod hostile;
mod house;
mod keys;
mod patience;
