//! A value and where it comes from.

/// One fact. Without a value, `source` is the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<T> {
    /// `None` is unknown.
    pub value: Option<T>,
    /// File, call or variable; of an unknown fact, why.
    pub source: String,
}

impl<T> Fact<T> {
    /// A value that `source` told.
    pub fn known(value: T, source: impl Into<String>) -> Self {
        Self {
            value: Some(value),
            source: source.into(),
        }
    }

    /// No value, and why.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self {
            value: None,
            source: reason.into(),
        }
    }
}
