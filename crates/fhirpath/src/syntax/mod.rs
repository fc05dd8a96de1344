//! The text of an expression and its tree: lexer, parser and the nodes they make.

pub(crate) mod lexer;
pub(crate) mod parser;
pub(crate) mod text;

use crate::temporal::{Date, DateTime, Time};

/// A node of the syntax tree with the byte where its own token begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    pub(crate) at: usize,
    /// Nodes on the longest way down, this one included.
    pub(crate) depth: u32,
    pub(crate) kind: ExprKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    /// `{}`
    Empty,
    Boolean(bool),
    String(String),
    /// The digits as written; with a point it is a decimal.
    Number(String),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    Quantity {
        number: String,
        unit: Unit,
    },
    /// `%name`
    Constant(String),
    This,
    Index,
    Total,
    Member {
        input: Option<Box<Expr>>,
        name: String,
    },
    Call {
        input: Option<Box<Expr>>,
        name: String,
        arguments: Vec<Expr>,
    },
    Indexer {
        input: Box<Expr>,
        index: Box<Expr>,
    },
    Polarity {
        negative: bool,
        input: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `is` and `as` as operators.
    Type {
        is: bool,
        input: Box<Expr>,
        name: TypeName,
    },
}

/// The unit of a quantity literal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unit {
    /// `4 days`: the singular word.
    Calendar(&'static str),
    /// `4 'mg'`
    Ucum(String),
}

/// A type as an expression names it, qualified (`FHIR.Patient`) or not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TypeName {
    pub(crate) at: usize,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Div,
    Mod,
}

impl Operator {
    /// How tightly it binds; `is` and `as` stand at 8, between union and addition.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Operator::Implies => 1,
            Operator::Or | Operator::Xor => 2,
            Operator::And => 3,
            Operator::In | Operator::Contains => 4,
            Operator::Equal | Operator::NotEqual | Operator::Equivalent | Operator::NotEquivalent => 5,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 6,
            Operator::Union => 7,
            Operator::Add | Operator::Subtract | Operator::Concatenate => 9,
            Operator::Multiply | Operator::Divide | Operator::Div | Operator::Mod => 10,
        }
    }

    /// As the expression spells it.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Operator::Implies => "implies",
            Operator::Or => "or",
            Operator::Xor => "xor",
            Operator::And => "and",
            Operator::In => "in",
            Operator::Contains => "contains",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Equivalent => "~",
            Operator::NotEquivalent => "!~",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Union => "|",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Concatenate => "&",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Div => "div",
            Operator::Mod => "mod",
        }
    }
}
