//! What should be mended rather than isolated.

use crate::advice::fact::{Fact, hot_kind, level, workload};
use crate::advice::rule::Effect::{Choose, FixFirst, Reject};
use crate::advice::rule::Test::{AtLeast, Below, Is, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{None as Nothing, Offload};

pub const RULES: &[Rule] = &[
    Rule {
        id: "R40",
        class: Class::RootCause,
        seed: Some("Your workload is lightweight and I/O-bound"),
        cases: &[
            Case {
                when: &[Is(Fact::LoadLevel, level::LOW), Below(Fact::CpuCores, 0.3)],
                unless: &[AtLeast(Fact::BlockingTaskMs, 50.0)],
                sentence: "The process waits for others: it uses {cpuCores} of a core.",
                effects: &[Choose(Nothing)],
            },
            Case {
                when: &[Is(Fact::Workload, workload::IO)],
                unless: &[
                    Is(Fact::LoadLevel, level::HIGH),
                    AtLeast(Fact::BlockingTaskMs, 50.0),
                ],
                sentence: "I/O-bound work waits for others; one loop waits for thousands at a time.",
                effects: &[Choose(Nothing)],
            },
        ],
    },
    Rule {
        id: "R41",
        class: Class::RootCause,
        seed: None,
        cases: &[Case {
            when: &[AtLeast(Fact::GcShare, 0.1)],
            unless: &[AtLeast(Fact::GarbageShare, 0.5)],
            sentence: "Garbage collection takes {gcShare} of the time, and would in every other process, too.",
            effects: &[
                Choose(Nothing),
                FixFirst("allocate less (a heap profile shows where), or raise the heap limit"),
            ],
        }],
    },
    Rule {
        id: "R42",
        class: Class::RootCause,
        seed: Some(
            "If occasional crashes or memory leaks are acceptable (e.g., in scripts, internal tools, demos), there’s no strong need to isolate.",
        ),
        cases: &[Case {
            when: &[Yes(Fact::Leaking)],
            unless: &[],
            sentence: "Resident memory grows by {rssSlopeMbPerHour} MB an hour: isolation contains a leak and does not mend it.",
            effects: &[FixFirst(
                "find the leak (two heap snapshots, compared), and restart on a limit of resident memory until then",
            )],
        }],
    },
    Rule {
        id: "R43",
        class: Class::RootCause,
        seed: None,
        cases: &[
            Case {
                when: &[
                    Is(Fact::HotKind, hot_kind::SYNC_API),
                    AtLeast(Fact::TopShare, 0.5),
                ],
                unless: &[],
                sentence: "{topShare} of the busy time is one synchronous API of Node's, whose asynchronous twin runs on libuv's threads.",
                effects: &[
                    Choose(Nothing),
                    FixFirst(
                        "call the asynchronous twin, and set UV_THREADPOOL_SIZE to what it needs",
                    ),
                ],
            },
            Case {
                when: &[Is(Fact::HotKind, hot_kind::NATIVE_ASYNC)],
                unless: &[],
                sentence: "The work runs on native threads already.",
                effects: &[Choose(Nothing), FixFirst("tune its own concurrency")],
            },
        ],
    },
    Rule {
        id: "R44",
        class: Class::RootCause,
        seed: None,
        cases: &[Case {
            when: &[
                AtLeast(Fact::CloneShare, 0.2),
                AtLeast(Fact::TaskMs, 1.0),
                Is(Fact::HotKind, hot_kind::JAVASCRIPT),
            ],
            unless: &[],
            sentence: "Cloning what goes in and comes out would keep the main thread for {cloneShare} of the {taskMs} ms that offloading saves.",
            effects: &[
                Reject(Offload),
                FixFirst(
                    "reduce the result inside the task, transfer buffers, stream, or paginate",
                ),
            ],
        }],
    },
    Rule {
        id: "R45",
        class: Class::RootCause,
        seed: None,
        cases: &[Case {
            when: &[AtLeast(Fact::ThreadpoolWaitMs, 10.0)],
            unless: &[],
            sentence: "Work waits {threadpoolWaitMs} ms for one of libuv's {threadpoolSize} threads.",
            effects: &[FixFirst(
                "start the process with a larger UV_THREADPOOL_SIZE (fs, dns.lookup, zlib and crypto share it)",
            )],
        }],
    },
    Rule {
        id: "R46",
        class: Class::RootCause,
        seed: None,
        cases: &[Case {
            when: &[Yes(Fact::Spin)],
            unless: &[],
            sentence: "The loop is busy with turning, not with requests: iterations of {iterationP99Ms} ms, utilization {utilization}.",
            effects: &[
                Choose(Nothing),
                FixFirst("find what reschedules itself (setImmediate, a zero timer, polling)"),
            ],
        }],
    },
];
