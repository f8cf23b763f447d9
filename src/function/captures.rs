//! Which of a function's names reach outside it, and where they lead.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_semantic::{ScopeId, Semantic, SymbolId};

use super::bindings::{self, Binding};
use super::free_names::{NameUse, Uses, collect};
use super::globals::{is_commonjs, is_provided};
use super::helpers::{NAME_HELPER, is_helper};
use super::locate::Located;
use super::names::Names;
use super::positions::Cursor;
use super::report::{Capture, CaptureKind, GlobalUse};

/// What surrounds the function.
pub(super) struct Surroundings<'s, 'a> {
    pub(super) semantic: &'s Semantic<'a>,
    pub(super) located: Located<'a>,
    pub(super) names: &'s Names,
    pub(super) context_names: &'s [String],
    /// Unbound `require`, `module`, … are those of Node's `CommonJS` wrapper.
    pub(super) commonjs: bool,
    /// Line and column, in the file, of the place that V8 reports for the function.
    pub(super) position: (i32, i32),
}

/// What a function needs from outside.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) captures: Vec<Capture>,
    pub(super) globals: Vec<GlobalUse>,
    /// It calls itself by the variable that holds it.
    pub(super) own_variable: bool,
    /// It calls esbuild's `__name`.
    pub(super) name_helper: bool,
    /// Names of Node's `CommonJS` wrapper that it uses.
    pub(super) linked: Vec<String>,
}

/// Resolves every name in the function.
pub(super) fn needs_of(surroundings: &Surroundings<'_, '_>) -> Needs {
    let uses = collect(surroundings.located.node);
    let mut resolver = Resolver {
        surroundings,
        own: own_symbols(surroundings),
        found: Vec::new(),
        by_name: HashMap::new(),
        needs: Needs::default(),
    };
    resolver.resolve(uses);
    resolver.finish()
}

/// The function's own symbols that never hold anything else.
struct OwnSymbols {
    declared: Option<SymbolId>,
    variable: Option<SymbolId>,
}

fn own_symbols(surroundings: &Surroundings<'_, '_>) -> OwnSymbols {
    let scoping = surroundings.semantic.scoping();
    let stable = |symbol: &SymbolId| {
        !scoping.symbol_is_mutated(*symbol) && scoping.symbol_redeclarations(*symbol).is_empty()
    };
    // The wrapper binds the variable beside the context's names, so it must not be one of them; and
    // `const let` is no declaration.
    let free = |name: &String| name != "let" && !surroundings.context_names.contains(name);
    let names = surroundings.names;
    let variable = names
        .variable
        .as_ref()
        .filter(|(_, name)| free(name))
        .map(|(symbol, _)| *symbol);
    OwnSymbols {
        declared: names.declared.filter(stable),
        variable: variable.filter(stable),
    }
}

/// Where a name leads.
enum Target {
    /// Into the function, or to what every task has.
    Inside,
    /// To the variable that holds the function.
    OwnVariable,
    /// To esbuild's `__name`, which the wrapper provides.
    NameHelper,
    /// To what the loader gives it: `require` and its kin.
    Linked,
    Captured(Binding),
    Global,
}

/// A capture or global, before its position is turned into line and column.
struct Found {
    name: String,
    offset: usize,
    only_typeof: bool,
    /// `None` for a global.
    binding: Option<Binding>,
}

struct Resolver<'r, 's, 'a> {
    surroundings: &'r Surroundings<'s, 'a>,
    own: OwnSymbols,
    found: Vec<Found>,
    by_name: HashMap<String, usize>,
    needs: Needs,
}

impl Resolver<'_, '_, '_> {
    fn resolve(&mut self, uses: Uses<'_>) {
        for name in &uses.names {
            // The same name leads to the same place wherever it leads out of the function, but
            // an inner variable may have it too: each mention is resolved.
            match self.target(name) {
                Target::Inside => {}
                Target::OwnVariable => self.needs.own_variable = true,
                Target::NameHelper => self.needs.name_helper = true,
                Target::Linked => {
                    if !self.needs.linked.iter().any(|linked| linked == name.name) {
                        self.needs.linked.push(name.name.to_owned());
                    }
                }
                Target::Captured(_) if name.under_typeof => {}
                Target::Captured(binding) => {
                    self.add(name.name, name.offset, false, Some(binding));
                }
                Target::Global => self.add(name.name, name.offset, name.under_typeof, None),
            }
        }
        for keyword in uses.keywords {
            let binding = Binding {
                kind: keyword.kind,
                from: None,
            };
            self.add(&keyword.name, keyword.offset, false, Some(binding));
        }
    }

    fn add(&mut self, name: &str, offset: usize, only_typeof: bool, binding: Option<Binding>) {
        if let Some(&index) = self.by_name.get(name) {
            let found = &mut self.found[index];
            if found.only_typeof && !only_typeof {
                (found.only_typeof, found.offset) = (false, offset);
            } else if found.only_typeof == only_typeof {
                found.offset = found.offset.min(offset);
            }
            return;
        }
        self.by_name.insert(name.to_owned(), self.found.len());
        self.found.push(Found {
            name: name.to_owned(),
            offset,
            only_typeof,
            binding,
        });
    }

    fn target(&self, name: &NameUse<'_>) -> Target {
        let scoping = self.surroundings.semantic.scoping();
        let Some(symbol) = self.symbol(name) else {
            return self.unbound(name);
        };
        if self.is_inside(scoping.symbol_scope_id(symbol)) || self.own.declared == Some(symbol) {
            return Target::Inside;
        }
        if self.in_context(name.name) {
            return Target::Inside;
        }
        if self.own.variable == Some(symbol) {
            return Target::OwnVariable;
        }
        let binding = bindings::classify(self.surroundings.semantic, symbol);
        if name.name == NAME_HELPER && binding.from.is_none() {
            return Target::NameHelper;
        }
        // The module offloop, under its own name, is what a task has under that name.
        if name.name == "offloop" && binding.from.as_deref() == Some("offloop") {
            return Target::Inside;
        }
        Target::Captured(binding)
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
    fn unbound(&self, name: &NameUse<'_>) -> Target {
        let captured = |kind| Target::Captured(Binding { kind, from: None });
        if name.name == "arguments" {
            return if name.outer_arguments {
                captured(CaptureKind::Arguments)
            } else {
                Target::Inside
            };
        }
        if self.in_context(name.name) || is_provided(name.name) {
            return Target::Inside;
        }
        if name.name == "require" || self.surroundings.commonjs && is_commonjs(name.name) {
            return Target::Linked;
        }
        match name.name {
            NAME_HELPER => Target::NameHelper,
            helper if is_helper(helper) => captured(CaptureKind::Helper),
            _ if name.under_with => Target::Inside,
            _ => Target::Global,
        }
    }

    fn in_context(&self, name: &str) -> bool {
        self.surroundings
            .context_names
            .iter()
            .any(|given| given == name)
    }

    fn is_inside(&self, scope: ScopeId) -> bool {
        let function = self.surroundings.located.node.scope();
        function.is_some_and(|function| {
            self.surroundings
                .semantic
                .scoping()
                .scope_ancestors(scope)
                .any(|scope| scope == function)
        })
    }

    fn finish(mut self) -> Needs {
        self.found.sort_by_key(|found| found.offset);
        let head = self.surroundings.located.node.head();
        let (line, column) = self.surroundings.position;
        let mut cursor = Cursor::new(self.surroundings.semantic.source_text(), head, line, column);
        for Found {
            name,
            offset,
            only_typeof,
            binding,
        } in self.found
        {
            let (line, column) = cursor.advance(offset);
            match binding {
                Some(Binding { kind, from }) => {
                    self.needs.captures.push(Capture {
                        name,
                        line,
                        column,
                        kind,
                        from,
                    });
                }
                None => self.needs.globals.push(GlobalUse {
                    name,
                    line,
                    column,
                    only_typeof,
                }),
            }
        }
        self.needs
    }
}
