//! A piece of a source that is compiled on its own, and what it calls its own.

use oxc_ast::ast::{Class, Expression, VariableDeclarator};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

use super::locate::FunctionNode;

/// What is read for the names that it needs.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    Function(FunctionNode<'a>),
    Class(&'a Class<'a>),
    Expression(&'a Expression<'a>),
    /// A pattern and what fills it: `{ a, b } = require('x')`.
    Declarator(&'a VariableDeclarator<'a>),
}

impl Piece<'_> {
    /// Where the text that is kept as it is begins: V8 reports functions at their parameter list.
    pub(super) fn head(self) -> usize {
        match self {
            Self::Function(function) => function.head(),
            _ => self.span().start as usize,
        }
    }

    pub(super) fn span(self) -> Span {
        match self {
            Self::Function(function) => function.span(),
            Self::Class(class) => class.span,
            Self::Expression(expression) => expression.span(),
            Self::Declarator(declarator) => declarator.span,
        }
    }

    /// Whether the symbol is declared within the piece.
    pub(super) fn declares(self, semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
        let scoping = semantic.scoping();
        match self {
            Self::Function(function) => function.scope().is_some_and(|own| {
                scoping
                    .scope_ancestors(scoping.symbol_scope_id(symbol))
                    .any(|scope| scope == own)
            }),
            Self::Class(_) | Self::Expression(_) => {
                let own = match self {
                    Self::Class(class) if class.is_declaration() => {
                        class.id.as_ref().and_then(|id| id.symbol_id.get())
                    }
                    _ => None,
                };
                own != Some(symbol) && self.span().contains_inclusive(scoping.symbol_span(symbol))
            }
            Self::Declarator(declarator) => declarator
                .init
                .as_ref()
                .is_some_and(|init| init.span().contains_inclusive(scoping.symbol_span(symbol))),
        }
    }
}
