"""What can be called: the functions with their arguments and columns, the
views, and the conditions that histories use.
"""

from sessions import DEFAULT

REQUIRED = object()

NAME = ("stream_name", "text", REQUIRED)
READ = (("position", "bigint", None), ("batch_size", "bigint", None))
CONDITION = ("condition", "text", None)
NAMESPACE = ("name", "text", REQUIRED)

# function: name, type and default of each argument
SIGNATURES = {
    "write_message": (("id", "text", REQUIRED), NAME, ("type", "text", REQUIRED), ("data", "json", REQUIRED),
                      ("metadata", "json", None), ("expected_version", "bigint", None)),
    "write_messages": (NAME, ("messages", "json", REQUIRED), ("expected_version", "bigint", None)),
    "get_stream_messages": (NAME,) + READ + (CONDITION,),
    "get_category_messages": (("category", "text", REQUIRED),) + READ + (
        ("correlation", "text", None), ("consumer_group_member", "bigint", None),
        ("consumer_group_size", "bigint", None), CONDITION),
    "get_all_messages": READ + (CONDITION,),
    "get_last_stream_message": (NAME, ("type", "text", None)),
    "stream_version": (NAME,),
    "acquire_lock": (NAME,),
    "message_store_writers": (),
    "category": (NAME,), "id": (NAME,), "cardinal_id": (NAME,), "is_category": (NAME,),
    "hash_64": (("value", "text", REQUIRED),),
    "consumer_group_member": (NAME, ("consumer_group_size", "bigint", REQUIRED)),
    "create_namespace": (("name", "text", DEFAULT), ("description", "text", None), ("metadata", "json", None)),
    "ensure_namespace": (("name", "text", DEFAULT),),
    "delete_namespace": (NAMESPACE,), "clear_namespace": (NAMESPACE,),
    "rename_namespace": (("old_name", "text", REQUIRED), ("new_name", "text", REQUIRED)),
    "use_namespace": (NAMESPACE,),
    "current_namespace": (),
    "get_namespace": (NAMESPACE,), "list_namespaces": (), "namespace_info": (NAMESPACE,),
    "verify_namespace": (("name", "text", None),),
    "list_streams": (("prefix", "text", ""), ("batch_size", "bigint", 100), ("after", "text", None)),
    "list_categories": (),
    "message_store_status": (),
    "migrate_namespace": (("name", "text", REQUIRED),),
    "migrate_namespaces": (),
    "message_store_version": (), "message_db_version": (),
    "set_config": (("setting_name", "text", REQUIRED), ("new_value", "text", REQUIRED),
                   ("is_local", "boolean", REQUIRED)),
    "current_setting": (("setting_name", "text", REQUIRED), ("missing_ok", "boolean", False)),
}

# The columns of functions that return rows; size and place are not compared.
MESSAGE = "id, stream_name, type, position, global_position, data, metadata, time"
DESCRIPTION = "name, description, metadata, created_at, schema_version"
COLUMNS = {
    "get_stream_messages": MESSAGE, "get_category_messages": MESSAGE, "get_all_messages": MESSAGE,
    "get_last_stream_message": MESSAGE,
    "get_namespace": DESCRIPTION, "list_namespaces": DESCRIPTION,
    "namespace_info": DESCRIPTION + ", message_count, stream_count, category_count, last_activity",
    "list_streams": "stream_name, version, last_activity, messages",
    "list_categories": "category, streams, messages",
    "verify_namespace": "violation, stream_name, position, global_position, detail",
    "message_store_status": "state, current_version, wanted_version, namespaces_done, namespaces, last_error",
    "message_store_writers": "category, position",
    "migrate_namespaces": "name, from_version, to_version, error",
}

# view: what it counts by
VIEWS = {
    "stream_summary": ("stream_name",), "type_summary": ("type",),
    "stream_type_summary": ("stream_name", "type"), "type_stream_summary": ("type", "stream_name"),
    "category_type_summary": ("category", "type"), "type_category_summary": ("type", "category"),
}

# The conditions that histories use, as predicates of a message.  None: it is
# an expression, but a wrong one.
CONDITIONS = {
    "type = 'A'": lambda m: m.type == "A",
    "messages.position % 2 = 0": lambda m: m.position % 2 == 0,
    "global_position > 3 or type = 'B'": lambda m: m.global_position > 3 or m.type == "B",
    "stream_name = 'a-1' -- a comment": lambda m: m.stream_name == "a-1",
    "metadata is not null": lambda m: m.metadata is not None,
    "data is null and 1 = 1": lambda m: m.data is None,
    "exists (select 1)": lambda m: True,
    "position < 0": lambda m: False,
    "null": lambda m: False,
    "no_column = 1": None,
    "": None,
    "1 = 1 limit 1": None,
    "true; SELECT 1": None,
}
NO_EXPRESSIONS = ("1 = 1) or (1 = 1", "true) and not (false")
