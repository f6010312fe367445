// pgx through the proxy, one line a feature.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

var background = context.Background()
var notices []string

func connect(user, password, database, authority string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=verify-full sslrootcert=%s",
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), user, password, database, authority))
	if err != nil {
		return nil, err
	}
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { notices = append(notices, notice.Message) }
	return pgx.ConnectConfig(background, config)
}

func feature(name string, body func() (string, error)) {
	detail, err := body()
	if err != nil {
		fmt.Println("FAIL", name, strings.Join(strings.Fields(err.Error()), " "))
	} else {
		fmt.Println(strings.TrimSpace("PASS " + name + " " + detail))
	}
}

func check(err error, condition bool) error {
	if err == nil && !condition {
		return errors.New("not as expected")
	}
	return err
}

func state(err error) string {
	var known *pgconn.PgError
	if errors.As(err, &known) {
		return known.Code
	}
	return fmt.Sprint(err)
}

func text(connection *pgx.Conn, query string, values ...any) (string, error) {
	var found string
	err := connection.QueryRow(background, query, values...).Scan(&found)
	return found, err
}

func main() {
	fmt.Println("CLIENT Go pgx", os.Getenv("CLIENT_VERSION"))
	one, err := connect(os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGDATABASE"), os.Getenv("PGSSLROOTCERT"))
	if err != nil {
		fmt.Println("FAIL tls", err)
		os.Exit(1)
	}
	two, err := connect(os.Getenv("SECOND_USER"), os.Getenv("SECOND_PASSWORD"), os.Getenv("SECOND_DATABASE"), os.Getenv("PGSSLROOTCERT"))
	if err != nil {
		fmt.Println("FAIL tls", err)
		os.Exit(1)
	}

	feature("tls", func() (string, error) {
		_, err := connect(os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGDATABASE"), os.Getenv("CLIENT_WRONG_CA"))
		return "verify-full; a wrong authority is refused", check(nil, err != nil)
	})
	feature("simple", func() (string, error) {
		results, err := one.PgConn().Exec(background, "SELECT 1; SELECT 2").ReadAll()
		return "", check(err, len(results) == 2)
	})
	feature("parameters", func() (string, error) {
		found, err := text(one, "SELECT $1::text || email FROM people WHERE id = $2", "größe", 7)
		return "", check(err, strings.HasPrefix(found, "größe") && !strings.Contains(found, "person7@"))
	})
	feature("binary", func() (string, error) {
		var number int64
		var raw []byte
		var at time.Time
		err := one.QueryRow(background, "SELECT $1::int8, $2::bytea, now()", int64(1)<<40, []byte{0, 255}).Scan(&number, &raw, &at)
		return "always", check(err, number == 1<<40 && len(raw) == 2 && !at.IsZero())
	})
	feature("copy", func() (string, error) {
		tx, err := one.Begin(background)
		if err != nil {
			return "", err
		}
		defer tx.Rollback(background)
		rows := [][]any{}
		for number := int32(0); number < 1000; number++ {
			rows = append(rows, []any{"go-pgx", number, "x"})
		}
		count, err := tx.CopyFrom(background, pgx.Identifier{"scratch"}, []string{"client", "id", "note"}, pgx.CopyFromRows(rows))
		if err := check(err, count == 1000); err != nil {
			return "", err
		}
		var out bytes.Buffer
		_, err = one.PgConn().CopyTo(background, &out, "COPY (SELECT id FROM scratch WHERE client = 'go-pgx') TO STDOUT")
		return "in (binary) and out", check(err, strings.Count(out.String(), "\n") == 1000)
	})
	feature("big", func() (string, error) {
		rows, err := one.Query(background, "SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")
		if err != nil {
			return "", err
		}
		count := 0
		for rows.Next() {
			count++
		}
		return "", check(rows.Err(), count == 20000)
	})
	feature("cursor", func() (string, error) {
		tx, err := one.Begin(background)
		if err != nil {
			return "", err
		}
		defer tx.Rollback(background)
		if _, err := tx.Exec(background, "DECLARE c CURSOR FOR SELECT id, email FROM people ORDER BY id"); err != nil {
			return "", err
		}
		tag, err := tx.Exec(background, "FETCH 200 FROM c")
		return "by DECLARE and FETCH", check(err, tag.RowsAffected() == 200)
	})
	feature("error", func() (string, error) {
		tx, err := one.Begin(background)
		if err != nil {
			return "", err
		}
		_, broken := tx.Exec(background, "SELECT 1 / 0")
		_, failed := tx.Exec(background, "SELECT 1")
		tx.Rollback(background)
		found, err := text(one, "SELECT '3'")
		return "", check(err, state(broken) == "22012" && state(failed) == "25P02" && found == "3")
	})
	feature("cancel", func() (string, error) {
		done := make(chan struct{})
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-done:
					return
				case <-time.After(200 * time.Millisecond):
					one.PgConn().CancelRequest(background)
				}
			}
		}()
		_, err := one.Exec(background, "SELECT pg_sleep(60)")
		close(done)
		<-stopped
		found, again := text(one, "SELECT '4'")
		return "", check(again, state(err) == "57014" && found == "4")
	})
	feature("notice", func() (string, error) {
		_, err := one.Exec(background, "DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
		return "", check(err, len(notices) == 1 && notices[0] == "hello")
	})
	feature("notify", func() (string, error) {
		for _, statement := range []string{"LISTEN news", "NOTIFY news, 'payload'"} {
			if _, err := two.Exec(background, statement); err != nil {
				return "", err
			}
		}
		limited, cancel := context.WithTimeout(background, 20*time.Second)
		defer cancel()
		heard, err := two.WaitForNotification(limited)
		return "", check(err, heard != nil && heard.Payload == "payload")
	})
	feature("prepared", func() (string, error) {
		if _, err := one.Prepare(background, "p", "SELECT name FROM people WHERE id = $1 AND email NOT LIKE 'person%'"); err != nil {
			return "", err
		}
		batch := &pgx.Batch{}
		for number := 1; number <= 20; number++ {
			name, err := text(one, "p", number)
			if err := check(err, name == fmt.Sprintf("Person %d", number)); err != nil {
				return "", err
			}
			batch.Queue("p", number)
		}
		results := one.SendBatch(background, batch)
		for number := 1; number <= 20; number++ {
			var name string
			if err := results.QueryRow().Scan(&name); err != nil {
				return "", err
			}
		}
		return "and in a batch", results.Close()
	})
	feature("databases", func() (string, error) {
		mine, err := text(one, "SELECT current_database()")
		if err != nil {
			return "", err
		}
		other, err := text(two, "SELECT current_database()")
		return "", check(err, mine == os.Getenv("PGDATABASE") && other == os.Getenv("SECOND_DATABASE"))
	})
}
