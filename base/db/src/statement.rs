//! Statements: text that is known when the program is linked, so that tests can try every one of them.

use std::fs::File;
use std::io::Write as _;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::value::{Column, Kind, Value};
use sqlx::{Column as _, Executor as _, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _};

use crate::{Db, Engine, Error, Result};

/// Every statement that was linked in.
#[linkme::distributed_slice]
pub static STATEMENTS: [Sql];

/// A column as a record expects it; the name is empty where any will do.
pub type Expected = (&'static str, Kind);

/// One statement; made by [`sql!`](crate::sql).
#[derive(Debug)]
pub struct Sql {
    /// Text for `SQLite`.
    pub sqlite: &'static str,
    /// Text for `PostgreSQL`; mostly the same.
    pub postgres: &'static str,
    /// Columns of the record that reads its rows; none when it answers no rows.
    pub columns: &'static [Expected],
    /// Where it stands in the source.
    pub at: &'static str,
    /// Whether it ran, by [`Engine`].
    pub ran: [AtomicBool; 2],
}

impl Sql {
    /// Text for an engine.
    pub fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    /// Whether it only reads, and may therefore run beside the writer.
    pub(crate) fn only_reads(&self) -> bool {
        let text = self.sqlite.trim_start().as_bytes();
        text.get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"select"))
            || (text
                .get(..4)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"with"))
                && !["INSERT ", "UPDATE ", "DELETE "]
                    .iter()
                    .any(|verb| self.sqlite.contains(verb)))
    }

    /// Notes the run, and refuses a wrong number of parameters: `SQLite` would read the missing as NULL.
    pub(crate) fn begin_run(&self, engine: Engine, params: &[Value]) -> Result<()> {
        let ran = &self.ran[engine as usize];
        // Read first: a store on every run would take the line from every other core.
        if !ran.load(Ordering::Relaxed) && !ran.swap(true, Ordering::Relaxed) {
            note(engine.name(), self);
        }
        let wanted = parameters(self.text(engine));
        if wanted == params.len() {
            return Ok(());
        }
        let given = params.len();
        Err(Error::Shape(format!(
            "{}: wants {wanted} parameters, was given {given}",
            self.at
        )))
    }

    /// Whether rows with these columns are what the record expects.
    pub(crate) fn fits<'n>(&self, names: impl ExactSizeIterator<Item = &'n str>) -> Result<()> {
        let names: Vec<&str> = names.collect();
        let same = names.len() == self.columns.len()
            && self.columns.iter().zip(&names).all(|((wanted, _), name)| {
                wanted.is_empty() || wanted.trim_start_matches("r#") == *name
            });
        if same {
            return Ok(());
        }
        let wanted: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let (wanted, names) = (wanted.join(", "), names.join(", "));
        Err(Error::Shape(format!(
            "{}: the record wants ({wanted}), the statement gives ({names})",
            self.at
        )))
    }
}

/// The highest `$n` of a text.
fn parameters(text: &str) -> usize {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.get(..digits)?.parse().ok()
        })
        .max()
        .unwrap_or(0)
}

/// A statement and what its rows become: a record, a single value, or `()` for none.
#[derive(Debug)]
pub struct Statement<R> {
    pub(crate) sql: &'static Sql,
    rows: PhantomData<fn() -> R>,
}

impl<R> Statement<R> {
    /// Used by [`sql!`](crate::sql).
    #[doc(hidden)]
    pub const fn new(sql: &'static Sql) -> Self {
        Self {
            sql,
            rows: PhantomData,
        }
    }
}

impl<R> Clone for Statement<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R> Copy for Statement<R> {}

/// A statement: `sql!("…")`, `sql!(Row: "…")`, or `sqlite "…", postgres "…"` where the engines must differ.
///
/// The text is registered, so that [`check_statements`] sees it without anybody listing it.
#[macro_export]
macro_rules! sql {
    (sqlite $sqlite:expr, postgres $postgres:expr $(,)?) => {
        $crate::sql!(@register (), &[], $sqlite, $postgres)
    };
    ($row:ty : sqlite $sqlite:expr, postgres $postgres:expr $(,)?) => {
        $crate::sql!(@register $row, <$row as $crate::Record>::COLUMNS, $sqlite, $postgres)
    };
    ($row:ty : $text:expr $(,)?) => {
        $crate::sql!(@register $row, <$row as $crate::Record>::COLUMNS, $text, $text)
    };
    (@register $row:ty, $columns:expr, $sqlite:expr, $postgres:expr) => {{
        #[$crate::linkme::distributed_slice($crate::STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        #[allow(unsafe_code, reason = "a section of the binary collects them; nothing is read through it but this type")]
        static SQL: $crate::Sql = $crate::Sql {
            sqlite: $sqlite,
            postgres: $postgres,
            columns: $columns,
            at: concat!(file!(), ":", line!()),
            ran: [const { std::sync::atomic::AtomicBool::new(false) }; 2],
        };
        $crate::Statement::<$row>::new(&SQL)
    }};
    ($text:expr $(,)?) => {
        $crate::sql!(@register (), &[], $text, $text)
    };
}

/// The parameters of a statement, by value or reference: `params![id, &title, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::Param::to_value(&$value)),*]
    };
}

/// How the engine would run a statement, line by line: for tests that a list uses its index.
///
/// # Errors
/// When the engine refuses it.
pub async fn plan(db: &Db, sql: &Sql, params: Vec<Value>) -> Result<Vec<String>> {
    let text = sql.text(db.engine());
    Ok(match db {
        Db::Sqlite { read, .. } => {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
            let query = sqlx::query_with(explain, crate::for_sqlite(params)?);
            let rows = query.fetch_all(read).await?;
            rows.iter()
                .map(|row| row.try_get("detail"))
                .collect::<Result<_, _>>()?
        }
        Db::Postgres(pool) => {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN {text}"));
            let query = sqlx::query_with(explain, crate::for_postgres(params)?);
            let rows = query.fetch_all(pool).await?;
            rows.iter()
                .map(|row| row.try_get(0))
                .collect::<Result<_, _>>()?
        }
    })
}

/// Prepares every statement that was linked in and compares its columns with its record.
///
/// # Errors
/// All complaints, one per line.
pub async fn check_statements(db: &Db) -> Result<()> {
    check_statements_of(db, "").await
}

/// The same for those whose sources are in `folder`: a test may have linked features whose tables it lacks.
///
/// # Errors
/// All complaints, one per line.
pub async fn check_statements_of(db: &Db, folder: &str) -> Result<()> {
    let mut complaints = Vec::new();
    for sql in STATEMENTS.iter().filter(|sql| sql.at.starts_with(folder)) {
        if let Err(error) = check(db, sql).await {
            match error {
                Error::Shape(sentence) => complaints.push(sentence),
                error => complaints.push(format!("{}: {error}", sql.at)),
            }
        }
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(Error::Shape(complaints.join("\n")))
    }
}

async fn check(db: &Db, sql: &Sql) -> Result<()> {
    let text = sql.text(db.engine()).into_sql_str();
    match db {
        Db::Sqlite { write, .. } => {
            let mut connection = write.acquire().await?;
            let prepared = connection.prepare(text).await?;
            if sql.columns.is_empty() {
                return Ok(());
            }
            sql.fits(prepared.columns().iter().map(sqlx::Column::name))
        }
        Db::Postgres(pool) => {
            let mut connection = pool.acquire().await?;
            let prepared = connection.prepare(text).await?;
            if sql.columns.is_empty() {
                return Ok(());
            }
            sql.fits(prepared.columns().iter().map(sqlx::Column::name))?;
            let kinds = sql.columns.iter().zip(prepared.columns());
            for ((_, wanted), column) in kinds {
                let (name, given) = (column.name(), column.type_info().name());
                if postgres_kind(given) != Some(*wanted) {
                    return Err(Error::Shape(format!(
                        "{}: the record wants {name} as {wanted:?}, the statement gives {given}; cast it",
                        sql.at
                    )));
                }
            }
            Ok(())
        }
    }
}

/// The kind of a `PostgreSQL` type; `None` for those that portable statements do not use.
pub(crate) fn postgres_kind(name: &str) -> Option<Kind> {
    Some(match name {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" => Kind::Text,
        "INT8" => Kind::Int,
        "BOOL" => Kind::Bool,
        "FLOAT8" => Kind::Float,
        "BYTEA" => Kind::Bytes,
        _ => return None,
    })
}

static LEDGER: OnceLock<File> = OnceLock::new();

/// From now on writes into `file` which statements were linked into this program (`linked AT`) and, when one runs
/// for the first time on an engine, which (`sqlite AT`, `postgres AT`). For tests: together, all test programs must
/// have run every statement on both engines.
///
/// # Errors
/// The file cannot be written.
pub fn keep_ledger(file: &Path) -> std::io::Result<()> {
    let opened = File::options().create(true).append(true).open(file)?;
    let mut ledger = LEDGER.get_or_init(|| opened);
    let mut linked = String::new();
    for sql in STATEMENTS {
        linked.extend(["linked ", sql.at, "\n"]);
    }
    ledger.write_all(linked.as_bytes())
}

/// One line at once: other threads write too.
fn note(engine: &str, sql: &Sql) {
    let Some(mut ledger) = LEDGER.get() else {
        return;
    };
    if let Err(error) = ledger.write_all(format!("{engine} {}\n", sql.at).as_bytes()) {
        tracing::warn!(error = %error, "which statements ran cannot be written down");
    }
}

/// Rows as a type; made by [`record!`](crate::record), and every [`Column`] is one with a single cell.
pub trait Record: Sized + Send {
    /// The columns in their order.
    const COLUMNS: &'static [Expected];
    /// Reads the cells in the same order.
    fn read(cells: &mut Cells) -> Result<Self>;
}

impl<T: Column + Send> Record for T {
    const COLUMNS: &'static [Expected] = &[("", T::KIND)];
    fn read(cells: &mut Cells) -> Result<Self> {
        cells.take("")
    }
}

/// The cells of one row, taken one after the other.
#[derive(Debug)]
pub struct Cells {
    pub(crate) at: &'static str,
    pub(crate) values: std::vec::IntoIter<Value>,
}

impl Cells {
    /// The next cell.
    pub fn take<T: Column>(&mut self, name: &str) -> Result<T> {
        let value = self.values.next();
        value.and_then(T::from_value).ok_or_else(|| {
            let kind = T::KIND;
            Error::Shape(format!(
                "{}: a cell of {name} is no {kind:?} that fits",
                self.at
            ))
        })
    }
}

/// Declares the shape of rows; the fields are the columns, in the order in which statements name them.
#[macro_export]
macro_rules! record {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),* $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::Record for $name {
            const COLUMNS: &'static [$crate::Expected] =
                &[$((stringify!($field), <$type as $crate::Param>::KIND)),*];
            fn read(cells: &mut $crate::Cells) -> $crate::Result<Self> {
                Ok(Self { $($field: cells.take(stringify!($field))?),* })
            }
        }
    )+};
}
