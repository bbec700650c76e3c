//! The binary as an operator runs it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcendence"));
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

fn output(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    binary().args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

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
        assert!(help.contains(&format!("[env: {variable}=")), "{variable} is in .env.example and not in --help");
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
fn migrate_makes_the_schema_once_and_check_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("deep/site.sqlite3").to_string_lossy().into_owned();
    let database = [("DATABASE_URL", url.as_str())];
    let before = output(&["migrate", "--status"], &database);
    assert!(text(&before.stdout).starts_with("[ ] "), "{}", text(&before.stdout));
    let check = output(&["check"], &database);
    assert!(!check.status.success() && text(&check.stdout).contains("is pending; run `transcendence migrate`"));
    assert!(text(&output(&["migrate"], &database).stdout).starts_with("Ran "));
    assert_eq!(text(&output(&["migrate"], &database).stdout), "The schema is up to date.\n");
    assert!(text(&output(&["migrate", "--status"], &database).stdout).starts_with("[x] "));
    let check = output(&["check"], &database);
    assert!(check.status.success(), "{}", text(&check.stdout));
    let warned = output(&["check"], &[database[0], ("RATE_LIMITS", "off")]);
    assert!(!warned.status.success() && text(&warned.stdout).contains("RATE_LIMITS"));
}

#[test]
fn serve_makes_its_database_logs_json_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = binary()
        .current_dir(folder.path())
        .args(["--listen", "127.0.0.1:0", "--log-format", "json"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let serving = lines.by_ref().map(Result::unwrap).find(|line| line.contains("Serving")).unwrap();
    let event: serde_json::Value = serde_json::from_str(&serving).unwrap();
    assert_eq!(event["level"], "INFO");
    assert!(folder.path().join("data/transcendence.sqlite3").exists(), "made at the first start");
    let process = rustix::process::Pid::from_child(&server);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert!(server.wait().unwrap().success());
    assert!(lines.map(Result::unwrap).any(|line| line.contains("Stopped")));
}
