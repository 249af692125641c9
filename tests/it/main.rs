//! The integration tests, as one crate.

mod cli;
mod errors;
mod golden;
mod hostile;
mod laws;
mod readme;
mod reference;
mod tidy;
