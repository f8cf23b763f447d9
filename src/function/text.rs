//! Reading a function from its text alone.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::{GetSpan, Span};

use super::locate::{Located, find};
use super::parse::{Goal, Parsed, SyntaxError, parse};
use super::positions::Cursor;
use super::report::FunctionKind;

/// What a bare text turns out to be.
#[expect(clippy::large_enum_variant, reason = "one at a time, read at once")]
pub(super) enum Text<'a> {
    Function {
        semantic: Semantic<'a>,
        located: Located<'a>,
        /// The text is strict wherever it stood: only a module or a class body can hold it.
        strict: bool,
    },
    Class {
        name: String,
    },
    /// The parser's message with line and column in the text.
    Unparsable(String),
}

/// A way to make a program of the text.
struct Frame {
    before: &'static str,
    after: &'static str,
    /// The text stands in a class body.
    class: bool,
}

/// Tried in this order: a text that fits an earlier frame needs no later one. The function around
/// an expression lets an arrow function say `new.target`.
const FRAMES: [Frame; 3] = [
    Frame {
        before: "(function(){(",
        after: "\n)})",
        class: false,
    },
    Frame {
        before: "({",
        after: "\n})",
        class: false,
    },
    Frame {
        before: "(class{",
        after: "\n})",
        class: true,
    },
];

/// Classifies a text.
pub(super) fn read<'a>(allocator: &'a Allocator, text: &str) -> Text<'a> {
    let mut furthest: Option<SyntaxError> = None;
    for frame in &FRAMES {
        let framed = allocator.alloc_str(&format!("{}{text}{}", frame.before, frame.after));
        let Parsed {
            program,
            goal,
            error,
        } = parse(allocator, framed, Goal::Script);
        let start = frame.before.len();
        if let Some(error) = error {
            let offset = error.offset.saturating_sub(start).min(text.len());
            if furthest
                .as_ref()
                .is_none_or(|furthest| furthest.offset < offset)
            {
                furthest = Some(SyntaxError { offset, ..error });
            }
            continue;
        }
        let semantic = SemanticBuilder::new()
            .with_build_nodes(true)
            .build(program)
            .semantic;
        let whole = Span::new(start as u32, (start + text.len()) as u32);
        if let Some(name) = class_name(&semantic, whole) {
            return Text::Class { name };
        }
        let Some(located) = function_at(&semantic, whole) else {
            continue;
        };
        return Text::Function {
            semantic,
            located,
            strict: frame.class || goal == Goal::Module,
        };
    }
    Text::Unparsable(message(text, furthest))
}

/// The name of the class that is the whole text.
fn class_name(semantic: &Semantic<'_>, whole: Span) -> Option<String> {
    semantic.nodes().iter().find_map(|node| match node.kind() {
        AstKind::Class(class) if class.span == whole => Some(
            class
                .id
                .as_ref()
                .map_or("", |id| id.name.as_str())
                .to_owned(),
        ),
        _ => None,
    })
}

/// The function that is the whole text.
fn function_at<'a>(semantic: &Semantic<'a>, whole: Span) -> Option<Located<'a>> {
    let nodes = semantic.nodes();
    let located = find(nodes, |node| node.end() == whole.end as usize)?;
    let span = match located.kind {
        FunctionKind::Method | FunctionKind::Getter | FunctionKind::Setter => {
            nodes.parent_kind(located.id).span()
        }
        _ => located.node.span(),
    };
    (span == whole).then_some(located)
}

fn message(text: &str, error: Option<SyntaxError>) -> String {
    let Some(SyntaxError { message, offset }) = error else {
        return "The text is no function".to_owned();
    };
    let (line, column) = Cursor::new(text, 0, 0, 0).advance(offset);
    format!(
        "{message} (line {}, column {} of the function's text)",
        line + 1,
        column + 1
    )
}
