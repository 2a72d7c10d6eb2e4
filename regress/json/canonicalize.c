/*-------------------------------------------------------------------------
 *
 * canonicalize.c
 *	  What the core makes of JSON documents, one per line.
 *
 * Reads documents from standard input, each as hexadecimal digits on a line of
 * its own, and prints a line for each:
 *
 *		ok <canonical text>
 *		error <SQLSTATE> <message>|<detail>
 *
 * The texts are in hexadecimal digits too, so that a line is a line.  Exit
 * code 2 means that the input is not as described.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#include <stdio.h>
#include <stdlib.h>

static void *
resize(void *context, void *pointer, size_t size)
{
	(void) context;
	if (size > 0)
		return realloc(pointer, size);
	free(pointer);
	return NULL;
}

static void
print_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", (unsigned char) text[i]);
}

static void
print_error_text(const MdbError *error, MdbErrorPart part)
{
	size_t		length = mdb_error_text(error, part, NULL, 0);
	char	   *text = malloc(length + 1);

	if (!text)
		exit(2);
	mdb_error_text(error, part, text, length + 1);
	print_hex(text, length);
	free(text);
}

static void
print_canonical(MdbString document)
{
	const MdbAllocator allocator = {resize, NULL};
	MdbError	error;
	char	   *text;
	size_t		length;

	if (mdb_canonicalize_json(document, &allocator, &text, &length, &error))
	{
		fputs("ok ", stdout);
		print_hex(text, length);
		free(text);
	}
	else
	{
		printf("error %s ", mdb_error_sqlstate(error.code));
		print_error_text(&error, MDB_ERROR_MESSAGE);
		putchar('|');
		print_error_text(&error, MDB_ERROR_DETAIL);
	}
	putchar('\n');
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int) (p - digits) : -1;
}

/* Decodes in place.  Returns false if the line is not hexadecimal. */
static bool
decode_hex(char *line, size_t length)
{
	if (length % 2 != 0)
		return false;
	for (size_t i = 0; i < length; i += 2)
	{
		int			high = hex_digit(line[i]);
		int			low = hex_digit(line[i + 1]);

		if (high < 0 || low < 0)
			return false;
		line[i / 2] = (char) (high * 16 + low);
	}
	return true;
}

int
main(void)
{
	char	   *line = NULL;
	size_t		size = 0;
	ssize_t		length;

	while ((length = getline(&line, &size, stdin)) > 0)
	{
		if (line[length - 1] == '\n')
			length--;
		if (!decode_hex(line, (size_t) length))
			return 2;
		print_canonical((MdbString) {line, (size_t) length / 2});
	}
	free(line);
	return 0;
}
