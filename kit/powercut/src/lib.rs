//! A disk that is watched: loaded into a server (`LD_PRELOAD`), it writes down every change below a folder and every
//! wish that a change be durable, in the order in which they happened. What the power takes is decided afterwards, by
//! whoever reads that trace: see `matsuri/tests/it/power`.
//!
//! Invariant: a change and its line in the trace happen as one (threads wait for a lock of this process, processes for
//! one of the trace's file), and the line of a sync is written after everything that it covers. So what is in the trace
//! when somebody is told that something is done is all that it rests on. A process that is killed between the two leaves
//! a line too few, which makes the disk worse, never better.
//!
//! `POWERCUT_ROOT` names the folders (`:` between), `POWERCUT_TRACE` the file; `POWERCUT_FULL` a file while which exists
//! the disk takes nothing more; `POWERCUT_BOOT` what is read for the name of the machine's run.

#![allow(
    unsafe_code,
    reason = "it stands between a program and its C library; nothing links it, see Cargo.toml"
)]
#![allow(
    clippy::missing_safety_doc,
    clippy::similar_names,
    reason = "each function has the contract of the C library's function of its name"
)]

mod calls;
mod trace;
