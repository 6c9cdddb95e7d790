//! Statements and names as the log holds them: cut at a limit, and without secrets. Pure.

/// What a statement that was refused may hold a secret after: `ALTER USER anna PASSWORD '...'`, sent by psql's `\password` too.
const SECRETS: [&str; 8] = ["password", "passwd", "pwd", "secret", "token", "identified", "credential", "authorization"];

/// Stands for what was left out.
const LEFT_OUT: &str = " [left out]";

/// The beginning of a statement, and how long all of it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(super) text: String,
    pub(super) bytes: usize,
}

impl Text {
    /// At most so many bytes of it.
    pub(crate) fn of(sql: &str, most: usize) -> Self {
        Self { text: cut(sql, most).to_owned(), bytes: sql.len() }
    }

    /// What may be written of a statement that was not answered, and whether something was left out of it. Nothing is known of such a text, so that
    /// all is left out from a word on that secrets follow, and the values of an EXECUTE.
    pub(super) fn open(&self) -> (String, bool) {
        let small = self.text.to_ascii_lowercase();
        let word = SECRETS.iter().filter_map(|word| small.find(word).map(|at| at + word.len())).min();
        let values = if small.trim_start().starts_with("execute") { small.find('(') } else { None };
        match word.into_iter().chain(values).min() {
            Some(end) => (format!("{}{LEFT_OUT}", &self.text[..end]), true),
            None => (self.text.clone(), self.bytes > self.text.len()),
        }
    }
}

/// At most so many bytes of a text, and whole characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// A message without what it quotes, which is what a client sent: a name of a database, a value of a setting.
pub(super) fn unquoted(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => format!("{}\"...\"{}", &message[..first], &message[last + 1..]),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_cut_between_characters() {
        for (most, text) in [(0, ""), (1, "G"), (2, "Gr"), (3, "Gr"), (4, "Grü"), (5, "Grü"), (6, "Grüß"), (7, "Grüße"), (100, "Grüße")]
        {
            assert_eq!(Text::of("Grüße", most), Text { text: text.into(), bytes: 7 }, "{most}");
        }
    }

    #[test]
    fn a_refused_statement_tells_no_secret() {
        for (sql, open) in [
            ("ALTER USER anna PASSWORD 'hunter2'", "ALTER USER anna PASSWORD [left out]"),
            ("alter user anna password hunter2", "alter user anna password [left out]"),
            ("CREATE USER x IDENTIFIED BY 'hunter2'", "CREATE USER x IDENTIFIED [left out]"),
            ("SELECT dblink('user=x passwd=hunter2')", "SELECT dblink('user=x passwd [left out]"),
            ("COPY t FROM 's3://b' (aws_secret_access_key 'k', token 't')", "COPY t FROM 's3://b' (aws_secret [left out]"),
            (" EXECUTE q ('hunter2', 1)", " EXECUTE q  [left out]"),
            ("DELETE FROM contacts WHERE queue = 'sales'", "DELETE FROM contacts WHERE queue = 'sales'"),
            ("İ PASSWORD 'hunter2'", "İ PASSWORD [left out]"),
        ] {
            assert_eq!(Text::of(sql, 1000).open(), (open.to_owned(), open.ends_with("[left out]")), "{sql}");
        }
        assert!(Text::of("SELEC 'hunter2' pass", 10).open().1, "what was cut off may have held one");
    }

    #[test]
    fn a_message_without_quotes_tells_nothing_a_client_sent() {
        assert_eq!(unquoted("invalid value for parameter \"timezone\": \"hunter2\""), "invalid value for parameter \"...\"");
        assert_eq!(unquoted("database \"hun\"ter2\" does not exist"), "database \"...\" does not exist");
        assert_eq!(unquoted("too many logins failed"), "too many logins failed");
    }
}
