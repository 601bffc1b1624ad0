#include "kernels/harness.h"

#include "base/crc32c.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- levels ----
#ifdef AXL_TEST_avx512_emulated
extern const kernels kernels_table_avx512_emulated;
#endif
#ifdef AXL_TEST_avx512bf16_emulated
extern const kernels kernels_table_avx512bf16_emulated;
#endif

#define MAX_LEVELS (KERNEL_LEVELS + 2)

static struct {
    size_t count;
    kernels tables[MAX_LEVELS];
    const char *names[MAX_LEVELS];
} levels;

static void levels_find(void) {
    for (int i = 0; i < KERNEL_LEVELS; i++) {
        if (!kernels_select((kernel_level)i, &levels.tables[levels.count])) continue;
        levels.names[levels.count++] = kernels_level_name((kernel_level)i);
    }
#ifdef AXL_TEST_avx512_emulated
    if (!kernels_level_runs(KERNEL_AVX2)) return; // the emulation is written in AVX2
    kernels *table = &levels.tables[levels.count];
    kernels_select(KERNEL_AVX2, table);
    kernels_inherit(table, &kernels_table_avx512_emulated);
    levels.names[levels.count++] = "avx512_emulated";
#ifdef AXL_TEST_avx512bf16_emulated
    table[1] = table[0];
    kernels_inherit(table + 1, &kernels_table_avx512bf16_emulated);
    levels.names[levels.count++] = "avx512bf16_emulated";
#endif
#endif
}

size_t level_count(void) {
    if (levels.count == 0) levels_find();
    return levels.count;
}

const char *level_name(size_t index) {
    return levels.names[index];
}

const kernels *level_at(size_t index) {
    return &levels.tables[index];
}

static size_t family = SIZE_MAX;

void test_family(size_t offset) {
    family = offset;
}

bool level_repeats(size_t index) {
    if (family == SIZE_MAX || index == 0) return false;
    const char *low = (const char *)level_at(index - 1), *high = (const char *)level_at(index);
    return memcmp(low + family, high + family, sizeof(void *)) == 0;
}

// ---- the case under test ----
static char current[256];

void case_begin(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(current, sizeof current, format, args);
    va_end(args);
}

void case_end(void) {
    current[0] = '\0';
}

int case_teardown(void **state) {
    (void)state;
    if (current[0] != '\0') print_error("the case was: %s\n", current);
    case_end();
    return 0;
}

const size_t odd_sizes[ODD_SIZES] = {1, 2, 3, 7, 15, 17, 31, 33, 63, 65, 100, 255, 257};
const size_t row_counts[ROW_COUNTS] = {1, 2, 3, 5};

// ---- buffers ----
#define GAP 0xA5 // os/guard.h fills with it
static const uint32_t poison32 = 0x7fd1d1d1u;
static const uint16_t poison16 = 0x7fd1u; // a NaN of bf16 and of f16

const char *place_name(int place) {
    static const char *const names[PLACES] = {"end", "start", "shifted"};
    return names[place];
}

void room_open(room *r, int place) {
    memset(r, 0, sizeof *r);
    r->place = place;
}

static room_buffer *room_add(room *r, size_t bytes, size_t element) {
    assert_in_range(r->used, 0, ROOM_BUFFERS - 1);
    room_buffer *b = &r->buffers[r->used++];
    os_guard_side side = r->place == PLACE_END ? OS_GUARD_END : OS_GUARD_START;
    b->before = r->place == PLACE_SHIFTED ? element : 0;
    b->bytes = bytes;
    assert_true(os_guard_alloc(&b->guard, bytes + b->before, side));
    return b;
}

static void *room_data(const room_buffer *b) {
    return b->guard.data + b->before;
}

void *room_input(room *r, size_t bytes, size_t element) {
    room_buffer *b = room_add(r, bytes, element);
    b->input = true;
    return room_data(b);
}

// Element i of the next random buffer, which has n.
static float room_random(const room *r, uint64_t seed, size_t i, size_t n) {
    const room_special *s = &r->special;
    size_t at = s->where == 0 ? 0 : s->where == 1 ? n / 2 : n - 1;
    if (s->replace && s->buffer == r->random && at == i) return s->value;
    return (float)random_at(seed, i);
}

float *room_inout_f32(room *r, size_t n, uint64_t seed) {
    float *p = room_data(room_add(r, n * sizeof *p, sizeof *p));
    for (size_t i = 0; i < n; i++) p[i] = room_random(r, seed, i, n);
    r->random++;
    return p;
}

bf16 *room_inout_bf16(room *r, size_t n, uint64_t seed) {
    bf16 *p = room_data(room_add(r, n * sizeof *p, sizeof *p));
    for (size_t i = 0; i < n; i++) p[i] = bf16_of(room_random(r, seed, i, n));
    r->random++;
    return p;
}

float *room_f32(room *r, size_t n, uint64_t seed) {
    float *p = room_inout_f32(r, n, seed);
    r->buffers[r->used - 1].input = true;
    return p;
}

bf16 *room_bf16(room *r, size_t n, uint64_t seed) {
    bf16 *p = room_inout_bf16(r, n, seed);
    r->buffers[r->used - 1].input = true;
    return p;
}

f16 *room_f16(room *r, size_t n, uint64_t seed) {
    f16 *p = room_input(r, n * sizeof *p, sizeof *p);
    for (size_t i = 0; i < n; i++) p[i] = f16_of(room_random(r, seed, i, n));
    r->random++;
    return p;
}

float *room_out_f32(room *r, size_t n) {
    float *p = room_data(room_add(r, n * sizeof *p, sizeof *p));
    for (size_t i = 0; i < n; i++) p[i] = float_of(poison32);
    return p;
}

uint16_t *room_out_u16(room *r, size_t n) {
    uint16_t *p = room_data(room_add(r, n * sizeof *p, sizeof *p));
    for (size_t i = 0; i < n; i++) p[i] = poison16;
    return p;
}

// At the end place the bytes are rounded up to a multiple of 64; what they gained stays a checked
// gap.
void *room_scratch(room *r, size_t bytes) {
    int place = r->place;
    if (place == PLACE_SHIFTED) r->place = PLACE_START;
    room_buffer *b = room_add(r, (bytes + 63) / 64 * 64, 1);
    r->place = place;
    b->bytes = bytes;
    memset(room_data(b), 0xff, bytes);
    return room_data(b);
}

void room_seal(room *r) {
    for (size_t i = 0; i < r->used; i++) {
        room_buffer *b = &r->buffers[i];
        if (b->input) b->sum = crc32c(0, room_data(b), b->bytes);
    }
    r->sealed = true;
}

static bool room_gap(const unsigned char *p, const unsigned char *end) {
    while (p < end)
        if (*p++ != GAP) return false;
    return true;
}

void room_close(room *r) {
    for (size_t i = 0; i < r->used; i++) {
        room_buffer *b = &r->buffers[i];
        const unsigned char *data = room_data(b), *end = b->guard.data + b->guard.bytes;
        bool intact = os_guard_intact(&b->guard) && room_gap(b->guard.data, data) &&
                      room_gap(data + b->bytes, end);
        if (!intact) fail_msg("%s: written outside buffer %zu", current, i);
        if (r->sealed && b->input && b->sum != crc32c(0, data, b->bytes))
            fail_msg("%s: input %zu was changed", current, i);
        os_guard_free(&b->guard);
    }
    r->used = 0;
}

// ---- every case of a kernel ----
typedef struct each {
    const char *name;
    case_fn *run;
    size_t rows;
} each;

static void each_size(const each *e, size_t level, int place) {
    for (size_t s = 0; s < ODD_SIZES; s++) {
        room r;
        room_open(&r, place);
        case_begin("%s %s rows=%zu n=%zu %s", e->name, level_name(level), e->rows, odd_sizes[s],
                   place_name(place));
        e->run(level_at(level), &r, e->rows, odd_sizes[s]);
        room_close(&r);
        case_end();
    }
}

static void each_level(const each *e) {
    for (size_t level = 0; level < level_count(); level++)
        for (int place = 0; place < PLACES && !level_repeats(level); place++)
            each_size(e, level, place);
}

void case_each_rows(const char *name, case_fn *run, const size_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) each_level(&(each){name, run, rows[i]});
}

void case_each(const char *name, case_fn *run) {
    case_each_rows(name, run, row_counts, ROW_COUNTS);
}

void case_each_size(const char *name, case_fn *run) {
    each_level(&(each){name, run, 1});
}

// Returns how many random buffers the case has.
static size_t special_case(const each *e, size_t level, size_t n, const room_special *special) {
    room r;
    room_open(&r, PLACE_END);
    r.special = *special;
    case_begin("%s %s rows=%zu n=%zu with %g in buffer %zu at %d", e->name, level_name(level),
               e->rows, n, (double)special->value, special->buffer, special->where);
    e->run(level_at(level), &r, e->rows, n);
    size_t random = r.random;
    room_close(&r);
    case_end();
    return random;
}

static void special_values(const each *e, size_t level, size_t n) {
    const float values[] = {NAN, INFINITY, -INFINITY};
    size_t buffers = 1;
    for (size_t b = 0; b < buffers; b++)
        for (int v = 0; v < 3; v++)
            for (int where = 0; where < 3; where++)
                buffers = special_case(e, level, n, &(room_special){true, b, where, values[v]});
}

void case_each_special(const char *name, case_fn *run) {
    static const size_t sizes[] = {1, 7, 33, 100};
    const each e = {name, run, 2};
    for (size_t level = 0; level < level_count(); level++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes && !level_repeats(level); s++)
            special_values(&e, level, sizes[s]);
}

// ---- numbers ----
double random_at(uint64_t seed, uint64_t position) {
    uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15u + position * 0xd1342543de82ef95u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (double)(z >> 40) * 0x1p-23 - 1.0;
}

float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

float float_of_bf16(bf16 x) {
    return float_of((uint32_t)x << 16);
}

float float_of_f16(f16 x) {
    unsigned exponent = x >> 10 & 31u, fraction = x & 0x3ffu;
    double value = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                   : exponent == 0 ? (double)fraction * 0x1p-24
                                   : ldexp((double)(fraction + 1024), (int)exponent - 25);
    return (float)(x & 0x8000u ? -value : value);
}

// rest / 2^shift to the nearest integer, ties to even
static uint64_t round_shift(uint64_t rest, unsigned shift) {
    uint64_t down = rest >> shift, cut = rest & (((uint64_t)1 << shift) - 1);
    uint64_t half = (uint64_t)1 << (shift - 1);
    return down + (cut > half || (cut == half && (down & 1)));
}

bf16 bf16_of(float x) {
    if (x != x) return (bf16)(bits_of(x) >> 16 | 0x40u);
    return (bf16)round_shift(bits_of(x), 16);
}

f16 f16_of(float x) {
    uint32_t u = bits_of(x), sign = u >> 16 & 0x8000u, rest = u & 0x7fffffffu;
    if (x != x) return (f16)(sign | 0x7e00u | (rest >> 13 & 0x3ffu));
    uint32_t exponent = rest >> 23, fraction = (rest & 0x7fffffu) | (exponent ? 0x800000u : 0);
    if (exponent >= 143) return (f16)(sign | 0x7c00u); // 2^16 and more
    uint64_t result;
    if (exponent >= 113) { // 2^-14 and more; a carry goes into the exponent and to infinity
        result = ((uint64_t)(exponent - 113) << 10) + round_shift(fraction, 13);
    } else { // a multiple of 2^-24
        unsigned shift = 126 - (exponent ? exponent : 1);
        result = shift > 60 ? 0 : round_shift(fraction, shift);
    }
    return (f16)(sign | (uint32_t)result);
}

bool is_poison(float x) {
    return bits_of(x) == poison32;
}

// ---- comparison ----
void check_close_at(closeness to, double got, const char *file, int line) {
    const double want = to.want, scale = isfinite(to.scale) ? to.scale : fabs(want) + 1;
    bool right;
    if (want != want) {
        right = got != got && !is_poison((float)got);
    } else if (fabs(want) > (double)FLT_MAX) {
        right = isinf(got) && (want > 0) == (got > 0);
    } else {
        right = fabs(got - want) <= to.units * 0x1p-24 * scale + 0x1p-149;
    }
    if (right) return;
    print_error("%s: want %.9g, got %.9g, off by %.3g units of %.3g\n", current, want, got,
                fabs(got - want) / (scale * 0x1p-24), scale);
    _fail(file, line);
}

void check_nan_at(double got, const char *file, int line) {
    if (got != got && !is_poison((float)got)) return;
    print_error("%s: want NaN, got %.9g\n", current, got);
    _fail(file, line);
}

void check_poison_at(const float *p, size_t n, const char *file, int line) {
    for (size_t i = 0; i < n; i++) {
        if (is_poison(p[i])) continue;
        print_error("%s: element %zu of %zu that must not be written is %.9g\n", current, i, n,
                    (double)p[i]);
        _fail(file, line);
    }
}

void check_equal_at(const void *want, const void *got, size_t bytes, const char *file, int line) {
    const unsigned char *a = want, *b = got;
    for (size_t i = 0; i < bytes; i++) {
        if (a[i] == b[i]) continue;
        print_error("%s: byte %zu of %zu is %02x, not %02x\n", current, i, bytes, b[i], a[i]);
        _fail(file, line);
    }
}
