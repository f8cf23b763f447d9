//! What must be contained, whatever it costs.

use crate::advice::fact::{Fact, NONE, fault, trust};
use crate::advice::rule::Effect::{Choose, FixFirst, Processes, Reject};
use crate::advice::rule::Test::{AtLeast, Is, IsNot, Yes};
use crate::advice::rule::{Case, Class, Rule};
use crate::strategy::Strategy::{ChildProcess, Cluster, Offload, ScaleOut, WorkerThreads};

pub const RULES: &[Rule] = &[
    Rule {
        id: "R10",
        class: Class::Safety,
        seed: None,
        cases: &[Case {
            when: &[Is(Fact::Trust, trust::UNTRUSTED)],
            unless: &[],
            sentence: "Code of others is run: nothing inside this process is a security boundary, neither vm, nor an isolate, nor a thread.",
            effects: &[
                Choose(ChildProcess),
                Reject(Offload),
                Reject(WorkerThreads),
                FixFirst(
                    "put the child process into a sandbox of the operating system (seccomp, a container, another user)",
                ),
            ],
        }],
    },
    Rule {
        id: "R11",
        class: Class::Safety,
        seed: Some("Independence from crashes in other processes"),
        cases: &[Case {
            when: &[Yes(Fact::NativeCrashRisk)],
            unless: &[],
            sentence: "Native code may crash, and a crash of it ends the whole process, threads and isolates included.",
            effects: &[Choose(ChildProcess), Reject(Offload), Reject(WorkerThreads)],
        }],
    },
    Rule {
        id: "R12",
        class: Class::Safety,
        seed: Some("You want fault tolerance — a crash in one process doesn’t crash others"),
        cases: &[
            Case {
                when: &[
                    Is(Fact::FaultTolerance, fault::CRITICAL),
                    AtLeast(Fact::Copies, 2.0),
                ],
                unless: &[],
                sentence: "A crash is survived already: there are {copies} copies.",
                effects: &[],
            },
            Case {
                when: &[
                    Is(Fact::FaultTolerance, fault::CRITICAL),
                    IsNot(Fact::Orchestrator, NONE),
                ],
                unless: &[],
                sentence: "A crash must be survived, and the orchestrator keeps as many copies as it is told to.",
                effects: &[Choose(ScaleOut), Processes(2)],
            },
            Case {
                when: &[Is(Fact::FaultTolerance, fault::CRITICAL)],
                unless: &[],
                sentence: "A crash must be survived: two processes at least, for availability, however many cores there are.",
                effects: &[
                    Choose(Cluster),
                    Processes(2),
                    FixFirst(
                        "let a supervisor (systemd, PM2, the container runtime) restart the primary, too",
                    ),
                ],
            },
            Case {
                when: &[Is(Fact::FaultTolerance, fault::WANTED), Yes(Fact::Leaking)],
                unless: &[AtLeast(Fact::Copies, 2.0)],
                sentence: "The process leaks, and a crash should be survived: two processes, each replaced when it has grown too large.",
                effects: &[
                    Choose(Cluster),
                    Processes(2),
                    FixFirst("replace a worker at a limit of resident memory, one at a time"),
                ],
            },
        ],
    },
    Rule {
        id: "R13",
        class: Class::Safety,
        seed: None,
        cases: &[Case {
            when: &[Yes(Fact::Killable)],
            unless: &[],
            sentence: "A run may have to be stopped from outside: an offloaded task with a `timeout` is, and its thread goes on.",
            effects: &[
                Choose(Offload),
                FixFirst(
                    "give the task a `timeout`; for regular expressions, a linear engine (RE2) removes the reason",
                ),
            ],
        }],
    },
];
