# Perl's DBD::Pg through the proxy, one line a feature.
use strict;
use warnings;
use utf8;
use DBI;
use DBD::Pg qw(:pg_types :async);

binmode STDOUT, ':utf8';
$| = 1;

sub open_connection {
    my ($user, $password, $database, $authority) = @_;
    my $source = "dbi:Pg:host=$ENV{PGHOST};port=$ENV{PGPORT};dbname=$database;sslmode=verify-full;sslrootcert=$authority";
    return DBI->connect($source, $user, $password, { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1 });
}

sub feature {
    my ($name, $body) = @_;
    my $detail = eval { $body->() };
    if (my $error = $@) {
        $error =~ s/\s+/ /g;
        print "FAIL $name $error\n";
    } else {
        print 'PASS ', join(' ', $name, $detail || ()), "\n";
    }
}
sub expect { die "not as expected at line " . (caller)[2] . "\n" unless $_[0]; return }

my $one = open_connection(@ENV{qw(PGUSER PGPASSWORD PGDATABASE PGSSLROOTCERT)});
my $two = open_connection(@ENV{qw(SECOND_USER SECOND_PASSWORD SECOND_DATABASE PGSSLROOTCERT)});
printf "CLIENT Perl DBD::Pg %s (libpq %d.%d)\n", $DBD::Pg::VERSION, $one->{pg_lib_version} / 10_000, $one->{pg_lib_version} % 10_000;

feature tls => sub {
    eval { open_connection(@ENV{qw(PGUSER PGPASSWORD PGDATABASE CLIENT_WRONG_CA)}); 1 } and die "a wrong authority is accepted\n";
    return 'verify-full; a wrong authority is refused';
};
feature simple => sub {
    expect($one->do('SELECT 1; SELECT 2'));
    expect($one->selectrow_array('SELECT email FROM people WHERE id = 7') !~ /^person/);
    expect(join(',', $one->tables(undef, 'public', 'people', 'TABLE')) =~ /people/);
    return 'and a table looked up';
};
feature parameters => sub {
    my @row = $one->selectrow_array('SELECT ?::int + 1, ?::text', undef, 41, 'größe');
    expect($row[0] == 42 && $row[1] eq 'größe');
    return;
};
feature binary => sub {
    my $statement = $one->prepare('SELECT length(?), ?');
    $statement->bind_param($_, "\0\xff\x01", { pg_type => PG_BYTEA }) for 1, 2;
    $statement->execute;
    my @row = $statement->fetchrow_array;
    expect($row[0] == 3 && $row[1] eq "\0\xff\x01");
    return 'parameters of type bytea';
};
feature copy => sub {
    $one->begin_work;
    $one->do('COPY scratch FROM STDIN');
    $one->pg_putcopydata("perl\t$_\tx\n") for 1 .. 1000;
    $one->pg_putcopyend;
    $one->do(q{COPY (SELECT id FROM scratch WHERE client = 'perl') TO STDOUT});
    my ($rows, $line) = (0, '');
    $rows++ while $one->pg_getcopydata($line) >= 0;
    $one->rollback;
    expect($rows == 1000);
    return 'in and out';
};
feature big => sub {
    my $rows = $one->selectall_arrayref(q{SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n});
    expect(@$rows == 20_000);
    return;
};
feature cursor => sub {
    $one->begin_work;
    $one->do('DECLARE c CURSOR FOR SELECT id, email FROM people ORDER BY id');
    expect(join(',', map { scalar @{ $one->selectall_arrayref('FETCH 200 FROM c') } } 1 .. 3) eq '200,200,100');
    $one->commit;
    return 'by DECLARE and FETCH';
};
feature error => sub {
    $one->begin_work;
    for (['SELECT 1 / 0', '22012'], ['SELECT 1', '25P02']) {
        my ($sql, $state) = @$_;
        eval { $one->selectrow_array($sql); 1 } and die "$sql did not fail\n";
        expect($one->state eq $state);
    }
    $one->rollback;
    expect($one->selectrow_array('SELECT 3') == 3);
    return;
};
feature cancel => sub {
    my $statement = $one->prepare('SELECT pg_sleep(60)', { pg_async => PG_ASYNC });
    $statement->execute;
    expect($one->pg_cancel);
    expect($one->selectrow_array('SELECT 4') == 4);
    return 'an asynchronous query';
};
feature notice => sub {
    my @seen;
    local $SIG{__WARN__} = sub { push @seen, @_ };
    $one->do(q{DO $$ BEGIN RAISE NOTICE 'hello'; END $$});
    expect(join('', @seen) =~ /NOTICE:\s+hello/);
    return;
};
feature notify => sub {
    $two->do('LISTEN news');
    $two->do(q{NOTIFY news, 'payload'});
    my $heard = $two->pg_notifies;
    expect($heard && $heard->[2] eq 'payload');
    return;
};
feature prepared => sub {
    my $statement = $one->prepare('SELECT name, email FROM people WHERE id = ?', { pg_prepare_now => 1 });
    for my $number (1 .. 20) {
        $statement->execute($number);
        my ($name, $email) = $statement->fetchrow_array;
        expect($name eq "Person $number" && $email !~ /^person/);
    }
    return;
};
feature databases => sub {
    my @names = map { $_->selectrow_array('SELECT current_database()') } $one, $two;
    expect("@names" eq "$ENV{PGDATABASE} $ENV{SECOND_DATABASE}");
    return;
};
$_->disconnect for $one, $two;
