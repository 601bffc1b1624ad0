// kill -9 at random moments: the file is always one complete version, never older than the last one
// that was acknowledged, and the litter of the dead is gone after the next replacement.
#include "base/alloc.h"
#include "base/crc32c.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/scratch.h"
#include "os/stale.h"
#include "support/kill_series.h"
#include "support/unit.h"

#include <string.h>
#include <unistd.h>

#define KILLS 60
#define FIRST 37 // nearly the longest
#define LONGEST ((size_t)300000)
#define PART ((size_t)20000)

// A version: its number, its length, a checksum of the rest, then the rest.
typedef struct version {
    uint32_t number;
    uint32_t bytes;
    uint32_t crc;
} version;

static char path[SCRATCH_PATH_MAX + 64];
static unsigned char content[LONGEST];

static size_t build(uint32_t number) {
    const size_t bytes = 1000 + (size_t)number * 7919 % (LONGEST - 1000);
    for (size_t i = sizeof(version); i < bytes; i++) {
        content[i] = (unsigned char)((i + number) * 2654435761u >> 24);
    }
    const version v = {.number = number,
                       .bytes = (uint32_t)bytes,
                       .crc = crc32c(0, content + sizeof v, bytes - sizeof v)};
    memcpy(content, &v, sizeof v);
    return bytes;
}

static axl_status write_version(uint32_t number) {
    const size_t bytes = build(number);
    os_replace *r = NULL;
    axl_status status = os_replace_begin(&r, path, NULL);
    if (status != AXL_OK) return status;
    for (size_t at = 0; at < bytes && status == AXL_OK; at += PART) {
        status = os_replace_write(r, content + at, at + PART < bytes ? PART : bytes - at, NULL);
    }
    if (status == AXL_OK) return os_replace_commit(r, NULL);
    os_replace_abort(r);
    return status;
}

// The number of the version in the file; fails the test if it is not whole.
static uint32_t read_version(void) {
    void *data = NULL;
    size_t bytes = 0;
    assert_int_equal(os_file_read(path, LONGEST, &data, &bytes, NULL), AXL_OK);
    version v;
    assert_true(bytes >= sizeof v);
    memcpy(&v, data, sizeof v);
    assert_int_equal(v.bytes, bytes);
    assert_int_equal(v.crc, crc32c(0, (char *)data + sizeof v, bytes - sizeof v));
    mem_free(data);
    return v.number;
}

static void write_until_killed(void *ctx, int report) {
    for (uint32_t number = *(const uint32_t *)ctx;; number++) {
        if (write_version(number) != AXL_OK) _exit(1);
        kill_report(report, number);
    }
}

// Starts a writer, kills it after delay_ns, and returns the last version that it acknowledged.
static uint32_t kill_a_writer(uint32_t first, uint64_t delay_ns) {
    const kill_end end = kill_after(&(kill_victim){write_until_killed, &first}, delay_ns);
    assert_true(end.killed); // it never gave up by itself
    return end.reported ? (uint32_t)end.last : first - 1;
}

static uint64_t delay_limit(uint64_t ns) {
    if (ns < 25000000) return 25000000;
    return ns < 300000000 ? ns : 300000000;
}

static void kills_lose_nothing(void **state) {
    (void)state;
    scratch box;
    scratch_make(&box);
    strcpy(path, scratch_path(&box, "model.bin"));
    const uint64_t start = os_clock_ns();
    assert_int_equal(write_version(FIRST), AXL_OK);
    // A kill comes within about three versions, however slow the disk is.
    const uint64_t longest = delay_limit(3 * (os_clock_ns() - start));
    const uint64_t seed = os_wall_ns();
    print_message("seed %llu\n", (unsigned long long)seed);
    uint64_t random = seed;
    uint32_t current = FIRST;
    size_t littered = 0;
    for (int i = 0; i < KILLS; i++) {
        const uint64_t delay_ns = 1000000 + kill_random(&random) % longest;
        const uint32_t acknowledged = kill_a_writer(current + 1, delay_ns);
        const uint32_t found = read_version();
        // The one that was under way may be in place without having been acknowledged.
        assert_true(found == acknowledged || found == acknowledged + 1);
        current = found;
        const size_t litter = scratch_count(&box, OS_TEMP_PREFIX);
        assert_true(litter <= 1); // each writer removed what the one before it left
        littered += litter;
    }
    print_message("%u versions, %zu kills left litter\n", current - FIRST, littered);
    assert_true(current > FIRST + 5);
    assert_true(littered > 0); // else the kills did not hit what they should
    assert_int_equal(write_version(current + 1), AXL_OK);
    assert_int_equal(scratch_count(&box, ""), 1);
    assert_int_equal(read_version(), current + 1);
    scratch_remove(&box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
