//! Reads everything from one snapshot of a database.

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl,
    connection::{DefaultLoadingMode, SimpleConnection},
    pg::PgRowByRowLoadingMode,
    sql_query,
    sql_types::Text,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    error::TransferError,
    form::{Counts, FORMAT, Header, Sink, VERSION},
    tables::{self, Column, Kind, Table, quoted},
};
use crate::db::{DbConnection, migrations};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// A foreign key between two tables.
#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

/// Gives `sink` everything as it was at one moment, whatever others write meanwhile. Tables are ordered so that a row never refers
/// to a later table.
pub(super) fn export(connection: &mut DbConnection, sink: &mut impl Sink) -> Result<Counts, TransferError> {
    connection.batch_execute(match connection {
        DbConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        DbConnection::Sqlite(_) => "BEGIN",
    })?;
    let counts = read(connection, sink);
    // Nothing was written, so there is nothing to lose.
    let ended = connection.batch_execute("COMMIT");
    let counts = counts?;
    ended?;
    Ok(counts)
}

fn read(connection: &mut DbConnection, sink: &mut impl Sink) -> Result<Counts, TransferError> {
    let applied = migrations::applied(connection)?;
    let known = migrations::known()?;
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Err(TransferError::refused(format!(
            "the database schema is newer than this program, which does not know migration {newer}: use the version that runs \
             the site"
        )));
    }
    if let Some(missing) = known.iter().find(|version| !applied.contains(version)) {
        return Err(TransferError::refused(format!(
            "the database schema is older than this program: migration {missing} is pending; run `transcendence migrate`, or \
             use the version that runs the site"
        )));
    }
    sink.begin(&Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        made_at: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        migrations: applied,
    })?;
    let mut counts = Counts::new();
    for table in in_order(tables::all()?, &references(connection)?)? {
        sink.table(&table)?;
        let count = rows(connection, &table, sink)?;
        counts.insert(table.name, count);
    }
    sink.end(&counts)?;
    Ok(counts)
}

pub(super) fn rows(connection: &mut DbConnection, table: &Table, sink: &mut impl Sink) -> Result<u64, TransferError> {
    let mut count = 0;
    let mut take = |row: QueryResult<Row>| -> Result<(), TransferError> {
        count += 1;
        sink.row(&row?.row)
    };
    // One row at a time, so that they are never all in memory.
    match connection {
        DbConnection::Postgres(c) => {
            let query = sql_query(select(table, "json_build_array", "::text", on_postgres)?);
            for row in query.load_iter::<Row, PgRowByRowLoadingMode>(c)? {
                take(row)?;
            }
        }
        DbConnection::Sqlite(c) => {
            let query = sql_query(select(table, "json_array", "", on_sqlite)?);
            for row in query.load_iter::<Row, DefaultLoadingMode>(c)? {
                take(row)?;
            }
        }
    }
    Ok(count)
}

/// The statement that turns each row into a JSON array, in the order of the key.
fn select(table: &Table, array: &str, cast: &str, value: fn(&str, Kind) -> String) -> Result<String, TransferError> {
    let column = |column: &Column| Ok(value(&quoted(&column.name)?, column.kind));
    let columns = table.columns.iter().map(column).collect::<Result<Vec<_>, TransferError>>()?.join(", ");
    let key = table.key.iter().map(|name| quoted(name)).collect::<Result<Vec<_>, _>>()?.join(", ");
    Ok(format!("SELECT {array}({columns}){cast} AS row FROM {} ORDER BY {key}", quoted(&table.name)?))
}

fn on_postgres(column: &str, kind: Kind) -> String {
    match kind {
        Kind::Integer | Kind::Text => column.to_owned(),
        Kind::Double => format!("{column}::text"),
        Kind::Bool => format!("{column}::int"),
        Kind::Timestamp => format!("rtrim(rtrim(to_char({column}, 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')"),
    }
}

fn on_sqlite(column: &str, kind: Kind) -> String {
    match kind {
        Kind::Integer | Kind::Text | Kind::Bool | Kind::Timestamp => column.to_owned(),
        Kind::Double => format!("CASE WHEN {column} IS NOT NULL THEN printf('%!.17g', {column}) END"),
    }
}

fn references(connection: &mut DbConnection) -> Result<Vec<Reference>, TransferError> {
    let query = match connection {
        DbConnection::Postgres(_) => {
            "SELECT child.relname::text AS child, parent.relname::text AS parent FROM pg_constraint AS c \
             JOIN pg_class AS child ON child.oid = c.conrelid JOIN pg_class AS parent ON parent.oid = c.confrelid \
             WHERE c.contype = 'f' AND child.relnamespace = to_regnamespace(current_schema())"
        }
        DbConnection::Sqlite(_) => {
            "SELECT m.name AS child, f.\"table\" AS parent FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table'"
        }
    };
    Ok(sql_query(query).load(connection)?)
}

/// Sorts tables, parents before children.
fn in_order(mut tables: Vec<Table>, references: &[Reference]) -> Result<Vec<Table>, TransferError> {
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |table: &Table, tables: &[Table]| {
            references.iter().any(|r| r.child == table.name && tables.iter().any(|other| other.name == r.parent))
        };
        let next = tables.iter().position(|table| !waits(table, &tables));
        let next = next.ok_or_else(|| {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            TransferError::refused(format!("foreign keys form a circle among {}", names.join(", ")))
        })?;
        ordered.push(tables.remove(next));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::db;

    /// A migrated database.
    fn database() -> (DbConnection, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = db::connect(&folder.path().join("test.sqlite3").to_string_lossy()).unwrap();
        migrations::run(&mut connection).unwrap();
        (connection, folder)
    }

    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        found: String,
    }

    #[test]
    fn every_table_and_column_of_the_database_is_in_a_backup() {
        let (mut connection, _folder) = database();
        let found: Vec<Found> = sql_query(
            "SELECT m.name || '.' || c.name AS found FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
             WHERE m.type = 'table' AND m.name <> '__diesel_schema_migrations' AND m.name NOT LIKE 'sqlite_%'",
        )
        .load(&mut connection)
        .unwrap();
        let there: BTreeSet<String> = found.into_iter().map(|row| row.found).collect();
        let ours: BTreeSet<String> = tables::all()
            .unwrap()
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)))
            .collect();
        assert!(there.contains("players.name"));
        assert_eq!(there, ours);
    }

    #[test]
    fn a_row_never_refers_to_a_later_table() {
        let (mut connection, _folder) = database();
        let references = references(&mut connection).unwrap();
        assert!(!references.is_empty());
        let ordered = in_order(tables::all().unwrap(), &references).unwrap();
        let place = |name: &str| ordered.iter().position(|table| table.name == name);
        for reference in references {
            assert!(
                place(&reference.parent) < place(&reference.child),
                "{} refers to itself or later",
                reference.child
            );
        }
    }
}
