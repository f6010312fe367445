# Ruby's pg through the proxy, one line a feature.
require "pg"

def connect(user, password, database, authority = ENV["PGSSLROOTCERT"])
  PG.connect(host: ENV["PGHOST"], port: ENV["PGPORT"], user: user, password: password, dbname: database,
             sslmode: "verify-full", sslrootcert: authority)
end

def feature(name)
  puts "PASS #{name} #{yield}".strip
rescue StandardError => error
  puts "FAIL #{name} #{error.class}: #{error.message.split.join(" ")}"
end

def expect(condition) = condition || raise("not as expected")

library = PG.library_version
puts "CLIENT Ruby pg #{PG::VERSION} (libpq #{library / 10_000}.#{library % 10_000})"
one = connect(ENV["PGUSER"], ENV["PGPASSWORD"], ENV["PGDATABASE"])
two = connect(ENV["SECOND_USER"], ENV["SECOND_PASSWORD"], ENV["SECOND_DATABASE"])

feature("tls") do
  expect(one.ssl_in_use?)
  begin
    connect(ENV["PGUSER"], ENV["PGPASSWORD"], ENV["PGDATABASE"], ENV["CLIENT_WRONG_CA"])
    raise "a wrong authority is accepted"
  rescue PG::ConnectionBad
    "verify-full; a wrong authority is refused"
  end
end
feature("simple") do
  expect(one.exec("SELECT 1; SELECT 2").values == [["2"]])
  expect(!one.exec("SELECT email FROM people WHERE id = 7").getvalue(0, 0).start_with?("person"))
  ""
end
feature("parameters") do
  expect(one.exec_params("SELECT $1::int + 1, $2::text", [41, "größe"]).values == [["42", "größe"]])
  ""
end
feature("binary") do
  row = one.exec_params("SELECT $1::bytea, 7::int4", [{ value: "\0\xff".b, format: 1 }], 1).values[0]
  expect(row == ["\0\xff".b, "\0\0\0\x07".b])
  ""
end
feature("copy") do
  one.transaction do
    one.copy_data("COPY scratch FROM STDIN") { 1000.times { |n| one.put_copy_data("ruby\t#{n}\tx\n") } }
    rows = 0
    one.copy_data("COPY (SELECT id FROM scratch WHERE client = 'ruby') TO STDOUT") { rows += 1 while one.get_copy_data }
    expect(rows == 1000)
    one.exec("DELETE FROM scratch WHERE client = 'ruby'")
  end
  "in and out"
end
feature("big") do
  one.send_query("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")
  one.set_single_row_mode
  rows = 0
  while (result = one.get_result)
    result.stream_each { rows += 1 }
  end
  expect(rows == 20_000)
  "row by row"
end
feature("cursor") do
  one.transaction do
    one.exec("DECLARE c SCROLL CURSOR FOR SELECT id, email FROM people ORDER BY id")
    expect(3.times.map { one.exec("FETCH 200 FROM c").ntuples } == [200, 200, 100])
    expect(one.exec("FETCH FIRST FROM c").getvalue(0, 0) == "1")
  end
  "by DECLARE and FETCH"
end
feature("error") do
  one.exec("BEGIN")
  [["SELECT 1 / 0", PG::DivisionByZero], ["SELECT 1", PG::InFailedSqlTransaction]].each do |sql, kind|
    one.exec(sql)
    raise sql
  rescue kind
    next
  end
  one.exec("ROLLBACK")
  expect(one.exec("SELECT 3").values == [["3"]])
  ""
end
feature("cancel") do
  one.send_query("SELECT pg_sleep(60)")
  one.cancel until one.block(0.2)
  begin
    one.get_last_result
    raise "it was not cancelled"
  rescue PG::QueryCanceled
    expect(one.exec("SELECT 4").values == [["4"]])
  end
  ""
end
feature("notice") do
  seen = []
  one.set_notice_receiver { |result| seen << result.error_field(PG::PG_DIAG_MESSAGE_PRIMARY) }
  one.exec("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
  expect(seen == ["hello"])
  ""
end
feature("notify") do
  two.exec("LISTEN news")
  two.exec("NOTIFY news, 'payload'")
  heard = nil
  two.wait_for_notify(20) { |_, _, payload| heard = payload }
  expect(heard == "payload")
  ""
end
feature("prepared") do
  one.prepare("p", "SELECT name, email FROM people WHERE id = $1")
  20.times { |n| expect(one.exec_prepared("p", [n + 1]).getvalue(0, 0) == "Person #{n + 1}") }
  expect(one.describe_prepared("p").nfields == 2)
  one.exec("DEALLOCATE p")
  ""
end
feature("databases") do
  names = [one, two].map { |connection| connection.exec("SELECT current_database()").getvalue(0, 0) }
  expect(names == [ENV["PGDATABASE"], ENV["SECOND_DATABASE"]])
  ""
end
