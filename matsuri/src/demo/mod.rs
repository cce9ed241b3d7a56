//! `matsuri demo`.
#![allow(dead_code)]
mod announce;
mod people;
mod plan;
const PROGRAMMES: [&str; 2] = ["a", "b"];
