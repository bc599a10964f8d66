/* Aggregates over the moments of one column of doubles or of two, in the steps in which Spark takes
 * them: row by row, then one partial answer into the other. Other formulas are as true, but end in
 * other digits.
 */
#include "abi.h"

#include <math.h>

/* How `rows` values lie around their mean: sums of powers of their distances from it. */
struct one {
    double rows, mean, squares, cubes, fourths;
};

/* The same of pairs, and the sum of the products of both distances. */
struct two {
    double rows, x, y, products, xx, yy;
};

static uint64_t size_of_one(handle info) { return (void)info, sizeof(struct one); }
static uint64_t size_of_two(handle info) { return (void)info, sizeof(struct two); }
static void clear_one(handle info, handle state) { (void)info, memset(state, 0, sizeof(struct one)); }
static void clear_two(handle info, handle state) { (void)info, memset(state, 0, sizeof(struct two)); }

/* ---- rows -------------------------------------------------------------------------------------- */

#define FROM_ONE(name, powers)                                                                     \
    static void name(handle info, handle chunk, handle *states) {                                  \
        (void)info;                                                                                \
        handle vector = chunk_vector(chunk, 0);                                                    \
        const double *values = vector_data(vector);                                                \
        const uint64_t *validity = vector_validity(vector);                                        \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            if (is_valid(validity, row)) {                                                         \
                take_one(states[row], values[row], powers);                                        \
            }                                                                                      \
        }                                                                                          \
    }

static inline void take_one(struct one *all, double value, int powers) {
    all->rows += 1;
    double away = value - all->mean, share = away / all->rows;
    all->mean += share;
    all->squares += away * (away - share);
    if (powers < 3) {
        return;
    }
    double away2 = away * away, share2 = share * share;
    all->cubes = all->cubes - 3.0 * share * all->squares + away * (away2 - share2);
    if (powers < 4) {
        return;
    }
    all->fourths = all->fourths - 4.0 * share * all->cubes - 6.0 * share2 * all->squares +
                   away * (away * away2 - share * share2);
}

FROM_ONE(to_squares, 2)
FROM_ONE(to_cubes, 3)
FROM_ONE(to_fourths, 4)

#define FROM_TWO(name, take)                                                                       \
    static void name(handle info, handle chunk, handle *states) {                                  \
        (void)info;                                                                                \
        handle first = chunk_vector(chunk, 0), second = chunk_vector(chunk, 1);                    \
        const double *x = vector_data(first), *y = vector_data(second);                            \
        const uint64_t *has_x = vector_validity(first), *has_y = vector_validity(second);          \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            if (is_valid(has_x, row) && is_valid(has_y, row)) {                                    \
                take(states[row], x[row], y[row]);                                                 \
            }                                                                                      \
        }                                                                                          \
    }

static inline void correlate(struct two *all, double x, double y) {
    all->rows += 1;
    double away_x = x - all->x, away_y = y - all->y;
    all->x += away_x / all->rows;
    all->y += away_y / all->rows;
    all->products += away_x * (y - all->y);
    all->xx += away_x * (x - all->x);
    all->yy += away_y * (y - all->y);
}

/* A line through the pairs: Spark counts the squares of `x` alone, and as for a variance. */
static inline void draw_line(struct two *all, double x, double y) {
    all->rows += 1;
    double away_x = x - all->x, away_y = y - all->y, share = away_x / all->rows;
    all->x += share;
    all->y += away_y / all->rows;
    all->products += away_x * (y - all->y);
    all->xx += away_x * (away_x - share);
}

FROM_TWO(to_correlation, correlate)
FROM_TWO(to_line, draw_line)

/* ---- partial answers --------------------------------------------------------------------------- */

static void combine_one(handle info, handle *sources, handle *targets, uint64_t count) {
    (void)info;
    for (uint64_t at = 0; at < count; at++) {
        struct one *left = targets[at], before = *left;
        const struct one *right = sources[at];
        if (before.rows == 0 || right->rows == 0) {
            *left = before.rows == 0 ? *right : before;
            continue;
        }
        double n = before.rows, m = right->rows, rows = n + m;
        double away = right->mean - before.mean, share = away / rows;
        left->rows = rows;
        left->mean = before.mean + share * m;
        left->squares = before.squares + right->squares + away * share * n * m;
        left->cubes = before.cubes + right->cubes + share * share * away * n * m * (n - m) +
                      3.0 * share * (n * right->squares - m * before.squares);
        left->fourths = before.fourths + right->fourths +
                        share * share * share * away * n * m * (n * n - n * m + m * m) +
                        6.0 * share * share * (n * n * right->squares + m * m * before.squares) +
                        4.0 * share * (n * right->cubes - m * before.cubes);
    }
}

static void combine_two(handle info, handle *sources, handle *targets, uint64_t count) {
    (void)info;
    for (uint64_t at = 0; at < count; at++) {
        struct two *left = targets[at], before = *left;
        const struct two *right = sources[at];
        if (before.rows == 0 || right->rows == 0) {
            *left = before.rows == 0 ? *right : before;
            continue;
        }
        double n = before.rows, m = right->rows, rows = n + m;
        double away_x = right->x - before.x, share_x = away_x / rows;
        double away_y = right->y - before.y, share_y = away_y / rows;
        left->rows = rows;
        left->x = before.x + share_x * m;
        left->y = before.y + share_y * m;
        left->products = before.products + right->products + away_x * share_y * n * m;
        left->xx = before.xx + right->xx + away_x * share_x * n * m;
        left->yy = before.yy + right->yy + away_y * share_y * n * m;
    }
}

/* ---- answers ----------------------------------------------------------------------------------- */

/* An answer over a state of type `kind`, called `all`: null unless `known`. */
#define ANSWER(name, kind, known, answer)                                                          \
    static void name(handle info, handle *states, handle result, uint64_t count,                   \
                     uint64_t offset) {                                                            \
        (void)info;                                                                                \
        double *out = vector_data(result);                                                         \
        for (uint64_t at = 0; at < count; at++) {                                                  \
            const struct kind *all = states[at];                                                   \
            if (known) {                                                                           \
                out[offset + at] = (answer);                                                       \
            } else {                                                                               \
                put_null(result, offset + at);                                                     \
            }                                                                                      \
        }                                                                                          \
    }

/* Spark passes an answer that is of no window through one more merge, which a mean may feel in its
 * last digit.
 */
static double merged(double mean, double rows) { return mean / rows * rows; }

static double intercept(const struct two *all, double x, double y) {
    return y - all->products / all->xx * x;
}

static double square(double value) { return value * value; }

ANSWER(variance, one, all->rows > 0, all->squares / all->rows)
ANSWER(deviation, one, all->rows > 0, sqrt(all->squares / all->rows))
ANSWER(sample_variance, one, all->rows > 1, all->squares / (all->rows - 1))
ANSWER(sample_deviation, one, all->rows > 1, sqrt(all->squares / (all->rows - 1)))
ANSWER(squares, one, all->rows > 0, all->squares)
ANSWER(skewness, one, all->rows > 0 && all->squares != 0,
       sqrt(all->rows) * all->cubes / sqrt(all->squares * all->squares * all->squares))
ANSWER(kurtosis, one, all->rows > 0 && all->squares != 0,
       all->rows * all->fourths / (all->squares * all->squares) - 3.0)
ANSWER(products, two, all->rows > 0, all->products)
ANSWER(covariance, two, all->rows > 0, all->products / all->rows)
ANSWER(sample_covariance, two, all->rows > 1, all->products / (all->rows - 1))
/* Infinite, which no correlation is, where a column does not vary. */
ANSWER(correlation, two, all->rows > 1,
       all->xx * all->yy == 0 ? INFINITY : all->products / sqrt(all->xx * all->yy))
ANSWER(slope, two, all->rows > 0 && all->xx != 0, all->products / all->xx)
ANSWER(crossing, two, all->rows > 0 && all->xx != 0,
       intercept(all, merged(all->x, all->rows), merged(all->y, all->rows)))
ANSWER(crossing_over, two, all->rows > 0 && all->xx != 0, intercept(all, all->x, all->y))
/* The line runs along the second column here: Spark gives them in this order. */
ANSWER(explained, two, all->rows > 0 && all->yy != 0,
       all->xx == 0 ? 1.0 : square(all->products / sqrt(all->xx * all->yy)))

#define ONE 1, size_of_one, clear_one, combine_one
#define TWO 2, size_of_two, clear_two, combine_two

static const struct {
    const char *name;
    int columns;
    uint64_t (*size)(handle);
    void (*clear)(handle, handle);
    void (*combine)(handle, handle *, handle *, uint64_t);
    void (*take)(handle, handle, handle *);
    void (*answer)(handle, handle *, handle, uint64_t, uint64_t);
} moments[] = {
    {"native_var_pop", ONE, to_squares, variance},
    {"native_stddev_pop", ONE, to_squares, deviation},
    {"native_var_samp", ONE, to_squares, sample_variance},
    {"native_stddev_samp", ONE, to_squares, sample_deviation},
    {"native_squares", ONE, to_squares, squares},
    {"native_skewness", ONE, to_cubes, skewness},
    {"native_kurtosis", ONE, to_fourths, kurtosis},
    {"native_products", TWO, to_line, products},
    {"native_covar_pop", TWO, to_line, covariance},
    {"native_covar_samp", TWO, to_line, sample_covariance},
    {"native_corr", TWO, to_correlation, correlation},
    {"native_slope", TWO, to_line, slope},
    {"native_intercept", TWO, to_line, crossing},
    {"native_intercept_over", TWO, to_line, crossing_over},
    {"native_r2", TWO, to_correlation, explained},
};

bool register_moments(handle connection) {
    bool done = true;
    handle number = create_type(DOUBLE);
    for (size_t at = 0; at < sizeof moments / sizeof *moments; at++) {
        handle function = create_aggregate();
        set_aggregate_name(function, moments[at].name);
        for (int column = 0; column < moments[at].columns; column++) {
            add_aggregate_parameter(function, number);
        }
        set_aggregate_return_type(function, number);
        set_aggregate_functions(function, moments[at].size, moments[at].clear, moments[at].take,
                                moments[at].combine, moments[at].answer);
        done = register_aggregate(connection, function) == 0 && done;
        destroy_aggregate(&function);
    }
    destroy_type(&number);
    return done;
}
