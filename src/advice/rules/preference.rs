//! What to do where nothing is pressing.

use crate::advice::fact::{Fact, quality};
use crate::advice::rule::Effect::{Choose, FixFirst};
use crate::advice::rule::Test::{self, Below, Is, No, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{None as Nothing, Unknown};

pub const RULES: &[Rule] = &[
    Rule {
        id: "R60",
        class: Class::Preference,
        seed: Some(
            "For smaller apps, simplicity of a single process is often better than managing clusters.",
        ),
        cases: &[Case {
            when: &[Yes(Fact::PreferSimplicity)],
            unless: &[],
            sentence: "Simplicity is preferred: the simplest that serves, and one process is the simplest.",
            effects: &[Choose(Nothing)],
        }],
    },
    Rule {
        id: "R61",
        class: Class::Preference,
        seed: Some(
            "If your workload is not saturating the CPU, adding process isolation adds unnecessary complexity.",
        ),
        cases: &[Case {
            when: &[Yes(Fact::Relaxed)],
            unless: &[],
            sentence: "The loop is at ease: offered {offeredLoad} of what it can do, and nothing blocks it for more than {blockingTaskMs} ms.",
            effects: &[Choose(Nothing)],
        }],
    },
    Rule {
        id: "R62",
        class: Class::Preference,
        seed: None,
        cases: &[
            Case {
                when: &[Below(Fact::PredictedGain, 0.2)],
                unless: &[],
                sentence: "Offloading is predicted to take {predictedGain} off the 99th percentile: not worth a change.",
                effects: &[Choose(Nothing)],
            },
            Case {
                when: &[Below(Fact::PredictedGainMs, 5.0)],
                unless: &[],
                sentence: "Offloading is predicted to take {predictedGainMs} ms off the 99th percentile: not worth a change.",
                effects: &[Choose(Nothing)],
            },
        ],
    },
    Rule {
        id: "R63",
        class: Class::Preference,
        seed: None,
        cases: &[
            Case {
                when: &[No(Fact::Informed)],
                unless: &[],
                sentence: "Nothing is declared and nothing was measured.",
                effects: &[
                    Choose(Unknown),
                    FixFirst(
                        "declare what the work is (workload, traffic, numbers), or measure it: measure()",
                    ),
                ],
            },
            Case {
                when: &[
                    Is(Fact::EvidenceQuality, quality::ABSENT),
                    Test::Unknown(Fact::OfferedLoad),
                ],
                unless: &[],
                sentence: "This rests on words that are declared; no number of the load is known.",
                effects: &[],
            },
        ],
    },
];
