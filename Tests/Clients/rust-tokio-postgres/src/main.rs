//! tokio-postgres through the proxy, one line a feature.
mod tls;

use futures_util::{future, pin_mut, stream, SinkExt, StreamExt, TryStreamExt};
use std::env::var;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tls::Tls;
use tokio_postgres::{AsyncMessage, Client, Config};

type Outcome = Result<&'static str, Box<dyn Error>>;

fn env(name: &str) -> String {
    var(name).unwrap_or_default()
}

fn expect(condition: bool) -> Result<(), Box<dyn Error>> {
    if condition { Ok(()) } else { Err("not as expected".into()) }
}

async fn feature(name: &str, body: impl Future<Output = Outcome>) {
    match body.await {
        Ok(detail) => println!("{}", format!("PASS {name} {detail}").trim_end()),
        Err(error) => println!("FAIL {name} {}", format!("{error:?}").split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// A connection, and the messages that came by themselves.
async fn connect(user: &str, password: &str, database: &str, authority: &str) -> Result<(Client, Arc<Mutex<Vec<String>>>), Box<dyn Error>> {
    let mut config = Config::new();
    config.host(&env("PGHOST")).port(env("PGPORT").parse()?).user(user).password(password).dbname(database);
    config.ssl_mode(tokio_postgres::config::SslMode::Require);
    config.channel_binding(tokio_postgres::config::ChannelBinding::Require);
    let (client, mut connection) = config.connect(Tls::new(authority)?).await?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            match message {
                AsyncMessage::Notice(notice) => ears.lock().unwrap().push(notice.message().to_string()),
                AsyncMessage::Notification(notification) => ears.lock().unwrap().push(notification.payload().to_string()),
                _ => {}
            }
        }
    });
    Ok((client, heard))
}

fn state(outcome: Result<impl Sized, tokio_postgres::Error>) -> String {
    outcome.err().and_then(|error| error.code().map(|code| code.code().to_string())).unwrap_or_default()
}

async fn until_heard(heard: &Mutex<Vec<String>>, text: &str) -> Result<(), Box<dyn Error>> {
    for _ in 0..2000 {
        if heard.lock().unwrap().iter().any(|one| one == text) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("nothing came".into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("CLIENT Rust tokio-postgres {}", env("CLIENT_VERSION"));
    let authority = env("PGSSLROOTCERT");
    let (mut one, notices) = connect(&env("PGUSER"), &env("PGPASSWORD"), &env("PGDATABASE"), &authority).await?;
    let (two, payloads) = connect(&env("SECOND_USER"), &env("SECOND_PASSWORD"), &env("SECOND_DATABASE"), &authority).await?;

    feature("tls", async {
        expect(connect(&env("PGUSER"), &env("PGPASSWORD"), &env("PGDATABASE"), &env("CLIENT_WRONG_CA")).await.is_err())?;
        Ok("verify-full; a wrong authority is refused, channel binding")
    }).await;
    feature("simple", async {
        expect(one.simple_query("SELECT 1; SELECT 2").await?.len() == 4)?;
        Ok("")
    }).await;
    feature("parameters", async {
        let row = one.query_one("SELECT $1::text, email FROM people WHERE id = $2", &[&"größe", &7i32]).await?;
        expect(row.get::<_, String>(0) == "größe" && !row.get::<_, String>(1).starts_with("person"))?;
        Ok("")
    }).await;
    feature("binary", async {
        let row = one.query_one("SELECT $1::int8, $2::bytea", &[&(1i64 << 40), &[0u8, 255].as_slice()]).await?;
        expect(row.get::<_, i64>(0) == 1 << 40 && row.get::<_, Vec<u8>>(1) == [0, 255])?;
        Ok("always")
    }).await;
    feature("copy", async {
        let transaction = one.transaction().await?;
        let sink = transaction.copy_in("COPY scratch FROM STDIN").await?;
        pin_mut!(sink);
        let lines: String = (0..1000).map(|number| format!("rust\t{number}\tx\n")).collect();
        sink.send(std::io::Cursor::new(lines.into_bytes())).await?;
        expect(sink.finish().await? == 1000)?;
        let out = transaction.copy_out("COPY (SELECT id FROM scratch WHERE client = 'rust') TO STDOUT").await?;
        let rows: usize = out.try_fold(0, |count, part| future::ok(count + part.iter().filter(|byte| **byte == b'\n').count())).await?;
        expect(rows == 1000)?;
        transaction.rollback().await?;
        Ok("in and out")
    }).await;
    feature("big", async {
        expect(one.query("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n", &[]).await?.len() == 20000)?;
        Ok("")
    }).await;
    feature("cursor", async {
        let transaction = one.transaction().await?;
        let portal = transaction.bind("SELECT id, email FROM people ORDER BY id", &[]).await?;
        let mut parts = Vec::new();
        for _ in 0..3 {
            parts.push(transaction.query_portal(&portal, 200).await?.len());
        }
        transaction.rollback().await?;
        expect(parts == [200, 200, 100])?;
        Ok("a portal that is suspended")
    }).await;
    feature("error", async {
        let transaction = one.transaction().await?;
        expect(state(transaction.query("SELECT 1 / 0", &[]).await) == "22012")?;
        expect(state(transaction.query("SELECT 1", &[]).await) == "25P02")?;
        transaction.rollback().await?;
        expect(one.query_one("SELECT 3", &[]).await?.get::<_, i32>(0) == 3)?;
        Ok("")
    }).await;
    feature("cancel", async {
        let token = one.cancel_token();
        let cancelling = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                let _ = token.cancel_query(Tls::new(&env("PGSSLROOTCERT")).unwrap()).await;
            }
        });
        let outcome = one.simple_query("SELECT pg_sleep(60)").await;
        cancelling.abort();
        let _ = cancelling.await;
        expect(state(outcome) == "57014")?;
        expect(one.query_one("SELECT 4", &[]).await?.get::<_, i32>(0) == 4)?;
        Ok("over TLS")
    }).await;
    feature("notice", async {
        one.batch_execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$").await?;
        until_heard(&notices, "hello").await?;
        Ok("")
    }).await;
    feature("notify", async {
        two.batch_execute("LISTEN news; NOTIFY news, 'payload'").await?;
        until_heard(&payloads, "payload").await?;
        Ok("")
    }).await;
    feature("prepared", async {
        let statement = one.prepare("SELECT name FROM people WHERE id = $1 AND email NOT LIKE 'person%'").await?;
        let numbers: Vec<i32> = (1..=20).collect();
        // All at once: the client pipelines them.
        let rows = future::try_join_all(numbers.iter().map(|number| {
            let (one, statement) = (&one, &statement);
            async move { one.query_one(statement, &[number]).await }
        })).await?;
        expect(rows.iter().zip(&numbers).all(|(row, number)| row.get::<_, String>(0) == format!("Person {number}")))?;
        Ok("in a pipeline")
    }).await;
    feature("databases", async {
        let mut names = Vec::new();
        for client in [&one, &two] {
            names.push(client.query_one("SELECT current_database()::text", &[]).await?.get::<_, String>(0));
        }
        expect(names == [env("PGDATABASE"), env("SECOND_DATABASE")])?;
        Ok("")
    }).await;
    Ok(())
}
