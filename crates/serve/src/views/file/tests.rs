//! What is written is read back, and what is damaged stays as it is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use arrow::datatypes::{DataType, TimeUnit};

use super::*;

fn view(text: &str) -> View {
    let kinds = [
        DataType::Int64,
        DataType::Utf8View,
        DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into())),
        DataType::Decimal128(20, 2),
        DataType::Date32,
        DataType::new_list(DataType::Utf8, true),
    ];
    let column = |(at, kind)| ViewColumn { name: format!("c{at}"), of: format!("x{at}"), kind, comment: Some("Größe".into()) };
    let columns = kinds.into_iter().enumerate().map(column).collect();
    let question = of_view(text, TextLimits::default()).map_err(|refusal| refusal.message);
    View::new(text, "public", "anna", columns, question).commented(Some("what it is".into()))
}

fn put(path: &Path, name: &str, text: &str) -> Result<(), ViewsError> {
    let added = |newest: &Views| {
        let all = newest.iter().map(|(name, view)| (name.clone(), View::clone(view)));
        Ok(all.chain([(ViewName::new("reports", name), view(text))]).collect())
    };
    change(path, TextLimits::default(), added).map(|_| ())
}

#[test]
fn what_is_kept_is_read_back_whole_and_only_by_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.json");
    assert!(load(&path, TextLimits::default()).unwrap().is_empty());
    let texts = [("a", "SELECT 1"), ("b", "SELECT * FROM contacts WHERE channel = E'a\\nb'")];
    texts.iter().for_each(|(name, text)| put(&path, name, text).unwrap());
    let expected: Views = texts.iter().map(|(name, text)| (ViewName::new("reports", *name), view(text))).collect();
    assert_eq!(load(&path, TextLimits::default()).unwrap(), expected);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.json");
    let check = |text: &str, says: &str| {
        std::fs::write(&path, text).unwrap();
        let error = put(&path, "a", "SELECT 1").unwrap_err().to_string();
        assert!(error.contains("views.json") && error.contains(says), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    };
    check("{\"version\":1,\"views\":{", "line 1 column");
    check("{\"version\":2,\"views\":{}}", "version 2");
    check("{\"version\":1,\"views\":{},\"more\":1}", "unknown field `more`");
    check("{\"version\":1,\"views\":{\"public\":{}}}", "no schema for views");
    let odd = r#"{"version":1,"views":{"r":{"a":{"text":"SELECT 1","path":"public","by":"x","columns":[{"name":"c","type":"Wide"}]}}}}"#;
    check(odd, "view r.a: column c");
}

#[test]
fn a_text_that_is_no_question_is_kept_and_says_so_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.json");
    for text in ["DROP TABLE contacts", "SELECT 1; SELECT 2", "SELECT 1 INTO x", "SHOW timezone", "EXPLAIN SELECT 1", "nonsense"] {
        put(&path, "a", text).unwrap();
        let views = load(&path, TextLimits::default()).unwrap();
        let view = views.get(&ViewName::new("reports", "a")).unwrap();
        assert!(view.question().is_err() && view.text() == text, "{text}");
    }
}

#[test]
fn who_changes_views_waits_for_who_is_at_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.json");
    std::thread::scope(|scope| {
        let others = || {
            ["b", "c", "d", "e"].map(|name| {
                scope.spawn({
                    let path = &path;
                    move || put(path, name, "SELECT 2")
                })
            })
        };
        let mut waiting = Vec::new();
        let first = |_: &Views| {
            // Whoever comes now comes later.
            waiting.extend(others());
            let other = private::private().open(path.with_extension("lock")).unwrap();
            assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
            Ok([(ViewName::new("reports", "a"), view("SELECT 1"))].into_iter().collect())
        };
        change(&path, TextLimits::default(), first).unwrap();
        waiting.into_iter().for_each(|other| other.join().unwrap().unwrap());
    });
    assert_eq!(load(&path, TextLimits::default()).unwrap().iter().count(), 5);
}
