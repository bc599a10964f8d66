/* The entry point: makes every function known to the instance that loads the extension. */
#include "abi.h"

slot api[SLOTS];

static void use_type(handle function, enum type of, int scale, void (*use)(handle, handle)) {
    handle type = of == DECIMAL ? create_decimal_type(38, (uint8_t)scale)
                                : create_type(of == TEXTS ? VARCHAR : of);
    if (of == TEXTS) {
        handle element = type;
        type = create_list_type(element);
        destroy_type(&element);
    }
    use(function, type);
    destroy_type(&type);
}

static void parameter(handle function, handle type) { add_parameter(function, type); }
static void result(handle function, handle type) { set_return_type(function, type); }

bool register_entry(handle connection, const struct entry *entry, int scale, bool changes) {
    handle function = create_function();
    set_name(function, entry->name);
    for (int at = 0; at < 3 && entry->parameters[at] != NONE; at++) {
        use_type(function, entry->parameters[at], scale, parameter);
    }
    use_type(function, entry->result, scale, result);
    set_function(function, entry->function);
    if (entry->nulls) {
        set_special_handling(function);
    }
    if (changes) {
        set_volatile(function);
    }
    bool failed = register_function(connection, function) != 0;
    destroy_function(&function);
    return !failed;
}

__attribute__((visibility("default"))) bool
boathouse_native_init_c_api(handle info, const struct access *access) {
    const void *table = access->get_api(info, API_VERSION);
    if (table == NULL) {
        return false;
    }
    memcpy(api, table, sizeof api); /* DuckDB keeps its own only while it loads. */
    handle connection;
    if (connect_to(*access->get_database(info), &connection) != 0) {
        access->set_error(info, "no connection");
        return false;
    }
    const struct entry *const tables[] = {hashes, decimals, wholes,  texts,
                                          shapes, readings, jsons, json_paths, latest};
    bool done = true;
    for (size_t at = 0; at < sizeof tables / sizeof *tables; at++) {
        for (const struct entry *entry = tables[at]; entry->name != NULL; entry++) {
            done = register_entry(connection, entry, 0, tables[at] == latest) && done;
        }
    }
    done = register_scaled(connection) && done;
    done = register_moments(connection) && done;
    done = register_making(connection) && done; /* which keeps the connection */
    if (!done) {
        access->set_error(info, "a function could not be registered");
    }
    return done;
}
