"""In what the three stores differ, each point by a name.

The model (model.py) asks these questions wherever the stores do not do alike.
What is said here stands in docs/differences.md, or in the guide where it is
about transactions; nothing else may differ.
"""


class Rules:
    """PostgreSQL with message_db; the others differ from it."""

    name = "postgresql"

    # Between the two databases
    errors_abort = True             # an error ends the transaction, up to its last savepoint
    positions_roll_back = False     # a write that is undone gives its global position back
    settings_roll_back = True       # set_config() and use_namespace() are undone with their transaction
    savepoints_release_locks = True
    one_writer = False              # a namespace has one writer at a time, and a transaction one snapshot of it
    migration_is_a_procedure = True
    auto_creation_stays = False     # a namespace that a refused call has created by itself is there

    # From Message DB
    is_message_db = False           # it has its functions and settings only, and one namespace
    null_id_makes_id = True
    readers_stop = True             # at a message of a transaction in progress
    writers_exclude_others = False  # from their category
    conditions_are_allowed = False  # always
    group_size_limit = None
    texts_have_hints = True
    names_have_a_limit = True       # of 2048 bytes

    conditions_are_pasted = False   # as text, into the statement

    known_ids_come_first = True     # of a batch: those in the table are looked up before any row is inserted


class SqliteRules(Rules):
    name = "sqlite"
    errors_abort = False
    positions_roll_back = True
    settings_roll_back = False
    savepoints_release_locks = False
    one_writer = True
    migration_is_a_procedure = False
    auto_creation_stays = True
    readers_stop = False
    known_ids_come_first = False


class OriginalRules(Rules):
    name = "original"
    is_message_db = True
    null_id_makes_id = False
    readers_stop = False
    writers_exclude_others = True
    conditions_are_allowed = True
    group_size_limit = 32767
    texts_have_hints = False
    names_have_a_limit = False
    conditions_are_pasted = True
    known_ids_come_first = False


# The functions and views that Message DB has, too.
OF_MESSAGE_DB = {
    "write_message", "get_stream_messages", "get_category_messages", "get_last_stream_message", "stream_version",
    "acquire_lock", "category", "id", "cardinal_id", "is_category", "hash_64", "message_store_version",
    "stream_summary", "type_summary", "stream_type_summary", "type_stream_summary", "category_type_summary",
    "type_category_summary",
}
