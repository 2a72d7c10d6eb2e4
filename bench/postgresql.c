/*-------------------------------------------------------------------------
 *
 * postgresql.c
 *	  One measurement of a prepared statement on many connections.
 *
 *	postgresql [OPTION ...] STATEMENT [PARAMETER ...]
 *
 *	-d CONNINFO		where to connect to; PGHOST and the like count as well
 *	-c COUNT		number of connections, 1 by default
 *	-s SECONDS		how long, 1 by default, after a tenth of that to warm up
 *	-m COUNT		see %m below, 1 by default
 *	-e COMMAND		SQL that every connection runs first
 *	-q QUERY		see %1 below
 *
 * Every connection prepares STATEMENT and then executes it again as soon as
 * its answer has come; one thread serves all of them.  The parameters are sent
 * as text, made from what stands in PARAMETER:
 *
 *	%u	a random UUID
 *	%c	the number of the connection, from 0
 *	%i	the number of the execution on this connection, from 0
 *	%m	a number from 0 to COUNT - 1, each once in COUNT executions, and each
 *		connection begins elsewhere
 *	%d	how often %m has had this value before
 *	%1	the first column of a row of QUERY, %2 the second, and so on: one row an
 *		execution, in turn, and each connection begins elsewhere
 *	%%	%
 *
 * Prints one line: executions, seconds, rows, and the CPU seconds of the
 * server's processes behind the connections, which must run on this machine.
 * The figures leave out the time to warm up.  An error of any statement ends
 * the program with status 1.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#define MAX_PARAMETERS 10
#define MAX_CONNECTIONS 200

/* What OPTIONs and PARAMETERs say. */
typedef struct Job
{
	const char *conninfo;
	const char *command;
	const char *query;
	const char *statement;
	char	  **parameters;
	int			parameter_count;
	int			connections;
	uint64_t	cycle;
	double		seconds;
	PGresult   *rows;			/* of the query */
} Job;

/* Text that grows. */
typedef struct Buffer
{
	char	   *data;
	size_t		length;
	size_t		size;
} Buffer;

typedef struct Connection
{
	PGconn	   *server;
	int			number;
	uint64_t	executions;
	Buffer		values[MAX_PARAMETERS];
} Connection;

typedef struct Figures
{
	uint64_t	executions;
	uint64_t	rows;
	double		seconds;
	double		cpu;
} Figures;

static uint64_t random_state[2];

static void
fail(const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	fputs("postgresql: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

static double
seconds_of(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		fail("clock_gettime: %s", strerror(errno));
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* ------------------------------------------------------------------------
 * Parameters
 * ------------------------------------------------------------------------
 */

/* xorshift128+, so that 32 connections do not wait for the system's random. */
static uint64_t
random_64(void)
{
	uint64_t	x = random_state[0];
	uint64_t	y = random_state[1];

	random_state[0] = y;
	x ^= x << 23;
	random_state[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
	return random_state[1] + y;
}

static void
seed_random(void)
{
	FILE	   *file = fopen("/dev/urandom", "rb");

	if (!file || fread(random_state, sizeof(random_state), 1, file) != 1)
		fail("cannot read /dev/urandom");
	fclose(file);
}

static void
append(Buffer *buffer, const char *data, size_t length)
{
	if (buffer->size - buffer->length < length)
	{
		buffer->size = (buffer->length + length) * 2;
		buffer->data = realloc(buffer->data, buffer->size);
		if (!buffer->data)
			fail("out of memory");
	}
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
}

static void
append_number(Buffer *buffer, uint64_t number)
{
	char		digits[24];

	append(buffer, digits,
		   sprintf(digits, "%llu", (unsigned long long) number));
}

static void
append_uuid(Buffer *buffer)
{
	uint64_t	high = random_64();
	uint64_t	low = random_64();

	char		text[40];

	append(buffer, text,
		   sprintf(text, "%08x-%04x-4%03x-a%03x-%012llx",
				   (unsigned) (high >> 32), (unsigned) (high >> 16 & 0xffff),
				   (unsigned) (high & 0xfff), (unsigned) (low >> 52),
				   (unsigned long long) (low & 0xffffffffffff)));
}

/* Column %1, %2 ... of one of the rows. */
static void
append_column(Buffer *buffer, PGresult *rows, uint64_t row, const char *percent)
{
	int			column = percent[1] - '1';
	const char *value;

	if (!rows || column < 0 || column >= PQnfields(rows))
		fail("unknown parameter: %s", percent);
	value = PQgetvalue(rows, row % PQntuples(rows), column);
	append(buffer, value, strlen(value));
}

/* The value of a parameter for the next execution, in the buffer. */
static void
fill(Buffer *buffer, const char *template, const Connection *connection,
	 const Job *job)
{
	uint64_t	i = connection->executions;
	uint64_t	shifted = i + 13 * connection->number;
	const char *percent;

	buffer->length = 0;
	for (; (percent = strchr(template, '%')) != NULL; template = percent + 2)
	{
		append(buffer, template, percent - template);
		switch (percent[1])
		{
			case 'u':
				append_uuid(buffer);
				break;
			case 'c':
				append_number(buffer, connection->number);
				break;
			case 'i':
				append_number(buffer, i);
				break;
			case 'm':
				append_number(buffer, shifted % job->cycle);
				break;
			case 'd':
				append_number(buffer, i / job->cycle);
				break;
			case '%':
				append(buffer, "%", 1);
				break;
			default:
				append_column(buffer, job->rows, shifted, percent);
		}
	}
	append(buffer, template, strlen(template) + 1);
}

/* ------------------------------------------------------------------------
 * Connections
 * ------------------------------------------------------------------------
 */

/* The result of a command or query that must succeed; to be cleared. */
static PGresult *
run_command(PGconn *server, const char *command)
{
	PGresult   *result = PQexec(server, command);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail("%s", PQerrorMessage(server));
	return result;
}

static void
open_connection(Connection *connection, int number, const Job *job)
{
	PGconn	   *server = PQconnectdb(job->conninfo);

	if (PQstatus(server) != CONNECTION_OK)
		fail("%s", PQerrorMessage(server));
	connection->server = server;
	connection->number = number;
	if (job->command)
		PQclear(run_command(server, job->command));
	PQclear(PQprepare(server, "measured", job->statement, 0, NULL));
	if (*PQerrorMessage(server))
		fail("%s", PQerrorMessage(server));
}

/* Sends the next execution. */
static void
send_next(Connection *connection, const Job *job)
{
	const char *values[MAX_PARAMETERS];

	for (int i = 0; i < job->parameter_count; i++)
	{
		fill(&connection->values[i], job->parameters[i], connection, job);
		values[i] = connection->values[i].data;
	}
	connection->executions++;
	if (!PQsendQueryPrepared(connection->server, "measured",
							 job->parameter_count, values, NULL, NULL, 0) ||
		PQflush(connection->server) < 0)
		fail("%s", PQerrorMessage(connection->server));
}

/*
 * Takes what the server has sent.  True when the execution is complete; its
 * rows are then added.
 */
static bool
receive(Connection *connection, uint64_t *rows)
{
	PGconn	   *server = connection->server;
	PGresult   *result;

	if (!PQconsumeInput(server) || PQflush(server) < 0)
		fail("%s", PQerrorMessage(server));
	while (!PQisBusy(server))
	{
		result = PQgetResult(server);
		if (!result)
			return true;
		if (PQresultStatus(result) != PGRES_TUPLES_OK &&
			PQresultStatus(result) != PGRES_COMMAND_OK)
			fail("%s", PQerrorMessage(server));
		*rows += PQntuples(result);
		PQclear(result);
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Measuring
 * ------------------------------------------------------------------------
 */

/* The CPU time of the processes behind the connections. */
static double
server_cpu(Connection *connections, int count)
{
	double		sum = 0;

	for (int i = 0; i < count; i++)
	{
		int			process = PQbackendPID(connections[i].server);
		clockid_t	clock;
		int			error = clock_getcpuclockid(process, &clock);

		if (error != 0)
			fail("clock_getcpuclockid: %s", strerror(error));
		sum += seconds_of(clock);
	}
	return sum;
}

/*
 * Lets the connections, all of which are waiting for an answer, work for so
 * long.  They are waiting again when it returns.
 */
static Figures
work(Connection *connections, const Job *job, double seconds)
{
	struct pollfd files[MAX_CONNECTIONS];
	Figures		figures = {0};
	double		cpu = server_cpu(connections, job->connections);
	double		start = seconds_of(CLOCK_MONOTONIC);

	for (int i = 0; i < job->connections; i++)
	{
		files[i].fd = PQsocket(connections[i].server);
		files[i].events = POLLIN;
	}
	do
	{
		if (poll(files, job->connections, -1) < 0 && errno != EINTR)
			fail("poll: %s", strerror(errno));
		for (int i = 0; i < job->connections; i++)
		{
			if (!files[i].revents || !receive(&connections[i], &figures.rows))
				continue;
			figures.executions++;
			send_next(&connections[i], job);
		}
		figures.seconds = seconds_of(CLOCK_MONOTONIC) - start;
	} while (figures.seconds < seconds);

	figures.cpu = server_cpu(connections, job->connections) - cpu;
	return figures;
}

static void
finish(Connection *connections, const Job *job)
{
	for (int i = 0; i < job->connections; i++)
	{
		PGresult   *result;

		while ((result = PQgetResult(connections[i].server)) != NULL)
			PQclear(result);
		PQfinish(connections[i].server);
		for (int j = 0; j < job->parameter_count; j++)
			free(connections[i].values[j].data);
	}
}

/* ------------------------------------------------------------------------
 * The command line
 * ------------------------------------------------------------------------
 */

static Job
read_arguments(int argc, char **argv)
{
	Job			job = {.conninfo = "", .connections = 1, .cycle = 1, .seconds = 1};
	int			option;

	while ((option = getopt(argc, argv, "d:c:s:m:e:q:")) != -1)
	{
		switch (option)
		{
			case 'd':
				job.conninfo = optarg;
				break;
			case 'c':
				job.connections = atoi(optarg);
				break;
			case 's':
				job.seconds = atof(optarg);
				break;
			case 'm':
				job.cycle = strtoull(optarg, NULL, 10);
				break;
			case 'e':
				job.command = optarg;
				break;
			case 'q':
				job.query = optarg;
				break;
			default:
				exit(2);
		}
	}
	if (optind >= argc)
		fail("no statement");
	job.statement = argv[optind];
	job.parameters = argv + optind + 1;
	job.parameter_count = argc - optind - 1;
	if (job.parameter_count > MAX_PARAMETERS || job.connections < 1 ||
		job.connections > MAX_CONNECTIONS || job.cycle < 1)
		fail("an option is out of range");
	return job;
}

int
main(int argc, char **argv)
{
	static Connection connections[MAX_CONNECTIONS];
	Job			job = read_arguments(argc, argv);
	Figures		figures;

	seed_random();
	for (int i = 0; i < job.connections; i++)
		open_connection(&connections[i], i, &job);
	if (job.query)
		job.rows = run_command(connections[0].server, job.query);
	if (job.rows && PQntuples(job.rows) == 0)
		fail("no rows: %s", job.query);
	for (int i = 0; i < job.connections; i++)
		send_next(&connections[i], &job);
	work(connections, &job, job.seconds / 10);
	figures = work(connections, &job, job.seconds);
	finish(connections, &job);
	PQclear(job.rows);

	printf("%llu %.6f %llu %.6f\n", (unsigned long long) figures.executions,
		   figures.seconds, (unsigned long long) figures.rows, figures.cpu);
	return 0;
}
