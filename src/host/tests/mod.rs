//! Texts as kernels and container runtimes write them, in memory and as trees in `fixtures/`.

mod cpus;
mod environment;
mod fixture;
mod groups;
mod json;
mod memory;
mod oracles;
mod parsers;
mod platform;
mod robustness;
mod trees;
