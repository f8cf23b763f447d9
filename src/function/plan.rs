//! What travels with a function: everything that it needs, and that this needs in turn.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;

use oxc_ast::ast::Expression;
use oxc_semantic::{ScopeId, SymbolId};
use oxc_span::GetSpan;

use super::bindings;
use super::bound;
use super::changes;
use super::exports::Exports;
use super::fate::{self, Declared, Fate, Import};
use super::javascript::{access, property_key};
use super::locate::FunctionNode;
use super::needs::{Cell, Found, Given, Needs, OwnSymbols, Surroundings, needs_of};
use super::piece::Piece;
use super::positions::Places;
use super::report::{Capture, CaptureKind, FunctionReport, GlobalUse, Reason, Travel, TravelKind};
use super::unit::{self, Draft};

/// Plans for the function, and writes into the report what travels and what does not. Answers what
/// the wrapper has to declare.
pub(super) fn plan(
    surroundings: &Surroundings<'_, '_>,
    main: &mut Needs,
    places: &Places<'_>,
    report: &mut FunctionReport,
) -> String {
    let mut planner = Planner {
        surroundings,
        exports: None,
        known: HashSet::new(),
        imports: Vec::new(),
        imported: Vec::new(),
        drafts: Vec::new(),
        travels: Vec::new(),
        refused: Vec::new(),
        globals: Vec::new(),
        queue: VecDeque::new(),
    };
    planner.take(main, None);
    while let Some(declared) = planner.queue.pop_front() {
        planner.declare(declared);
    }
    planner.finish(main, places, report)
}

struct Planner<'s, 'a> {
    surroundings: &'s Surroundings<'s, 'a>,
    /// Found when first needed.
    exports: Option<Exports<'a>>,
    known: HashSet<Cell>,
    imports: Vec<String>,
    imported: Vec<(Cell, usize, Option<String>)>,
    drafts: Vec<Draft<'a>>,
    travels: Vec<Found<(TravelKind, Option<String>)>>,
    refused: Vec<Found<Refusal>>,
    globals: Vec<Found<bool>>,
    queue: VecDeque<Declared<'a>>,
}

struct Refusal {
    kind: CaptureKind,
    from: Option<String>,
    reason: Reason,
    by: Option<String>,
}

impl<'a> Planner<'_, 'a> {
    /// Decides for everything that a piece needs; `by` is its name, unless it is the function itself.
    fn take(&mut self, needs: &mut Needs, by: Option<&str>) {
        let mut absent = Vec::new();
        for found in &needs.cells {
            let cell = match &found.what {
                Cell::Export(property) => match self.export(property) {
                    Export::Alias(symbol) => Cell::Variable(symbol),
                    Export::Value(value) => {
                        if self.known.insert(found.what.clone()) {
                            let fate = fate::of_export(self.surroundings.semantic, property, value);
                            self.settle(found, fate, found.what.clone(), by);
                        }
                        continue;
                    }
                    Export::Refused(reason) => {
                        if self.known.insert(found.what.clone()) {
                            self.refuse(found, CaptureKind::Module, None, reason, by);
                        }
                        continue;
                    }
                    Export::Absent => {
                        absent.push(found.offset);
                        continue;
                    }
                },
                cell @ Cell::Variable(_) => cell.clone(),
            };
            let Cell::Variable(symbol) = cell else {
                continue;
            };
            if !self.known.insert(cell.clone()) {
                continue;
            }
            let fate = fate::of_variable(self.surroundings.semantic, symbol);
            self.settle(found, fate, cell, by);
        }
        // Nothing ever exports it: it reads as undefined here, too.
        if !absent.is_empty() {
            needs.cells.retain(|found| !absent.contains(&found.offset));
            needs.given.push(Found {
                name: "exports".to_owned(),
                offset: absent[0],
                what: Given::Link("exports"),
            });
        }
        for found in &needs.given {
            let kind = match found.what {
                Given::Link("meta") => TravelKind::ImportMeta,
                Given::Link("require") | Given::Import | Given::Slot => continue,
                Given::Link(_) => TravelKind::CommonJs,
            };
            self.travels(found, kind, None);
        }
        for found in needs.refused.drain(..) {
            let (kind, reason) = (found.what, Reason::Kind);
            self.refused.push(Found {
                what: Refusal {
                    kind,
                    from: None,
                    reason,
                    by: by.map(str::to_owned),
                },
                name: found.name,
                offset: found.offset,
            });
        }
        self.globals.append(&mut needs.globals);
    }

    fn settle(&mut self, found: &Found<Cell>, fate: Fate<'a>, cell: Cell, by: Option<&str>) {
        match fate {
            Fate::Import(Import { specifier, export }) => {
                self.travels(found, TravelKind::Import, Some(specifier.clone()));
                let index = self.imports.iter().position(|known| *known == specifier);
                let index = index.unwrap_or_else(|| {
                    self.imports.push(specifier);
                    self.imports.len() - 1
                });
                self.imported.push((cell, index, export));
            }
            Fate::Unit(declared) => {
                self.travels(found, declared.kind, declared.from.clone());
                self.queue.push_back(declared);
            }
            Fate::Refused { binding, reason } => {
                self.refuse(found, binding.kind, binding.from, reason, by);
            }
        }
    }

    fn travels<T>(&mut self, found: &Found<T>, kind: TravelKind, from: Option<String>) {
        self.travels.push(Found {
            name: found.name.clone(),
            offset: found.offset,
            what: (kind, from),
        });
    }

    fn refuse<T>(
        &mut self,
        found: &Found<T>,
        kind: CaptureKind,
        from: Option<String>,
        reason: Reason,
        by: Option<&str>,
    ) {
        self.refused.push(Found {
            name: found.name.clone(),
            offset: found.offset,
            what: Refusal {
                kind,
                from,
                reason,
                by: by.map(str::to_owned),
            },
        });
    }

    fn declare(&mut self, declared: Declared<'a>) {
        let Declared {
            kind,
            piece,
            name,
            cells,
            reassigns_itself,
            fills,
            ..
        } = declared;
        // One pattern fills several.
        self.known
            .extend(cells.iter().map(|(_, cell)| cell.clone()));
        if self
            .drafts
            .iter()
            .any(|draft| draft.piece.span() == piece.span())
        {
            return;
        }
        let symbol = match cells.first() {
            Some((_, Cell::Variable(symbol))) => Some(*symbol),
            _ => None,
        };
        let by = if name.is_empty() {
            cells.first().map(|(name, _)| name.clone())
        } else {
            Some(name.clone())
        };
        let own = OwnSymbols {
            declared: symbol.filter(|_| !matches!(piece, Piece::Expression(_))),
            variable: None,
        };
        let changed = match kind {
            TravelKind::Function | TravelKind::Class | TravelKind::Helper => symbol
                .map_or_else(Vec::new, |symbol| {
                    changes::of(self.surroundings.semantic, symbol, piece)
                }),
            _ => Vec::new(),
        };
        // A function expression does not see the variable that holds it as its own name.
        let own = if is_named(piece) {
            own
        } else {
            OwnSymbols::default()
        };
        self.draft(
            piece,
            name,
            cells,
            own,
            by.as_deref(),
            (kind, reassigns_itself, fills),
        );
        for statement in changed {
            let piece: Piece<'a> = Piece::Expression(statement);
            let own = OwnSymbols::default();
            self.draft(
                piece,
                String::new(),
                Vec::new(),
                own,
                by.as_deref(),
                (kind, false, false),
            );
        }
    }

    fn draft(
        &mut self,
        piece: Piece<'a>,
        name: String,
        cells: Vec<(String, Cell)>,
        own: OwnSymbols,
        by: Option<&str>,
        (kind, reassigns_itself, fills): (TravelKind, bool, bool),
    ) {
        let mut needs = needs_of(self.surroundings, piece, own);
        if kind == TravelKind::Helper {
            // `(this && this.__awaiter) || …`: nobody put it there.
            needs
                .refused
                .retain(|found| found.what != CaptureKind::This);
        }
        self.take(&mut needs, by);
        self.drafts.push(Draft {
            piece,
            name,
            cells,
            needs,
            reassigns_itself,
            fills,
            strict: self.is_strict(piece),
        });
    }

    fn is_strict(&self, piece: Piece<'_>) -> bool {
        let semantic = self.surroundings.semantic;
        let scoping = semantic.scoping();
        let scope = match piece {
            Piece::Function(function) => function
                .scope()
                .and_then(|scope| scoping.scope_parent_id(scope)),
            _ => None,
        };
        scoping
            .scope_flags(scope.unwrap_or_else(|| self.module_scope(piece)))
            .is_strict_mode()
    }

    /// The innermost module that the piece stands in.
    fn module_scope(&self, piece: Piece<'_>) -> ScopeId {
        let semantic = self.surroundings.semantic;
        let scoping = semantic.scoping();
        let start = piece.span();
        scoping
            .scope_descendants_from_root()
            .filter(|scope| bindings::is_module_scope(semantic, *scope))
            .filter(|scope| {
                let node = semantic.nodes().kind(scoping.get_node_id(*scope));
                node.span().contains_inclusive(start)
            })
            .last()
            .unwrap_or_else(|| scoping.root_scope_id())
    }

    fn export(&mut self, property: &str) -> Export<'a> {
        let semantic = self.surroundings.semantic;
        let commonjs = self.surroundings.commonjs;
        let exports = self
            .exports
            .get_or_insert_with(|| Exports::of(semantic, commonjs));
        let Some(values) = exports.values_of(property) else {
            return Export::Absent;
        };
        match values {
            [(value, true)] => match value {
                Expression::Identifier(id) => id
                    .reference_id
                    .get()
                    .and_then(|id| semantic.scoping().get_reference(id).symbol_id())
                    .map_or(Export::Refused(Reason::Computed), Export::Alias),
                _ => Export::Value(value),
            },
            [_] => Export::Refused(Reason::Computed),
            _ => Export::Refused(Reason::Reassigned),
        }
    }

    fn finish(mut self, main: &Needs, places: &Places<'_>, report: &mut FunctionReport) -> String {
        let semantic = self.surroundings.semantic;
        let scoping = semantic.scoping();
        let aliases = self.aliases(main);
        let key_of = |cell: &Cell| {
            let cell = aliases.get(cell).unwrap_or(cell);
            match cell {
                Cell::Variable(symbol) => key_of(scoping.symbol_name(*symbol), {
                    let scope = scoping.symbol_scope_id(*symbol);
                    (scope != scoping.root_scope_id()).then(|| scoping.symbol_span(*symbol).start)
                }),
                Cell::Export(name) => format!("exports.{name}"),
            }
        };
        let source = semantic.source_text();
        self.drafts.sort_by_key(|draft| draft.piece.span().start);
        report.units = self
            .drafts
            .iter()
            .map(|draft| {
                let place = places.of(draft.piece.head());
                unit::write(draft, source, place, key_of)
            })
            .collect();
        let needs_link = |needs: &Needs| {
            needs
                .given
                .iter()
                .any(|found| matches!(found.what, Given::Link(_)))
        };
        report.linked = !self.imports.is_empty()
            || needs_link(main)
            || self.drafts.iter().any(|draft| needs_link(&draft.needs));
        let mut text = String::new();
        bound::given(main, &mut text);
        let mut imported = "{__proto__:null".to_owned();
        for (cell, index, export) in &self.imported {
            let (key, _) = property_key(&key_of(cell));
            let export = export.as_deref().map(access).unwrap_or_default();
            let _ = write!(imported, ",{key}:arguments[0].imports[{index}]{export}");
        }
        imported.push('}');
        if !report.units.is_empty() {
            let _ = write!(text, "arguments[1]({imported});");
            "arguments[1].cells".clone_into(&mut imported);
        }
        if !bound::variables(main).is_empty() {
            let _ = write!(text, "const{};", bound::fill(main, &imported, key_of));
        }
        report.imports = std::mem::take(&mut self.imports);
        self.tell(places, report);
        text
    }

    /// Exports that are variables under another name.
    fn aliases(&mut self, main: &Needs) -> HashMap<Cell, Cell> {
        let drafts = std::mem::take(&mut self.drafts);
        let mut aliases = HashMap::new();
        let all = drafts.iter().map(|draft| &draft.needs).chain([main]);
        for found in all.flat_map(|needs| &needs.cells) {
            if let Cell::Export(property) = &found.what
                && let Export::Alias(symbol) = self.export(property)
            {
                aliases.insert(found.what.clone(), Cell::Variable(symbol));
            }
        }
        self.drafts = drafts;
        aliases
    }

    fn tell(&mut self, places: &Places<'_>, report: &mut FunctionReport) {
        self.travels.sort_by_key(|found| found.offset);
        self.refused.sort_by_key(|found| found.offset);
        self.globals.sort_by_key(|found| found.offset);
        report.travels = std::mem::take(&mut self.travels)
            .into_iter()
            .map(
                |Found {
                     name,
                     offset,
                     what: (kind, from),
                 }| {
                    let (line, column) = places.of(offset);
                    Travel {
                        name,
                        kind,
                        from,
                        line,
                        column,
                    }
                },
            )
            .collect();
        report.captures = std::mem::take(&mut self.refused)
            .into_iter()
            .map(|Found { name, offset, what }| {
                let (line, column) = places.of(offset);
                let Refusal {
                    kind,
                    from,
                    reason,
                    by,
                } = what;
                Capture {
                    name,
                    line,
                    column,
                    kind,
                    from,
                    reason,
                    by,
                }
            })
            .collect();
        report.globals = std::mem::take(&mut self.globals)
            .into_iter()
            .map(
                |Found {
                     name,
                     offset,
                     what: only_typeof,
                 }| {
                    let (line, column) = places.of(offset);
                    GlobalUse {
                        name,
                        line,
                        column,
                        only_typeof,
                    }
                },
            )
            .collect();
    }
}

enum Export<'a> {
    Alias(SymbolId),
    Value(&'a Expression<'a>),
    Refused(Reason),
    Absent,
}

/// Whether the piece, written as an expression, can call itself by the name of its declaration.
fn is_named(piece: Piece<'_>) -> bool {
    match piece {
        Piece::Function(FunctionNode::Function(function)) => function.is_declaration(),
        Piece::Class(class) => class.is_declaration(),
        _ => false,
    }
}

/// Names are unique in one scope only.
fn key_of(name: &str, place: Option<u32>) -> String {
    place.map_or_else(|| name.to_owned(), |place| format!("{name}@{place}"))
}
