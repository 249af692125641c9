//! Results to documents: which rows and columns a report has, and their names in either language. Nothing here
//! calculates.

pub mod bridge;
pub mod check;
pub mod cohort;
pub mod compare;
pub mod define;
pub mod distributors;
pub mod document;
pub mod explain;
pub mod exports;
pub mod inspect;
pub mod payment_run;
pub mod payouts;
mod people;
pub mod plan;
pub mod pnl;
pub mod problems;
pub mod rules;
pub mod statement;
pub mod why;
pub mod words;
pub mod workbook;
