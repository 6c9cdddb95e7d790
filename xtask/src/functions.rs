//! How long functions are, by indentation: rustfmt guarantees that a function's closing brace stands under its `fn`.

/// `(line of the signature, name, lines)` of every function in a formatted source text.
pub(crate) fn lengths(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = lines[start..].iter().position(|l| l.starts_with(&format!("{}}}", " ".repeat(indent))));
        let one_line = line.trim_end().ends_with(';') || line.trim_end().ends_with('}');
        if let (Some(length), false) = (closing, one_line) {
            found.push((start + 1, name, length + 1));
        }
    }
    found
}

/// The name after `fn`, when the line begins a function.
fn function_name(line: &str) -> Option<String> {
    let mut rest = line.trim_start();
    while let Some(word) = ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "].iter().find(|w| rest.starts_with(**w)) {
        rest = &rest[word.len()..];
    }
    let name = rest.strip_prefix("fn ")?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

#[cfg(test)]
mod tests {
    use super::lengths;

    #[test]
    fn nested_braces_and_visibility_do_not_confuse_the_count() {
        let text = "impl A {\n    pub(crate) async fn b() {\n        if x {\n        }\n    }\n}\nfn c() -> u8 {\n    1\n}\nfn d() {}\n";
        assert_eq!(lengths(text), vec![(2, "b".to_string(), 4), (7, "c".to_string(), 3)]);
    }
}
