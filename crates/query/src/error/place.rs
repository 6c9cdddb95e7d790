//! Where in a statement something is wrong, and how to show it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A place in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Characters it is long, at least 1.
    pub length: usize,
}

impl Place {
    /// Where `word` stands in `sql` as a word of its own, in any case; the first time it does.
    #[must_use]
    pub fn of_word(sql: &str, word: &str) -> Option<Self> {
        // Characters whose lower case has another length would shift the places, so only ASCII is folded.
        let (text, word) = (sql.to_ascii_lowercase(), word.to_ascii_lowercase());
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let (at, _) = text.match_indices(&word).filter(|_| !word.is_empty()).find(|(at, found)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })?;
        let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let line = text[..at].matches('\n').count() + 1;
        Some(Self { line, column: text[line_start..at].chars().count() + 1, length: word.chars().count() })
    }

    /// The place as a number of characters from the beginning of `sql`, from 1.
    #[must_use]
    pub fn character(self, sql: &str) -> usize {
        sql.split_inclusive('\n').take(self.line.saturating_sub(1)).map(|line| line.chars().count()).sum::<usize>() + self.column
    }

    /// The line with a caret under the place; `None` when the place lies outside.
    pub(crate) fn excerpt(self, sql: &str) -> Option<String> {
        let before = self.line.checked_sub(1)?;
        let line = sql.split('\n').nth(before).filter(|_| !sql.is_empty())?;
        let start_of_line: usize = sql.split_inclusive('\n').take(before).map(str::len).sum();
        let bytes = |characters: usize| line.chars().take(characters).map(char::len_utf8).sum::<usize>();
        let from = bytes(self.column.checked_sub(1)?);
        let to = bytes(self.column - 1 + self.length.max(1)).max(from);
        let range = start_of_line + from..start_of_line + to;
        let snippet = Snippet::source(sql).annotation(AnnotationKind::Primary.span(range));
        let shown = Renderer::plain().render(&[Level::ERROR.primary_title("").element(snippet)]);
        // The title is said by whoever shows the lines.
        shown.split_once('\n').map(|(_, lines)| lines.to_string())
    }
}

/// A message of the SQL parser without its place, and the place.
pub(super) fn of_parser(message: &str) -> (String, Option<Place>) {
    let text = message.trim_start_matches("sql parser error: ");
    let Some((said, rest)) = text.split_once(" at Line: ") else { return (text.to_string(), None) };
    let place = rest.split_once(", Column: ").and_then(|(line, column)| {
        let digits = |t: &str| t.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        Some(Place { line: digits(line)?, column: digits(column)?, length: 1 })
    });
    (said.to_string(), place.filter(|p| p.line > 0 && p.column > 0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Place, of_parser};

    #[test]
    fn words_are_found_whole() {
        let sql = "select queues,\n  'ä', Queue\nfrom t";
        assert_eq!(Place::of_word(sql, "queue"), Some(Place { line: 2, column: 8, length: 5 }));
        assert_eq!(Place::of_word(sql, "que"), None);
        assert_eq!(Place::of_word(sql, ""), None);
    }

    #[test]
    fn the_caret_is_under_the_place() {
        let shown = Place { line: 2, column: 8, length: 5 }.excerpt("select queues,\n  'ä', Queue\nfrom t").unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let (text, caret) =
            (lines.iter().position(|l| l.contains("Queue")).unwrap(), lines.iter().position(|l| l.contains("^^^^^")).unwrap());
        assert_eq!(caret, text + 1, "{shown}");
        assert_eq!(lines[text].chars().position(|c| c == 'Q'), lines[caret].chars().position(|c| c == '^'), "{shown}");
        assert_eq!(Place { line: 9, column: 1, length: 1 }.excerpt("").map(|s| s.contains('^')), None);
    }

    #[test]
    fn the_parser_says_where() {
        let (message, place) = of_parser("sql parser error: Expected: end of statement, found: x at Line: 3, Column: 14");
        assert_eq!((message.as_str(), place), ("Expected: end of statement, found: x", Some(Place { line: 3, column: 14, length: 1 })));
        assert_eq!(of_parser("odd").1, None);
    }
}
