//! How a list names distributors: by id, and for people by name too where anybody has one.

use super::document::{Cell, Field};
use super::words::label;
use crate::lang::Lang;
use scrm_core::world::World;

/// The columns that name the distributors of a list.
#[derive(Clone, Copy)]
pub struct People<'a> {
    world: &'a World,
    named: bool,
}

impl<'a> People<'a> {
    /// Looks once whether anybody has a name.
    pub fn of(world: &'a World, for_people: bool) -> People<'a> {
        People { world, named: for_people && world.distributors.iter().any(|d| !d.name.is_empty()) }
    }

    /// The fields; `key` is that of the id.
    pub fn fields(&self, key: &'static str, lang: Lang) -> Vec<Field> {
        let keys = [Some(key), self.named.then_some("name")];
        keys.into_iter().flatten().map(|key| Field::identity(key, label(key, lang))).collect()
    }

    /// The cells of a distributor.
    pub fn cells(&self, distributor: u32) -> Vec<Cell> {
        let d = &self.world.distributors[distributor as usize];
        self.cells_of(Cell::text(&d.id), &d.name)
    }

    /// The cells of a row that is nobody's.
    pub fn nobody(&self, id: Cell) -> Vec<Cell> {
        self.cells_of(id, "")
    }

    /// The cells of an id and a name, whosever they are.
    pub fn cells_of(&self, id: Cell, name: &str) -> Vec<Cell> {
        [Some(id), self.named.then(|| Cell::text(name))].into_iter().flatten().collect()
    }
}
