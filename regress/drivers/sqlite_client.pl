# SQLite through DBD::SQLite, with the extension loaded by the application.

use strict;
use warnings;
use utf8;

use File::Temp ();

my $extension = $ENV{MDB_SQLITE} // '';
my ($file) = grep { -e } map { "$extension$_" } '.so', '.dylib', '';
my $skip = !$file ? 'the SQLite extension is not built'
	: eval { require DBI; require DBD::SQLite; 1 } ? '' : 'DBD::SQLite is not installed';
if ($skip)
{
	print "skip - sqlite: $skip\n0 passed, 0 failed, 1 skipped\n";
	exit 0;
}

my ($passed, $failed) = (0, 0);
my $directory = File::Temp->newdir;

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

sub fails
{
	my ($wanted, $code) = @_;

	die "no error\n" if eval { $code->(); 1 };
	die "found $@" unless index($@, $wanted) >= 0;
}

sub open_database
{
	my $dbh = DBI->connect("dbi:SQLite:dbname=$directory/test.db", '', '',
		{ RaiseError => 1, PrintError => 0, AutoCommit => 1, sqlite_unicode => 1 });
	$dbh->sqlite_enable_load_extension(1);
	$dbh->sqlite_load_extension($file);
	return $dbh;
}

binmode STDOUT, ':utf8';
my $dbh = open_database();
my $write;

sub write_message
{
	$write //= $dbh->prepare('SELECT write_message(?, ?, ?, ?, ?, ?)');
	$write->execute(@_[0 .. 5]);
	return $write->fetchall_arrayref->[0][0];
}

test 'write and read, with undef for NULL' => sub {
	equal write_message(undef, 'account-1', 'Opened', '{"owner": "Ada"}', undef, -1), 0, 'position';
	equal write_message('00000000-0000-0000-0000-00000000000A', 'account-1', 'Naïve ☃',
		undef, '{"correlationStreamName": "signup-1"}', 0), 1, 'position';
	my $found = $dbh->selectall_arrayref('SELECT * FROM get_stream_messages(?)', { Slice => {} }, 'account-1');
	equal scalar @$found, 2, 'messages';
	equal join(' ', sort keys %{ $found->[0] }),
		'data global_position id metadata position stream_name time type', 'columns';
	equal $found->[0]{data}, '{"owner": "Ada"}', 'data';
	equal $found->[0]{metadata}, undef, 'metadata';
	equal $found->[1]{id}, '00000000-0000-0000-0000-00000000000a', 'id';
	equal $found->[1]{type}, 'Naïve ☃', 'type';
	equal join(' ', map { @$_ } @{ $dbh->selectall_arrayref(
		'SELECT position FROM get_category_messages(?, ?, ?, ?, ?, ?)', undef,
		'account', 1, 10, undef, 0, 1) }), '0 1', 'positions';
	equal $dbh->selectrow_array('SELECT stream_version(?)', undef, 'account-1'), 1, 'version';
};

# DBD::SQLite sends numbers that were used as text as text
test 'numbers bound as text' => sub {
	equal write_message(undef, 'text-1', 'T', '{}', undef, '-1'), 0, 'position';
	equal write_message(undef, 'text-1', 'T', '{}', undef, '0'), 1, 'position';
	equal scalar @{ $dbh->selectall_arrayref('SELECT * FROM get_stream_messages(?, ?, ?)',
		undef, 'text-1', '1', '10') }, 1, 'messages';
};

test 'errors' => sub {
	fails 'Wrong expected version: 7 (Stream: account-1, Stream Version: 1)',
		sub { write_message(undef, 'account-1', 'T', '{}', undef, 7) };
	fails 'invalid input syntax for type uuid: "x"',
		sub { write_message('x', 'account-1', 'T', '{}') };
	fails 'duplicate key value violates unique constraint "messages_id"',
		sub { write_message('00000000-0000-0000-0000-00000000000a', 'account-2', 'T', '{}') };
	fails 'Must be a stream name: account',
		sub { $dbh->selectall_arrayref(q{SELECT * FROM get_stream_messages('account')}) };
	equal write_message(undef, 'account-1', 'T', '{}', undef, 1), 2, 'position after the errors';
};

test 'a transaction that is rolled back' => sub {
	$dbh->begin_work;
	write_message(undef, 'tx-1', 'T', '{}');
	equal write_message(undef, 'tx-1', 'T', '{}', undef, 0), 1, 'position';
	$dbh->rollback;
	equal $dbh->selectrow_array('SELECT stream_version(?)', undef, 'tx-1'), undef, 'version';
};

test 'a retry on a version conflict' => sub {
	my $other = open_database();
	my ($tries, $position) = (0);
	while ($tries < 5)
	{
		my $version = $dbh->selectrow_array('SELECT stream_version(?)', undef, 'account-1');
		# someone else is faster, the first two times
		$other->selectrow_array(q{SELECT write_message(NULL, 'account-1', 'T', '{}')}) if $tries++ < 2;
		last if eval { $position = write_message(undef, 'account-1', 'T', '{}', undef, $version); 1 };
		die $@ unless $@ =~ /Wrong expected version/;
	}
	equal "$tries $position", '3 5', 'tries and position';
	$other->disconnect;
};

$write->finish if $write;
$dbh->disconnect;
print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
