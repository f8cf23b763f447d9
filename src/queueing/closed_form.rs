//! Formulas for one server, where a simulation would be too slow: advice is given in a millisecond.

const ONE_IN_A_HUNDRED: f64 = 0.01;

/// Work that arrives at one server: kinds of tasks, each with a rate and a service time.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// Arrivals a second.
    pub rate: f64,
    /// Mean service time, ms.
    pub mean_ms: f64,
    /// Mean of the squared service time, ms².
    pub second_moment: f64,
}

impl Stream {
    /// Service times that vary as an exponential distribution does: the assumption where only a
    /// mean is known.
    pub const fn exponential(rate: f64, mean_ms: f64) -> Self {
        Self {
            rate,
            mean_ms,
            second_moment: 2.0 * mean_ms * mean_ms,
        }
    }

    /// Service times that are all alike.
    pub const fn constant(rate: f64, mean_ms: f64) -> Self {
        Self {
            rate,
            mean_ms,
            second_moment: mean_ms * mean_ms,
        }
    }

    fn utilization(&self) -> f64 {
        self.rate * self.mean_ms / 1000.0
    }

    /// What one arrival in a hundred finds left of a task of this kind that is being served.
    fn p99_rest_ms(&self) -> f64 {
        let busy = self.utilization();
        if busy <= ONE_IN_A_HUNDRED {
            return 0.0;
        }
        let varies = self.second_moment > 1.5 * self.mean_ms * self.mean_ms;
        if varies {
            self.mean_ms * (busy / ONE_IN_A_HUNDRED).ln()
        } else {
            self.mean_ms - ONE_IN_A_HUNDRED * 1000.0 / self.rate
        }
    }
}

/// The 99th percentile of the time that an arrival waits before it is served, in ms; infinite where
/// the server cannot keep up.
///
/// The mean wait is Pollaczek's and Khinchine's, `W = λE[S²] / 2(1−ρ)`. The wait of those that wait
/// is taken as exponential with that mean: exact for M/M/1, and close for others while ρ is not
/// small. One rare long kind of task makes a shorter tail than that, but a longer one than its mean
/// tells: whoever arrives while it runs waits for the rest of it.
pub fn p99_wait_ms(streams: &[Stream]) -> f64 {
    let utilization: f64 = streams.iter().map(Stream::utilization).sum();
    if utilization >= 1.0 {
        return f64::INFINITY;
    }
    // Only a part ρ waits at all: below 1 % the 99th percentile does not.
    if utilization <= ONE_IN_A_HUNDRED {
        return 0.0;
    }
    let squares: f64 = streams.iter().map(|s| s.rate * s.second_moment).sum();
    let mean_wait_ms = squares / 1000.0 / (2.0 * (1.0 - utilization));
    let tail = mean_wait_ms / utilization * (utilization / ONE_IN_A_HUNDRED).ln();
    streams.iter().map(Stream::p99_rest_ms).fold(tail, f64::max)
}

/// The 99th percentile of the time from arrival to completion, in ms. The service time added to the
/// wait is that of the longest kind that at least one request in a hundred belongs to.
pub fn p99_ms(streams: &[Stream]) -> f64 {
    let rate: f64 = streams.iter().map(|stream| stream.rate).sum();
    let own_ms = streams
        .iter()
        .filter(|stream| stream.rate >= ONE_IN_A_HUNDRED * rate)
        .map(|stream| stream.mean_ms)
        .fold(0.0, f64::max);
    p99_wait_ms(streams) + own_ms
}
