//! What Tab offers: words chosen by what stands before the cursor. Pure, so that it can be tested without a terminal.

/// Everything that can be completed.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Tables with their columns; names outside the default schema are qualified (`kpi.queue_stints`).
    pub tables: Vec<(String, Vec<String>)>,
    /// Functions.
    pub functions: Vec<String>,
    /// KPIs.
    pub kpis: Vec<String>,
    /// Queries of the library.
    pub queries: Vec<String>,
}

/// One offer: what to insert, from which byte, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// First byte to be replaced.
    pub start: usize,
    /// Text to insert.
    pub text: String,
    /// table, column, function, kpi, query, keyword, command.
    pub kind: &'static str,
}

const KEYWORDS: [&str; 32] = [
    "select",
    "from",
    "where",
    "group by",
    "order by",
    "limit",
    "having",
    "join",
    "left join",
    "on",
    "as",
    "and",
    "or",
    "not",
    "in",
    "is null",
    "is not null",
    "between",
    "case",
    "when",
    "then",
    "else",
    "end",
    "with",
    "distinct",
    "union all",
    "explain",
    "describe",
    "show tables",
    "count(*)",
    "interval",
    "filter",
];

/// Commands of the shell.
pub(super) const COMMANDS: [&str; 14] =
    ["\\d", "\\df", "\\k", "\\queries", "\\run", "\\timing", "\\e", "\\format", "\\o", "\\i", "\\set", "\\zone", "\\help", "\\quit"];

/// Words that are commands without a backslash when they stand alone, as in other shells.
#[must_use]
pub fn plain_command(text: &str) -> Option<&'static str> {
    match text.trim().trim_end_matches(';').trim_end().to_ascii_lowercase().as_str() {
        "quit" | "exit" => Some("\\quit"),
        "help" => Some("\\help"),
        _ => None,
    }
}

/// What fits at byte `position` of `line`.
#[must_use]
pub fn offers(line: &str, position: usize, words: &Words) -> Vec<Offer> {
    let before = line.get(..position).unwrap_or(line);
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || "_.\\".contains(c)))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let typed = &before[start..];
    let context = before[..start].trim_end();
    let mut found = Vec::new();
    let mut add = |kind: &'static str, text: &str| {
        if text.len() > typed.len() && text.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed)) {
            found.push(Offer { start, text: text.to_string(), kind });
        }
    };
    if context.is_empty() && typed.starts_with('\\') {
        COMMANDS.iter().for_each(|c| add("command", c));
        return found;
    }
    let last = context.rsplit(char::is_whitespace).next().unwrap_or_default().to_ascii_lowercase();
    if last == "\\k" || last.ends_with("measure(") || last.ends_with("aggregate(") || last.ends_with("kpi('") || last.ends_with("kpi(") {
        words.kpis.iter().for_each(|k| add("kpi", k));
        return found;
    }
    if last == "\\run" || last == "\\queries" {
        words.queries.iter().for_each(|q| add("query", q));
        return found;
    }
    if ["from", "join", "\\d", "describe"].contains(&last.as_str()) {
        words.tables.iter().for_each(|(table, _)| add("table", table));
        return found;
    }
    for column in columns_in_scope(line, words) {
        add("column", column);
    }
    words.functions.iter().for_each(|f| add("function", f));
    KEYWORDS.iter().for_each(|k| add("keyword", k));
    found
}

/// Columns of the tables the line names, or of all tables when it names none.
fn columns_in_scope<'a>(line: &str, words: &'a Words) -> Vec<&'a str> {
    let named =
        |table: &str| line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).any(|word| word.eq_ignore_ascii_case(table));
    let in_scope = words.tables.iter().filter(|(table, _)| named(table));
    let chosen: Vec<_> = if in_scope.clone().count() == 0 { words.tables.iter().collect() } else { in_scope.collect() };
    let mut columns: Vec<&str> = chosen.iter().flat_map(|(_, columns)| columns.iter().map(String::as_str)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// True when the text is a whole statement: a command, blank, or ended by a semicolon outside quotes and comments.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed.is_empty() || trimmed.starts_with('\\') || plain_command(trimmed).is_some() || statements(text).1.trim().is_empty()
}

/// Splits text at semicolons outside quotes and comments: the finished statements and what is left after the last one.
#[must_use]
pub fn statements(text: &str) -> (Vec<String>, String) {
    let bytes = text.as_bytes();
    let (mut done, mut start, mut i) = (Vec::new(), 0, 0);
    while i < bytes.len() {
        match bytes[i] {
            quote @ (b'\'' | b'"') => i = end_of(bytes, i + 1, &[quote]),
            b'-' if bytes.get(i + 1) == Some(&b'-') => i = end_of(bytes, i + 2, b"\n"),
            b'/' if bytes.get(i + 1) == Some(&b'*') => i = end_of(bytes, i + 2, b"*/"),
            b';' => {
                done.push(text[start..i].to_string());
                start = i + 1;
                i += 1;
            }
            _ => i += 1,
        }
    }
    let rest = text[start..].to_string();
    done.retain(|s| !s.trim().is_empty());
    (done, rest)
}

/// The byte after the next `stop` at or after `from`; the end of the text when there is none.
fn end_of(bytes: &[u8], from: usize, stop: &[u8]) -> usize {
    bytes.get(from..).and_then(|rest| rest.windows(stop.len()).position(|w| w == stop)).map_or(bytes.len(), |at| from + at + stop.len())
}

#[cfg(test)]
mod tests {
    use super::{Words, is_complete, offers, statements};

    fn words() -> Words {
        Words {
            tables: vec![
                ("contacts".into(), vec!["channel".into(), "contact_id".into()]),
                ("queue_stints".into(), vec!["queue".into(), "wait_ms".into()]),
            ],
            functions: vec!["coalesce".into()],
            kpis: vec!["asa".into(), "abandonment_rate".into()],
            queries: vec!["agent_report".into()],
        }
    }

    fn texts(line: &str) -> Vec<String> {
        offers(line, line.len(), &words()).into_iter().map(|o| o.text).collect()
    }

    #[test]
    fn what_is_offered_depends_on_what_stands_before() {
        assert_eq!(texts("select * from co"), ["contacts"]);
        assert_eq!(texts("select MEASURE(a"), ["asa", "abandonment_rate"]);
        assert_eq!(texts("\\run ag"), ["agent_report"]);
        assert_eq!(texts("select wa from queue_stints where wai"), ["wait_ms"]);
        assert_eq!(texts("\\ti"), ["\\timing"]);
    }

    #[test]
    fn a_semicolon_in_quotes_or_comments_ends_nothing() {
        assert!(!is_complete("select ';'"));
        assert!(!is_complete("select 1 -- ;"));
        assert!(is_complete("select ';' ;"));
        assert!(is_complete("\\d"));
        assert!(is_complete("quit") && is_complete("Exit;") && !is_complete("select quit"));
        let (done, rest) = statements("select 1; select ';' /* ; */; select 2");
        assert_eq!((done.len(), rest.trim()), (2, "select 2"));
    }
}
