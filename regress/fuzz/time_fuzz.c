/*-------------------------------------------------------------------------
 *
 * time_fuzz.c
 *	  A fuzzer for times as text, compared with the C library's calendar; and
 *	  they sort as the times do.
 *
 * The input is two times, eight bytes each.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <time.h>

/* Years 1 to 9999. */
#define FIRST INT64_C(-62135596800000000)
#define LAST INT64_C(253402300799999999)

#define TEXT_SIZE 100			/* room for the largest int in each field */

static void
plain_format(int64_t microseconds, char text[TEXT_SIZE])
{
	int64_t		fraction = microseconds % 1000000;
	time_t		seconds;
	struct tm	fields;
	char	   *end;

	if (fraction < 0)
		fraction += 1000000;
	seconds = (time_t) ((microseconds - fraction) / 1000000);
	require(gmtime_r(&seconds, &fields) != NULL, "there is such a time");
	snprintf(text, TEXT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d.%06d",
			 fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday,
			 fields.tm_hour, fields.tm_min, fields.tm_sec, (int) fraction);
	for (end = text + strlen(text); end[-1] == '0'; end--)
		end[-1] = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

/* A time that the core formats, made of any number. */
static int64_t
in_range(uint64_t number)
{
	return FIRST + (int64_t) (number % (uint64_t) (LAST - FIRST + 1));
}

static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t		times[2];
	char		texts[2][MDB_TIME_LENGTH + 1];

	for (int i = 0; i < 2; i++)
	{
		char		expected[TEXT_SIZE];

		times[i] = in_range(take_number(&data, &size));
		mdb_format_time(times[i], texts[i]);
		if (sizeof(time_t) < 8)
			continue;			/* such a C library ends in 2038 */
		plain_format(times[i], expected);
		require(strcmp(texts[i], expected) == 0, "the text of a time");
	}
	require(order(strcmp(texts[0], texts[1]), 0) == order(times[0], times[1]),
			"texts sort as times do");
	return 0;
}
