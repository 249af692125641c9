//! The calculation of `scrm-calc`: what the two systems of a private domain earned, exactly.
//!
//! A private domain (私域) runs two systems over one pool of users. *Direct*: the company sells to users it paid to
//! acquire; direct profit = revenue − traffic cost. *Distribution*: some users become distributors and sell to
//! people who trust them, for a commission; distribution profit = revenue − commission.
//!
//! The path of the data: a [`World`](world::World) holds what is known before the orders are read; each order is
//! [classified](world::World::classify) into one bucket and added to a [`Fold`](fold::Fold); folds of many workers
//! merge; [`pnl::statement`] turns the result into plain numbers; [`bridge::bridge`] says why two periods differ.
//! [`explain`] says from which rows a figure comes.
//! [`scenario`] runs the formulas forward, from drivers to the statement they would make.
//!
//! # What does this crate not do?
//! It reads no file and no clock, knows no locale, time zone, terminal or format, and never uses a binary
//! fraction. Ids are dense numbers given out by the caller. Sums are integers of 1/10,000 of the currency.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]

extern crate alloc;

pub mod against;
pub mod bridge;
pub mod change;
pub mod classify;
pub mod cohort;
pub mod commission;
pub mod compare;
pub mod date;
pub mod explain;
pub mod figures;
pub mod fold;
pub mod lint;
pub mod merit;
pub mod money;
pub mod pages;
pub mod pay_run;
pub mod payout;
pub mod period;
pub mod plan;
pub mod pnl;
pub mod scenario;
pub mod spread;
pub mod targets;
pub mod tax;
pub mod users;
pub mod why;
pub mod world;
