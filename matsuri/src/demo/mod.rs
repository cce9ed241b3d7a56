//! `matsuri demo`.
#![allow(dead_code)]
mod announce;
mod people;
mod plan;
mod programmes;
