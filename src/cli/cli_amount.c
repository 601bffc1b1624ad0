#include "cli/cli_amount.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

// In the largest unit that leaves at least 1; below 100 of it with a decimal.
static const char *scaled(char out[CLI_AMOUNT_MAX], double value, double step,
                          const char *const units[]) {
    size_t i = 0;
    for (; units[i + 1] && value >= step; i++) value /= step;
    snprintf(out, CLI_AMOUNT_MAX, "%.*f%s%s", i > 0 && value < 99.95 ? 1 : 0, value,
             *units[i] ? " " : "", units[i]);
    return out;
}

const char *cli_amount_memory(char out[CLI_AMOUNT_MAX], double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL};
    return scaled(out, bytes, 1024, units);
}

const char *cli_amount_count(char out[CLI_AMOUNT_MAX], double count) {
    static const char *const units[] = {"", "K", "M", "G", "T", NULL};
    return scaled(out, count, 1000, units);
}

const char *cli_amount_text(char out[CLI_AMOUNT_MAX], double bytes) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB", NULL};
    return scaled(out, bytes, 1000, units);
}

const char *cli_amount_time(char out[CLI_AMOUNT_MAX], double minutes) {
    const double hour = 60, day = 24 * hour, year = 365 * day;
    const char *unit = "min";
    double value = minutes;
    if (minutes >= 2 * year)
        value = minutes / year, unit = "years";
    else if (minutes >= 2 * day)
        value = minutes / day, unit = "days";
    else if (minutes >= 2 * hour)
        value = minutes / hour, unit = "hours";
    snprintf(out, CLI_AMOUNT_MAX, "%.3g %s", value, unit);
    return out;
}

const char *cli_amount_duration(char out[CLI_AMOUNT_MAX], double seconds) {
    const double whole = seconds < 1e15 ? seconds + 0.5 : 1e15;
    const uint64_t s = whole > 0 ? (uint64_t)whole : 0;
    const unsigned minute = 60, hour = 3600, day = 86400;
    if (s < 100)
        snprintf(out, CLI_AMOUNT_MAX, "%u s", (unsigned)s);
    else if (s < 2 * hour)
        snprintf(out, CLI_AMOUNT_MAX, "%u min %02u s", (unsigned)(s / minute),
                 (unsigned)(s % minute));
    else if (s < 2 * day)
        snprintf(out, CLI_AMOUNT_MAX, "%u h %02u min", (unsigned)(s / hour),
                 (unsigned)(s % hour / minute));
    else
        snprintf(out, CLI_AMOUNT_MAX, "%llu days %u h", (unsigned long long)(s / day),
                 (unsigned)(s % day / hour));
    return out;
}

const char *cli_amount_exact(char out[CLI_AMOUNT_MAX], uint64_t count) {
    char digits[CLI_AMOUNT_MAX];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}
