//! Which initialisers say all of a value by themselves.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    ArrayExpressionElement, BindingPattern, CallExpression, Expression, IdentifierReference,
    ObjectPropertyKind, PropertyKind,
};
use oxc_semantic::{NodeId, Semantic, SymbolId};
use oxc_span::GetSpan;
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};

use super::bindings::is_module_scope;
use super::fate::exported;
use super::needs::is_stable;

/// Constants may be made of constants, but not without end.
const DEEPEST: u32 = 32;

/// Methods of arrays that change nothing and keep nothing of them.
const READING: &[&str] = &[
    "at",
    "concat",
    "entries",
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "forEach",
    "hasOwnProperty",
    "includes",
    "indexOf",
    "join",
    "keys",
    "lastIndexOf",
    "map",
    "reduce",
    "reduceRight",
    "slice",
    "some",
    "toReversed",
    "toSorted",
    "toSpliced",
    "toString",
    "values",
    "with",
];

/// What an initialiser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// A value that nothing can change, or a regular expression.
    Plain,
    /// An object or array of such values.
    Flat,
    /// The same, frozen where it is made.
    Frozen,
}

/// Reads an initialiser.
pub(super) fn literal(semantic: &Semantic<'_>, init: &Expression<'_>) -> Option<Literal> {
    let reader = Reader { semantic };
    if reader.is_plain(init, 0) {
        return Some(Literal::Plain);
    }
    if reader.is_flat(init) {
        return Some(Literal::Flat);
    }
    reader.is_frozen(init).then_some(Literal::Frozen)
}

struct Reader<'s, 'a> {
    semantic: &'s Semantic<'a>,
}

impl Reader<'_, '_> {
    fn is_plain(&self, expression: &Expression<'_>, depth: u32) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let plain = |expression: &Expression<'_>| self.is_plain(expression, depth + 1);
        match expression {
            Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_) => true,
            Expression::TemplateLiteral(template) => template.expressions.iter().all(plain),
            Expression::UnaryExpression(unary) => {
                unary.operator != UnaryOperator::Delete && plain(&unary.argument)
            }
            Expression::BinaryExpression(binary) => {
                !matches!(
                    binary.operator,
                    BinaryOperator::In | BinaryOperator::Instanceof
                ) && plain(&binary.left)
                    && plain(&binary.right)
            }
            Expression::LogicalExpression(logical) => plain(&logical.left) && plain(&logical.right),
            Expression::ConditionalExpression(choice) => {
                plain(&choice.test) && plain(&choice.consequent) && plain(&choice.alternate)
            }
            Expression::Identifier(id) => self.is_constant(id, depth),
            // `Math.PI`, `Number.MAX_SAFE_INTEGER`.
            Expression::StaticMemberExpression(member) => match &member.object {
                Expression::Identifier(id) => {
                    matches!(id.name.as_str(), "Math" | "Number")
                        && self.is_global(id)
                        && member
                            .property
                            .name
                            .bytes()
                            .all(|byte| byte.is_ascii_uppercase() || b"_012".contains(&byte))
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn is_global(&self, id: &IdentifierReference<'_>) -> bool {
        self.symbol(id).is_none()
    }

    fn symbol(&self, id: &IdentifierReference<'_>) -> Option<SymbolId> {
        let reference = id.reference_id.get()?;
        self.semantic.scoping().get_reference(reference).symbol_id()
    }

    fn is_constant(&self, id: &IdentifierReference<'_>, depth: u32) -> bool {
        let Some(symbol) = self.symbol(id) else {
            return matches!(id.name.as_str(), "undefined" | "NaN" | "Infinity");
        };
        let scoping = self.semantic.scoping();
        if !is_stable(self.semantic, symbol)
            || !is_module_scope(self.semantic, scoping.symbol_scope_id(symbol))
        {
            return false;
        }
        let AstKind::VariableDeclarator(declarator) = self
            .semantic
            .nodes()
            .kind(scoping.symbol_declaration(symbol))
        else {
            return false;
        };
        matches!(declarator.id, BindingPattern::BindingIdentifier(_))
            && declarator
                .init
                .as_ref()
                .is_some_and(|init| self.is_plain(exported(init), depth + 1))
    }

    fn is_flat(&self, expression: &Expression<'_>) -> bool {
        Self::each_value(expression, |value| self.is_plain(value, 0))
    }

    /// Whether it is a non-empty object or array literal whose values all pass. An empty one is
    /// there to be filled.
    fn each_value(
        expression: &Expression<'_>,
        mut pass: impl FnMut(&Expression<'_>) -> bool,
    ) -> bool {
        match expression {
            Expression::ArrayExpression(array) => {
                !array.elements.is_empty()
                    && array.elements.iter().all(|element| match element {
                        ArrayExpressionElement::SpreadElement(_) => false,
                        ArrayExpressionElement::Elision(_) => true,
                        _ => element.as_expression().is_some_and(&mut pass),
                    })
            }
            Expression::ObjectExpression(object) => {
                !object.properties.is_empty()
                    && object.properties.iter().all(|property| match property {
                        ObjectPropertyKind::ObjectProperty(property) => {
                            property.kind == PropertyKind::Init
                                && !property.computed
                                && !property.method
                                && pass(&property.value)
                        }
                        ObjectPropertyKind::SpreadProperty(_) => false,
                    })
            }
            _ => false,
        }
    }

    /// `Object.freeze` around a literal whose values are plain, or frozen themselves.
    fn is_frozen(&self, expression: &Expression<'_>) -> bool {
        let Expression::CallExpression(call) = expression else {
            return false;
        };
        let [argument] = call.arguments.as_slice() else {
            return false;
        };
        self.is_call_of(call, "Object", &["freeze"])
            && argument.as_expression().is_some_and(|argument| {
                Self::each_value(argument, |value| {
                    self.is_plain(value, 0) || self.is_frozen(value)
                })
            })
    }

    fn is_call_of(&self, call: &CallExpression<'_>, object: &str, methods: &[&str]) -> bool {
        match &call.callee {
            Expression::StaticMemberExpression(member) => {
                methods.contains(&member.property.name.as_str())
                    && matches!(&member.object, Expression::Identifier(id)
                        if id.name == object && self.is_global(id))
            }
            _ => false,
        }
    }
}

/// Whether all that the source does with a variable leaves the flat object in it as it was made.
pub(super) fn is_only_read(semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
    let scoping = semantic.scoping();
    scoping
        .get_resolved_references(symbol)
        .all(|reference| reads(semantic, reference.node_id()))
}

fn reads(semantic: &Semantic<'_>, node: NodeId) -> bool {
    let nodes = semantic.nodes();
    let here = nodes.kind(node).span();
    let reader = Reader { semantic };
    let parent = nodes.parent_id(node);
    match nodes.kind(parent) {
        AstKind::UnaryExpression(unary) => unary.operator == UnaryOperator::Typeof,
        AstKind::SpreadElement(_) | AstKind::BinaryExpression(_) => true,
        AstKind::ForOfStatement(statement) => statement.right.span() == here,
        AstKind::ForInStatement(statement) => statement.right.span() == here,
        AstKind::StaticMemberExpression(member) => {
            member_is_read(semantic, parent, Some(member.property.name.as_str()))
        }
        AstKind::ComputedMemberExpression(member) => {
            // As an index it becomes a text.
            member.object.span() != here || member_is_read(semantic, parent, None)
        }
        AstKind::VariableDeclarator(declarator) => {
            matches!(
                declarator.id,
                BindingPattern::ObjectPattern(_) | BindingPattern::ArrayPattern(_)
            )
        }
        AstKind::NewExpression(new) => {
            matches!(&new.callee, Expression::Identifier(id)
                if matches!(id.name.as_str(), "Set" | "Map") && reader.is_global(id))
        }
        AstKind::CallExpression(call) => {
            reader.is_call_of(
                call,
                "Object",
                &["keys", "values", "entries", "fromEntries", "hasOwn"],
            ) || reader.is_call_of(call, "JSON", &["stringify"])
                || reader.is_call_of(call, "Array", &["from", "isArray"])
        }
        _ => false,
    }
}

/// Whether a property of a flat object is read, nothing more.
fn member_is_read(semantic: &Semantic<'_>, member: NodeId, property: Option<&str>) -> bool {
    let nodes = semantic.nodes();
    let here = nodes.kind(member).span();
    match nodes.parent_kind(member) {
        AstKind::CallExpression(call) if call.callee.span() == here => {
            property.is_some_and(|property| READING.contains(&property))
        }
        AstKind::AssignmentExpression(assignment) => assignment.left.span() != here,
        AstKind::UnaryExpression(unary) => unary.operator != UnaryOperator::Delete,
        AstKind::ForOfStatement(statement) => statement.left.span() != here,
        AstKind::ForInStatement(statement) => statement.left.span() != here,
        AstKind::UpdateExpression(_)
        | AstKind::ArrayAssignmentTarget(_)
        | AstKind::ObjectAssignmentTarget(_)
        | AstKind::AssignmentTargetWithDefault(_)
        | AstKind::AssignmentTargetPropertyProperty(_)
        | AstKind::AssignmentTargetRest(_) => false,
        _ => true,
    }
}
