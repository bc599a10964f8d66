/* What stands at places in JSON texts, written as Spark writes it. */
#include "tape.h"

#include <stdlib.h>

/* ---- paths ---- */

enum step_kind { FIELD, PLACE, EACH, END };

struct step {
    enum step_kind kind;
    const uint8_t *name;
    size_t length;
    uint64_t place;
};

/* The steps of a path, and the text that they were read from. */
struct path {
    struct step *steps;
    size_t room;
    uint8_t *text;
    size_t length;
    bool known, valid;
};

static void skip_blank(struct reader *text) {
    while (text->at < text->end &&
           (*text->at == ' ' || (*text->at >= '\t' && *text->at <= '\r'))) {
        text->at++;
    }
}

/* Bytes up to one of `ends`; false where there are none. */
static bool take_name(struct reader *text, const char *ends, struct step *out) {
    skip_blank(text);
    out->kind = FIELD;
    out->name = text->at;
    while (text->at < text->end && (*text->at == 0 || strchr(ends, *text->at) == NULL)) {
        text->at++;
    }
    out->length = (size_t)(text->at - out->name);
    return out->length > 0;
}

/* [*], [place] or ['name'] */
static bool take_bracket(struct reader *text, struct step *out) {
    if (take(text, '\'')) {
        bool found = take_name(text, "'?", out) && take(text, '\'');
        return found && take(text, ']') && !(out->length == 1 && *out->name == '*');
    }
    if (take(text, '*')) {
        out->kind = EACH;
        return take(text, ']');
    }
    skip_blank(text);
    out->kind = PLACE;
    out->place = 0;
    const uint8_t *first = text->at;
    for (; is_digit(text); text->at++) {
        out->place = out->place * 10 + (uint64_t)(*text->at - '0');
    }
    return text->at > first && text->at - first <= 18 && take(text, ']');
}

/* A blank may stand before a bracket with a name, and at the end. */
static bool take_step(struct reader *text, struct step *out) {
    if (take(text, '.')) {
        return !(text->at < text->end && *text->at == '*') && take_name(text, ".[", out);
    }
    const uint8_t *first = text->at;
    skip_blank(text);
    bool blank = text->at > first;
    return take(text, '[') && !(blank && text->at < text->end && *text->at != '\'') &&
           take_bracket(text, out);
}

static bool read_steps(struct path *path) {
    struct reader text = {path->text, path->text + path->length};
    size_t count = 0;
    if (!take(&text, '$')) {
        return false;
    }
    for (;;) {
        struct reader rest = text;
        skip_blank(&rest);
        bool over = rest.at == rest.end;
        path->steps[count].kind = END;
        if (over || !take_step(&text, &path->steps[count++])) {
            return over;
        }
    }
}

/* The steps of `given`, which is often the path that was read last. */
static bool read_path(struct path *path, const bytes *given) {
    if (path->known && path->length == given->length &&
        memcmp(path->text, content(given), path->length) == 0) {
        return path->valid;
    }
    path->known = true;
    path->length = given->length;
    path->text = realloc(path->text, path->length + 1);
    path->steps = realloc(path->steps, (path->length + 2) * sizeof *path->steps);
    if (path->text == NULL || path->steps == NULL) {
        abort();
    }
    memcpy(path->text, content(given), path->length);
    path->valid = read_steps(path);
    return path->valid;
}

/* ---- what is found ---- */

/* How a text is written: without its quotes, or with; flat: arrays without their brackets. */
enum style { RAW, QUOTED, FLAT };

struct walk {
    struct tape tape;
    struct output out, spare;
    bool first;  /* whether what is written next needs no comma before it */
    bool halved; /* whether there was half a character, which Java cannot write */
};

static void separate(struct walk *walk) {
    if (!walk->first) {
        put_byte(&walk->out, ',');
    }
    walk->first = false;
}

static bool found(struct walk *walk, uint32_t at, const struct step *path, enum style style);

/* What is found in the elements of an array, between brackets; gives in how many of them. */
static size_t found_in_each(struct walk *walk, uint32_t at, const struct step *path,
                            enum style style) {
    size_t count = 0;
    put_byte(&walk->out, '[');
    walk->first = true;
    for (uint32_t end = walk->tape.nodes[at++].next; at < end; at = walk->tape.nodes[at].next) {
        count += found(walk, at, path, style);
    }
    put_byte(&walk->out, ']');
    walk->first = false;
    return count;
}

/* As before, but of a single one without the brackets, and of none nothing. */
static bool found_in_some(struct walk *walk, uint32_t at, const struct step *path,
                          enum style style) {
    struct output *out = &walk->out;
    size_t before = out->length;
    bool first = walk->first;
    separate(walk);
    size_t start = out->length, count = found_in_each(walk, at, path, style);
    if (count == 0) {
        out->length = before;
        walk->first = first;
    } else if (count == 1) {
        out->length -= 2;
        memmove(out->text + start, out->text + start + 1, out->length - start);
    }
    return count > 0;
}

static bool found_at_end(struct walk *walk, uint32_t at, enum style style) {
    const struct node *node = &walk->tape.nodes[at];
    if (node->kind == TEXT && style == RAW) {
        walk->halved = !put_characters(&walk->out, node);
        return true;
    }
    if (node->kind == ARRAY && style == FLAT) {
        bool any = false;
        uint32_t end = node->next;
        for (at++; at < end; at = walk->tape.nodes[at].next) {
            any = found_at_end(walk, at, style) || any;
        }
        return any;
    }
    separate(walk);
    put_json(&walk->out, &walk->tape, at);
    return true;
}

static bool found_in_field(struct walk *walk, uint32_t at, const struct step *path,
                           enum style style) {
    const struct node *nodes = walk->tape.nodes;
    uint32_t end = nodes[at].next;
    for (at++; at < end; at = nodes[at + 1].next) {
        if (is_named(&nodes[at], path->name, path->length, &walk->spare) &&
            nodes[at + 1].kind != NOTHING && found(walk, at + 1, path + 1, style)) {
            return true;
        }
    }
    return false;
}

static bool found_in_place(struct walk *walk, uint32_t at, const struct step *path,
                           enum style style) {
    const struct node *nodes = walk->tape.nodes;
    uint32_t end = nodes[at].next;
    uint64_t place = path->place;
    for (at++; at < end && place > 0; place--) {
        at = nodes[at].next;
    }
    return at < end && found(walk, at, path + 1, path[1].kind == EACH ? QUOTED : style);
}

/* Writes what stands at `path` in a value, by the rules of Spark's GetJsonObject; false where it is
 * nothing. */
static bool found(struct walk *walk, uint32_t at, const struct step *path, enum style style) {
    enum kind kind = walk->tape.nodes[at].kind;
    if (path->kind == END) {
        return found_at_end(walk, at, style);
    }
    if (kind != (path->kind == FIELD ? OBJECT : ARRAY)) {
        return false;
    }
    if (path->kind == FIELD) {
        return found_in_field(walk, at, path, style);
    }
    if (path->kind == PLACE) {
        return found_in_place(walk, at, path, style);
    }
    if (path[1].kind == EACH) {
        separate(walk);
        return found_in_each(walk, at, path + 2, FLAT) > 0;
    }
    if (style != QUOTED) {
        return found_in_some(walk, at, path + 1, style == RAW ? QUOTED : FLAT);
    }
    separate(walk);
    return found_in_each(walk, at, path + 1, QUOTED) > 0;
}

/* ---- the functions ---- */

static const unsigned ALLOWED = SINGLE_QUOTES | CONTROLS;

static const char *written(const struct walk *walk) {
    return walk->out.text == NULL ? "" : walk->out.text;
}

static void finish(struct walk *walk) {
    free(walk->tape.nodes);
    free(walk->out.text);
    free(walk->spare.text);
}

static bool at_path(struct walk *walk, const bytes *text, struct path *path, const bytes *said) {
    walk->out.length = 0;
    walk->first = true;
    walk->halved = false;
    return read_path(path, said) && read_tape(&walk->tape, text) &&
           found(walk, 0, path->steps, RAW) && !walk->halved;
}

/* The last value of a field that is not null. */
static bool at_field(struct walk *walk, const bytes *text, const bytes *name) {
    if (!read_tape(&walk->tape, text) || walk->tape.nodes[0].kind != OBJECT) {
        return false;
    }
    const struct node *nodes = walk->tape.nodes;
    uint32_t last = 0;
    for (uint32_t at = 1, end = nodes[0].next; at < end; at = nodes[at + 1].next) {
        if (nodes[at + 1].kind != NOTHING &&
            is_named(&nodes[at], content(name), name->length, &walk->spare)) {
            last = at + 1;
        }
    }
    walk->out.length = 0;
    walk->first = true;
    walk->halved = false;
    return last > 0 && found_at_end(walk, last, RAW) && !walk->halved;
}

static void ask(handle chunk, handle result, bool by_path) {
    handle texts = chunk_vector(chunk, 0), names = chunk_vector(chunk, 1);
    const bytes *text = vector_data(texts), *name = vector_data(names);
    const uint64_t *text_valid = vector_validity(texts), *name_valid = vector_validity(names);
    void *out = vector_data(result);
    struct walk walk = {.tape.allowed = ALLOWED};
    struct path path = {0};
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (is_valid(text_valid, row) && is_valid(name_valid, row) &&
            (by_path ? at_path(&walk, &text[row], &path, &name[row])
                     : at_field(&walk, &text[row], &name[row]))) {
            put_text(result, out, row, written(&walk), walk.out.length);
        } else {
            put_null(result, row);
        }
    }
    free(path.steps);
    free(path.text);
    finish(&walk);
}

static void json_path(handle info, handle chunk, handle result) {
    (void)info;
    ask(chunk, result, true);
}

static void json_field(handle info, handle chunk, handle result) {
    (void)info;
    ask(chunk, result, false);
}

static void json_length(handle info, handle chunk, handle result) {
    (void)info;
    handle texts = chunk_vector(chunk, 0);
    const bytes *text = vector_data(texts);
    const uint64_t *valid = vector_validity(texts);
    int32_t *out = vector_data(result);
    struct walk walk = {.tape.allowed = ALLOWED};
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(valid, row) || !read_tape(&walk.tape, &text[row]) ||
            walk.tape.nodes[0].kind != ARRAY) {
            put_null(result, row);
            continue;
        }
        out[row] = 0;
        for (uint32_t at = 1, end = walk.tape.nodes[0].next; at < end;
             at = walk.tape.nodes[at].next) {
            out[row]++;
        }
    }
    finish(&walk);
}

static void json_keys(handle info, handle chunk, handle result) {
    (void)info;
    handle texts = chunk_vector(chunk, 0), keys = list_child(result);
    const bytes *text = vector_data(texts);
    const uint64_t *valid = vector_validity(texts);
    struct slice *out = vector_data(result);
    struct walk walk = {.tape.allowed = ALLOWED};
    uint64_t count = 0, room = 0;
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(valid, row) || !read_tape(&walk.tape, &text[row]) ||
            walk.tape.nodes[0].kind != OBJECT) {
            put_null(result, row);
            continue;
        }
        out[row] = (struct slice){count, 0};
        const struct node *nodes = walk.tape.nodes;
        for (uint32_t at = 1, end = nodes[0].next; at < end; at = nodes[at + 1].next) {
            if (count == room) {
                room = 2 * room + 2048;
                reserve_list(result, room);
            }
            walk.out.length = 0;
            put_characters(&walk.out, &nodes[at]);
            assign_text(keys, count++, written(&walk), walk.out.length);
            out[row].length++;
        }
    }
    set_list_size(result, count);
    finish(&walk);
}

const struct entry json_paths[] = {
    {"native_json_path", json_path, VARCHAR, {VARCHAR, VARCHAR}, true},
    {"native_json_field", json_field, VARCHAR, {VARCHAR, VARCHAR}, true},
    {"native_json_length", json_length, INTEGER, {VARCHAR}, true},
    {"native_json_keys", json_keys, TEXTS, {VARCHAR}, true},
    {NULL, NULL, NONE, {NONE}, false},
};
