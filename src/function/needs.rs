//! Where each name of a piece leads.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::Span;

use super::bindings;
use super::free_names::{NameUse, Uses, collect};
use super::globals::{is_commonjs, is_provided};
use super::helpers::{NAME_HELPER, dynamic_import, is_helper, is_template_slot};
use super::names::Names;
use super::piece::Piece;
use super::report::CaptureKind;

/// What surrounds the pieces: the source and what is known of it.
pub(super) struct Surroundings<'s, 'a> {
    pub(super) semantic: &'s Semantic<'a>,
    pub(super) context_names: &'s [String],
    /// Unbound `require`, `module`, … are those of Node's `CommonJS` wrapper.
    pub(super) commonjs: bool,
}

/// A value of the module that pieces share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cell {
    /// What a variable holds.
    Variable(SymbolId),
    /// What `exports.name` holds.
    Export(String),
}

/// A name that the loader gives: the field of the link, and the name that the piece has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// A field of the link.
    Link(&'static str),
    /// A function that imports.
    Import,
    /// A variable that the piece itself fills.
    Slot,
}

/// A name and its first mention.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) name: String,
    pub(super) offset: usize,
    pub(super) what: T,
}

/// What a piece needs from outside.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) cells: Vec<Found<Cell>>,
    pub(super) given: Vec<Found<Given>>,
    pub(super) refused: Vec<Found<CaptureKind>>,
    /// Left to the global object; whether only under `typeof`.
    pub(super) globals: Vec<Found<bool>>,
    /// Every `import.meta`.
    pub(super) import_metas: Vec<Span>,
    /// It calls itself by the variable that holds it.
    pub(super) own_variable: bool,
    /// It calls esbuild's `__name`.
    pub(super) name_helper: bool,
}

/// The symbols of a piece that never hold anything else.
#[derive(Clone, Copy, Default)]
pub(super) struct OwnSymbols {
    pub(super) declared: Option<SymbolId>,
    pub(super) variable: Option<SymbolId>,
}

impl OwnSymbols {
    /// Those of a function.
    pub(super) fn of(surroundings: &Surroundings<'_, '_>, names: &Names) -> Self {
        let stable = |symbol: &SymbolId| is_stable(surroundings.semantic, *symbol);
        // The wrapper binds the variable beside the context's names, so it must not be one of
        // them; and `const let` is no declaration.
        let free = |name: &String| name != "let" && !surroundings.context_names.contains(name);
        let variable = names
            .variable
            .as_ref()
            .filter(|(_, name)| free(name))
            .map(|(symbol, _)| *symbol);
        Self {
            declared: names.declared.filter(stable),
            variable: variable.filter(stable),
        }
    }
}

/// Whether the symbol holds what its only declaration gives it, for ever.
pub(super) fn is_stable(semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
    let scoping = semantic.scoping();
    !scoping.symbol_is_mutated(symbol) && scoping.symbol_redeclarations(symbol).is_empty()
}

/// Resolves every name in the piece.
pub(super) fn needs_of(
    surroundings: &Surroundings<'_, '_>,
    piece: Piece<'_>,
    own: OwnSymbols,
) -> Needs {
    let mut resolver = Resolver {
        surroundings,
        piece,
        own,
        needs: Needs::default(),
        seen: HashMap::new(),
    };
    resolver.resolve(collect(piece));
    resolver.needs
}

enum Target {
    /// Into the piece, or to what every task has.
    Inside,
    OwnVariable,
    NameHelper,
    Cell(Cell),
    Given(Given),
    Refused(CaptureKind),
    Global,
}

struct Resolver<'r, 's, 'a> {
    surroundings: &'r Surroundings<'s, 'a>,
    piece: Piece<'r>,
    own: OwnSymbols,
    needs: Needs,
    /// What was found under a name, and where.
    seen: HashMap<String, Seen>,
}

#[derive(Clone, Copy)]
enum Seen {
    Once,
    Global(usize),
}

impl Resolver<'_, '_, '_> {
    fn resolve(&mut self, uses: Uses<'_>) {
        for name in &uses.names {
            let Lead { target, called } = self.target(name);
            match target {
                Target::Inside => {}
                Target::OwnVariable => self.needs.own_variable = true,
                Target::NameHelper => self.needs.name_helper = true,
                // What a task does not have reads as undefined there.
                Target::Cell(_) | Target::Given(_) | Target::Refused(_) if name.under_typeof => {}
                Target::Cell(what) => {
                    if self.is_first(&called) {
                        self.needs.cells.push(found(called, name.offset, what));
                    }
                }
                Target::Given(what) => {
                    if self.is_first(&called) {
                        self.needs.given.push(found(called, name.offset, what));
                    }
                }
                Target::Refused(what) => {
                    if self.is_first(&called) {
                        self.needs.refused.push(found(called, name.offset, what));
                    }
                }
                Target::Global => self.global(name),
            }
        }
        for keyword in uses.keywords {
            if keyword.kind == CaptureKind::ImportMeta {
                self.needs.import_metas.push(keyword.span);
            }
            let offset = keyword.span.start as usize;
            if !self.is_first(&keyword.name) {
                continue;
            }
            let (name, kind) = (keyword.name, keyword.kind);
            if kind == CaptureKind::ImportMeta {
                self.needs
                    .given
                    .push(found(name, offset, Given::Link("meta")));
            } else {
                self.needs.refused.push(found(name, offset, kind));
            }
        }
    }

    fn is_first(&mut self, name: &str) -> bool {
        self.seen.insert(name.to_owned(), Seen::Once).is_none()
    }

    /// A use outside `typeof` counts before one under it.
    fn global(&mut self, name: &NameUse<'_>) {
        match self.seen.get(name.name) {
            None => {
                let index = self.needs.globals.len();
                self.seen.insert(name.name.to_owned(), Seen::Global(index));
                let what = name.under_typeof;
                let called = name.name.to_owned();
                self.needs.globals.push(found(called, name.offset, what));
            }
            Some(&Seen::Global(index)) => {
                let global = &mut self.needs.globals[index];
                if global.what && !name.under_typeof {
                    (global.what, global.offset) = (false, name.offset);
                }
            }
            Some(Seen::Once) => {}
        }
    }

    fn target(&self, name: &NameUse<'_>) -> Lead {
        let plain = |target| Lead {
            target,
            called: name.name.to_owned(),
        };
        let Some(symbol) = self.symbol(name) else {
            return self.unbound(name);
        };
        if self.piece.declares(self.surroundings.semantic, symbol)
            || self.own.declared == Some(symbol)
            || self.in_context(name.name)
        {
            return plain(Target::Inside);
        }
        if self.own.variable == Some(symbol) {
            return plain(Target::OwnVariable);
        }
        let binding = bindings::classify(self.surroundings.semantic, symbol);
        if name.name == NAME_HELPER && binding.from.is_none() {
            return plain(Target::NameHelper);
        }
        // The module offloop, under its own name, is what a task has under that name.
        if name.name == "offloop" && binding.from.as_deref() == Some("offloop") {
            return plain(Target::Inside);
        }
        if binding.kind == CaptureKind::CommonJs {
            return commonjs(name);
        }
        if bindings::is_wrapper_parameter(self.surroundings.semantic, symbol) {
            if dynamic_import(name.name) {
                return plain(Target::Given(Given::Import));
            }
            if name.name == "__vite_ssr_import_meta__" {
                return plain(Target::Given(Given::Link("meta")));
            }
        }
        if is_template_slot(name.name) {
            return plain(Target::Given(Given::Slot));
        }
        plain(Target::Cell(Cell::Variable(symbol)))
    }

    /// The symbol that a name resolves to.
    ///
    /// Parameters and body share one scope in `oxc_semantic`. In the language, a default value does
    /// not see the variables of the body: such a name is looked up again, further out.
    fn symbol(&self, name: &NameUse<'_>) -> Option<SymbolId> {
        let semantic = self.surroundings.semantic;
        let scoping = semantic.scoping();
        let mut symbol = scoping.get_reference(name.reference?).symbol_id()?;
        loop {
            let scope = scoping.symbol_scope_id(symbol);
            let parameters = match semantic.nodes().kind(scoping.get_node_id(scope)) {
                AstKind::Function(function) => function.params.span,
                AstKind::ArrowFunctionExpression(arrow) => arrow.params.span,
                _ => return Some(symbol),
            };
            let in_parameters =
                (parameters.start as usize..parameters.end as usize).contains(&name.offset);
            if !in_parameters || scoping.symbol_span(symbol).start < parameters.end {
                return Some(symbol);
            }
            let outer = scoping.scope_parent_id(scope)?;
            symbol = scoping.find_binding(outer, scoping.symbol_ident(symbol))?;
        }
    }

    /// A name that nothing in the source binds.
    fn unbound(&self, name: &NameUse<'_>) -> Lead {
        let plain = |target| Lead {
            target,
            called: name.name.to_owned(),
        };
        if name.name == "arguments" {
            return plain(if name.outer_arguments {
                Target::Refused(CaptureKind::Arguments)
            } else {
                Target::Inside
            });
        }
        if self.in_context(name.name) || is_provided(name.name) {
            return plain(Target::Inside);
        }
        if self.surroundings.commonjs && is_commonjs(name.name) {
            return commonjs(name);
        }
        plain(match name.name {
            _ if name.under_with => Target::Inside,
            // A task can load modules, also where its function's own module has no `require`.
            "require" => Target::Given(Given::Link("require")),
            NAME_HELPER => Target::NameHelper,
            helper if is_helper(helper) => Target::Refused(CaptureKind::Helper),
            _ => Target::Global,
        })
    }

    fn in_context(&self, name: &str) -> bool {
        self.surroundings
            .context_names
            .iter()
            .any(|given| given == name)
    }
}

/// Where a name leads, and what it is called.
struct Lead {
    target: Target,
    called: String,
}

/// One of the names that Node gives to a `CommonJS` module.
fn commonjs(name: &NameUse<'_>) -> Lead {
    let exported = match (name.name, name.member) {
        ("exports", Some(member)) if !member.of_exports => Some(member.property),
        ("module", Some(member)) if member.of_exports => Some(member.property),
        _ => None,
    };
    if let Some(property) = exported {
        return Lead {
            target: Target::Cell(Cell::Export(property.to_owned())),
            called: format!("{}.{property}", exports_text(name)),
        };
    }
    let field = match name.name {
        "module" => "module",
        "exports" => "exports",
        "__filename" => "filename",
        "__dirname" => "dirname",
        _ => "require",
    };
    Lead {
        target: Target::Given(Given::Link(field)),
        called: name.name.to_owned(),
    }
}

fn exports_text(name: &NameUse<'_>) -> &'static str {
    if name.name == "module" {
        "module.exports"
    } else {
        "exports"
    }
}

fn found<T>(name: String, offset: usize, what: T) -> Found<T> {
    Found { name, offset, what }
}
