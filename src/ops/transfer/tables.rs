//! The tables and columns of the schema, read as text from `src/db/schema.rs`, the file that Diesel generates.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::TransferError;

/// The file that Diesel generates.
const SCHEMA: &str = include_str!("../../db/schema.rs");

/// A table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Table {
    #[serde(rename = "table")]
    pub name: String,
    /// Columns of the primary key.
    #[serde(skip)]
    pub key: Vec<String>,
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a column holds; any column may be null.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A whole number of any size.
    Integer,
    /// Text.
    Text,
    /// A number with a fraction, written as text, so that no digit is lost.
    Double,
    /// 0 or 1.
    Bool,
    /// `2026-11-22 15:10:32.5`, as Diesel writes it in SQLite: without trailing zeros.
    Timestamp,
}

impl FromStr for Kind {
    type Err = TransferError;

    fn from_str(word: &str) -> Result<Self, TransferError> {
        let inner = word.strip_prefix("Nullable<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(word);
        match inner {
            "BigInt" | "Int8" | "Integer" | "Int4" | "SmallInt" | "Int2" => Ok(Self::Integer),
            "Text" | "Varchar" => Ok(Self::Text),
            "Double" | "Float8" => Ok(Self::Double),
            "Bool" => Ok(Self::Bool),
            "Timestamp" => Ok(Self::Timestamp),
            other => Err(TransferError::refused(format!("backups do not support columns of type {other}"))),
        }
    }
}

/// Every table of this version of the program.
pub(super) fn all() -> Result<Vec<Table>, TransferError> {
    parse(SCHEMA)
}

fn parse(schema: &str) -> Result<Vec<Table>, TransferError> {
    schema.split("diesel::table! {").skip(1).map(table).collect()
}

/// Parses a table's lines: `name (key, …) {`, then `column -> Type,` until `}`.
fn table(text: &str) -> Result<Table, TransferError> {
    let unreadable = || TransferError::refused(format!("cannot read the schema at {:?}", text.get(..60)));
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let (name, key) =
        lines.next().and_then(|line| line.strip_suffix(") {")?.split_once(" (")).ok_or_else(unreadable)?;
    let mut columns = Vec::new();
    // A column named like a Rust keyword has another name in the file.
    let mut named = None;
    for line in lines.take_while(|line| !line.starts_with('}')) {
        if line.starts_with("#[") {
            named = line.strip_prefix("#[sql_name = \"").and_then(|rest| rest.strip_suffix("\"]")).or(named);
            continue;
        }
        let (name, kind) = line.trim_end_matches(',').split_once(" -> ").ok_or_else(unreadable)?;
        columns.push(Column { name: named.take().unwrap_or(name).to_owned(), kind: kind.parse()? });
    }
    let key = key.split(", ").map(str::to_owned).collect();
    Ok(Table { name: name.to_owned(), key, columns })
}

/// A name in double quotes; anything but a plain name is refused, because names come from a file.
pub(super) fn quoted(name: &str) -> Result<String, TransferError> {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { Ok(format!("\"{name}\"")) } else { Err(TransferError::refused(format!("{name:?} is not a valid name"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_diesel_writes_is_read() {
        let text = "// @generated\n\ndiesel::table! {\n    /// Seats.\n    seats (match_id, seat) {\n        match_id -> BigInt,\n        \
            #[sql_name = \"type\"]\n        type_ -> Nullable<Text>,\n        rating -> Double,\n    }\n}\n\n\
            diesel::joinable!(seats -> matches (match_id));\n";
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        assert_eq!(
            parse(text).unwrap(),
            [Table {
                name: "seats".to_owned(),
                key: vec!["match_id".to_owned(), "seat".to_owned()],
                columns: vec![
                    column("match_id", Kind::Integer),
                    column("type", Kind::Text),
                    column("rating", Kind::Double)
                ],
            }]
        );
        assert!(
            parse("diesel::table! {\n    files (id) {\n        id -> BigInt,\n        bytes -> Binary,\n    }\n}")
                .is_err()
        );
    }

    #[test]
    fn only_plain_names_get_into_statements() {
        assert_eq!(quoted("match_chunks").unwrap(), "\"match_chunks\"");
        for name in ["", "a\"b", "Players", "a b", "a;b"] {
            assert!(quoted(name).is_err(), "{name}");
        }
    }
}
