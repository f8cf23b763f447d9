//! What must hold of the rules as a table, and of decisions as a whole.

mod calibration;
mod facts_at_random;
mod precedence;
mod table;

use crate::advice::rule::Class;

/// All classes in their order.
const CLASSES: [Class; 7] = [
    Class::Validity,
    Class::Safety,
    Class::Platform,
    Class::Capacity,
    Class::RootCause,
    Class::Strategy,
    Class::Preference,
];
