//! From a function's text and place to the report.

use std::panic::resume_unwind;
use std::thread;

use oxc_allocator::Allocator;
use oxc_semantic::{Semantic, SemanticBuilder};

use super::locate::{Located, find};
use super::names::names_of;
use super::needs::{OwnSymbols, Surroundings, needs_of};
use super::parse::{Goal, parse};
use super::piece::Piece;
use super::plan::plan;
use super::positions::{Places, byte_offset};
use super::report::{FunctionKind, FunctionReport, InspectInput};
use super::rewrite::rewritten;
use super::text::{self, Text};
use super::wrapper::{self, Wrapped};

/// Texts up to this size are read on the caller's stack.
const SMALL: usize = 1024;

/// Stack for what V8 itself parses recursively: its own limit keeps that shallow.
const STACK_BASE: usize = 16 << 20;

/// Stack for each byte of text. V8 reads `a + b + …` and `a.b().c()…` in a loop, so their length
/// has no limit, and a walk over the tree descends once for each operator: 33 bytes of stack a byte
/// of text in an optimised build (measured), some ten times that in a debug build.
const STACK_PER_BYTE: usize = if cfg!(debug_assertions) { 640 } else { 64 };

const STACK_MOST: usize = 1 << 30;

/// Reads a function: what it is, what it captures, how it is compiled elsewhere.
///
/// Large sources are read on a thread of their own, whose stack grows with the text: the caller
/// is JavaScript that may have used up most of its stack.
#[must_use]
pub fn inspect(input: &InspectInput<'_>) -> FunctionReport {
    let size = input.text.len() + input.source.map_or(0, str::len);
    if size <= SMALL {
        return inspect_here(input);
    }
    let stack = size
        .saturating_mul(STACK_PER_BYTE)
        .saturating_add(STACK_BASE)
        .min(STACK_MOST);
    thread::scope(|scope| {
        let builder = thread::Builder::new()
            .name("offloop-inspect".to_owned())
            .stack_size(stack);
        match builder.spawn_scoped(scope, || inspect_here(input)) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // No thread to be had: most texts are shallow enough for any stack.
            Err(_) => inspect_here(input),
        }
    })
}

fn inspect_here(input: &InspectInput<'_>) -> FunctionReport {
    let allocator = Allocator::default();
    // V8 reports a class at its constructor, whose text is another one.
    let may_be_class = input.text.starts_with("class");
    if !may_be_class && let Some(report) = in_source(&allocator, input) {
        return report;
    }
    match text::read(&allocator, input.text) {
        Text::Class { name } => {
            let class = FunctionReport::without_wrapper(FunctionKind::Class);
            FunctionReport {
                name,
                strict: true,
                ..class
            }
        }
        Text::Unparsable(message) => {
            let unparsable = FunctionReport::without_wrapper(FunctionKind::Unparsable);
            FunctionReport {
                message,
                ..unparsable
            }
        }
        Text::Function {
            semantic,
            located,
            strict,
        } => {
            if may_be_class && let Some(report) = in_source(&allocator, input) {
                return report;
            }
            let strict = strict || located.node.has_use_strict();
            report(input, &semantic, located, strict, false)
        }
    }
}

/// Reports on the function as it stands in its source, if it stands there.
fn in_source(allocator: &Allocator, input: &InspectInput<'_>) -> Option<FunctionReport> {
    let (source, head) = place(input)?;
    let goal = if input.commonjs {
        Goal::Script
    } else {
        Goal::Module
    };
    let parsed = parse(allocator, source, goal);
    let semantic = SemanticBuilder::new()
        .with_build_nodes(true)
        .build(parsed.program)
        .semantic;
    let located = find(semantic.nodes(), |node| {
        node.head() == head && source[..node.end()].ends_with(input.text)
    })?;
    let strict = parsed.goal == Goal::Module
        || located
            .node
            .scope()
            .is_some_and(|scope| semantic.scoping().scope_flags(scope).is_strict_mode());
    let input = InspectInput {
        commonjs: input.commonjs && parsed.goal == Goal::Script,
        ..*input
    };
    Some(report(&input, &semantic, located, strict, true))
}

/// The source and the byte in it that V8's position means, if the function's text can be there.
fn place<'i>(input: &InspectInput<'i>) -> Option<(&'i str, usize)> {
    let source = input.source?;
    let line = input.line.checked_sub(input.line_offset)?;
    let first_line = if line == 0 { input.column_offset } else { 0 };
    let column = input.column.checked_sub(first_line)?;
    let (line, column) = (u32::try_from(line).ok()?, u32::try_from(column).ok()?);
    // Node cuts a byte order mark off before V8 sees the file.
    let bare = source.strip_prefix('\u{feff}').filter(|_| line == 0);
    [Some(source), bare]
        .into_iter()
        .flatten()
        .find_map(|source| {
            let head = byte_offset(source, line, column)?;
            let rest = &source[head..];
            (rest.starts_with('(') || rest.starts_with(input.text)).then_some((source, head))
        })
}

fn report(
    input: &InspectInput<'_>,
    semantic: &Semantic<'_>,
    located: Located<'_>,
    strict: bool,
    source_matched: bool,
) -> FunctionReport {
    let strict = input.strict.unwrap_or(strict);
    let names = names_of(semantic.nodes(), located);
    let surroundings = Surroundings {
        semantic,
        context_names: input.context_names,
        commonjs: input.commonjs,
    };
    let source = semantic.source_text();
    let head = located.node.head();
    let places = Places::new(
        source,
        (head, input.line, input.column),
        source_matched.then_some((input.line_offset, input.column_offset)),
    );
    let piece = Piece::Function(located.node);
    let mut needs = needs_of(&surroundings, piece, OwnSymbols::of(&surroundings, &names));
    let mut report = FunctionReport {
        r#async: located.node.is_async(),
        generator: located.node.is_generator(),
        strict,
        source_matched,
        ..FunctionReport::without_wrapper(located.kind)
    };
    let given = plan(&surroundings, &mut needs, &places, &mut report);
    let body = &source[head..located.node.end()];
    let wrapped = Wrapped {
        located,
        names: &names,
        body: rewritten(body, head, &needs, false),
        strict,
        own_variable: needs.own_variable,
        given,
    };
    wrapper::write(&wrapped, &mut report);
    report.name = names.name;
    report
}
