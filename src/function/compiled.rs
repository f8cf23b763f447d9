//! How compilers for older ECMAScript write what has no such form there: classes, async functions, private
//! fields, enumerations.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, CallExpression, Expression, Function, FunctionBody, MemberExpression, Statement,
};
use oxc_semantic::{NodeId, Semantic, SymbolId};
use oxc_span::GetSpan;
use oxc_syntax::operator::LogicalOperator;

use super::bindings::is_module_statement;
use super::helpers::is_istanbul_counter;

/// What an expression is worth without the counters of a coverage tool: `(cov_1a2b3c().s[0]++, value)`.
pub(super) fn uncounted<'e, 'a>(value: &'e Expression<'a>) -> &'e Expression<'a> {
    let Expression::SequenceExpression(sequence) = value else {
        return value;
    };
    match sequence.expressions.split_last() {
        Some((last, counters)) if counters.iter().all(counts) => uncounted(last),
        _ => value,
    }
}

fn counts(expression: &Expression<'_>) -> bool {
    let Expression::UpdateExpression(update) = expression else {
        return false;
    };
    let mut object = update
        .argument
        .as_member_expression()
        .map(MemberExpression::object);
    while let Some(member) = object {
        object = match member {
            Expression::CallExpression(call) => {
                return call
                    .callee
                    .get_identifier_reference()
                    .is_some_and(|id| is_istanbul_counter(&id.name));
            }
            _ => member.as_member_expression().map(MemberExpression::object),
        };
    }
    false
}

/// Whether the call makes a class: a function that declares one of the same name and returns it.
pub(super) fn makes_class(call: &CallExpression<'_>, name: &str) -> bool {
    let body: Option<&FunctionBody<'_>> = match &call.callee {
        Expression::FunctionExpression(function) => function.body.as_deref(),
        _ => None,
    };
    let Some(body) = body else { return false };
    let declares = body.statements.iter().any(|statement| {
        matches!(statement, Statement::FunctionDeclaration(function)
            if function.id.as_ref().is_some_and(|id| id.name == name))
    });
    let Some(Statement::ReturnStatement(last)) = body.statements.last() else {
        return false;
    };
    let returns = match &last.argument {
        Some(Expression::Identifier(id)) => id.name == name,
        Some(Expression::CallExpression(helper)) => {
            matches!(helper.arguments.first(), Some(Argument::Identifier(id)) if id.name == name)
        }
        _ => false,
    };
    declares && returns
}

/// Whether the function replaces itself at its first call: `function _f() { _f = …; return _f.apply(this, arguments); }`.
pub(super) fn replaces_itself(function: &Function<'_>, name: &str) -> bool {
    let Some(body) = function.body.as_deref().filter(|_| name.starts_with('_')) else {
        return false;
    };
    let Some(Statement::ReturnStatement(last)) = body.statements.last() else {
        return false;
    };
    let Some(Expression::CallExpression(call)) = &last.argument else {
        return false;
    };
    matches!(&call.callee, Expression::StaticMemberExpression(member)
        if member.property.name == "apply" && member.object.is_specific_id(name))
}

/// Where private fields are kept: `new WeakMap()`.
pub(super) fn is_private_store(value: &Expression<'_>) -> bool {
    matches!(value, Expression::NewExpression(new)
        if new.arguments.is_empty()
            && (new.callee.is_specific_id("WeakMap") || new.callee.is_specific_id("WeakSet")))
}

/// Whether the value is the class itself, under the name that it has inside: `let Point = _Point`.
pub(super) fn is_inner_name(value: &Expression<'_>, name: &str) -> bool {
    matches!(value, Expression::Identifier(id) if id.name.strip_prefix('_') == Some(name))
}

/// Whether the initialiser makes an enumeration: `var Color = ((Color2) => { … return Color2; })(Color || {})`.
pub(super) fn makes_enumeration(init: &Expression<'_>, name: &str) -> bool {
    let Expression::CallExpression(call) = init else {
        return false;
    };
    is_function_of_one(&call.callee)
        && matches!(call.arguments.as_slice(), [Argument::LogicalExpression(or)]
            if or.operator == LogicalOperator::Or && or.left.is_specific_id(name))
}

fn is_function_of_one(callee: &Expression<'_>) -> bool {
    match callee {
        Expression::FunctionExpression(function) => function.params.items.len() == 1,
        Expression::ArrowFunctionExpression(arrow) => arrow.params.items.len() == 1,
        _ => false,
    }
}

/// What is given to a variable that its declaration leaves empty, if that is done once, at the top of
/// the module.
pub(super) enum Later<'a> {
    /// The value.
    Value(&'a Expression<'a>),
    /// The call that fills it: `(function (Color) { … })(Color || (Color = {}))`.
    Filled(&'a Expression<'a>),
}

pub(super) fn given_later<'a>(semantic: &Semantic<'a>, symbol: SymbolId) -> Option<Later<'a>> {
    let scoping = semantic.scoping();
    let mut writes = scoping
        .get_resolved_references(symbol)
        .filter(|reference| reference.is_write());
    let node = writes.next()?.node_id();
    if writes.next().is_some() {
        return None;
    }
    let nodes = semantic.nodes();
    let mut assigned = None;
    for id in nodes.ancestor_ids(node) {
        match nodes.kind(id) {
            AstKind::AssignmentExpression(assignment) if assigned.is_none() => {
                if !assignment.operator.is_assign()
                    || assignment.left.span() != nodes.kind(node).span()
                {
                    return None;
                }
                assigned = Some(&assignment.right);
            }
            AstKind::ExpressionStatement(statement) => {
                return later(semantic, id, &statement.expression, assigned?, symbol);
            }
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) | AstKind::Class(_) => {
                return None;
            }
            _ => {}
        }
    }
    None
}

fn later<'a>(
    semantic: &Semantic<'a>,
    statement: NodeId,
    expression: &'a Expression<'a>,
    assigned: &'a Expression<'a>,
    symbol: SymbolId,
) -> Option<Later<'a>> {
    if !is_module_statement(semantic, statement) {
        return None;
    }
    let name = semantic.scoping().symbol_name(symbol);
    match expression {
        Expression::CallExpression(_) if makes_enumeration(expression, name) => {
            Some(Later::Filled(expression))
        }
        Expression::AssignmentExpression(_) | Expression::SequenceExpression(_) => {
            Some(Later::Value(assigned))
        }
        _ => None,
    }
}
