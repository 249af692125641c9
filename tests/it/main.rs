//! The integration tests, as one crate.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bridge;
mod changes;
mod cli;
mod cohort;
mod distributors;
mod errors;
mod explain;
mod exports;
mod golden;
mod hostile;
mod init;
mod laws;
mod paying;
mod plan;
mod readme;
mod reference;
mod sheets;
mod targets;
mod tidy;
mod why;
mod workbooks;
