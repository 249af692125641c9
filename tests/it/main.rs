//! The integration tests, as one crate.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bridge;
mod cli;
mod cohort;
mod distributors;
mod errors;
mod exports;
mod files;
mod golden;
mod headers;
mod hostile;
mod init;
mod inspect;
mod laws;
mod paying;
mod plan;
mod profiles;
mod raw;
mod readme;
mod reference;
mod rows;
mod sheets;
mod shop;
mod tidy;
mod why;
mod workbooks;
