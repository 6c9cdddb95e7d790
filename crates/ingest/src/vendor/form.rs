//! Bodies of web forms: `name=value&name=value`, percent-encoded.

use crate::connector::Reject;

/// The fields, in order.
///
/// # Errors
/// `bad_encoding` for escapes that are none, or that give no UTF-8.
pub(super) fn fields(body: &str) -> Result<Vec<(String, String)>, Reject> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, Reject> {
    let wrong = || Reject::new("bad_encoding", format!("the form has a bad escape in '{}'", text.chars().take(80).collect::<String>()));
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or_else(wrong);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(out).map_err(|_| wrong())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::fields;

    #[test]
    fn escapes_are_resolved_or_refused() {
        let told = fields("a=1+2&b=%7B%22x%22%3A%22%C3%BC%22%7D&stray=&lone").unwrap();
        let told: Vec<(&str, &str)> = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told, [("a", "1 2"), ("b", "{\"x\":\"ü\"}"), ("stray", ""), ("lone", "")]);
        for broken in ["a=%", "a=%4", "a=%GG", "a=%FF"] {
            assert_eq!(fields(broken).unwrap_err().code, "bad_encoding", "{broken}");
        }
    }
}
