/*-------------------------------------------------------------------------
 *
 * stream_name_fuzz.c
 *	  A fuzzer for stream names: their parts, the hash of the cardinal id, and
 *	  the member of a consumer group that reads the stream.
 *
 * The first eight bytes are the group's size, the rest is the name.  MD5 is
 * stated here a second time, with the constants computed as RFC 1321 defines
 * them and the padding written out.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <math.h>

/* ------------------------------------------------------------------------
 * MD5, as in the text of the RFC
 * ------------------------------------------------------------------------
 */

static void
plain_block(uint32_t state[4], const uint8_t *block)
{
	static const int shifts[4][4] = {
		{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}
	};
	uint32_t	a = state[0],
				b = state[1],
				c = state[2],
				d = state[3];

	for (int i = 0; i < 64; i++)
	{
		int			round = i / 16;
		int			k = (int[]) {i, 5 * i + 1, 3 * i + 5, 7 * i}[round] % 16;
		int			s = shifts[round][i % 4];
		uint32_t	t = (uint32_t) floor(fabs(sin(i + 1)) * 4294967296.0);
		uint32_t	word = 0;
		uint32_t	sum;

		for (int j = 3; j >= 0; j--)
			word = word << 8 | block[4 * k + j];
		sum = a + word + t + (round == 0 ? (b & c) | (~b & d)
							  : round == 1 ? (b & d) | (c & ~d)
							  : round == 2 ? b ^ c ^ d
							  : c ^ (b | ~d));
		a = d;
		d = c;
		c = b;
		b += sum << s | sum >> (32 - s);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

static int64_t
plain_hash_64(MdbString text)
{
	uint32_t	state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	size_t		padded = (text.length + 8) / 64 * 64 + 64;
	uint8_t    *bytes = calloc(padded, 1);
	uint64_t	hash = 0;

	require(bytes != NULL, "there is memory");
	if (text.length > 0)
		memcpy(bytes, text.data, text.length);
	bytes[text.length] = 0x80;
	for (int i = 0; i < 8; i++)
		bytes[padded - 8 + i] = (uint8_t) ((uint64_t) text.length * 8 >> 8 * i);
	for (size_t at = 0; at < padded; at += 64)
		plain_block(state, bytes + at);
	free(bytes);
	for (int i = 0; i < 8; i++)
		hash = hash << 8 | (state[i / 4] >> 8 * (i % 4) & 0xFF);
	return (int64_t) hash;
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------
 */

/* The number of bytes before the first mark, or all. */
static size_t
bytes_before(MdbString text, char mark)
{
	size_t		n = 0;

	while (n < text.length && text.data[n] != mark)
		n++;
	return n;
}

static void
check_parts(MdbString name)
{
	size_t		dash = bytes_before(name, '-');
	bool		has_id = dash < name.length;
	MdbString	category = {name.data, dash};
	MdbString	id = {name.data + dash + 1, name.length - dash - 1};
	MdbString	cardinal_id;

	require(same_text(mdb_category(name), category), "the category");
	require(mdb_is_category(name) == !has_id, "what is a category");
	if (!has_id)
	{
		require(!mdb_id(name).data, "a category has no id");
		require(!mdb_cardinal_id(name).data, "nor a cardinal id");
		return;
	}
	cardinal_id = (MdbString) {id.data, bytes_before(id, '+')};
	require(same_text(mdb_id(name), id), "the id");
	require(same_text(mdb_cardinal_id(name), cardinal_id), "the cardinal id");
}

static void
check_member(MdbString name, int64_t size)
{
	MdbString	cardinal_id = mdb_cardinal_id(name);
	int64_t		member = mdb_consumer_group_member(name, size);
	int64_t		hash = plain_hash_64(cardinal_id);
	int64_t		rest;

	require(mdb_hash_64(cardinal_id) == hash, "hash_64");
	if (!cardinal_id.data)
	{
		require(member == -1, "a category has no member");
		return;
	}
	require(member >= 0 && member < size, "a member below the size");

	/* the rest of a negative number is minus the rest of its absolute value */
	rest = hash % size;
	require(member == (rest < 0 ? -rest : rest), "the member");
}

static void
check_group(MdbInteger member, MdbInteger size)
{
	MdbError	error;
	bool		is_right = (member.is_null && size.is_null) ||
		(!member.is_null && !size.is_null && size.value > 0 &&
		 member.value >= 0 && member.value < size.value);

	require(mdb_check_consumer_group(member, size, &error) == is_right,
			"which groups there are");
	if (!is_right)
		require_error(&error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t		number = (int64_t) take_number(&data, &size);
	MdbString	name = {(const char *) data, size};
	MdbError	error;

	check_parts(name);
	require(mdb_hash_64(name) == plain_hash_64(name), "hash_64 of the name");
	if (number > 0)
		check_member(name, number);
	check_group(mdb_integer(mdb_hash_64(name)), mdb_integer(number));
	check_group(mdb_integer(number), mdb_integer((int64_t) size));
	check_group(MDB_NULL_INTEGER, mdb_integer(number));
	check_group(mdb_integer(number), MDB_NULL_INTEGER);
	if (mdb_check_stream_name(name, &error))
		require(size <= MDB_MAX_STREAM_NAME, "a long name is refused");
	else
	{
		require(size > MDB_MAX_STREAM_NAME, "a short name is taken");
		require_error(&error);
	}
	return 0;
}
