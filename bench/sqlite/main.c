/*-------------------------------------------------------------------------
 *
 * main.c
 *	  Measures the SQLite extension against statements written by hand.
 *
 *	sqlite [OPTION ...]
 *
 *	--areas LIST		of writes, batches, reads; all by default
 *	--modes LIST		of memory, normal, full: where the stores stand, and
 *						synchronous in WAL mode; all by default
 *	--rounds COUNT		7 by default
 *	--scale FACTOR		measures so many times as much, 1 by default
 *	--quick				a run of a few seconds that shows that all works
 *	--directory PATH	where the files come about, . by default
 *	--extension FILE	the extension; $MDB_SQLITE or ./message_db by default
 *
 * Prints a line "area,what,round,variant,microseconds" for each figure, those
 * names first: the time of one message written, or of one read.  "ours" calls
 * the extension; "bare" is what one would write by hand.  What that is stands in
 * writes.c and reads.c, and how it is measured in measure.c.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_names[MODES] = {"memory", "normal", "full"};

Options		options = {
	"writes,batches,reads", "memory,normal,full", ".", NULL, 7, 1
};

static void
usage(void)
{
	fprintf(stderr, "usage: sqlite [--areas LIST] [--modes LIST] "
			"[--rounds COUNT] [--scale FACTOR]\n"
			"              [--quick] [--directory PATH] "
			"[--extension FILE]\n");
	exit(2);
}

static void
read_options(int argc, char **argv)
{
	options.extension = getenv("MDB_SQLITE");
	if (!options.extension)
		options.extension = "./message_db";
	for (int i = 1; i < argc; i++)
	{
		const char *option = argv[i];

		if (strcmp(option, "--quick") == 0)
		{
			options.rounds = 2;
			options.scale = 0.02;
			continue;
		}
		if (++i == argc)
			usage();
		if (strcmp(option, "--areas") == 0)
			options.areas = argv[i];
		else if (strcmp(option, "--modes") == 0)
			options.modes = argv[i];
		else if (strcmp(option, "--rounds") == 0)
			options.rounds = atoi(argv[i]);
		else if (strcmp(option, "--scale") == 0)
			options.scale = atof(argv[i]);
		else if (strcmp(option, "--directory") == 0)
			options.directory = argv[i];
		else if (strcmp(option, "--extension") == 0)
			options.extension = argv[i];
		else
			usage();
	}
}

static bool
is_chosen(const char *list, const char *word)
{
	const char *found = strstr(list, word);

	return found && (found == list || found[-1] == ',') &&
		strchr(",", found[strlen(word)]);
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	printf("area,what,round,variant,microseconds\n");
	for (int mode = 0; mode < MODES; mode++)
	{
		if (!is_chosen(options.modes, mode_names[mode]))
			continue;
		if (is_chosen(options.areas, "writes"))
			measure_writes((Mode) mode);
		if (is_chosen(options.areas, "batches"))
		{
			measure_batches((Mode) mode, 10);
			measure_batches((Mode) mode, 100);
		}
	}
	if (is_chosen(options.areas, "reads"))
		measure_reads();
	return 0;
}
