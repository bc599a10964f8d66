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

/* Microseconds since 1970 that texts show: a day and a time, whatever follows; a day alone or with
 * anything behind a blank or a T; and what has a form (see there). False for texts that look
 * otherwise. */
bool read_moment(struct reader *text, int64_t *out);
bool read_day(struct reader *text, int64_t *out);
bool read_form(struct reader text, struct reader form, int64_t *out);

/* Z or [+-]hh:mm, of less than 18 hours, in minutes. */
bool read_offset(struct reader *text, int64_t *ahead);

#endif
