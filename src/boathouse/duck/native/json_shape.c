/* JSON texts read as values of a type: one function for each type, made when it is first needed.
 *
 * What a text gives, and what it does not, is what Spark's from_json gives. A type is told by
 * letters: s(tring), ?(boolean), 1, 2, 4 and 8 (bytes of a whole number), f(loat), d(ouble), n(umber)
 * with precision and scale, v(ariant); D(ay), M(oment) and L(ocal moment) with the form of their texts, if it
 * is not the usual one; [ before the type of elements, { before that of a map's values, ( and their
 * number before the fields of a struct; each field begins with its name in JSON and its name in
 * DuckDB, both behind their length. Before the type stand what is allowed beyond the standard, the
 * field (from 1) for texts that cannot be read, whether those are errors, and a clock: how many
 * local seconds it knows from which on an offset holds, and those; of the last one only the start.
 *
 * A second function says whether a text is surely read: others are for whoever asks.
 */
#include "json_shape.h"

#include <stdlib.h>

/* ---- types ---- */

void *allocated(size_t count, size_t size) {
    void *made = calloc(count > 0 ? count : 1, size);
    if (made == NULL) {
        abort();
    }
    return made;
}

static void free_shape(struct shape *shape) {
    for (uint32_t at = 0; at < shape->count; at++) {
        free_shape(&shape->inner[at]);
        if (shape->names != NULL) {
            free((void *)shape->names[at]);
            free((void *)shape->columns[at]);
        }
    }
    free(shape->inner);
    free(shape->names);
    free(shape->lengths);
    free(shape->columns);
    free((void *)shape->form);
}

static void free_reading(void *given) {
    struct reading *reading = given;
    if (__atomic_sub_fetch(&reading->users, 1, __ATOMIC_ACQ_REL) == 0) {
        free_shape(&reading->shape);
        free(reading->clock);
        free(reading);
    }
}

static int64_t take_number(struct reader *text) {
    int64_t value = 0;
    bool negative = take(text, '-');
    for (; is_digit(text); text->at++) {
        value = value * 10 + (*text->at - '0');
    }
    take(text, ' ');
    return negative ? -value : value;
}

static const char *take_said(struct reader *text, size_t *length) {
    *length = (size_t)take_number(text);
    char *made = allocated(*length + 1, 1);
    memcpy(made, text->at, *length);
    text->at += *length;
    return made;
}

static void read_shape(struct reader *text, struct shape *out);

static void read_fields(struct reader *text, struct shape *out) {
    uint32_t count = (uint32_t)take_number(text);
    out->inner = allocated(count, sizeof *out->inner);
    out->names = allocated(count, sizeof *out->names);
    out->lengths = allocated(count, sizeof *out->lengths);
    out->columns = allocated(count, sizeof *out->columns);
    for (; out->count < count; out->count++) {
        size_t length;
        out->names[out->count] = take_said(text, &out->lengths[out->count]);
        out->columns[out->count] = take_said(text, &length);
        read_shape(text, &out->inner[out->count]);
    }
}

static void read_shape(struct reader *text, struct shape *out) {
    out->letter = (char)*text->at++;
    switch (out->letter) {
    case 'n':
        out->precision = (int)take_number(text);
        out->scale = (int)take_number(text);
        break;
    case 'D':
    case 'M':
    case 'L':
        out->form = take_said(text, &out->form_length);
        break;
    case '(':
        read_fields(text, out);
        break;
    case '[':
    case '{':
        out->count = 1;
        out->inner = allocated(1, sizeof *out->inner);
        read_shape(text, out->inner);
        break;
    default:
        break;
    }
}

static handle type_of(const struct shape *shape);

static handle struct_of(const struct shape *shape) {
    handle *types = allocated(shape->count, sizeof *types);
    for (uint32_t at = 0; at < shape->count; at++) {
        types[at] = type_of(&shape->inner[at]);
    }
    handle made = create_struct_type(types, shape->columns, shape->count);
    for (uint32_t at = 0; at < shape->count; at++) {
        destroy_type(&types[at]);
    }
    free(types);
    return made;
}

static handle list_of(const struct shape *shape) {
    handle element = type_of(shape->inner), key = create_type(VARCHAR);
    handle made = shape->letter == '[' ? create_list_type(element) : create_map_type(key, element);
    destroy_type(&element);
    destroy_type(&key);
    return made;
}

static handle type_of(const struct shape *shape) {
    switch (shape->letter) {
    case '?':
        return create_type(BOOLEAN);
    case '1':
        return create_type(TINYINT);
    case '2':
        return create_type(SMALLINT);
    case '4':
        return create_type(INTEGER);
    case '8':
        return create_type(BIGINT);
    case 'f':
        return create_type(FLOAT);
    case 'd':
        return create_type(DOUBLE);
    case 'D':
        return create_type(DATE);
    case 'M':
        return create_type(TIMESTAMPTZ);
    case 'L':
        return create_type(TIMESTAMP);
    case 'n':
        return create_decimal_type((uint8_t)shape->precision, (uint8_t)shape->scale);
    case '(':
        return struct_of(shape);
    case '[':
    case '{':
        return list_of(shape);
    default:
        return create_type(VARCHAR);
    }
}

/* ---- functions that are made ---- */

/* The connection by which functions are made, until it is told to go. */
struct maker {
    handle connection;
};

static bool make_one(handle connection, const char *name, handle gives, scalar call,
                     struct reading *reading) {
    handle function = create_function(), given = create_type(VARCHAR);
    __atomic_add_fetch(&reading->users, 1, __ATOMIC_ACQ_REL);
    set_name(function, name);
    add_parameter(function, given);
    set_return_type(function, gives);
    set_special_handling(function);
    set_extra_info(function, reading, free_reading);
    set_function(function, call);
    bool made = register_function(connection, function) == 0;
    destroy_function(&function);
    destroy_type(&given);
    return made;
}

static struct reading *read_reading(const bytes *said) {
    struct reader text = reader_of(said);
    struct reading *reading = allocated(1, sizeof *reading);
    reading->allowed = (unsigned)take_number(&text);
    reading->corrupt = take_number(&text) - 1;
    reading->strict = take_number(&text) != 0;
    reading->changes = take_number(&text);
    reading->clock = allocated((size_t)reading->changes, sizeof *reading->clock);
    for (int64_t at = 0; at < reading->changes; at++) {
        reading->clock[at].start = take_number(&text);
        reading->clock[at].offset = take_number(&text);
    }
    read_shape(&text, &reading->shape);
    reading->users = 1;
    return reading;
}

static bool make(handle connection, const bytes *name, const bytes *said) {
    static const char SURE[] = "_sure";
    char *called = allocated(name->length + sizeof SURE, 1);
    struct reading *reading = read_reading(said);
    handle gives = type_of(&reading->shape), truth = create_type(BOOLEAN);
    memcpy(called, content(name), name->length);
    bool made = make_one(connection, called, gives, read_values, reading);
    memcpy(called + name->length, SURE, sizeof SURE);
    made = make_one(connection, called, truth, are_surely_read, reading) && made;
    destroy_type(&gives);
    destroy_type(&truth);
    free_reading(reading);
    free(called);
    return made;
}

/* native_make(name, type): a function of that name, and one of that name with _sure behind. */
static void make_function(handle info, handle chunk, handle result) {
    struct maker *maker = extra_info(info);
    const bytes *names = vector_data(chunk_vector(chunk, 0));
    const bytes *types = vector_data(chunk_vector(chunk, 1));
    bool *out = vector_data(result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        out[row] = maker->connection != NULL && make(maker->connection, &names[row], &types[row]);
        if (!out[row]) {
            fail_call(info, "a function could not be made");
        }
    }
}

/* native_leave(): no more functions are made. The connection would keep the instance for ever. */
static void leave(handle info, handle chunk, handle result) {
    struct maker *maker = extra_info(info);
    (void)chunk;
    if (maker->connection != NULL) {
        disconnect(&maker->connection);
        maker->connection = NULL;
    }
    *(bool *)vector_data(result) = true;
}

static bool register_with(handle connection, const char *name, int parameters, scalar call,
                          struct maker *maker, void (*forget)(void *)) {
    handle function = create_function(), text = create_type(VARCHAR), truth = create_type(BOOLEAN);
    set_name(function, name);
    for (int at = 0; at < parameters; at++) {
        add_parameter(function, text);
    }
    set_return_type(function, truth);
    set_volatile(function);
    set_extra_info(function, maker, forget);
    set_function(function, call);
    bool made = register_function(connection, function) == 0;
    destroy_function(&function);
    destroy_type(&text);
    destroy_type(&truth);
    return made;
}

static void keep(void *maker) { (void)maker; }

bool register_making(handle connection) {
    struct maker *maker = allocated(1, sizeof *maker);
    maker->connection = connection;
    return register_with(connection, "native_make", 2, make_function, maker, free) &&
           register_with(connection, "native_leave", 0, leave, maker, keep);
}
