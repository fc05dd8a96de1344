//! Tokens → tree, by precedence climbing over the operators of FHIRPath 2.0.0.

use crate::error::Error;
use crate::syntax::lexer::{Token, TokenKind, tokens};
use crate::syntax::{Expr, ExprKind, Operator, TypeName, Unit};

/// A tree deeper than this is refused: evaluation recurses, and a worker's stack is finite.
const MAX_DEPTH: u32 = 200;
/// Where `is` and `as` bind, between union and addition.
const TYPE_BINDING: u8 = 8;

/// Parses a whole expression.
pub(crate) fn parse(text: &str) -> Result<Expr, Error> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match &parser.peek().kind {
        TokenKind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'x> {
    tokens: &'x [Token],
    next: usize,
    depth: u32,
}

static END: Token = Token { at: 0, kind: TokenKind::End };

impl<'x> Parser<'x> {
    fn peek(&self) -> &'x Token {
        self.tokens.get(self.next).or(self.tokens.last()).unwrap_or(&END)
    }

    fn advance(&mut self) -> &'x Token {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Symbol(s) if s == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Error> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::Word(word) | TokenKind::Delimited(word) => format!("`{word}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::String(_) => "a string".to_owned(),
            TokenKind::Number(number) => format!("`{number}`"),
            TokenKind::Date(_) | TokenKind::DateTime(_) | TokenKind::Time(_) => "a date or time".to_owned(),
            TokenKind::Constant(name) => format!("`%{name}`"),
            TokenKind::Dollar(name) => format!("`${name}`"),
            TokenKind::End => "the end of the expression".to_owned(),
        };
        Error::syntax(token.at, format!("expected {wanted}, found {found}"))
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(too_deep(self.peek().at)) } else { Ok(()) }
    }

    fn expression(&mut self, least: u8) -> Result<Expr, Error> {
        self.enter()?;
        let mut left = self.unary()?;
        loop {
            let token = self.peek();
            let at = token.at;
            if let Some(is) = type_operator(&token.kind)
                && TYPE_BINDING >= least
            {
                self.next += 1;
                let name = self.type_name()?;
                left = node(at, ExprKind::Type { is, input: Box::new(left), name })?;
                continue;
            }
            let Some(operator) = operator(&token.kind).filter(|o| o.binding() >= least) else { break };
            self.next += 1;
            let right = self.expression(operator.binding() + 1)?;
            left = node(at, ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) })?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Error> {
        let at = self.peek().at;
        let negative = match self.peek().kind {
            TokenKind::Symbol("-") => true,
            TokenKind::Symbol("+") => false,
            _ => return self.postfix(),
        };
        self.next += 1;
        self.enter()?;
        let input = self.unary()?;
        self.depth -= 1;
        node(at, ExprKind::Polarity { negative, input: Box::new(input) })
    }

    fn postfix(&mut self) -> Result<Expr, Error> {
        let mut expr = self.term()?;
        loop {
            let at = self.peek().at;
            if self.accept(".") {
                let token = self.advance();
                expr = match &token.kind {
                    TokenKind::Word(name) => self.invocation(token.at, Some(expr), name)?,
                    TokenKind::Delimited(name) => self.invocation(token.at, Some(expr), name)?,
                    // The grammar lets these stand after a point: they do not depend on what is before it.
                    TokenKind::Dollar(name) => dollar(token.at, name)?,
                    _ => {
                        self.next -= 1;
                        return Err(self.unexpected("a name after `.`"));
                    }
                };
            } else if self.accept("[") {
                let index = self.expression(0)?;
                self.expect("]")?;
                expr = node(at, ExprKind::Indexer { input: Box::new(expr), index: Box::new(index) })?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn invocation(&mut self, at: usize, input: Option<Expr>, name: &str) -> Result<Expr, Error> {
        let input = input.map(Box::new);
        let name = name.to_owned();
        if !self.accept("(") {
            return node(at, ExprKind::Member { input, name });
        }
        let mut arguments = Vec::new();
        if !self.accept(")") {
            loop {
                arguments.push(self.expression(0)?);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        node(at, ExprKind::Call { input, name, arguments })
    }

    fn term(&mut self) -> Result<Expr, Error> {
        let token = self.peek();
        let at = token.at;
        self.next += 1;
        let kind = match &token.kind {
            TokenKind::Word(word) if word == "true" => ExprKind::Boolean(true),
            TokenKind::Word(word) if word == "false" => ExprKind::Boolean(false),
            TokenKind::Word(name) | TokenKind::Delimited(name) => return self.invocation(at, None, name),
            TokenKind::String(text) => ExprKind::String(text.clone()),
            TokenKind::Number(number) => self.number(number),
            TokenKind::Date(date) => ExprKind::Date(*date),
            TokenKind::DateTime(date_time) => ExprKind::DateTime(*date_time),
            TokenKind::Time(time) => ExprKind::Time(*time),
            TokenKind::Constant(name) => ExprKind::Constant(name.clone()),
            TokenKind::Dollar(name) => return dollar(at, name),
            TokenKind::Symbol("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            TokenKind::Symbol("{") => {
                self.expect("}")?;
                ExprKind::Empty
            }
            _ => {
                self.next -= 1;
                return Err(self.unexpected("a value or a path"));
            }
        };
        node(at, kind)
    }

    fn number(&mut self, number: &str) -> ExprKind {
        let number = number.to_owned();
        let unit = match &self.peek().kind {
            TokenKind::String(unit) => Some(Unit::Ucum(unit.clone())),
            TokenKind::Word(word) => crate::unit::calendar_word(word).map(Unit::Calendar),
            _ => None,
        };
        match unit {
            Some(unit) => {
                self.next += 1;
                ExprKind::Quantity { number, unit }
            }
            None => ExprKind::Number(number),
        }
    }

    fn type_name(&mut self) -> Result<TypeName, Error> {
        let at = self.peek().at;
        let first = self.name()?;
        if !self.accept(".") {
            return Ok(TypeName { at, namespace: None, name: first });
        }
        Ok(TypeName { at, namespace: Some(first), name: self.name()? })
    }

    fn name(&mut self) -> Result<String, Error> {
        match &self.peek().kind {
            TokenKind::Word(name) | TokenKind::Delimited(name) => {
                self.next += 1;
                Ok(name.clone())
            }
            _ => Err(self.unexpected("the name of a type")),
        }
    }
}

fn too_deep(at: usize) -> Error {
    Error::syntax(at, format!("expression nests deeper than {MAX_DEPTH} levels"))
}

fn dollar(at: usize, name: &str) -> Result<Expr, Error> {
    let kind = match name {
        "this" => ExprKind::This,
        "index" => ExprKind::Index,
        "total" => ExprKind::Total,
        _ => {
            return Err(Error::syntax(at, format!("unknown variable `${name}`"))
                .with_hint("there are `$this`, `$index` and `$total`"));
        }
    };
    node(at, kind)
}

fn type_operator(kind: &TokenKind) -> Option<bool> {
    match kind {
        TokenKind::Word(word) if word == "is" => Some(true),
        TokenKind::Word(word) if word == "as" => Some(false),
        _ => None,
    }
}

fn operator(kind: &TokenKind) -> Option<Operator> {
    Some(match kind {
        TokenKind::Word(word) => match word.as_str() {
            "implies" => Operator::Implies,
            "or" => Operator::Or,
            "xor" => Operator::Xor,
            "and" => Operator::And,
            "in" => Operator::In,
            "contains" => Operator::Contains,
            "div" => Operator::Div,
            "mod" => Operator::Mod,
            _ => return None,
        },
        TokenKind::Symbol(symbol) => match *symbol {
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "~" => Operator::Equivalent,
            "!~" => Operator::NotEquivalent,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "|" => Operator::Union,
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "&" => Operator::Concatenate,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            _ => return None,
        },
        _ => return None,
    })
}

/// Makes a node and keeps count of the depth, which left-nested chains build up without recursion.
fn node(at: usize, kind: ExprKind) -> Result<Expr, Error> {
    let below = match &kind {
        ExprKind::Member { input, .. } => input.as_ref().map_or(0, |i| i.depth),
        ExprKind::Call { input, arguments, .. } => {
            let input = input.as_ref().map_or(0, |i| i.depth);
            arguments.iter().map(|a| a.depth).fold(input, u32::max)
        }
        ExprKind::Indexer { input, index } => input.depth.max(index.depth),
        ExprKind::Polarity { input, .. } | ExprKind::Type { input, .. } => input.depth,
        ExprKind::Binary { left, right, .. } => left.depth.max(right.depth),
        _ => 0,
    };
    if below >= MAX_DEPTH { Err(too_deep(at)) } else { Ok(Expr { at, depth: below + 1, kind }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails_at(text: &str) -> usize {
        parse(text).unwrap_err().position()
    }

    #[test]
    fn type_operators_bind_tighter_than_comparison() {
        let ExprKind::Binary { operator, right, .. } = parse("1 > 2 is Boolean").unwrap().kind else {
            panic!()
        };
        assert_eq!(operator, Operator::Greater);
        assert!(matches!(right.kind, ExprKind::Type { is: true, .. }));
    }

    #[test]
    fn polarity_binds_looser_than_invocation() {
        let ExprKind::Polarity { input, .. } = parse("-1.abs()").unwrap().kind else { panic!() };
        assert!(matches!(input.kind, ExprKind::Call { .. }));
    }

    #[test]
    fn keywords_may_name_elements() {
        assert!(parse("repeat(contains).where(is.as)").is_ok());
        assert!(parse("a contains contains").is_ok());
    }

    #[test]
    fn faults_name_their_byte() {
        assert_eq!(fails_at("2 + 2 /"), 7);
        assert_eq!(fails_at("name.first("), 11);
        assert_eq!(fails_at("a b"), 2);
        assert_eq!(fails_at("$that"), 0);
    }

    #[test]
    fn deep_nesting_is_a_fault_and_not_a_crash() {
        for text in [
            "(".repeat(100_000),
            "-".repeat(100_000),
            format!("a{}", ".a".repeat(100_000)),
            format!("1{}", " or 1".repeat(100_000)),
            "a(".repeat(100_000),
        ] {
            assert!(parse(&text).unwrap_err().to_string().contains("nests deeper"));
        }
        assert!(parse(&format!("a{}", " or a".repeat(150))).is_ok());
    }
}
