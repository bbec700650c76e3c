//! Writes everything into a database, within the caller's transaction.

use diesel::{
    QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::BigInt, sql_types::Text,
};

use super::{
    error::TransferError,
    form::{Counts, FORMAT, Header, Sink, VERSION},
    tables::{Column, Kind, Table, quoted},
};
use crate::db::{DbConnection, migrations};

/// Most rows in one statement.
const ROWS: usize = 1_000;
/// Approximate bytes in one statement.
const BYTES: usize = 1024 * 1024;

/// Rows on their way into a database.
pub(super) struct Importer<'c> {
    connection: &'c mut DbConnection,
    /// Whether to replace existing data.
    force: bool,
    /// The statement that inserts a JSON array of rows into the current table.
    insert: Option<String>,
    /// The rows not written yet: a JSON array without its closing bracket.
    batch: String,
    rows: usize,
    name: String,
    counts: Counts,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl<'c> Importer<'c> {
    /// For a database that is empty or, with `force`, any database.
    pub fn new(connection: &'c mut DbConnection, force: bool) -> Self {
        Self {
            connection,
            force,
            insert: None,
            batch: String::with_capacity(BYTES + BYTES / 8),
            rows: 0,
            name: String::new(),
            counts: Counts::new(),
        }
    }

    fn count(&mut self, query: &str) -> Result<i64, TransferError> {
        let counts: Vec<Count> = sql_query(query).load(self.connection)?;
        Ok(counts.first().map_or(0, |row| row.count))
    }

    fn refuse_unless_empty(&mut self) -> Result<(), TransferError> {
        if self.force || migrations::applied(self.connection)?.is_empty() {
            return Ok(());
        }
        let people = self.count("SELECT count(*) AS count FROM players WHERE kind <> 'bot'")?;
        let matches = self.count("SELECT count(*) AS count FROM matches")?;
        if people > 0 || matches > 0 {
            return Err(TransferError::refused(format!(
                "the database already has {people} players and {matches} matches: choose an empty one, or replace everything with \
                 --force"
            )));
        }
        if matches!(self.connection, DbConnection::Postgres(_)) {
            let others = self.count(
                "SELECT count(*) AS count FROM pg_stat_activity \
                 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
            )?;
            if others > 0 {
                return Err(TransferError::refused(format!(
                    "{others} other connections to the database are open: stop the site first, or continue anyway with --force"
                )));
            }
        }
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), TransferError> {
        let Some(insert) = self.insert.as_ref().filter(|_| self.rows > 0) else { return Ok(()) };
        self.batch.push(']');
        let rows = std::mem::take(&mut self.batch);
        let query = sql_query(insert).bind::<Text, _>(&rows);
        let inserted = crate::on_each!(self.connection, c => query.execute(c))?;
        if inserted != self.rows {
            return Err(TransferError::refused(format!(
                "only {inserted} of {} rows of {} were inserted",
                self.rows, self.name
            )));
        }
        *self.counts.entry(self.name.clone()).or_default() += u64::try_from(inserted).unwrap_or_default();
        self.batch = rows;
        self.batch.clear();
        self.rows = 0;
        Ok(())
    }
}

impl Sink for Importer<'_> {
    /// Makes the schema that the rows were read from, with nothing in it.
    fn begin(&mut self, header: &Header) -> Result<(), TransferError> {
        check(header)?;
        self.refuse_unless_empty()?;
        migrations::rebuild(self.connection, &header.migrations)?;
        // Rows that migrations insert also come with the backup.
        let tables = tables_now(self.connection)?;
        let tables = tables.iter().map(|table| quoted(table)).collect::<Result<Vec<_>, _>>()?;
        let empty = match self.connection {
            DbConnection::Postgres(_) => format!("TRUNCATE {}", tables.join(", ")),
            DbConnection::Sqlite(_) => format!("DELETE FROM {}", tables.join("; DELETE FROM ")),
        };
        self.connection.batch_execute(&empty)?;
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), TransferError> {
        self.write_batch()?;
        self.counts.insert(table.name.clone(), 0);
        self.name.clone_from(&table.name);
        self.insert = Some(insert(table, self.connection)?);
        Ok(())
    }

    fn row(&mut self, row: &str) -> Result<(), TransferError> {
        self.batch.push(if self.rows == 0 { '[' } else { ',' });
        self.batch.push_str(row);
        self.rows += 1;
        if self.rows >= ROWS || self.batch.len() >= BYTES { self.write_batch() } else { Ok(()) }
    }

    /// Compares the counts, and brings the schema from the rows' version up to this one.
    fn end(&mut self, counts: &Counts) -> Result<(), TransferError> {
        self.write_batch()?;
        if *counts != self.counts {
            return Err(TransferError::refused("not every row was inserted".to_owned()));
        }
        migrations::run(self.connection)?;
        if matches!(self.connection, DbConnection::Sqlite(_)) {
            let dangling = self.count("SELECT count(*) AS count FROM pragma_foreign_key_check")?;
            if dangling > 0 {
                return Err(TransferError::refused(format!("{dangling} rows refer to rows that do not exist")));
            }
        }
        Ok(())
    }
}

/// Refuses what this version cannot read.
pub(super) fn check(header: &Header) -> Result<(), TransferError> {
    if header.format != FORMAT {
        return Err(TransferError::refused("this is not a Transcendence backup".to_owned()));
    }
    let known = migrations::known()?;
    let newer = header.migrations.iter().find(|version| !known.contains(version));
    if header.version > VERSION || newer.is_some() {
        return Err(TransferError::refused(format!(
            "the backup was made by version {} with a newer schema{}; this is {}: use that version or a later one",
            header.program,
            newer.map(|version| format!(" (migration {version})")).unwrap_or_default(),
            env!("CARGO_PKG_VERSION"),
        )));
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The tables that exist.
fn tables_now(connection: &mut DbConnection) -> Result<Vec<String>, TransferError> {
    let query = match connection {
        DbConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        }
        DbConnection::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    };
    let names: Vec<Name> = sql_query(query).load(connection)?;
    Ok(names.into_iter().map(|row| row.name).filter(|name| name != "__diesel_schema_migrations").collect())
}

fn insert(table: &Table, connection: &DbConnection) -> Result<String, TransferError> {
    let (value, source): (fn(usize, Kind) -> String, _) = match connection {
        DbConnection::Postgres(_) => (on_postgres, "jsonb_array_elements($1::jsonb) AS rows (r)"),
        DbConnection::Sqlite(_) => (on_sqlite, "json_each(?1)"),
    };
    let name = |column: &Column| quoted(&column.name);
    let names = table.columns.iter().map(name).collect::<Result<Vec<_>, _>>()?.join(", ");
    let values = table.columns.iter().enumerate().map(|(index, column)| value(index, column.kind));
    let values = values.collect::<Vec<_>>().join(", ");
    Ok(format!("INSERT INTO {} ({names}) SELECT {values} FROM {source}", quoted(&table.name)?))
}

fn on_postgres(index: usize, kind: Kind) -> String {
    match kind {
        Kind::Integer => format!("(r->>{index})::bigint"),
        Kind::Text => format!("r->>{index}"),
        Kind::Double => format!("(r->>{index})::double precision"),
        Kind::Bool => format!("(r->>{index})::int <> 0"),
        Kind::Timestamp => format!("(r->>{index})::timestamp"),
    }
}

fn on_sqlite(index: usize, kind: Kind) -> String {
    match kind {
        Kind::Integer | Kind::Text | Kind::Bool | Kind::Timestamp => format!("json_extract(value, '$[{index}]')"),
        Kind::Double => format!("CAST(json_extract(value, '$[{index}]') AS REAL)"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::export::rows, *};
    use crate::db;

    /// Every kind of value, on SQLite and, with `TEST_DATABASE_URL`, on PostgreSQL.
    #[test]
    fn no_value_changes_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
        let urls = [Some(sqlite), std::env::var("TEST_DATABASE_URL").ok()];
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let table = Table {
            name: "values".to_owned(),
            key: vec!["id".to_owned()],
            columns: vec![
                column("id", Kind::Integer),
                column("words", Kind::Text),
                column("number", Kind::Double),
                column("flag", Kind::Bool),
                column("moment", Kind::Timestamp),
            ],
        };
        let given = [
            format!(
                r#"[{},"é\u0001\n\t\"\\ 🏓 '; DROP TABLE x; --","0.30000000000000004",1,"2026-11-22 15:10:32.123456"]"#,
                i64::MIN + 1
            ),
            r#"[-1,"","-1.7976931348623157e+308",0,"1972-11-29 00:00:00"]"#.to_owned(),
            "[7,null,null,null,null]".to_owned(),
            format!(r#"[{},"[1,2]","5e-324",1,"2026-11-22 15:10:30.5"]"#, i64::MAX),
        ];
        for url in urls.into_iter().flatten() {
            let mut connection = db::connect(&url).unwrap();
            connection
                .batch_execute(
                    "CREATE TEMPORARY TABLE \"values\" (id BIGINT NOT NULL PRIMARY KEY, words TEXT, \
                     number DOUBLE PRECISION, flag BOOLEAN, moment TIMESTAMP)",
                )
                .unwrap();
            let pour = |connection: &mut DbConnection, given: &[String]| {
                let mut importer = Importer::new(connection, false);
                importer.table(&table).unwrap();
                for row in given {
                    importer.row(row).unwrap();
                }
                importer.write_batch().unwrap();
                connection.batch_execute("ANALYZE").unwrap();
            };
            pour(&mut connection, &given);
            let mut first = Listed::default();
            rows(&mut connection, &table, &mut first).unwrap();
            connection.batch_execute("DELETE FROM \"values\"").unwrap();
            pour(&mut connection, &first.0);
            let mut second = Listed::default();
            rows(&mut connection, &table, &mut second).unwrap();
            let read = |rows: &[String]| -> Vec<Vec<serde_json::Value>> {
                let rows = rows.iter().map(|row| serde_json::from_str::<Vec<serde_json::Value>>(row).unwrap());
                let number = |value: &mut serde_json::Value| {
                    if let Some(text) = value.as_str() {
                        *value = text.parse::<f64>().unwrap().to_bits().into();
                    }
                };
                rows.map(|mut row| {
                    number(&mut row[2]);
                    row
                })
                .collect()
            };
            assert_eq!(read(&first.0), read(&given), "{url}");
            assert_eq!(first.0, second.0, "{url}");
        }
    }

    #[derive(Default)]
    struct Listed(Vec<String>);

    impl Sink for Listed {
        fn begin(&mut self, _: &Header) -> Result<(), TransferError> {
            Ok(())
        }

        fn table(&mut self, _: &Table) -> Result<(), TransferError> {
            Ok(())
        }

        fn row(&mut self, row: &str) -> Result<(), TransferError> {
            self.0.push(row.to_owned());
            Ok(())
        }

        fn end(&mut self, _: &Counts) -> Result<(), TransferError> {
            Ok(())
        }
    }
}
