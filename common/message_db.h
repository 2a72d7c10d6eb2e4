/*-------------------------------------------------------------------------
 *
 * message_db.h
 *	  The interface of the core that both databases share.
 *
 * The core is plain C: it knows neither postgres.h nor sqlite3.h, never
 * prints, never jumps, and allocates only through an MdbAllocator that the
 * host hands in.  A function that can fail returns false and fills an
 * MdbError; the host turns that into its own kind of error with
 * mdb_error_text().  So both databases say the same words.
 *
 * Text arrives as pointer and length (MdbString).  A NULL pointer stands for
 * SQL NULL.  Text is UTF-8 and holds no NUL byte; the hosts see to that.
 *
 * Values and errors are in mdb_error.h, which is a part of this file.
 *
 * Rules without another source come from Message DB 1.3.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_DB_H
#define MESSAGE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The core's names stay inside each extension: servers before PostgreSQL 16
 * show all of a library's names to all others.
 */
#pragma GCC visibility push(hidden)

#include "mdb_error.h"

/* ------------------------------------------------------------------------
 * Interface to code in stream_name.c
 * ------------------------------------------------------------------------
 */

/* Longest stream name, in bytes: what an 8 kB page's index entry holds. */
#define MDB_MAX_STREAM_NAME 2048

/* What stands before the first '-'; the whole name when there is none. */
extern MdbString mdb_category(MdbString stream_name);

/* What stands after the first '-'; NULL when there is none. */
extern MdbString mdb_id(MdbString stream_name);

/* The id up to its first '+'; NULL when there is no id. */
extern MdbString mdb_cardinal_id(MdbString stream_name);

/* Whether the name has no '-'.  True for NULL. */
extern bool mdb_is_category(MdbString stream_name);

/* Errors: MDB_STREAM_NAME_TOO_LONG.  NULL passes. */
extern bool mdb_check_stream_name(MdbString stream_name, MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in utf8.c
 * ------------------------------------------------------------------------
 */

/* Errors: MDB_INVALID_UTF8, also for a NUL byte.  NULL passes. */
extern bool mdb_check_utf8(MdbString text, MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in hash.c
 * ------------------------------------------------------------------------
 */

/* The MD5 digest (RFC 1321) of length bytes. */
extern void mdb_md5(const void *data, size_t length, unsigned char digest[16]);

/* The first eight bytes of the MD5 digest as a signed big-endian number. */
extern int64_t mdb_hash_64(MdbString value);

/* ------------------------------------------------------------------------
 * Interface to code in consumer_group.c
 * ------------------------------------------------------------------------
 */

/*
 * Checks the two arguments of a reader; both NULL is fine and means no group.
 * Errors, in this order: MDB_GROUP_INCOMPLETE, MDB_GROUP_SIZE_TOO_SMALL,
 * MDB_GROUP_MEMBER_TOO_SMALL, MDB_GROUP_MEMBER_TOO_LARGE.
 */
extern bool mdb_check_consumer_group(MdbInteger member, MdbInteger size,
									 MdbError *error);

/* Checks a size alone, not NULL.  Errors: MDB_GROUP_SIZE_TOO_SMALL. */
extern bool mdb_check_group_size(MdbInteger size, MdbError *error);

/*
 * The member, 0 to size - 1, that reads the stream in a group of that size
 * (1 or more): |hash_64(cardinal id)| mod size, where |-2^63| is 2^63.  -1
 * for a stream without an id, which no member reads.
 */
extern int64_t mdb_consumer_group_member(MdbString stream_name, int64_t size);

/* ------------------------------------------------------------------------
 * Interface to code in message_id.c
 * ------------------------------------------------------------------------
 */

#define MDB_ID_LENGTH 36		/* of its canonical text, without a NUL */

/*
 * Takes every spelling that PostgreSQL's uuid takes: 32 hexadecimal digits of
 * either case, a '-' allowed after each group of four, braces around it all.
 * Errors: MDB_INVALID_ID.
 */
extern bool mdb_parse_id(MdbString text, unsigned char id[16], MdbError *error);

/* Writes the canonical lower-case form, and a closing NUL. */
extern void mdb_format_id(const unsigned char id[16], char text[MDB_ID_LENGTH + 1]);

/*
 * A new id of version 7 (RFC 9562): milliseconds, then 12 bits of their
 * fraction, then random bits.  Every id is above the one made before it in
 * this process, by whatever thread and also when the clock steps back.
 */
extern void mdb_generate_id(unsigned char id[16]);

/* ------------------------------------------------------------------------
 * Interface to code in namespace_name.c
 * ------------------------------------------------------------------------
 */

#define MDB_DEFAULT_NAMESPACE "message_store"

#define MDB_MAX_NAMESPACE_NAME 63	/* characters, which are bytes */

/*
 * The version of a namespace's table, indexes and views.  1 is Message DB's,
 * 2 is ours.
 */
#define MDB_SCHEMA_VERSION 2

/* Errors: MDB_INVALID_NAMESPACE_NAME, also for NULL. */
extern bool mdb_check_namespace_name(MdbString name, MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in write.c
 * ------------------------------------------------------------------------
 */

/*
 * The position of a stream's next message.  version is the position of its
 * last one, NULL when it has none, which counts as -1.
 * Errors: MDB_WRONG_EXPECTED_VERSION; MDB_STREAM_FULL after 2^63 - 1, which
 * only a row inserted by hand can bring about.
 */
extern bool mdb_next_position(MdbString stream_name, MdbInteger version,
							  MdbInteger expected_version, int64_t *position,
							  MdbError *error);

/* The same for the first of so many messages, which all must have room. */
extern bool mdb_next_positions(MdbString stream_name, MdbInteger version,
							   MdbInteger expected_version, int64_t count,
							   int64_t *first, MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in batch.c
 * ------------------------------------------------------------------------
 */

typedef enum MdbJsonKind
{
	MDB_KIND_NULL,				/* SQL NULL, or JSON null */
	MDB_KIND_STRING,
	MDB_KIND_ARRAY,
	MDB_KIND_OBJECT,
	MDB_KIND_OTHER				/* a number, true, false */
} MdbJsonKind;

/* The keys of a message, in the order of jsonb. */
typedef enum MdbBatchKey
{
	MDB_BATCH_ID,
	MDB_BATCH_DATA,
	MDB_BATCH_TYPE,
	MDB_BATCH_METADATA,
	MDB_BATCH_KEYS				/* their number */
} MdbBatchKey;

/* An element of the array. */
typedef struct MdbBatchMessage
{
	int64_t		index;			/* from 0 */
	unsigned	keys;			/* bit n for MdbBatchKey n */
	bool		has_id;			/* id is there, and not null */
	unsigned char id[16];
} MdbBatchMessage;

/* Checks the array.  Errors: MDB_BATCH_NOT_ARRAY, MDB_BATCH_EMPTY. */
extern bool mdb_check_batch(MdbJsonKind kind, int64_t count, MdbError *error);

/*
 * Check an element of that index and kind, its keys with their values one
 * after another, each once, and what it lacks when it has no more.  text is
 * that of an id or type which is a string, without quotes and escapes.
 * Errors: MDB_BATCH_WRONG_MESSAGE, MDB_BATCH_UNKNOWN_KEY.
 */
extern bool mdb_begin_batch_message(MdbBatchMessage *message, int64_t index,
									MdbJsonKind kind, MdbError *error);
extern bool mdb_find_batch_key(const MdbBatchMessage *message, MdbString name,
							   MdbBatchKey *key, MdbError *error);
extern bool mdb_check_batch_value(MdbBatchMessage *message, MdbBatchKey key,
								  MdbJsonKind kind, MdbString text,
								  MdbError *error);
extern bool mdb_end_batch_message(const MdbBatchMessage *message,
								  MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in read.c
 * ------------------------------------------------------------------------
 */

/* The arguments of a reader; those that it does not have stay NULL. */
typedef struct MdbRead
{
	MdbString	name;			/* stream or category */
	MdbInteger	position;
	MdbInteger	batch_size;
	MdbString	correlation;
	MdbInteger	member;
	MdbInteger	size;
	MdbString	condition;
	bool		condition_activated;	/* the setting's value */
} MdbRead;

/*
 * Check the arguments in Message DB's order and put the defaults in for NULL
 * ones: position 0 for a stream and 1 for a category and for all messages,
 * batch_size 1000.  A batch_size of -1 stands for all.
 * Errors: those of the name, the correlation, the consumer group, then
 * MDB_CONDITION_NOT_ACTIVATED, then MDB_NEGATIVE_BATCH_SIZE.
 */
extern bool mdb_check_stream_read(MdbRead *read, MdbError *error);
extern bool mdb_check_category_read(MdbRead *read, MdbError *error);
extern bool mdb_check_read_of_all(MdbRead *read, MdbError *error);

/*
 * Checks a number of rows, and puts the default in for NULL; -1 stands for
 * all.  Errors: MDB_NEGATIVE_BATCH_SIZE.
 */
extern bool mdb_check_batch_size(MdbInteger *batch_size, int64_t otherwise,
								 MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in json.c
 * ------------------------------------------------------------------------
 */

/*
 * Reads a JSON text and writes it as PostgreSQL prints the jsonb made of it,
 * byte for byte: keys ordered by length and then by bytes, the last of equal
 * keys kept, one space after ':' and ',', numbers as numeric prints them,
 * escapes only where JSON needs them.
 *
 * On success *canonical points at memory from the allocator, with a closing
 * NUL that length does not count; the caller frees it by resizing it to 0.
 * On failure nothing stays allocated.
 * Errors: MDB_INVALID_JSON, MDB_UNSUPPORTED_UNICODE_ESCAPE (\u0000),
 * MDB_NUMBER_OUT_OF_RANGE, MDB_JSON_TOO_LARGE, MDB_JSON_TOO_DEEP,
 * MDB_INVALID_UTF8, MDB_OUT_OF_MEMORY.
 */
extern bool mdb_canonicalize_json(MdbString text, const MdbAllocator *allocator,
								  char **canonical, size_t *length,
								  MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in time.c
 * ------------------------------------------------------------------------
 */

#define MDB_TIME_LENGTH 26		/* YYYY-MM-DD HH:MM:SS.ffffff, without a NUL */

/*
 * Writes a time, given in microseconds since 1970 in UTC (years 1 to 9999),
 * as PostgreSQL prints a timestamp: trailing zeros of the fraction left out,
 * and the point with them.
 */
extern void mdb_format_time(int64_t microseconds, char text[MDB_TIME_LENGTH + 1]);

/* ------------------------------------------------------------------------
 * Interface to code in integer.c
 * ------------------------------------------------------------------------
 */

/*
 * Reads a decimal number, blanks around it allowed.  text is not NULL.
 * Errors: MDB_INVALID_INTEGER, MDB_INTEGER_OUT_OF_RANGE.
 */
extern bool mdb_parse_integer(MdbString text, int64_t *value, MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in settings.c
 * ------------------------------------------------------------------------
 */

typedef enum MdbSetting
{
	MDB_SETTING_SQL_CONDITION,
	MDB_SETTING_DEBUG,
	MDB_SETTING_DEBUG_WRITE,
	MDB_SETTING_DEBUG_GET,
	MDB_SETTING_AUTO_CREATE_NAMESPACES,
	MDB_SETTING_IDEMPOTENT_WRITES,
	MDB_BOOLEAN_SETTINGS,		/* their number */
	MDB_SETTING_CATEGORY_LOCK = MDB_BOOLEAN_SETTINGS,
	MDB_SETTINGS				/* the number of all */
} MdbSetting;

/*
 * A setting's value is the number of its word, 0 by default.  The words of a
 * boolean one are off and on.
 */
typedef struct MdbSettingInfo
{
	const char *name;
	const char *description;	/* one line, a sentence */
	const char *words[3];		/* up to the first NULL */
} MdbSettingInfo;

/* The values of MDB_SETTING_CATEGORY_LOCK. */
typedef enum MdbCategoryLock
{
	MDB_CATEGORY_LOCK_INSERT,
	MDB_CATEGORY_LOCK_COMMIT
} MdbCategoryLock;

/* One more, which is a text: the name of the current namespace. */
#define MDB_SETTING_NAMESPACE "message_db.namespace"

extern const MdbSettingInfo mdb_settings[MDB_SETTINGS];

/* Finds a setting by its name in any case.  Errors: MDB_UNKNOWN_SETTING. */
extern bool mdb_find_setting(MdbString name, MdbSetting *setting, MdbError *error);

/*
 * Reads a boolean as PostgreSQL reads one for a setting: on, off, true, false,
 * yes, no, 1, 0 and unambiguous beginnings, in any case.
 */
extern bool mdb_parse_boolean(MdbString text, bool *value);

/*
 * Reads a setting's value: a boolean, or one of the words in any case.
 * Errors: MDB_SETTING_NOT_BOOLEAN, MDB_SETTING_NOT_CATEGORY_LOCK.
 */
extern bool mdb_parse_setting(MdbSetting setting, MdbString text, int *value,
							  MdbError *error);

/* ------------------------------------------------------------------------
 * Interface to code in debug.c
 * ------------------------------------------------------------------------
 */

/* The calls that the debug settings show. */
typedef enum MdbCall
{
	MDB_CALL_ACQUIRE_LOCK,
	MDB_CALL_WRITE_MESSAGE,
	MDB_CALL_WRITE_MESSAGES,
	MDB_CALL_GET_STREAM_MESSAGES,
	MDB_CALL_GET_CATEGORY_MESSAGES,
	MDB_CALL_GET_LAST_STREAM_MESSAGE,
	MDB_CALL_GET_ALL_MESSAGES,
	MDB_CALLS					/* their number */
} MdbCall;

/*
 * The lines of a call: its title, then "label: value" for each label up to
 * the first NULL.  A label a SQL argument; acquire_lock's are the name, its
 * category and the key, and the writers' last two, after the arguments, the
 * stream's version and the position, of a batch the first one.
 */
typedef struct MdbCallText
{
	const char *title;
	MdbSetting	setting;		/* that shows it, as MDB_SETTING_DEBUG does */
	const char *labels[9];
} MdbCallText;

extern const MdbCallText mdb_call_texts[MDB_CALLS];

/* ------------------------------------------------------------------------
 * Interface to code in verify.c
 * ------------------------------------------------------------------------
 */

/* What verify_namespace() can find wrong. */
typedef enum MdbViolation
{
	MDB_VIOLATION_GAP,
	MDB_VIOLATION_DUPLICATE_POSITION,
	MDB_VIOLATION_ORDER,
	MDB_VIOLATION_NEGATIVE_POSITION,
	MDB_VIOLATION_SMALL_GLOBAL_POSITION,
	MDB_VIOLATION_NULL,
	MDB_VIOLATION_MALFORMED,
	MDB_VIOLATION_INDEX,
	MDB_VIOLATION_SEQUENCE,
	MDB_VIOLATION_DAMAGE,
	MDB_VIOLATIONS				/* their number */
} MdbViolation;

/* A violation, and what its detail quotes. */
typedef struct MdbFinding
{
	MdbViolation violation;
	MdbString	subject;
	MdbInteger	first;
	MdbInteger	second;
} MdbFinding;

/* The words of the columns violation and, like mdb_error_text(), detail. */
extern const char *mdb_violation_words(MdbViolation violation);
extern size_t mdb_finding_detail(const MdbFinding *finding, char *buffer,
								 size_t size);

/* The message before, in the order of streams and positions; begins as {0}. */
typedef struct MdbPositionCheck
{
	bool		begun;
	int64_t		position;
	int64_t		global_position;
} MdbPositionCheck;

#define MDB_POSITION_FINDINGS 4

/*
 * Checks the next message in the order of stream name, position and global
 * position; same_stream says whether it is of the stream of the one before.
 * Fills at most MDB_POSITION_FINDINGS findings and returns their number.
 */
extern int	mdb_check_position(MdbPositionCheck *check, bool same_stream,
							   int64_t position, int64_t global_position,
							   MdbFinding *findings);

#pragma GCC visibility pop

#endif							/* MESSAGE_DB_H */
