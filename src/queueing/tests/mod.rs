//! Against closed forms, the research's table, and itself.

mod support;
mod table;
