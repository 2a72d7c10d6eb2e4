"""PostgreSQL through libpq itself: server-side prepared statements, and
arguments and results in binary form, as drivers of Go, Java, Rust and Elixir
send and read them; and COPY in binary form.
"""

import ctypes
import ctypes.util
import io
import struct
import uuid

from harness import check, connect, equal, finish, fresh, rows, skip, test

INT8, TEXT, VARCHAR, TIMESTAMP, JSONB, UUID = 20, 25, 1043, 1114, 3802, 2950
TUPLES_OK = 2


def load_libpq():
    for name in ("libpq.so.5", "libpq.5.dylib", ctypes.util.find_library("pq")):
        try:
            if name:
                return ctypes.CDLL(name)
        except OSError:
            pass
    return None


class Connection:
    """The few calls of libpq that are needed."""

    def __init__(self, libpq):
        self.pq = libpq
        for name in ("PQconnectdb", "PQexecParams", "PQprepare", "PQexecPrepared"):
            getattr(libpq, name).restype = ctypes.c_void_p
        for name in ("PQresultErrorField", "PQfname"):
            getattr(libpq, name).restype = ctypes.c_char_p
        libpq.PQgetvalue.restype = ctypes.c_void_p
        self.handle = ctypes.c_void_p(libpq.PQconnectdb(
            b"options='-c search_path=message_store,public'"))
        check(libpq.PQstatus(self.handle) == 0, "connected")

    def close(self):
        self.pq.PQfinish(self.handle)

    def result(self, pointer):
        """Rows as tuples of bytes, and the columns' types; or an SQLSTATE."""
        pq, pointer = self.pq, ctypes.c_void_p(pointer)
        try:
            if pq.PQresultStatus(pointer) != TUPLES_OK:
                return pq.PQresultErrorField(pointer, ord("C")).decode()
            columns = range(pq.PQnfields(pointer))
            check(all(pq.PQfformat(pointer, c) == 1 for c in columns), "binary results")
            types = [pq.PQftype(pointer, c) for c in columns]
            return types, [tuple(
                None if pq.PQgetisnull(pointer, r, c) else
                ctypes.string_at(pq.PQgetvalue(pointer, r, c), pq.PQgetlength(pointer, r, c))
                for c in columns) for r in range(pq.PQntuples(pointer))]
        finally:
            pq.PQclear(pointer)

    @staticmethod
    def arrays(arguments):
        n = len(arguments)
        return (ctypes.c_int(n),
                (ctypes.c_char_p * n)(*arguments),
                (ctypes.c_int * n)(*[len(a or b"") for a in arguments]),
                (ctypes.c_int * n)(*[1] * n))

    def execute(self, sql, types, arguments):
        """One statement with arguments in binary form; types may be None."""
        n, values, lengths, formats = self.arrays(arguments)
        oids = (ctypes.c_uint * len(arguments))(*types) if types else None
        return self.result(self.pq.PQexecParams(
            self.handle, sql.encode(), n, oids, values, lengths, formats, 1))

    def prepare(self, name, sql):
        self.pq.PQclear(ctypes.c_void_p(self.pq.PQprepare(
            self.handle, name, sql.encode(), 0, None)))

    def execute_prepared(self, name, arguments):
        n, values, lengths, formats = self.arrays(arguments)
        return self.result(self.pq.PQexecPrepared(
            self.handle, name, n, values, lengths, formats, 1))


def int8(n):
    return struct.pack("!q", n)


def jsonb(text):
    return b"\x01" + text.encode()


def from_int8(data):
    return struct.unpack("!q", data)[0]


WRITE = "SELECT write_message($1, $2, $3, $4, $5, $6)"
MESSAGE_TYPES = [VARCHAR, VARCHAR, VARCHAR, INT8, INT8, VARCHAR, VARCHAR, TIMESTAMP]

libpq = load_libpq()
if libpq is None:
    skip("binary", "there is no libpq to load")
    finish()

admin = connect()
fresh(admin)
client = Connection(libpq)
id = uuid.uuid4()

with test("arguments and results in binary form, types left to the server"):
    types, found = client.execute(WRITE, None, [
        str(id).encode(), "binär-1".encode(), b"T", jsonb('{"b": 1, "a": null}'), None, int8(-1)])
    equal((types, from_int8(found[0][0])), ([INT8], 0), "written")
    types, found = client.execute("SELECT * FROM get_stream_messages($1, $2, $3)", None,
                                  ["binär-1".encode(), int8(0), int8(10)])
    equal(types, MESSAGE_TYPES, "types")
    row = found[0]
    equal(len(found), 1, "rows")
    equal(row[0], str(id).encode(), "id")
    equal(row[1], "binär-1".encode(), "stream name")
    equal((from_int8(row[3]), from_int8(row[4])), (0, 1), "positions")
    equal(row[5], b'{"a": null, "b": 1}', "data")
    equal(row[6], None, "metadata")
    equal(len(row[7]), 8, "time")

with test("arguments declared as varchar, as text and as jsonb"):
    for oid, version in ((VARCHAR, 0), (TEXT, 1)):
        types, found = client.execute(WRITE, [oid, oid, oid, JSONB, JSONB, INT8], [
            str(uuid.uuid4()).encode(), "binär-1".encode(), b"T", jsonb("[]"),
            jsonb('{"correlationStreamName": "c-1"}'), int8(version)])
        equal(from_int8(found[0][0]), version + 1)

with test("prepared once, executed often: the plans change, the answers do not"):
    client.prepare(b"write", WRITE)
    client.prepare(b"category", "SELECT * FROM get_category_messages($1, $2, $3, $4, $5, $6)")
    client.prepare(b"last", "SELECT * FROM get_last_stream_message($1, $2)")
    client.prepare(b"version", "SELECT stream_version($1), hash_64($1), is_category($1)")
    for n in range(20):
        types, found = client.execute_prepared(b"write", [
            str(uuid.uuid4()).encode(), b"often-1", b"T", jsonb(str(n)), None, int8(n - 1)])
        equal(from_int8(found[0][0]), n)
        types, found = client.execute_prepared(b"last", [b"often-1", None])
        equal((types, found[0][5]), (MESSAGE_TYPES, str(n).encode()), "last message")
        types, found = client.execute_prepared(
            b"category", [b"often", int8(1), int8(-1), None, int8(0), int8(1)])
        equal([from_int8(row[3]) for row in found], list(range(n + 1)), "category")
        types, found = client.execute_prepared(b"version", [b"often-1"])
        equal((from_int8(found[0][0]), found[0][2]), (n, b"\0"), "version")

with test("errors keep their SQLSTATE"):
    equal(client.execute_prepared(b"write", [str(id).encode(), b"often-1", b"T", None, None, None]),
          "23505")
    equal(client.execute_prepared(b"write", [None, b"often-1", b"T", None, None, int8(0)]), "P0001")
    equal(client.execute_prepared(b"write", [b"x", b"often-1", b"T", None, None, None]), "22P02")
    equal(client.execute_prepared(b"category", [b"a-1", None, None, None, None, None]), "P0001")
    equal(client.execute_prepared(b"write", [None, b"a\xff-1", b"T", None, None, None]), "22021")

client.close()


def copied(sql):
    """The rows of COPY ... WITH BINARY, as tuples of bytes."""
    file = io.BytesIO()
    with admin.cursor() as cursor:
        cursor.copy_expert("COPY (%s) TO STDOUT WITH BINARY" % sql, file)
    data = file.getvalue()
    equal(data[:11], b"PGCOPY\n\xff\r\n\0", "signature")
    at, found = 19, []
    while True:
        (columns,) = struct.unpack_from("!h", data, at)
        at += 2
        if columns == -1:
            return found
        row = []
        for _ in range(columns):
            (length,) = struct.unpack_from("!i", data, at)
            at += 4
            row.append(None if length < 0 else data[at:at + length])
            at += max(length, 0)
        found.append(tuple(row))


with test("COPY of a reader in binary form"):
    found = copied("SELECT * FROM get_stream_messages('often-1', 5, 10)")
    equal([from_int8(row[3]) for row in found], list(range(5, 15)), "positions")
    equal([row[5] for row in found], [str(n).encode() for n in range(5, 15)], "data")
    whole = copied("SELECT get_last_stream_message('often-1')")
    equal(struct.unpack_from("!i", whole[0][0]), (8,), "columns of the row as one value")

with test("COPY of the table, out and in again"):
    file = io.BytesIO()
    with admin.cursor() as cursor:
        cursor.copy_expert("COPY messages TO STDOUT WITH BINARY", file)
        count = rows(admin, "SELECT count(*) FROM messages")[0][0]
        rows(admin, "TRUNCATE messages")
        file.seek(0)
        cursor.copy_expert("COPY messages FROM STDIN WITH BINARY", file)
    equal(rows(admin, "SELECT count(*) FROM get_category_messages('often', 1, -1)"), [(20,)])
    equal(rows(admin, "SELECT count(*) FROM messages"), [(count,)])
    equal(rows(admin, "SELECT write_message(NULL, 'often-1', 'T', '{}', NULL, 19)"), [(20,)])

admin.close()
finish()
