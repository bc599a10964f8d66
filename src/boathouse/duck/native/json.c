/* Whether a text is JSON as the standard has it, in one walk: DuckDB's own check takes commas behind
 * last values and words for infinity too, and builds what it reads.
 */
#include "abi.h"
#include "reader.h"

enum {
    DEEPEST = 500,  /* Deeper ones, */
    MOST_KEYS = 400 /* and more keys open at once: whoever asks looks closer. */
};

struct key {
    const uint8_t *text;
    size_t length;
};

/* A document on its way: which of the open brackets are objects, and their keys. */
struct document {
    struct reader text;
    int depth, keys;
    bool is_object[DEEPEST];
    int first_key[DEEPEST];
    struct key key[MOST_KEYS];
};

static void skip_space(struct reader *text) {
    while (text->at < text->end &&
           (*text->at == ' ' || *text->at == '\n' || *text->at == '\t' || *text->at == '\r')) {
        text->at++;
    }
}

static int hexadecimal(uint8_t sign) {
    if (sign >= '0' && sign <= '9') {
        return sign - '0';
    }
    sign |= 0x20;
    return sign >= 'a' && sign <= 'f' ? sign - 'a' + 10 : -1;
}

/* The four digits behind a backslash and a u; -1 where they are none. */
static int unit(struct reader *text) {
    int value = 0;
    if (text->end - text->at < 4) {
        return -1;
    }
    for (int at = 0; at < 4; at++) {
        int digit = hexadecimal(*text->at++);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* What follows a backslash; of two halves of a character neither stands alone. */
static bool escape(struct reader *text) {
    if (text->at == text->end) {
        return false;
    }
    uint8_t sign = *text->at++;
    if (sign != 'u') {
        return sign != 0 && strchr("\"\\/bfnrt", sign) != NULL;
    }
    int first = unit(text);
    if (first < 0xD800 || first > 0xDFFF) {
        return first >= 0;
    }
    if (first > 0xDBFF || !take(text, '\\') || !take(text, 'u')) {
        return false;
    }
    int second = unit(text);
    return second >= 0xDC00 && second <= 0xDFFF;
}

/* The rest of a text in quotes. `escapes` says whether it has any. */
static bool quoted(struct reader *text, bool *escapes) {
    while (text->at < text->end) {
        uint8_t sign = *text->at++;
        if (sign == '"') {
            return true;
        }
        if (sign < 0x20) {
            return false;
        }
        if (sign == '\\') {
            *escapes = true;
            if (!escape(text)) {
                return false;
            }
        }
    }
    return false;
}

static bool number(struct reader *text) {
    take(text, '-');
    if (!take(text, '0') && take_digits(text) == 0) {
        return false;
    }
    if (is_digit(text) || (take(text, '.') && take_digits(text) == 0)) {
        return false;
    }
    if (take(text, 'e') || take(text, 'E')) {
        take_sign(text);
        return take_digits(text) > 0;
    }
    return true;
}

static bool word(struct reader *text, const char *said, size_t length) {
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, said, length) != 0) {
        return false;
    }
    text->at += length;
    return true;
}

/* A value that holds no others. */
static bool leaf(struct reader *text) {
    bool escapes = false;
    if (take(text, '"')) {
        return quoted(text, &escapes);
    }
    return word(text, "true", 4) || word(text, "false", 5) || word(text, "null", 4) || number(text);
}

/* A name and its colon; with `once` no other name of the same object says the same. */
static bool name(struct document *all, bool once) {
    struct reader *text = &all->text;
    bool escapes = false;
    skip_space(text);
    if (!take(text, '"')) {
        return false;
    }
    struct key key = {text->at, 0};
    if (!quoted(text, &escapes)) {
        return false;
    }
    key.length = (size_t)(text->at - key.text) - 1;
    if (once) {
        if (escapes || all->keys == MOST_KEYS) {
            return false;
        }
        for (int at = all->first_key[all->depth - 1]; at < all->keys; at++) {
            if (all->key[at].length == key.length &&
                memcmp(all->key[at].text, key.text, key.length) == 0) {
                return false;
            }
        }
        all->key[all->keys++] = key;
    }
    skip_space(text);
    return take(text, ':');
}

/* Closes what ends here, and passes the comma to what comes next; false where neither is. */
static bool follow(struct document *all, bool once) {
    struct reader *text = &all->text;
    while (all->depth > 0) {
        bool is_object = all->is_object[all->depth - 1];
        skip_space(text);
        if (take(text, ',')) {
            return !is_object || name(all, once);
        }
        if (!take(text, is_object ? '}' : ']')) {
            return false;
        }
        all->keys = all->first_key[--all->depth];
    }
    return true;
}

static bool standard(struct document *all, bool once) {
    struct reader *text = &all->text;
    all->depth = all->keys = 0;
    do {
        skip_space(text);
        bool is_object = take(text, '{');
        if (is_object || take(text, '[')) {
            if (all->depth == DEEPEST) {
                return false;
            }
            all->is_object[all->depth] = is_object;
            all->first_key[all->depth++] = all->keys;
            skip_space(text);
            bool is_empty = text->at < text->end && *text->at == (is_object ? '}' : ']');
            if (!is_empty) {
                if (is_object && !name(all, once)) {
                    return false;
                }
                continue;
            }
        } else if (!leaf(text)) {
            return false;
        }
        if (!follow(all, once)) {
            return false;
        }
    } while (all->depth > 0);
    skip_space(text);
    return text->at == text->end;
}

static void ask(handle chunk, handle result, bool once) {
    handle argument = chunk_vector(chunk, 0);
    const bytes *given = vector_data(argument);
    const uint64_t *validity = vector_validity(argument);
    bool *out = vector_data(result);
    struct document all;
    pass_nulls(chunk, 1, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (is_valid(validity, row)) {
            all.text = reader_of(&given[row]);
            out[row] = standard(&all, once);
        }
    }
}

static void is_json(handle info, handle chunk, handle result) {
    (void)info;
    ask(chunk, result, false);
}

static void is_plain_json(handle info, handle chunk, handle result) {
    (void)info;
    ask(chunk, result, true);
}

const struct entry jsons[] = {
    {"native_is_json", is_json, BOOLEAN, {VARCHAR}, false},
    {"native_is_plain_json", is_plain_json, BOOLEAN, {VARCHAR}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
