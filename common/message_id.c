/*-------------------------------------------------------------------------
 *
 * message_id.c
 *	  Message ids: UUIDs in every spelling that PostgreSQL takes, and new ones
 *	  of version 7.
 *
 * Text form and random bits are libuuid's.  Its parser takes one spelling
 * only, and it makes no version 7 ids before release 2.41; both are here.
 *
 * A version 7 id (RFC 9562, section 6.2, method 3) begins with a clock of 60
 * bits: 48 of milliseconds since 1970, 12 of their fraction.  The clock's last
 * value is kept for the process in one atomic; an id takes the time or, when
 * the time is not above the last value, the last value plus one.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#include <stdatomic.h>
#include <time.h>
#include <uuid/uuid.h>

static _Atomic uint64_t last_clock;

/* One more than a hexadecimal digit's value; 0 for any other byte. */
static const unsigned char hex_digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16
};

/* The value of two hexadecimal digits, or -1. */
static int
hex_byte(const char *text)
{
	int			high = hex_digits[(unsigned char) text[0]];
	int			low = hex_digits[(unsigned char) text[1]];

	return high > 0 && low > 0 ? (high - 1) << 4 | (low - 1) : -1;
}

bool
mdb_parse_id(MdbString text, unsigned char id[16], MdbError *error)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	bool		braces = text.length > 0 && *p == '{';

	p += braces;
	for (int i = 0; i < 16; i++)
	{
		int			byte = end - p >= 2 ? hex_byte(p) : -1;

		if (byte < 0)
			goto invalid;
		id[i] = (unsigned char) byte;
		p += 2;
		if (i % 2 == 1 && i < 15 && p < end && *p == '-')
			p++;
	}
	if (braces && (p == end || *p++ != '}'))
		goto invalid;
	if (p == end)
		return true;

invalid:
	return mdb_fail(error, MDB_INVALID_ID, text, MDB_NULL_INTEGER,
					MDB_NULL_INTEGER);
}

void
mdb_format_id(const unsigned char id[16], char text[MDB_ID_LENGTH + 1])
{
	uuid_unparse_lower(id, text);
}

static uint64_t
read_clock(void)
{
	struct timespec now;
	uint64_t	milliseconds;
	uint64_t	rest;

	clock_gettime(CLOCK_REALTIME, &now);
	milliseconds = (uint64_t) now.tv_sec * 1000 +
		(uint64_t) now.tv_nsec / 1000000;
	rest = (uint64_t) now.tv_nsec % 1000000;
	return milliseconds << 12 | rest * 4096 / 1000000;
}

static uint64_t
next_clock(void)
{
	uint64_t	now = read_clock();
	uint64_t	last = atomic_load_explicit(&last_clock, memory_order_relaxed);
	uint64_t	next;

	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak_explicit(&last_clock, &last, next,
												  memory_order_relaxed,
												  memory_order_relaxed));
	return next;
}

void
mdb_generate_id(unsigned char id[16])
{
	uint64_t	clock = next_clock();

	uuid_generate_random(id);	/* sets the variant's two bits as well */
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char) (clock >> (52 - 8 * i));
	id[6] = (unsigned char) (0x70 | (clock >> 8 & 0x0F));
	id[7] = (unsigned char) clock;
}
