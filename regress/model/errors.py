"""The errors, each with its SQLSTATE, SQLite's result code and its texts.

In a text "%s" stands for the subject, "{}" for numbers.  ANY stands for what
is not compared, because each database has its own words for it.
"""

ANY = object()

GROUP = " (Consumer Group Member: {}, Consumer Group Size: {})"
NAME_RULE = ("A name has 1 to 63 characters: lower-case letters a to z, digits and _, the first one a letter. "
             "It does not begin with pg_ or sqlite_, and is not main, temp, public or information_schema.")
CONDITION_HINT = ("A condition is SQL that runs with your rights. To allow it in this session: "
                  "SELECT set_config('message_store.sql_condition', 'on', false).")

# code: SQLSTATE, message, detail, hint, SQLite's result code
ERRORS = {
    "WRONG_EXPECTED_VERSION": ("P0001", "Wrong expected version: {} (Stream: %s, Stream Version: {})"),
    "NOT_A_STREAM_NAME": ("P0001", "Must be a stream name: %s"),
    "NOT_A_CATEGORY": ("P0001", "Must be a category: %s"),
    "CORRELATION_NOT_A_CATEGORY": ("P0001", "Correlation must be a category (Correlation: %s)"),
    "GROUP_INCOMPLETE": ("P0001", "Consumer group member and size must be specified" + GROUP),
    "GROUP_SIZE_TOO_SMALL": ("P0001", "Consumer group size must not be less than 1" + GROUP),
    "GROUP_MEMBER_TOO_SMALL": ("P0001", "Consumer group member must not be less than 0" + GROUP),
    "GROUP_MEMBER_TOO_LARGE": ("P0001", "Consumer group member must be less than the group size" + GROUP),
    "CONDITION_NOT_ACTIVATED": ("P0001", "Retrieval with SQL condition is not activated", None, CONDITION_HINT),
    "CONDITION_NOT_EXPRESSION": ("42601", "Condition must be one SQL expression: %s"),
    "NEGATIVE_BATCH_SIZE": ("2201W", "LIMIT must not be negative", None, "A batch_size of -1 reads all messages."),
    "INVALID_ID": ("22P02", 'invalid input syntax for type uuid: "%s"'),
    "INVALID_INTEGER": ("22P02", 'invalid input syntax for type bigint: "%s"'),
    "INTEGER_OUT_OF_RANGE": ("22003", 'value "%s" is out of range for type bigint'),
    "NULL_COLUMN": ("23502", 'null value in column "%s" of relation "messages" violates not-null constraint',
                    ANY, None, "SQLITE_CONSTRAINT_NOTNULL"),
    "DUPLICATE_ID": ("23505", 'duplicate key value violates unique constraint "messages_id"',
                     "Key (id)=(%s) already exists.", None, "SQLITE_CONSTRAINT_UNIQUE"),
    "STREAM_NAME_TOO_LONG": ("54000", "stream name is too long",
                             "It has {} bytes; 2048 are allowed, because every name stands in an index.", None,
                             "SQLITE_TOOBIG"),
    "BATCH_NOT_ARRAY": ("22023", "Messages must be a JSON array", None,
                        'An example: [{"type": "Deposited", "data": {"amount": 1}}]'),
    "BATCH_EMPTY": ("22023", "Messages must not be empty"),
    "BATCH_WRONG_MESSAGE": ("22023", "Invalid message at index {}: %s"),
    "BATCH_UNKNOWN_KEY": ("22023", 'Invalid message at index {}: unknown key "%s"', None,
                          "The keys of a message are type, data, metadata and id."),
    "INVALID_JSON": ("22P02", "invalid input syntax for type json", ANY),
    "UNSUPPORTED_UNICODE_ESCAPE": ("22P05", "unsupported Unicode escape sequence",
                                   "\\u0000 cannot be converted to text."),
    "SETTING_WITHOUT_NAME": ("22004", "SET requires parameter name"),
    "UNKNOWN_SETTING": ("42704", 'unrecognized configuration parameter "%s"'),
    "SETTING_NOT_BOOLEAN": ("22023", 'parameter "%s" requires a Boolean value'),
    "SETTING_NOT_CATEGORY_LOCK": ("22023", 'invalid value for parameter "message_db.category_lock": "%s"', None,
                                  "Available values: insert, commit."),
    "UNKNOWN_NAMESPACE": ("MD001", "Namespace does not exist: %s"),
    "NAMESPACE_EXISTS": ("MD002", "Namespace already exists: %s"),
    "INVALID_NAMESPACE_NAME": ("MD003", "Invalid namespace name: %s", NAME_RULE),
    "DEFAULT_NAMESPACE_FIXED": ("MD006", "Not possible for the default namespace: %s"),

    # the databases' own
    "CONDITION_FAILS": (ANY, ANY, ANY, ANY, ANY),
    "ABORTED": ("25P02", "current transaction is aborted, commands ignored until end of transaction block"),
    "NO_COMMIT_HERE": ("2D000", "invalid transaction termination", ANY),
    "STALE_SNAPSHOT": ("", "database is locked", None,
                       "This transaction began with a read. Roll it back and repeat it; if it begins with BEGIN "
                       "IMMEDIATE, it waits instead.",
                       "SQLITE_BUSY_SNAPSHOT"),
    "GROUP_SIZE_OF_THE_ORIGINAL": ("22003", "smallint out of range"),
}


class Failure(Exception):
    """One of the errors above, raised by the model instead of an answer."""

    def __init__(self, code, subject=None, *numbers):
        super().__init__(code)
        self.code = code
        texts = list(ERRORS[code]) + [None] * (5 - len(ERRORS[code]))
        self.sqlstate = texts[0]
        self.message, self.detail, self.hint = (self.fill(t, subject, numbers) for t in texts[1:4])
        self.result_code = texts[4] or "SQLITE_ERROR"

    @staticmethod
    def fill(text, subject, numbers):
        if text is None or text is ANY:
            return text
        shown = iter(["<NULL>" if n is None else str(n) for n in numbers])
        parts = text.split("{}")
        filled = parts[0] + "".join(next(shown, "") + part for part in parts[1:])
        return filled.replace("%s", "<NULL>" if subject is None else str(subject), 1)
