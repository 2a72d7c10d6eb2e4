# hot_standby.sh - reading from a hot standby, and its promotion
#
# A standby answers every reader, refuses writes with 25006, and after its
# promotion goes on behind the last message that it has, without a gap.  A test
# program for regress/run: it starts its standby beside the server of the run
# and stops it at the end.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/server.sh"

passed=0
failed=0
standby=standby_$$

# equal NAME FOUND WANTED
equal()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		echo "ok - $1"
	else
		failed=$((failed + 1))
		echo "not ok - $1: found '$2', wanted '$3'"
	fi
}

# on CLUSTER SQL: its rows in a line, or the SQLSTATE of its error.
on()
{
	PGHOST=$SERVER_DIR/$1 PGOPTIONS='-c search_path=message_store,public' \
		psql -XAtq -v VERBOSITY=sqlstate <<<"$2" 2>&1 | tr '\n' ' ' | sed 's/ $//'
}

stop_standby()
{
	server_stop "$standby" >/dev/null 2>&1
	rm -rf "${SERVER_DIR:?}/$standby"
}

server_create || exit 1
: "${PGDATABASE:=postgres}"
export PGDATABASE
trap 'stop_standby; server_remove' EXIT
server_standby "$standby" || exit 1

# a store without messages
server_catch_up "$standby"
equal 'without a table readers get no rows' \
	"$(on "$standby" "SELECT count(*) FROM get_stream_messages('a-1');
		SELECT count(*) FROM get_category_messages('a');
		SELECT stream_version('a-1') IS NULL")" '0 0 t'
equal 'without a table a write is refused, and nothing made' \
	"$(on "$standby" "SELECT write_message(NULL, 'a-1', 'T', '{}')")" 'ERROR:  25006'
equal 'nor does ensure_namespace make one' \
	"$(on "$standby" 'SELECT ensure_namespace()')" 'ERROR:  25006'

on primary "SELECT count(write_message(NULL, 'a-' || i % 4, 'T', jsonb_build_object('n', i),
	'{\"correlationStreamName\": \"c-1\"}')) FROM generate_series(1, 40) i" >/dev/null
server_catch_up "$standby"

# readers
for query in \
	"SELECT md5(string_agg(m::text, ';' ORDER BY position)) FROM get_stream_messages('a-1') m" \
	"SELECT md5(string_agg(m::text, ';' ORDER BY global_position)) FROM get_category_messages('a') m" \
	"SELECT string_agg(global_position::text, ' ') FROM get_category_messages('a', 5, 10, 'c', 0, 2)" \
	"SELECT m FROM get_last_stream_message('a-2') m" \
	"SELECT stream_version('a-3')" \
	"SET message_store.sql_condition = on; SELECT count(*) FROM get_stream_messages('a-1', condition => 'position > 3')" \
	"SELECT string_agg(stream_name || message_count, ' ') FROM stream_summary" \
	"SELECT stream_name FROM messages WHERE category(stream_name) = 'a' ORDER BY global_position LIMIT 1"
do
	equal "the standby answers as the primary does: ${query%%(*}" \
		"$(on "$standby" "$query")" "$(on primary "$query")"
done
equal 'a reader there is in recovery indeed' \
	"$(on "$standby" 'SELECT pg_is_in_recovery()')" t

# writers
equal 'a write is refused: 25006' \
	"$(on "$standby" "SELECT write_message(NULL, 'a-1', 'T', '{}')")" 'ERROR:  25006'
equal 'after the check of the version' \
	"$(on "$standby" "SELECT write_message(NULL, 'a-1', 'T', '{}', NULL, 99)")" 'ERROR:  P0001'
equal 'in a transaction of its own, too' \
	"$(on "$standby" "BEGIN ISOLATION LEVEL REPEATABLE READ;
		SELECT write_message(NULL, 'a-1', 'T', '{}'); ROLLBACK")" 'ERROR:  25006'
equal 'grant_access is refused' \
	"$(on "$standby" "SELECT grant_access('public')")" 'ERROR:  25006'
equal 'acquire_lock takes the lock, which binds the sessions of the standby' \
	"$(on "$standby" "SELECT acquire_lock('a-1') = hash_64('a')")" t
equal 'the refused writes changed nothing' \
	"$(on primary 'SELECT count(*) FROM messages')" 40

# a poller on the standby sees every message once and in order, while the
# primary writes
(
	for i in 1 2 3 4 5 6; do
		on primary "SELECT count(write_message(NULL, 'p-' || i % 3, 'T', '{}'))
			FROM generate_series(1, 20) i" >/dev/null
	done
) &
writer=$!
position=1
seen=
for ((round = 1; round <= 600; round++)); do
	batch=$(on "$standby" "SELECT global_position FROM get_category_messages('p', $position, 7)")
	if [ -n "$batch" ]; then
		seen="$seen $batch"
		position=$((${batch##* } + 1))
	elif [ "$(wc -w <<<"$seen")" -ge 120 ]; then
		break
	else
		sleep 0.05
	fi
done
wait "$writer"
equal 'a poller on the standby misses nothing' "${seen# }" \
	"$(on primary "SELECT global_position FROM get_category_messages('p', 1, -1)")"

# a transaction that is open on the primary is not seen on the standby
server_catch_up "$standby"
before=$(on primary "SELECT stream_version('a-1')")
on primary "BEGIN; SELECT write_message(NULL, 'a-1', 'T', '{}');
	PREPARE TRANSACTION 'standby_test'" >/dev/null
server_catch_up "$standby"
equal 'an open transaction is not seen' \
	"$(on "$standby" "SELECT stream_version('a-1')")" "$before"
on primary "COMMIT PREPARED 'standby_test'"
server_catch_up "$standby"
equal 'it is once it has committed' \
	"$(on "$standby" "SELECT stream_version('a-1')")" "$((before + 1))"

# one prepared transaction goes with the standby
on primary "BEGIN; SELECT write_message(NULL, 'q-1', 'T', '{}');
	PREPARE TRANSACTION 'standby_test'" >/dev/null
server_catch_up "$standby"

# promotion
last=$(on primary "SELECT stream_version('a-1'), max(global_position) FROM messages")
server_ctl "$standby" promote >/dev/null
equal 'after its promotion the messages are all there' \
	"$(on "$standby" "SELECT stream_version('a-1'), max(global_position) FROM messages")" "$last"
equal 'positions go on without a gap' \
	"$(on "$standby" "SELECT write_message(NULL, 'a-1', 'T', '{}', NULL, $((before + 1)));
		SELECT write_message(NULL, 'new-1', 'T', '{}', NULL, -1)")" "$((before + 2)) 0"
equal 'global positions rise' \
	"$(on "$standby" "SELECT min(global_position) > ${last#*|} FROM messages
		WHERE stream_name = 'new-1' OR stream_name = 'a-1' AND position = $((before + 2))")" t
equal 'the prepared transaction holds its category there' \
	"$(on "$standby" "SET lock_timeout = '50ms'; SELECT write_message(NULL, 'q-1', 'T', '{}')")" \
	'ERROR:  55P03'
equal 'and commits there' \
	"$(on "$standby" "COMMIT PREPARED 'standby_test';
		SELECT write_message(NULL, 'q-1', 'T', '{}', NULL, 0)")" 1
on primary "ROLLBACK PREPARED 'standby_test'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
