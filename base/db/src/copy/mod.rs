//! All rows of all tables, out of one database and into another, whichever engines they are.
//!
//! What is read is the state of one moment, while others go on writing. What is loaded goes into an empty
//! database, in one transaction, with the tables that the same migrations make; its references are checked by the
//! engine before the commit. Values cross in four kinds: a BOOLEAN is 0 or 1, since `SQLite` knows no other, and a
//! float zero has no sign.
//!
//! The statements here are made from the database's own catalogue and never from a file.

mod load;
mod snapshot;

pub use load::Load;
pub use snapshot::Snapshot;

use kernel::value::{Kind, Value};

use crate::{Engine, Error, Result, Tx, params, record, sql};

/// A table as the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<TableColumn>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its place in the primary key, from 1; 0 when it is no part of it.
    pub key: i64,
}

/// A migration that a database had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedMigration {
    /// Whose it is.
    pub feature: String,
    /// Name of the file.
    pub name: String,
    /// Digest of its text.
    pub checksum: String,
}

record! {
    struct Named { name: String }
    struct Described { name: String, kind: String, key: i64 }
}

/// The table that migrations are written down in; it describes the others and is made, not copied.
pub(crate) const JOURNAL: &str = "migration";

impl TableColumn {
    /// The kind in which its values cross to another engine.
    pub fn crossing(&self) -> Kind {
        match self.kind {
            Kind::Bool => Kind::Int,
            kind => kind,
        }
    }
}

/// The tables there are, by name.
async fn tables(tx: &mut Tx) -> Result<Vec<Table>> {
    let names = tx
        .all(
            sql!(Named:
                sqlite "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'",
                postgres "SELECT CAST(c.relname AS TEXT) AS name FROM pg_class c
                    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')"),
            params![],
        )
        .await?;
    let mut tables = Vec::new();
    for Named { name } in names {
        let columns = columns(tx, &name).await?;
        tables.push(Table { name, columns });
    }
    // Not by the database, whose order may depend on a language.
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

async fn columns(tx: &mut Tx, table: &str) -> Result<Vec<TableColumn>> {
    let rows = tx
        .all(
            sql!(Described:
                sqlite "SELECT name, type AS kind, pk AS key FROM pragma_table_info($1) ORDER BY cid",
                postgres "SELECT CAST(a.attname AS TEXT) AS name, format_type(a.atttypid, NULL) AS kind,
                    CAST(coalesce(array_position(string_to_array(CAST(i.indkey AS TEXT), ' '),
                        CAST(a.attnum AS TEXT)), 0) AS BIGINT) AS key
                    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND CAST(c.relname AS TEXT) = $1
                        AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"),
            params![table],
        )
        .await?;
    rows.into_iter()
        .map(|Described { name, kind, key }| match kind_of(&kind) {
            Some(kind) => Ok(TableColumn { name, kind, key }),
            None => Err(Error::Shape(format!(
                "{table}.{name} is a {kind}, which cannot be copied"
            ))),
        })
        .collect()
}

/// The kind of a column by its type's name on either engine.
fn kind_of(name: &str) -> Option<Kind> {
    Some(match name.to_lowercase().as_str() {
        "text" => Kind::Text,
        "integer" | "bigint" => Kind::Int,
        "boolean" => Kind::Bool,
        "real" | "double precision" => Kind::Float,
        "blob" | "bytea" => Kind::Bytes,
        _ => return None,
    })
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quoted_all<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(quoted).collect::<Vec<_>>().join(", ")
}

/// All rows of a table in the order of its key, byte by byte; of one without a key by all columns.
fn select(table: &Table, engine: Engine) -> String {
    let columns = quoted_all(table.columns.iter().map(|column| column.name.as_str()));
    let mut key: Vec<&TableColumn> = table.columns.iter().filter(|own| own.key > 0).collect();
    key.sort_by_key(|own| own.key);
    if key.is_empty() {
        key = table.columns.iter().collect();
    }
    let order: Vec<String> = key
        .into_iter()
        .map(|own| match (engine, own.kind) {
            (Engine::Postgres, Kind::Text) => format!("{} COLLATE \"C\"", quoted(&own.name)),
            _ => quoted(&own.name),
        })
        .collect();
    let (name, order) = (quoted(&table.name), order.join(", "));
    format!("SELECT {columns} FROM {name} ORDER BY {order}")
}

/// A value as it crosses.
fn crossing(value: Value) -> Value {
    match value {
        Value::Bool(flag) => Value::Int(flag.map(i64::from)),
        // `SQLite` keeps whole floats as integers, which have one zero.
        Value::Float(Some(0.0)) => Value::Float(Some(0.0)),
        other => other,
    }
}
