"""Sessions that read behind the writers, each as a consumer does: it continues
behind the last global position that it saw.

seen_by() is the work of one process: it returns the global positions and the
tokens of what it saw, in order.
"""

import random
import time
from array import array
from collections import namedtuple

import psycopg2

from .worker import connect, is_lost
from .writers import token_of

# function: what is read from a position on, in batches; stored: which rows of
# the table these should be.
Poller = namedtuple("Poller", "name function stored need level standby",
                    defaults=(None, "READ COMMITTED", False))

CATEGORY = "split_part(stream_name, '-', 1) = '%s'"
CORRELATION = " AND split_part(metadata ->> 'correlationStreamName', '-', 1) = '%s'"
MEMBER = " AND mod(abs(hash_64(cardinal_id(stream_name))), %d) = %d"

POLLERS = [
    Poller("category a", "get_category_messages('a', %s, %s)", CATEGORY % "a"),
    Poller("category b", "get_category_messages('b', %s, %s)", CATEGORY % "b"),
    Poller("category c", "get_category_messages('c', %s, %s)", CATEGORY % "c"),
    Poller("member 0 of 2", "get_category_messages('a', %s, %s, NULL, 0, 2)",
           CATEGORY % "a" + MEMBER % (2, 0)),
    Poller("member 1 of 2", "get_category_messages('a', %s, %s, NULL, 1, 2)",
           CATEGORY % "a" + MEMBER % (2, 1)),
    Poller("correlation", "get_category_messages('a', %s, %s, 'x')",
           CATEGORY % "a" + CORRELATION % "x"),
    Poller("correlation and member", "get_category_messages('b', %s, %s, 'y', 1, 3)",
           CATEGORY % "b" + CORRELATION % "y" + MEMBER % (3, 1)),
    Poller("condition", "get_category_messages('c', %s, %s, condition => 'position %% 2 = 0')",
           CATEGORY % "c" + " AND position % 2 = 0"),
    Poller("all messages", "get_all_messages(%s, %s)", "true", "get_all_messages"),
    Poller("category a, repeatable read", "get_category_messages('a', %s, %s)",
           CATEGORY % "a", None, "REPEATABLE READ"),
    Poller("all messages, repeatable read", "get_all_messages(%s, %s)", "true",
           "get_all_messages", "REPEATABLE READ"),
]

STANDBY_POLLERS = [
    poller._replace(name=poller.name + ", standby", standby=True)
    for poller in POLLERS
    if poller.name in ("category a", "member 1 of 2", "correlation", "all messages",
                       "category a, repeatable read", "condition")
]


def is_there(poller, features):
    return poller.need is None or poller.need in features


def seen_by(number, poller, ending, host, options, ignored):
    """Reads until nothing is left after the event ending was set.  Errors
    that end a connection, or whose SQLSTATE is in ignored, are retried."""
    choose = random.Random(1000 + number)
    seen = array("q"), array("q")
    last_round, connection = False, None
    while True:
        try:
            if connection is None:
                connection = connect(options, host)
            found = poll(connection, poller, choose, seen)
        except psycopg2.Error as error:
            if not is_lost(error) and error.pgcode not in ignored:
                raise
            connection.close()
            connection = None
            continue
        if found:
            last_round = False
        elif last_round:
            connection.close()
            return seen
        else:
            # what was committed before the event was set is there to be seen
            last_round = ending.is_set()
            time.sleep(choose.random() * 0.001)


def poll(connection, poller, choose, seen):
    """A read, or a few in one transaction.  Returns whether anything was found."""
    in_transaction = poller.level != "READ COMMITTED"
    before = len(seen[0])
    with connection.cursor() as cursor:
        if in_transaction:
            cursor.execute("BEGIN ISOLATION LEVEL " + poller.level)
        for _ in range(choose.randint(1, 4) if in_transaction else 1):
            position = seen[0][-1] + 1 if seen[0] else 1
            cursor.execute("SELECT global_position, id FROM " + poller.function,
                           (position, choose.choice((1, 3, 10, 50, 1000))))
            for global_position, id in cursor:
                if global_position < position:
                    raise AssertionError("%s: asked from %d, was given %d"
                                         % (poller.name, position, global_position))
                seen[0].append(global_position)
                seen[1].append(token_of(id))
                position = global_position + 1
        if in_transaction:
            cursor.execute("COMMIT")
    return len(seen[0]) > before
