/* Products and quotients of decimals of 38 digits, computed with 256 bits and rounded half up.
 *
 * A decimal of 38 digits is its digits as a number of 128 bits: `native_digits` gives them and
 * `native_decimal<scale>` takes them. A result of more than 38 digits is null.
 */
#include "abi.h"

#include <stdio.h>

typedef struct {
    uint128 high, low;
} uint256;



static uint128 magnitude(int128 value) { return value < 0 ? -(uint128)value : (uint128)value; }

static uint256 product(uint128 a, uint128 b) {
    uint128 a0 = (uint64_t)a, a1 = a >> 64, b0 = (uint64_t)b, b1 = b >> 64;
    uint128 low = a0 * b0, high = a1 * b1, one = a1 * b0, other = a0 * b1;
    uint128 middle = (low >> 64) + (uint64_t)one + (uint64_t)other;
    uint256 result = {high + (one >> 64) + (other >> 64) + (middle >> 64),
                      middle << 64 | (uint64_t)low};
    return result;
}

/* `value` / `by`, rounded half up; false where that has more than 128 bits or `by` is 0. */
static bool quotient(uint256 value, uint128 by, uint128 *result) {
    if (value.high >= by) {
        return false;
    }
    uint128 rest = value.high, found = 0;
    if (rest == 0) {
        found = value.low / by;
        rest = value.low % by;
    } else {
        for (int bit = 127; bit >= 0; bit--) {
            bool carry = rest >> 127;
            rest = rest << 1 | (value.low >> bit & 1);
            found <<= 1;
            if (carry || rest >= by) {
                rest -= by;
                found |= 1;
            }
        }
    }
    *result = found + (rest >= by - rest);
    return true;
}

/* The same of `a` * `more` in 64 bits, where those are enough: what most decimals need. */
static bool short_quotient(uint128 a, uint128 more, uint128 by, uint128 *result) {
    uint64_t value, divisor = (uint64_t)by;
    if ((a | more | by) >> 64 != 0 || by == 0 ||
        __builtin_mul_overflow((uint64_t)a, (uint64_t)more, &value)) {
        return false;
    }
    uint64_t rest = value % divisor;
    *result = (uint128)(value / divisor) + (rest >= divisor - rest);
    return true;
}

static bool scaled_quotient(uint128 a, uint128 more, uint128 by, uint128 *result) {
    return short_quotient(a, more, by, result) || quotient(product(a, more), by, result);
}

enum { DIGITS = 38 };
static uint128 POWERS[DIGITS + 1]; /* of ten */

static void put(handle result, uint64_t row, bool fits, uint128 digits, bool negative) {
    if (!fits || digits >= POWERS[DIGITS]) {
        put_null(result, row);
        digits = 0;
    }
    put_wide(vector_data(result), row, negative ? -(int128)digits : (int128)digits);
}

/* (digits of a, digits of b, how many digits go): a * b without its last digits. */
static void times(handle info, handle chunk, handle result) {
    (void)info;
    const void *left = vector_data(chunk_vector(chunk, 0));
    const void *right = vector_data(chunk_vector(chunk, 1));
    const int32_t *less = vector_data(chunk_vector(chunk, 2));
    pass_nulls(chunk, 2, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        int128 a = wide_at(left, row), b = wide_at(right, row);
        uint128 digits = 0;
        bool in_range = less[row] >= 0 && less[row] <= DIGITS;
        bool fits = in_range && scaled_quotient(magnitude(a), magnitude(b), POWERS[less[row]], &digits);
        put(result, row, fits, digits, (a < 0) != (b < 0));
    }
}

/* (digits of a, digits of b, how many more): a with so many zeros behind it, / b. */
static void over(handle info, handle chunk, handle result) {
    (void)info;
    const void *left = vector_data(chunk_vector(chunk, 0));
    const void *right = vector_data(chunk_vector(chunk, 1));
    const int32_t *more = vector_data(chunk_vector(chunk, 2));
    pass_nulls(chunk, 2, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        int128 a = wide_at(left, row), b = wide_at(right, row);
        uint128 digits = 0;
        bool in_range = more[row] >= 0 && more[row] <= DIGITS;
        bool fits = in_range && scaled_quotient(magnitude(a), POWERS[more[row]], magnitude(b), &digits);
        put(result, row, fits, digits, (a < 0) != (b < 0));
    }
}

static void same(handle info, handle chunk, handle result) {
    (void)info;
    pass_nulls(chunk, 1, result);
    memcpy(vector_data(result), vector_data(chunk_vector(chunk, 0)), 16 * chunk_size(chunk));
}

const struct entry decimals[] = {
    {"native_decimal_times", times, HUGEINT, {HUGEINT, HUGEINT, INTEGER}, false},
    {"native_decimal_over", over, HUGEINT, {HUGEINT, HUGEINT, INTEGER}, false},
    {NULL, NULL, NONE, {NONE}, false},
};

bool register_scaled(handle connection) {
    POWERS[0] = 1;
    for (int power = 1; power <= DIGITS; power++) {
        POWERS[power] = POWERS[power - 1] * 10;
    }
    bool done = true;
    for (int scale = 0; scale <= DIGITS; scale++) {
        char name[32];
        struct entry entry = {name, same, HUGEINT, {DECIMAL}, false};
        snprintf(name, sizeof name, "native_digits%d", scale);
        done = register_entry(connection, &entry, scale, false) && done;
        entry.result = DECIMAL;
        entry.parameters[0] = HUGEINT;
        snprintf(name, sizeof name, "native_decimal%d", scale);
        done = register_entry(connection, &entry, scale, false) && done;
    }
    return done;
}
