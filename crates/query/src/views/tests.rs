//! Changes, conflicts, rights, and how far views lie in each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use arrow::datatypes::DataType;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::*;
use crate::rights::{Grant, Rights};

fn name(name: &str) -> ViewName {
    let (schema, name) = name.split_once('.').unwrap_or(("r", name));
    ViewName::new(schema, name)
}

fn view(text: &str) -> View {
    let question = Parser::parse_sql(&PostgreSqlDialect {}, text).map_err(|error| error.to_string()).map(|mut all| all.pop().unwrap());
    let column = ViewColumn { name: "c".into(), of: "c".into(), kind: DataType::Int64, comment: None };
    View::new(text, "r", "anna", vec![column], question)
}

fn create(of: &str, text: &str) -> Change {
    Change::Create { name: name(of), view: Box::new(view(text)), replaces: false }
}

fn replace(of: &str, text: &str) -> Change {
    Change::Create { name: name(of), view: Box::new(view(text)), replaces: true }
}

fn drop_view(of: &str, cascade: bool) -> Change {
    Change::Drop { names: vec![name(of)], if_exists: false, cascade }
}

fn rename(from: &str, to: &str) -> Change {
    Change::Rename { from: name(from), to: to.into(), if_exists: false }
}

fn rights() -> Rights {
    Rights::of(Vec::new()).making(vec!["r".into()])
}

fn try_after(before: &Views, changes: &[Change]) -> Result<Views, ViewError> {
    changes
        .iter()
        .try_fold(before.clone(), |views, change| views.changed(change, &rights(), &ViewLimits::default()).map(|changed| changed.views))
}

fn after(before: &Views, changes: &[Change]) -> Views {
    try_after(before, changes).unwrap()
}

fn names(views: &Views) -> Vec<String> {
    views.iter().map(|(name, _)| name.to_string()).collect()
}

#[track_caller]
fn refused(changes: &[Change], code: &str) {
    assert_eq!(try_after(&Views::default(), changes).unwrap_err().code(), code);
}

#[test]
fn what_a_question_reads_is_counted_as_the_engine_plans_it() {
    let check = |text: &str, expected: &[(&str, u64)]| {
        let view = view(text);
        let found: Vec<(String, u64)> = view.reads().iter().map(|(name, times)| (name.to_string(), times)).collect();
        let expected: Vec<(String, u64)> = expected.iter().map(|(name, times)| ((*name).to_owned(), *times)).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("SELECT * FROM a, public.b, trunkline.kpi.c, \"A\"", &[("kpi.c", 1), ("public.b", 1), ("r.A", 1), ("r.a", 1)]);
    check("SELECT * FROM a x JOIN A y ON true WHERE EXISTS (SELECT 1 FROM a)", &[("r.a", 3)]);
    check("WITH a AS (SELECT * FROM a) SELECT * FROM a", &[("r.a", 1)]);
    check("WITH x AS (SELECT * FROM a), y AS (SELECT * FROM x, x) SELECT * FROM y, y AS z, x", &[("r.a", 5)]);
    check("WITH x AS (SELECT * FROM a) SELECT 1", &[("r.a", 0)]);
    check("WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT * FROM x) SELECT * FROM x", &[]);
    check("SELECT * FROM (WITH a AS (SELECT * FROM b) SELECT * FROM a) AS q, a", &[("r.a", 1), ("r.b", 1)]);
}

#[test]
fn a_name_is_taken_once_and_only_where_the_schema_was_given() {
    refused(&[create("a", "SELECT 1"), create("a", "SELECT 2")], "42P07");
    refused(&[create("other.a", "SELECT 1")], "42501");
    refused(&[create("public.contacts", "SELECT 1")], "42501");
    refused(&[drop_view("a", false)], "42P01");
    refused(&[rename("a", "b")], "42P01");
    refused(&[create("a", "SELECT 1"), create("b", "SELECT 1"), rename("a", "b")], "42P07");
    for odd in ["", "a.b", "a*", "a\"b", "a\nb", &"x".repeat(64)] {
        refused(&[Change::Create { name: ViewName::new("r", odd), view: Box::new(view("SELECT 1")), replaces: false }], "42602");
        refused(&[create("a", "SELECT 1"), rename("a", odd)], "42602");
    }
    // A right to read is none to make.
    let reader = Rights::of(vec![Grant { tables: "*".into(), ..Grant::default() }]);
    let views = after(&Views::default(), &[create("a", "SELECT 1")]);
    for change in
        [create("b", "SELECT 1"), drop_view("a", true), rename("a", "b"), Change::Comment { name: name("a"), column: None, text: None }]
    {
        assert_eq!(views.changed(&change, &reader, &ViewLimits::default()).unwrap_err().code(), "42501", "{change:?}");
    }
}

#[test]
fn the_house_is_nobodys() {
    let rights = Rights::of(Vec::new()).making(["public", "bi", "pg_temp", "Own", "own"].map(str::to_owned).to_vec());
    assert_eq!(rights.view_schemas(), ["own"]);
    assert!(rights.on("public", "contacts").is_none() && rights.on("own", "x").is_some());
}

#[test]
fn what_others_read_goes_only_with_them() {
    let made = [create("a", "SELECT 1"), create("b", "SELECT * FROM a"), create("c", "SELECT * FROM r.b")];
    let views = after(&Views::default(), &made);
    let error = views.changed(&drop_view("a", false), &rights(), &ViewLimits::default()).unwrap_err();
    assert!(error.code() == "2BP01" && error.hint().unwrap().contains("r.b"), "{error:?}");
    let changed = views.changed(&drop_view("a", true), &rights(), &ViewLimits::default()).unwrap();
    assert_eq!((names(&changed.views), changed.notes.len()), (Vec::new(), 2));
    let together = Change::Drop { names: vec![name("a"), name("c"), name("b")], if_exists: false, cascade: false };
    assert!(after(&views, &[together]).is_empty());
    // Whose schema it is not his views are not taken away, nor named.
    let foreign: Views =
        views.iter().map(|(n, v)| (n.clone(), View::clone(v))).chain([(name("other.d"), view("SELECT * FROM a"))]).collect();
    let refused = |cascade| foreign.changed(&drop_view("a", cascade), &rights(), &ViewLimits::default()).unwrap_err();
    assert_eq!(refused(true).code(), "42501");
    assert!(!refused(false).hint().unwrap().contains("other.d"));
}

#[test]
fn a_view_is_replaced_the_way_dbt_does_and_those_above_it_stay() {
    let views = after(&Views::default(), &[create("a", "SELECT 1"), create("b", "SELECT * FROM a")]);
    let again = [create("a_tmp", "SELECT 2"), rename("a", "a_old"), rename("a_tmp", "a"), drop_view("a_old", true)];
    let views = after(&views, &again);
    assert_eq!(names(&views), ["r.a", "r.b"]);
    assert_eq!(views.get(&name("a")).unwrap().text(), "SELECT 2");
}

#[test]
fn no_view_reads_itself_however_it_comes_about() {
    refused(&[create("a", "SELECT 1"), create("b", "SELECT * FROM a"), replace("a", "SELECT * FROM b")], "42P17");
    refused(&[create("a", "SELECT * FROM a")], "42P17");
    refused(
        &[create("a", "SELECT 1"), create("b", "SELECT * FROM a"), rename("a", "x"), create("c", "SELECT * FROM b"), rename("c", "a")],
        "42P17",
    );
    // Of two that changed at once each was sound.
    let base = after(&Views::default(), &[create("a", "SELECT 1"), create("b", "SELECT 1")]);
    let (one, other) = (after(&base, &[replace("a", "SELECT * FROM b")]), after(&base, &[replace("b", "SELECT * FROM a")]));
    let newest = base.merged(&base, &one, &ViewLimits::default()).unwrap();
    assert_eq!(newest.merged(&base, &other, &ViewLimits::default()).unwrap_err().code(), "42P17");
    // A file may hold one.
    let by_hand: Views = [(name("a"), view("SELECT * FROM b")), (name("b"), view("SELECT * FROM a"))].into_iter().collect();
    assert_eq!(by_hand.order(&Reads::once(name("a")), &ViewLimits::default()).unwrap_err().code(), "42P17");
}

#[test]
fn a_nest_has_an_end_in_depth_in_number_and_in_bytes() {
    let chain = |most: usize| -> Vec<Change> {
        let text = |at: usize| if at == 1 { "SELECT 1".to_owned() } else { format!("SELECT * FROM v{}", at - 1) };
        (1..=most).map(|at| create(&format!("v{at}"), &text(at))).collect()
    };
    after(&Views::default(), &chain(16));
    refused(&chain(17), "54000");
    let doubling = |most: usize| -> Vec<Change> {
        let text = |at: usize| if at == 1 { "SELECT 1".to_owned() } else { format!("SELECT * FROM v{0} a, v{0} b", at - 1) };
        (1..=most).map(|at| create(&format!("v{at}"), &text(at))).collect()
    };
    let views = after(&Views::default(), &doubling(8));
    refused(&doubling(9), "54000");
    let twice = view("WITH x AS (SELECT * FROM v8) SELECT * FROM x a, x b");
    let error = views.order(twice.reads(), &ViewLimits::default()).unwrap_err();
    assert_eq!(error, ViewError::TooMany { most: 256 });
    let long = format!("SELECT '{}'", "x".repeat(60_000));
    let wide = format!("SELECT * FROM {}", (0..20).map(|at| format!("v v{at}")).collect::<Vec<_>>().join(", "));
    refused(&[create("v", &long), create("w", &wide)], "54000");
    refused(&[create("v", &format!("SELECT '{}'", "x".repeat(70_000)))], "54000");
    // Those below come first, each once.
    let order = views.order(&Reads::once(name("v3")), &ViewLimits::default()).unwrap();
    assert_eq!(order, [name("v1"), name("v2"), name("v3")]);
}

#[test]
fn a_schema_has_room_for_so_many() {
    let limits = ViewLimits { per_schema: 2, ..ViewLimits::default() };
    let views = after(&Views::default(), &[create("a", "SELECT 1"), create("b", "SELECT 1")]);
    assert_eq!(views.changed(&create("c", "SELECT 1"), &rights(), &limits).unwrap_err().code(), "54000");
    assert!(views.changed(&replace("b", "SELECT 2"), &rights(), &limits).is_ok());
    let limits = ViewLimits { all_bytes: 20, ..ViewLimits::default() };
    assert_eq!(views.changed(&create("c", "SELECT 1"), &rights(), &limits).unwrap_err().code(), "54000");
}

#[test]
fn a_transaction_is_carried_over_whole_or_not_at_all() {
    let base = after(&Views::default(), &[create("a", "SELECT 1"), create("b", "SELECT 1")]);
    let limits = ViewLimits::default();
    let check = |others: &[Change], mine: &[Change], expected: Result<&[&str], &str>| {
        let merged = after(&base, others).merged(&base, &after(&base, mine), &limits);
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).map_err(ToOwned::to_owned);
        assert_eq!(merged.map(|views| names(&views)).map_err(|error| error.code().to_owned()), expected, "{others:?} {mine:?}");
    };
    check(&[create("c", "SELECT 1")], &[create("d", "SELECT 1"), drop_view("a", false)], Ok(&["r.b", "r.c", "r.d"]));
    check(&[create("c", "SELECT 1")], &[create("c", "SELECT 2")], Err("40001"));
    // Both made the same of it.
    check(&[drop_view("a", false)], &[replace("a", "SELECT 2"), create("d", "SELECT 1")], Err("40001"));
    check(&[replace("a", "SELECT 2")], &[drop_view("a", false)], Err("40001"));
    check(&[replace("a", "SELECT 2")], &[rename("b", "c")], Ok(&["r.a", "r.c"]));
    // A view that came to read what goes.
    check(&[create("c", "SELECT * FROM a")], &[drop_view("a", false)], Err("40001"));
    // What was made and taken away again touches nothing.
    check(&[create("c", "SELECT 1")], &[create("c", "SELECT 2"), drop_view("c", false)], Ok(&["r.a", "r.b", "r.c"]));
}

#[test]
fn comments_stay_with_what_keeps_its_name() {
    let say =
        |column: Option<&str>, text: &str| Change::Comment { name: name("a"), column: column.map(Into::into), text: Some(text.into()) };
    let views = after(&Views::default(), &[create("a", "SELECT 1"), say(None, "all"), say(Some("c"), "one"), replace("a", "SELECT 2")]);
    let a = views.get(&name("a")).unwrap();
    assert_eq!((a.comment(), a.columns()[0].comment.as_deref(), a.text()), (Some("all"), Some("one"), "SELECT 2"));
    assert_eq!(after(&views, &[say(None, "")]).get(&name("a")).unwrap().comment(), None);
    refused(&[create("a", "SELECT 1"), say(Some("d"), "x")], "42703");
    refused(&[create("a", "SELECT 1"), say(None, &"x".repeat(10_000))], "54000");
}
