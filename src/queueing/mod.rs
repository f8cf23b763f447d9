//! Queues.
pub mod closed_form;
