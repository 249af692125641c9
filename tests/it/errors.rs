//! A case of the project's own for every code: a small good shop, one change, and the line that `check` prints.
