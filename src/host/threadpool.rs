//! Threads of libuv's pool, which serves the file system, `dns.lookup`, zlib and asynchronous crypto.

use super::environment::Environment;
use super::fact::Fact;

const DEFAULT: f64 = 4.0;
const MOST: i64 = 1024;

/// As libuv reads the variable at the pool's first use.
pub fn threadpool_size(environment: &Environment<'_>) -> Fact<f64> {
    match environment.get("UV_THREADPOOL_SIZE") {
        Some(variable) => Fact::known(size(&variable.value), variable.source),
        None => Fact::known(DEFAULT, "UV_THREADPOOL_SIZE is not set: libuv's default"),
    }
}

/// `atoi`, 0 made 1, and what is negative or too large made the most.
fn size(text: &str) -> f64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = digits
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(digits.len());
    let number = match &digits[..end] {
        "" => 0,
        digits => digits.parse::<i64>().unwrap_or(i64::MAX),
    };
    let number = match number {
        0 => 1,
        _ if text.starts_with('-') => MOST,
        number => number.min(MOST),
    };
    number as f64
}
