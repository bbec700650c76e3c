//! `transcendence create-admin`: makes an account an administrator's, and the account if there is none.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
};

use clap::Args;

use crate::{
    accounts::{
        email::Email,
        forms::{Password, SignUpForm},
        model::{Login, NewAccount},
        passwords::Hasher,
        queries,
    },
    clock,
    config::Config,
    db::{self, DbConnection, migrations},
    id::Id,
    language::Language,
    ops::Failure,
    paths,
    players::{self, name::Name},
};

/// What is given on the command line; the rest is asked for.
#[derive(Args)]
pub struct Options {
    /// Name of the account
    #[arg(long)]
    name: Option<String>,
    /// E-mail address for a new account
    #[arg(long)]
    email: Option<String>,
    /// File with the password for a new account; without it the password is asked for, or read from standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Makes the account with that name an administrator's. Repeating it changes nothing; an existing account keeps its password.
///
/// # Errors
/// One line that names the option or the setting at fault.
pub async fn run(config: &Config, options: Options) -> Result<(), Failure> {
    let database = |error: diesel::result::Error| Failure::new("DATABASE_URL", error);
    let mut connection =
        db::connect(config.database.url.expose()).map_err(|error| Failure::new("DATABASE_URL", error))?;
    refuse_old_schema(&mut connection)?;
    let typed = options.name.map_or_else(|| ask("Name: "), Ok)?;
    let name = Name::parse(&typed).map_err(|problem| told("--name", problem.key()))?;
    if let Some((id, _)) = queries::account(&mut connection, &Login::Name(name.key())).map_err(database)? {
        let changed = queries::make_admin(&mut connection, id).map_err(database)?;
        let what = if changed { "is now an administrator" } else { "was already an administrator" };
        println!("{} {what}; the password is unchanged.", name.as_str());
        return Ok(());
    }
    if players::queries::is_name_taken(&mut connection, &name).map_err(database)? {
        return Err(told("--name", "name-taken"));
    }
    let email = options.email.map_or_else(|| ask("E-mail address: "), Ok)?;
    let password = match &options.password_file {
        Some(file) => fs::read_to_string(file)
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| Failure::new("--password-file", format!("cannot read {}: {error}", file.display())))?,
        None => ask_password()?,
    };
    let id = create(&mut connection, name.as_str(), email, password).await?;
    println!("{} is now an administrator ({}, key {id}).", name.as_str(), paths::player(name.as_str()));
    Ok(())
}

fn refuse_old_schema(connection: &mut DbConnection) -> Result<(), Failure> {
    let all = migrations::status(connection).map_err(|error| Failure::new("DATABASE_URL", error))?;
    let pending = all.iter().any(|one| one.place == migrations::Place::Pending);
    if pending {
        Err(Failure::new("DATABASE_URL", "migrations are pending; run `transcendence migrate`"))
    } else {
        Ok(())
    }
}

/// A new account, checked as sign-up checks it.
async fn create(connection: &mut DbConnection, name: &str, email: String, password: String) -> Result<Id, Failure> {
    let form = SignUpForm { name: name.to_owned(), email, password: Password(password), ..SignUpForm::default() };
    let checked = form.check();
    let name = checked.name.map_err(|problem| told("--name", problem.key()))?;
    let email: Email = checked.email.map_err(|problem| told("--email", problem.key()))?;
    let password = checked.password.map_err(|problem| Failure::new("the password", problem.text(Language::English)))?;
    if queries::is_email_taken(connection, &email).map_err(|error| Failure::new("DATABASE_URL", error))? {
        return Err(Failure::new("--email", "another account uses this address; promote that one by name"));
    }
    let hash = Hasher::new(1).hash(password.0).await;
    let password_hash = hash.map_err(|error| Failure::new("the password", error))?;
    let account = NewAccount { name, email, password_hash };
    let made = db::transaction(connection, |connection| {
        let id = queries::insert_account(connection, &account, None, clock::now())?;
        queries::make_admin(connection, id)?;
        Ok(id)
    });
    made.map_err(|error: diesel::result::Error| Failure::new("DATABASE_URL", error))
}

fn told(option: &str, key: &str) -> Failure {
    Failure::new(option, Language::English.t(key))
}

/// Reads a line from standard input, prompting when a person sits at the terminal.
fn ask(question: &str) -> Result<String, Failure> {
    let input = |error: io::Error| Failure::new("standard input", error);
    if io::stdin().is_terminal() {
        print!("{question}");
        io::stdout().flush().map_err(input)?;
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(input)?;
    Ok(line.trim().to_owned())
}

/// Reads the password: typed twice without being shown, or as a line of standard input.
fn ask_password() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(|error| Failure::new("standard input", error))?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let hidden =
        |question: &str| rpassword::prompt_password(question).map_err(|error| Failure::new("standard input", error));
    let password = hidden("Password: ")?;
    if hidden("Password again: ")? == password { Ok(password) } else { Err(Failure("the passwords differ".to_owned())) }
}
