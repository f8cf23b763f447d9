//! Finding the function's node in a parsed source.

use oxc_ast::AstKind;
use oxc_ast::ast::{ArrowFunctionExpression, Function, MethodDefinitionKind, PropertyKind};
use oxc_semantic::{AstNodes, NodeId, ScopeId};
use oxc_span::{GetSpan, Span};

use super::report::FunctionKind;

/// A function's node.
#[derive(Clone, Copy)]
pub(super) enum FunctionNode<'a> {
    Function(&'a Function<'a>),
    Arrow(&'a ArrowFunctionExpression<'a>),
}

impl<'a> FunctionNode<'a> {
    /// The node as a function, if it is one with a body.
    fn of(kind: AstKind<'a>) -> Option<Self> {
        match kind {
            AstKind::Function(function) if function.body.is_some() => {
                Some(Self::Function(function))
            }
            AstKind::ArrowFunctionExpression(arrow) => Some(Self::Arrow(arrow)),
            _ => None,
        }
    }

    /// Where V8 says that the function is: its parameter list, or the start of an arrow function.
    pub(super) fn head(self) -> usize {
        match self {
            Self::Function(function) => function.params.span.start as usize,
            Self::Arrow(arrow) => arrow.span.start as usize,
        }
    }

    /// Where the function's text ends.
    pub(super) fn end(self) -> usize {
        self.span().end as usize
    }

    pub(super) fn span(self) -> Span {
        match self {
            Self::Function(function) => function.span,
            Self::Arrow(arrow) => arrow.span,
        }
    }

    /// The scope of its parameters and body.
    pub(super) fn scope(self) -> Option<ScopeId> {
        match self {
            Self::Function(function) => function.scope_id.get(),
            Self::Arrow(arrow) => arrow.scope_id.get(),
        }
    }

    pub(super) const fn is_async(self) -> bool {
        match self {
            Self::Function(function) => function.r#async,
            Self::Arrow(arrow) => arrow.r#async,
        }
    }

    pub(super) const fn is_generator(self) -> bool {
        match self {
            Self::Function(function) => function.generator,
            Self::Arrow(_) => false,
        }
    }

    /// Whether its own body begins with `"use strict"`.
    pub(super) fn has_use_strict(self) -> bool {
        match self {
            Self::Function(function) => function.has_use_strict_directive(),
            Self::Arrow(arrow) => arrow.has_use_strict_directive(),
        }
    }
}

/// A function found in a source.
#[derive(Clone, Copy)]
pub(super) struct Located<'a> {
    pub(super) node: FunctionNode<'a>,
    pub(super) id: NodeId,
    pub(super) kind: FunctionKind,
}

/// The first function, outer ones first, that the test accepts.
pub(super) fn find<'a>(
    nodes: &AstNodes<'a>,
    accept: impl Fn(FunctionNode<'a>) -> bool,
) -> Option<Located<'a>> {
    nodes.iter_enumerated().find_map(|(id, node)| {
        let node = FunctionNode::of(node.kind()).filter(|node| accept(*node))?;
        Some(Located {
            node,
            id,
            kind: kind_of(nodes, id, node),
        })
    })
}

fn kind_of(nodes: &AstNodes<'_>, id: NodeId, node: FunctionNode<'_>) -> FunctionKind {
    if matches!(node, FunctionNode::Arrow(_)) {
        return FunctionKind::Arrow;
    }
    match nodes.parent_kind(id) {
        AstKind::MethodDefinition(method) if method.value.span == node.span() => {
            match method.kind {
                MethodDefinitionKind::Get => FunctionKind::Getter,
                MethodDefinitionKind::Set => FunctionKind::Setter,
                MethodDefinitionKind::Method | MethodDefinitionKind::Constructor => {
                    FunctionKind::Method
                }
            }
        }
        AstKind::ObjectProperty(property) if property.value.span() == node.span() => {
            match property.kind {
                PropertyKind::Get => FunctionKind::Getter,
                PropertyKind::Set => FunctionKind::Setter,
                PropertyKind::Init if property.method => FunctionKind::Method,
                PropertyKind::Init => FunctionKind::Function,
            }
        }
        _ => FunctionKind::Function,
    }
}
