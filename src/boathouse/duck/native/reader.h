/* Walks along a text. */
#ifndef BOATHOUSE_READER_H
#define BOATHOUSE_READER_H

#include "abi.h"

struct reader {
    const uint8_t *at, *end;
};

static inline struct reader reader_of(const bytes *value) {
    const uint8_t *first = content(value);
    struct reader text = {first, first + value->length};
    return text;
}

static inline bool is_digit(const struct reader *text) {
    return text->at < text->end && *text->at >= '0' && *text->at <= '9';
}

/* Spark trims control characters as well. */
static inline void skip_blanks(struct reader *text) {
    while (text->at < text->end && (*text->at <= ' ' || *text->at == 0x7f)) {
        text->at++;
    }
}

static inline bool take(struct reader *text, uint8_t letter) {
    bool found = text->at < text->end && *text->at == letter;
    text->at += found;
    return found;
}

static inline int take_digits(struct reader *text) {
    const uint8_t *first = text->at;
    while (is_digit(text)) {
        text->at++;
    }
    return (int)(text->at - first);
}

static inline void take_sign(struct reader *text) { (void)(take(text, '+') || take(text, '-')); }

#endif
