/*-------------------------------------------------------------------------
 *
 * hash.c
 *	  MD5 (RFC 1321), and hash_64, which is its first eight bytes.
 *
 * MD5 spreads streams over the members of a consumer group; nothing secret
 * depends on it.  It is our own so that a server which refuses md5() (FIPS)
 * still gives every consumer the same streams, and because a stream's id
 * nearly always fits one block: that block is built on the stack and hashed
 * in one pass.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#define BLOCK 64

static inline uint32_t
rotate_left(uint32_t x, int bits)
{
	return (x << bits) | (x >> (32 - bits));
}

static inline uint32_t
load_word(const unsigned char *p)
{
	return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 |
		(uint32_t) p[3] << 24;
}

/* The four auxiliary functions of RFC 1321, F and G with one operation less. */
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

#define STEP(f, a, b, c, d, k, s, t) \
	((a) = (b) + rotate_left((a) + f(b, c, d) + x[k] + (t), s))

/* Four steps: the registers turn, the shifts of the round follow each other. */
#define FOUR(f, k0, k1, k2, k3, s0, s1, s2, s3, t0, t1, t2, t3) \
	STEP(f, a, b, c, d, k0, s0, t0); \
	STEP(f, d, a, b, c, k1, s1, t1); \
	STEP(f, c, d, a, b, k2, s2, t2); \
	STEP(f, b, c, d, a, k3, s3, t3)

static void
hash_block(uint32_t state[4], const unsigned char *block)
{
	uint32_t	a = state[0];
	uint32_t	b = state[1];
	uint32_t	c = state[2];
	uint32_t	d = state[3];
	uint32_t	x[16];

	for (int i = 0; i < 16; i++)
		x[i] = load_word(block + 4 * i);

	FOUR(F, 0, 1, 2, 3, 7, 12, 17, 22,
		 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee);
	FOUR(F, 4, 5, 6, 7, 7, 12, 17, 22,
		 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501);
	FOUR(F, 8, 9, 10, 11, 7, 12, 17, 22,
		 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be);
	FOUR(F, 12, 13, 14, 15, 7, 12, 17, 22,
		 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821);

	FOUR(G, 1, 6, 11, 0, 5, 9, 14, 20,
		 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa);
	FOUR(G, 5, 10, 15, 4, 5, 9, 14, 20,
		 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8);
	FOUR(G, 9, 14, 3, 8, 5, 9, 14, 20,
		 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed);
	FOUR(G, 13, 2, 7, 12, 5, 9, 14, 20,
		 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a);

	FOUR(H, 5, 8, 11, 14, 4, 11, 16, 23,
		 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c);
	FOUR(H, 1, 4, 7, 10, 4, 11, 16, 23,
		 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70);
	FOUR(H, 13, 0, 3, 6, 4, 11, 16, 23,
		 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05);
	FOUR(H, 9, 12, 15, 2, 4, 11, 16, 23,
		 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665);

	FOUR(I, 0, 7, 14, 5, 6, 10, 15, 21,
		 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039);
	FOUR(I, 12, 3, 10, 1, 6, 10, 15, 21,
		 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1);
	FOUR(I, 8, 15, 6, 13, 6, 10, 15, 21,
		 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1);
	FOUR(I, 4, 11, 2, 9, 6, 10, 15, 21,
		 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391);

	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
mdb_md5(const void *data, size_t length, unsigned char digest[16])
{
	uint32_t	state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	unsigned char last[2 * BLOCK];
	const unsigned char *p = data;
	size_t		left = length;
	size_t		padded;
	uint64_t	bits = (uint64_t) length * 8;

	for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
		hash_block(state, p);

	/* The rest, a one bit, zeros, and the length in bits: a block or two. */
	padded = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	memset(last, 0, padded);
	if (left > 0)
		memcpy(last, p, left);
	last[left] = 0x80;
	for (int i = 0; i < 8; i++)
		last[padded - 8 + i] = (unsigned char) (bits >> (8 * i));
	hash_block(state, last);
	if (padded > BLOCK)
		hash_block(state, last + BLOCK);

	for (int i = 0; i < 16; i++)
		digest[i] = (unsigned char) (state[i / 4] >> (8 * (i % 4)));
}

int64_t
mdb_hash_64(MdbString value)
{
	unsigned char digest[16];
	uint64_t	hash = 0;

	mdb_md5(value.data, value.length, digest);
	for (int i = 0; i < 8; i++)
		hash = hash << 8 | digest[i];
	return (int64_t) hash;
}
