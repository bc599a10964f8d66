/* Whole numbers of 64 bits that go round, as Java's do and DuckDB's do not; and one that counts. */
#include <stdatomic.h>

#include "abi.h"

#define WRAPPED(name, symbol)                                                                      \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        const uint64_t *left = vector_data(chunk_vector(chunk, 0));                                \
        const uint64_t *right = vector_data(chunk_vector(chunk, 1));                               \
        uint64_t *out = vector_data(result);                                                       \
        pass_nulls(chunk, 2, result);                                                              \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            out[row] = left[row] symbol right[row];                                                \
        }                                                                                          \
    }

WRAPPED(plus, +)
WRAPPED(minus, -)
WRAPPED(times, *)

const struct entry wholes[] = {
    {"native_wrapped_plus", plus, BIGINT, {BIGINT, BIGINT}, false},
    {"native_wrapped_minus", minus, BIGINT, {BIGINT, BIGINT}, false},
    {"native_wrapped_times", times, BIGINT, {BIGINT, BIGINT}, false},
    {NULL, NULL, NONE, {NONE}, false},
};

/* A number for each row, greater than those of the rows before it. */
static void following(handle info, handle chunk, handle result) {
    static atomic_llong counted;
    uint64_t rows = chunk_size(chunk);
    int64_t next = atomic_fetch_add(&counted, (long long)rows), *out = vector_data(result);
    (void)info;
    for (uint64_t row = 0; row < rows; row++) {
        out[row] = next + (int64_t)row;
    }
}

bool register_counting(handle connection) {
    handle function = create_function(), number = create_type(BIGINT);
    set_name(function, "native_following");
    set_return_type(function, number);
    set_volatile(function);
    set_function(function, following);
    bool made = register_function(connection, function) == 0;
    destroy_function(&function);
    destroy_type(&number);
    return made;
}
