/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  write_messages(): several messages to one stream, all or nothing.
 *
 * The argument is brought into its canonical form as a whole, and the messages
 * are pieces of that text: data and metadata as they stand there, types
 * without their quotes and escapes.  The checks are the core's (batch.c in
 * common).  What follows is in insert.c.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* The messages, and the text that they are pieces of. */
typedef struct Batch
{
	char	   *text;
	MdbMessage *messages;
	int64_t		count;
	int64_t		room;
} Batch;

/* A new message at the end, not filled in; NULL for lack of memory. */
static MdbMessage *
add_message(Batch *batch, MdbFailure *failure)
{
	MdbMessage *grown;

	if (batch->count == batch->room)
	{
		int64_t		room = batch->room > 0 ? 2 * batch->room : 16;

		grown = sqlite3_realloc64(batch->messages,
								  (sqlite3_uint64) room * sizeof(MdbMessage));
		if (!grown)
		{
			mdb_fail_memory(failure);
			return NULL;
		}
		batch->messages = grown;
		batch->room = room;
	}
	grown = &batch->messages[batch->count++];
	memset(grown, 0, sizeof(*grown));
	return grown;
}

/* The content of a string of the batch's text, where it stands. */
static MdbString
string_content(Batch *batch, MdbString string)
{
	MdbScan		content = {string.data + 1, string.data + string.length - 1};
	char	   *start = batch->text + (content.next - batch->text);
	char	   *out = start;

	if (!memchr(start, '\\', string.length - 2))
		return (MdbString) {start, string.length - 2};
	while (content.next < content.end)
		*out++ = (char) mdb_scan_byte(&content);
	return (MdbString) {start, (size_t) (out - start)};
}

/* Takes over the member whose key and value come next. */
static bool
read_member(Batch *batch, MdbScan *scan, MdbBatchMessage *checked,
			MdbMessage *message, MdbError *error)
{
	MdbString	name = string_content(batch, mdb_scan_value(scan));
	MdbString	value;
	MdbString	text = MDB_NULL_STRING;
	MdbJsonKind kind;
	MdbBatchKey key;

	mdb_scan_mark(scan, ':');
	value = mdb_scan_value(scan);
	kind = mdb_scanned_kind(value);
	if (!mdb_find_batch_key(checked, name, &key, error))
		return false;
	if (kind == MDB_KIND_NULL)
		value = MDB_NULL_STRING;

	if (key == MDB_BATCH_DATA)
		message->data = value;
	else if (key == MDB_BATCH_METADATA)
		message->metadata = value;
	else if (kind == MDB_KIND_STRING)
		text = string_content(batch, value);
	if (key == MDB_BATCH_TYPE)
		message->type = text;
	return mdb_check_batch_value(checked, key, kind, text, error);
}

/* Takes over the element that comes next. */
static bool
read_element(Batch *batch, MdbScan *scan, MdbMessage *message,
			 MdbError *error)
{
	MdbBatchMessage checked;
	MdbJsonKind kind = mdb_scanned_kind((MdbString) {scan->next, 1});

	if (!mdb_begin_batch_message(&checked, batch->count - 1, kind, error))
		return false;
	mdb_scan_mark(scan, '{');
	if (!mdb_scan_mark(scan, '}'))
	{
		do
			if (!read_member(batch, scan, &checked, message, error))
				return false;
		while (mdb_scan_mark(scan, ','));
		mdb_scan_mark(scan, '}');
	}
	if (!mdb_end_batch_message(&checked, error))
		return false;
	message->has_new_id = !checked.has_id;
	if (checked.has_id)
		memcpy(message->id, checked.id, sizeof(message->id));
	else
		mdb_generate_id(message->id);
	return true;
}

/* Takes the text apart.  Errors: those of batch.c in the core. */
static void
read_batch(Batch *batch, MdbString text, MdbFailure *failure)
{
	MdbScan		scan = {text.data, text.data + text.length};
	MdbJsonKind kind = mdb_scanned_kind(text);
	bool		is_empty = mdb_scan_mark(&scan, '[') &&
		mdb_scan_mark(&scan, ']');
	MdbMessage *message;
	MdbError	error;
	bool		accepted = mdb_check_batch(kind, !is_empty, &error);

	while (accepted && !failure->code)
	{
		message = add_message(batch, failure);
		accepted = message && read_element(batch, &scan, message, &error);
		if (accepted && !mdb_scan_mark(&scan, ','))
			return;
	}
	if (!accepted)
		mdb_fail_with(failure, &error);
}

static void
debug_arguments(const MdbWrite *write, MdbString messages)
{
	const MdbCall call = MDB_CALL_WRITE_MESSAGES;

	mdb_debug_lock(write->session, write->stream_name, write->failure);
	mdb_debug_title(call);
	mdb_debug_text(call, 0, write->stream_name);
	mdb_debug_text(call, 1, messages);
	mdb_debug_integer(call, 2, write->expected_version);
}

/*
 * write_messages(stream_name, messages, expected_version = NULL) -> position
 * of the last message
 */
void
mdb_write_messages_function(sqlite3_context *context, int argc,
							sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	text;
	Batch		batch = {NULL};
	MdbWrite	write = {
		.session = session,
		.call = MDB_CALL_WRITE_MESSAGES,
		.debug = mdb_debugging(session, MDB_CALL_WRITE_MESSAGES),
		.failure = &failure
	};
	int64_t		position = 0;

	write.stream_name = mdb_text_argument(argv[0], &failure);
	batch.text = mdb_json_argument(argv[1], NULL, &text.length, &failure);
	text.data = batch.text;
	write.expected_version = mdb_integer_argument(argc > 2 ? argv[2] : NULL,
												  &failure);
	if (!failure.code && write.debug)
		debug_arguments(&write, text);
	if (!failure.code)
		read_batch(&batch, text, &failure);
	if (!failure.code)
	{
		write.messages = batch.messages;
		write.count = batch.count;
		position = mdb_write(&write);
	}
	sqlite3_free(batch.messages);
	mdb_free_json(NULL, batch.text);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int64(context, position);
}
