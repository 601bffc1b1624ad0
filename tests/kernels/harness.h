// What every test of a kernel needs: the levels to test, buffers between unreadable pages, poisoned
// outputs, and comparison with a reference in double precision.
//
//   static void scale_case(const kernels *k, room *r, size_t rows, size_t n) {
//       const float *x = room_f32(r, rows * n, 1);     // random input
//       float *y = room_out_f32(r, rows * n);          // poison
//       room_seal(r);                                  // from here on the input must not change
//       k->family->function(y, x, rows, n);
//       for (size_t i = 0; i < rows * n; i++) check_close(reference(x, i), y[i], scale(x, i), 4);
//   }
//   case_each("scale", scale_case);                    // each level, place, row count and odd size
#ifndef AXL_TESTS_KERNELS_HARNESS_H
#define AXL_TESTS_KERNELS_HARNESS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h> // cmocka.h needs the three above and this one before it

#include <cmocka.h>

#include "kernels/kernels.h"
#include "os/guard.h"

// ---- levels: every one that runs here, and the emulated ones on x86 ----
size_t level_count(void);
const char *level_name(size_t index);
const kernels *level_at(size_t index); // every family set
// A test of one family says which, as test_family(offsetof(kernels, norm)): the cases then leave
// out the levels that have this family from the level before.
void test_family(size_t offset);
bool level_repeats(size_t index); // that it would be left out

// ---- the case under test: named in the message of a failure and after a crash ----
void case_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void case_end(void);
int case_teardown(void **state); // tells the case that crashed
#define kernel_test(function) cmocka_unit_test_setup_teardown(function, NULL, case_teardown)

// ---- sizes that the vectors of every level divide badly ----
#define ODD_SIZES 13
extern const size_t odd_sizes[ODD_SIZES]; // 1 2 3 7 15 17 31 33 63 65 100 255 257
#define ROW_COUNTS 4
extern const size_t row_counts[ROW_COUNTS]; // 1 2 3 5

// ---- buffers ----
enum {
    PLACE_END,     // the last byte is followed by an unreadable page
    PLACE_START,   // the first byte follows an unreadable page
    PLACE_SHIFTED, // one element after that: no vector is aligned
    PLACES
};
const char *place_name(int place);

#define ROOM_BUFFERS 32
typedef struct room_buffer {
    os_guard guard;
    size_t before, bytes; // of the guarded bytes, those before the buffer and those in it
    bool input;
    uint32_t sum; // of an input, when sealed
} room_buffer;
// One number of one random buffer replaced, if replace is set.
typedef struct room_special {
    bool replace;
    size_t buffer; // counted over the random buffers of the room
    int where;     // 0, 1, 2: first, middle, last element
    float value;
} room_special;
typedef struct room {
    int place;
    size_t used, random;
    bool sealed;
    room_special special;
    room_buffer buffers[ROOM_BUFFERS];
} room;

void room_open(room *r, int place);
// Every buffer touches the unreadable page of its place. Numbers in [-1, 1) from seed; 16-bit ones
// are such numbers in their format.
float *room_f32(room *r, size_t n, uint64_t seed);
bf16 *room_bf16(room *r, size_t n, uint64_t seed);
f16 *room_f16(room *r, size_t n, uint64_t seed);
void *room_input(room *r, size_t bytes, size_t element); // to be filled by the test
float *room_out_f32(room *r, size_t n);                  // poison
uint16_t *room_out_u16(room *r, size_t n);               // poison
// Like an input, but the kernel may change it.
float *room_inout_f32(room *r, size_t n, uint64_t seed);
bf16 *room_inout_bf16(room *r, size_t n, uint64_t seed);
// Aligned to 64 at every place, for the scratch of a kernel; filled with NaN.
void *room_scratch(room *r, size_t bytes);
void room_seal(room *r);  // remembers the inputs
void room_close(room *r); // checks inputs and surroundings, frees

// ---- every case of a kernel ----
typedef void case_fn(const kernels *k, room *r, size_t rows, size_t n);
void case_each(const char *name, case_fn *run);      // levels x places x row_counts x odd_sizes
void case_each_size(const char *name, case_fn *run); // the same with rows = 1
void case_each_rows(const char *name, case_fn *run, const size_t *rows, size_t count);
// NaN and both infinities at the ends and in the middle of every random buffer: the reference tells
// what has to come out of them.
void case_each_special(const char *name, case_fn *run);

// ---- numbers ----
double random_at(uint64_t seed, uint64_t position); // [-1, 1), exact in f32
float float_of(uint32_t bits);
uint32_t bits_of(float x);
float float_of_bf16(bf16 x);
float float_of_f16(f16 x);
bf16 bf16_of(float x);   // to nearest even, by integers
f16 f16_of(float x);     // to nearest even, by integers
bool is_poison(float x); // never written

// ---- comparison; scale is the sum of |a b| behind the number, units count in 2^-24 of it ----
// A NaN asks for a NaN, an infinity (or what is too large for f32) for the same infinity. A scale
// that is not finite, because of an infinity elsewhere in the data, counts as |want| + 1.
typedef struct closeness {
    double want, scale, units;
} closeness;
void check_close_at(closeness to, double got, const char *file, int line);
void check_nan_at(double got, const char *file, int line);
void check_poison_at(const float *p, size_t n, const char *file, int line);
void check_equal_at(const void *want, const void *got, size_t bytes, const char *file, int line);
#define check_close(want, got, scale, units)                                                       \
    check_close_at((closeness){(want), (scale), (units)}, (double)(got), __FILE__, __LINE__)
#define check_nan(got) check_nan_at((double)(got), __FILE__, __LINE__)
// The n floats were never written.
#define check_poison(p, n) check_poison_at((p), (n), __FILE__, __LINE__)
#define check_equal(want, got, bytes) check_equal_at((want), (got), (bytes), __FILE__, __LINE__)

#endif
