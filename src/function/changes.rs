//! Statements of a module that change a function or class after its declaration:
//! `Point.prototype.add = function (other) { … }`.

use oxc_ast::AstKind;
use oxc_ast::ast::{AssignmentTarget, CallExpression, Expression, ExpressionStatement};
use oxc_semantic::{NodeId, Semantic, SymbolId};
use oxc_span::GetSpan;

use super::bindings::is_module_statement;
use super::helpers::is_helper;
use super::piece::Piece;

/// The expressions of such statements, in the order of the source.
pub(super) fn of<'a>(
    semantic: &Semantic<'a>,
    symbol: SymbolId,
    declaration: Piece<'_>,
) -> Vec<&'a Expression<'a>> {
    let mut found: Vec<&Expression<'_>> = Vec::new();
    for reference in semantic.scoping().get_resolved_references(symbol) {
        let place = semantic.reference_span(reference);
        if declaration.span().contains_inclusive(place) {
            continue;
        }
        let Some(statement) = module_statement(semantic, reference.node_id()) else {
            continue;
        };
        let known = found
            .iter()
            .any(|known| known.span() == statement.expression.span());
        if !known && changes(semantic, &statement.expression, symbol) {
            found.push(&statement.expression);
        }
    }
    found.sort_by_key(|expression| expression.span().start);
    found
}

/// The expression statement at the top of the module that the node stands in, not within a function.
fn module_statement<'a>(
    semantic: &Semantic<'a>,
    node: NodeId,
) -> Option<&'a ExpressionStatement<'a>> {
    let nodes = semantic.nodes();
    for id in nodes.ancestor_ids(node) {
        match nodes.kind(id) {
            AstKind::ExpressionStatement(statement) => {
                return is_module_statement(semantic, id).then_some(statement);
            }
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) | AstKind::Class(_) => {
                return None;
            }
            _ => {}
        }
    }
    None
}

fn changes(semantic: &Semantic<'_>, expression: &Expression<'_>, symbol: SymbolId) -> bool {
    match expression {
        Expression::AssignmentExpression(assignment) => match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => {
                is_rooted(semantic, &member.object, symbol)
            }
            AssignmentTarget::ComputedMemberExpression(member) => {
                is_rooted(semantic, &member.object, symbol)
            }
            _ => false,
        },
        Expression::CallExpression(call) => {
            is_changing(call)
                && call
                    .arguments
                    .first()
                    .and_then(|argument| argument.as_expression())
                    .is_some_and(|argument| is_rooted(semantic, argument, symbol))
        }
        _ => false,
    }
}

/// `Object.defineProperty`, `Object.assign`, …, and what compilers have for it.
fn is_changing(call: &CallExpression<'_>) -> bool {
    match &call.callee {
        Expression::Identifier(id) => is_helper(&id.name),
        Expression::StaticMemberExpression(member) => {
            (member.object.is_specific_id("Object") || member.object.is_specific_id("Reflect"))
                && matches!(
                    member.property.name.as_str(),
                    "assign"
                        | "defineProperties"
                        | "defineProperty"
                        | "freeze"
                        | "seal"
                        | "set"
                        | "setPrototypeOf"
                )
        }
        _ => false,
    }
}

/// Whether it is the variable, or a property of what it holds.
fn is_rooted(semantic: &Semantic<'_>, expression: &Expression<'_>, symbol: SymbolId) -> bool {
    match expression {
        Expression::Identifier(id) => id.reference_id.get().is_some_and(|reference| {
            semantic.scoping().get_reference(reference).symbol_id() == Some(symbol)
        }),
        Expression::StaticMemberExpression(member) => is_rooted(semantic, &member.object, symbol),
        Expression::ComputedMemberExpression(member) => is_rooted(semantic, &member.object, symbol),
        _ => false,
    }
}
