/* The type that a JSON text is read as, and how. */
#ifndef BOATHOUSE_SHAPE_H
#define BOATHOUSE_SHAPE_H

#include "tape.h"

struct shape {
    char letter;
    int precision, scale;
    uint32_t count; /* of the types inside: fields, or one */
    struct shape *inner;
    const char **names; /* of fields in JSON, */
    size_t *lengths;
    const char **columns; /* and in DuckDB */
    const char *form;     /* of a time's text */
    size_t form_length;
};

struct change {
    int64_t start, offset; /* in seconds */
};

/* A function's type, and how it reads; two functions share it. */
struct reading {
    struct shape shape;
    int users;
    unsigned allowed;
    int64_t corrupt; /* the field that keeps texts that cannot be read; below zero: none */
    bool strict;     /* whether those are errors */
    int64_t changes;
    struct change *clock;
};

/* Memory of zeros; there always is some. */
void *allocated(size_t count, size_t size);

/* The two functions of a reading, which is what they are given to know. */
void read_values(handle info, handle chunk, handle result);
void are_surely_read(handle info, handle chunk, handle result);

#endif
