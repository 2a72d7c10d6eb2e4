"""Random grants: a function gives what a SELECT or INSERT by hand gives.

In each round a role gets random privileges on a namespace, by itself, through
a group or through PUBLIC, of the whole table or of some columns; the table is
direct or written by statements, with or without policies.  Then each function
runs as the role, beside the statement that it stands for: both are allowed or
both refused, with the same rows.  One session does all, so what it remembers of
one round meets the rights of the next.

	PRIVILEGES_SEED		where the random choices begin, 1 if nothing is said
	PRIVILEGES_ROUNDS	how many rounds, 120 if nothing is said
"""

import os
import random

import psycopg2

from harness import check, connect, equal, finish, rows, test, value

SEED = int(os.environ.get("PRIVILEGES_SEED", "1"))
ROUNDS = int(os.environ.get("PRIVILEGES_ROUNDS", "120"))

COLUMNS = ("id", "stream_name", "type", '"position"', "global_position", "data",
           "metadata", '"time"')
WRITTEN = ("id", "stream_name", "type", '"position"', "data", "metadata")
MESSAGE = ("SELECT id::varchar, stream_name::varchar, type::varchar, position,"
           " global_position, data::varchar, metadata::varchar, time"
           " FROM vault.messages ")
VERSION = "SELECT max(position) FROM vault.messages WHERE stream_name = 'a-1'"
INSERT = ("INSERT INTO vault.messages (id, stream_name, position, type, data,"
          " metadata) VALUES ")
NEXT = "coalesce((%s), -1) + %%d" % VERSION
ROW = "(gen_random_uuid(), 'a-1', " + NEXT + ", '%s', '1', NULL)"

# A call, the statements that it stands for, and whether the rows are compared.
CALLS = (
    ("SELECT * FROM get_stream_messages('a-1')",
     (MESSAGE + "WHERE stream_name = 'a-1' ORDER BY position",), True),
    ("SELECT * FROM get_stream_messages('a-1', 1, 1)",
     (MESSAGE + "WHERE stream_name = 'a-1' AND position >= 1"
      " ORDER BY position LIMIT 1",), True),
    ("SELECT * FROM get_category_messages('a')",
     (MESSAGE + "WHERE split_part(stream_name, '-', 1) = 'a'"
      " ORDER BY global_position",), True),
    ("SELECT * FROM get_category_messages('a', correlation => 'c')",
     (MESSAGE + "WHERE split_part(stream_name, '-', 1) = 'a' AND"
      " split_part(metadata ->> 'correlationStreamName', '-', 1) = 'c'"
      " ORDER BY global_position",), True),
    ("SELECT * FROM get_last_stream_message('a-1')",
     (MESSAGE + "WHERE stream_name = 'a-1' ORDER BY position DESC LIMIT 1",),
     True),
    ("SELECT * FROM get_last_stream_message('a-1', 'T')",
     (MESSAGE + "WHERE stream_name = 'a-1' AND type = 'T'"
      " ORDER BY position DESC LIMIT 1",), True),
    ("SELECT stream_version('a-1')", (VERSION,), True),
    ("SELECT stream_name, version, last_activity FROM list_streams()",
     ("SELECT DISTINCT ON (stream_name) stream_name, position, time"
      " FROM vault.messages ORDER BY stream_name, position DESC",), True),
    ("SELECT category FROM list_categories()",
     ("SELECT DISTINCT split_part(stream_name, '-', 1) COLLATE \"C\""
      " FROM vault.messages WHERE position >= 0 AND time > '-infinity'"
      " ORDER BY 1",), True),
    ("SELECT * FROM verify_namespace()",
     ("SELECT stream_name, position, global_position, type, id"
      " FROM vault.messages",
      "SELECT last_value FROM vault.messages_global_position_seq"), False),
    ("SELECT schema_version FROM registration_of('vault')",
     ("SELECT schema_version FROM vault.message_db_namespace",), None),
    ("SELECT write_message(NULL, 'a-1', 'T', '1')",
     (INSERT + ROW % (1, "T"),), False),
    ("SELECT write_message(NULL, 'a-1', 'U', '1')",
     (INSERT + ROW % (1, "U"),), False),
    ("SELECT write_messages('a-1', '[{\"type\": \"T\", \"data\": 1},"
     " {\"type\": \"T\", \"data\": 1}]')",
     (INSERT + ROW % (1, "T") + ", " + ROW % (2, "T"),), False),
)

POLICIES = (
    "USING (true)", "USING (false)", "USING (type = 'T')",
    "FOR SELECT USING (stream_name <> 'a-1')", "FOR INSERT WITH CHECK (true)",
    "FOR SELECT USING (true)", "FOR INSERT WITH CHECK (type = 'T')",
    "USING (type <> 'T') WITH CHECK (true)")


def set_up(connection):
    rows(connection, "SET client_min_messages = warning")
    for role in ("regress_fuzz", "regress_fuzz_group"):
        rows(connection, "DROP ROLE IF EXISTS " + role)
        rows(connection, "CREATE ROLE " + role)
    rows(connection, "GRANT regress_fuzz_group TO regress_fuzz")
    rows(connection, "GRANT USAGE ON SCHEMA message_store TO regress_fuzz")
    rows(connection, "SELECT create_namespace('vault')")
    rows(connection, "SET message_db.namespace = 'vault'")
    for stream, type in (("a-1", "T"), ("a-1", "U"), ("a-2", "T"), ("b-1", "T")):
        value(connection, "SELECT write_message(NULL, %s, %s, '1',"
              " '{\"correlationStreamName\": \"c-1\"}')", stream, type)
    rows(connection, "SET message_db.namespace = 'vault'")


def columns(choice, names):
    """The table, or columns: those that are needed, all but one, or some."""
    kind = choice.random()
    if kind < 0.3:
        return ""
    if kind < 0.5:
        return " (%s)" % ", ".join(names)
    if kind < 0.8:
        return " (%s)" % ", ".join(choice.sample(names, len(names) - 1))
    return " (%s)" % ", ".join(choice.sample(COLUMNS, choice.randint(1, 8)))


def grants(choice):
    """Random GRANTs, and what is done to the table."""
    def role():
        return choice.choice(("regress_fuzz", "regress_fuzz",
                              "regress_fuzz_group", "PUBLIC"))

    result = []
    if choice.random() < 0.85:
        result.append("GRANT USAGE ON SCHEMA vault TO " + role())
    if choice.random() < 0.8:
        part = columns(choice, choice.choice((COLUMNS, COLUMNS, COLUMNS[1:4])))
        result.append("GRANT SELECT%s ON vault.messages TO %s" % (part, role()))
    if choice.random() < 0.8:
        part = columns(choice, WRITTEN)
        result.append("GRANT INSERT%s ON vault.messages TO %s" % (part, role()))
    for privilege in ("USAGE", "SELECT", "UPDATE"):
        if choice.random() < 0.5:
            result.append("GRANT %s ON vault.messages_global_position_seq TO %s"
                          % (privilege, role()))
    if choice.random() < 0.5:
        result.append("GRANT SELECT ON vault.message_db_namespace TO " + role())
    if choice.random() < 0.4:
        result.append("ALTER TABLE vault.messages ADD CONSTRAINT special"
                      " CHECK (true)")
    if choice.random() < 0.3:
        result.append("ALTER TABLE vault.messages ENABLE ROW LEVEL SECURITY")
        for number in range(choice.randint(0, 2)):
            result.append("CREATE POLICY p%d ON vault.messages %s"
                          % (number, choice.choice(POLICIES)))
    if choice.random() < 0.15:
        result.append("ALTER TABLE vault.message_db_namespace"
                      " ENABLE ROW LEVEL SECURITY")
    return result


def outcome(connection, statements):
    """Rows of the last one and None, or None and the SQLSTATE; all undone."""
    rows(connection, "SAVEPOINT one")
    found = state = None
    try:
        rows(connection, "SET LOCAL ROLE regress_fuzz")
        for statement in statements:
            found = rows(connection, statement)
    except psycopg2.Error as error:
        found, state = None, error.pgcode
    rows(connection, "ROLLBACK TO one")
    return found, state


def compare(connection, call, statements, compares_rows, tally):
    found, state = outcome(connection, (call,))
    wanted, wanted_state = outcome(connection, statements)
    if compares_rows is None:       # no rights are no rows, not an error
        wanted, wanted_state = wanted or [], None
    equal(state, wanted_state, call)
    if compares_rows is not False:
        equal(found, wanted, call)
    tally[state] = tally.get(state, 0) + 1


def play(connection, seed, tally):
    """One round; what it did is undone."""
    done = grants(random.Random(seed))
    connection.autocommit = False
    try:
        for statement in done:
            rows(connection, statement)
        for call in CALLS:
            compare(connection, *call, tally)
    except AssertionError as error:
        raise AssertionError("PRIVILEGES_SEED=%d: %s; with %s" %
                             (seed, error, "; ".join(done)))
    finally:
        connection.rollback()
        connection.autocommit = True


def main():
    connection = connect()
    set_up(connection)
    tally = {}
    print("# seed %d, %d rounds" % (SEED, ROUNDS))
    with test("functions and statements agree"):
        for seed in range(SEED, SEED + ROUNDS):
            play(connection, seed, tally)
    with test("calls were allowed, and refused"):
        print("# outcomes: %s" % tally)
        check(tally.get(None, 0) > ROUNDS, "hardly any call was allowed")
        check(tally.get("42501", 0) > ROUNDS, "hardly any call was refused")
    rows(connection, "DROP OWNED BY regress_fuzz, regress_fuzz_group")
    rows(connection, "DROP ROLE regress_fuzz, regress_fuzz_group")
    connection.close()
    finish()


main()
