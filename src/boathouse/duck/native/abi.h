/* The part of DuckDB's stable C API (1.2.0) that the native functions use.
 *
 * DuckDB hands an extension a table of function pointers whose order never changes. The numbers
 * below are places in that table; types are as the API documents them.
 */
#ifndef BOATHOUSE_ABI_H
#define BOATHOUSE_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define API_VERSION "v1.2.0"

typedef void *handle; /* what the API calls duckdb_vector, duckdb_logical_type, ... */
typedef void (*slot)(void);
typedef void (*scalar)(handle info, handle chunk, handle result);

struct access {
    void (*set_error)(handle info, const char *error);
    handle *(*get_database)(handle info);
    const void *(*get_api)(handle info, const char *version);
};

enum { SLOTS = 234 };
extern slot api[SLOTS];

#define connect_to ((int (*)(handle, handle *))api[3])
#define disconnect ((void (*)(handle *))api[6])
#define create_type ((handle(*)(int))api[156])
#define create_list_type ((handle(*)(handle))api[159])
#define create_map_type ((handle(*)(handle, handle))api[161])
#define create_struct_type ((handle(*)(handle *, const char **, uint64_t))api[163])
#define create_decimal_type ((handle(*)(uint8_t, uint8_t))api[165])
#define destroy_type ((void (*)(handle *))api[184])
#define chunk_vector ((handle(*)(handle, uint64_t))api[190])
#define chunk_size ((uint64_t(*)(handle))api[191])
#define vector_data ((void *(*)(handle))api[194])
#define vector_validity ((uint64_t * (*)(handle)) api[195])
#define make_validity ((void (*)(handle))api[196])
#define assign_text ((void (*)(handle, uint64_t, const char *, uint64_t))api[198])
#define list_child ((handle(*)(handle))api[199])
#define set_list_size ((int (*)(handle, uint64_t))api[201])
#define reserve_list ((int (*)(handle, uint64_t))api[202])
#define struct_child ((handle(*)(handle, uint64_t))api[203])
#define create_function ((handle(*)(void))api[209])
#define destroy_function ((void (*)(handle *))api[210])
#define set_name ((void (*)(handle, const char *))api[211])
#define set_special_handling ((void (*)(handle))api[213])
#define set_volatile ((void (*)(handle))api[214])
#define add_parameter ((void (*)(handle, handle))api[215])
#define set_return_type ((void (*)(handle, handle))api[216])
#define set_extra_info ((void (*)(handle, void *, void (*)(void *)))api[217])
#define set_function ((void (*)(handle, scalar))api[218])
#define register_function ((int (*)(handle, handle))api[219])
#define extra_info ((void *(*)(handle))api[220])
#define fail_call ((void (*)(handle, const char *))api[221])
#define create_aggregate ((handle(*)(void))api[226])
#define destroy_aggregate ((void (*)(handle *))api[227])
#define set_aggregate_name ((void (*)(handle, const char *))api[228])
#define add_aggregate_parameter ((void (*)(handle, handle))api[229])
#define set_aggregate_return_type ((void (*)(handle, handle))api[230])
#define set_aggregate_functions                                                                    \
    ((void (*)(handle, uint64_t (*)(handle), void (*)(handle, handle),                             \
               void (*)(handle, handle, handle *),                                                 \
               void (*)(handle, handle *, handle *, uint64_t),                                     \
               void (*)(handle, handle *, handle, uint64_t, uint64_t)))api[231])
#define register_aggregate ((int (*)(handle, handle))api[233])

enum type {
    NONE = 0,
    BOOLEAN = 1,
    TINYINT = 2,
    SMALLINT = 3,
    INTEGER = 4,
    BIGINT = 5,
    FLOAT = 10,
    DOUBLE = 11,
    TIMESTAMP = 12,
    DATE = 13,
    HUGEINT = 16,
    VARCHAR = 17,
    BLOB = 18,
    DECIMAL = 19, /* of 38 digits; the scale is the entry's */
    TIMESTAMPTZ = 31,
    TEXTS = 1000, /* a list of VARCHAR */
};

/* Text and bytes: up to twelve stand in the value itself. */
typedef struct {
    uint32_t length;
    char inlined[4];
    union {
        char rest[8];
        const char *pointer;
    };
} bytes;

/* Where the elements of a list stand. */
struct slice {
    uint64_t offset, length;
};

static inline const uint8_t *content(const bytes *value) {
    return (const uint8_t *)(value->length <= 12 ? value->inlined : value->pointer);
}

static inline bool is_valid(const uint64_t *validity, uint64_t row) {
    return validity == NULL || (validity[row / 64] >> (row % 64) & 1);
}

/* Makes the result null where any of the first `count` arguments is. */
static inline void pass_nulls(handle chunk, int count, handle result) {
    uint64_t words = (chunk_size(chunk) + 63) / 64, *out = NULL;
    for (int at = 0; at < count; at++) {
        const uint64_t *validity = vector_validity(chunk_vector(chunk, (uint64_t)at));
        if (validity == NULL) {
            continue;
        }
        if (out == NULL) {
            make_validity(result);
            out = vector_validity(result);
        }
        for (uint64_t word = 0; word < words; word++) {
            out[word] &= validity[word];
        }
    }
}

static inline void put_null(handle result, uint64_t row) {
    make_validity(result);
    vector_validity(result)[row / 64] &= ~((uint64_t)1 << (row % 64));
}

/* A text into a row of a vector, whose data is `out`. */
static inline void put_text(handle vector, void *out, uint64_t row, const void *text,
                            size_t length) {
    if (length > 12) {
        assign_text(vector, row, text, length);
        return;
    }
    char made[sizeof(bytes)] = {0};
    uint32_t stored = (uint32_t)length;
    memcpy(made, &stored, sizeof stored);
    memcpy(made + sizeof stored, text, length);
    memcpy((char *)out + row * sizeof made, made, sizeof made);
}

typedef __int128 int128;
typedef unsigned __int128 uint128;

/* Vectors of 128 bits may lie at any multiple of eight. */
static inline int128 wide_at(const void *data, uint64_t row) {
    int128 value;
    memcpy(&value, (const char *)data + 16 * row, 16);
    return value;
}

static inline void put_wide(void *data, uint64_t row, int128 value) {
    memcpy((char *)data + 16 * row, &value, 16);
}

/* A function as `extension.c` registers it. `nulls`: it has an answer for them. */
struct entry {
    const char *name;
    scalar function;
    enum type result;
    enum type parameters[3];
    bool nulls;
};

extern const struct entry hashes[], decimals[], wholes[], texts[], shapes[], readings[],
    jsons[], json_paths[], latest[];

/* A double as Java shows it, of at most 64 bytes; gives how many. */
int show_double(char *out, double number);

bool register_scaled(handle connection);
bool register_moments(handle connection);
bool register_making(handle connection);
/* `changes`: the same arguments may give another answer. */
bool register_entry(handle connection, const struct entry *entry, int scale, bool changes);

#endif
