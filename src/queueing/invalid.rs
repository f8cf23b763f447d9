//! Why a model was refused.

use thiserror::Error;

/// A number of the model that makes no sense.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("model.{field} must be {expected}, and is {found}")]
pub struct Invalid {
    /// Its path, as JavaScript writes it.
    pub field: String,
    /// What it may be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl Invalid {
    /// A refusal of `field`.
    pub fn new(field: &str, expected: impl Into<String>, found: impl Into<Found>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            found: found.into().0,
        }
    }
}

/// A number within bounds; NaN is not.
pub fn number(field: &str, value: f64, least: f64, most: f64) -> Result<f64, Invalid> {
    if value >= least && value <= most {
        return Ok(value);
    }
    Err(Invalid::new(
        field,
        format!("a number from {least} to {most}"),
        value,
    ))
}

/// A whole number within bounds.
pub fn whole(field: &str, value: f64, least: usize, most: usize) -> Result<usize, Invalid> {
    if value.fract() == 0.0 && value >= least as f64 && value <= most as f64 {
        return Ok(value as usize);
    }
    Err(Invalid::new(
        field,
        format!("a whole number from {least} to {most}"),
        value,
    ))
}

/// What was found, as a message shows it.
pub struct Found(String);

impl From<f64> for Found {
    fn from(number: f64) -> Self {
        Self(number.to_string())
    }
}

impl From<&str> for Found {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Found {
    fn from(text: String) -> Self {
        Self(text)
    }
}
