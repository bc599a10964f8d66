/* Texts read as numbers and moments, those of the usual form: null for the others, about which SQL
 * knows more.
 */
#include "abi.h"
#include "reader.h"

/* ---- numbers ---- */

/* [+-]digits, of at most 18 digits behind leading zeros */
static bool read_whole(struct reader *text, int64_t *out) {
    bool negative = text->at < text->end && *text->at == '-';
    take_sign(text);
    const uint8_t *first = text->at;
    while (text->at < text->end && *text->at == '0') {
        text->at++;
    }
    const uint8_t *start = text->at;
    uint64_t value = 0;
    for (; is_digit(text); text->at++) {
        value = value * 10 + (uint64_t)(*text->at - '0'); /* goes round where it is too long */
    }
    *out = (int64_t)(negative ? 0 - value : value);
    return text->at > first && text->at - start <= 18;
}

static bool read_long(const bytes *given, int64_t *out) {
    struct reader text = reader_of(given);
    skip_blanks(&text);
    bool found = read_whole(&text, out);
    skip_blanks(&text);
    return found && text.at == text.end;
}

static bool read_integer(const bytes *given, int32_t *out) {
    int64_t value = 0;
    bool found = read_long(given, &value) && value >= INT32_MIN && value <= INT32_MAX;
    *out = (int32_t)value;
    return found;
}

enum { EXACT_POWER = 22 }; /* the most that ten can be raised to without rounding */
static const uint64_t EXACT_DIGITS = (uint64_t)1 << 53;
static const double POWERS[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Digits into `value`, up to 18 of them with those before; gives how many there were. */
static int read_digits(struct reader *text, uint64_t *value, int *room) {
    int count = 0;
    for (; is_digit(text); text->at++, count++) {
        if (*value != 0 || *text->at != '0') {
            (*room)--;
        }
        *value = *room >= 0 ? *value * 10 + (uint64_t)(*text->at - '0') : *value;
    }
    return count;
}

struct decimal {
    bool negative;
    uint64_t digits; /* at most 18 of them */
    int power;       /* of ten, by which they are multiplied */
};

/* [+-]digits[.digits][e[+-]digits], of no more digits and no higher power than there is room for */
static bool read_decimal(const bytes *given, struct decimal *out) {
    struct reader text = reader_of(given);
    skip_blanks(&text);
    out->negative = text.at < text.end && *text.at == '-';
    take_sign(&text);
    out->digits = 0;
    int room = 18, count = read_digits(&text, &out->digits, &room), behind = 0;
    if (take(&text, '.')) {
        behind = read_digits(&text, &out->digits, &room);
    }
    if (count + behind == 0 || room < 0) {
        return false;
    }
    int64_t exponent = 0;
    if ((take(&text, 'e') || take(&text, 'E')) && !read_whole(&text, &exponent)) {
        return false;
    }
    skip_blanks(&text);
    if (text.at != text.end || exponent < -EXACT_POWER || exponent > EXACT_POWER) {
        return false;
    }
    out->power = (int)exponent - behind;
    return out->power >= -EXACT_POWER && out->power <= EXACT_POWER;
}

/* A number whose digits and whose power of ten are both exact: one division rounds it. */
static bool read_double(const bytes *given, double *out) {
    struct decimal read;
    if (!read_decimal(given, &read) || read.digits > EXACT_DIGITS) {
        return false;
    }
    double digits = (double)read.digits;
    double value = read.power < 0 ? digits / POWERS[-read.power] : digits * POWERS[read.power];
    *out = read.negative ? -value : value;
    return true;
}

/* The digits of a number up to `scale` behind the point, rounded half up. */
static bool read_scaled(const bytes *given, int scale, int128 *out) {
    struct decimal read;
    if (!read_decimal(given, &read)) {
        return false;
    }
    int power = read.power + scale;
    if (power < -18 || power > 18) {
        return false;
    }
    uint64_t unit = 1;
    for (int at = power < 0 ? -power : power; at > 0; at--) {
        unit *= 10;
    }
    uint64_t rest = power < 0 ? read.digits % unit : 0;
    uint128 value = power < 0 ? read.digits / unit + (rest >= unit - rest && rest > 0)
                              : (uint128)read.digits * unit;
    *out = read.negative ? -(int128)value : (int128)value;
    return true;
}

/* ---- moments ---- */

struct moment {
    int64_t year, month, day, hour, minute, second, micros;
    int64_t ahead; /* of UTC, in minutes */
};

/* Between `fewest` and `most` digits, as a number. */
static bool read_some(struct reader *text, int fewest, int most, int64_t *out) {
    int count = 0;
    int64_t value = 0;
    for (; count < most && is_digit(text); text->at++, count++) {
        value = value * 10 + (*text->at - '0');
    }
    *out = value;
    return count >= fewest;
}

static bool read_fraction(struct reader *text, int fewest, int64_t *out) {
    const uint8_t *first = text->at;
    bool found = read_some(text, fewest, 6, out);
    for (int64_t count = text->at - first; count < 6; count++) {
        *out *= 10;
    }
    return found;
}

static int64_t days_of(int64_t year, int64_t month) {
    static const int8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && leap);
}

/* Microseconds since 1970; false where there is no such moment. */
static bool micros_of(const struct moment *at, int64_t *out) {
    if (at->year < 1 || at->month < 1 || at->month > 12 || at->day < 1 ||
        at->day > days_of(at->year, at->month) || at->hour > 23 || at->minute > 59 ||
        at->second > 59) {
        return false;
    }
    /* Years that begin in March end with the day that is sometimes there. */
    int64_t year = at->year - (at->month <= 2), month = (at->month + 9) % 12;
    int64_t day = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + at->day;
    int64_t minutes = ((day - 719469) * 24 + at->hour) * 60 + at->minute - at->ahead;
    *out = (minutes * 60 + at->second) * 1000000 + at->micros;
    return true;
}

/* yyyy-m-d */
static bool read_date(struct reader *text, struct moment *at) {
    skip_blanks(text);
    return read_some(text, 4, 4, &at->year) && take(text, '-') &&
           read_some(text, 1, 2, &at->month) && take(text, '-') && read_some(text, 1, 2, &at->day);
}

/* yyyy-m-d h:m:s[.fraction], with a T or a blank between */
bool read_moment(struct reader *text, int64_t *out) {
    struct moment at = {0};
    return read_date(text, &at) && (take(text, ' ') || take(text, 'T')) &&
           read_some(text, 1, 2, &at.hour) && take(text, ':') &&
           read_some(text, 1, 2, &at.minute) && take(text, ':') &&
           read_some(text, 1, 2, &at.second) &&
           (!take(text, '.') || read_fraction(text, 1, &at.micros)) && micros_of(&at, out);
}

bool read_day(struct reader *text, int64_t *out) {
    struct moment at = {0};
    bool found = read_date(text, &at);
    if (found && (take(text, ' ') || take(text, 'T'))) {
        text->at = text->end;
    }
    skip_blanks(text);
    return found && text->at == text->end && micros_of(&at, out);
}

static bool read_whole_moment(const bytes *given, int64_t *out) {
    struct reader text = reader_of(given);
    bool found = read_moment(&text, out);
    skip_blanks(&text);
    return found && text.at == text.end;
}

/* Z or [+-]hh:mm, of less than 18 hours */
bool read_offset(struct reader *text, int64_t *ahead) {
    int64_t hours, minutes;
    bool west = text->at < text->end && *text->at == '-';
    if (take(text, 'Z')) {
        return true;
    }
    if (!(take(text, '+') || take(text, '-')) || !read_some(text, 2, 2, &hours) ||
        !take(text, ':') || !read_some(text, 2, 2, &minutes) || hours > 17 || minutes > 59) {
        return false;
    }
    *ahead = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

/* A month's English name, or its first three letters if `brief` */
static bool read_name(struct reader *text, bool brief, int64_t *month) {
    static const char *const NAMES[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    size_t left = (size_t)(text->end - text->at);
    for (int64_t at = 0; at < 12; at++) {
        size_t length = brief ? 3 : strlen(NAMES[at]);
        if (length <= left && memcmp(text->at, NAMES[at], length) == 0) {
            text->at += length;
            *month = at + 1;
            return true;
        }
    }
    return false;
}

static bool read_part(struct reader *text, uint8_t letter, struct moment *at) {
    switch (letter) {
    case 'Y':
        return read_some(text, 4, 4, &at->year);
    case 'O':
        return read_some(text, 2, 2, &at->month);
    case 'o':
        return read_some(text, 1, 2, &at->month);
    case 'N':
        return read_name(text, true, &at->month);
    case 'n':
        return read_name(text, false, &at->month);
    case 'D':
        return read_some(text, 2, 2, &at->day);
    case 'd':
        return read_some(text, 1, 2, &at->day);
    case 'H':
        return read_some(text, 2, 2, &at->hour);
    case 'h':
        return read_some(text, 1, 2, &at->hour);
    case 'M':
        return read_some(text, 2, 2, &at->minute);
    case 'm':
        return read_some(text, 1, 2, &at->minute);
    case 'S':
        return read_some(text, 2, 2, &at->second);
    case 's':
        return read_some(text, 1, 2, &at->second);
    case 'f': {
        const uint8_t *first = text->at;
        return read_fraction(text, 3, &at->micros) && text->at - first == 3;
    }
    case 'F':
        return read_fraction(text, 6, &at->micros);
    case 'X':
        return read_offset(text, &at->ahead);
    default:
        return false;
    }
}

/* `form` has a letter for each part, and a quote before each character that stands for itself. */
bool read_form(struct reader text, struct reader parts, int64_t *out) {
    struct moment at = {0, 1, 1, 0, 0, 0, 0, 0};
    while (parts.at < parts.end) {
        uint8_t letter = *parts.at++;
        if (letter == '\'') {
            if (parts.at == parts.end || !take(&text, *parts.at++)) {
                return false;
            }
        } else if (!(letter >= 0x80 ? take(&text, letter) : read_part(&text, letter, &at))) {
            return false;
        }
    }
    return text.at == text.end && micros_of(&at, out);
}

/* ---- the functions ---- */

#define READS(name, type, count, call)                                                             \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        const bytes *given = vector_data(chunk_vector(chunk, 0));                                  \
        const bytes *last = vector_data(chunk_vector(chunk, count - 1));                           \
        const uint64_t *validity = vector_validity(chunk_vector(chunk, 0));                        \
        type *out = vector_data(result);                                                           \
        (void)last;                                                                                \
        pass_nulls(chunk, count, result);                                                          \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            if (is_valid(validity, row) && !(call)) {                                              \
                put_null(result, row);                                                             \
            }                                                                                      \
        }                                                                                          \
    }

READS(to_integer, int32_t, 1, read_integer(&given[row], &out[row]))
READS(to_long, int64_t, 1, read_long(&given[row], &out[row]))
READS(to_double, double, 1, read_double(&given[row], &out[row]))

static void to_digits(handle info, handle chunk, handle result) {
    (void)info;
    const bytes *given = vector_data(chunk_vector(chunk, 0));
    const int32_t *scale = vector_data(chunk_vector(chunk, 1));
    const uint64_t *validity = vector_validity(chunk_vector(chunk, 0));
    pass_nulls(chunk, 1, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        int128 digits = 0;
        if (is_valid(validity, row) && !read_scaled(&given[row], scale[row], &digits)) {
            put_null(result, row);
        }
        put_wide(vector_data(result), row, digits);
    }
}

READS(to_moment, int64_t, 1, read_whole_moment(&given[row], &out[row]))
READS(by_form, int64_t, 2, read_form(reader_of(&given[row]), reader_of(&last[row]), &out[row]))

const struct entry readings[] = {
    {"native_to_integer", to_integer, INTEGER, {VARCHAR}, false},
    {"native_to_long", to_long, BIGINT, {VARCHAR}, false},
    {"native_to_double", to_double, DOUBLE, {VARCHAR}, false},
    {"native_to_digits", to_digits, HUGEINT, {VARCHAR, INTEGER}, false},
    {"native_to_moment", to_moment, TIMESTAMP, {VARCHAR}, false},
    {"native_by_form", by_form, TIMESTAMP, {VARCHAR, VARCHAR}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
