//! Findings about a public server that follow from files, limits, the database and Valkey.

use std::{
    fs::Metadata,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Bool, Double, Text},
};
use rustix::process::{Resource, getrlimit};

use super::finding::Finding;
use crate::{
    config::Config,
    db::{DbConnection, Kind},
};

/// Free space below which a disk counts as nearly full.
const FREE_BYTES: u64 = 1024 * 1024 * 1024;
/// Difference between two clocks that is worth reporting, in seconds.
const CLOCK: f64 = 1.0;
/// How long Valkey may take to answer.
const VALKEY: Duration = Duration::from_secs(3);
/// Where container engines mount secrets; other processes in the container need no permission to read them.
const MOUNTED: &str = "/run/secrets";
/// Open files besides connections: the database's, the log, libraries.
const OTHER_FILES: u64 = 100;
/// Connections besides the replicas': `migrate`, a backup, an operator with psql.
const OTHER_CONNECTIONS: i64 = 5;

/// Checks who else can read the secrets' files, and how much space is free on the disk with the SQLite file.
pub(super) fn files(config: &Config) -> Vec<Finding> {
    let secrets = [
        ("DATABASE_PASSWORD_FILE", &config.database.password_file),
        ("SECRET_FILE", &config.accounts.secret_file),
        ("VALKEY_PASSWORD_FILE", &config.cluster.valkey_password_file),
    ];
    let mut found: Vec<Finding> = secrets
        .into_iter()
        .filter_map(|(setting, file)| {
            exposed(file.as_deref()?).map(|(problem, remedy)| Finding::new(setting, problem, remedy))
        })
        .collect();
    if Kind::of(config.database.url.expose()) == Kind::Sqlite {
        let file =
            Path::new(config.database.url.expose().strip_prefix("sqlite://").unwrap_or(config.database.url.expose()));
        found.extend(exposed(file).map(|(problem, remedy)| Finding::new("DATABASE_URL", problem, remedy)));
        found.extend(full(file));
    }
    found
}

/// What is wrong with a file's permissions, and what to do about it.
fn exposed(file: &Path) -> Option<(String, String)> {
    let mode = |path: &Path| path.metadata().ok().as_ref().map(Metadata::permissions).map(|of| of.mode());
    let name = file.display();
    let of_file = mode(file)?;
    if of_file & 0o022 != 0 {
        return Some((format!("{name} is writable by other users"), format!("chmod 600 {name}")));
    }
    let absolute = std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
    let reachable = absolute.ancestors().skip(1).all(|folder| mode(folder).is_none_or(|of| of & 0o001 != 0));
    let open = of_file & 0o004 != 0 && reachable && !absolute.starts_with(MOUNTED);
    open.then(|| (format!("{name} is readable by every user of this machine"), format!("chmod 600 {name}")))
}

fn full(file: &Path) -> Option<Finding> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    (free < FREE_BYTES).then(|| {
        let problem = format!("only {} MiB are free on the disk of {}", free / 1024 / 1024, file.display());
        Finding::new("DATABASE_URL", problem, "free some space, or move the file to a larger disk")
    })
}

/// Checks whether the system lets the process open as many files as its settings need.
pub(super) fn limits(config: &Config) -> Option<Finding> {
    let needed = u64::from(config.limits.max_connections) + u64::from(config.database.pool) + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile).maximum?;
    (limit < needed).then(|| {
        let problem = format!("is {}, but the system allows only {limit} open files", config.limits.max_connections);
        Finding::new(
            "MAX_CONNECTIONS",
            problem,
            format!("raise the limit to {needed} (ulimit -n, LimitNOFILE=), or lower it"),
        )
    })
}

/// Checks whether Valkey answers.
pub(super) fn valkey(config: &Config) -> Option<Finding> {
    let url = config.cluster.valkey_url.as_ref()?.expose();
    let ping = || -> redis::RedisResult<()> {
        let mut connection = redis::Client::open(url)?.get_connection_with_timeout(VALKEY)?;
        connection.set_read_timeout(Some(VALKEY))?;
        redis::cmd("PING").query(&mut connection)
    };
    ping().err().map(|error| {
        let remedy = "check that Valkey is running and that address and password are right";
        Finding::new("VALKEY_URL", format!("Valkey does not answer: {error}"), remedy)
    })
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = BigInt)]
    most: i64,
    #[diesel(sql_type = BigInt)]
    reserved: i64,
    #[diesel(sql_type = Double)]
    clock: f64,
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Bool)]
    superuser: bool,
}

/// Checks what PostgreSQL reports about itself. An SQLite file has no limits and no clock of its own.
pub(super) fn database(connection: &mut DbConnection, config: &Config, replicas: u16) -> Vec<Finding> {
    let DbConnection::Postgres(_) = connection else { return Vec::new() };
    let before = now();
    match server(connection) {
        Ok(server) => judge(&server, f64::midpoint(before, now()), config, replicas),
        Err(error) => {
            vec![Finding::new("DATABASE_URL", format!("could not read its settings: {error}"), "see its log")]
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn server(connection: &mut DbConnection) -> QueryResult<Server> {
    sql_query(
        "SELECT current_setting('max_connections')::BIGINT AS most, \
         current_setting('superuser_reserved_connections')::BIGINT AS reserved, \
         extract(epoch FROM clock_timestamp())::DOUBLE PRECISION AS clock, current_setting('fsync') AS fsync, \
         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser",
    )
    .get_result(connection)
}

fn judge(server: &Server, clock: f64, config: &Config, replicas: u16) -> Vec<Finding> {
    let mut found = Vec::new();
    let free = server.most - server.reserved - OTHER_CONNECTIONS;
    // While replicas are being replaced there is one more; each also has a connection of its own besides the pool.
    let wanted = (i64::from(config.database.pool) + 1) * (i64::from(replicas) + 1);
    if wanted > free {
        found.push(Finding::new(
            "DATABASE_POOL",
            format!("{replicas} replicas and one more during an upgrade need {wanted} connections, but PostgreSQL has only {free} for them"),
            "lower it, or raise PostgreSQL's max_connections",
        ));
    }
    let apart = (server.clock - clock).abs();
    if apart > CLOCK {
        let problem = format!("this machine's clock and the database's differ by {apart:.1} s");
        found.push(Finding::new("the clock", problem, "synchronise both with NTP (timedatectl set-ntp true)"));
    }
    if server.fsync != "on" {
        let problem = "PostgreSQL's fsync is off: a power cut can destroy the database";
        found.push(Finding::new("DATABASE_URL", problem, "set fsync = on"));
    }
    if server.superuser {
        let problem = "the role is a superuser, which the site does not need";
        found.push(Finding::new("DATABASE_URL", problem, "use a role that owns only the site's database"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_secret_that_others_can_reach_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "x").unwrap();
        for (of_folder, of_file, found) in [
            (0o755, 0o600, false),
            (0o755, 0o640, false),
            (0o755, 0o644, true),
            (0o700, 0o644, false),
            (0o700, 0o666, true),
        ] {
            set_mode(folder.path(), of_folder);
            set_mode(&file, of_file);
            assert_eq!(exposed(&file).is_some(), found, "{of_folder:o} {of_file:o}");
        }
        let findings = files(&Config::of(&["--secret-file", file.to_str().unwrap()]));
        assert!(findings.iter().any(|finding| finding.setting == "SECRET_FILE"));
    }

    #[test]
    fn the_database_is_judged_by_what_it_tells() {
        let good = || Server { most: 100, reserved: 3, clock: 1000.0, fsync: "on".to_owned(), superuser: false };
        let found = |server: Server, replicas| -> Vec<&'static str> {
            judge(&server, 1000.2, &Config::of(&[]), replicas).into_iter().map(|finding| finding.setting).collect()
        };
        assert!(found(good(), 2).is_empty());
        assert_eq!(found(good(), 20), ["DATABASE_POOL"]);
        assert_eq!(found(Server { most: 20, ..good() }, 2), ["DATABASE_POOL"]);
        assert_eq!(found(Server { clock: 1005.0, ..good() }, 2), ["the clock"]);
        assert_eq!(found(Server { clock: 995.0, ..good() }, 2), ["the clock"]);
        assert_eq!(found(Server { fsync: "off".to_owned(), superuser: true, ..good() }, 2), ["DATABASE_URL"; 2]);
    }

    #[test]
    fn a_valkey_that_does_not_answer_is_found_without_its_password() {
        let finding = valkey(&Config::of(&["--valkey-url", "redis://:hunter2@127.0.0.1:1"])).unwrap();
        assert!(finding.setting == "VALKEY_URL" && !finding.to_string().contains("hunter2"), "{finding}");
        assert!(valkey(&Config::of(&[])).is_none());
    }

    #[test]
    fn more_connections_than_open_files_are_found() {
        assert!(limits(&Config::of(&["--max-connections", "10"])).is_none());
        let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        if most < 1_000_000 {
            assert!(limits(&Config::of(&["--max-connections", "1000000"])).is_some());
        }
    }
}
