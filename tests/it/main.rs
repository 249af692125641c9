//! The integration tests, as one crate.

mod cli;
mod golden;
mod readme;
mod tidy;
