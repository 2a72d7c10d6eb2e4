/*-------------------------------------------------------------------------
 *
 * time.c
 *	  A message's time as text.
 *
 * Text of this form sorts as the times do, also with the zeros left out: a
 * shorter text is the beginning of a later one.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#define SECOND INT64_C(1000000)
#define DAY (INT64_C(86400) * SECOND)

/*
 * Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's
 * "chrono-Compatible Low-Level Date Algorithms" (civil_from_days).
 */
static void
date_of_day(int64_t day, int *year, int *month, int *day_of_month)
{
	int64_t		shifted = day + 719468; /* from 0000-03-01 */
	int64_t		era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int			day_of_era = (int) (shifted - era * 146097);
	int			year_of_era = (day_of_era - day_of_era / 1460 +
							   day_of_era / 36524 - day_of_era / 146096) / 365;
	int			day_of_year = day_of_era - (365 * year_of_era +
											year_of_era / 4 -
											year_of_era / 100);
	int			from_march = (5 * day_of_year + 2) / 153;

	*day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = (int) (era * 400) + year_of_era + (*month <= 2);
}

static char *
put_digits(char *p, int value, int digits, char separator)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		p[i] = (char) ('0' + value % 10);
	p[digits] = separator;
	return p + digits + 1;
}

void
mdb_format_time(int64_t microseconds, char text[MDB_TIME_LENGTH + 1])
{
	int64_t		day = microseconds / DAY;
	int64_t		rest = microseconds % DAY;
	int			seconds;
	int			year,
				month,
				day_of_month;
	char	   *p = text;

	if (rest < 0)
	{
		rest += DAY;
		day--;
	}
	date_of_day(day, &year, &month, &day_of_month);
	seconds = (int) (rest / SECOND);

	p = put_digits(p, year, 4, '-');
	p = put_digits(p, month, 2, '-');
	p = put_digits(p, day_of_month, 2, ' ');
	p = put_digits(p, seconds / 3600, 2, ':');
	p = put_digits(p, seconds / 60 % 60, 2, ':');
	p = put_digits(p, seconds % 60, 2, '.');
	p = put_digits(p, (int) (rest % SECOND), 6, '\0') - 1;

	while (p[-1] == '0')
		p--;
	if (p[-1] == '.')
		p--;
	*p = '\0';
}
