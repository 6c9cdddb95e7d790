//! SQL expressions in a spec (`expr: "..."`, `assert: "..."`), parsed as SQL and compiled to the same nodes as everything else.
//! Names are derived values first, then columns; write `"vru+line"` for a name that is no plain word.

use serde_saphyr::Location;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator, Value as Literal,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::build::Builder;
use super::error::SpecError;
use super::node::{Function, Node, NumberKind};
use super::value::{Value, parse_number};

/// Compiles SQL text that stands at `at` in the spec.
pub(crate) fn compile(builder: &mut Builder<'_>, source: &str, at: Location) -> Result<Node, SpecError> {
    let parse = || -> Result<Expr, String> {
        let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(source).map_err(|e| e.to_string())?;
        let expr = parser.parse_expr().map_err(|e| e.to_string())?;
        match parser.peek_token().token {
            Token::EOF => Ok(expr),
            token => Err(format!("`{token}` after the end of the expression")),
        }
    };
    let expr = parse().map_err(|e| builder.error(at, format!("bad expression `{source}`: {e}")))?;
    Compiler { builder, at }.node(&expr)
}

struct Compiler<'b, 's> {
    builder: &'b mut Builder<'s>,
    at: Location,
}

impl Compiler<'_, '_> {
    fn refuse<T>(&self, what: &str) -> Result<T, SpecError> {
        Err(self.builder.error(self.at, format!("`{what}` is not supported in expressions")))
    }

    fn nodes<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Result<Vec<Node>, SpecError> {
        exprs.into_iter().map(|e| self.node(e)).collect()
    }

    fn call<'e>(&mut self, function: Function, exprs: impl IntoIterator<Item = &'e Expr>) -> Result<Node, SpecError> {
        Ok(Node::Call(function, self.nodes(exprs)?))
    }

    fn node(&mut self, expr: &Expr) -> Result<Node, SpecError> {
        match expr {
            Expr::Identifier(ident) => self.name(&ident.value),
            Expr::CompoundIdentifier(parts) => self.name(&dotted(parts)),
            Expr::Nested(inner) => self.node(inner),
            Expr::Value(literal) => self.literal(&literal.value),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.call(Function::Negate, [&**expr]),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.node(expr),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.call(Function::Not, [&**expr]),
            Expr::IsNull(inner) => self.call(Function::IsNull, [&**inner]),
            Expr::IsNotNull(inner) => self.call(Function::NotNull, [&**inner]),
            Expr::InList { expr, list, negated } => {
                let node = self.call(Function::In, std::iter::once(&**expr).chain(list))?;
                Ok(if *negated { Node::Call(Function::Not, vec![node]) } else { node })
            }
            Expr::Between { expr, negated, low, high } => {
                let low = self.call(Function::Ge, [&**expr, &**low])?;
                let high = self.call(Function::Le, [&**expr, &**high])?;
                let both = Node::Call(Function::And, vec![low, high]);
                Ok(if *negated { Node::Call(Function::Not, vec![both]) } else { both })
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Cast { expr, data_type, .. } => self.cast(expr, data_type),
            Expr::Case { operand, conditions, else_result, .. } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => self.call(Function::Trim, [&**expr]),
            Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                self.call(Function::Substr, [&**expr, &**from].into_iter().chain(substring_for.as_deref()))
            }
            Expr::Function(function) => self.function(function),
            other => self.refuse(&other.to_string()),
        }
    }

    fn name(&mut self, name: &str) -> Result<Node, SpecError> {
        if self.builder.docs.contains_key(name) {
            return self.builder.derived(name, self.at);
        }
        let column = self.builder.column(name, self.at);
        if self.builder.time_columns.contains(name) { self.builder.timed_by_default(column, self.at) } else { Ok(column) }
    }

    fn literal(&self, literal: &Literal) -> Result<Node, SpecError> {
        let value = match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(b) => Value::Bool(*b),
            Literal::SingleQuotedString(text) => Value::owned(text.clone()),
            Literal::Number(digits, _) => match parse_number(&digits.to_string(), '.', None) {
                Ok(number) => number.value(),
                Err(_) => return self.refuse(&digits.to_string()),
            },
            other => return self.refuse(&other.to_string()),
        };
        Ok(Node::Const(value))
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Node, SpecError> {
        let function = match op {
            BinaryOperator::StringConcat => {
                // Unlike CONCAT, `||` with no value gives no value.
                let nodes = self.nodes([left, right])?;
                let missing = nodes.iter().map(|n| Node::Call(Function::IsNull, vec![n.clone()])).collect();
                let condition = Node::Call(Function::Or, missing);
                return Ok(Node::If(Box::new(condition), Box::new(Node::Const(Value::Null)), Box::new(Node::Concat(nodes))));
            }
            BinaryOperator::Plus => Function::Add,
            BinaryOperator::Minus => Function::Subtract,
            BinaryOperator::Multiply => Function::Multiply,
            BinaryOperator::Divide => Function::Divide,
            BinaryOperator::Modulo => Function::Modulo,
            BinaryOperator::Eq => Function::Eq,
            BinaryOperator::NotEq => Function::Ne,
            BinaryOperator::Lt => Function::Lt,
            BinaryOperator::LtEq => Function::Le,
            BinaryOperator::Gt => Function::Gt,
            BinaryOperator::GtEq => Function::Ge,
            BinaryOperator::And => Function::And,
            BinaryOperator::Or => Function::Or,
            other => return self.refuse(&other.to_string()),
        };
        self.call(function, [left, right])
    }

    fn cast(&mut self, expr: &Expr, to: &DataType) -> Result<Node, SpecError> {
        let of = self.node(expr)?;
        let label = self.builder.label(&of);
        let kind = match to.to_string().to_ascii_lowercase().as_str() {
            "int" | "integer" | "bigint" => NumberKind::Int,
            "float" | "double" | "double precision" | "real" | "numeric" | "decimal" => NumberKind::Number,
            "text" | "varchar" | "string" => return Ok(Node::Text(Box::new(of))),
            "boolean" | "bool" => return Ok(Node::Truth(Box::new(of), label)),
            other => return self.refuse(&format!("cast to {other}")),
        };
        Ok(Node::Number { of: Box::new(of), kind, label, decimal: self.builder.decimal, thousands: self.builder.thousands })
    }

    fn case(&mut self, operand: Option<&Expr>, whens: &[CaseWhen], otherwise: Option<&Expr>) -> Result<Node, SpecError> {
        let mut node = match otherwise {
            Some(expr) => self.node(expr)?,
            None => Node::Const(Value::Null),
        };
        for when in whens.iter().rev() {
            let condition = match operand {
                Some(operand) => self.call(Function::Eq, [operand, &when.condition])?,
                None => self.node(&when.condition)?,
            };
            let result = self.node(&when.result)?;
            node = Node::If(Box::new(condition), Box::new(result), Box::new(node));
        }
        Ok(node)
    }

    fn function(&mut self, function: &sqlparser::ast::Function) -> Result<Node, SpecError> {
        let name = function.name.to_string().to_ascii_lowercase();
        let FunctionArguments::List(list) = &function.args else { return self.refuse(&function.to_string()) };
        let mut arguments = Vec::new();
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => arguments.push(self.node(expr)?),
                other => return self.refuse(&other.to_string()),
            }
        }
        let (known, least, most) = match name.as_str() {
            "coalesce" if !arguments.is_empty() => return Ok(Node::Coalesce(arguments)),
            "concat" if !arguments.is_empty() => return Ok(Node::Concat(arguments)),
            "lower" => (Function::Lower, 1, 1),
            "upper" => (Function::Upper, 1, 1),
            "trim" | "btrim" => (Function::Trim, 1, 1),
            "length" | "char_length" => (Function::Length, 1, 1),
            "nullif" => (Function::NullIf, 2, 2),
            "replace" => (Function::Replace, 3, 3),
            "substr" | "substring" => (Function::Substr, 2, 3),
            "least" => (Function::Least, 1, usize::MAX),
            "greatest" => (Function::Greatest, 1, usize::MAX),
            _ => {
                let known = "coalesce, concat, nullif, lower, upper, trim, substr, length, replace, least, greatest";
                return Err(self.builder.error(self.at, format!("unknown function `{name}`; known are {known}")));
            }
        };
        if arguments.len() < least || arguments.len() > most {
            return Err(self.builder.error(self.at, format!("`{name}` has {} arguments, {least} are needed", arguments.len())));
        }
        Ok(Node::Call(known, arguments))
    }
}

fn dotted(parts: &[Ident]) -> String {
    parts.iter().map(|p| p.value.as_str()).collect::<Vec<_>>().join(".")
}
