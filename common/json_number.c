/*-------------------------------------------------------------------------
 *
 * json_number.c
 *	  Numbers of JSON as PostgreSQL's numeric prints them.
 *
 * numeric keeps every digit: 1.50 stays 1.50.  It has no exponent, so 1e3 is
 * 1000 and 1.5e-3 is 0.0015; a positive exponent uses up digits behind the
 * point before it adds zeros (1.50e1 is 15.0).  It has no negative zero: -0.0
 * is 0.0.
 *
 * Its limits are 131,072 digits before the point, leading zeros not counted,
 * and 16,383 behind it.  Hence no number is longer than 150 kB.
 *
 * An exponent only moves the point, so a number is laid out as its digits,
 * seen as an endless row with zeros on both sides, and two stretches of it.
 *
 *-------------------------------------------------------------------------
 */
#include "json_internal.h"

#define MAX_WHOLE_DIGITS 131072
#define MAX_SCALE 16383

/* PostgreSQL refuses this exponent and those above, of zero too. */
#define EXPONENT_LIMIT (INT32_MAX / 2)

/* Where the parts of the printed number stand in the row of digits. */
typedef struct Layout
{
	int64_t		first;			/* the first digit that is not 0 */
	int64_t		point;			/* the digit before which the point stands */
	int64_t		scale;			/* digits behind the point */
	bool		is_zero;
} Layout;

static char
digit_at(const MdbJsonNumber *number, int64_t place)
{
	size_t		i = (size_t) place;

	if (place < 0)
		return '0';
	if (i < number->integer.length)
		return number->integer.data[i];
	i -= number->integer.length;
	return i < number->fraction.length ? number->fraction.data[i] : '0';
}

/* The exponent, or one at the limit for all beyond it. */
static int64_t
exponent_value(const MdbJsonNumber *number)
{
	int64_t		value = 0;

	for (size_t i = 0; i < number->exponent.length; i++)
	{
		value = value * 10 + (number->exponent.data[i] - '0');
		if (value > EXPONENT_LIMIT)
			value = EXPONENT_LIMIT;
	}
	return number->exponent_negative ? -value : value;
}

static Layout
lay_out(const MdbJsonNumber *number, int64_t exponent)
{
	int64_t		digits = number->integer.length + number->fraction.length;
	int64_t		fraction = number->fraction.length;
	Layout		layout = {0};

	while (layout.first < digits && digit_at(number, layout.first) == '0')
		layout.first++;
	layout.is_zero = layout.first == digits;
	layout.point = (int64_t) number->integer.length + exponent;
	layout.scale = fraction > exponent ? fraction - exponent : 0;
	return layout;
}

/* Whether the number is printed as it stands in the input. */
static bool
is_canonical(const MdbJsonNumber *number)
{
	return number->exponent.length == 0 &&
		(!number->negative || number->integer.data[0] != '0');
}

/* Appends it; its parts are neighbours in the input. */
static bool
copy_number(const MdbJsonNumber *number, MdbJsonText *text)
{
	size_t		length = number->negative + number->integer.length;

	if (number->fraction.length > 0)
		length += 1 + number->fraction.length;
	return mdb_json_append(text, number->integer.data - number->negative,
						   length);
}

/* How many digits stand before the point, leading zeros not counted. */
static int64_t
whole_digits(const Layout *layout)
{
	if (layout->is_zero || layout->point <= layout->first)
		return 0;
	return layout->point - layout->first;
}

bool
mdb_json_number_fits(const MdbJsonNumber *number)
{
	int64_t		exponent = exponent_value(number);
	Layout		layout;

	if (exponent <= -EXPONENT_LIMIT || exponent >= EXPONENT_LIMIT)
		return false;
	if (exponent == 0 && number->integer.length <= MAX_WHOLE_DIGITS)
		return number->fraction.length <= MAX_SCALE;
	layout = lay_out(number, exponent);
	return whole_digits(&layout) <= MAX_WHOLE_DIGITS &&
		layout.scale <= MAX_SCALE;
}

bool
mdb_json_write_number(const MdbJsonNumber *number, MdbJsonText *text)
{
	Layout		layout;
	int64_t		whole;
	char	   *out;

	if (is_canonical(number))
		return copy_number(number, text);

	layout = lay_out(number, exponent_value(number));
	whole = whole_digits(&layout);
	if (!mdb_json_reserve(text, (size_t) (whole + layout.scale) + 3))
		return false;

	out = text->data + text->length;
	if (number->negative && !layout.is_zero)
		*out++ = '-';
	if (whole == 0)
		*out++ = '0';
	for (int64_t i = 0; i < whole; i++)
		*out++ = digit_at(number, layout.first + i);
	if (layout.scale > 0)
		*out++ = '.';
	for (int64_t i = 0; i < layout.scale; i++)
		*out++ = digit_at(number, layout.point + i);
	text->length = (size_t) (out - text->data);
	return true;
}
