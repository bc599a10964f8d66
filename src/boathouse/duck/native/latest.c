/* A number for each row, greater than those of the rows before it; and keys of max_by and min_by,
 * of which Spark takes the last row where several are as great: the key above, and below it that
 * number, or for the least one that goes down.
 */
#include "abi.h"

#include <math.h>

/* Gives the number of the first of `rows` rows. */
static uint64_t number_rows(uint64_t rows) {
    static uint64_t seen = 0;
    return __atomic_fetch_add(&seen, rows, __ATOMIC_RELAXED);
}

static void following(handle info, handle chunk, handle result) {
    (void)info;
    uint64_t rows = chunk_size(chunk), number = number_rows(rows), *out = vector_data(result);
    for (uint64_t row = 0; row < rows; row++) {
        out[row] = number + row;
    }
}

/* The order of doubles, NaN above all and one zero, as that of whole numbers. */
static int64_t rank_of(double value) {
    int64_t stored;
    if (isnan(value)) {
        return INT64_MAX;
    }
    value += 0.0; /* no zero has a sign */
    memcpy(&stored, &value, sizeof stored);
    return stored < 0 ? INT64_MIN - stored : stored;
}

#define LATEST(name, type, rank, count)                                                            \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        const type *given = vector_data(chunk_vector(chunk, 0));                                   \
        uint64_t rows = chunk_size(chunk);                                                         \
        uint64_t seen = number_rows(rows);                                                         \
        pass_nulls(chunk, 1, result);                                                              \
        for (uint64_t row = 0; row < rows; row++, seen++) {                                        \
            uint128 above = (uint128)(uint64_t)rank << 64;                                         \
            put_wide(vector_data(result), row, (int128)(above | (count)));                         \
        }                                                                                          \
    }

LATEST(greatest_whole, int64_t, given[row], seen)
LATEST(least_whole, int64_t, given[row], UINT64_MAX - seen)
LATEST(greatest_double, double, rank_of(given[row]), seen)
LATEST(least_double, double, rank_of(given[row]), UINT64_MAX - seen)

const struct entry latest[] = {
    {"native_following", following, BIGINT, {NONE}, false},
    {"native_greatest_whole", greatest_whole, HUGEINT, {BIGINT}, false},
    {"native_least_whole", least_whole, HUGEINT, {BIGINT}, false},
    {"native_greatest_double", greatest_double, HUGEINT, {DOUBLE}, false},
    {"native_least_double", least_double, HUGEINT, {DOUBLE}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
