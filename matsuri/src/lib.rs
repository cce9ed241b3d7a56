//! The composition root: reads the configuration, opens what the features stand on, puts them together,
//! listens, and takes everything down again in order. No logic of the product.

mod background;
pub mod cli;
pub mod command;
pub mod config;
pub mod control;
pub mod counts;
pub mod data;
mod demo;
pub mod event;
pub mod examples;
mod figures;
pub mod front;
pub mod health;
pub mod inputs;
pub mod limits;
pub mod listen;
pub mod meter;
pub mod monitoring;
mod ports;
pub mod process;
pub mod serve;
pub mod site;
pub mod slate;
pub mod tls;
