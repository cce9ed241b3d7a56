//! One SQL text for two databases.
//!
//! Features write `sql!` statements with `$1` parameters, `record!` for what comes back, `params!` for what
//! goes in. sqlx supplies drivers, pools and TLS. Invariant: every statement is registered when the program
//! is linked, and [`check_statements`] prepares all of them on the engine it is given.
//!
//! `SQLite` has one writer: a pool of one connection, every transaction `BEGIN IMMEDIATE`, so that none ever
//! has to be upgraded (that fails at once, whatever the busy time-out says); readers see snapshots beside it.
//! A commit is on the disk when it is acknowledged (`synchronous=FULL`), also when the power goes.
//!
//! Portable types: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION, BYTEA. Instants are BIGINT microseconds; there is
//! no `now()`. Races are decided by conditional updates and their row counts, never by read-then-write.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Instant;

use kernel::value::Value;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    Arguments as _, Column as _, ConnectOptions as _, Connection as _, Decode, Row as _, Sqlite,
};
use sqlx::{TypeInfo as _, ValueRef as _};

mod containing;
pub mod copy;
mod error;
pub mod limits;
mod migrate;
mod number;
mod rows;
mod statement;

pub use containing::containing;
pub use error::{Error, Result};
pub use kernel::value::{Column, Kind, Param};
#[doc(hidden)]
pub use linkme;
pub use migrate::Migrations;
pub use number::{next_number, next_numbers};
pub use statement::{
    Cells, Expected, Record, STATEMENTS, Sql, Statement, check_statements, check_statements_of,
    keep_ledger, plan,
};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file beside the program.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A database; clones share its connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file: one writer, several readers.
    Sqlite {
        /// The pool of one.
        write: SqlitePool,
        /// Snapshots beside it.
        read: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A transaction; dropped without a commit it leaves no trace.
#[derive(Debug)]
pub enum Tx {
    /// On a file.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    /// On a server.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Where a statement can run: `&Db` or `&mut Tx`. Store functions are generic over it.
pub trait Run: Send {
    /// Rows as plain cells; what the other methods are made of.
    #[doc(hidden)]
    fn cells(
        &mut self,
        sql: &'static Sql,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Vec<Value>>>> + Send;

    /// Runs a statement that answers no rows; the number of rows it changed.
    fn exec(
        &mut self,
        statement: Statement<()>,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<u64>> + Send;

    /// All rows.
    fn all<R: Record>(
        &mut self,
        statement: Statement<R>,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<R>>> + Send {
        async move {
            let rows = self.cells(statement.sql, params).await?;
            let at = statement.sql.at;
            rows.into_iter()
                .map(|row| {
                    R::read(&mut Cells {
                        at,
                        values: row.into_iter(),
                    })
                })
                .collect()
        }
    }

    /// The first row, if there is one.
    fn opt<R: Record>(
        &mut self,
        statement: Statement<R>,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<R>>> + Send {
        async move { Ok(self.all(statement, params).await?.into_iter().next()) }
    }

    /// The one row that must be there.
    fn one<R: Record>(
        &mut self,
        statement: Statement<R>,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<R>> + Send {
        async move {
            let at = statement.sql.at;
            let mut rows = self.all(statement, params).await?;
            match (rows.len(), rows.pop()) {
                (1, Some(row)) => Ok(row),
                (count, _) => Err(Error::Shape(format!(
                    "{at}: exactly one row expected, {count} found"
                ))),
            }
        }
    }
}

/// Gives a type the methods of [`Run`] without an import.
macro_rules! as_run {
    ($type:ty, |$own:ident: $receiver:ty| $run:expr) => {
        impl $type {
            /// All rows.
            pub async fn all<R: Record>(
                self: $receiver,
                statement: Statement<R>,
                params: Vec<Value>,
            ) -> Result<Vec<R>> {
                let $own = self;
                Run::all($run, statement, params).await
            }
            /// The first row, if there is one.
            pub async fn opt<R: Record>(
                self: $receiver,
                statement: Statement<R>,
                params: Vec<Value>,
            ) -> Result<Option<R>> {
                let $own = self;
                Run::opt($run, statement, params).await
            }
            /// The one row that must be there.
            pub async fn one<R: Record>(
                self: $receiver,
                statement: Statement<R>,
                params: Vec<Value>,
            ) -> Result<R> {
                let $own = self;
                Run::one($run, statement, params).await
            }
            /// Runs a statement that answers no rows; the number of rows it changed.
            pub async fn exec(
                self: $receiver,
                statement: Statement<()>,
                params: Vec<Value>,
            ) -> Result<u64> {
                let $own = self;
                Run::exec($run, statement, params).await
            }
        }
    };
}
as_run!(Db, |own: &Self| &mut &*own);
as_run!(Tx, |own: &mut Self| own);

impl<T: Run> Run for &mut T {
    fn cells(
        &mut self,
        sql: &'static Sql,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Vec<Value>>>> + Send {
        (**self).cells(sql, params)
    }
    fn exec(
        &mut self,
        statement: Statement<()>,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<u64>> + Send {
        (**self).exec(statement, params)
    }
}

impl Run for &Db {
    async fn cells(&mut self, sql: &'static Sql, params: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        sql.begin_run(self.engine(), &params)?;
        let started = Instant::now();
        let rows = match self {
            Db::Sqlite { write, read } => {
                let pool = if sql.only_reads() { read } else { write };
                let query = sqlx::query_with(sql.sqlite, for_sqlite(params)?);
                sqlite_cells(sql, &query.fetch_all(pool).await?)
            }
            Db::Postgres(pool) => {
                let query = sqlx::query_with(sql.postgres, for_postgres(params)?);
                postgres_cells(sql, &query.fetch_all(pool).await?)
            }
        };
        warn_when_slow(sql, started);
        rows
    }

    async fn exec(&mut self, statement: Statement<()>, params: Vec<Value>) -> Result<u64> {
        let sql = statement.sql;
        sql.begin_run(self.engine(), &params)?;
        let started = Instant::now();
        let count = match self {
            Db::Sqlite { write, .. } => {
                let query = sqlx::query_with(sql.sqlite, for_sqlite(params)?);
                query.execute(write).await?.rows_affected()
            }
            Db::Postgres(pool) => {
                let query = sqlx::query_with(sql.postgres, for_postgres(params)?);
                query.execute(pool).await?.rows_affected()
            }
        };
        warn_when_slow(sql, started);
        Ok(count)
    }
}

impl Run for Tx {
    async fn cells(&mut self, sql: &'static Sql, params: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        sql.begin_run(self.engine(), &params)?;
        match self {
            Self::Sqlite(tx) => {
                let query = sqlx::query_with(sql.sqlite, for_sqlite(params)?);
                sqlite_cells(sql, &query.fetch_all(&mut **tx).await?)
            }
            Self::Postgres(tx) => {
                let query = sqlx::query_with(sql.postgres, for_postgres(params)?);
                postgres_cells(sql, &query.fetch_all(&mut **tx).await?)
            }
        }
    }

    async fn exec(&mut self, statement: Statement<()>, params: Vec<Value>) -> Result<u64> {
        let sql = statement.sql;
        sql.begin_run(self.engine(), &params)?;
        Ok(match self {
            Self::Sqlite(tx) => {
                let query = sqlx::query_with(sql.sqlite, for_sqlite(params)?);
                query.execute(&mut **tx).await?.rows_affected()
            }
            Self::Postgres(tx) => {
                let query = sqlx::query_with(sql.postgres, for_postgres(params)?);
                query.execute(&mut **tx).await?.rows_affected()
            }
        })
    }
}

/// Tries again while the file is locked: the engine does not wait by itself where a journal is changed, which is what
/// the first of several processes that start together does.
async fn patiently<T, F>(mut connect: impl FnMut() -> F) -> std::result::Result<T, sqlx::Error>
where
    F: Future<Output = std::result::Result<T, sqlx::Error>>,
{
    let began = Instant::now();
    loop {
        match connect().await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some("5")
                    && began.elapsed() < limits::BUSY_TIMEOUT =>
            {
                tokio::time::sleep(limits::BUSY_PAUSE).await;
            }
            ended => return ended,
        }
    }
}

impl Db {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…`.
    ///
    /// `options[search_path]=NAME` in the address of a server chooses a schema.
    pub async fn open(address: &str) -> Result<Self> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return Self::open_file(Path::new(path)).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Self::open_server(address).await;
        }
        // The address itself may hold a password, so it is not repeated.
        Err(Error::Address(
            "a database address begins with sqlite: or postgres://; this one does neither".into(),
        ))
    }

    async fn open_file(path: &Path) -> Result<Self> {
        let file = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(limits::BUSY_TIMEOUT)
            .disable_statement_logging();
        let writer = file
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = || {
            PoolOptions::<sqlx::Sqlite>::new()
                .acquire_timeout(limits::ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        // When the disk is full SQLite ends a transaction by itself. The driver does not hear of it and would begin no other
        // on that connection, which is the only one that writes.
        let alone = || {
            pool().max_connections(1).before_acquire(|connection, _| {
                Box::pin(async { Ok(!connection.is_in_transaction()) })
            })
        };
        let write = patiently(|| alone().connect_with(writer.clone())).await?;
        let read = pool().max_connections(limits::SQLITE_READERS);
        let read = read.connect_with(file.read_only(true)).await?;
        Ok(Self::Sqlite { write, read })
    }

    /// Opens a database to be filled: references are checked in the end instead of row by row, and a file is
    /// whole in itself once it is closed.
    pub(crate) async fn open_to_load(address: &str) -> Result<Self> {
        let Some(path) = address.strip_prefix("sqlite:") else {
            return Self::open(address).await;
        };
        let file = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(false)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let pool = PoolOptions::<sqlx::Sqlite>::new().max_connections(1);
        let pool = pool.connect_with(file).await?;
        Ok(Self::Sqlite {
            write: pool.clone(),
            read: pool,
        })
    }

    async fn open_server(address: &str) -> Result<Self> {
        let timeout = limits::STATEMENT_TIMEOUT.as_millis().to_string();
        let options = PgConnectOptions::from_str(address)
            .map_err(|cause| {
                Error::Address(format!("the database address cannot be read: {cause}"))
            })?
            .options([("statement_timeout", timeout.as_str())])
            .application_name("matsuri")
            .disable_statement_logging();
        // The pool would try again and again and then only say that time is over; this says why.
        PgConnection::connect_with(&options).await?.close().await?;
        let pool = PoolOptions::<sqlx::Postgres>::new()
            .max_connections(limits::POSTGRES_CONNECTIONS)
            .acquire_timeout(limits::ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Self::Postgres(pool))
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction. On `SQLite` it is the only one that writes until it ends, so keep it short.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        self.one(sql!(i64: "SELECT CAST(1 AS BIGINT)"), params![])
            .await
            .map(|_| ())
    }

    /// Waits for what is running and closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Which database it is on.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Makes it last; when this returns it is on the disk.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Binds the values as arguments of a driver; the drivers share no trait that could say it once.
macro_rules! bind {
    ($arguments:ty, $params:expr) => {{
        let mut arguments = <$arguments>::default();
        for value in $params {
            match value {
                Value::Text(text) => arguments.add(text),
                Value::Int(int) => arguments.add(int),
                Value::Bool(flag) => arguments.add(flag),
                Value::Float(float) => arguments.add(float),
                Value::Bytes(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }};
}

fn for_sqlite(params: Vec<Value>) -> Result<SqliteArguments> {
    bind!(SqliteArguments, params)
}

fn for_postgres(params: Vec<Value>) -> Result<PgArguments> {
    bind!(PgArguments, params)
}

fn sqlite_cells(sql: &'static Sql, rows: &[SqliteRow]) -> Result<Vec<Vec<Value>>> {
    if let Some(first) = rows.first() {
        sql.fits(first.columns().iter().map(sqlx::Column::name))?;
    }
    let row = |row: &SqliteRow| {
        (0..row.len())
            .map(|index| sqlite_cell(row, index))
            .collect()
    };
    rows.iter()
        .map(row)
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Error::from)
}

fn sqlite_cell(row: &SqliteRow, index: usize) -> Result<Value, sqlx::Error> {
    let cell = row.try_get_raw(index)?;
    if cell.is_null() {
        return Ok(Value::Text(None));
    }
    let kind = cell.type_info().name().to_owned();
    match kind.as_str() {
        "TEXT" => <String as Decode<Sqlite>>::decode(cell).map(|text| Value::Text(Some(text))),
        "REAL" => <f64 as Decode<Sqlite>>::decode(cell).map(|float| Value::Float(Some(float))),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(cell).map(|bytes| Value::Bytes(Some(bytes))),
        _ => <i64 as Decode<Sqlite>>::decode(cell).map(|int| Value::Int(Some(int))),
    }
    .map_err(sqlx::Error::Decode)
}

fn postgres_cells(sql: &'static Sql, rows: &[PgRow]) -> Result<Vec<Vec<Value>>> {
    if let Some(first) = rows.first() {
        sql.fits(first.columns().iter().map(sqlx::Column::name))?;
    }
    let row = |row: &PgRow| {
        (0..row.len())
            .map(|index| postgres_cell(row, index))
            .collect()
    };
    rows.iter()
        .map(row)
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Error::from)
}

fn postgres_cell(row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
    let kind = statement::postgres_kind(row.column(index).type_info().name());
    Ok(match kind {
        Some(Kind::Text) => Value::Text(row.try_get(index)?),
        Some(Kind::Int) => Value::Int(row.try_get(index)?),
        Some(Kind::Bool) => Value::Bool(row.try_get(index)?),
        Some(Kind::Float) => Value::Float(row.try_get(index)?),
        Some(Kind::Bytes) => Value::Bytes(row.try_get(index)?),
        None => {
            let (column, given) = (row.column(index).name(), row.column(index).type_info());
            return Err(sqlx::Error::Decode(
                format!("{column} is a {given}: cast it").into(),
            ));
        }
    })
}

fn warn_when_slow(sql: &'static Sql, started: Instant) {
    let took = started.elapsed();
    if took > limits::SLOW {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(at = sql.at, ms, "a statement took {ms} ms: {}", sql.at);
    }
}
