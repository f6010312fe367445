<?php
// PHP's pdo_pgsql (and pgsql, where PDO has no call for a feature) through the proxy, one line a feature.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING);

function expect(bool $condition): void
{
    if (!$condition) {
        throw new RuntimeException('not as expected');
    }
}

function feature(string $name, callable $body): void
{
    try {
        echo trim("PASS $name " . $body()), "\n";
    } catch (Throwable $error) {
        echo "FAIL $name ", preg_replace('/\s+/', ' ', get_class($error) . ': ' . $error->getMessage()), "\n";
    }
}

function open(string $user, string $password, string $database, string $authority): PDO
{
    $source = sprintf('pgsql:host=%s;port=%s;dbname=%s;sslmode=verify-full;sslrootcert=%s', getenv('PGHOST'), getenv('PGPORT'), $database, $authority);
    return new PDO($source, $user, $password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

$one = open(getenv('PGUSER'), getenv('PGPASSWORD'), getenv('PGDATABASE'), getenv('PGSSLROOTCERT'));
$two = open(getenv('SECOND_USER'), getenv('SECOND_PASSWORD'), getenv('SECOND_DATABASE'), getenv('PGSSLROOTCERT'));
printf("CLIENT PHP pdo_pgsql %s (libpq %s)\n", PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '.' . PHP_RELEASE_VERSION, $one->getAttribute(PDO::ATTR_CLIENT_VERSION));

feature('tls', function () {
    try {
        open(getenv('PGUSER'), getenv('PGPASSWORD'), getenv('PGDATABASE'), getenv('CLIENT_WRONG_CA'));
    } catch (PDOException) {
        return 'verify-full; a wrong authority is refused';
    }
    throw new RuntimeException('a wrong authority is accepted');
});
feature('simple', function () use ($one) {
    expect($one->exec('SELECT 1; SELECT 2') !== false);
    expect(!str_starts_with($one->query('SELECT email FROM people WHERE id = 7')->fetchColumn(), 'person'));
    return '';
});
feature('parameters', function () use ($one) {
    $statement = $one->prepare('SELECT ?::int + 1, ?::text');
    $statement->execute([41, 'größe']);
    expect($statement->fetch(PDO::FETCH_NUM) == [42, 'größe']);
    return '';
});
feature('binary', function () use ($one) {
    $statement = $one->prepare('SELECT length(:v::bytea)');
    $statement->bindValue('v', "\0\xff\x01", PDO::PARAM_LOB);
    $statement->execute();
    expect($statement->fetchColumn() == 3);
    return 'parameters of type bytea';
});
feature('copy', function () use ($one) {
    $one->beginTransaction();
    $one->pgsqlCopyFromArray('scratch', array_map(fn ($n) => "php\t$n\tx", range(1, 1000)));
    $rows = $one->pgsqlCopyToArray("(SELECT id FROM scratch WHERE client = 'php')");
    $one->rollBack();
    expect(count($rows) === 1000);
    return 'in and out';
});
feature('big', function () use ($one) {
    expect(count($one->query("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")->fetchAll()) === 20000);
    return '';
});
feature('cursor', function () use ($one) {
    $one->beginTransaction();
    $statement = $one->prepare('SELECT id, email FROM people ORDER BY id', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $statement->execute();
    $rows = 0;
    while ($statement->fetch()) {
        $rows++;
    }
    expect($rows === 500 && $statement->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_FIRST)[0] == 1);
    $statement->closeCursor();
    $one->commit();
    return 'scrollable';
});
feature('error', function () use ($one) {
    $one->beginTransaction();
    foreach (['SELECT 1 / 0' => '22012', 'SELECT 1' => '25P02'] as $sql => $state) {
        try {
            $one->query($sql);
        } catch (PDOException $error) {
            expect($error->getCode() === $state);
            continue;
        }
        throw new RuntimeException("$sql did not fail");
    }
    $one->rollBack();
    expect($one->query('SELECT 3')->fetchColumn() == 3);
    return '';
});
feature('cancel', function () {
    $authority = getenv('PGSSLROOTCERT');
    $connection = pg_connect("host={$_SERVER['PGHOST']} sslmode=verify-full sslrootcert=$authority");
    pg_send_query($connection, 'SELECT pg_sleep(60)');
    expect(pg_cancel_query($connection));
    expect(pg_fetch_result(pg_query($connection, 'SELECT 4'), 0, 0) == 4);
    return 'by the pgsql extension, PDO has none';
});
feature('notice', function () {
    $connection = pg_connect('sslmode=verify-full');
    pg_query($connection, "DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
    expect(str_contains(pg_last_notice($connection), 'hello'));
    return 'by the pgsql extension';
});
feature('notify', function () use ($two) {
    $two->exec('LISTEN news');
    $two->exec("NOTIFY news, 'payload'");
    expect($two->pgsqlGetNotify(PDO::FETCH_ASSOC, 20000)['payload'] === 'payload');
    return '';
});
feature('prepared', function () use ($one) {
    $statement = $one->prepare('SELECT name, email FROM people WHERE id = ?');
    foreach (range(1, 20) as $number) {
        $statement->execute([$number]);
        [$name, $email] = $statement->fetch(PDO::FETCH_NUM);
        expect($name === "Person $number" && !str_starts_with($email, 'person'));
        $statement->closeCursor();
    }
    return '';
});
feature('databases', function () use ($one, $two) {
    $names = array_map(fn ($connection) => $connection->query('SELECT current_database()')->fetchColumn(), [$one, $two]);
    expect($names === [getenv('PGDATABASE'), getenv('SECOND_DATABASE')]);
    return '';
});
