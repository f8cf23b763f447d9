//! From how stable an answer is to how often such an answer is right.
//!
//! Fitted to 20,000 simulated hosts (seed 1 of `tests/calibration.rs`, whose ignored test prints what
//! is to be fitted) and tested on others. An answer that no neighbouring facts change is still wrong
//! where the facts do not tell what matters: a function that nobody measured, or how much is asked of
//! a loop that is full. And one that every second neighbour changes is often right: near a boundary
//! both sides of it serve.

/// Share of neighbouring facts that keep the strategy, and share of such answers that are right.
type Knots = &'static [(f64, f64)];

/// Where no valid window was measured. Answers that nearly all neighbours keep are right in 0.69 of the
/// cases, which the caps hide; so the cap is reached a little early, and its tenth is right on average.
const DECLARED: Knots = &[
    (0.0, 0.12),
    (0.2, 0.25),
    (0.35, 0.42),
    (0.6, 0.46),
    (0.68, 0.52),
    (0.8, 0.6),
    (1.0, 0.69),
];
/// Where one was. That the function was run both ways made no difference (457 such hosts).
const MEASURED: Knots = &[
    (0.0, 0.25),
    (0.2, 0.38),
    (0.3, 0.5),
    (0.4, 0.56),
    (0.65, 0.62),
    (0.85, 0.67),
    (0.94, 0.74),
    (1.0, 0.86),
];

/// What the answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What is declared.
    Declared,
    /// That, on a host whose cores were read.
    Host,
    /// A valid window.
    Window,
    /// A valid window, and the function to be offloaded was run both ways.
    BothWays,
}

impl Basis {
    /// Whatever else: no more than this. Research 4.4.
    pub const fn cap(self) -> f64 {
        match self {
            Self::Declared => 0.5,
            Self::Host => 0.6,
            Self::Window => 0.9,
            Self::BothWays => 0.98,
        }
    }

    const fn knots(self) -> Knots {
        match self {
            Self::Declared | Self::Host => DECLARED,
            Self::Window | Self::BothWays => MEASURED,
        }
    }

    /// How often an answer on this basis is right which this share of neighbouring facts keep.
    pub fn calibrated(self, stability: f64) -> f64 {
        let knots = self.knots();
        let above = knots.iter().position(|&(share, _)| share >= stability);
        let right = match above {
            Some(0) => knots[0].1,
            Some(place) => {
                let ((from, low), (to, high)) = (knots[place - 1], knots[place]);
                low + (high - low) * (stability - from) / (to - from)
            }
            None => knots[knots.len() - 1].1,
        };
        right.min(self.cap())
    }
}
