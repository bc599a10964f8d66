/* Spark's hashes: Murmur 3 (32 bits), xxHash (64 bits), and CRC-32.
 *
 * Each takes a value and the hash of what came before it; a null value leaves that as it is. Spark's
 * Murmur differs from the published one in its last bytes: it takes each as a signed word.
 */
#include "abi.h"

/* ---- Murmur 3 ---- */

static inline uint32_t rotated32(uint32_t value, int by) { return value << by | value >> (32 - by); }

static inline uint32_t murmur_step(uint32_t seed, uint32_t word) {
    seed ^= rotated32(word * 0xCC9E2D51u, 15) * 0x1B873593u;
    return rotated32(seed, 13) * 5 + 0xE6546B64u;
}

static inline uint32_t murmur_end(uint32_t value, uint32_t length) {
    value ^= length;
    value = (value ^ value >> 16) * 0x85EBCA6Bu;
    value = (value ^ value >> 13) * 0xC2B2AE35u;
    return value ^ value >> 16;
}

static inline uint32_t murmur_integer(int32_t value, uint32_t seed) {
    return murmur_end(murmur_step(seed, (uint32_t)value), 4);
}

static inline uint32_t murmur_bigint(int64_t value, uint32_t seed) {
    uint32_t low = murmur_step(seed, (uint32_t)value);
    return murmur_end(murmur_step(low, (uint32_t)((uint64_t)value >> 32)), 8);
}

static uint32_t murmur_bytes(const bytes *value, uint32_t seed) {
    const uint8_t *at = content(value), *end = at + value->length;
    for (; end - at >= 4; at += 4) {
        uint32_t word;
        memcpy(&word, at, 4);
        seed = murmur_step(seed, word);
    }
    for (; at < end; at++) {
        seed = murmur_step(seed, (uint32_t)(int32_t)(int8_t)*at);
    }
    return murmur_end(seed, value->length);
}

/* ---- xxHash ---- */

#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u

static inline uint64_t rotated64(uint64_t value, int by) { return value << by | value >> (64 - by); }

static inline uint64_t xx_end(uint64_t value) {
    value = (value ^ value >> 33) * P2;
    value = (value ^ value >> 29) * P3;
    return value ^ value >> 32;
}

static inline uint64_t xx_lane(uint64_t value, uint64_t word) {
    return rotated64(value + word * P2, 31) * P1;
}

static inline uint64_t xx_long_step(uint64_t value, uint64_t word) {
    return rotated64(value ^ xx_lane(0, word), 27) * P1 + P4;
}

static inline uint64_t xx_int_step(uint64_t value, uint32_t word) {
    return rotated64(value ^ word * P1, 23) * P2 + P3;
}

static inline uint64_t xx_integer(int32_t value, uint64_t seed) {
    return xx_end(xx_int_step(seed + P5 + 4, (uint32_t)value));
}

static inline uint64_t xx_bigint(int64_t value, uint64_t seed) {
    return xx_end(xx_long_step(seed + P5 + 8, (uint64_t)value));
}

static inline uint64_t eight(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static uint64_t xx_bytes(const bytes *value, uint64_t seed) {
    const uint8_t *at = content(value), *end = at + value->length;
    uint64_t result = seed + P5;
    if (value->length >= 32) {
        uint64_t lanes[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
        for (; end - at >= 32; at += 32) {
            for (int lane = 0; lane < 4; lane++) {
                lanes[lane] = xx_lane(lanes[lane], eight(at + 8 * lane));
            }
        }
        result = rotated64(lanes[0], 1) + rotated64(lanes[1], 7) + rotated64(lanes[2], 12) +
                 rotated64(lanes[3], 18);
        for (int lane = 0; lane < 4; lane++) {
            result = (result ^ xx_lane(0, lanes[lane])) * P1 + P4;
        }
    }
    result += value->length;
    for (; end - at >= 8; at += 8) {
        result = xx_long_step(result, eight(at));
    }
    if (end - at >= 4) {
        uint32_t word;
        memcpy(&word, at, 4);
        result = xx_int_step(result, word);
        at += 4;
    }
    for (; at < end; at++) {
        result = rotated64(result ^ *at * P5, 11) * P1;
    }
    return xx_end(result);
}

/* ---- values ---- */

/* The bits of a number, minus zero as zero and every NaN as one. */
static inline int32_t float_bits(float value) {
    float plain = value == 0 ? 0.0f : value;
    int32_t bits;
    memcpy(&bits, &plain, 4);
    return value != value ? 0x7FC00000 : bits;
}

static inline int64_t double_bits(double value) {
    double plain = value == 0 ? 0.0 : value;
    int64_t bits;
    memcpy(&bits, &plain, 8);
    return value != value ? 0x7FF8000000000000 : bits;
}

#define HASH(name, given, hash, of)                                                                \
    static void name(handle info, handle chunk, handle result) {                                   \
        (void)info;                                                                                \
        handle vector = chunk_vector(chunk, 0);                                                    \
        const uint64_t *validity = vector_validity(vector);                                        \
        const given *values = vector_data(vector);                                                 \
        const hash *seeds = vector_data(chunk_vector(chunk, 1));                                   \
        hash *out = vector_data(result);                                                           \
        for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {                      \
            out[row] = is_valid(validity, row) ? of : seeds[row];                                  \
        }                                                                                          \
    }

HASH(murmur_of_integer, int32_t, uint32_t, murmur_integer(values[row], seeds[row]))
HASH(murmur_of_bigint, int64_t, uint32_t, murmur_bigint(values[row], seeds[row]))
HASH(murmur_of_float, float, uint32_t, murmur_integer(float_bits(values[row]), seeds[row]))
HASH(murmur_of_double, double, uint32_t, murmur_bigint(double_bits(values[row]), seeds[row]))
HASH(murmur_of_bytes, bytes, uint32_t, murmur_bytes(&values[row], seeds[row]))
HASH(xx_of_integer, int32_t, uint64_t, xx_integer(values[row], seeds[row]))
HASH(xx_of_bigint, int64_t, uint64_t, xx_bigint(values[row], seeds[row]))
HASH(xx_of_float, float, uint64_t, xx_integer(float_bits(values[row]), seeds[row]))
HASH(xx_of_double, double, uint64_t, xx_bigint(double_bits(values[row]), seeds[row]))
HASH(xx_of_bytes, bytes, uint64_t, xx_bytes(&values[row], seeds[row]))

/* ---- CRC-32 ---- */

static void crc32(handle info, handle chunk, handle result) {
    (void)info;
    uint32_t table[256];
    for (uint32_t at = 0; at < 256; at++) {
        uint32_t code = at;
        for (int bit = 0; bit < 8; bit++) {
            code = code >> 1 ^ (code & 1 ? 0xEDB88320u : 0);
        }
        table[at] = code;
    }
    handle vector = chunk_vector(chunk, 0);
    const uint64_t *validity = vector_validity(vector);
    const bytes *values = vector_data(vector);
    int64_t *out = vector_data(result);
    pass_nulls(chunk, 1, result);
    for (uint64_t row = 0, rows = chunk_size(chunk); row < rows; row++) {
        if (!is_valid(validity, row)) {
            continue; /* The bytes behind a null are anything. */
        }
        const uint8_t *at = content(&values[row]), *end = at + values[row].length;
        uint32_t code = 0xFFFFFFFFu;
        for (; at < end; at++) {
            code = code >> 8 ^ table[(code ^ *at) & 255];
        }
        out[row] = (int64_t)(code ^ 0xFFFFFFFFu);
    }
}

const struct entry hashes[] = {
    {"native_murmur_integer", murmur_of_integer, INTEGER, {INTEGER, INTEGER}, true},
    {"native_murmur_bigint", murmur_of_bigint, INTEGER, {BIGINT, INTEGER}, true},
    {"native_murmur_float", murmur_of_float, INTEGER, {FLOAT, INTEGER}, true},
    {"native_murmur_double", murmur_of_double, INTEGER, {DOUBLE, INTEGER}, true},
    {"native_murmur_text", murmur_of_bytes, INTEGER, {VARCHAR, INTEGER}, true},
    {"native_murmur_bytes", murmur_of_bytes, INTEGER, {BLOB, INTEGER}, true},
    {"native_xx_integer", xx_of_integer, BIGINT, {INTEGER, BIGINT}, true},
    {"native_xx_bigint", xx_of_bigint, BIGINT, {BIGINT, BIGINT}, true},
    {"native_xx_float", xx_of_float, BIGINT, {FLOAT, BIGINT}, true},
    {"native_xx_double", xx_of_double, BIGINT, {DOUBLE, BIGINT}, true},
    {"native_xx_text", xx_of_bytes, BIGINT, {VARCHAR, BIGINT}, true},
    {"native_xx_bytes", xx_of_bytes, BIGINT, {BLOB, BIGINT}, true},
    {"native_crc32", crc32, BIGINT, {BLOB}, false},
    {NULL, NULL, NONE, {NONE}, false},
};
