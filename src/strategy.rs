//! The ways to run code that advice chooses between, and whose queues are simulated.

/// A strategy. The order is that of weight: an earlier one is simpler to live with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Strategy {
    /// One process, one loop.
    None,
    /// Heavy functions in isolates on this process's threads.
    Offload,
    /// Whole programs on `worker_threads`.
    WorkerThreads,
    /// Several processes that share a port.
    Cluster,
    /// The dangerous part in a process of its own.
    ChildProcess,
    /// More machines, containers or instances.
    ScaleOut,
    /// Not to be said from what is known.
    Unknown,
}

impl Strategy {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Offload,
        Self::WorkerThreads,
        Self::Cluster,
        Self::ChildProcess,
        Self::ScaleOut,
        Self::Unknown,
    ];

    /// As JavaScript reads it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Offload => "offload",
            Self::WorkerThreads => "worker_threads",
            Self::Cluster => "cluster",
            Self::ChildProcess => "child_process",
            Self::ScaleOut => "scale-out",
            Self::Unknown => "unknown",
        }
    }

    /// Whether code leaves the main isolate of this process, as the founding document counts it:
    /// threads too. More copies of the same process do not isolate anything.
    pub const fn isolates(self) -> bool {
        matches!(
            self,
            Self::Offload | Self::WorkerThreads | Self::Cluster | Self::ChildProcess
        )
    }
}

/// A set of strategies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strategies(u8);

impl Strategies {
    /// Adds one.
    pub fn insert(&mut self, strategy: Strategy) {
        self.0 |= 1 << strategy as u8;
    }

    /// Whether it is there.
    pub fn contains(self, strategy: Strategy) -> bool {
        self.0 & (1 << strategy as u8) != 0
    }

    /// Those in it, the simplest first.
    pub fn iter(self) -> impl Iterator<Item = Strategy> {
        Strategy::ALL
            .into_iter()
            .filter(move |&strategy| self.contains(strategy))
    }
}
