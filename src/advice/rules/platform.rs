//! What the platform forbids, or does better.

use crate::advice::fact::{Fact, NONE, role};
use crate::advice::rule::Effect::{
    Choose, ConfidenceLess, FixFirst, Reject, Threads, ThreadsByCores,
};
use crate::advice::rule::Test::{Above, Below, Is, IsNot, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{self, Cluster, Offload, WorkerThreads};

pub const RULES: &[Rule] = &[
    Rule {
        id: "R20",
        class: Class::Platform,
        seed: None,
        cases: &[
            Case {
                when: &[IsNot(Fact::Serverless, NONE), Below(Fact::TaskMs, 50.0)],
                unless: &[],
                sentence: "The platform starts instances for requests; a task of {taskMs} ms is not worth a thread in each of them.",
                effects: &[Reject(Cluster), Reject(WorkerThreads), Reject(Offload)],
            },
            Case {
                when: &[
                    IsNot(Fact::Serverless, NONE),
                    Below(Fact::CoresPerInstance, 1.5),
                ],
                unless: &[],
                sentence: "The platform starts instances for requests, and one has {coresPerInstance} of a core.",
                effects: &[
                    Reject(Cluster),
                    FixFirst(
                        "give the instance more memory or CPU: on Lambda 1769 MB are one core, 3538 MB two",
                    ),
                ],
            },
            Case {
                when: &[IsNot(Fact::Serverless, NONE)],
                unless: &[],
                sentence: "The platform starts instances for requests: a cluster inside one would hold processes that get none.",
                effects: &[Reject(Cluster)],
            },
        ],
    },
    Rule {
        id: "R21",
        class: Class::Platform,
        seed: None,
        cases: &[Case {
            when: &[IsNot(Fact::Orchestrator, NONE)],
            unless: &[],
            sentence: "The orchestrator ({orchestrator}) starts, spreads and replaces copies: replicas instead of a cluster inside one.",
            effects: &[Reject(Cluster)],
        }],
    },
    Rule {
        id: "R22",
        class: Class::Platform,
        seed: None,
        cases: &[
            Case {
                when: &[Yes(Fact::InsideCluster)],
                unless: &[],
                sentence: "This is a process of a cluster already: its share are {coresPerInstance} cores.",
                effects: &[Reject(Cluster), ThreadsByCores],
            },
            Case {
                when: &[Above(Fact::Instances, 1.0)],
                unless: &[],
                sentence: "{instances} instances share this machine: the share of one are {coresPerInstance} cores.",
                effects: &[Reject(Cluster), ThreadsByCores],
            },
        ],
    },
    Rule {
        id: "R23",
        class: Class::Platform,
        seed: None,
        cases: &[Case {
            when: &[Is(Fact::Role, role::WORKER_THREAD)],
            unless: &[],
            sentence: "This is a worker thread: the main thread knows the load of all of them, and decides.",
            effects: &[
                Choose(Strategy::None),
                FixFirst("call this on the main thread, and let it own the pool"),
            ],
        }],
    },
    Rule {
        id: "R24",
        class: Class::Platform,
        seed: None,
        cases: &[
            Case {
                when: &[
                    IsNot(Fact::Serverless, NONE),
                    Below(Fact::CoresPerInstance, 1.5),
                ],
                unless: &[],
                sentence: "The CPU is there only while a request is answered, and one core gains nothing from a thread.",
                effects: &[
                    Reject(Offload),
                    Reject(WorkerThreads),
                    FixFirst("lower the number of concurrent requests of an instance"),
                ],
            },
            Case {
                when: &[IsNot(Fact::Serverless, NONE)],
                unless: &[],
                sentence: "The CPU is there only while a request is answered: await every task before the response.",
                effects: &[],
            },
        ],
    },
    Rule {
        id: "R25",
        class: Class::Platform,
        seed: None,
        cases: &[Case {
            when: &[
                IsNot(Fact::Orchestrator, NONE),
                Above(Fact::CpuQuota, 1e4),
                Above(Fact::CoresPerInstance, 8.0),
            ],
            unless: &[],
            sentence: "No CPU limit is set, and the {coresPerInstance} cores of the node are shared with whatever else runs there.",
            effects: &[
                Threads(8),
                ConfidenceLess(0.2),
                FixFirst("set a CPU limit, or state maxThreads"),
            ],
        }],
    },
];
