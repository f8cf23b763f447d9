//! The name of a function, and the variable that holds nothing but it.

use std::borrow::Cow;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, AssignmentTarget, BindingPattern, CallExpression, PropertyKey};
use oxc_semantic::{AstNodes, SymbolId};
use oxc_span::GetSpan;

use super::helpers::NAME_HELPER;
use super::locate::{FunctionNode, Located};
use super::report::FunctionKind;

/// How a function is called.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The name between `function` and the parameters.
    pub(super) own: Option<String>,
    /// The name that it has or is given by where it stands; empty if there is none.
    pub(super) name: String,
    /// The symbol of its own declaration: `function f() {}`.
    pub(super) declared: Option<SymbolId>,
    /// The variable that its expression initialises: `const f = () => {}`.
    pub(super) variable: Option<(SymbolId, String)>,
}

/// Reads the names of a function off its surroundings.
pub(super) fn names_of(nodes: &AstNodes<'_>, located: Located<'_>) -> Names {
    let mut names = Names::default();
    if let FunctionNode::Function(function) = located.node
        && let Some(id) = &function.id
    {
        names.own = Some(id.name.to_string());
        names.name = id.name.to_string();
        if function.is_declaration() {
            names.declared = id.symbol_id.get();
            return names;
        }
    }
    match nodes.parent_kind(located.id) {
        AstKind::MethodDefinition(method) => names.name = member_name(&method.key, located.kind),
        AstKind::ObjectProperty(property) if located.kind != FunctionKind::Arrow => {
            let name = member_name(&property.key, located.kind);
            names.name = names.own.clone().unwrap_or(name);
        }
        _ => read_holders(nodes, located, &mut names),
    }
    names
}

/// Follows an expression outwards through what hands it on unchanged.
fn read_holders(nodes: &AstNodes<'_>, located: Located<'_>, names: &mut Names) {
    let mut child = located.node.span();
    let mut given = None;
    for parent in nodes.ancestor_kinds(located.id) {
        match parent {
            AstKind::AssignmentExpression(assignment) if assignment.right.span() == child => {
                given = given.or_else(|| target_name(&assignment.left));
            }
            AstKind::CallExpression(call) if is_name_call(call, child) => {
                given = given.or_else(|| second_argument(call));
            }
            AstKind::VariableDeclarator(declarator) => {
                if declarator
                    .init
                    .as_ref()
                    .is_some_and(|init| init.span() == child)
                    && let BindingPattern::BindingIdentifier(id) = &declarator.id
                {
                    names.variable = id
                        .symbol_id
                        .get()
                        .map(|symbol| (symbol, id.name.to_string()));
                    given = given.or_else(|| Some(id.name.to_string()));
                }
                break;
            }
            AstKind::ObjectProperty(property) => {
                given = given.or_else(|| Some(member_name(&property.key, FunctionKind::Function)));
                break;
            }
            AstKind::PropertyDefinition(property) => {
                given = given.or_else(|| Some(member_name(&property.key, FunctionKind::Function)));
                break;
            }
            AstKind::AssignmentPattern(pattern) if pattern.right.span() == child => {
                given = given.or_else(|| {
                    pattern
                        .left
                        .get_identifier_name()
                        .map(|name| name.to_string())
                });
                break;
            }
            AstKind::ExportDefaultDeclaration(_) => {
                given = given.or_else(|| Some("default".to_owned()));
                break;
            }
            _ => break,
        }
        child = parent.span();
    }
    if names.own.is_none() {
        names.name = given.unwrap_or_default();
    }
}

/// Whether the call is `__name(function, "name")` around the expression at `child`.
fn is_name_call(call: &CallExpression<'_>, child: oxc_span::Span) -> bool {
    call.callee.is_specific_id(NAME_HELPER)
        && call
            .arguments
            .first()
            .is_some_and(|argument| argument.span() == child)
}

fn second_argument(call: &CallExpression<'_>) -> Option<String> {
    match call.arguments.get(1) {
        Some(Argument::StringLiteral(name)) => Some(name.value.to_string()),
        _ => None,
    }
}

fn target_name(target: &AssignmentTarget<'_>) -> Option<String> {
    match target {
        AssignmentTarget::AssignmentTargetIdentifier(id) => Some(id.name.to_string()),
        _ => None,
    }
}

/// The `name` of a function that stands under a key; empty if only running the code can tell it.
fn member_name(key: &PropertyKey<'_>, kind: FunctionKind) -> String {
    let name: Option<Cow<'_, str>> = match key {
        PropertyKey::PrivateIdentifier(id) => Some(format!("#{}", id.name).into()),
        PropertyKey::StaticMemberExpression(member) if member.object.is_specific_id("Symbol") => {
            Some(format!("[Symbol.{}]", member.property.name).into())
        }
        // `static_name` would print numbers and regular expressions by Rust's rules.
        PropertyKey::StaticIdentifier(_)
        | PropertyKey::StringLiteral(_)
        | PropertyKey::TemplateLiteral(_)
        | PropertyKey::BigIntLiteral(_) => key.static_name(),
        PropertyKey::NumericLiteral(number) if is_small_integer(number.value) => {
            Some(number.value.to_string().into())
        }
        _ => None,
    };
    match (name, kind) {
        (None, _) => String::new(),
        (Some(name), FunctionKind::Getter) => format!("get {name}"),
        (Some(name), FunctionKind::Setter) => format!("set {name}"),
        (Some(name), _) => name.into_owned(),
    }
}

/// Numbers that Rust and JavaScript print alike.
fn is_small_integer(value: f64) -> bool {
    value.fract() == 0.0 && (0.0..1e15).contains(&value)
}
