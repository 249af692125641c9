//! Two halves of a statement, which need nothing of each other.

/// Does two things, at once where it can.
pub trait Both {
    fn both<A: Send, B: Send>(&self, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B);
}

/// One after the other.
#[derive(Clone, Copy, Debug)]
pub struct InTurn;

impl Both for InTurn {
    fn both<A: Send, B: Send>(&self, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
        (a(), b())
    }
}
