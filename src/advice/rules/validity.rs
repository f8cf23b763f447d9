//! Can the input be rested on?

use crate::advice::fact::{Fact, fault, level, quality, trust};
use crate::advice::rule::Effect::{Choose, ConfidenceAtMost, FixFirst};
use crate::advice::rule::Test::{Above, Below, Is, Measured, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::Unknown;

const ALWAYS_MEASURE: &str =
    "Always measure your actual performance and bottlenecks before deciding.";

pub const RULES: &[Rule] = &[
    Rule {
        id: "R01",
        class: Class::Validity,
        seed: Some(ALWAYS_MEASURE),
        cases: &[
            Case {
                when: &[Is(Fact::EvidenceQuality, quality::INSUFFICIENT)],
                unless: &[],
                sentence: "The window is too short to rest on (30 s, 1,000 requests and 200 iterations are needed): what is declared counts.",
                effects: &[
                    ConfidenceAtMost(0.5),
                    FixFirst("measure again: 30 s or more under real load"),
                ],
            },
            Case {
                when: &[
                    Yes(Fact::Contradictory),
                    Is(Fact::EvidenceQuality, quality::ABSENT),
                ],
                unless: &[],
                sentence: "What is declared in words contradicts the numbers, and nothing was measured: the numbers count.",
                effects: &[
                    ConfidenceAtMost(0.5),
                    FixFirst("measure: measure() for 30 s under real load settles it"),
                ],
            },
        ],
    },
    Rule {
        id: "R02",
        class: Class::Validity,
        seed: Some(ALWAYS_MEASURE),
        cases: &[Case {
            when: &[Yes(Fact::Disturbed)],
            // What must be contained must be contained, however noisy the machine is.
            unless: &[
                Is(Fact::Trust, trust::UNTRUSTED),
                Yes(Fact::NativeCrashRisk),
                Is(Fact::FaultTolerance, fault::CRITICAL),
            ],
            sentence: "The window was disturbed: neighbours took the CPU, or the process had just started.",
            effects: &[
                Choose(Unknown),
                FixFirst("measure again in a quiet window, 10 s or more after the start"),
            ],
        }],
    },
    Rule {
        id: "R03",
        class: Class::Validity,
        seed: Some(ALWAYS_MEASURE),
        cases: &[
            Case {
                when: &[
                    Is(Fact::Traffic, level::HIGH),
                    Measured(Fact::OfferedLoad),
                    Below(Fact::OfferedLoad, 0.7),
                ],
                unless: &[],
                sentence: "High traffic is declared, but the main thread is offered only {offeredLoad} of what it can do: what was measured counts.",
                effects: &[],
            },
            Case {
                when: &[
                    Is(Fact::Traffic, level::LOW),
                    Measured(Fact::OfferedLoad),
                    Above(Fact::OfferedLoad, 0.7),
                ],
                unless: &[],
                sentence: "Low traffic is declared, but the main thread is offered {offeredLoad} of what it can do: what was measured counts.",
                effects: &[],
            },
        ],
    },
];
