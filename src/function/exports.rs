//! What a `CommonJS` module gives to the properties of its `exports`.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{AssignmentExpression, AssignmentTarget, Expression, IdentifierReference};
use oxc_semantic::{NodeId, Semantic};
use oxc_syntax::operator::UnaryOperator;

use super::bindings::{classify, is_module_statement};
use super::fate::exported;
use super::report::CaptureKind;

/// Values by the name of the property, and whether each is given at the top of the module.
pub(super) struct Exports<'a> {
    values: HashMap<String, Vec<(&'a Expression<'a>, bool)>>,
}

impl<'a> Exports<'a> {
    pub(super) fn of(semantic: &Semantic<'a>, commonjs: bool) -> Self {
        let mut values: HashMap<String, Vec<(&'a Expression<'a>, bool)>> = HashMap::new();
        for (id, node) in semantic.nodes().iter_enumerated() {
            let AstKind::AssignmentExpression(assignment) = node.kind() else {
                continue;
            };
            let Some(property) = exported_property(semantic, assignment, commonjs) else {
                continue;
            };
            let value = exported(&assignment.right);
            if is_void(value) {
                continue;
            }
            let once = assignment.operator.is_assign() && is_at_the_top(semantic, id);
            values.entry(property).or_default().push((value, once));
        }
        Self { values }
    }

    pub(super) fn values_of(&self, property: &str) -> Option<&[(&'a Expression<'a>, bool)]> {
        self.values.get(property).map(Vec::as_slice)
    }
}

/// `void 0`, with which compilers begin.
fn is_void(value: &Expression<'_>) -> bool {
    matches!(value, Expression::UnaryExpression(unary)
        if unary.operator == UnaryOperator::Void)
}

fn exported_property(
    semantic: &Semantic<'_>,
    assignment: &AssignmentExpression<'_>,
    commonjs: bool,
) -> Option<String> {
    let AssignmentTarget::StaticMemberExpression(member) = &assignment.left else {
        return None;
    };
    let of_module = match &member.object {
        Expression::Identifier(id) => id.name == "exports" && is_nodes(semantic, id, commonjs),
        Expression::StaticMemberExpression(inner) => {
            inner.property.name == "exports"
                && matches!(&inner.object, Expression::Identifier(id)
                    if id.name == "module" && is_nodes(semantic, id, commonjs))
        }
        _ => false,
    };
    of_module.then(|| member.property.name.to_string())
}

/// Whether the name is the one that Node gives to the module.
fn is_nodes(semantic: &Semantic<'_>, id: &IdentifierReference<'_>, commonjs: bool) -> bool {
    let symbol = id
        .reference_id
        .get()
        .and_then(|reference| semantic.scoping().get_reference(reference).symbol_id());
    symbol.map_or(commonjs, |symbol| {
        classify(semantic, symbol).kind == CaptureKind::CommonJs
    })
}

/// Whether the node is evaluated once, when the module is.
fn is_at_the_top(semantic: &Semantic<'_>, node: NodeId) -> bool {
    let nodes = semantic.nodes();
    for id in nodes.ancestor_ids(node) {
        match nodes.kind(id) {
            AstKind::ExpressionStatement(_) | AstKind::VariableDeclaration(_) => {
                return is_module_statement(semantic, id);
            }
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) | AstKind::Class(_) => {
                return false;
            }
            _ => {}
        }
    }
    false
}
