//! What each strategy would do to the response times: a queue simulation, on Rayon.
//!
//! Pure: a [`ModelInput`] in, [`Prediction`]s out. Nothing here touches V8, the file system or Node. See README.md beside
//! this file for the model, its assumptions and its error.

mod capacity;
mod child_cost;
pub mod closed_form;
mod estimate;
mod fifo;
mod invalid;
mod layout;
mod memory;
mod model;
mod percentiles;
mod prediction;
mod registry;
mod service_times;
mod shared_cpu;
mod stream;

#[cfg(test)]
mod tests;

pub use estimate::Estimate;
pub use model::{HeavyInput, ModelInput, ServiceTimesInput};
pub use prediction::{
    Failure, MODEL_ERROR_P50, MODEL_ERROR_P99, Prediction, Times, predict_contained,
};

/// For the calibration of advice, which simulates what is true of a host.
#[cfg(test)]
pub mod inside {
    pub use super::capacity::{SATURATED_ABOVE, bottleneck};
    pub use super::layout::{Layout, Shape};
    pub use super::model::Model;
    pub use super::percentiles::{Percentiles, select};
    pub use super::stream::Stream;
}
