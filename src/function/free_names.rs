//! What a function's parameters and body mention that they may not define.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AccessorProperty, Class, ClassElement, Expression, Function, IdentifierReference, ImportMeta,
    NewTarget, PrivateFieldExpression, PrivateIdentifier, PrivateInExpression, PropertyDefinition,
    PropertyKey, SimpleAssignmentTarget, StaticBlock, StaticMemberExpression, Super,
    ThisExpression, UnaryExpression, WithStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::ReferenceId;
use oxc_span::Span;
use oxc_syntax::operator::UnaryOperator;
use oxc_syntax::scope::ScopeFlags;

use super::locate::FunctionNode;
use super::piece::Piece;
use super::report::CaptureKind;

/// One mention of a name.
pub(super) struct NameUse<'a> {
    pub(super) name: &'a str,
    pub(super) reference: Option<ReferenceId>,
    pub(super) offset: usize,
    /// It is the operand of `typeof`.
    pub(super) under_typeof: bool,
    /// It stands in the body of a `with`, so that an object may provide it.
    pub(super) under_with: bool,
    /// No function between here and the inspected arrow has its own `arguments`.
    pub(super) outer_arguments: bool,
    /// The property that is read off it: `b` of `a.b` and of `module.exports.b`.
    pub(super) member: Option<Member<'a>>,
}

/// What is read off a name.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) property: &'a str,
    /// It is read off the name's property `exports`.
    pub(super) of_exports: bool,
}

/// One mention of something that is no variable: `this`, `super`, `#name`, ….
pub(super) struct KeywordUse {
    pub(super) kind: CaptureKind,
    pub(super) name: String,
    pub(super) span: Span,
}

/// All mentions, in the order of the text.
#[derive(Default)]
pub(super) struct Uses<'a> {
    pub(super) names: Vec<NameUse<'a>>,
    /// Only those that reach outside the function.
    pub(super) keywords: Vec<KeywordUse>,
}

/// Collects the mentions in a piece: of a function, in its parameters and body.
pub(super) fn collect(piece: Piece<'_>) -> Uses<'_> {
    let mut collector = Collector {
        uses: Uses::default(),
        outer_this: !matches!(piece, Piece::Function(FunctionNode::Function(_))),
        outer_super: true,
        private_names: Vec::new(),
        with_depth: 0,
    };
    match piece {
        Piece::Function(FunctionNode::Function(function)) => {
            collector.visit_formal_parameters(&function.params);
            if let Some(body) = &function.body {
                collector.visit_function_body(body);
            }
        }
        Piece::Function(FunctionNode::Arrow(arrow)) => {
            collector.visit_formal_parameters(&arrow.params);
            collector.visit_arrow_function_body(&arrow.body);
        }
        Piece::Class(class) => collector.visit_class(class),
        Piece::Expression(expression) => collector.visit_expression(expression),
        Piece::Declarator(declarator) => collector.visit_variable_declarator(declarator),
    }
    collector.uses
}

struct Collector<'a> {
    uses: Uses<'a>,
    /// `this`, `arguments` and `new.target` are those of the function's surroundings.
    outer_this: bool,
    /// `super` is that of the function's surroundings.
    outer_super: bool,
    /// Private names of the classes around the current place, inside the function.
    private_names: Vec<Vec<&'a str>>,
    with_depth: u32,
}

impl<'a> Collector<'a> {
    fn keyword(&mut self, kind: CaptureKind, name: &str, span: Span) {
        self.uses.keywords.push(KeywordUse {
            kind,
            name: name.to_owned(),
            span,
        });
    }

    fn name(
        &mut self,
        id: &IdentifierReference<'a>,
        under_typeof: bool,
        member: Option<Member<'a>>,
    ) {
        self.uses.names.push(NameUse {
            member,
            name: id.name.as_str(),
            reference: id.reference_id.get(),
            offset: id.span.start as usize,
            under_typeof,
            under_with: self.with_depth > 0,
            outer_arguments: self.outer_this,
        });
    }

    fn private(&mut self, id: &PrivateIdentifier<'a>) {
        let name = id.name.as_str();
        if !self.private_names.iter().any(|names| names.contains(&name)) {
            self.keyword(CaptureKind::Private, &format!("#{name}"), id.span);
        }
    }

    /// Visits what has its own `this` and its own `super`.
    fn with_own_this(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = (self.outer_this, self.outer_super);
        (self.outer_this, self.outer_super) = (false, false);
        visit(self);
        (self.outer_this, self.outer_super) = outer;
    }

    fn field(&mut self, key: &PropertyKey<'a>, value: Option<&Expression<'a>>) {
        self.visit_property_key(key);
        if let Some(value) = value {
            self.with_own_this(|collector| collector.visit_expression(value));
        }
    }
}

impl<'a> Visit<'a> for Collector<'a> {
    fn enter_node(&mut self, _kind: AstKind<'a>) {}

    fn visit_identifier_reference(&mut self, id: &IdentifierReference<'a>) {
        self.name(id, false, None);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        let property = member.property.name.as_str();
        match &member.object {
            Expression::Identifier(id) => {
                let of_exports = false;
                let read = Member {
                    property,
                    of_exports,
                };
                self.name(id, false, Some(read));
            }
            Expression::StaticMemberExpression(inner) if inner.property.name == "exports" => {
                let of_exports = true;
                let read = Member {
                    property,
                    of_exports,
                };
                match &inner.object {
                    Expression::Identifier(id) => self.name(id, false, Some(read)),
                    _ => walk::walk_static_member_expression(self, member),
                }
            }
            _ => walk::walk_static_member_expression(self, member),
        }
    }

    fn visit_simple_assignment_target(&mut self, target: &SimpleAssignmentTarget<'a>) {
        match target {
            // Written, not read.
            SimpleAssignmentTarget::StaticMemberExpression(member) => {
                self.visit_expression(&member.object);
            }
            _ => walk::walk_simple_assignment_target(self, target),
        }
    }

    fn visit_unary_expression(&mut self, expression: &UnaryExpression<'a>) {
        match &expression.argument {
            Expression::Identifier(id) if expression.operator == UnaryOperator::Typeof => {
                self.name(id, true, None);
            }
            _ => walk::walk_unary_expression(self, expression),
        }
    }

    fn visit_this_expression(&mut self, this: &ThisExpression) {
        if self.outer_this {
            self.keyword(CaptureKind::This, "this", this.span);
        }
    }

    fn visit_new_target(&mut self, target: &NewTarget) {
        if self.outer_this {
            self.keyword(CaptureKind::NewTarget, "new.target", target.span);
        }
    }

    fn visit_super(&mut self, super_: &Super) {
        if self.outer_super {
            self.keyword(CaptureKind::Super, "super", super_.span);
        }
    }

    fn visit_import_meta(&mut self, meta: &ImportMeta) {
        self.keyword(CaptureKind::ImportMeta, "import.meta", meta.span);
    }

    fn visit_private_field_expression(&mut self, field: &PrivateFieldExpression<'a>) {
        self.visit_expression(&field.object);
        self.private(&field.field);
    }

    fn visit_private_in_expression(&mut self, test: &PrivateInExpression<'a>) {
        self.private(&test.left);
        self.visit_expression(&test.right);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.with_own_this(|collector| walk::walk_function(collector, function, flags));
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        let names = class.body.body.iter().filter_map(private_name).collect();
        self.private_names.push(names);
        walk::walk_class(self, class);
        self.private_names.pop();
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        self.field(&property.key, property.value.as_ref());
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        self.field(&property.key, property.value.as_ref());
    }

    fn visit_static_block(&mut self, block: &StaticBlock<'a>) {
        self.with_own_this(|collector| walk::walk_static_block(collector, block));
    }

    fn visit_with_statement(&mut self, statement: &WithStatement<'a>) {
        self.visit_expression(&statement.object);
        self.with_depth += 1;
        self.visit_statement(&statement.body);
        self.with_depth -= 1;
    }
}

fn private_name<'a>(element: &ClassElement<'a>) -> Option<&'a str> {
    match element.property_key()? {
        PropertyKey::PrivateIdentifier(id) => Some(id.name.as_str()),
        _ => None,
    }
}
