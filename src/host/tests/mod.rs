//! Texts as kernels and container runtimes write them.

mod fixture;
mod groups;
mod parsers;
