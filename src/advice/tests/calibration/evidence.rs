//! What the advice gets to see of a host: words, guesses, or a window with its sampling noise.

use crate::advice::fact::{Fact, level, workload};
use crate::advice::facts::{Facts, Source};
use crate::advice::function::{FunctionFacts, MANDATORY_MS};
use crate::queueing::inside::{Model, Percentiles, Stream};
use crate::random::Generator;

use super::host::{Heavy, Host};

/// What people say of their own load: research 4.4.
const GUESS: (f64, f64) = (0.7, 1.5);
/// One number in five is of another day, another service or another unit: off by up to this factor
/// either way. Without such, what is declared would be off exactly as the advice supposes.
const STALE: f64 = 4.0;
/// Requests of a window that are looked at one by one.
const MOST_REQUESTS: f64 = 20_000.0;
/// A loop polls for so many events before it goes on.
const MOST_EVENTS: usize = 100;
/// A loop is never seen busier than this.
const FULL: f64 = 0.999;
/// What a loaded loop differs by from one quiet minute to the next, besides the luck of arrivals.
const DRIFT: f64 = 0.04;

/// What is known of `host` by somebody.
pub fn evidence(host: &Host, random: &mut Generator) -> Facts {
    let mut facts = Facts::default();
    machine(host, random, &mut facts);
    let kind = random.uniform();
    if kind < 0.15 {
        word_of_traffic(host, random, &mut facts);
        word_of_work(host, random, &mut facts);
    } else if kind < 0.4 {
        numbers(host, random, &mut facts);
        if random.uniform() < 0.5 {
            word_of_work(host, random, &mut facts);
        }
        if random.uniform() < 0.3 {
            functions(host, f64::NAN, random, &mut facts);
        }
    } else {
        if random.uniform() < 0.4 {
            numbers(host, random, &mut facts);
        }
        if random.uniform() < 0.4 {
            word_of_work(host, random, &mut facts);
        }
        window(host, random, &mut facts);
    }
    if let Some(slo) = host.slo_ms {
        facts.set(Fact::SloP99Ms, slo, Source::Declared);
    }
    if host.simple {
        facts.set(Fact::PreferSimplicity, 1.0, Source::Declared);
    }
    facts
}

fn machine(host: &Host, random: &mut Generator, facts: &mut Facts) {
    if random.uniform() < 0.15 {
        // Declared, and a limit is easily forgotten.
        let forgets = host.quota.is_some() && random.uniform() < 0.3;
        let cores = if forgets {
            host.cores
        } else {
            host.counted_cores
        };
        facts.set(Fact::EffectiveCores, cores, Source::Declared);
        return;
    }
    let quota = host.quota.unwrap_or(f64::INFINITY);
    let orchestrator = f64::from(host.orchestrated);
    for (fact, value) in [
        (Fact::EffectiveCores, host.counted_cores),
        (Fact::CpuQuota, quota),
        (Fact::Smt, f64::from(host.smt)),
        (Fact::Orchestrator, orchestrator),
        (Fact::MemoryLimitMb, host.limit_mb),
        (Fact::MemoryUsedMb, host.used_mb),
        (Fact::Instances, 1.0),
    ] {
        facts.set(fact, value, Source::Host);
    }
}

/// A word as somebody chooses it: one step off in one case of six.
fn word(value: f64, random: &mut Generator) -> f64 {
    if random.uniform() > 1.0 / 6.0 {
        value
    } else if value == 1.0 {
        2.0 * f64::from(random.uniform() < 0.5)
    } else {
        1.0
    }
}

/// By load where somebody knows it, else by how many requests there are.
fn word_of_traffic(host: &Host, random: &mut Generator, facts: &mut Facts) {
    let (value, medium, high) = if random.uniform() < 0.5 {
        (host.load(), 0.3, 0.7)
    } else {
        (host.rate, 20.0, 200.0)
    };
    let said = if value < medium {
        level::LOW
    } else if value < high {
        level::MEDIUM
    } else {
        level::HIGH
    };
    facts.set(Fact::Traffic, word(said, random), Source::Declared);
}

fn word_of_work(host: &Host, random: &mut Generator, facts: &mut Facts) {
    let heavy_part = host.heavy_ms() / host.request_ms();
    let said = if heavy_part > 0.5 || host.request_ms() > 50.0 {
        workload::CPU
    } else if host.request_ms() < 2.0 {
        workload::IO
    } else {
        1.0
    };
    facts.set(Fact::Workload, word(said, random), Source::Declared);
}

fn guess(random: &mut Generator) -> f64 {
    if random.uniform() < 0.8 {
        random.between(GUESS.0, GUESS.1)
    } else {
        STALE.powf(random.between(-1.0, 1.0))
    }
}

fn numbers(host: &Host, random: &mut Generator, facts: &mut Facts) {
    let rate = host.rate * guess(random);
    let ms = host.request_ms() * guess(random);
    facts.set(Fact::RequestsPerSecond, rate, Source::Declared);
    facts.set(Fact::CpuMsPerRequest, ms, Source::Declared);
}

/// The function as a profile and `measureOffload` show it. Of the calls, `done` were completed; without
/// a window that is NaN, and their share is not known.
fn functions(host: &Host, done: f64, random: &mut Generator, facts: &mut Facts) {
    let Some(Heavy {
        share,
        work,
        cost_ms,
    }) = host.heavy
    else {
        return;
    };
    let runs = 30.0_f64;
    let spread = (work.p99_ms / work.p50_ms).ln() / 2.326;
    // The median of a few runs, at another temperature of the machine.
    let factor = (random.normal() * (0.05 + 1.25 * spread / runs.sqrt())).exp();
    let cost_is_measured = random.uniform() < 0.5;
    let cost_ms = if cost_is_measured {
        cost_ms * (0.1 * random.normal()).exp()
    } else {
        // By size: 0.1 to 0.9 ms for a MiB were measured where 0.5 is assumed, 11 to 24 for 17.
        cost_ms * (0.5 * random.normal()).exp()
    };
    let known = !done.is_nan();
    let part = host.heavy_ms() / host.request_ms();
    let calls = host.rate * share * done;
    let noise = |random: &mut Generator| (0.06 * random.normal()).exp();
    facts.set_functions(&[FunctionFacts {
        p50_ms: work.p50_ms * factor,
        p99_ms: work.p99_ms * factor * noise(random),
        calls_per_second: if known && random.uniform() < 0.5 {
            calls * noise(random)
        } else {
            f64::NAN
        },
        share: if known {
            (part * noise(random)).min(1.0)
        } else {
            f64::NAN
        },
        cost_ms,
        cost_is_measured,
        ..FunctionFacts::NONE
    }]);
}

/// A window of some length, in an hour like the one that is seen.
fn window(host: &Host, random: &mut Generator, facts: &mut Facts) {
    let seconds = 20.0 * 20_f64.powf(random.uniform());
    let rate = host.rate * (DRIFT * random.normal()).exp();
    let model = Model::new(&host.model(rate)).expect("a host makes sense");
    // A busy window is told from a part of it: what it shows does not change after so many requests.
    let count = random.poisson(rate * seconds).clamp(20.0, MOST_REQUESTS) as usize;
    let generator = Generator::new((random.uniform() * 1e15) as u64, 3);
    let stream = Stream::draw(&model, 0, count, generator);
    let seen = turns(
        &stream,
        1000.0 / rate,
        host.quota.filter(|&quota| quota < 1.0),
    );
    // Where more arrives than can be done the window ends before the work does.
    let part = (seen.arrived_ms / seen.wall_ms).min(1.0);
    let whole = seconds * 1000.0 / seen.arrived_ms;
    let requests = (count as f64 * part * whole).floor();
    let mut busy = seen.busy_ms;
    let busy_ms: f64 = busy.iter().sum();
    let longest = busy.iter().copied().fold(0.0, f64::max);
    let long: f64 = busy.iter().filter(|&&ms| ms >= MANDATORY_MS).sum();
    let utilization = (busy_ms / seen.wall_ms).min(FULL);
    let mut set = |fact, value| facts.set(fact, value, Source::Measured);
    set(Fact::WindowSeconds, seconds);
    set(Fact::UptimeSeconds, 600.0);
    set(Fact::Requests, requests);
    set(Fact::Utilization, utilization);
    set(Fact::CpuCores, seen.cpu_ms / seen.wall_ms * 1.08);
    set(Fact::GcShare, random.between(0.0, 0.05));
    set(Fact::CpuPressureBefore, random.between(0.0, 0.05));
    set(Fact::StealShare, 0.0);
    set(Fact::RssMb, host.rss_mb);
    let iterations = busy.len() as f64 * part * whole;
    set(Fact::Iterations, iterations.floor());
    set(Fact::IterationMaxMs, longest);
    set(Fact::LongTaskShare, (long / seen.wall_ms).min(1.0));
    if let Some(times) = Percentiles::of(&mut busy) {
        set(Fact::IterationP50Ms, times.p50);
        set(Fact::IterationP99Ms, times.p99);
    }
    let mut latencies = seen.latencies;
    if random.uniform() < 0.6
        && let Some(times) = Percentiles::of(&mut latencies)
    {
        set(Fact::LatencyP50Ms, times.p50);
        set(Fact::LatencyP99Ms, times.p99);
    }
    if random.uniform() < 0.7 {
        functions(host, part, random, facts);
    }
}

/// What a loop shows of itself.
struct Turns {
    busy_ms: Vec<f64>,
    latencies: Vec<f64>,
    cpu_ms: f64,
    /// When the last request came …
    arrived_ms: f64,
    /// … and when all were done.
    wall_ms: f64,
}

/// The iterations of a loop: each takes what has arrived by the time when it polls. Under a quota the
/// loop stands still, busy, once it has used up its part of a period of 100 ms.
fn turns(stream: &Stream, gap_ms: f64, quota: Option<f64>) -> Turns {
    const PERIOD_MS: f64 = 100.0;
    let mut arrival = 0.0;
    let arrivals: Vec<f64> = stream
        .requests
        .iter()
        .map(|request| {
            arrival += request.gap * gap_ms;
            arrival
        })
        .collect();
    let mut turns = Turns {
        busy_ms: Vec::new(),
        latencies: Vec::new(),
        cpu_ms: 0.0,
        arrived_ms: arrival,
        wall_ms: 0.0,
    };
    let mut next = 0;
    let mut now = 0.0_f64;
    let (mut period, mut used) = (0.0_f64, 0.0_f64);
    while next < arrivals.len() {
        now = now.max(arrivals[next]);
        let polled = now;
        let last = arrivals.len().min(next + MOST_EVENTS);
        while next < last && arrivals[next] <= polled {
            let request = &stream.requests[next];
            let mut left = request.light + request.heavy;
            turns.cpu_ms += left;
            while let Some(quota) = quota {
                let this = (now / PERIOD_MS).floor();
                if this > period {
                    (period, used) = (this, 0.0);
                }
                let end = (period + 1.0) * PERIOD_MS;
                let can = (quota * PERIOD_MS - used).min(end - now).max(0.0);
                if left <= can {
                    used += left;
                    break;
                }
                left -= can;
                (now, period, used) = (end, period + 1.0, 0.0);
            }
            now += left;
            turns.latencies.push(now - arrivals[next]);
            next += 1;
        }
        turns.busy_ms.push(now - polled);
    }
    turns.wall_ms = now.max(arrival).max(1e-3);
    turns
}
