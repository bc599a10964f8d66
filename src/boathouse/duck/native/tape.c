/* Reading a JSON text into a tape, and writing what is on it. */
#define _GNU_SOURCE
#include "tape.h"

#include <locale.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif
#include <math.h>
#include <stdlib.h>

enum {
    DEEPEST = 1000, /* brackets that may be open at once */
    LONGEST = 1000, /* characters that a number may have */
    QUARTER = 1024,
};

/* ---- output ---- */

static void make_room(struct output *out, size_t more) {
    if (out->length + more >= out->room) {
        out->room = 2 * (out->length + more) + QUARTER;
        out->text = realloc(out->text, out->room);
        if (out->text == NULL) {
            abort();
        }
    }
}

void put_bytes(struct output *out, const void *text, size_t length) {
    make_room(out, length);
    memcpy(out->text + out->length, text, length);
    out->length += length;
}

void put_byte(struct output *out, char byte) { put_bytes(out, &byte, 1); }

/* ---- reading ---- */

static void more_nodes(struct tape *tape) {
    tape->room = 2 * tape->room + QUARTER;
    tape->nodes = realloc(tape->nodes, tape->room * sizeof *tape->nodes);
    if (tape->nodes == NULL) {
        abort();
    }
}

static inline struct node *new_node(struct tape *tape, enum kind kind) {
    if (tape->count == tape->room) {
        more_nodes(tape);
    }
    struct node *made = &tape->nodes[tape->count++];
    *made = (struct node){tape->text.at, 0, (uint32_t)tape->count, (uint8_t)kind, false};
    return made;
}

static bool at_byte(const struct reader *text, uint8_t byte) {
    return text->at < text->end && *text->at == byte;
}

static bool at_text(const struct reader *text, const char *said) {
    size_t length = strlen(said);
    return (size_t)(text->end - text->at) >= length && memcmp(text->at, said, length) == 0;
}

/* The end of a comment that begins here; NULL where none does. */
static const uint8_t *comment_end(const struct reader *text) {
    const uint8_t *at = text->at + 2;
    if (at_text(text, "/*")) {
        for (; at + 1 < text->end; at++) {
            if (at[0] == '*' && at[1] == '/') {
                return at + 2;
            }
        }
    } else if (at_text(text, "//")) {
        while (at < text->end && *at != '\n' && *at != '\r') {
            at++;
        }
        return at;
    }
    return NULL;
}

static inline void skip_plain_space(struct reader *text) {
    const uint8_t *at = text->at, *end = text->end;
    while (at < end && *at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    text->at = at;
}

static inline void skip_space(struct tape *tape) {
    skip_plain_space(&tape->text);
    while (tape->allowed & COMMENTS) {
        const uint8_t *end = comment_end(&tape->text);
        if (end == NULL) {
            return;
        }
        tape->text.at = end;
        skip_plain_space(&tape->text);
    }
}

static int hexadecimal(uint8_t sign) {
    if (sign >= '0' && sign <= '9') {
        return sign - '0';
    }
    sign |= 0x20;
    return sign >= 'a' && sign <= 'f' ? sign - 'a' + 10 : -1;
}

static bool escape(struct tape *tape) {
    struct reader *text = &tape->text;
    if (text->at == text->end) {
        return false;
    }
    uint8_t sign = *text->at++;
    if (sign != 'u') {
        return (sign != 0 && strchr("\"\\/bfnrt", sign) != NULL) ||
               (sign == '\'' && (tape->allowed & SINGLE_QUOTES)) || (tape->allowed & ANY_ESCAPE);
    }
    for (int digit = 0; digit < 4; digit++) {
        if (text->at == text->end || hexadecimal(*text->at++) < 0) {
            return false;
        }
    }
    return true;
}

/* Passes characters that mean only themselves, most of them: eight at a time. */
static inline const uint8_t *pass_plain(const uint8_t *at, const uint8_t *end, uint8_t quote) {
    const uint64_t ones = UINT64_MAX / 255, highs = ones << 7;
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t ends = word ^ (ones * quote), slashes = word ^ (ones * '\\');
        uint64_t found = ((ends - ones) & ~ends) | ((slashes - ones) & ~slashes) |
                         ((word - ones * 0x20) & ~word);
        if (found & highs) {
            return at + __builtin_ctzll(found & highs) / 8;
        }
    }
    return at;
}

/* The rest of a text behind its first quote. */
static bool quoted(struct tape *tape, uint8_t quote) {
    struct reader *text = &tape->text;
    struct node *made = new_node(tape, TEXT);
    const uint8_t *at = text->at, *end = text->end;
    while ((at = pass_plain(at, end, quote)) < end) {
        uint8_t sign = *at++;
        if (sign == quote) {
            made->length = (uint32_t)(at - made->text) - 1;
            text->at = at;
            return true;
        }
        if (sign == '\\') {
            made->escapes = true;
            text->at = at;
            if (!escape(tape)) {
                return false;
            }
            at = text->at;
        } else if (sign < 0x20 && !(tape->allowed & CONTROLS)) {
            return false;
        }
    }
    return false;
}

static bool is_part_of_word(const struct reader *text) {
    if (text->at == text->end) {
        return false;
    }
    uint8_t sign = *text->at, letter = sign | 0x20;
    return (letter >= 'a' && letter <= 'z') || (sign >= '0' && sign <= '9') || sign == '_' ||
           sign == '$' || sign >= 0x80;
}

static bool word(struct tape *tape, const char *said, enum kind kind) {
    struct reader *text = &tape->text;
    if (!at_text(text, said)) {
        return false;
    }
    struct node *made = new_node(tape, kind);
    made->length = (uint32_t)strlen(said);
    text->at += made->length;
    return !is_part_of_word(text);
}

static bool may_follow_number(const struct tape *tape) {
    const struct reader *text = &tape->text;
    if (text->at == text->end) {
        return true;
    }
    switch (*text->at) {
    case ',':
    case ']':
    case '}':
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        return true;
    default:
        return *text->at == '/' && (tape->allowed & COMMENTS);
    }
}

static inline int64_t pass_digits(struct reader *text) {
    const uint8_t *at = text->at, *end = text->end;
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    int64_t count = at - text->at;
    text->at = at;
    return count;
}

static bool number(struct tape *tape) {
    struct reader *text = &tape->text;
    struct node *made = new_node(tape, WHOLE);
    take(text, '-');
    const uint8_t *digits = text->at;
    int64_t count = pass_digits(text);
    if (count == 0 || (count > 1 && *digits == '0' && !(tape->allowed & LEADING_ZEROS))) {
        return false;
    }
    if (take(text, '.')) {
        made->kind = FRACTION;
        if (pass_digits(text) == 0) {
            return false;
        }
    }
    if (take(text, 'e') || take(text, 'E')) {
        made->kind = FRACTION;
        take_sign(text);
        if (pass_digits(text) == 0) {
            return false;
        }
    }
    made->length = (uint32_t)(text->at - made->text);
    return text->at - digits <= LONGEST && may_follow_number(tape);
}

/* NaN, Infinity, -INF and their like. */
static bool unnumber(struct tape *tape) {
    static const char *const WORDS[] = {"NaN",       "Infinity", "-Infinity", "-INF",
                                        "+Infinity", "+INF",     NULL};
    for (int at = 0; WORDS[at] != NULL; at++) {
        if (at_text(&tape->text, WORDS[at])) {
            return word(tape, WORDS[at], UNNUMBER);
        }
    }
    return false;
}

/* A value that holds no others. */
static bool leaf(struct tape *tape) {
    struct reader *text = &tape->text;
    if (text->at == text->end) {
        return false;
    }
    uint8_t sign = *text->at;
    if (sign == '"' || (sign == '\'' && (tape->allowed & SINGLE_QUOTES))) {
        text->at++;
        return quoted(tape, sign);
    }
    if (is_digit(text)) {
        return number(tape);
    }
    if (tape->allowed & NON_NUMBERS && (sign == 'N' || sign == 'I' || sign == '+' ||
                                        (sign == '-' && at_text(text, "-I")))) {
        return unnumber(tape);
    }
    switch (sign) {
    case 't':
        return word(tape, "true", YES);
    case 'f':
        return word(tape, "false", NO);
    case 'n':
        return word(tape, "null", NOTHING);
    default:
        return number(tape);
    }
}

/* A name and its colon. */
static bool name(struct tape *tape) {
    struct reader *text = &tape->text;
    skip_space(tape);
    if (take(text, '"')) {
        if (!quoted(tape, '"')) {
            return false;
        }
    } else if (tape->allowed & SINGLE_QUOTES && take(text, '\'')) {
        if (!quoted(tape, '\'')) {
            return false;
        }
    } else {
        if (!(tape->allowed & BARE_NAMES) || !is_part_of_word(text) || is_digit(text)) {
            return false;
        }
        struct node *made = new_node(tape, TEXT);
        while (is_part_of_word(text)) {
            text->at++;
        }
        made->length = (uint32_t)(text->at - made->text);
    }
    skip_space(tape);
    return take(text, ':');
}

bool read_tape(struct tape *tape, const bytes *given) {
    uint32_t open[DEEPEST];
    int depth = 0;
    struct reader *text = &tape->text;
    *text = reader_of(given);
    tape->count = 0;
    for (;;) {
        skip_space(tape);
        bool is_object = at_byte(text, '{');
        if (is_object || at_byte(text, '[')) {
            if (depth == DEEPEST) {
                return false;
            }
            open[depth++] = (uint32_t)tape->count;
            new_node(tape, is_object ? OBJECT : ARRAY);
            text->at++;
            skip_space(tape);
            if (!at_byte(text, is_object ? '}' : ']')) {
                if (is_object && !name(tape)) {
                    return false;
                }
                continue;
            }
        } else if (!leaf(tape)) {
            return false;
        }
        /* Closes what ends here, and passes the comma to what comes next. */
        for (;;) {
            if (depth == 0) {
                return true;
            }
            struct node *outer = &tape->nodes[open[depth - 1]];
            skip_space(tape);
            if (take(text, ',')) {
                if (outer->kind == OBJECT && !name(tape)) {
                    return false;
                }
                break;
            }
            if (!take(text, outer->kind == OBJECT ? '}' : ']')) {
                return false;
            }
            outer->next = (uint32_t)tape->count;
            depth--;
        }
    }
}

/* ---- texts ---- */

/* The unit of UTF-16 behind a backslash, or the character that stands there. */
static uint32_t next_unit(struct reader *text) {
    uint8_t sign = *text->at++;
    switch (sign) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u': {
        uint32_t value = 0;
        for (int digit = 0; digit < 4; digit++) {
            value = value * 16 + (uint32_t)hexadecimal(*text->at++);
        }
        return value;
    }
    default:
        return sign; /* of several bytes the others follow */
    }
}

static void put_code(struct output *out, uint32_t code) {
    uint8_t made[4] = {(uint8_t)code};
    size_t length = 1;
    if (code >= 0x10000) {
        made[0] = (uint8_t)(0xF0 | code >> 18);
        made[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        made[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        made[3] = (uint8_t)(0x80 | (code & 0x3F));
        length = 4;
    } else if (code >= 0x800) {
        made[0] = (uint8_t)(0xE0 | code >> 12);
        made[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        made[2] = (uint8_t)(0x80 | (code & 0x3F));
        length = 3;
    } else if (code >= 0x80) {
        made[0] = (uint8_t)(0xC0 | code >> 6);
        made[1] = (uint8_t)(0x80 | (code & 0x3F));
        length = 2;
    }
    put_bytes(out, made, length);
}

static bool is_unit(const struct reader *text) {
    return text->end - text->at >= 6 && text->at[0] == '\\' && text->at[1] == 'u';
}

/* What stands behind a backslash in UTF-8; false where it is half a character. */
static bool put_escaped(struct output *out, struct reader *text) {
    bool is_code = *text->at == 'u';
    uint32_t code = next_unit(text);
    if (!is_code) {
        put_byte(out, (char)code);
        return true;
    }
    if (code >= 0xD800 && code <= 0xDBFF && is_unit(text)) {
        struct reader ahead = {text->at + 1, text->end};
        uint32_t low = next_unit(&ahead);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            text->at = ahead.at;
            put_code(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
            return true;
        }
    }
    bool whole = code < 0xD800 || code > 0xDFFF;
    put_code(out, whole ? code : '?');
    return whole;
}

bool put_characters(struct output *out, const struct node *given) {
    struct reader text = {given->text, given->text + given->length};
    bool whole = true;
    while (text.at < text.end) {
        const uint8_t *slash = memchr(text.at, '\\', (size_t)(text.end - text.at));
        const uint8_t *plain = slash == NULL ? text.end : slash;
        put_bytes(out, text.at, (size_t)(plain - text.at));
        text.at = plain;
        if (slash != NULL) {
            text.at++;
            whole = put_escaped(out, &text) && whole;
        }
    }
    return whole;
}

bool is_named(const struct node *name, const uint8_t *wanted, size_t length,
              struct output *spare) {
    if (!name->escapes) {
        return name->length == length && memcmp(name->text, wanted, length) == 0;
    }
    spare->length = 0;
    put_characters(spare, name);
    return spare->length == length && memcmp(spare->text, wanted, length) == 0;
}

/* ---- writing ---- */

static void put_unit(struct output *out, uint32_t unit) {
    static const char DIGITS[] = "0123456789ABCDEF";
    char made[6] = {'\\', 'u', DIGITS[unit >> 12 & 15], DIGITS[unit >> 8 & 15],
                    DIGITS[unit >> 4 & 15], DIGITS[unit & 15]};
    put_bytes(out, made, sizeof made);
}

/* A character below 128, or a byte of another one, inside quotes. */
static void put_sign(struct output *out, uint32_t sign) {
    static const char SHORT[] = "\b\f\n\r\t", LETTERS[] = "bfnrt";
    if (sign == '"' || sign == '\\') {
        put_byte(out, '\\');
    } else if (sign < 0x20) {
        const char *found = sign == 0 ? NULL : strchr(SHORT, (int)sign);
        if (found == NULL) {
            put_unit(out, sign);
            return;
        }
        put_byte(out, '\\');
        sign = (uint8_t)LETTERS[found - SHORT];
    }
    put_byte(out, (char)sign);
}

void put_escapes(struct output *out, const char *text, size_t length) {
    const char *end = text + length;
    while (text < end) {
        const char *plain = text;
        while (plain < end && (uint8_t)*plain >= 0x20 && *plain != '"' && *plain != '\\') {
            plain++;
        }
        put_bytes(out, text, (size_t)(plain - text));
        if (plain < end) {
            put_sign(out, (uint8_t)*plain++);
        }
        text = plain;
    }
}

/* A character of four bytes is said by its two halves: so Java's writer of bytes does it. */
static void put_halves(struct output *out, struct reader *text) {
    const uint8_t *at = text->at;
    uint32_t code = ((at[0] & 7u) << 18 | (at[1] & 63u) << 12 | (at[2] & 63u) << 6 | (at[3] & 63u)) -
                    0x10000;
    put_unit(out, 0xD800 + (code >> 10));
    put_unit(out, 0xDC00 + (code & 0x3FF));
    text->at += 4;
}

static void put_quoted(struct output *out, const struct node *given) {
    struct reader text = {given->text, given->text + given->length};
    put_byte(out, '"');
    while (text.at < text.end) {
        const uint8_t *plain = text.at;
        while (plain < text.end && *plain >= 0x20 && *plain != '"' && *plain != '\\' &&
               *plain < 0xF0) {
            plain++;
        }
        put_bytes(out, text.at, (size_t)(plain - text.at));
        text.at = plain;
        if (plain == text.end) {
            break;
        }
        if (*plain >= 0xF0) {
            put_halves(out, &text);
            continue;
        }
        text.at++;
        if (*plain != '\\') {
            put_sign(out, *plain);
            continue;
        }
        bool is_code = *text.at == 'u';
        uint32_t code = next_unit(&text);
        if (code >= 0xD800 && code <= 0xDFFF) {
            put_unit(out, code);
        } else if (is_code && code >= 0x80) {
            put_code(out, code);
        } else {
            put_sign(out, code);
        }
    }
    put_byte(out, '"');
}

static locale_t plain; /* in which a point is a point */

__attribute__((constructor)) static void make_locale(void) {
    plain = newlocale(LC_ALL_MASK, "C", NULL);
}

static void copy_number(char *copy, const struct node *number) {
    memcpy(copy, number->text, number->length);
    copy[number->length] = 0;
}

static double unnumber_of(const struct node *word) {
    double value = word->text[word->length - 1] == 'N' ? NAN : INFINITY;
    return *word->text == '-' ? -value : value;
}

/* A number of few digits, whose power of ten is exact: one division or product rounds it. */
static bool quick_number(const struct node *number, double *out) {
    static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    struct reader text = {number->text, number->text + number->length};
    if (number->length > 16) {
        return false;
    }
    bool negative = take(&text, '-');
    int64_t digits = 0, behind = 0;
    for (; is_digit(&text); text.at++) {
        digits = digits * 10 + (*text.at - '0');
    }
    if (take(&text, '.')) {
        for (; is_digit(&text); text.at++, behind++) {
            digits = digits * 10 + (*text.at - '0');
        }
    }
    *out = (double)digits / POWERS[behind];
    *out = negative ? -*out : *out;
    return text.at == text.end && digits <= (int64_t)1 << 53;
}

double number_of(const struct node *number) {
    if (number->kind == UNNUMBER) {
        return unnumber_of(number);
    }
    double value;
    if (!quick_number(number, &value)) {
        char copy[LONGEST + 2];
        copy_number(copy, number);
        value = strtod_l(copy, NULL, plain);
    }
    return number->kind == WHOLE ? value + 0.0 : value; /* a whole zero has no sign */
}

float single_of(const struct node *number) {
    if (number->kind == UNNUMBER) {
        return (float)unnumber_of(number);
    }
    char copy[LONGEST + 2];
    copy_number(copy, number);
    float value = strtof_l(copy, NULL, plain);
    return number->kind == WHOLE ? value + 0.0f : value;
}

static void put_whole(struct output *out, const struct node *number) {
    const uint8_t *at = number->text, *end = at + number->length;
    bool negative = *at == '-';
    at += negative;
    while (at + 1 < end && *at == '0') {
        at++;
    }
    if (negative && *at != '0') {
        put_byte(out, '-');
    }
    put_bytes(out, at, (size_t)(end - at));
}

static void put_fraction(struct output *out, const struct node *number) {
    char shown[64];
    double value = number_of(number);
    int length = show_double(shown, value);
    bool finite = isfinite(value);
    if (!finite) {
        put_byte(out, '"');
    }
    put_bytes(out, shown, (size_t)length);
    if (!finite) {
        put_byte(out, '"');
    }
}

void put_leaf(struct output *out, const struct node *node) {
    switch (node->kind) {
    case TEXT:
        put_quoted(out, node);
        break;
    case WHOLE:
        put_whole(out, node);
        break;
    case FRACTION:
    case UNNUMBER:
        put_fraction(out, node);
        break;
    default:
        put_bytes(out, node->text, node->length);
    }
}

void put_json(struct output *out, const struct tape *tape, uint32_t at) {
    uint32_t open[DEEPEST], end = tape->nodes[at].next;
    int depth = 0;
    bool first = true, is_name = false;
    while (at < end || depth > 0) {
        const struct node *outer = depth > 0 ? &tape->nodes[open[depth - 1]] : NULL;
        if (outer != NULL && at == outer->next) {
            put_byte(out, outer->kind == OBJECT ? '}' : ']');
            depth--;
            first = false;
            is_name = depth > 0 && tape->nodes[open[depth - 1]].kind == OBJECT;
            continue;
        }
        const struct node *node = &tape->nodes[at];
        if (!first) {
            put_byte(out, ',');
        }
        first = false;
        if (is_name) {
            put_quoted(out, node);
            put_byte(out, ':');
            first = true;
            is_name = false;
            at++;
            continue;
        }
        if (node->kind <= ARRAY) {
            put_byte(out, node->kind == OBJECT ? '{' : '[');
            open[depth++] = at++;
            first = true;
            is_name = node->kind == OBJECT;
            continue;
        }
        put_leaf(out, node);
        at++;
        is_name = outer != NULL && outer->kind == OBJECT;
    }
}
