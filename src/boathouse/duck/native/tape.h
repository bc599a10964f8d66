/* A JSON text read once: its values one behind the other, each with the place behind it. */
#ifndef BOATHOUSE_TAPE_H
#define BOATHOUSE_TAPE_H

#include "reader.h"

/* What is read beyond the standard: options of from_json, in the order of its letters. */
enum allowed {
    SINGLE_QUOTES = 1,
    NON_NUMBERS = 2,
    COMMENTS = 4,
    BARE_NAMES = 8,
    LEADING_ZEROS = 16,
    ANY_ESCAPE = 32,
    CONTROLS = 64,
};

enum kind { OBJECT, ARRAY, TEXT, WHOLE, FRACTION, UNNUMBER, YES, NO, NOTHING };

/* A value as it is written, a text without its quotes. Behind an object stand names (which are
 * texts) and values in turn, behind an array its values. */
struct node {
    const uint8_t *text;
    uint32_t length;
    uint32_t next; /* where the values inside of it end */
    uint8_t kind;
    bool escapes; /* whether the text has backslashes */
};

struct tape {
    struct node *nodes;
    size_t count, room;
    unsigned allowed;
    struct reader text;
};

/* Reads the first value of the text, whatever follows it; false where there is none. */
bool read_tape(struct tape *tape, const bytes *given);

/* Text that grows. */
struct output {
    char *text;
    size_t length, room;
};

void put_bytes(struct output *out, const void *text, size_t length);
void put_byte(struct output *out, char byte);

/* The characters of a text; a half of one alone is a question mark, and false is given. */
bool put_characters(struct output *out, const struct node *text);

/* The inside of a quoted text: what must not stand there bare is escaped. */
void put_escapes(struct output *out, const char *text, size_t length);

/* A value as Java writes it; one that holds no others; and as a variant holds it, which is false where
 * it cannot. */
void put_json(struct output *out, const struct tape *tape, uint32_t at);
void put_leaf(struct output *out, const struct node *node);
bool put_variant(struct output *out, const struct tape *tape, uint32_t at, struct output *spare);

/* The number of a whole number, a fraction or one of the words for what is none. */
double number_of(const struct node *number);
float single_of(const struct node *number);

/* Whether a name is what is wanted; `spare` holds it where it has escapes. */
bool is_named(const struct node *name, const uint8_t *wanted, size_t length,
              struct output *spare);

#endif
