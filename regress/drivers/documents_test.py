#!/usr/bin/env python3
"""The same random documents, written and read on both databases.

Each document is the data of a message, and of another one the metadata.  Both
databases must take the same ones, and return the same bytes by every reader.
The documents are those of regress/json/compare, so nasty ones are among them.
"""

import importlib.machinery
import importlib.util
import os
import sqlite3
import sys

import psycopg2

SEED = 4711
COUNT = 1600               # of which some 1,000 are valid

HERE = os.path.dirname(os.path.abspath(__file__))
READERS = {
    "get_stream_messages":
        "SELECT position, data, metadata FROM get_stream_messages('document-1', 0, -1)",
    "get_category_messages":
        "SELECT position, data, metadata FROM get_category_messages('document', 1, -1)",
    "messages":
        "SELECT position, CAST(data AS text), CAST(metadata AS text) FROM messages"
        " ORDER BY global_position",
}


def make_documents():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader(
        "compare", os.path.join(HERE, "..", "json", "compare"))
    spec = importlib.util.spec_from_loader("compare", loader)
    compare = importlib.util.module_from_spec(spec)
    loader.exec_module(compare)
    generator = compare.Generator(SEED)
    documents = []
    while len(documents) < COUNT:
        try:
            text = generator.document().decode()
        except UnicodeDecodeError:
            continue            # drivers do not send it
        if "\0" not in text:
            documents.append(text)
    return documents


def write(execute, failures, document):
    """Writes it as data, then as metadata; returns what was answered."""
    answers = []
    for data, metadata in (document, None), ("null", document):
        try:
            answers.append(execute(data, metadata))
        except failures as error:
            # The first line is the message; what follows is detail.
            answers.append(str(error).split("\n")[0])
    return answers


def main():
    documents = make_documents()

    postgres = psycopg2.connect("options='-c search_path=message_store,public'")
    postgres.autocommit = True
    cursor = postgres.cursor()

    def execute_postgres(data, metadata):
        cursor.execute("SELECT write_message(NULL, 'document-1', 'T', %s, %s)",
                       (data, metadata))
        return cursor.fetchone()[0]

    lite = sqlite3.connect(":memory:", isolation_level=None)
    lite.enable_load_extension(True)
    lite.load_extension(os.environ["MDB_SQLITE"])

    def execute_lite(data, metadata):
        return lite.execute("SELECT write_message(NULL, 'document-1', 'T', ?, ?)",
                            (data, metadata)).fetchone()[0]

    passed = failed = 0
    taken = 0
    for document in documents:
        theirs = write(execute_postgres, psycopg2.Error, document)
        ours = write(execute_lite, sqlite3.Error, document)
        taken += isinstance(ours[0], int)
        if theirs != ours:
            failed += 1
            print("not ok - %r: PostgreSQL %r, SQLite %r" % (document, theirs, ours))
    if not failed:
        passed += 1
        print("ok - %d documents, %d of them taken by both, the others refused"
              " with the same words" % (COUNT, taken))
    if taken < COUNT // 4:
        failed += 1
        print("not ok - only %d documents were taken" % taken)

    for name, query in READERS.items():
        cursor.execute(query)
        theirs = cursor.fetchall()
        ours = lite.execute(query).fetchall()
        if theirs == ours and len(ours) > taken:
            passed += 1
            print("ok - %s returns the same bytes for %d messages" % (name, len(ours)))
        else:
            failed += 1
            differing = [pair for pair in zip(theirs, ours) if pair[0] != pair[1]]
            print("not ok - %s differs: %r" % (name, differing[:3]))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


main()
