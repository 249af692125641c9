//! Ids that stand more than once, and those that look like others: the table is read once more for their places.

use super::Loading;
use super::chunks::{self, Worker};
use super::problem::{Code, Detail, Place, Problem, Problems};
use super::proof::{Key, Twin, Twins};
use super::source::FileError;
use super::table::{Row, Schema};

impl Loading<'_> {
    /// Reads a table once more for the places of ids that equal or look like others. Equal ones are an error unless one
    /// id `may_repeat`.
    pub(super) fn twins(
        &mut self,
        schema: Schema,
        column: usize,
        repeated: Vec<Key>,
        may_repeat: bool,
    ) -> Result<(), FileError> {
        if repeated.is_empty() {
            return Ok(());
        }
        let problems = Problems::new(self.env.max_errors);
        let finding =
            FindTwins { column, may_repeat, twins: Twins::new(self.keys.clone(), repeated), problems };
        let (found, _) = chunks::read(schema, self.dir.parts_of(schema.table), self.env, vec![finding])?;
        found.into_iter().for_each(|f| self.problems.merge(f.problems));
        Ok(())
    }
}

/// Meets each id of a table again.
struct FindTwins {
    column: usize,
    may_repeat: bool,
    twins: Twins,
    problems: Problems,
}

impl Worker for FindTwins {
    fn row(&mut self, row: &mut Row) {
        let Ok(id) = row.id(self.column, true) else { return };
        let place = row.place_of(self.column);
        let name = row.layout.schema.columns[self.column].name;
        match self.twins.meet(id, place) {
            Some(Twin::Same(_)) if self.may_repeat => {}
            Some(Twin::Same(first)) => self.problems.error(place, || {
                let first = Place { column: None, ..first };
                Problem::new(Code::DuplicateId, place).column(name).value(id).related(first)
            }),
            Some(Twin::Like(other)) => self.problems.warn_at(Code::LookalikeId, place, None, || {
                let p = Problem::new(Code::LookalikeId, place).column(name).value(id);
                p.detail(Detail::Other(other))
            }),
            _ => {}
        }
    }
}
