//! Against closed forms, the research's table, and itself.

mod inputs;
mod predictions;
mod quotas;
mod randomness;
mod servers;
mod single_queue;
mod support;
