/* Whole numbers of 64 bits that go round, as Java's do and DuckDB's do not. */
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
