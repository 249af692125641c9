//! The nearest of the words we know to one we do not.

/// The word most like `word`, where one is like enough to be meant: at most a third of it differs.
pub fn near<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .filter(|k| *k != word)
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_understood() {
        let known = || ["currency", "commission", "orders", "levels"].into_iter();
        assert_eq!(near("curency", known()), Some("currency"));
        assert_eq!(near("comission", known()), Some("commission"));
        assert_eq!(near("levles", known()), Some("levels"));
        assert_eq!(near("refund", known()), None);
    }
}
