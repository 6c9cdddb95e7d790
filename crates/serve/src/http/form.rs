//! How an answer is written: by `accept`, or by the ending of a file's name. Pure.

use trunkline_query::format::Format;

/// A form of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// How it is written.
    pub(super) format: Format,
    /// The ending of a file.
    pub(super) ending: &'static str,
    /// Its media type.
    pub(super) kind: &'static str,
}

const fn form(format: Format, ending: &'static str, kind: &'static str) -> Form {
    Form { format, ending, kind }
}

/// What a question is answered with; the first one where it is all the same.
const OF_SQL: [Form; 7] = [
    form(Format::JsonTable, "json", "application/json"),
    form(Format::Ndjson, "ndjson", "application/x-ndjson"),
    form(Format::Csv, "csv", "text/csv; charset=utf-8"),
    form(Format::ArrowStream, "arrows", "application/vnd.apache.arrow.stream"),
    form(Format::Arrow, "arrow", "application/vnd.apache.arrow.file"),
    form(Format::Parquet, "parquet", "application/vnd.apache.parquet"),
    form(Format::Xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// A file of JSON is a plain array of objects, as `trunkline query run --format json` writes it.
pub(super) const FILE_OF_JSON: Form = form(Format::Json, "json", "application/json");

/// The form that a file's name asks for, and the name without its ending.
pub(super) fn of_file(file: &str) -> Option<(&str, Form)> {
    let (name, ending) = file.rsplit_once('.')?;
    let of_ending = |form: &&Form| form.ending == ending;
    let form = std::iter::once(&FILE_OF_JSON).chain(&OF_SQL).find(of_ending)?;
    Some((name, *form))
}

/// The endings there are.
pub(super) fn endings() -> String {
    OF_SQL.iter().map(|form| form.ending).collect::<Vec<_>>().join(", ")
}

/// The media types there are.
pub(super) fn kinds() -> String {
    OF_SQL.iter().map(|form| bare(form.kind)).collect::<Vec<_>>().join(", ")
}

/// The form that fits a header `accept` best; `None` when none does.
pub(super) fn of_accept(header: Option<&str>) -> Option<Form> {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Some(OF_SQL[0]) };
    let mut best: Option<(f32, Form)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        let fits = |form: &&Form| {
            let own = bare(form.kind);
            kind == "*/*" || kind == own || kind.strip_suffix("/*").is_some_and(|family| own.split('/').next() == Some(family))
        };
        if let Some(form) = OF_SQL.iter().find(fits).filter(|_| weight > 0.0)
            && best.is_none_or(|(known, _)| weight > known)
        {
            best = Some((weight, *form));
        }
    }
    best.map(|(_, form)| form)
}

fn bare(kind: &str) -> &str {
    kind.split(';').next().unwrap_or(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_chooses_the_form_it_weighs_most() {
        let chosen = |header| of_accept(header).map(|form| form.ending);
        for (header, ending) in [
            (None, Some("json")),
            (Some("*/*"), Some("json")),
            (Some("text/csv"), Some("csv")),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some("json")),
            (Some("application/json;q=0.5, application/vnd.apache.arrow.stream"), Some("arrows")),
            (Some("TEXT/*"), Some("csv")),
            (Some("text/html"), None),
            (Some("text/csv;q=0"), None),
        ] {
            assert_eq!(chosen(header), ending, "{header:?}");
        }
    }

    #[test]
    fn a_file_is_named_by_query_and_ending() {
        let read = |file| of_file(file).map(|(name, form)| (name, form.format));
        assert_eq!(read("daily.json"), Some(("daily", Format::Json)));
        assert_eq!(read("daily.v2.xlsx"), Some(("daily.v2", Format::Xlsx)));
        assert_eq!(read("daily"), None);
        assert_eq!(read("daily.exe"), None);
    }
}
