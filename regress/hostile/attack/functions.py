"""What there is to call: the extension's functions and procedures, with the
types and names of their arguments."""

import collections

Function = collections.namedtuple("Function", "name types names returns_set is_procedure")

LIST = """
SELECT p.proname,
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n)
             ORDER BY n),
       p.proargnames, p.proretset, p.prokind = 'p'
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'message_db' ORDER BY p.proname, p.oid"""


def listed(cursor):
    cursor.execute(LIST)
    return [Function(name, types, ((names or []) + [""] * len(types))[:len(types)], *rest)
            for name, types, names, *rest in cursor.fetchall()]


def of_sqlite(connection):
    """The names of the functions, and those of the table-valued ones."""
    names = {name for name, in connection.execute("SELECT name FROM pragma_function_list")}
    tables = {name for name, in connection.execute("SELECT name FROM pragma_module_list")}
    return names, tables
