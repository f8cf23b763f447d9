//! What a captured name is bound to.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, Expression, FormalParameters, ImportExpression,
};
use oxc_semantic::{NodeId, ScopeId, Semantic, SymbolId};

use super::globals::is_commonjs;
use super::helpers::{is_helper, is_helper_module, is_interop, is_loader, is_wrapper_name};
use super::report::CaptureKind;

/// The kind of a binding, and the module that fills it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) kind: CaptureKind,
    pub(super) from: Option<String>,
}

/// Classifies the symbol that a name of the function resolves to.
pub(super) fn classify(semantic: &Semantic<'_>, symbol: SymbolId) -> Binding {
    let binding = by_declaration(semantic, symbol);
    let name = semantic.scoping().symbol_name(symbol);
    if is_helper(name) || binding.from.as_deref().is_some_and(is_helper_module) {
        return Binding {
            kind: CaptureKind::Helper,
            ..binding
        };
    }
    binding
}

fn by_declaration(semantic: &Semantic<'_>, symbol: SymbolId) -> Binding {
    let nodes = semantic.nodes();
    let declaration = semantic.scoping().symbol_declaration(symbol);
    let kinds = std::iter::once(nodes.kind(declaration)).chain(nodes.ancestor_kinds(declaration));
    for kind in kinds {
        let kind = match kind {
            AstKind::ImportDeclaration(import) => {
                let from = Some(import.source.value.to_string());
                return Binding {
                    kind: CaptureKind::Import,
                    from,
                };
            }
            AstKind::VariableDeclarator(declarator) => {
                if let Some(loaded) = declarator.init.as_ref().and_then(loaded_module) {
                    return Binding {
                        kind: if loaded.awaited {
                            CaptureKind::Import
                        } else {
                            CaptureKind::Require
                        },
                        from: loaded.from,
                    };
                }
                variable_kind(semantic, symbol)
            }
            AstKind::FormalParameters(parameters) => {
                let name = semantic.scoping().symbol_name(symbol);
                if is_commonjs(name) && is_module_wrapper(parameters) {
                    CaptureKind::CommonJs
                } else {
                    CaptureKind::Parameter
                }
            }
            AstKind::CatchClause(_) => CaptureKind::Local,
            AstKind::Function(_) => CaptureKind::Function,
            AstKind::Class(_) => CaptureKind::Class,
            _ => continue,
        };
        return Binding { kind, from: None };
    }
    Binding {
        kind: variable_kind(semantic, symbol),
        from: None,
    }
}

fn variable_kind(semantic: &Semantic<'_>, symbol: SymbolId) -> CaptureKind {
    if is_module_scope(semantic, semantic.scoping().symbol_scope_id(symbol)) {
        CaptureKind::Module
    } else {
        CaptureKind::Local
    }
}

/// Whether the scope is the top of a module: of the source, or of a function that a test runner or
/// bundler wraps around each module.
pub(super) fn is_module_scope(semantic: &Semantic<'_>, scope: ScopeId) -> bool {
    let scoping = semantic.scoping();
    let node = scoping.get_node_id(scope);
    scope == scoping.root_scope_id()
        || parameters_of(semantic, node).is_some_and(is_module_wrapper)
        || is_whole_body(semantic, node)
}

/// Whether the node is a block that is all of a wrapper's body: `(module, exports) => {{ … }}`.
fn is_whole_body(semantic: &Semantic<'_>, node: NodeId) -> bool {
    let nodes = semantic.nodes();
    if !matches!(nodes.kind(node), AstKind::BlockStatement(_)) {
        return false;
    }
    let body = nodes.parent_id(node);
    matches!(nodes.kind(body), AstKind::FunctionBody(_))
        && parameters_of(semantic, nodes.parent_id(body)).is_some_and(is_module_wrapper)
}

/// Whether a statement stands at the top of a module, where it is run once, whatever happens.
pub(super) fn is_module_statement(semantic: &Semantic<'_>, statement: NodeId) -> bool {
    let nodes = semantic.nodes();
    matches!(
        nodes.parent_kind(statement),
        AstKind::Program(_)
            | AstKind::FunctionBody(_)
            | AstKind::BlockStatement(_)
            | AstKind::ExportNamedDeclaration(_)
    ) && is_module_scope(semantic, nodes.get_node(statement).scope_id())
}

/// Whether the symbol is a parameter of a function that is wrapped around a module.
pub(super) fn is_wrapper_parameter(semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
    let nodes = semantic.nodes();
    let declaration = semantic.scoping().symbol_declaration(symbol);
    std::iter::once(nodes.kind(declaration))
        .chain(nodes.ancestor_kinds(declaration))
        .find_map(|kind| match kind {
            AstKind::FormalParameters(parameters) => Some(is_module_wrapper(parameters)),
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) | AstKind::Program(_) => {
                Some(false)
            }
            _ => None,
        })
        .unwrap_or(false)
}

fn parameters_of<'s, 'a>(
    semantic: &'s Semantic<'a>,
    node: NodeId,
) -> Option<&'s FormalParameters<'a>> {
    match semantic.nodes().kind(node) {
        AstKind::Function(function) => Some(&function.params),
        AstKind::ArrowFunctionExpression(arrow) => Some(&arrow.params),
        _ => None,
    }
}

/// Whether a function with these parameters is the wrapper of a module (Jest, webpack, Vite). One
/// parameter called `module` may be the user's; two such names are a wrapper's.
fn is_module_wrapper(parameters: &FormalParameters<'_>) -> bool {
    let names = parameters
        .items
        .iter()
        .filter(|parameter| match &parameter.pattern {
            BindingPattern::BindingIdentifier(id) => {
                is_commonjs(&id.name) || is_loader(&id.name) || is_wrapper_name(&id.name)
            }
            _ => false,
        });
    names.count() >= 2
}

/// A module that an initialiser loads.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) from: Option<String>,
    pub(super) awaited: bool,
    /// Out of the bundle that the source is, not by a name that others know.
    pub(super) bundled: bool,
}

/// The module that an initialiser loads, seen through interop calls and property accesses.
pub(super) fn loaded_module(init: &Expression<'_>) -> Option<Loaded> {
    match init {
        Expression::CallExpression(call) => loaded_by_call(call),
        Expression::AwaitExpression(await_) => match &await_.argument {
            Expression::ImportExpression(import) => imported(import),
            argument => loaded_module(argument).map(|loaded| Loaded {
                awaited: true,
                ..loaded
            }),
        },
        Expression::AssignmentExpression(assignment) => loaded_module(&assignment.right),
        Expression::StaticMemberExpression(member) => loaded_module(&member.object),
        Expression::ComputedMemberExpression(member) => loaded_module(&member.object),
        _ => None,
    }
}

fn loaded_by_call(call: &CallExpression<'_>) -> Option<Loaded> {
    let argument = call.arguments.first()?;
    let (object, property) = match &call.callee {
        Expression::Identifier(id) => (id.name.as_str(), ""),
        Expression::StaticMemberExpression(member) => {
            let object = member
                .object
                .get_identifier_reference()
                .map_or("", |id| id.name.as_str());
            (object, member.property.name.as_str())
        }
        _ => return None,
    };
    if property.is_empty() && is_loader(object) {
        let from = match argument {
            Argument::StringLiteral(specifier) => Some(specifier.value.to_string()),
            _ => None,
        };
        return Some(Loaded {
            from,
            awaited: false,
            bundled: object.starts_with("__webpack_"),
        });
    }
    if is_interop(object) || is_interop(property) {
        return loaded_module(argument.as_expression()?);
    }
    None
}

fn imported(import: &ImportExpression<'_>) -> Option<Loaded> {
    let Expression::StringLiteral(specifier) = &import.source else {
        return None;
    };
    Some(Loaded {
        from: Some(specifier.value.to_string()),
        awaited: true,
        bundled: false,
    })
}
