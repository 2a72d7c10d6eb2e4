/*-------------------------------------------------------------------------
 *
 * fault_compare.c
 *	  Which states of the store a history allows.
 *
 * Without WAL all files of a store are committed as one.  In WAL mode each has
 * commits of its own, so a COMMIT that spans several may be found in some.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"

/* What a state says of a namespace; NULL when it is not there. */
static const char *
contents_of(const State *state, const char *name)
{
	for (int i = 0; i < state->count; i++)
		if (strcmp(state->namespaces[i].name, name) == 0)
			return state->namespaces[i].contents;
	return NULL;
}

static bool
same_contents(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
state_equals(const State *a, const State *b)
{
	bool		equal = a->count == b->count;

	for (int i = 0; i < a->count && equal; i++)
		equal = strcmp(a->namespaces[i].name, b->namespaces[i].name) == 0 &&
			same_contents(a->namespaces[i].contents, b->namespaces[i].contents);
	return equal;
}

static bool
same_names(const State *a, const State *b)
{
	bool		same = a->count == b->count;

	for (int i = 0; i < a->count && same; i++)
		same = contents_of(b, a->namespaces[i].name) != NULL;
	return same;
}

/*
 * Files that have different numbers of commits: the names are those of some
 * state, and each contents is that of some namespace in some state, because a
 * file may have been renamed since; or empty, because a file begins so.
 */
static bool
is_patchwork(const History *history, const State *state, int first, int last)
{
	bool		names = false;

	for (int i = first; i <= last; i++)
		names = names || same_names(state, &history->states[i]);
	for (int n = 0; n < state->count && names; n++)
	{
		const char *contents = state->namespaces[n].contents;
		const char *messages = strchr(contents, '\n');
		bool		found = messages && !messages[1];

		for (int i = first; i <= last; i++)
			for (int j = 0; j < history->states[i].count; j++)
				found = found ||
					same_contents(contents,
								  history->states[i].namespaces[j].contents);
		names = found;
	}
	return names;
}

/* The first state that may be found when so many changes may be lost. */
static int
first_state(const History *history, int done, int lost)
{
	int			first = done;

	for (int i = 0; i < lost && first > 0; i++)
	{
		while (first > 0 && state_equals(&history->states[first - 1],
										 &history->states[first]))
			first--;
		first -= first > 0;
	}
	return first;
}

bool
history_allows(const History *history, const State *state, int done,
			   bool in_doubt, bool power_lost)
{
	const bool	is_wal = strcmp(history->mode->journal_mode, "wal") == 0;
	int			lost = power_lost ? history->mode->steps_lost : 0;
	int			first = first_state(history, done, lost);
	int			last = done + in_doubt;

	for (int i = first; i <= last; i++)
		if (state_equals(state, &history->states[i]))
			return true;
	if (is_wal && lost > 0)
		return is_patchwork(history, state, 0, last);
	return is_wal && in_doubt && history->steps[done].spans &&
		is_patchwork(history, state, done, last);
}
