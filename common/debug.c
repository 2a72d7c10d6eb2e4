/*-------------------------------------------------------------------------
 *
 * debug.c
 *	  The words of the debug notices, which are Message DB's.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

const MdbCallText mdb_call_texts[MDB_CALLS] = {
	[MDB_CALL_ACQUIRE_LOCK] = {
		"» acquire_lock",
		{"stream_name", "_category", "_category_name_hash"}},
	[MDB_CALL_WRITE_MESSAGE] = {
		"» write_message",
		{"id ($1)", "stream_name ($2)", "type ($3)", "data ($4)",
		 "metadata ($5)", "expected_version ($6)", "_stream_version",
		 "_next_position"}},
	[MDB_CALL_GET_STREAM_MESSAGES] = {
		"» get_stream_messages",
		{"stream_name ($1)", "position ($2)", "batch_size ($3)",
		 "condition ($4)"}},
	[MDB_CALL_GET_CATEGORY_MESSAGES] = {
		"» get_category_messages",
		{"category ($1)", "position ($2)", "batch_size ($3)",
		 "correlation ($4)", "consumer_group_member ($5)",
		 "consumer_group_size ($6)", "condition"}},
	[MDB_CALL_GET_LAST_STREAM_MESSAGE] = {
		"» get_last_message",
		{"stream_name ($1)", "type ($2)"}},
};
