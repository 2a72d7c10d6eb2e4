"""What must never be, each in a line:

	- an acknowledged message is not stored, or one that was rolled back is
	- a part of a transaction is stored
	- a stream has a gap, or its order is not that of the global positions
	- a poller did not see exactly what is stored of what it asked for, each
	  message once and in order
	- an error came that no kind of transaction expects
	- amcheck finds that an index and the table differ
"""

from array import array
from collections import Counter

from .writers import token_of

# The tables are read without the indexes that are on trial.
PLAIN = ("SET enable_indexscan = off; SET enable_bitmapscan = off;"
         " SET enable_indexonlyscan = off")


class Judge:
    """stored: the token of every message, in the order of global positions."""

    def __init__(self, connection, records):
        self.connection, self.records = connection, records
        with connection.cursor() as cursor:
            cursor.execute(PLAIN)
        self.stored = Counter(token_of(id) for id, in self.rows("SELECT id FROM messages"))

    def rows(self, sql, *arguments):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall()

    def of_writers(self, durable):
        """Every transaction is stored as its end says, and none in part."""
        acknowledged = Counter(token for record in self.records
                               for tokens in record.acknowledged for token in tokens)
        unknown = {token for record in self.records
                   for tokens in record.unknown for token in tokens}
        problems = [problem for record in self.records for problem in record.surprises]
        if durable:
            problems += self.list_of("acknowledged and not stored", set(acknowledged) - set(self.stored))
        problems += self.list_of("stored and never acknowledged",
                                 set(self.stored) - set(acknowledged) - unknown)
        problems += self.list_of("acknowledged twice", [t for t, n in acknowledged.items() if n > 1])
        problems += self.list_of("stored twice", [t for t, n in self.stored.items() if n > 1])
        for record in self.records:
            for tokens in record.unknown + ([] if durable else record.acknowledged):
                if sum(token in self.stored for token in tokens) not in (0, len(tokens)):
                    problems.append("a part of a transaction is stored: %s" % tokens[:5])
        return problems

    @staticmethod
    def list_of(what, tokens):
        tokens = sorted(tokens)
        return ["%s: %d messages, such as %s" % (what, len(tokens), tokens[:5])] if tokens else []

    def of_table(self):
        """Streams without gaps, in the order of the global positions; sound
        indexes."""
        problems = ["stream %s: %d messages up to position %d" % row for row in self.rows(
            "SELECT stream_name, count(*), max(position) FROM messages GROUP BY stream_name"
            " HAVING count(*) <> max(position) + 1 OR min(position) <> 0"
            " OR count(DISTINCT position) <> count(*)")]
        problems += ["stream %s: position %d stands behind its successor" % row
                     for row in self.rows(
                         "SELECT stream_name, position FROM (SELECT stream_name, position,"
                         " lead(position) OVER (PARTITION BY stream_name ORDER BY global_position)"
                         " AS next FROM messages) m WHERE next <> position + 1")]
        return problems + self.of_indexes()

    def of_indexes(self):
        if not self.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"):
            return []
        problems = []
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public")
        for index, in self.rows("SELECT indexrelid::regclass::text FROM pg_index"
                                " WHERE indrelid = 'messages'::regclass AND indisvalid"):
            try:
                self.rows("SELECT public.bt_index_parent_check(%s::regclass, true)", index)
            except Exception as error:
                problems.append("amcheck of %s: %s" % (index, error))
        return problems

    def of_poller(self, poller, seen):
        """Its problems, and how many messages it missed."""
        wanted = array("q"), array("q")
        for global_position, id in self.rows("SELECT global_position, id FROM messages WHERE %s"
                                             " ORDER BY global_position" % poller.stored):
            wanted[0].append(global_position)
            wanted[1].append(token_of(id))
        if seen == wanted:
            return [], 0
        missed = sorted(set(wanted[0]) - set(seen[0]))
        foreign = sorted(set(seen[0]) - set(wanted[0]))
        parts = ["%d of %d missed" % (len(missed), len(wanted[0]))]
        if missed:
            parts.append("such as %s" % missed[:5])
        if foreign:
            parts.append("%d seen that are not there, such as %s" % (len(foreign), foreign[:5]))
        if not missed and not foreign:
            parts.append("repeated, out of order, or other messages at their positions")
        return ["%s: %s" % (poller.name, ", ".join(parts))], len(missed)
