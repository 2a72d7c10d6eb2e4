# server.sh - a private PostgreSQL for tests and benchmarks
#
# To be sourced by a bash script:
#
#	. regress/lib/server.sh
#	server_create				# lay out, initdb and start the cluster "primary"
#	server_database shop		# a fresh database with the extension in it
#	psql shop -c '...'			# PATH, PGHOST, PGPORT and PGUSER lead to it
#	server_standby copy			# a hot standby called "copy"
#	server_use copy				# from here on psql talks to the standby
#
# At the script's end, however it ends, every cluster is stopped and all files
# are removed; with KEEP=1 in the environment the files stay.  A script that is
# started by another one which has a server (regress/run) finds SERVER_DIR in
# its environment: its server_create uses that server and nothing is stopped.
#
# Nothing is installed in the system.  PostgreSQL finds its share and library
# directories relative to its programs, so $SERVER_DIR/root mirrors the
# installation: copies of the programs, links to the rest, and our files beside
# them.  Each cluster has a folder $SERVER_DIR/NAME with its data, its log and
# its socket; there is no TCP.  Run by root, the server runs as another user.
#
# SERVER_CONF may hold lines for postgresql.conf before server_create, for
# example 'fsync = on' for a benchmark.  SERVER_WRAPPER may hold a command that
# the servers are to run under, for example valgrind.  Functions return 1 on
# failure after saying why on stderr.

. "$(dirname "${BASH_SOURCE[0]}")/defaults.sh"

SERVER_PROGRAMS='postgres initdb pg_ctl psql pg_basebackup pg_dump pg_dumpall
	pg_restore pg_isready pgbench pg_controldata pg_waldump pg_amcheck pg_upgrade
	pg_resetwal vacuumdb'

SERVER_USER=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	SERVER_USER=nobody
	id postgres >/dev/null 2>&1 && SERVER_USER=postgres
fi

# Runs a program as the user that owns the server.
as_server_user()
(
	cd "$SERVER_DIR" || exit 1
	if [ "$(id -u)" -ne 0 ]; then
		exec "$@"
	elif setpriv --version 2>/dev/null | grep -q util-linux; then
		exec setpriv --reuid "$SERVER_USER" --regid "$(id -g "$SERVER_USER")" \
			--clear-groups "$@"
	elif command -v runuser >/dev/null; then
		exec runuser -u "$SERVER_USER" -- "$@"
	else
		exec su -s /bin/sh "$SERVER_USER" -c 'exec "$@"' -- sh "$@"
	fi
)

server_create()
{
	local variable

	if [ -n "${SERVER_DIR:-}" ]; then
		server_use primary
		return
	fi

	for variable in PGDATA PGDATABASE PGHOSTADDR PGOPTIONS PGPASSWORD \
		PGSERVICE PGSSLMODE PGTZ PGDATESTYLE; do
		unset $variable
	done
	export PGUSER=postgres PGCLIENTENCODING=UTF8

	trap server_remove EXIT
	trap 'exit 130' HUP INT PIPE TERM
	server_directory &&
		server_layout &&
		export SERVER_DIR SERVER_BIN PGPORT PATH="$SERVER_BIN:$PATH" &&
		server_cluster primary &&
		server_use primary
}

# The temporary directory, in a place that the server's user can reach.
server_directory()
{
	local parent

	SERVER_OWNER=$$
	PGPORT=$((20000 + RANDOM % 20000))
	for parent in "${TMPDIR:-/tmp}" /tmp; do
		SERVER_DIR=$(mktemp -d "$parent/message_db.XXXXXX") || continue
		chown "$SERVER_USER" "$SERVER_DIR"
		# 107 bytes are allowed for the path of a socket
		if [ ${#SERVER_DIR} -lt 70 ] &&
			as_server_user test -w "$SERVER_DIR" 2>/dev/null; then
			return 0
		fi
		rmdir "$SERVER_DIR"
	done
	SERVER_DIR=
	echo "server.sh: no temporary directory for user $SERVER_USER" >&2
	return 1
}

# The relocated installation with our extension in it.
server_layout()
{
	local bin share lib file

	bin=$("$PG_CONFIG" --bindir) &&
		share=$("$PG_CONFIG" --sharedir) &&
		lib=$("$PG_CONFIG" --pkglibdir) || return 1
	if [ ! -x "$bin/postgres" ]; then
		echo "server.sh: no PostgreSQL server in $bin" >&2
		return 1
	fi
	if [ ! -e "$PG_BUILD/message_db.control" ]; then
		echo "server.sh: the extension is not built in $PG_BUILD" >&2
		return 1
	fi

	SERVER_BIN=$SERVER_DIR/root$bin
	mkdir -p "$SERVER_BIN" "$SERVER_DIR/root$share/extension" \
		"$SERVER_DIR/root$lib"
	for file in $SERVER_PROGRAMS; do
		[ ! -e "$bin/$file" ] || cp "$bin/$file" "$SERVER_BIN" || return 1
	done
	for file in "$share"/* "$share"/extension/* "$lib"/*; do
		case $file in
			"$share/extension" | */message_db*) ;;
			*) ln -s "$file" "$SERVER_DIR/root$file" ;;
		esac
	done
	# as it was built: what is out of date would be made without its flags
	MAKEFLAGS= make -s -C "$PG_BUILD" -f "$ROOT/pg_ext/Makefile" \
		PG_CONFIG="$PG_CONFIG" DESTDIR="$SERVER_DIR/root" \
		-o all -o message_db.so -o message_db.dylib install || return 1
	if [ -n "${SERVER_WRAPPER:-}" ]; then
		printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$SERVER_WRAPPER" \
			"$SERVER_BIN/postgres" >"$SERVER_DIR/root/postgres"
		chmod +x "$SERVER_DIR/root/postgres"
	fi
	chmod -R a+rX "$SERVER_DIR/root"
}

# server_cluster NAME: a new cluster, started.
server_cluster()
{
	local dir=$SERVER_DIR/$1 locale

	as_server_user mkdir -p "$dir" || return 1
	for locale in C.UTF-8 C; do
		as_server_user "$SERVER_BIN/initdb" -D "$dir/data" -U postgres \
			-A trust -E UTF8 --locale="$locale" --lc-messages=C --no-sync \
			>"$dir/initdb.log" 2>&1 && break
	done
	if [ ! -e "$dir/data/PG_VERSION" ]; then
		tail "$dir/initdb.log" >&2
		return 1
	fi
	cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
port = $PGPORT
unix_socket_directories = '$dir'
shared_buffers = 64MB
fsync = off
wal_level = replica
max_wal_senders = 5
max_prepared_transactions = 10
log_line_prefix = '%m %p %d '
${SERVER_CONF:-}
END
	server_start "$1"
}

# server_start NAME [OPTION ...]: starts a stopped cluster; waits until it
# answers.  Options are postgres's own, such as -c fsync=on.
server_start()
{
	local dir=$SERVER_DIR/$1

	shift
	if ! as_server_user "$SERVER_BIN/pg_ctl" -D "$dir/data" -l "$dir/log" \
		-s -w -o "$*" ${SERVER_WRAPPER:+-p "$SERVER_DIR/root/postgres"} \
		start </dev/null; then
		tail "$dir/log" >&2
		return 1
	fi
}

# server_ctl NAME ACTION [OPTION ...]: pg_ctl on a cluster.
server_ctl()
{
	local name=$1

	shift
	as_server_user "$SERVER_BIN/pg_ctl" -D "$SERVER_DIR/$name/data" -s -w "$@"
}

server_stop()
{
	server_ctl "$1" stop -m fast
}

server_restart()
{
	server_stop "$1" && server_start "$@"
}

# server_crash NAME: every process ends at once, nothing is written.  The next
# server_start recovers from the WAL.
server_crash()
{
	server_ctl "$1" stop -m immediate
}

# server_use NAME: the programs started from here on talk to that cluster.
server_use()
{
	export PGHOST=$SERVER_DIR/$1
}

# server_standby NAME: a new hot standby of the cluster in use, started.
server_standby()
{
	local dir=$SERVER_DIR/$1

	as_server_user mkdir "$dir" || return 1
	as_server_user "$SERVER_BIN/pg_basebackup" -D "$dir/data" -R -c fast \
		-X stream --no-sync || return 1
	echo "unix_socket_directories = '$dir'" >>"$dir/data/postgresql.conf"
	server_start "$1"
}

# server_catch_up NAME: waits until a standby of the cluster in use has
# replayed everything that was committed there up to now.
server_catch_up()
{
	local lsn attempt

	lsn=$(psql -XAtqc 'SELECT pg_current_wal_flush_lsn()' postgres) || return 1
	for ((attempt = 1; attempt <= 300; attempt++)); do
		[ "$(PGHOST=$SERVER_DIR/$1 psql -XAtqc \
			"SELECT pg_last_wal_replay_lsn() >= '$lsn'" postgres)" = t ] &&
			return 0
		sleep 0.1
	done
	echo "server.sh: the standby $1 did not reach $lsn in 30 seconds" >&2
	return 1
}

# server_database NAME: drops and creates the database, with the extension and
# the search_path that clients of Message DB use.
server_database()
{
	psql -Xq -v ON_ERROR_STOP=1 postgres <<END &&
SET client_min_messages = warning;
DROP DATABASE IF EXISTS "$1";
CREATE DATABASE "$1";
ALTER DATABASE "$1" SET search_path = message_store, public;
END
		psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION message_db' "$1"
}

# server_drop_database NAME
server_drop_database()
{
	psql -Xqc "DROP DATABASE IF EXISTS \"$1\"" postgres
}

# Stops all clusters and removes the files; called by the traps.
server_remove()
{
	local data

	[ "${SERVER_OWNER:-}" = "$$" ] && [ -d "${SERVER_DIR:-}" ] || return 0
	for data in "$SERVER_DIR"/*/data; do
		[ ! -e "$data/postmaster.pid" ] ||
			as_server_user "$SERVER_BIN/pg_ctl" -D "$data" -s -m immediate stop
	done
	if [ -n "${KEEP:-}" ]; then
		echo "kept: $SERVER_DIR" >&2
	else
		rm -rf "$SERVER_DIR"
	fi
}
