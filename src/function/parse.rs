//! Parsing under the goal that the source was written for.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

/// The grammar a source is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A sloppy script in which `return` may stand at the top: `CommonJS` modules and plain scripts.
    Script,
    /// An ECMAScript module: strict.
    Module,
}

impl Goal {
    const fn other(self) -> Self {
        match self {
            Self::Script => Self::Module,
            Self::Module => Self::Script,
        }
    }

    const fn source_type(self) -> SourceType {
        match self {
            Self::Script => SourceType::cjs(),
            Self::Module => SourceType::mjs(),
        }
    }
}

/// What the parser did not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    /// Byte offset in the parsed text.
    pub(super) offset: usize,
}

/// A parsed text.
pub(super) struct Parsed<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) goal: Goal,
    /// The first error. The program is then incomplete, or empty.
    pub(super) error: Option<SyntaxError>,
}

/// Parses with the first goal, with the other if that fails, and answers the better of the two.
pub(super) fn parse<'a>(allocator: &'a Allocator, text: &'a str, first: Goal) -> Parsed<'a> {
    let parsed = parse_as(allocator, text, first);
    if parsed.error.is_none() {
        return parsed;
    }
    let second = parse_as(allocator, text, first.other());
    if second.error.is_none() || (parsed.program.is_empty() && !second.program.is_empty()) {
        return second;
    }
    parsed
}

/// Parses with one goal.
fn parse_as<'a>(allocator: &'a Allocator, text: &'a str, goal: Goal) -> Parsed<'a> {
    // Parentheses carry no meaning here, and without them each pattern has one shape only.
    // Natives (`%DebugPrint(x)`) are V8's to accept or refuse.
    let options = ParseOptions {
        preserve_parens: false,
        allow_v8_intrinsics: true,
        ..ParseOptions::default()
    };
    let result = Parser::new(allocator, text, goal.source_type())
        .with_options(options)
        .parse();
    let error = result.diagnostics.errors().next().map(|error| SyntaxError {
        message: error.message.to_string(),
        offset: error
            .labels
            .first()
            .map_or(0, |label| label.offset() as usize),
    });
    // The parser lets `import` and `export` pass in a script; V8 does not.
    let error = error.or_else(|| {
        (goal == Goal::Script && result.module_record.has_module_syntax).then(|| SyntaxError {
            message: "Module syntax in a script".to_owned(),
            offset: 0,
        })
    });
    Parsed {
        program: allocator.alloc(result.program),
        goal,
        error,
    }
}
