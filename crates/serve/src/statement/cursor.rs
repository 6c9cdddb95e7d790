//! DECLARE, FETCH, MOVE and CLOSE.

use datafusion::sql::sqlparser::ast::{CloseCursor, Declare, FetchDirection, Ident, Statement, Value, ValueWithSpan};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::{Kind, TextLimits, folded, question, tokens};
use crate::refusal::Refusal;

/// DECLARE of one cursor for a question.
pub(super) fn declare(statements: Vec<Declare>, limits: TextLimits) -> Result<Kind, Refusal> {
    let Ok([declare]) = <[Declare; 1]>::try_from(statements) else { return Err(Refusal::unsupported("DECLARE of anything but a cursor")) };
    let (Some(query), [name]) = (declare.for_query, declare.names.as_slice()) else {
        return Err(Refusal::unsupported("DECLARE of anything but a cursor"));
    };
    if declare.scroll == Some(true) {
        return Err(Refusal::unsupported("a SCROLL cursor").hint("cursors go forward"));
    }
    match question(Statement::Query(query), limits)? {
        Kind::Question(question) => {
            let (is_hold, is_binary) = (declare.hold == Some(true), declare.binary == Some(true));
            Ok(Kind::Declare { name: folded(name), question, is_hold, is_binary })
        }
        other => Ok(other),
    }
}

/// FETCH: forward only.
pub(super) fn fetch(name: &Ident, direction: &FetchDirection) -> Result<Kind, Refusal> {
    let count = |limit: &ValueWithSpan| match &limit.value {
        Value::Number(digits, _) => digits.parse::<u64>().ok(),
        _ => None,
    };
    let backward = || Refusal::error("55000", "cursor can only scan forward").hint("declare another cursor to begin again");
    let rows = match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Some(1),
        FetchDirection::All | FetchDirection::ForwardAll => None,
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => Some(count(limit).ok_or_else(backward)?),
        _ => return Err(backward()),
    };
    Ok(Kind::Fetch { name: folded(name), rows, is_move: false })
}

/// CLOSE.
pub(super) fn close(cursor: &CloseCursor) -> Kind {
    match cursor {
        CloseCursor::All => Kind::Close(None),
        CloseCursor::Specific { name } => Kind::Close(Some(folded(name))),
    }
}

/// MOVE, which the parser does not read: `MOVE [FORWARD] [n | ALL] [IN | FROM] name`.
pub(super) fn moves(sql: &str) -> Option<Result<Vec<Kind>, Refusal>> {
    if !sql.trim_start().get(..5)?.eq_ignore_ascii_case("move ") {
        return None;
    }
    let mut words: Vec<Token> = tokens(sql)?.into_iter().skip(1).filter(|token| !matches!(token, Token::SemiColon | Token::EOF)).collect();
    let name = match words.pop()? {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
        Token::Word(word) => word.value,
        _ => return None,
    };
    let mut rows = Some(1);
    for word in &words {
        match word {
            Token::Number(digits, _) => rows = Some(digits.parse().ok()?),
            Token::Word(word) if word.value.eq_ignore_ascii_case("all") => rows = None,
            Token::Word(word) if ["in", "from", "next", "forward"].iter().any(|known| word.value.eq_ignore_ascii_case(known)) => {}
            _ => return Some(Err(Refusal::error("55000", "cursor can only scan forward"))),
        }
    }
    Some(Ok(vec![Kind::Fetch { name, rows, is_move: true }]))
}
