//! What the machine cannot give.

use crate::advice::fact::Fact;
use crate::advice::rule::Effect::{
    Choose, FixFirst, Reject, Threads, ThreadsByCores, ThreadsByMemory,
};
use crate::advice::rule::Test::{Above, AtLeast, Below};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{Cluster, Offload, ScaleOut, WorkerThreads};

pub const RULES: &[Rule] = &[
    Rule {
        id: "R30",
        class: Class::Capacity,
        seed: Some("You’re handling very high traffic and need to scale horizontally"),
        cases: &[Case {
            when: &[Above(Fact::CapacityUse, 0.7)],
            unless: &[],
            sentence: "{offeredLoad} cores of work are offered to {coresPerInstance} cores: this machine is too small; {coresNeeded} cores would be busy to 70 %.",
            effects: &[Choose(ScaleOut)],
        }],
    },
    Rule {
        id: "R31",
        class: Class::Capacity,
        seed: Some("Your app runs fine on a single CPU core"),
        cases: &[
            Case {
                when: &[Below(Fact::CoresPerInstance, 1.0)],
                unless: &[],
                sentence: "There is less than one core ({coresPerInstance}): threads would only take it from each other.",
                effects: &[Reject(Cluster), Reject(WorkerThreads), Reject(Offload)],
            },
            Case {
                when: &[
                    Below(Fact::CoresPerInstance, 1.5),
                    AtLeast(Fact::BlockingTaskMs, 50.0),
                ],
                unless: &[],
                sentence: "There is one core ({coresPerInstance}): one thread keeps the loop responsive beside a task of {blockingTaskMs} ms, and gains no throughput.",
                effects: &[Reject(Cluster), Reject(WorkerThreads), Threads(1)],
            },
            Case {
                when: &[Below(Fact::CoresPerInstance, 1.5)],
                unless: &[],
                sentence: "There is one core ({coresPerInstance}): a second thread or process has nothing to run on.",
                effects: &[Reject(Cluster), Reject(WorkerThreads), Reject(Offload)],
            },
            Case {
                when: &[Below(Fact::CoresPerInstance, 2.0)],
                unless: &[],
                sentence: "There are less than two cores ({coresPerInstance}): a second process would share the first one's.",
                effects: &[Reject(Cluster)],
            },
        ],
    },
    Rule {
        id: "R32",
        class: Class::Capacity,
        seed: None,
        cases: &[Case {
            when: &[Above(Fact::Throttling, 0.05)],
            unless: &[],
            sentence: "The container was stopped in {throttling} of the periods: more threads only spend the quota of {coresPerInstance} cores sooner.",
            effects: &[
                ThreadsByCores,
                FixFirst(
                    "raise the CPU limit, and keep the pool at no more threads than it has whole cores",
                ),
            ],
        }],
    },
    Rule {
        id: "R33",
        class: Class::Capacity,
        seed: None,
        cases: &[
            Case {
                when: &[Above(Fact::ProcessMemoryShare, 0.7)],
                unless: &[],
                sentence: "A second process and a primary would take {processMemoryShare} of the {freeMemoryMb} MB that are free.",
                effects: &[Reject(Cluster), ThreadsByMemory],
            },
            Case {
                when: &[Above(Fact::ThreadMemoryShare, 0.7)],
                unless: &[],
                sentence: "A thread on each core would take {threadMemoryShare} of the {freeMemoryMb} MB that are free.",
                effects: &[ThreadsByMemory],
            },
        ],
    },
];
