//! `trunkline user`: who may log in, and what he may read.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_query::postgres::Identity;
use trunkline_query::views::ViewName;
use trunkline_query::{Client, Engine, EngineOptions, Grant, Rights};
use trunkline_serve::FileError;
use trunkline_serve::server::DATABASE;
use trunkline_serve::statement::TextLimits;
use trunkline_serve::users::{Granted, Users, UsersError};
use trunkline_serve::views;

use crate::args::{Cli, Token, User};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// A lake that is not there, names that are not there or taken, passwords that are none.
pub fn run(cli: &Cli, action: &User) -> Result<(), Failure> {
    let path = file(cli)?;
    let mut users = match Users::load(&path).map_err(failure)? {
        Some(users) => users,
        None => Users::none(&random::<32>()?),
    };
    match action {
        User::List => return list(&users),
        User::Add { name, role: true } => users.add(name, None, &[]).map_err(failure)?,
        User::Add { name, role: false } => users.add(name, Some(&password(name)?), &random::<16>()?).map_err(failure)?,
        User::Passwd { name } => users.set_password(name, &password(name)?, &random::<16>()?).map_err(failure)?,
        User::Drop { name } => users.drop_user(name).map_err(failure)?,
        User::Grant { name, what, views, rows, mask } => {
            views.iter().try_for_each(|schema| users.grant_views(name, schema)).map_err(failure)?;
            if let Some(what) = what {
                grant(cli, &mut users, (name, what), rows.clone(), mask)?;
            }
        }
        User::Revoke { name, what, views } => {
            views.iter().try_for_each(|schema| users.revoke_views(name, schema)).map_err(failure)?;
            what.iter().try_for_each(|what| users.revoke(name, what)).map_err(failure)?;
        }
        User::Token(Token::Add { user, name, days }) => return add_token(&mut users, &path, (user, name), *days),
        User::Token(Token::Drop { user, name }) => users.drop_token(user, name).map_err(failure)?,
    }
    users.save(&path).map_err(failure)?;
    if let User::Add { name, .. } = action {
        crate::say(&format!("{name} may read nothing yet: trunkline user grant {name} '*'"));
    }
    Ok(())
}

fn grant(cli: &Cli, users: &mut Users, (name, what): (&str, &str), rows: Option<String>, mask: &[String]) -> Result<(), Failure> {
    if what == "*" || what.contains('.') {
        check(cli, users, what, rows.clone(), mask)?;
        return users.grant(name, Granted { tables: what.into(), rows, masked: mask.to_vec() }).map_err(failure);
    }
    if rows.is_some() || !mask.is_empty() {
        return Err(Failure::usage(format!("--rows and --mask are for a table; \"{what}\" is a role")));
    }
    let hint = format!("a table is named with its schema: public.{what}");
    users.grant_role(name, what).map_err(|error| failure(error).hint(hint))
}

/// Prints the token once it is kept, so that none is in use that is not.
#[allow(clippy::print_stdout, reason = "the command's result")]
fn add_token(users: &mut Users, path: &Path, (user, name): (&str, &str), days: u32) -> Result<(), Failure> {
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(i64::from(days) * 24);
    let text = users.add_token(user, name, until, &random::<32>()?).map_err(failure)?;
    users.save(path).map_err(failure)?;
    println!("{text}");
    crate::say(&format!("good until {until:.0}; it is not shown again: curl -H 'authorization: Bearer TOKEN' ..."));
    Ok(())
}

/// A grant must fit the lake: else its user would be shown nothing, or could not log in, and nobody would say why.
fn check(cli: &Cli, users: &Users, tables: &str, rows: Option<String>, masked: &[String]) -> Result<(), Failure> {
    let given = tables.strip_suffix(".*").is_some_and(|schema| users.iter().any(|(_, user)| user.views.iter().any(|own| own == schema)));
    if given {
        // There may be no view yet.
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let lake = trunkline_storage::Lake::open(&cli.lake).await.map_err(Failure::failed)?;
        let views = views::load(&lake.views_file(), TextLimits::default()).map_err(Failure::failed)?;
        let engine = Engine::open(&lake, &EngineOptions::default()).await.map_err(Failure::failed)?;
        let asked = Grant { tables: tables.into(), rows, masked: masked.to_vec() };
        let alone = Rights::of(vec![asked.clone()]);
        // Views are there only with the tables they are made of, which other grants may give.
        let is_view = tables.starts_with("bi.") || tables == "kpi.agent_time";
        let whole = is_view.then(|| Grant { tables: "public.*".into(), ..Grant::default() });
        let rights = Rights::of(std::iter::once(asked.clone()).chain(whole).collect());
        let identity = Identity { user: "check".into(), database: DATABASE.into(), backend_pid: 0, sessions: None };
        let client = Client { zone: "UTC", schemas: Vec::new(), rights: &rights, identity, views: Arc::new(views) };
        let view = tables.split_once('.').map(|(schema, name)| ViewName::new(schema, name));
        let view = view.and_then(|name| client.views.get(&name).map(|view| (name, Arc::clone(view))));
        let engine = engine.fork(&client).await.map_err(Failure::usage)?;
        if let Some((name, view)) = view {
            return engine.view_fits(&name, &view, &asked).map_err(Failure::usage);
        }
        let there = engine.tables();
        let is_meant = |name: &String| {
            let (schema, table) = name.split_once('.').unwrap_or(("public", name));
            alone.on(schema, table).is_some()
        };
        if !there.iter().any(is_meant) {
            return Err(
                Failure::usage(format!("there is no table \"{tables}\"")).hint("`trunkline sql -c 'show tables'` lists what there is")
            );
        }
        Ok(())
    })
}

/// Where the lake keeps its users.
fn file(cli: &Cli) -> Result<PathBuf, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lake = runtime.block_on(trunkline_storage::Lake::open_or_create(&cli.lake)).map_err(Failure::failed)?;
    Ok(lake.users_file())
}

/// Asked for twice at a terminal, else the first line of standard input.
fn password(name: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_string());
    }
    let first = rpassword::prompt_password(format!("password of {name}: "))?;
    let again = rpassword::prompt_password("once more: ")?;
    if first != again {
        return Err(Failure::usage("the two passwords differ"));
    }
    Ok(first)
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random bytes: {error}")))?;
    Ok(bytes)
}

#[allow(clippy::print_stdout, reason = "the command's result")]
fn list(users: &Users) -> Result<(), Failure> {
    for (name, user) in users.iter() {
        println!("{name}{}", if user.can_log_in() { "" } else { " (role)" });
        for role in &user.roles {
            println!("  role {role}");
        }
        for schema in &user.views {
            println!("  makes views in {schema}");
        }
        for token in &user.tokens {
            println!("  token {} until {}", token.name, token.until);
        }
        for granted in &user.grants {
            let rows = granted.rows.as_ref().map_or(String::new(), |rows| format!(", rows: {rows}"));
            let masked = if granted.masked.is_empty() { String::new() } else { format!(", masked: {}", granted.masked.join(", ")) };
            println!("  reads {}{rows}{masked}", granted.tables);
        }
    }
    Ok(())
}

fn failure(error: UsersError) -> Failure {
    match error {
        UsersError::File(FileError::Io { .. }) => Failure::failed(error),
        _ => Failure::usage(error),
    }
}
