/* Whether a text says a number or a day, between blanks and control characters: what patterns ask
 * as well, much slower.
 */
#include "abi.h"
#include "reader.h"

/* [+-]digits */
static bool whole(struct reader *text) {
    take_sign(text);
    return take_digits(text) > 0;
}

/* [+-]digits[.digits][e[+-]digits]; either side of the point may be empty, not both */
static bool number(struct reader *text) {
    take_sign(text);
    int digits = take_digits(text);
    if (take(text, '.')) {
        digits += take_digits(text);
    }
    if (digits == 0) {
        return false;
    }
    return take(text, 'e') || take(text, 'E') ? whole(text) : true;
}

static bool one_or_two(int digits) { return digits == 1 || digits == 2; }

/* yyyy-m-d */
static bool day(struct reader *text) {
    return take_digits(text) == 4 && take(text, '-') && one_or_two(take_digits(text)) &&
           take(text, '-') && one_or_two(take_digits(text));
}

static void ask(handle chunk, handle result, bool (*says)(struct reader *)) {
    handle argument = chunk_vector(chunk, 0);
    const bytes *given = vector_data(argument);
    const uint64_t *validity = vector_validity(argument);
    bool *out = vector_data(result);
    pass_nulls(chunk, 1, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(validity, row)) {
            continue;
        }
        struct reader text = reader_of(&given[row]);
        skip_blanks(&text);
        bool found = says(&text);
        skip_blanks(&text);
        out[row] = found && text.at == text.end;
    }
}

#define ASKS(name, says)                                                                           \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        ask(chunk, result, says);                                                                  \
    }

ASKS(is_whole, whole)
ASKS(is_number, number)
ASKS(is_day, day)

const struct entry shapes[] = {
    {"native_is_whole", is_whole, BOOLEAN, {VARCHAR}, false},
    {"native_is_number", is_number, BOOLEAN, {VARCHAR}, false},
    {"native_is_day", is_day, BOOLEAN, {VARCHAR}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
