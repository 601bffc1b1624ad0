#include "cli/cli_nearest.h"

#include <string.h>

#define LONGEST 32

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Edits that turn a into b: insert, delete, replace, swap of neighbours. Both at most LONGEST.
static size_t distance(const char *a, const char *b) {
    size_t rows[3][LONGEST + 1]; // of the usual table: two before, one before, this
    size_t n = strlen(a), m = strlen(b);
    for (size_t j = 0; j <= m; j++) rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replace = before[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replace, least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

nearest cli_nearest_begin(const char *word) {
    // One edit for a short word, more for a longer one; beyond that it is another word.
    return (nearest){.word = word, .distance = strlen(word) / 3 + 2};
}

void cli_nearest_try(nearest *n, const char *known) {
    if (strlen(n->word) > LONGEST || strlen(known) > LONGEST) return;
    size_t d = distance(n->word, known);
    if (d < n->distance) {
        n->distance = d;
        n->best = known;
    }
}
