mod resolver;
mod source;
mod support;
