/*-------------------------------------------------------------------------
 *
 * debug.c
 *	  The words of the debug notices, which are Message DB's where it has the
 *	  function.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

const MdbCallText mdb_call_texts[MDB_CALLS] = {
	[MDB_CALL_ACQUIRE_LOCK] = {
		"» acquire_lock",
		MDB_SETTING_DEBUG_WRITE,
		{"stream_name", "_category", "_category_name_hash"}},
	[MDB_CALL_WRITE_MESSAGE] = {
		"» write_message",
		MDB_SETTING_DEBUG_WRITE,
		{"id ($1)", "stream_name ($2)", "type ($3)", "data ($4)",
		 "metadata ($5)", "expected_version ($6)", "_stream_version",
		 "_next_position"}},
	[MDB_CALL_WRITE_MESSAGES] = {
		"» write_messages",
		MDB_SETTING_DEBUG_WRITE,
		{"stream_name ($1)", "messages ($2)", "expected_version ($3)",
		 "_stream_version", "_next_position"}},
	[MDB_CALL_GET_STREAM_MESSAGES] = {
		"» get_stream_messages",
		MDB_SETTING_DEBUG_GET,
		{"stream_name ($1)", "position ($2)", "batch_size ($3)",
		 "condition ($4)"}},
	[MDB_CALL_GET_CATEGORY_MESSAGES] = {
		"» get_category_messages",
		MDB_SETTING_DEBUG_GET,
		{"category ($1)", "position ($2)", "batch_size ($3)",
		 "correlation ($4)", "consumer_group_member ($5)",
		 "consumer_group_size ($6)", "condition"}},
	[MDB_CALL_GET_LAST_STREAM_MESSAGE] = {
		"» get_last_message",
		MDB_SETTING_DEBUG_GET,
		{"stream_name ($1)", "type ($2)"}},
	[MDB_CALL_GET_ALL_MESSAGES] = {
		"» get_all_messages",
		MDB_SETTING_DEBUG_GET,
		{"position ($1)", "batch_size ($2)", "condition ($3)"}},
};
