/* Numbers with a fraction as Java 17 writes them.
 *
 * The digits are not always the fewest that tell a number apart; `types/java_numbers.py` says which
 * they are, in the same words and without a limit to its numbers. Here most of it fits in 64 bits.
 */
#include "abi.h"

#include <math.h>
#include <stdio.h>

#define INLINE inline __attribute__((always_inline))

enum { MOST = 64 }; /* more characters than the text of any number has */

struct digits {
    int count, point; /* 0.d1 d2 d3... times 10 to the point */
    char shown[MOST];
};

/* mantissa * 2 ** (exponent + 1 - bits), where `bits` are those of the odd mantissa; `exact` bits
 * are stored of the number, `below` stand behind its point. */
struct parts {
    uint64_t mantissa;
    int exponent, bits, exact, below;
};

static struct parts parts_of(uint64_t stored, int width, int bias) {
    uint64_t mantissa = stored & (((uint64_t)1 << width) - 1);
    int high = (int)(stored >> width);
    struct parts read = {.exact = width + 1};
    if (high > 0) {
        mantissa |= (uint64_t)1 << width;
        read.exponent = high - bias;
    } else {
        read.exact = 64 - __builtin_clzll(mantissa);
        read.exponent = read.exact - width - bias;
    }
    int zeros = __builtin_ctzll(mantissa);
    read.mantissa = mantissa >> zeros;
    read.bits = read.exact - zeros;
    read.below = read.bits > read.exponent + 1 ? read.bits - read.exponent - 1 : 0;
    return read;
}

/* ---- whole numbers -------------------------------------------------------------------------- */

static struct digits decimal(uint64_t number) {
    char text[MOST];
    int start = MOST;
    for (; number > 0; number /= 10) {
        text[--start] = (char)('0' + number % 10);
    }
    struct digits made = {.count = MOST - start, .point = MOST - start};
    memcpy(made.shown, text + start, (size_t)made.count);
    return made;
}

static struct digits whole(const struct parts *given) {
    uint64_t number = given->mantissa << (given->exponent + 1 - given->bits);
    int unknown = given->exponent - given->exact - 1, dropped = 0;
    if (unknown > 1) {
        uint64_t power = 1;
        dropped = unknown * 30103 / 100000; /* unknown * log10(2) */
        for (int at = 0; at < dropped; at++) {
            power *= 10;
        }
        number = number / power + (number % power >= power - number % power);
    }
    struct digits made = decimal(number);
    made.point += dropped;
    while (made.shown[made.count - 1] == '0') {
        made.count--;
    }
    return made;
}

/* ---- fractions ------------------------------------------------------------------------------ */

/* The number over its power of ten: mantissa * 5 ** fives * 2 ** twos over 5 ** under * 2 ** below;
 * half its last bit is 5 ** fives * 2 ** halves over the same. */
struct scale {
    int place, fives, twos, under, below, halves;
    int word; /* the bits of Java's type in which they all fit; none for numbers of any size */
};

static int smaller(int left, int right) { return left < right ? left : right; }
static int larger(int left, int right) { return left < right ? right : left; }

/* The bits of `5 ** fives * 2 ** twos`, as Java counts them: three for a five where many. */
static int size(int twos, int fives) {
    static const uint8_t known[] = {0,  3,  5,  7,  10, 12, 14, 17, 19, 21, 24, 26, 28, 31,
                                    33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61};
    return twos + (fives < (int)sizeof known ? known[fives] : 3 * fives);
}

static const uint64_t ONE = (uint64_t)1023 << 52; /* as a double stores it */

static struct scale scale_of(const struct parts *given) {
    uint64_t stored = (given->mantissa << (53 - given->bits) & ~((uint64_t)1 << 52)) | ONE;
    double fraction;
    memcpy(&fraction, &stored, sizeof fraction);
    double guess =
        (fraction - 1.5) * 0.289529654 + 0.176091259 + given->exponent * 0.301029995663981;
    struct scale made = {.place = (int)guess - (guess < (int)guess)};
    made.fives = made.place < 0 ? -made.place : 0;
    made.under = made.place > 0 ? made.place : 0;
    made.twos = made.fives + given->below + given->exponent;
    made.below = made.under + given->below;
    made.halves = made.twos - given->exact;
    made.twos -= given->bits - 1;
    int shared = smaller(made.twos, made.below);
    /* Below a power of two the numbers lie closer. */
    int lowest = made.halves - shared - (given->bits == 1);
    shared += smaller(0, lowest);
    made.twos -= shared;
    made.below -= shared;
    made.halves = lowest > 0 ? lowest : 0;
    int most = larger(size(given->bits + made.twos, made.fives),
                      size(made.below + 1, made.under + 1));
    made.word = most < 32 ? 32 : most < 64 ? 64 : 0;
    return made;
}

/* What a digit leaves: `enough` when that is less than half the last bit, `over` when it is so near
 * to the next digit, which is the nearer one by `rest` (above zero; zero: both are as near). */
struct step {
    int digit, rest;
    bool enough, over;
};

typedef struct step step_of(void *division);

/* Digits of a division after those that are `made`, until there are enough, and the last rounded.
 */
static INLINE struct digits followed(struct digits made, struct step step, void *division,
                                     step_of *next) {
    while (!step.enough && !step.over) {
        step = next(division);
        made.shown[made.count++] = (char)('0' + step.digit);
    }
    bool odd = made.shown[made.count - 1] % 2 == 1;
    if (!step.over || (step.enough && (step.rest < 0 || (step.rest == 0 && !odd)))) {
        return made;
    }
    int at = made.count - 1;
    for (; at >= 0 && made.shown[at] == '9'; at--) {
        made.shown[at] = '0';
    }
    if (at >= 0) {
        made.shown[at]++;
    } else { /* 9.99 is 10.00. */
        made.shown[0] = '1';
        made.shown[made.count++] = '0';
        made.point++;
    }
    return made;
}

/* The digits of a division whose first one stands at the `place`th power of ten. */
static INLINE struct digits divided(int place, void *division, step_of *next) {
    struct digits made = {.count = 0};
    struct step step = next(division);
    if (step.digit == 0 && !step.over) {
        place--;
    } else {
        made.shown[made.count++] = (char)('0' + step.digit);
    }
    made.point = place + 1;
    if (place < -3 || place >= 8) { /* Of a number with an exponent there are two at least. */
        step.enough = step.over = false;
    }
    return followed(made, step, division, next);
}

/* A division by a power of two, of numbers that never fill their words. */
struct shift {
    uint64_t number, half;
    int divisor;
};

static INLINE struct step next_shift(void *given) {
    struct shift *of = given;
    uint64_t mask = ((uint64_t)1 << of->divisor) - 1;
    struct step step = {.digit = (int)(of->number >> of->divisor)};
    of->number = 10 * (of->number & mask);
    of->half *= 10;
    uint64_t other = 10 * (mask + 1) - of->number;
    step.enough = of->number < of->half;
    step.over = of->half > other;
    step.rest = (of->number > other) - (of->number < other);
    return step;
}

/* A double from 1 up, with a fraction: only of that it is asked how many digits are enough. */
static struct digits mixed(const struct parts *given) {
    struct digits made = decimal(given->mantissa >> given->below);
    int unit = given->exact - given->bits + 1;
    uint64_t fraction = given->mantissa & (((uint64_t)1 << given->below) - 1);
    struct shift of = {10 * fraction << unit, 10, given->below + unit};
    struct step step = {.enough = false, .over = false};
    return followed(made, step, &of, next_shift);
}

/* Java's numbers go round: a half that did is more than any rest, but a sum is not noticed. */
#define DIVISION(word, unsigned_word)                                                              \
    struct division_##word {                                                                       \
        word number, divisor, half;                                                                \
    };                                                                                             \
                                                                                                   \
    static INLINE struct step next_##word(void *given) {                                           \
        struct division_##word *of = given;                                                        \
        word digit = of->number / of->divisor, tens = 10 * of->divisor;                            \
        of->number = 10 * (of->number - digit * of->divisor);                                      \
        of->half = (word)(10 * (unsigned_word)of->half);                                           \
        word sum = (word)((unsigned_word)of->number + (unsigned_word)of->half);                    \
        word other = tens - of->number;                                                            \
        bool round = of->half <= 0;                                                                \
        struct step step = {.digit = (int)digit};                                                  \
        step.enough = round || of->number < of->half;                                              \
        step.over = round || sum > tens;                                                           \
        step.rest = (of->number > other) - (of->number < other);                                   \
        return step;                                                                               \
    }

DIVISION(int32_t, uint32_t)
DIVISION(int64_t, uint64_t)

enum { WORDS = 48 }; /* 1,536 bits: the numbers of a double have less than 1,200 */

/* A whole number of any size, its lowest word first. */
struct large {
    int count;
    uint32_t words[WORDS];
};

static void multiply(struct large *number, uint32_t by) {
    uint64_t carried = 0;
    for (int at = 0; at < number->count; at++) {
        carried += (uint64_t)number->words[at] * by;
        number->words[at] = (uint32_t)carried;
        carried >>= 32;
    }
    if (carried > 0) {
        number->words[number->count++] = (uint32_t)carried;
    }
}

static struct large product(uint64_t number, int fives, int twos) {
    struct large made = {2, {(uint32_t)number, (uint32_t)(number >> 32)}};
    made.count -= made.words[1] == 0;
    for (; fives >= 13; fives -= 13) {
        multiply(&made, 1220703125); /* 5 ** 13 */
    }
    for (; fives > 0; fives--) {
        multiply(&made, 5);
    }
    multiply(&made, (uint32_t)1 << (twos % 32));
    int words = twos / 32;
    memmove(made.words + words, made.words, sizeof *made.words * (size_t)made.count);
    memset(made.words, 0, sizeof *made.words * (size_t)words);
    made.count += words;
    return made;
}

/* Below zero, zero or above: as `left + more` is to `right`. */
static int compare_sum(const struct large *left, const struct large *more,
                       const struct large *right) {
    int64_t sign = 0, owed = 0;
    for (int at = 0; at < WORDS; at++) {
        owed += at < left->count ? left->words[at] : 0;
        owed += more != NULL && at < more->count ? more->words[at] : 0;
        owed -= at < right->count ? right->words[at] : 0;
        sign |= owed & UINT32_MAX;
        owed >>= 32;
    }
    return owed != 0 ? (owed < 0 ? -1 : 1) : sign != 0;
}

static void subtract(struct large *from, const struct large *less) {
    int64_t owed = 0;
    for (int at = 0; at < from->count; at++) {
        owed += from->words[at];
        owed -= at < less->count ? less->words[at] : 0;
        from->words[at] = (uint32_t)owed;
        owed >>= 32;
    }
    while (from->count > 0 && from->words[from->count - 1] == 0) {
        from->count--;
    }
}

struct long_division {
    struct large number, divisor, half, tens;
};

static struct step next_long(void *given) {
    struct long_division *of = given;
    struct step step = {.digit = 0};
    for (; compare_sum(&of->number, NULL, &of->divisor) >= 0; step.digit++) {
        subtract(&of->number, &of->divisor);
    }
    multiply(&of->number, 10);
    multiply(&of->half, 10);
    step.enough = compare_sum(&of->number, NULL, &of->half) < 0;
    step.over = compare_sum(&of->number, &of->half, &of->tens) >= 0;
    step.rest = compare_sum(&of->number, &of->number, &of->tens);
    return step;
}

static uint64_t power_of_five(int fives) {
    uint64_t made = 1;
    for (; fives > 0; fives--) {
        made *= 5;
    }
    return made;
}

static struct digits fraction(const struct parts *given) {
    struct scale by = scale_of(given);
    if (by.word == 0) {
        struct long_division of = {product(given->mantissa, by.fives, by.twos),
                                   product(1, by.under, by.below), product(1, by.fives, by.halves),
                                   product(10, by.under, by.below)};
        return divided(by.place, &of, next_long);
    }
    uint64_t fives = power_of_five(by.fives);
    uint64_t number = given->mantissa * fives << by.twos, half = fives << by.halves;
    uint64_t divisor = power_of_five(by.under) << by.below;
    if (by.word == 32) {
        struct division_int32_t of = {(int32_t)number, (int32_t)divisor, (int32_t)half};
        return divided(by.place, &of, next_int32_t);
    }
    struct division_int64_t of = {(int64_t)number, (int64_t)divisor, (int64_t)half};
    return divided(by.place, &of, next_int64_t);
}

/* ---- text ----------------------------------------------------------------------------------- */

static int put(char *out, const char *shown, int count) {
    memcpy(out, shown, (size_t)count);
    return count;
}

/* Digits, or a zero where there are none. */
static int put_some(char *out, const char *shown, int count) {
    return count > 0 ? put(out, shown, count) : put(out, "0", 1);
}

/* A number from 0.001 up to 10 million. */
static int put_plain(char *out, const struct digits *number) {
    int whole = number->point > 0 ? number->point : 0;
    int given = smaller(whole, number->count);
    int length = put_some(out, number->shown, given);
    length += put(out + length, "000000", whole - given);
    out[length++] = '.';
    if (number->point < 0) {
        length += put(out + length, "00", -number->point);
    }
    return length + put_some(out + length, number->shown + given, number->count - given);
}

static int put_scientific(char *out, const struct digits *number) {
    out[0] = number->shown[0];
    out[1] = '.';
    int length = 2 + put_some(out + 2, number->shown + 1, number->count - 1);
    return length + snprintf(out + length, 16, "E%d", number->point - 1);
}

/* Writes the number, whose size is stored as `stored`, into `out`; gives the length. */
static int put_number(char *out, double number, uint64_t stored, int width, int bias) {
    if (isnan(number)) {
        return put(out, "NaN", 3);
    }
    char *start = out;
    if (signbit(number)) {
        *out++ = '-';
    }
    double amount = fabs(number);
    if (amount == 0) {
        out += put(out, "0.0", 3);
    } else if (isinf(amount)) {
        out += put(out, "Infinity", 8);
    } else {
        struct parts parts = parts_of(stored, width, bias);
        bool is_whole = parts.below == 0 && parts.exponent < 63;
        bool is_mixed = parts.below > 0 && parts.exponent >= 0 && width == 52;
        struct digits made = (is_whole ? whole : is_mixed ? mixed : fraction)(&parts);
        bool plain = made.point > -3 && made.point <= 7;
        out += (plain ? put_plain : put_scientific)(out, &made);
    }
    return (int)(out - start);
}

int show_double(char *out, double number) {
    uint64_t stored;
    memcpy(&stored, &number, sizeof stored);
    return put_number(out, number, stored & (uint64_t)-1 >> 1, 52, 1023);
}

#define TEXT(name, number, bits, width, bias)                                                      \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        handle argument = chunk_vector(chunk, 0);                                                  \
        const number *given = vector_data(argument);                                               \
        const uint64_t *validity = vector_validity(argument);                                      \
        char out[2 * MOST];                                                                        \
        pass_nulls(chunk, 1, result);                                                              \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            if (is_valid(validity, row)) {                                                         \
                bits stored;                                                                       \
                memcpy(&stored, &given[row], sizeof stored);                                       \
                stored &= (bits)-1 >> 1;                                                           \
                int length = put_number(out, (double)given[row], stored, width, bias);             \
                assign_text(result, row, out, (uint64_t)length);                                   \
            }                                                                                      \
        }                                                                                          \
    }

TEXT(float_text, float, uint32_t, 23, 127)
TEXT(double_text, double, uint64_t, 52, 1023)

const struct entry texts[] = {
    {"native_float_text", float_text, VARCHAR, {FLOAT}, false},
    {"native_double_text", double_text, VARCHAR, {DOUBLE}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
