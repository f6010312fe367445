import java.io.StringReader;
import java.io.StringWriter;
import java.sql.*;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/** JDBC through the proxy, one line a feature. Run by `java -cp postgresql.jar Client.java`. */
public class Client {
  interface Body { String run() throws Exception; }

  static void feature(String name, Body body) {
    try {
      System.out.println(("PASS " + name + " " + body.run()).strip());
    } catch (Throwable error) {
      System.out.println("FAIL " + name + " " + String.valueOf(error).replaceAll("\\s+", " "));
    }
  }

  static void expect(boolean condition) {
    if (!condition) throw new AssertionError("not as expected");
  }

  static String env(String name) { return System.getenv(name); }

  static Connection connect(String user, String password, String database, String authority) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", user);
    properties.put("password", password);
    properties.put("sslmode", "verify-full");
    properties.put("sslrootcert", authority);
    properties.put("prepareThreshold", "3");
    return DriverManager.getConnection("jdbc:postgresql://" + env("PGHOST") + ":" + env("PGPORT") + "/" + database, properties);
  }

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  static void expectError(Connection connection, String sql, String state) throws SQLException {
    try {
      one(connection, sql);
      throw new AssertionError(sql);
    } catch (SQLException error) {
      if (!state.equals(error.getSQLState())) throw error;
    }
  }

  public static void main(String[] arguments) throws Exception {
    Connection first = connect(env("PGUSER"), env("PGPASSWORD"), env("PGDATABASE"), env("PGSSLROOTCERT"));
    Connection second = connect(env("SECOND_USER"), env("SECOND_PASSWORD"), env("SECOND_DATABASE"), env("PGSSLROOTCERT"));
    System.out.println("CLIENT JDBC " + first.getMetaData().getDriverVersion() + " (Java " + Runtime.version().feature() + ")");

    feature("tls", () -> {
      try {
        connect(env("PGUSER"), env("PGPASSWORD"), env("PGDATABASE"), env("CLIENT_WRONG_CA"));
      } catch (SQLException error) {
        return "verify-full; a wrong authority is refused";
      }
      throw new AssertionError("a wrong authority is accepted");
    });
    feature("simple", () -> {
      expect("1".equals(one(first, "SELECT 1")));
      try (ResultSet columns = first.getMetaData().getColumns(null, "public", "people", "%")) {
        int count = 0;
        while (columns.next()) count++;
        expect(count == 4);
      }
      try (ResultSet keys = first.getMetaData().getPrimaryKeys(null, "public", "people")) { expect(keys.next()); }
      return "and the metadata of a table";
    });
    feature("parameters", () -> {
      try (PreparedStatement statement = first.prepareStatement("SELECT name, email, ?::text FROM people WHERE id = ?")) {
        statement.setString(1, "größe");
        statement.setInt(2, 7);
        ResultSet row = statement.executeQuery();
        row.next();
        expect(row.getString(1).equals("Person 7") && !row.getString(2).startsWith("person") && row.getString(3).equals("größe"));
      }
      return "";
    });
    feature("binary", () -> {
      try (PreparedStatement statement = first.prepareStatement("SELECT ?::int8, ?::bytea, now(), id FROM people WHERE id = ?")) {
        for (int number = 1; number < 10; number++) {
          statement.setLong(1, 1L << 40);
          statement.setBytes(2, new byte[] {0, -1});
          statement.setInt(3, number);
          ResultSet row = statement.executeQuery();
          row.next();
          expect(row.getLong(1) == 1L << 40 && row.getBytes(2)[1] == -1 && row.getTimestamp(3) != null && row.getInt(4) == number);
        }
      }
      return "transferred once a statement is prepared";
    });
    feature("copy", () -> {
      CopyManager copy = new CopyManager((BaseConnection) first);
      StringBuilder text = new StringBuilder();
      for (int number = 0; number < 1000; number++) text.append("jdbc\t").append(number).append("\tx\n");
      expect(copy.copyIn("COPY scratch FROM STDIN", new StringReader(text.toString())) == 1000);
      StringWriter out = new StringWriter();
      expect(copy.copyOut("COPY (SELECT * FROM scratch WHERE client = 'jdbc') TO STDOUT", out) == 1000);
      first.createStatement().execute("DELETE FROM scratch WHERE client = 'jdbc'");
      StringWriter people = new StringWriter();
      copy.copyOut("COPY people TO STDOUT", people);
      expect(!people.toString().contains("person1@"));
      return "in and out";
    });
    feature("big", () -> {
      try (ResultSet rows = first.createStatement().executeQuery("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")) {
        int count = 0;
        while (rows.next()) count++;
        expect(count == 20000);
      }
      return "";
    });
    feature("cursor", () -> {
      first.setAutoCommit(false);
      try (Statement statement = first.createStatement()) {
        statement.setFetchSize(70);
        ResultSet rows = statement.executeQuery("SELECT id, email FROM people ORDER BY id");
        int count = 0;
        while (rows.next()) expect(rows.getInt(1) == ++count);
        expect(count == 500);
      }
      first.commit();
      first.setAutoCommit(true);
      return "setFetchSize: a portal that is suspended";
    });
    feature("error", () -> {
      first.setAutoCommit(false);
      expectError(first, "SELECT 1 / 0", "22012");
      expectError(first, "SELECT 1", "25P02");
      first.rollback();
      Savepoint savepoint = first.setSavepoint();
      expectError(first, "SELECT 1 / 0", "22012");
      first.rollback(savepoint);
      expect("3".equals(one(first, "SELECT 3")));
      first.setAutoCommit(true);
      return "and a savepoint";
    });
    feature("cancel", () -> {
      ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
      try (Statement statement = first.createStatement()) {
        timer.scheduleAtFixedRate(() -> { try { statement.cancel(); } catch (SQLException error) { } }, 200, 200, TimeUnit.MILLISECONDS);
        statement.executeQuery("SELECT pg_sleep(60)");
        throw new AssertionError("it was not cancelled");
      } catch (SQLException error) {
        expect("57014".equals(error.getSQLState()));
      } finally {
        timer.shutdown();
        timer.awaitTermination(20, TimeUnit.SECONDS);
      }
      expect("4".equals(one(first, "SELECT 4")));
      return "";
    });
    feature("notice", () -> {
      try (Statement statement = first.createStatement()) {
        statement.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
        expect("hello".equals(statement.getWarnings().getMessage()));
      }
      return "";
    });
    feature("notify", () -> {
      second.createStatement().execute("LISTEN news");
      second.createStatement().execute("NOTIFY news, 'payload'");
      PGNotification[] heard = second.unwrap(PGConnection.class).getNotifications(20_000);
      expect(heard.length == 1 && heard[0].getParameter().equals("payload"));
      return "";
    });
    feature("prepared", () -> {
      try (PreparedStatement statement = first.prepareStatement("SELECT name, email FROM people WHERE id = ?")) {
        for (int number = 1; number <= 20; number++) {
          statement.setInt(1, number);
          ResultSet row = statement.executeQuery();
          row.next();
          expect(row.getString(1).equals("Person " + number) && !row.getString(2).startsWith("person"));
        }
      }
      try (PreparedStatement statement = first.prepareStatement("INSERT INTO scratch VALUES ('jdbc', ?, 'x')")) {
        for (int number = 0; number < 500; number++) {
          statement.setInt(1, number);
          statement.addBatch();
        }
        expect(statement.executeBatch().length == 500);
      }
      first.createStatement().execute("DELETE FROM scratch WHERE client = 'jdbc'");
      return "by name from the third run on; a batch of 500";
    });
    feature("databases", () -> {
      expect(one(first, "SELECT current_database()").equals(env("PGDATABASE")));
      expect(one(second, "SELECT current_database()").equals(env("SECOND_DATABASE")));
      return "";
    });
  }
}
