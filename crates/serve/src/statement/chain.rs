//! Chains without brackets: `a OR b OR c ...`, `1 + 1 + ...`, SELECT UNION SELECT. Each link is one level deeper in the tree that is made of them,
//! and the stack on which the tree is walked has an end. Pure.

use datafusion::sql::sqlparser::tokenizer::Token;

use super::tokens;
use crate::refusal::Refusal;

/// Refuses a text with more than `most` words and signs between two commas, brackets, or the ends. What cannot be cut into words the parser explains.
pub(super) fn look(sql: &str, most: usize) -> Result<(), Refusal> {
    // A shorter text cannot have them.
    if sql.len() <= most {
        return Ok(());
    }
    let Some(tokens) = tokens(sql) else { return Ok(()) };
    let mut levels = vec![0_usize];
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket => levels.push(0),
            Token::RParen | Token::RBracket if levels.len() > 1 => drop(levels.pop()),
            Token::Comma | Token::SemiColon => levels.last_mut().into_iter().for_each(|count| *count = 0),
            _ => {}
        }
        if let Some(count) = levels.last_mut() {
            *count += 1;
            if *count > most {
                let message = format!("there are more than the {most} words and signs allowed without a comma");
                return Err(Refusal::error("54001", message).hint("use IN with a list, or join with VALUES"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::look;

    #[test]
    fn a_chain_has_an_end_and_a_list_has_none() {
        let chain = |links: usize| format!("SELECT 1{}", " + 1".repeat(links));
        look(&chain(4_000), 10_000).unwrap();
        assert_eq!(look(&chain(6_000), 10_000).unwrap_err().code, "54001");
        look(&format!("SELECT 1 IN (0{})", ", 1".repeat(20_000)), 10_000).unwrap();
        let brackets = format!("SELECT {}", vec!["(1 + 2 + 3)"; 2_000].join(" + "));
        look(&brackets, 10_000).unwrap();
        assert_eq!(look(&format!("SELECT 1{}", " UNION SELECT 1".repeat(5_000)), 10_000).unwrap_err().code, "54001");
    }
}
