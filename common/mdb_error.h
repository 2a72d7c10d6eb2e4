/*-------------------------------------------------------------------------
 *
 * mdb_error.h
 *	  What all of the core is made of, values and errors: a part of
 *	  message_db.h, which includes it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MDB_ERROR_H
#define MDB_ERROR_H

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------
 */

/* Text of a given length; data == NULL is SQL NULL. Never owned. */
typedef struct MdbString
{
	const char *data;
	size_t		length;
} MdbString;

/* A bigint that may be SQL NULL. */
typedef struct MdbInteger
{
	bool		is_null;
	int64_t		value;
} MdbInteger;

#define MDB_NULL_STRING ((MdbString) {NULL, 0})
#define MDB_NULL_INTEGER ((MdbInteger) {true, 0})

static inline MdbString
mdb_string(const char *text)
{
	return (MdbString) {text, text ? strlen(text) : 0};
}

static inline MdbInteger
mdb_integer(int64_t value)
{
	return (MdbInteger) {false, value};
}

/*
 * How the core gets memory: resize() works like realloc(), and frees when
 * size is 0.  It may return NULL (the core then reports MDB_OUT_OF_MEMORY)
 * or not return at all (PostgreSQL jumps; its memory context cleans up).
 */
typedef struct MdbAllocator
{
	void	   *(*resize) (void *context, void *pointer, size_t size);
	void	   *context;
} MdbAllocator;

/* ------------------------------------------------------------------------
 * Interface to code in error.c
 * ------------------------------------------------------------------------
 */

typedef enum MdbErrorCode
{
	MDB_OK = 0,
	MDB_WRONG_EXPECTED_VERSION,
	MDB_NOT_A_STREAM_NAME,
	MDB_NOT_A_CATEGORY,
	MDB_CORRELATION_NOT_A_CATEGORY,
	MDB_GROUP_INCOMPLETE,
	MDB_GROUP_SIZE_TOO_SMALL,
	MDB_GROUP_MEMBER_TOO_SMALL,
	MDB_GROUP_MEMBER_TOO_LARGE,
	MDB_CONDITION_NOT_ACTIVATED,
	MDB_CONDITION_NOT_EXPRESSION,
	MDB_NEGATIVE_BATCH_SIZE,
	MDB_INVALID_ID,
	MDB_INVALID_INTEGER,
	MDB_INTEGER_OUT_OF_RANGE,
	MDB_NULL_COLUMN,
	MDB_DUPLICATE_ID,
	MDB_DUPLICATE_POSITION,
	MDB_STREAM_FULL,
	MDB_STREAM_NAME_TOO_LONG,
	MDB_BATCH_NOT_ARRAY,
	MDB_BATCH_EMPTY,
	MDB_BATCH_WRONG_MESSAGE,
	MDB_BATCH_UNKNOWN_KEY,
	MDB_INVALID_UTF8,
	MDB_INVALID_JSON,
	MDB_UNSUPPORTED_UNICODE_ESCAPE,
	MDB_NUMBER_OUT_OF_RANGE,
	MDB_JSON_TOO_LARGE,
	MDB_JSON_TOO_DEEP,
	MDB_UNKNOWN_SETTING,
	MDB_SETTING_NOT_BOOLEAN,
	MDB_SETTING_NOT_CATEGORY_LOCK,
	MDB_UNKNOWN_NAMESPACE,
	MDB_NAMESPACE_EXISTS,
	MDB_INVALID_NAMESPACE_NAME,
	MDB_NOT_A_MESSAGE_TABLE,
	MDB_NEWER_SCHEMA_VERSION,
	MDB_DEFAULT_NAMESPACE_FIXED,
	MDB_NOT_AN_ORDINARY_TABLE,
	MDB_OUT_OF_MEMORY,
	MDB_ERROR_CODES				/* their number */
} MdbErrorCode;

/*
 * An error before it is worded.  What the text quotes is not copied:
 * subject points into the caller's arguments, at a constant, or at buffer
 * (so an MdbError is not copied either).
 */
typedef struct MdbError
{
	MdbErrorCode code;
	MdbString	subject;		/* "%s" in the templates */
	MdbInteger	first;			/* "%1" */
	MdbInteger	second;			/* "%2" */
	const char *detail;			/* a template that replaces the code's own */
	char		buffer[24];
} MdbError;

typedef enum MdbErrorPart
{
	MDB_ERROR_MESSAGE,
	MDB_ERROR_DETAIL,
	MDB_ERROR_HINT
} MdbErrorPart;

/* Fills *error and returns false, so that "return mdb_fail(...)" reads well. */
extern bool mdb_fail(MdbError *error, MdbErrorCode code, MdbString subject,
					 MdbInteger first, MdbInteger second);

/* The five characters of the error's SQLSTATE. */
extern const char *mdb_error_sqlstate(MdbErrorCode code);

/*
 * Words a part of the error, like snprintf(): writes at most size bytes with
 * the closing NUL, and returns the length of the whole text without it.  0
 * means that the error has no such part.  NULLs are printed as <NULL>.
 */
extern size_t mdb_error_text(const MdbError *error, MdbErrorPart part,
							 char *buffer, size_t size);

/* The same for a template with "%s", "%1" and "%2"; NULL gives no text. */
extern size_t mdb_fill_template(const char *template, MdbString subject,
								MdbInteger first, MdbInteger second,
								char *buffer, size_t size);

#endif							/* MDB_ERROR_H */
