# PostgreSQL through DBD::Pg: server-side prepared statements, typed and
# untyped placeholders, NULLs, errors with SQLSTATE, a retry loop.

use strict;
use warnings;
use utf8;

my $skip = eval { require DBI; require DBD::Pg; 1 } ? '' : 'DBD::Pg is not installed';
if ($skip)
{
	print "skip - postgresql: $skip\n0 passed, 0 failed, 1 skipped\n";
	exit 0;
}

my ($passed, $failed) = (0, 0);

# A test: passed when the code neither dies nor has a wrong fact.
sub test
{
	my ($name, $code) = @_;

	if (eval { $code->(); 1 })
	{
		$passed++;
		print "ok - $name\n";
	}
	else
	{
		my $why = $@;
		$why =~ s/\s*\n.*//s;
		$failed++;
		print "not ok - $name: $why\n";
	}
}

sub equal
{
	my ($found, $wanted, $what) = @_;
	my ($f, $w) = map { defined $_ ? "'$_'" : 'undef' } $found, $wanted;

	die "$what: found $f, wanted $w\n" unless $f eq $w;
}

binmode STDOUT, ':utf8';
my $dbh = DBI->connect('dbi:Pg:options=-csearch_path=message_store,public', undef, undef,
	{ RaiseError => 1, PrintError => 0, AutoCommit => 1 });
$dbh->do('SET client_min_messages = warning');
$dbh->do('DROP TABLE IF EXISTS message_store.messages CASCADE');

my $write = $dbh->prepare('SELECT write_message(?, ?, ?, ?, ?, ?)');

sub write_message
{
	$write->execute(@_[0 .. 5]);
	return $write->fetchall_arrayref->[0][0];
}

test 'placeholders of unknown type, and undef for NULL' => sub {
	equal write_message(undef, 'account-1', 'Opened', '{"owner": "Ada"}', undef, -1), 0, 'position';
	equal write_message('00000000-0000-0000-0000-00000000000A', 'account-1', 'Naïve ☃',
		undef, '{"correlationStreamName": "signup-1"}', 0), 1, 'position';
	my $found = $dbh->selectall_arrayref('SELECT * FROM get_stream_messages(?)', { Slice => {} }, 'account-1');
	equal scalar @$found, 2, 'messages';
	equal $found->[0]{data}, '{"owner": "Ada"}', 'data';
	equal $found->[0]{metadata}, undef, 'metadata';
	equal $found->[1]{id}, '00000000-0000-0000-0000-00000000000a', 'id';
	equal $found->[1]{type}, 'Naïve ☃', 'type';
	equal $found->[1]{data}, undef, 'data';
};

test 'placeholders bound with types' => sub {
	my $sth = $dbh->prepare('SELECT position FROM get_category_messages($1, $2, $3, $4, $5, $6)');
	$sth->bind_param(1, 'account', { pg_type => DBD::Pg::PG_TEXT() });
	$sth->bind_param(2, 1, { pg_type => DBD::Pg::PG_INT4() });
	$sth->bind_param(3, 10, { pg_type => DBD::Pg::PG_INT8() });
	$sth->bind_param(4, undef, { pg_type => DBD::Pg::PG_VARCHAR() });
	$sth->bind_param(5, 0, { pg_type => DBD::Pg::PG_INT2() });
	$sth->bind_param(6, 1);
	$sth->execute;
	equal join(' ', map { $_->[0] } @{ $sth->fetchall_arrayref }), '0 1', 'positions';
};

test 'one prepared statement, many executions, some that fail' => sub {
	my $prepared = $dbh->prepare('SELECT write_message(?, ?, ?, ?, ?, ?)',
		{ pg_server_prepare => 1, pg_prepare_now => 1 });
	for my $n (0 .. 20)
	{
		$prepared->execute(undef, 'often-1', 'T', "{\"n\": $n}", undef, $n - 1);
		equal $prepared->fetchall_arrayref->[0][0], $n, 'position';
		eval { $prepared->execute(undef, 'often-1', 'T', '{}', undef, 99) };
		equal $dbh->state, 'P0001', 'SQLSTATE';
	}
	eval { $prepared->execute('x', 'often-1', 'T', '{}', undef, undef) };
	equal $dbh->state, '22P02', 'SQLSTATE';
};

test 'SQLSTATE and text of errors' => sub {
	eval { write_message(undef, 'account-1', 'T', '{}', undef, 7) };
	equal $dbh->state, 'P0001', 'SQLSTATE';
	die "text: $@\n" unless $@ =~ /Wrong expected version: 7 \(Stream: account-1, Stream Version: 1\)/;
	eval { write_message('00000000-0000-0000-0000-00000000000a', 'account-2', 'T', '{}') };
	equal $dbh->state, '23505', 'SQLSTATE';
	die "text: $@\n" unless $@ =~ /unique constraint "messages_id"/;
	eval { write_message(undef, 'account-1', 'T', '{') };
	equal $dbh->state, '22P02', 'SQLSTATE';
};

test 'a transaction with a savepoint' => sub {
	$dbh->begin_work;
	write_message(undef, 'tx-1', 'T', '{}');
	$dbh->pg_savepoint('a');
	eval { write_message(undef, 'tx-1', 'T', '{}', undef, 9) };
	$dbh->pg_rollback_to('a');
	equal write_message(undef, 'tx-1', 'T', '{}', undef, 0), 1, 'position';
	$dbh->rollback;
	equal $dbh->selectrow_array('SELECT stream_version(?)', undef, 'tx-1'), undef, 'version';
};

test 'a retry on a version conflict' => sub {
	my $other = $dbh->clone;
	my ($tries, $position) = (0);
	while ($tries < 5)
	{
		my $version = $dbh->selectrow_array('SELECT stream_version(?)', undef, 'account-1');
		# someone else is faster, the first two times
		$other->selectrow_array(q{SELECT write_message(NULL, 'account-1', 'T', '{}')}) if $tries++ < 2;
		last if eval { $position = write_message(undef, 'account-1', 'T', '{}', undef, $version); 1 };
		equal $dbh->state, 'P0001', 'SQLSTATE';
	}
	equal "$tries $position", '3 4', 'tries and position';
	$other->disconnect;
};

test 'COPY of a reader' => sub {
	$dbh->do(q{COPY (SELECT position, data FROM get_stream_messages('often-1', 0, 3)) TO STDOUT});
	my ($line, $all) = ('', '');
	$all .= $line while $dbh->pg_getcopydata($line) >= 0;
	equal $all, qq(0\t{"n": 0}\n1\t{"n": 1}\n2\t{"n": 2}\n), 'copied';
};

$write->finish;
$dbh->disconnect;
print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
