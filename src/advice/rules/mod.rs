//! The rules, one place for each: a row of a table in the file of its class.
//!
//! To add one, add a row. Precedence is the class, then the place in the file. `docs/decisions.md`
//! explains the ones that are not obvious.

mod capacity;
mod platform;
mod preference;
mod root_cause;
mod safety;
mod strategy;
mod validity;

use super::rule::Rule;

const CLASSES: [&[Rule]; 7] = [
    validity::RULES,
    safety::RULES,
    platform::RULES,
    capacity::RULES,
    root_cause::RULES,
    strategy::RULES,
    preference::RULES,
];

/// How many rules there are.
pub const COUNT_OF_RULES: usize = {
    let mut count = 0;
    let mut class = 0;
    while class < CLASSES.len() {
        count += CLASSES[class].len();
        class += 1;
    }
    count
};

/// All rules in the order of precedence.
pub static RULES: [Rule; COUNT_OF_RULES] = {
    let mut all = [CLASSES[0][0]; COUNT_OF_RULES];
    let mut count = 0;
    let mut class = 0;
    while class < CLASSES.len() {
        let mut row = 0;
        while row < CLASSES[class].len() {
            all[count] = CLASSES[class][row];
            count += 1;
            row += 1;
        }
        class += 1;
    }
    all
};
