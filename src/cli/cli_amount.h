// Amounts for people, in three digits or so. Each writes out and returns it.
#ifndef CLI_AMOUNT_H
#define CLI_AMOUNT_H

#include <stdint.h>

#define CLI_AMOUNT_MAX 32

const char *cli_amount_memory(char out[CLI_AMOUNT_MAX], double bytes);     // "8.2 GiB"
const char *cli_amount_count(char out[CLI_AMOUNT_MAX], double count);      // "12.8 M"
const char *cli_amount_text(char out[CLI_AMOUNT_MAX], double bytes);       // "5.5 MB"
const char *cli_amount_time(char out[CLI_AMOUNT_MAX], double minutes);     // "10 min", "2.42 days"
const char *cli_amount_duration(char out[CLI_AMOUNT_MAX], double seconds); // "9 min 58 s"

const char *cli_amount_exact(char out[CLI_AMOUNT_MAX], uint64_t count); // "12,799,744"

#endif
