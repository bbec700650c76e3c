//! The program's commands and settings, as an operator uses them.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Output, Stdio},
};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use rustix::process::Signal;
use transcendence::db::schema::players;

use crate::support::{
    Site, databases,
    people::Person,
    programs::{Program, output, text, transcendence},
    until,
};

#[test]
fn a_wrong_value_is_one_line_that_names_its_variable() {
    for (variable, value) in [
        ("LISTEN", "nowhere"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_POOL", "many"),
        ("BASE_URL", "pong.example"),
        ("LOG_FORMAT", "xml"),
        ("LOG_FILTER", "a=b=c"),
        ("RATE_LIMITS", "perhaps"),
        ("TRUSTED_PROXIES", "10.0.0.1,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.0/40"),
        ("HOSTS", "https://pong.example"),
        ("METRICS_LISTEN", "9090"),
        ("AUTO_MIGRATE", "maybe"),
        ("SECRET", ""),
        ("SECRET_FILE", "/nowhere/secret"),
        ("VALKEY_URL", "valkey:6379"),
        ("VALKEY_PASSWORD_FILE", "/nowhere/password"),
        ("DATABASE_PASSWORD_FILE", "/nowhere/password"),
        ("REQUEST_TIMEOUT", "-1"),
    ] {
        let output = output(&["check"], &[(variable, value)]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{variable}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
        assert!(message.contains(variable), "{message}");
    }
}

#[test]
fn a_database_password_is_never_shown() {
    let wrong = output(&["check"], &[("DATABASE_URL", "mysql://user:hunter2@host/name")]);
    assert!(!text(&wrong.stderr).contains("hunter2"), "{}", text(&wrong.stderr));
    let away = output(&["check"], &[("DATABASE_URL", "postgres://user:hunter2@127.0.0.1:1/name")]);
    assert!(!away.status.success());
    let said = text(&away.stdout) + &text(&away.stderr);
    assert!(said.contains("DATABASE_URL") && !said.contains("hunter2"), "{said}");
}

#[test]
fn passwords_come_from_files_and_stay_out_of_sight() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter 2/@\n").unwrap();
    let file = file.to_str().unwrap();
    let with = |variables: &[(&str, &str)]| {
        let output = output(&["check"], variables);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let server = ("DATABASE_URL", "postgres://user@127.0.0.1:1/name");
    let (status, said) = with(&[server, ("DATABASE_PASSWORD_FILE", file)]);
    assert!(status == Some(1) && said.contains("port 1 failed"), "the address still makes sense: {said}");
    assert!(!said.contains("hunter"), "{said}");
    let twice = ("DATABASE_URL", "postgres://user:other@127.0.0.1:1/name");
    for (variable, wrong) in [
        ("DATABASE_PASSWORD_FILE", &[twice, ("DATABASE_PASSWORD_FILE", file)][..]),
        ("DATABASE_PASSWORD_FILE", &[("DATABASE_URL", "a.sqlite3"), ("DATABASE_PASSWORD_FILE", file)]),
        ("VALKEY_PASSWORD_FILE", &[("VALKEY_PASSWORD_FILE", file)]),
        ("VALKEY_PASSWORD_FILE", &[("VALKEY_URL", "redis://:x@valkey"), ("VALKEY_PASSWORD_FILE", file)]),
        ("SECRET_FILE", &[("SECRET", "x"), ("SECRET_FILE", file)]),
        ("SECRET_FILE", &[("SECRET_FILE", "/dev/null")]),
    ] {
        let (status, said) = with(wrong);
        assert_eq!((status, said.trim_end().lines().count()), (Some(2), 1), "{said}");
        assert!(said.starts_with(&format!("error: {variable}: ")) && !said.contains("hunter"), "{said}");
    }
}

#[test]
fn help_explains_every_variable_with_its_default() {
    let help = text(&output(&["--help"], &[]).stdout);
    let example = include_str!("../.env.example");
    for line in example.lines() {
        let Some((variable, default)) = line.trim_start_matches("# ").split_once('=') else { continue };
        let explained = ["=", "]"].iter().any(|end| help.contains(&format!("[env: {variable}{end}")));
        assert!(explained, "{variable} is in .env.example and not in --help");
        // What has no default is shown as a comment.
        if !line.starts_with('#') {
            assert!(help.contains(&format!("[default: {default}]")), "{variable} has another default than {default}");
        }
    }
    let explained = help.matches("[env: ").count();
    assert_eq!(
        explained,
        example.lines().filter(|line| line.contains('=')).count(),
        "every variable is in .env.example"
    );
}

#[test]
fn the_manual_has_every_command() {
    let help = text(&output(&["--help"], &[]).stdout);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(names.contains(&"serve") && names.contains(&"create-admin"), "{help}");
    for name in names.into_iter().filter(|name| !name.is_empty() && *name != "help") {
        let told = include_str!("../docs/operations.md").contains(&format!("`transcendence {name}"));
        assert!(told, "transcendence {name} is not in docs/operations.md");
    }
}

#[test]
fn migrate_makes_the_schema_once_and_check_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("deep/site.sqlite3").to_string_lossy().into_owned();
    let database = [("DATABASE_URL", url.as_str())];
    let before = output(&["migrate", "--status"], &database);
    assert!(text(&before.stdout).starts_with("[ ] "), "{}", text(&before.stdout));
    let check = output(&["check"], &database);
    assert!(!check.status.success() && text(&check.stdout).contains("is pending; run `transcendence migrate`"));
    let ran = text(&output(&["migrate"], &database).stdout);
    assert!(ran.starts_with("Ran ") && ran.trim_end().ends_with(" ms"), "{ran}");
    assert_eq!(text(&output(&["migrate"], &database).stdout), "The schema is up to date.\n");
    assert!(text(&output(&["migrate", "--status"], &database).stdout).starts_with("[x] "));
    let check = output(&["check"], &database);
    assert!(check.status.success(), "{}", text(&check.stdout));
    let warned = output(&["check"], &[database[0], ("RATE_LIMITS", "off")]);
    assert!(!warned.status.success() && text(&warned.stdout).contains("RATE_LIMITS"));
}

#[test]
fn two_migrations_at_once_do_each_step_once() {
    for round in 0..3 {
        let (url, _folder) = databases::empty();
        let start = || {
            let mut command = transcendence();
            command.arg("migrate").env("DATABASE_URL", &url).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
        };
        let both: Vec<_> = (0..2).map(|_| start().unwrap()).collect();
        let said: Vec<String> = both
            .into_iter()
            .map(|process| {
                let output = process.wait_with_output().unwrap();
                assert!(output.status.success(), "round {round}: {}", text(&output.stderr));
                text(&output.stdout)
            })
            .collect();
        let steps = text(&output(&["migrate", "--status"], &[("DATABASE_URL", &url)]).stdout);
        assert!(steps.lines().all(|line| line.starts_with("[x] ")), "{steps}");
        let ran = said.iter().flat_map(|one| one.lines()).filter(|line| line.starts_with("Ran ")).count();
        assert_eq!(ran, steps.lines().count(), "{said:?}");
        assert!(said.iter().any(|one| one == "The schema is up to date.\n"), "one waited for the other: {said:?}");
    }
}

#[test]
fn a_migration_is_taken_back_and_run_again() {
    let (url, _folder) = databases::empty();
    let database = [("DATABASE_URL", url.as_str())];
    assert!(output(&["migrate"], &database).status.success());
    let back = text(&output(&["migrate", "--revert", "1"], &database).stdout);
    assert!(back.starts_with("Reverted ") && back.lines().count() == 1, "{back}");
    let status = text(&output(&["migrate", "--status"], &database).stdout);
    assert!(status.trim_end().lines().last().unwrap().starts_with("[ ] "), "{status}");
    assert_eq!(text(&output(&["migrate"], &database).stdout).lines().count(), 1);
}

/// Somebody who visits the address in the first line of the log that contains a text.
fn person_at(lines: &mut impl Iterator<Item = std::io::Result<String>>, message: &str) -> Person {
    let line = lines.map(Result::unwrap).find(|line| line.contains(message)).unwrap();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    Person::at(event["address"].as_str().unwrap().parse().unwrap())
}

#[tokio::test]
async fn without_auto_migrate_the_site_waits_until_somebody_runs_the_migrations() {
    let (url, _folder) = tokio::task::spawn_blocking(databases::empty).await.unwrap();
    let mut server = Program::start(
        transcendence()
            .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--auto-migrate", "off", "--database-url", &url])
            .stderr(Stdio::piped()),
    );
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let inside = person_at(&mut lines, "Serving metrics");
    let complaint = lines.by_ref().map(Result::unwrap).find(|line| line.contains("Not ready")).unwrap();
    assert!(complaint.contains("pending") && complaint.contains("transcendence migrate"), "{complaint}");
    let outside = person_at(&mut lines, "Serving");
    let drained = std::thread::spawn(move || lines.for_each(drop));
    let get = async |person: &Person, path: &str| {
        let answer = person.get(path).await.unwrap();
        (answer.status.as_u16(), answer.body)
    };
    let page = get(&outside, "/").await;
    assert!(page.0 == 503 && page.1.contains("<h1>"), "{page:?}");
    assert_eq!(get(&outside, "/health/ready").await, (503, "not ready\n".to_owned()));
    assert!(get(&inside, "/health/ready").await.1.contains("pending: 2026-11-22-120000"));
    assert_eq!(get(&outside, "/health/live").await.0, 200);

    assert!(output(&["migrate"], &[("DATABASE_URL", &url)]).status.success());
    until("the site is ready", async || (get(&inside, "/health/ready").await.0 == 200).then_some(())).await;
    assert_eq!(get(&outside, "/").await.0, 200);
    assert!(get(&inside, "/metrics").await.1.contains("transcendence_schema_known 1"));
    assert!(server.terminate().await.0.success());
    drained.join().unwrap();
}

/// Runs a command with something on its standard input.
fn output_with_input(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut process = transcendence()
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[tokio::test]
async fn an_administrator_is_made_once_and_checked_like_everybody_else() {
    let site = Site::new().await;
    let url = site.state.config.database.url.expose().to_owned();
    let database = [("DATABASE_URL", url.as_str())];
    let admin = |name: &str, email: &str, password: &str| {
        let output = output_with_input(&["create-admin", "--name", name, "--email", email], &database, password);
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let good = "correct horse staple battery\n";
    for (name, email, password, option) in [
        ("a b", "ada@example.org", good, "--name"),
        ("ada", "nonsense", good, "--email"),
        ("ada", "ada@example.org", "short\n", "the password"),
        ("ada", "ada@example.org", "password123\n", "the password"),
        ("Bot-Weak", "ada@example.org", good, "--name"),
    ] {
        let (made, said) = admin(name, email, password);
        assert!(!made && said.starts_with(&format!("error: {option}: ")), "{said}");
    }
    let (made, said) = admin("ada", "ada@example.org", good);
    assert!(made && said.starts_with("ada is now an administrator"), "{said}");
    let mut ada = site.visitor();
    assert_eq!(ada.log_in("ada", good.trim()).await.status, 303, "the password works");
    let (again, said) = admin("Ada", "", "");
    assert!(again && said.contains("was already an administrator; the password is unchanged"), "{said}");

    let (made, said) = admin("bob", "ADA@example.org", good);
    assert!(!made && said.starts_with("error: --email: "), "{said}");
    site.visitor().sign_up("carol").await;
    let (promoted, said) = admin("carol", "", "");
    assert!(promoted && said.contains("carol is now an administrator; the password is unchanged"), "{said}");

    let admins: Vec<String> = site
        .run(|connection| {
            players::table
                .filter(players::is_admin.eq(true))
                .select(players::name)
                .order(players::name)
                .load(connection)
        })
        .await;
    assert_eq!(admins, ["ada", "carol"]);
}

#[test]
fn config_shows_every_setting_its_source_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2").unwrap();
    std::fs::write(folder.path().join(".env"), "LOG_FORMAT=json\nSESSION_DAYS=9\n").unwrap();
    let shown = transcendence()
        .current_dir(folder.path())
        .args(["config", "--max-requests", "7"])
        .env("DATABASE_URL", "postgres://pong@db/pong")
        .env("DATABASE_PASSWORD_FILE", &file)
        .env("SECRET", "hunter2-hunter2")
        .env("BASE_URL", "https://pong.example")
        .env("SESSION_DAYS", "8")
        .output()
        .unwrap();
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    assert!(!shown.contains("hunter2"), "{shown}");
    let line = |variable: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(variable));
        line.unwrap_or_else(|| panic!("{variable} in {shown}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("MAX_REQUESTS"), "MAX_REQUESTS flag 7");
    assert_eq!(line("BASE_URL"), "BASE_URL environment https://pong.example");
    assert_eq!(line("LOG_FORMAT"), "LOG_FORMAT .env json");
    assert_eq!(line("SESSION_DAYS"), "SESSION_DAYS environment 8", "the environment goes before .env");
    assert_eq!(line("PASSWORD_HASHERS"), "PASSWORD_HASHERS default 2");
    assert_eq!(line("HOSTS"), "HOSTS BASE_URL pong.example");
    assert_eq!(line("SECRET"), "SECRET environment (hidden)");
    assert_eq!(line("VALKEY_URL"), "VALKEY_URL not set");
    let database = "environment and DATABASE_PASSWORD_FILE postgres://pong:(hidden)@db/pong";
    assert_eq!(line("DATABASE_URL"), format!("DATABASE_URL {database}"));
    for variable in include_str!("../.env.example").lines().filter_map(|line| line.split_once('=')) {
        line(variable.0.trim_start_matches("# "));
    }
}

#[test]
fn check_for_deployment_names_what_a_developers_settings_lack() {
    let (url, _folder) = databases::empty();
    let database = ("DATABASE_URL", url.as_str());
    assert!(output(&["migrate"], &[database]).status.success());
    let plain = output(&["check", "--deploy"], &[database]);
    let said = text(&plain.stdout);
    assert_eq!(plain.status.code(), Some(1));
    for setting in ["SECRET_FILE: is not set", "BASE_URL: is not https://"] {
        assert!(said.contains(setting), "{setting} in {said}");
    }
    assert!(said.lines().all(|line| line.contains(": ") && line.contains("; ")), "a remedy in each line: {said}");
    if std::env::var("TEST_DATABASE_URL").is_err() {
        std::fs::set_permissions(&url, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        // What remains of good settings is true here: the tests run a debug build, and the disk may be full.
        let good = [
            database,
            ("SECRET", "q0Tf9vKzX1mB7sLwE4uYhR8nPc2JdG5aVi6oZk3xQeM"),
            ("BASE_URL", "https://pong.example"),
            ("TRUSTED_PROXIES", "10.0.0.2"),
            ("MAX_CONNECTIONS", "100"),
        ];
        let left = text(&output(&["check", "--deploy", "--replicas", "1"], &good).stdout);
        let expected = |line: &str| line.starts_with("the program: ") || line.contains("MiB are free");
        assert!(left.lines().all(expected), "{left}");
        let down = [&good[..], &[("VALKEY_URL", "redis://:hunter2@127.0.0.1:1")]].concat();
        let left = text(&output(&["check", "--deploy", "--replicas", "1"], &down).stdout);
        assert!(left.contains("VALKEY_URL: Valkey does not answer") && !left.contains("hunter2"), "{left}");
    }
}

#[test]
fn serve_makes_its_database_logs_json_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = transcendence();
    command.current_dir(folder.path()).args(["--listen", "127.0.0.1:0", "--log-format", "json"]);
    let mut server = Program::start(command.stderr(Stdio::piped()));
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let serving = lines.by_ref().map(Result::unwrap).find(|line| line.contains("Serving")).unwrap();
    let event: serde_json::Value = serde_json::from_str(&serving).unwrap();
    assert_eq!(event["level"], "INFO");
    assert!(folder.path().join("data/transcendence.sqlite3").exists(), "made at the first start");
    server.signal(Signal::TERM);
    assert!(server.0.wait().unwrap().success());
    assert!(lines.map(Result::unwrap).any(|line| line.contains("Stopped")));
}

#[test]
fn a_broken_line_of_the_env_file_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "SECRET=hunter2 with spaces\n").unwrap();
    let output = transcendence().current_dir(&folder).arg("config").output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(!output.status.success() && said.contains(".env") && !said.contains("hunter2"), "{said}");
}
