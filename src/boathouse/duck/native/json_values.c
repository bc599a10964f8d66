/* Vectors of any type, filled from JSON texts by the rules of Spark's from_json. */
#include "json_shape.h"

#include <limits.h>
#include <stdlib.h>

/* ---- vectors ---- */

/* A vector that is being filled, and those inside of it: of a map two, of a list one. */
struct sink {
    const struct shape *shape;
    handle vector;
    void *data;
    uint64_t *validity;
    struct sink *inner; /* of a map: its values */
    handle keys;
    uint64_t size, room; /* of a list */
};

/* Everything that one call needs. */
struct filling {
    const struct reading *how;
    struct tape tape;
    struct output spare, name, held;
};

static void close_filling(struct filling *all) {
    free(all->tape.nodes);
    free(all->spare.text);
    free(all->name.text);
    free(all->held.text);
}

/* Read; read but for something inside, which is null; not to be read; or perhaps, in another way. */
enum outcome { DONE, PARTLY, FAILED, UNSURE };

static enum outcome worse(enum outcome one, enum outcome other) {
    return one > other ? one : other;
}

static bool is_list(const struct shape *shape) {
    return shape->letter == '[' || shape->letter == '{';
}

/* Where the vectors are now: those of a list move when it grows. */
static void look(struct sink *sink, handle vector) {
    sink->vector = vector;
    sink->data = vector_data(vector);
    sink->validity = vector_validity(vector);
    if (sink->shape->letter == '[') {
        look(sink->inner, list_child(vector));
    } else if (sink->shape->letter == '{') {
        handle entries = list_child(vector);
        sink->keys = struct_child(entries, 0);
        look(sink->inner, struct_child(entries, 1));
    } else {
        for (uint32_t at = 0; at < sink->shape->count; at++) {
            look(&sink->inner[at], struct_child(vector, at));
        }
    }
}

static void open_sink(struct sink *sink, const struct shape *shape) {
    sink->shape = shape;
    sink->inner = allocated(shape->count, sizeof *sink->inner);
    for (uint32_t at = 0; at < shape->count; at++) {
        open_sink(&sink->inner[at], &shape->inner[at]);
    }
}

static void close_sink(struct sink *sink) {
    if (is_list(sink->shape)) {
        set_list_size(sink->vector, sink->size);
    }
    for (uint32_t at = 0; at < sink->shape->count; at++) {
        close_sink(&sink->inner[at]);
    }
    free(sink->inner);
}

static void set_null(struct sink *sink, uint64_t row);

/* The fields of a struct from the `first` on. */
static void set_fields_null(struct sink *to, uint32_t first, uint64_t row) {
    for (uint32_t at = first; at < to->shape->count; at++) {
        set_null(&to->inner[at], row);
    }
}

static void set_null(struct sink *sink, uint64_t row) {
    if (sink->validity == NULL) {
        make_validity(sink->vector);
        sink->validity = vector_validity(sink->vector);
    }
    sink->validity[row / 64] &= ~((uint64_t)1 << (row % 64));
    if (sink->shape->letter == '(') {
        set_fields_null(sink, 0, row);
    } else if (is_list(sink->shape)) {
        ((struct slice *)sink->data)[row] = (struct slice){0, 0};
    }
}

static void set_valid(struct sink *sink, uint64_t row) {
    if (sink->validity != NULL) {
        sink->validity[row / 64] |= (uint64_t)1 << (row % 64);
    }
}

static void set_text(struct sink *sink, uint64_t row, const void *text, size_t length) {
    put_text(sink->vector, sink->data, row, text, length);
}

/* A place for one more element. */
static void grow(struct sink *list) {
    if (list->size == list->room) {
        list->room = 2 * list->room + 2048;
        reserve_list(list->vector, list->room);
        look(list, list->vector);
    }
}

/* ---- values without others ---- */

static bool put_string(struct filling *all, struct sink *to, uint64_t row, uint32_t at) {
    const struct node *node = &all->tape.nodes[at];
    if (node->kind == TEXT && !node->escapes) {
        set_text(to, row, node->text, node->length);
        return true;
    }
    all->spare.length = 0;
    put_byte(&all->spare, 0); /* so that there is a text */
    if (node->kind == TEXT) {
        put_characters(&all->spare, node);
    } else {
        put_json(&all->spare, &all->tape, at);
    }
    set_text(to, row, all->spare.text + 1, all->spare.length - 1);
    return true;
}

static bool put_held(struct filling *all, struct sink *to, uint64_t row, uint32_t at) {
    all->held.length = 0;
    bool fits = put_variant(&all->held, &all->tape, at, &all->spare);
    if (fits) {
        set_text(to, row, all->held.text, all->held.length);
    }
    return fits;
}

static bool whole_of(const struct node *node, int64_t *out) {
    struct reader text = {node->text, node->text + node->length};
    if (node->kind != WHOLE) {
        return false;
    }
    bool negative = take(&text, '-'), fits = true;
    uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;
    for (; text.at < text.end && fits; text.at++) {
        unsigned digit = *text.at - '0';
        fits = value <= (most - digit) / 10;
        value = value * 10 + digit;
    }
    *out = (int64_t)(negative ? 0 - value : value);
    return fits;
}

/* Java's parser takes a byte without a sign for one with. */
static bool fits(char letter, int64_t value) {
    return letter == '1'   ? value >= INT8_MIN && value <= UINT8_MAX
           : letter == '2' ? value >= INT16_MIN && value <= INT16_MAX
           : letter == '4' ? value >= INT32_MIN && value <= INT32_MAX
                           : true;
}

static bool put_whole(const struct node *node, struct sink *to, uint64_t row) {
    int64_t value;
    if (!whole_of(node, &value) || !fits(to->shape->letter, value)) {
        return false;
    }
    switch (to->shape->letter) {
    case '1':
        ((int8_t *)to->data)[row] = (int8_t)value;
        break;
    case '2':
        ((int16_t *)to->data)[row] = (int16_t)value;
        break;
    case '4':
        ((int32_t *)to->data)[row] = (int32_t)value;
        break;
    default:
        ((int64_t *)to->data)[row] = value;
    }
    return true;
}

static bool put_boolean(const struct node *node, struct sink *to, uint64_t row) {
    if (node->kind != YES && node->kind != NO) {
        return false;
    }
    ((bool *)to->data)[row] = node->kind == YES;
    return true;
}

/* Of texts only the words for what is no number are read as one. */
static bool as_number(const struct node *node, struct node *out) {
    static const char *const WORDS[] = {"NaN",  "Infinity", "+Infinity", "INF",
                                        "+INF", "-Infinity", "-INF",     NULL};
    *out = *node;
    if (node->kind != TEXT) {
        return node->kind == WHOLE || node->kind == FRACTION || node->kind == UNNUMBER;
    }
    out->kind = UNNUMBER;
    for (int at = 0; WORDS[at] != NULL; at++) {
        if (is_named(node, (const uint8_t *)WORDS[at], strlen(WORDS[at]), NULL)) {
            return true;
        }
    }
    return false;
}

static bool put_floating(const struct node *node, struct sink *to, uint64_t row) {
    struct node number;
    if (node->escapes || !as_number(node, &number)) {
        return false;
    }
    if (to->shape->letter == 'f') {
        ((float *)to->data)[row] = single_of(&number);
    } else {
        ((double *)to->data)[row] = number_of(&number);
    }
    return true;
}

/* Digits without zeros ahead, times ten to a power. */
struct exact {
    bool negative;
    const uint8_t *digits[2]; /* before the point, and behind it */
    int64_t counts[2], power;
};

/* A number as Java's BigDecimal reads a text. */
static bool read_exact(const struct node *node, struct exact *out) {
    struct reader text = {node->text, node->text + node->length};
    out->negative = text.at < text.end && *text.at == '-';
    take_sign(&text);
    out->power = 0;
    out->digits[0] = text.at;
    out->counts[0] = take_digits(&text);
    bool point = take(&text, '.');
    out->digits[1] = text.at;
    out->counts[1] = point ? take_digits(&text) : 0;
    if (out->counts[0] + out->counts[1] == 0) {
        return false;
    }
    if (take(&text, 'e') || take(&text, 'E')) {
        bool below = text.at < text.end && *text.at == '-';
        take_sign(&text);
        const uint8_t *first = text.at;
        for (; is_digit(&text); text.at++) {
            out->power = out->power > INT_MAX ? out->power : out->power * 10 + (*text.at - '0');
        }
        if (text.at == first || out->power > INT_MAX) {
            return false;
        }
        out->power = below ? -out->power : out->power;
    }
    return text.at == text.end;
}

/* The digits up to `scale` behind the point, rounded half up; false where they are more than
 * `precision`. */
static bool scaled(const struct exact *read, int precision, int scale, int128 *out) {
    int64_t kept = read->counts[0] + read->power + scale; /* of the digits as they are written */
    uint128 value = 0, most = 1;
    for (int at = 0; at < precision; at++) {
        most *= 10;
    }
    for (int part = 0; part < 2; part++) {
        for (int64_t at = 0; at < read->counts[part]; at++, kept--) {
            unsigned digit = read->digits[part][at] - '0';
            if (kept > 0) {
                value = value * 10 + digit;
            } else if (kept == 0) {
                value += digit >= 5;
            }
            if (value >= most) {
                return false;
            }
        }
    }
    for (; kept > 0 && value > 0; kept--) {
        value *= 10;
        if (value >= most) {
            return false;
        }
    }
    *out = read->negative ? -(int128)value : (int128)value;
    return true;
}

static bool put_exact(const struct node *node, struct sink *to, uint64_t row) {
    struct exact read;
    int128 value;
    bool is_said = node->kind == TEXT && !node->escapes;
    if (!(is_said || node->kind == WHOLE || node->kind == FRACTION) || !read_exact(node, &read) ||
        !scaled(&read, to->shape->precision, to->shape->scale, &value)) {
        return false;
    }
    if (to->shape->precision <= 4) {
        ((int16_t *)to->data)[row] = (int16_t)value;
    } else if (to->shape->precision <= 9) {
        ((int32_t *)to->data)[row] = (int32_t)value;
    } else if (to->shape->precision <= 18) {
        ((int64_t *)to->data)[row] = (int64_t)value;
    } else {
        put_wide(to->data, row, value);
    }
    return true;
}

/* ---- times ---- */

/* When the clock shows `local`, which are microseconds; false for times of which it does not know. */
static bool moment_of(const struct reading *how, int64_t local, int64_t *out) {
    int64_t second = local / 1000000 - (local % 1000000 < 0), low = 0, high = how->changes - 1;
    if (high < 1 || second < how->clock[0].start || second >= how->clock[high].start) {
        return false;
    }
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        *(second < how->clock[middle].start ? &high : &low) = middle;
    }
    *out = local - how->clock[low].offset * 1000000;
    return true;
}

static bool read_usual_moment(const struct reading *how, struct reader text, int64_t *out) {
    int64_t local, ahead = 0;
    if (!read_moment(&text, &local)) {
        return false;
    }
    bool is_offset = read_offset(&text, &ahead);
    skip_blanks(&text);
    *out = local - ahead * 60000000;
    return text.at == text.end && (is_offset || moment_of(how, local, out));
}

static bool read_local_moment(struct reader text, int64_t *out) {
    bool found = read_moment(&text, out);
    skip_blanks(&text);
    return found && text.at == text.end;
}

static bool read_time(const struct filling *all, const struct shape *shape, struct reader text,
                      int64_t *out) {
    if (shape->form_length > 0) {
        const uint8_t *form = (const uint8_t *)shape->form;
        struct reader letters = {form, form + shape->form_length};
        bool is_offset = memchr(form, 'X', shape->form_length) != NULL;
        return read_form(text, letters, out) &&
               (shape->letter != 'M' || is_offset || moment_of(all->how, *out, out));
    }
    switch (shape->letter) {
    case 'D':
        return read_day(&text, out);
    case 'M':
        return read_usual_moment(all->how, text, out);
    default:
        return read_local_moment(text, out);
    }
}

static bool has_digit(struct reader text) {
    while (text.at < text.end && !is_digit(&text)) {
        text.at++;
    }
    return text.at < text.end;
}

static enum outcome put_time(struct filling *all, struct sink *to, uint64_t row,
                             const struct node *node) {
    int64_t value;
    char letter = to->shape->letter;
    if (node->kind == WHOLE && letter == 'M') {
        if (!whole_of(node, &value)) {
            return FAILED;
        }
        value = (int64_t)((uint64_t)value * 1000000);
    } else if (node->kind == TEXT) {
        struct reader text = {node->text, node->text + node->length};
        if (node->escapes) {
            all->spare.length = 0;
            put_characters(&all->spare, node);
            text.at = (const uint8_t *)all->spare.text;
            text.end = text.at + all->spare.length;
        }
        if (!read_time(all, to->shape, text, &value)) {
            return has_digit(text) ? UNSURE : FAILED;
        }
    } else {
        return FAILED;
    }
    if (letter == 'D') {
        const int64_t day = (int64_t)86400 * 1000000;
        ((int32_t *)to->data)[row] = (int32_t)(value / day - (value % day < 0));
    } else {
        ((int64_t *)to->data)[row] = value;
    }
    return DONE;
}

static enum outcome put_single(struct filling *all, struct sink *to, uint64_t row, uint32_t at) {
    const struct node *node = &all->tape.nodes[at];
    bool read;
    switch (to->shape->letter) {
    case 's':
        read = put_string(all, to, row, at);
        break;
    case 'v':
        read = put_held(all, to, row, at);
        break;
    case '?':
        read = put_boolean(node, to, row);
        break;
    case 'f':
    case 'd':
        read = put_floating(node, to, row);
        break;
    case 'n':
        read = put_exact(node, to, row);
        break;
    case 'D':
    case 'M':
    case 'L':
        return put_time(all, to, row, node);
    default:
        read = put_whole(node, to, row);
    }
    return read ? DONE : FAILED;
}

/* ---- values of values ---- */

static enum outcome put_value(struct filling *all, struct sink *to, uint64_t row, uint32_t at);

/* The field that a name says: most often it is the one behind the last. */
static uint32_t field_of(struct filling *all, const struct shape *shape, const struct node *name,
                         uint32_t guess) {
    const uint8_t *text = name->text;
    size_t length = name->length;
    if (name->escapes) {
        all->name.length = 0;
        put_characters(&all->name, name);
        text = (const uint8_t *)all->name.text;
        length = all->name.length;
    }
    for (uint32_t tried = 0; tried < shape->count; tried++, guess++) {
        guess = guess >= shape->count ? 0 : guess;
        if (shape->lengths[guess] == length && memcmp(shape->names[guess], text, length) == 0) {
            return guess;
        }
    }
    return shape->count;
}

/* The fields of an object. `corrupt`: one that is not read. Of values of one name that can be read
 * the last counts. */
static enum outcome put_fields(struct filling *all, struct sink *to, uint64_t row, uint32_t at,
                               int64_t corrupt) {
    uint32_t end = all->tape.nodes[at].next, field = 0, found = 0;
    enum outcome outcome = DONE;
    bool in_order = true;
    for (at++; at < end; at = all->tape.nodes[at + 1].next) {
        field = field_of(all, to->shape, &all->tape.nodes[at], in_order ? found : field + 1);
        if (field == to->shape->count) {
            continue;
        }
        /* Fields that were not met yet are null, until they are. */
        if (in_order && field != found) {
            set_fields_null(to, found, row);
            in_order = false;
        }
        found++;
        enum outcome made = FAILED;
        if (field == corrupt) {
            made = DONE;
            set_null(&to->inner[field], row);
        } else {
            made = put_value(all, &to->inner[field], row, at + 1);
        }
        if (made >= FAILED && in_order) {
            set_null(&to->inner[field], row);
        }
        outcome = made == DONE ? outcome : PARTLY;
    }
    if (in_order) {
        set_fields_null(to, found, row);
    }
    return outcome;
}

static bool same_text(const bytes *one, const bytes *other) {
    return memcmp(one, other, 8) == 0 && /* length and first letters */
           memcmp(content(one), content(other), one->length) == 0;
}

/* Where the keys of one map stand that is not small: 1 and the place since its start, or 0. */
struct index {
    uint32_t *places;
    uint64_t mask;
};

static struct index open_index(uint32_t keys) {
    struct index made = {NULL, 1};
    if (keys > 32) {
        while (made.mask < 2 * (uint64_t)keys) {
            made.mask *= 2;
        }
        made.places = allocated(made.mask, sizeof *made.places);
    }
    made.mask--;
    return made;
}

/* By FNV-1a. */
static uint64_t hash_of(const bytes *text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (uint32_t at = 0; at < text->length; at++) {
        hash = (hash ^ content(text)[at]) * 0x100000001b3;
    }
    return hash;
}

/* The entry of a map, since `start`, for a key that is written behind the last: its own, or one that
 * has the key already. */
static uint64_t entry_of(const struct sink *map, uint64_t start, struct index *index) {
    const bytes *keys = vector_data(map->keys), *key = &keys[map->size];
    if (index->places == NULL) {
        while (!same_text(&keys[start], key)) {
            start++;
        }
        return start;
    }
    uint64_t slot = hash_of(key) & index->mask;
    for (; index->places[slot] != 0; slot = (slot + 1) & index->mask) {
        uint64_t entry = start + index->places[slot] - 1;
        if (same_text(&keys[entry], key)) {
            return entry;
        }
    }
    index->places[slot] = (uint32_t)(map->size - start + 1);
    return map->size;
}

static enum outcome put_elements(struct filling *all, struct sink *to, uint64_t row, uint32_t at) {
    uint64_t start = to->size;
    bool is_map = to->shape->letter == '{';
    enum outcome outcome = DONE;
    uint32_t end = all->tape.nodes[at].next;
    struct index index = open_index(is_map ? (end - at) / 2 : 0);
    for (at++; at < end && outcome < FAILED; at = all->tape.nodes[at].next) {
        grow(to);
        uint64_t entry = to->size;
        if (is_map) {
            struct sink keys = {.vector = to->keys, .data = vector_data(to->keys)};
            put_string(all, &keys, entry, at++);
            entry = entry_of(to, start, &index);
        }
        outcome = worse(outcome, put_value(all, to->inner, entry, at));
        to->size += entry == to->size;
    }
    free(index.places);
    if (outcome >= FAILED) {
        to->size = start;
    } else {
        ((struct slice *)to->data)[row] = (struct slice){start, to->size - start};
    }
    return outcome;
}

/* A value of the text into a row. One that cannot be read leaves the row as it was. */
static enum outcome put_value(struct filling *all, struct sink *to, uint64_t row, uint32_t at) {
    enum kind kind = all->tape.nodes[at].kind;
    char letter = to->shape->letter;
    if (kind == NOTHING && letter != 'v') {
        set_null(to, row);
        return DONE;
    }
    enum outcome outcome;
    if (letter == '(') {
        outcome = kind == OBJECT ? put_fields(all, to, row, at, -1) : FAILED;
    } else if (is_list(to->shape)) {
        bool fits = kind == (letter == '[' ? ARRAY : OBJECT);
        outcome = fits ? put_elements(all, to, row, at) : FAILED;
    } else {
        outcome = put_single(all, to, row, at);
    }
    if (outcome < FAILED) {
        set_valid(to, row);
    }
    return outcome;
}

/* ---- documents ---- */

static bool is_blank(const bytes *given) {
    struct reader text = reader_of(given);
    while (text.at < text.end &&
           (*text.at == ' ' || *text.at == '\n' || *text.at == '\t' || *text.at == '\r')) {
        text.at++;
    }
    return text.at == text.end;
}

static void put_record(struct sink *to, uint64_t row, const struct reading *how,
                       const bytes *given) {
    if (how->corrupt >= 0) {
        struct sink *field = &to->inner[how->corrupt];
        set_text(field, row, content(given), given->length);
        set_valid(field, row);
    }
}

/* A struct: of a text that is no object it has nothing but nulls. */
static void put_row(struct filling *all, struct sink *to, uint64_t row, const struct reading *how,
                    const bytes *given) {
    enum outcome outcome = FAILED;
    if (read_tape(&all->tape, given) && all->tape.nodes[0].kind == OBJECT) {
        outcome = put_fields(all, to, row, 0, how->corrupt);
    } else {
        set_fields_null(to, 0, row);
    }
    if (outcome != DONE) {
        put_record(to, row, how, given);
    }
}

/* An array or a map; an object stands for an array of one struct. */
static void put_list(struct filling *all, struct sink *to, uint64_t row, const bytes *given) {
    if (!read_tape(&all->tape, given)) {
        set_null(to, row);
    } else if (all->tape.nodes[0].kind == OBJECT && to->shape->letter == '[' &&
               to->inner->shape->letter == '(') {
        grow(to);
        put_value(all, to->inner, to->size, 0);
        ((struct slice *)to->data)[row] = (struct slice){to->size++, 1};
    } else if (put_value(all, to, row, 0) >= FAILED) {
        set_null(to, row);
    }
}

void read_values(handle info, handle chunk, handle result) {
    const struct reading *how = extra_info(info);
    handle texts = chunk_vector(chunk, 0);
    const bytes *given = vector_data(texts);
    const uint64_t *validity = vector_validity(texts);
    struct filling all = {.how = how, .tape.allowed = how->allowed};
    struct sink to = {0};
    open_sink(&to, &how->shape);
    look(&to, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(validity, row) || is_blank(&given[row])) {
            set_null(&to, row);
        } else if (how->shape.letter == '(') {
            put_row(&all, &to, row, how, &given[row]);
        } else {
            put_list(&all, &to, row, &given[row]);
        }
    }
    close_sink(&to);
    close_filling(&all);
}

/* ---- whether a text is surely read ---- */

/* What `put_value` would give, where it is more than a leaf `corrupt` says which field is not read. */
static enum outcome judged(struct filling *all, const struct shape *shape, uint32_t at,
                           int64_t corrupt) {
    const struct node *nodes = all->tape.nodes;
    uint32_t end = nodes[at].next;
    enum outcome outcome = DONE;
    if (nodes[at].kind == NOTHING || shape->letter == 's') {
        return DONE;
    }
    if (shape->letter == 'v') {
        all->held.length = 0;
        return put_variant(&all->held, &all->tape, at, &all->spare) ? DONE : FAILED;
    }
    if (shape->letter == '(') {
        if (nodes[at].kind != OBJECT) {
            return FAILED;
        }
        uint32_t field = 0;
        for (at++; at < end; at = nodes[at + 1].next) {
            field = field_of(all, shape, &nodes[at], field + 1);
            if (field < shape->count && field != corrupt) {
                enum outcome found = judged(all, &shape->inner[field], at + 1, -1);
                outcome = worse(outcome, found == FAILED ? PARTLY : found);
            }
        }
        return outcome;
    }
    if (is_list(shape)) {
        bool is_map = shape->letter == '{';
        if (nodes[at].kind != (is_map ? OBJECT : ARRAY)) {
            return FAILED;
        }
        for (at++; at < end; at = nodes[at].next) {
            at += is_map;
            outcome = worse(outcome, judged(all, shape->inner, at, -1));
        }
        return outcome;
    }
    int128 place;
    struct sink leaf = {.shape = shape, .data = &place};
    return put_single(all, &leaf, 0, at);
}

static bool is_surely_read(struct filling *all, const bytes *given) {
    const struct reading *how = all->how;
    const struct shape *shape = &how->shape;
    if (is_blank(given)) {
        return true;
    }
    if (!read_tape(&all->tape, given)) {
        return !how->strict;
    }
    bool is_object = all->tape.nodes[0].kind == OBJECT;
    if (is_object && shape->letter == '[' && shape->inner->letter == '(') {
        shape = shape->inner;
    }
    if (all->tape.nodes[0].kind == NOTHING && shape->letter != 'v') {
        return !how->strict;
    }
    enum outcome outcome = judged(all, shape, 0, how->corrupt);
    return outcome != UNSURE && (outcome == DONE || !how->strict);
}

void are_surely_read(handle info, handle chunk, handle result) {
    const struct reading *how = extra_info(info);
    handle texts = chunk_vector(chunk, 0);
    const bytes *given = vector_data(texts);
    const uint64_t *validity = vector_validity(texts);
    bool *out = vector_data(result);
    struct filling all = {.how = how, .tape.allowed = how->allowed};
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        out[row] = !is_valid(validity, row) || is_surely_read(&all, &given[row]);
    }
    close_filling(&all);
}
