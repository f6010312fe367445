// lib/pq through the proxy, one line a feature.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lib/pq"
)

func source(user, password, database, authority string) string {
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=verify-full sslrootcert=%s",
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), user, password, database, authority)
}

func feature(name string, body func() (string, error)) {
	detail, err := body()
	if err != nil {
		fmt.Println("FAIL", name, strings.Join(strings.Fields(err.Error()), " "))
	} else {
		fmt.Println(strings.TrimSpace("PASS " + name + " " + detail))
	}
}

func expect(condition bool) error {
	if !condition {
		return errors.New("not as expected")
	}
	return nil
}

func state(err error) string {
	var known *pq.Error
	if errors.As(err, &known) {
		return string(known.Code)
	}
	return fmt.Sprint(err)
}

func text(db *sql.DB, query string, values ...any) (string, error) {
	var found string
	err := db.QueryRow(query, values...).Scan(&found)
	return found, err
}

func main() {
	fmt.Println("CLIENT Go lib/pq", os.Getenv("CLIENT_VERSION"))
	authority := os.Getenv("PGSSLROOTCERT")
	first := source(os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGDATABASE"), authority)
	second := source(os.Getenv("SECOND_USER"), os.Getenv("SECOND_PASSWORD"), os.Getenv("SECOND_DATABASE"), authority)
	one, _ := sql.Open("postgres", first)
	two, _ := sql.Open("postgres", second)

	feature("tls", func() (string, error) {
		wrong, _ := sql.Open("postgres", strings.Replace(first, authority, os.Getenv("CLIENT_WRONG_CA"), 1))
		if wrong.Ping() == nil {
			return "", errors.New("a wrong authority is accepted")
		}
		return "verify-full; a wrong authority is refused", one.Ping()
	})
	feature("simple", func() (string, error) {
		if _, err := one.Exec("SELECT 1; SELECT 2"); err != nil {
			return "", err
		}
		email, err := text(one, "SELECT email FROM people WHERE id = 7")
		return "", firstOf(err, expect(!strings.HasPrefix(email, "person")))
	})
	feature("parameters", func() (string, error) {
		found, err := text(one, "SELECT $1::int + 1 || $2::text", 41, "größe")
		return "", firstOf(err, expect(found == "42größe"))
	})
	feature("binary", func() (string, error) {
		db, _ := sql.Open("postgres", first+" binary_parameters=yes")
		var found []byte
		err := db.QueryRow("SELECT $1::bytea", []byte{0, 255}).Scan(&found)
		return "binary_parameters=yes", firstOf(err, expect(len(found) == 2 && found[1] == 255))
	})
	feature("copy", func() (string, error) {
		tx, err := one.Begin()
		if err != nil {
			return "", err
		}
		defer tx.Rollback()
		in, err := tx.Prepare(pq.CopyIn("scratch", "client", "id", "note"))
		if err != nil {
			return "", err
		}
		for number := 0; number < 1000; number++ {
			if _, err := in.Exec("go-pq", number, "x"); err != nil {
				return "", err
			}
		}
		if _, err := in.Exec(); err != nil {
			return "", err
		}
		if err := in.Close(); err != nil {
			return "", err
		}
		var count int
		err = tx.QueryRow("SELECT count(*) FROM scratch WHERE client = 'go-pq'").Scan(&count)
		return "in; lib/pq has none out", firstOf(err, expect(count == 1000))
	})
	feature("big", func() (string, error) {
		rows, err := one.Query("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")
		if err != nil {
			return "", err
		}
		count := 0
		for rows.Next() {
			count++
		}
		return "", firstOf(rows.Err(), expect(count == 20000))
	})
	feature("cursor", func() (string, error) {
		tx, err := one.Begin()
		if err != nil {
			return "", err
		}
		defer tx.Rollback()
		if _, err := tx.Exec("DECLARE c CURSOR FOR SELECT id, email FROM people ORDER BY id"); err != nil {
			return "", err
		}
		rows, err := tx.Query("FETCH 200 FROM c")
		if err != nil {
			return "", err
		}
		count := 0
		for rows.Next() {
			count++
		}
		return "by DECLARE and FETCH", firstOf(rows.Err(), expect(count == 200))
	})
	feature("error", func() (string, error) {
		tx, err := one.Begin()
		if err != nil {
			return "", err
		}
		_, broken := tx.Exec("SELECT 1 / 0")
		_, failed := tx.Exec("SELECT 1")
		tx.Rollback()
		found, err := text(one, "SELECT 3")
		return "", firstOf(err, expect(state(broken) == "22012" && state(failed) == "25P02" && found == "3"))
	})
	feature("cancel", func() (string, error) {
		limited, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := one.ExecContext(limited, "SELECT pg_sleep(60)")
		found, again := text(one, "SELECT 4")
		return "by the context", firstOf(again, expect(state(err) == "57014" && found == "4"))
	})
	feature("notice", func() (string, error) {
		connector, err := pq.NewConnector(first)
		if err != nil {
			return "", err
		}
		seen := ""
		db := sql.OpenDB(pq.ConnectorWithNoticeHandler(connector, func(notice *pq.Error) { seen = notice.Message }))
		_, err = db.Exec("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
		return "", firstOf(err, expect(seen == "hello"))
	})
	feature("notify", func() (string, error) {
		listener := pq.NewListener(second, time.Second, time.Minute, nil)
		defer listener.Close()
		if err := listener.Listen("news"); err != nil {
			return "", err
		}
		if _, err := two.Exec("NOTIFY news, 'payload'"); err != nil {
			return "", err
		}
		select {
		case heard := <-listener.Notify:
			return "from another connection", expect(heard != nil && heard.Extra == "payload")
		case <-time.After(20 * time.Second):
			return "", errors.New("nothing came")
		}
	})
	feature("prepared", func() (string, error) {
		statement, err := one.Prepare("SELECT name FROM people WHERE id = $1 AND email NOT LIKE 'person%'")
		if err != nil {
			return "", err
		}
		for number := 1; number <= 20; number++ {
			var name string
			if err := statement.QueryRow(number).Scan(&name); err != nil {
				return "", err
			}
			if name != fmt.Sprintf("Person %d", number) {
				return "", errors.New(name)
			}
		}
		return "", statement.Close()
	})
	feature("databases", func() (string, error) {
		mine, err := text(one, "SELECT current_database()")
		if err != nil {
			return "", err
		}
		other, err := text(two, "SELECT current_database()")
		return "", firstOf(err, expect(mine == os.Getenv("PGDATABASE") && other == os.Getenv("SECOND_DATABASE")))
	})
}

// firstOf is the first error of two.
func firstOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
