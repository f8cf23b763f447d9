//! The text that makes a declaration of a module again: a function body that returns a unit.
//!
//! `keys` are the cells that it fills, `make()` answers their values, `set(cells)` hands it those
//! that it needs itself. What is `late` runs code of the user's and is made after all functions, in
//! the order of the source (src/runtime/units.js).

use std::fmt::Write;

use super::bound;
use super::helpers::is_istanbul_counter;
use super::javascript::{property_key, quote};
use super::locate::FunctionNode;
use super::needs::{Cell, Needs};
use super::piece::Piece;
use super::positions::utf16_length;
use super::report::Unit;
use super::rewrite::rewritten;
use super::wrapper::opening;

/// A declaration, or a statement that changes one.
pub(super) struct Draft<'a> {
    pub(super) piece: Piece<'a>,
    pub(super) name: String,
    /// Names and cells that it fills; none for a statement.
    pub(super) cells: Vec<(String, Cell)>,
    pub(super) needs: Needs,
    pub(super) reassigns_itself: bool,
    /// The piece gives its variable a value.
    pub(super) fills: bool,
    pub(super) strict: bool,
}

/// Writes the unit. `place` is the line and column of the piece's head.
pub(super) fn write(
    draft: &Draft<'_>,
    source: &str,
    place: (i32, i32),
    key_of: impl Fn(&Cell) -> String,
) -> Unit {
    let mut prefix = String::new();
    if draft.strict {
        prefix.push_str("\"use strict\";");
    }
    bound::given(&draft.needs, &mut prefix);
    let variables = bound::variables(&draft.needs);
    let mut set = String::new();
    if !variables.is_empty() {
        let _ = write!(prefix, "let {};", variables.join(","));
        let _ = write!(
            set,
            "({})",
            bound::fill(&draft.needs, "arguments[0]", &key_of)
        );
    }
    let late = !matches!(draft.piece, Piece::Function(_));
    let keys: Vec<String> = draft
        .cells
        .iter()
        .map(|(_, cell)| quote(&key_of(cell)))
        .collect();
    let head = format!(
        "{{late:{late},keys:[{}],set(){{{set}}},make(){{",
        keys.join(",")
    );
    let suffix = make(draft, &head, &mut prefix);
    let span = draft.piece.span();
    let body = &source[draft.piece.head()..span.end as usize];
    Unit {
        id: span.start,
        body: rewritten(
            body,
            draft.piece.head(),
            &draft.needs,
            is_istanbul_counter(&draft.name),
        ),
        suffix,
        line: place.0,
        column: place.1 - utf16_length(&prefix) as i32,
        prefix,
    }
}

fn make(draft: &Draft<'_>, head: &str, prefix: &mut String) -> String {
    match draft.piece {
        Piece::Function(node) if draft.reassigns_itself => {
            let name = &draft.name;
            let _ = write!(
                prefix,
                "return{head}return[function(){{return {name}.apply(this,arguments)}}]}}}};"
            );
            open(node, Some(name), prefix);
            "\n".to_owned()
        }
        Piece::Declarator(_) => {
            let names: Vec<&str> = draft.cells.iter().map(|(name, _)| name.as_str()).collect();
            let _ = write!(prefix, "return{head}const ");
            format!("\n;return[{}]}}}}", names.join(","))
        }
        _ if draft.fills => {
            let _ = write!(prefix, "return{head}(");
            format!("\n);return[{}]}}}}", draft.name)
        }
        _ if draft.cells.is_empty() => {
            let _ = write!(prefix, "return{head}(");
            "\n);return[]}}".to_owned()
        }
        piece => {
            let own = match piece {
                Piece::Function(FunctionNode::Function(function)) => function.id.as_ref(),
                Piece::Class(class) => class.id.as_ref(),
                _ => None,
            };
            let _ = write!(prefix, "return{head}return[");
            let suffix = if own.is_none() && !matches!(piece, Piece::Declarator(_)) {
                // What is anonymous takes its name from the property.
                let (key, access) = property_key(&draft.name);
                let _ = write!(prefix, "({{{key}:(");
                format!("\n)}}){access}]}}}}")
            } else {
                prefix.push('(');
                "\n)]}}".to_owned()
            };
            if let Piece::Function(node) = piece {
                open(node, own.map(|id| id.name.as_str()), prefix);
            }
            suffix
        }
    }
}

fn open(node: FunctionNode<'_>, name: Option<&str>, prefix: &mut String) {
    if matches!(node, FunctionNode::Function(_)) {
        prefix.push_str(&opening(node, name));
    }
}
