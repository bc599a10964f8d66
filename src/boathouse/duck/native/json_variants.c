/* JSON texts as the texts that variants are held as (see types/variant.py): names in Java's order,
 * and numbers that JSON would not keep as they are marked.
 */
#include "tape.h"

#include <stdlib.h>

static const char MARK[] = "\xEF\xB7\x90"; /* U+FDD0 */
enum {
    MOST_DIGITS = 38, /* of exact numbers */
    PLAIN = 16,       /* as long a fraction keeps its digits as a double */
};

/* A field of an object, its name without escapes. */
struct field {
    const uint8_t *name;
    size_t length;
    uint32_t at;
    char *made; /* the name, where there were escapes */
};

/* By units of UTF-16: what needs two of them stands before the last of those that need one. */
static int compare_fields(const void *one, const void *other) {
    const struct field *left = one, *right = other;
    size_t shorter = left->length < right->length ? left->length : right->length;
    for (size_t at = 0; at < shorter; at++) {
        uint8_t a = left->name[at], b = right->name[at];
        if (a != b) {
            bool mixed = a >= 0xEE && b >= 0xEE && (a >= 0xF0) != (b >= 0xF0);
            return (a < b) != mixed ? -1 : 1;
        }
    }
    return left->length < right->length ? -1 : left->length > right->length;
}

/* A text in quotes, `mark` before it; false where it has half a character. */
static bool put_text_of(struct output *out, const struct node *node, const char *mark,
                        struct output *spare) {
    spare->length = 0;
    put_byte(spare, 0); /* so that there is one */
    spare->length = 0;
    bool whole = put_characters(spare, node);
    put_byte(out, '"');
    if (spare->length >= 3 && memcmp(spare->text, MARK, 3) == 0) {
        put_bytes(out, mark, strlen(mark));
    }
    put_escapes(out, spare->text, spare->length);
    put_byte(out, '"');
    return whole;
}

static void put_marked(struct output *out, char kind, const void *text, size_t length) {
    put_byte(out, '"');
    put_bytes(out, MARK, 3);
    put_byte(out, kind);
    put_bytes(out, text, length);
    put_byte(out, '"');
}

static void put_double(struct output *out, const struct node *node) {
    char shown[64];
    put_marked(out, 'd', shown, (size_t)show_double(shown, number_of(node)));
}

/* A fraction without an exponent, unless it has too many digits: a JSON number where DuckDB writes
 * it as it stands there. */
static bool put_exact(struct output *out, const struct node *node) {
    const uint8_t *at = node->text, *end = at + node->length;
    const uint8_t *point = memchr(at, '.', node->length);
    bool negative = *at == '-';
    if (point == NULL || memchr(at, 'e', node->length) != NULL ||
        memchr(at, 'E', node->length) != NULL) {
        return false;
    }
    size_t digits = 0, behind = (size_t)(end - point) - 1;
    bool small = true; /* below 0.0001 */
    for (const uint8_t *digit = at + negative; digit < end; digit++) {
        if (digit != point) {
            digits += digits > 0 || *digit != '0';
            small = small && (*digit == '0' || digit > point + 4);
        }
    }
    if ((digits > behind ? digits : behind) > MOST_DIGITS) {
        return false;
    }
    at += negative && digits == 0; /* a zero has no sign */
    size_t length = (size_t)(end - at);
    if (end[-1] != '0' && length <= PLAIN && !small) {
        put_bytes(out, at, length);
    } else {
        put_marked(out, 'n', at, length);
    }
    return true;
}

static void put_number(struct output *out, const struct node *node) {
    size_t digits = node->length - (*node->text == '-');
    if (node->kind == WHOLE && digits <= MOST_DIGITS) {
        put_leaf(out, node);
    } else if (node->kind == WHOLE || !put_exact(out, node)) {
        put_double(out, node);
    }
}

static bool put_fields(struct output *out, const struct tape *tape, uint32_t at,
                       struct output *spare) {
    const struct node *nodes = tape->nodes;
    uint32_t end = nodes[at].next;
    size_t count = 0, room = 0;
    struct field *fields = NULL;
    bool fits = true;
    for (at++; at < end; at = nodes[at + 1].next) {
        if (count == room) {
            room = 2 * room + 8;
            fields = realloc(fields, room * sizeof *fields);
            if (fields == NULL) {
                abort();
            }
        }
        struct field *made = &fields[count++];
        *made = (struct field){nodes[at].text, nodes[at].length, at, NULL};
        if (nodes[at].escapes) {
            struct output name = {0};
            fits = put_characters(&name, &nodes[at]) && fits;
            made->made = name.text;
            made->name = (const uint8_t *)name.text;
            made->length = name.length;
        }
    }
    if (count > 1) {
        qsort(fields, count, sizeof *fields, compare_fields);
    }
    put_byte(out, '{');
    for (size_t place = 0; place < count; place++) {
        fits = fits && (place == 0 || compare_fields(&fields[place - 1], &fields[place]) != 0);
        if (place > 0) {
            put_byte(out, ',');
        }
        put_byte(out, '"');
        put_escapes(out, (const char *)fields[place].name, fields[place].length);
        put_bytes(out, "\":", 2);
        fits = fits && put_variant(out, tape, fields[place].at + 1, spare);
        free(fields[place].made);
    }
    put_byte(out, '}');
    free(fields);
    return fits;
}

bool put_variant(struct output *out, const struct tape *tape, uint32_t at, struct output *spare) {
    const struct node *node = &tape->nodes[at];
    uint32_t end = node->next;
    bool fits = true, first = true;
    switch (node->kind) {
    case OBJECT:
        return put_fields(out, tape, at, spare);
    case ARRAY:
        put_byte(out, '[');
        for (at++; at < end && fits; at = tape->nodes[at].next) {
            if (!first) {
                put_byte(out, ',');
            }
            first = false;
            fits = put_variant(out, tape, at, spare);
        }
        put_byte(out, ']');
        return fits;
    case TEXT:
        return put_text_of(out, node, "\xEF\xB7\x90s", spare);
    case WHOLE:
    case FRACTION:
        put_number(out, node);
        return true;
    case UNNUMBER:
        return false;
    default:
        put_leaf(out, node);
        return true;
    }
}

/* native_variant(text): what is held for it; null where it is no JSON, or has a name twice. */
static void variant(handle info, handle chunk, handle result) {
    (void)info;
    handle argument = chunk_vector(chunk, 0);
    const bytes *given = vector_data(argument);
    const uint64_t *validity = vector_validity(argument);
    void *data = vector_data(result);
    struct tape tape = {0};
    struct output out = {0}, spare = {0};
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        out.length = 0;
        if (is_valid(validity, row) && read_tape(&tape, &given[row]) &&
            put_variant(&out, &tape, 0, &spare)) {
            put_text(result, data, row, out.text, out.length);
        } else {
            put_null(result, row);
        }
    }
    free(tape.nodes);
    free(out.text);
    free(spare.text);
}

const struct entry jsons[] = {
    {"native_variant", variant, VARCHAR, {VARCHAR}, true},
    {NULL, NULL, NONE, {NONE}, false},
};
