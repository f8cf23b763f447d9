//! Whether what a captured variable holds can be made again elsewhere, and out of what.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, AssignmentTarget, BindingPattern, Expression, Function, ImportDeclaration,
    ImportDeclarationSpecifier, VariableDeclarationKind, VariableDeclarator,
};
use oxc_semantic::{NodeId, Semantic, SymbolId};
use oxc_span::Span;

use super::bindings::{self, Binding, Loaded};
use super::compiled::{
    Later, given_later, is_inner_name, is_private_store, makes_class, makes_enumeration,
    replaces_itself, uncounted,
};
use super::helpers::{NAME_HELPER, is_helper, is_interop, is_lazy_module};
use super::literals::{Literal, is_only_read, literal};
use super::locate::FunctionNode;
use super::needs::{Cell, is_stable};
use super::piece::Piece;
use super::report::{CaptureKind, Reason, TravelKind};

/// What becomes of a captured variable.
pub(super) enum Fate<'a> {
    /// A module, or one of its exports, that is loaded where the task runs.
    Import(Import),
    /// Text that makes it.
    Unit(Declared<'a>),
    Refused {
        binding: Binding,
        reason: Reason,
    },
}

pub(super) struct Import {
    pub(super) specifier: String,
    /// `None`: the namespace.
    pub(super) export: Option<String>,
}

/// A declaration that can be made again.
pub(super) struct Declared<'a> {
    pub(super) kind: TravelKind,
    pub(super) piece: Piece<'a>,
    /// What it is called, for functions and classes that have no name of their own.
    pub(super) name: String,
    /// What it fills.
    pub(super) cells: Vec<(String, Cell)>,
    /// The module that it requires.
    pub(super) from: Option<String>,
    /// A function that gives its own name another value.
    pub(super) reassigns_itself: bool,
    /// The piece gives the variable its value instead of being it.
    pub(super) fills: bool,
}

/// Decides for a variable.
pub(super) fn of_variable<'a>(semantic: &Semantic<'a>, symbol: SymbolId) -> Fate<'a> {
    let refused = |reason| Fate::Refused {
        binding: bindings::classify(semantic, symbol),
        reason,
    };
    let scoping = semantic.scoping();
    let name = scoping.symbol_name(symbol);
    if !bindings::is_module_scope(semantic, scoping.symbol_scope_id(symbol)) {
        return refused(Reason::Local);
    }
    // No `let` can be called that, or it would hide what the wrapper is called with.
    if matches!(name, "let" | "arguments" | "eval") {
        return refused(Reason::Name);
    }
    let nodes = semantic.nodes();
    let declaration = scoping.symbol_declaration(symbol);
    let kinds = std::iter::once((declaration, nodes.kind(declaration))).chain(
        nodes
            .ancestor_ids(declaration)
            .map(|id| (id, nodes.kind(id))),
    );
    for (node, kind) in kinds {
        return match kind {
            AstKind::ImportDeclaration(import) => imported(semantic, import, symbol),
            AstKind::Function(function) => declared_function(semantic, function, symbol),
            AstKind::Class(class) => {
                if is_stable(semantic, symbol) {
                    Fate::Unit(Declared {
                        kind: TravelKind::Class,
                        piece: Piece::Class(class),
                        name: name.to_owned(),
                        cells: vec![(name.to_owned(), Cell::Variable(symbol))],
                        from: None,
                        reassigns_itself: false,
                        fills: false,
                    })
                } else {
                    refused(Reason::Reassigned)
                }
            }
            AstKind::VariableDeclarator(declarator) => {
                declared_variable(semantic, node, declarator, symbol)
            }
            AstKind::FormalParameters(_) | AstKind::CatchClause(_) => refused(Reason::Local),
            _ => continue,
        };
    }
    refused(Reason::Computed)
}

/// Decides for what one assignment gives to a property of `exports`.
pub(super) fn of_export<'a>(
    semantic: &Semantic<'a>,
    name: &str,
    value: &'a Expression<'a>,
) -> Fate<'a> {
    let cell = Cell::Export(name.to_owned());
    match made_by(semantic, name, value, None) {
        Ok(Made { kind, piece, from }) => Fate::Unit(Declared {
            kind,
            piece,
            name: name.to_owned(),
            cells: vec![(format!("exports.{name}"), cell)],
            from,
            reassigns_itself: false,
            fills: false,
        }),
        Err(reason) => Fate::Refused {
            binding: Binding {
                kind: CaptureKind::Module,
                from: None,
            },
            reason,
        },
    }
}

fn imported<'a>(
    semantic: &Semantic<'a>,
    import: &ImportDeclaration<'a>,
    symbol: SymbolId,
) -> Fate<'a> {
    let is_it = |local: &oxc_ast::ast::BindingIdentifier<'_>| local.symbol_id.get() == Some(symbol);
    let mut specifiers = import.specifiers.iter().flatten();
    let export = specifiers.find_map(|specifier| match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => {
            is_it(&named.local).then(|| Some(named.imported.name().to_string()))
        }
        ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
            is_it(&default.local).then(|| Some("default".to_owned()))
        }
        ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => {
            is_it(&namespace.local).then_some(None)
        }
    });
    match export {
        Some(export) => Fate::Import(Import {
            specifier: import.source.value.to_string(),
            export,
        }),
        None => Fate::Refused {
            binding: bindings::classify(semantic, symbol),
            reason: Reason::Computed,
        },
    }
}

fn declared_function<'a>(
    semantic: &Semantic<'a>,
    function: &'a Function<'a>,
    symbol: SymbolId,
) -> Fate<'a> {
    let scoping = semantic.scoping();
    let name = scoping.symbol_name(symbol);
    let once = scoping.symbol_redeclarations(symbol).is_empty();
    let reassigns_itself = scoping.symbol_is_mutated(symbol)
        && (is_helper(name) || replaces_itself(function, name))
        && writes(semantic, symbol).all(|place| function.span.contains_inclusive(place));
    if !once || (scoping.symbol_is_mutated(symbol) && !reassigns_itself) || function.body.is_none()
    {
        return Fate::Refused {
            binding: bindings::classify(semantic, symbol),
            reason: Reason::Reassigned,
        };
    }
    Fate::Unit(Declared {
        kind: if is_helper(name) {
            TravelKind::Helper
        } else {
            TravelKind::Function
        },
        piece: Piece::Function(FunctionNode::Function(function)),
        name: name.to_owned(),
        cells: vec![(name.to_owned(), Cell::Variable(symbol))],
        from: None,
        reassigns_itself,
        fills: false,
    })
}

/// Where a variable is given another value.
fn writes(semantic: &Semantic<'_>, symbol: SymbolId) -> impl Iterator<Item = Span> {
    semantic
        .scoping()
        .get_resolved_references(symbol)
        .filter(|reference| reference.is_write())
        .map(|reference| semantic.reference_span(reference))
}

fn declared_variable<'a>(
    semantic: &Semantic<'a>,
    node: NodeId,
    declarator: &'a VariableDeclarator<'a>,
    symbol: SymbolId,
) -> Fate<'a> {
    let refused = |reason| Fate::Refused {
        binding: bindings::classify(semantic, symbol),
        reason,
    };
    let nodes = semantic.nodes();
    let AstKind::VariableDeclaration(declaration) = nodes.parent_kind(node) else {
        return refused(Reason::Computed);
    };
    let scoping = semantic.scoping();
    let name = scoping.symbol_name(symbol);
    let renames = declarator
        .init
        .as_ref()
        .is_some_and(|init| is_inner_name(init, name));
    match declaration.kind {
        VariableDeclarationKind::Let if !renames => return refused(Reason::Let),
        VariableDeclarationKind::Const
        | VariableDeclarationKind::Var
        | VariableDeclarationKind::Let => {}
        _ => return refused(Reason::Computed),
    }
    let Some(init) = &declarator.init else {
        return match given_later(semantic, symbol) {
            Some(Later::Value(value)) => match made_by(semantic, name, value, None) {
                Ok(made) => made.into_fate(name, symbol),
                Err(reason) => refused(reason),
            },
            Some(Later::Filled(call)) => Fate::Unit(Declared {
                kind: TravelKind::Literal,
                piece: Piece::Expression(call),
                name: name.to_owned(),
                cells: vec![(name.to_owned(), Cell::Variable(symbol))],
                from: None,
                reassigns_itself: false,
                fills: true,
            }),
            None => refused(Reason::Computed),
        };
    };
    let by_itself = is_helper(name)
        && scoping.symbol_redeclarations(symbol).is_empty()
        && writes(semantic, symbol).all(|place| declarator.span.contains_inclusive(place));
    if !is_stable(semantic, symbol) && !by_itself {
        return refused(Reason::Reassigned);
    }
    if let BindingPattern::BindingIdentifier(_) = declarator.id {
        let init = exported(init);
        if let Some(specifier) = awaited_module(init) {
            return Fate::Import(Import {
                specifier,
                export: awaited_export(init),
            });
        }
        return match made_by(semantic, name, init, Some(symbol)) {
            Ok(made) => made.into_fate(name, symbol),
            Err(reason) => refused(reason),
        };
    }
    let init = uncounted(init);
    let Some(loaded) = bindings::loaded_module(init) else {
        return refused(Reason::Computed);
    };
    if awaited_module(init).is_some() {
        return match property_of(&declarator.id, symbol) {
            Some(export) if awaited_export(init).is_none() => Fate::Import(Import {
                specifier: loaded.from.unwrap_or_default(),
                export: Some(export),
            }),
            _ => refused(Reason::Computed),
        };
    }
    match loaded {
        Loaded { bundled: true, .. } => refused(Reason::Bundled),
        Loaded { from: None, .. } => refused(Reason::Computed),
        Loaded { from, .. } => Fate::Unit(Declared {
            kind: TravelKind::Require,
            piece: Piece::Declarator(declarator),
            name: String::new(),
            cells: declarator
                .id
                .get_binding_identifiers()
                .iter()
                .filter_map(|id| Some((id.name.to_string(), Cell::Variable(id.symbol_id.get()?))))
                .collect(),
            from,
            reassigns_itself: false,
            fills: false,
        }),
    }
}

/// What an initialiser makes, and of what.
struct Made<'a> {
    kind: TravelKind,
    piece: Piece<'a>,
    from: Option<String>,
}

impl<'a> Made<'a> {
    fn into_fate(self, name: &str, symbol: SymbolId) -> Fate<'a> {
        Fate::Unit(Declared {
            kind: self.kind,
            piece: self.piece,
            name: name.to_owned(),
            cells: vec![(name.to_owned(), Cell::Variable(symbol))],
            from: self.from,
            reassigns_itself: false,
            fills: false,
        })
    }
}

fn made_by<'a>(
    semantic: &Semantic<'a>,
    name: &str,
    init: &'a Expression<'a>,
    symbol: Option<SymbolId>,
) -> Result<Made<'a>, Reason> {
    let made = |kind, piece| {
        let kind = if is_helper(name) {
            TravelKind::Helper
        } else {
            kind
        };
        Ok(Made {
            kind,
            piece,
            from: None,
        })
    };
    match init {
        Expression::FunctionExpression(function) => {
            let node = FunctionNode::Function(function);
            return made(TravelKind::Function, Piece::Function(node));
        }
        Expression::ArrowFunctionExpression(arrow) => {
            let node = FunctionNode::Arrow(arrow);
            return made(TravelKind::Function, Piece::Function(node));
        }
        Expression::ClassExpression(class) => return made(TravelKind::Class, Piece::Class(class)),
        Expression::CallExpression(call) if call.callee.is_specific_id(NAME_HELPER) => {
            if let Some(inner) = call.arguments.first().and_then(Argument::as_expression) {
                return made_by(semantic, name, inner, symbol);
            }
        }
        Expression::CallExpression(call) if makes_class(call, name) => {
            return made(TravelKind::Class, Piece::Expression(init));
        }
        _ if is_inner_name(init, name) => {
            return made(TravelKind::Class, Piece::Expression(init));
        }
        _ if makes_enumeration(init, name) => {
            return made(TravelKind::Literal, Piece::Expression(init));
        }
        _ if name.starts_with('_') && is_private_store(init) => {
            return made(TravelKind::Helper, Piece::Expression(init));
        }
        _ => {}
    }
    match literal(semantic, init) {
        Some(Literal::Plain | Literal::Frozen) => {
            return made(TravelKind::Literal, Piece::Expression(init));
        }
        Some(Literal::Flat) => {
            let kept =
                is_helper(name) || symbol.is_some_and(|symbol| is_only_read(semantic, symbol));
            return if kept {
                made(TravelKind::Literal, Piece::Expression(init))
            } else {
                Err(Reason::MayChange)
            };
        }
        None => {}
    }
    match bindings::loaded_module(init) {
        Some(Loaded { bundled: true, .. }) => return Err(Reason::Bundled),
        Some(Loaded {
            from: Some(from),
            awaited: false,
            ..
        }) => {
            return Ok(Made {
                kind: TravelKind::Require,
                piece: Piece::Expression(init),
                from: Some(from),
            });
        }
        _ => {}
    }
    if let Some(from) = adapted_module(semantic, init) {
        return Ok(Made {
            kind: TravelKind::Require,
            piece: Piece::Expression(init),
            from: Some(from),
        });
    }
    // Whatever makes a helper was written by a tool, and needs nothing but other helpers.
    if is_helper(name) || bundled_module(init) {
        return made(TravelKind::Helper, Piece::Expression(init));
    }
    Err(match init {
        Expression::ArrayExpression(_) | Expression::ObjectExpression(_) => Reason::MayChange,
        _ => Reason::Computed,
    })
}

/// The module that a variable holds which an interop function adapts: `_interopDefault(ms)`.
fn adapted_module(semantic: &Semantic<'_>, init: &Expression<'_>) -> Option<String> {
    let Expression::CallExpression(call) = init else {
        return None;
    };
    let (Expression::Identifier(callee), Some(Argument::Identifier(module))) =
        (&call.callee, call.arguments.first())
    else {
        return None;
    };
    let reference = module.reference_id.get()?;
    let symbol = semantic.scoping().get_reference(reference).symbol_id()?;
    is_interop(&callee.name)
        .then(|| bindings::classify(semantic, symbol))?
        .from
}

/// `exports.a = exports.b = value` → `value`, without counters.
pub(super) fn exported<'e, 'a>(init: &'e Expression<'a>) -> &'e Expression<'a> {
    match uncounted(init) {
        Expression::AssignmentExpression(assignment)
            if is_export(&assignment.left) && assignment.operator.is_assign() =>
        {
            exported(&assignment.right)
        }
        value => value,
    }
}

fn is_export(target: &AssignmentTarget<'_>) -> bool {
    let AssignmentTarget::StaticMemberExpression(member) = target else {
        return false;
    };
    match &member.object {
        Expression::Identifier(id) => matches!(id.name.as_str(), "exports" | "module"),
        Expression::StaticMemberExpression(inner) => {
            inner.object.is_specific_id("module") && inner.property.name == "exports"
        }
        _ => false,
    }
}

/// The module of `await import('x')` and of what Vite makes of an import, seen through property reads.
fn awaited_module(init: &Expression<'_>) -> Option<String> {
    bindings::loaded_module(init)
        .filter(|loaded| loaded.awaited && !loaded.bundled)?
        .from
}

/// The property that is read off it.
fn awaited_export(init: &Expression<'_>) -> Option<String> {
    match init {
        Expression::StaticMemberExpression(member) => Some(member.property.name.to_string()),
        _ => None,
    }
}

/// The export that a simple pattern gives to a variable: `{ a, b: c }`.
fn property_of(pattern: &BindingPattern<'_>, symbol: SymbolId) -> Option<String> {
    let BindingPattern::ObjectPattern(object) = pattern else {
        return None;
    };
    object.properties.iter().find_map(|property| {
        let BindingPattern::BindingIdentifier(id) = &property.value else {
            return None;
        };
        (id.symbol_id.get() == Some(symbol)).then_some(())?;
        property.key.static_name().map(|name| name.to_string())
    })
}

/// `__commonJS({ … })`, and `__toESM(require_x())` of it.
fn bundled_module(init: &Expression<'_>) -> bool {
    let Expression::CallExpression(call) = init else {
        return false;
    };
    if let Expression::Identifier(id) = &call.callee {
        if is_lazy_module(&id.name) {
            return true;
        }
        if id.name.starts_with("require_") && call.arguments.is_empty() {
            return true;
        }
        return id.name == "__toESM"
            && call
                .arguments
                .first()
                .and_then(Argument::as_expression)
                .is_some_and(bundled_module);
    }
    false
}
