/* Numbers with a fraction as Java writes them.
 *
 * DuckDB's text of a FLOAT or DOUBLE has the fewest digits that say it, as Java's has, but another
 * form: `10000000.0` and `1e-05` for `1.0E7` and `1.0E-5`, `inf` for `Infinity`.
 */
#include "abi.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64 }; /* more characters than the text of any number has */

struct number {
    bool negative;
    int count, exponent; /* 0.d1 d2 d3... times 10 to the exponent */
    char digits[MOST];   /* without zeros at either end; none for zero */
};

/* Reads `[-]digits[.digits][e[+-]digits]`, which ends in a NUL. */
static struct number read_number(const char *text) {
    struct number read = {*text == '-', 0, 0, {0}};
    bool fraction = false;
    text += read.negative;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '.') {
            fraction = true;
            continue;
        }
        if (read.count > 0 || *text != '0') {
            read.digits[read.count++] = *text;
            read.exponent += !fraction;
        } else {
            read.exponent -= fraction;
        }
    }
    while (read.count > 0 && read.digits[read.count - 1] == '0') {
        read.count--;
    }
    if (*text == 'e') {
        read.exponent += atoi(text + 1);
    }
    return read;
}

static int put_digits(char *out, const char *digits, int count) {
    memcpy(out, digits, (size_t)count);
    return count;
}

/* Digits, or a zero where there are none. */
static int put_some(char *out, const char *digits, int count) {
    return count > 0 ? put_digits(out, digits, count) : put_digits(out, "0", 1);
}

/* `number` from 0.001 up to 10 million, or zero. */
static int put_plain(char *out, const struct number *number) {
    int whole = number->exponent > 0 ? number->exponent : 0;
    int given = whole < number->count ? whole : number->count;
    int length = put_some(out, number->digits, given);
    length += put_digits(out + length, "000000", whole - given);
    out[length++] = '.';
    if (number->count > 0 && number->exponent < 0) {
        length += put_digits(out + length, "00", -number->exponent);
    }
    return length + put_some(out + length, number->digits + given, number->count - given);
}

static int put_scientific(char *out, const struct number *number) {
    out[0] = number->digits[0];
    out[1] = '.';
    int length = 2 + put_some(out + 2, number->digits + 1, number->count - 1);
    return length + snprintf(out + length, 16, "E%d", number->exponent - 1);
}

/* Writes the number that `text` says into `out`, of twice `MOST`; gives the length. */
static int put_number(char *out, const char *text) {
    const char *word = text + (*text == '-');
    if (*word == 'n') {
        return put_digits(out, "NaN", 3);
    }
    if (*word == 'i') {
        return *text == '-' ? put_digits(out, "-Infinity", 9) : put_digits(out, "Infinity", 8);
    }
    struct number number = read_number(text);
    bool plain = number.count == 0 || (number.exponent > -3 && number.exponent <= 7);
    if (number.negative) {
        *out++ = '-';
    }
    return number.negative + (plain ? put_plain : put_scientific)(out, &number);
}

static void number(handle info, handle chunk, handle result) {
    (void)info;
    handle argument = chunk_vector(chunk, 0);
    const bytes *given = vector_data(argument);
    const uint64_t *validity = vector_validity(argument);
    char text[MOST], out[2 * MOST];
    pass_nulls(chunk, 1, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(validity, row)) {
            continue;
        }
        uint32_t length = given[row].length < MOST ? given[row].length : MOST - 1;
        memcpy(text, content(&given[row]), length);
        text[length] = '\0';
        assign_text(result, row, out, (uint64_t)put_number(out, text));
    }
}

const struct entry texts[] = {
    {"native_number_text", number, VARCHAR, {VARCHAR}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
