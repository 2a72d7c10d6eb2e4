/*-------------------------------------------------------------------------
 *
 * hostile.h
 *	  Hostile calls of everything that the extension offers.
 *
 * What there is to call is asked of SQLite, so a new function or virtual table
 * is called by itself.  Which call is made, with which arguments, depends on a
 * state of fault_random() only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "faults.h"

/* A function with so many arguments, or a virtual table. */
typedef struct HostileObject
{
	char	   *name;
	int			arguments;		/* of a table: its hidden columns */
	bool		is_table;
	bool		may_change;		/* it is no reader */
	char	   *columns;		/* of a table, separated by commas */
} HostileObject;

extern HostileObject *hostile_objects;
extern int	hostile_object_count;

/* Fills the list of objects; hostile_forget_objects() frees it. */
extern void hostile_learn_objects(void);
extern void hostile_forget_objects(void);

/* The largest value in bytes; 20,000 unless it is set. */
extern int	hostile_largest;

/*
 * A statement with such a call, to be freed with sqlite3_free().  Now and then
 * it has too many arguments or too few, which no function accepts.
 */
extern char *hostile_call(const HostileObject *object, uint64_t *random);

/* Binds a value to every parameter. */
extern void hostile_bind(sqlite3_stmt *statement, uint64_t *random);

/*
 * Makes a call of an object.  Returns its result code, after a check that it
 * is one that a caller may see, and that an error has a text of its own.
 * may_be_damaged: SQLITE_CORRUPT and the like are answers, too.
 */
extern int	hostile_try(sqlite3 *db, const HostileObject *object,
						uint64_t *random, bool may_be_damaged);

#endif							/* HOSTILE_H */
