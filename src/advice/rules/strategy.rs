//! What the load asks for.
//!
//! Where both a hot function and a full loop are there, the order of the rows decides: offloading
//! the function comes before more processes, since requests then share one queue in front of all
//! threads while the loop stays free (research, finding 8).

use crate::advice::fact::{Fact, NONE, level, shape, workload};
use crate::advice::rule::Effect::{AllCores, Choose, FixFirst, Offer, Reject};
use crate::advice::rule::Test::{Above, AtLeast, Below, Is, IsNot, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{self, Cluster, Offload, ScaleOut, WorkerThreads};

const ALL_CORES: Option<&str> = Some("You need to fully utilize multiple CPU cores");

pub const RULES: &[Rule] = &[
    Rule {
        id: "R51",
        class: Class::Strategy,
        seed: None,
        cases: &[Case {
            when: &[Below(Fact::TaskMs, 1.0), AtLeast(Fact::TopShare, 0.5)],
            unless: &[],
            sentence: "A call takes {taskMs} ms, less than moving it is worth.",
            effects: &[
                Reject(Offload),
                Choose(Strategy::None),
                FixFirst("put calls together until a task takes 1 ms or more, then offload those"),
            ],
        }],
    },
    Rule {
        id: "R55",
        class: Class::Strategy,
        seed: None,
        cases: &[
            Case {
                when: &[Yes(Fact::Stateful), Is(Fact::Workload, workload::CPU)],
                unless: &[Yes(Fact::Relaxed)],
                sentence: "State lives in memory beside the work on it: a thread that owns both, not functions sent away and processes that share nothing.",
                effects: &[Reject(Offload), Reject(Cluster), Choose(WorkerThreads)],
            },
            Case {
                when: &[Yes(Fact::Stateful), IsNot(Fact::Workload, workload::CPU)],
                unless: &[],
                sentence: "State lives in memory: with more than one process, each client must come back to its own.",
                effects: &[FixFirst(
                    "use sticky sessions, or keep the state in a store that all processes share",
                )],
            },
        ],
    },
    Rule {
        id: "R53",
        class: Class::Strategy,
        seed: ALL_CORES,
        cases: &[
            Case {
                when: &[
                    Is(Fact::Shape, shape::CONCENTRATED),
                    Above(Fact::RestLoad, 0.7),
                    IsNot(Fact::Orchestrator, NONE),
                ],
                unless: &[],
                sentence: "Without its hot functions the loop would still be offered {restLoad} of what it can do: more replicas, and offloading in each.",
                effects: &[Choose(ScaleOut)],
            },
            Case {
                when: &[
                    Is(Fact::Shape, shape::CONCENTRATED),
                    Above(Fact::RestLoad, 0.7),
                ],
                unless: &[],
                sentence: "Without its hot functions the loop would still be offered {restLoad} of what it can do: processes, and offloading in each.",
                effects: &[Choose(Cluster)],
            },
        ],
    },
    Rule {
        id: "R50",
        class: Class::Strategy,
        seed: Some("Your workload is CPU-bound (heavy computation)"),
        cases: &[
            Case {
                when: &[Is(Fact::Shape, shape::CONCENTRATED)],
                unless: &[Yes(Fact::Relaxed), Yes(Fact::SloMet)],
                sentence: "The CPU time is in few functions: they can leave the loop, and everything else stays as it is.",
                effects: &[Choose(Offload)],
            },
            Case {
                when: &[
                    Is(Fact::Shape, shape::MIXED),
                    Is(Fact::LoadLevel, level::HIGH),
                ],
                unless: &[Yes(Fact::SloMet)],
                sentence: "A part of the CPU time is in functions that can leave the loop.",
                effects: &[Offer(Offload)],
            },
        ],
    },
    Rule {
        id: "R52",
        class: Class::Strategy,
        seed: ALL_CORES,
        cases: &[
            Case {
                when: &[
                    Is(Fact::LoadLevel, level::HIGH),
                    IsNot(Fact::Orchestrator, NONE),
                ],
                unless: &[
                    Is(Fact::Shape, shape::CONCENTRATED),
                    Yes(Fact::SimplicitySuffices),
                ],
                sentence: "The load is high and no single function holds it: more replicas.",
                effects: &[Choose(ScaleOut)],
            },
            Case {
                when: &[Is(Fact::LoadLevel, level::HIGH)],
                unless: &[
                    Is(Fact::Shape, shape::CONCENTRATED),
                    Yes(Fact::SimplicitySuffices),
                ],
                sentence: "The load is high and no single function holds it: more processes behind one port.",
                effects: &[Choose(Cluster)],
            },
        ],
    },
    Rule {
        id: "R54",
        class: Class::Strategy,
        seed: None,
        cases: &[
            Case {
                when: &[
                    Is(Fact::Workload, workload::CPU),
                    Yes(Fact::NativeCrashRisk),
                ],
                unless: &[],
                sentence: "Heavy native work belongs in an external program, started as a child or taken from a queue.",
                effects: &[],
            },
            Case {
                when: &[Yes(Fact::Batch)],
                unless: &[],
                sentence: "Nobody waits for single answers: all cores can work through it.",
                effects: &[AllCores],
            },
        ],
    },
];
