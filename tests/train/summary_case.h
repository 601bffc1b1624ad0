// The summary of an invented run, for the tests of the report, the results and the card.
#ifndef TRAIN_SUMMARY_CASE_H
#define TRAIN_SUMMARY_CASE_H

#include "train/metrics.h"

// As a run of ten minutes would look. Everything lives in static memory of the one case.
train_summary summary_case(void);

// The same with every text that a file, a folder or a model could bring being hostile: markup,
// quotes, control characters, broken UTF-8, table bars.
#define HOSTILE "<script>alert(\"x\")</script>&'|`\x1b[31m\xff\n](http://example.org)"
train_summary summary_case_hostile(void);

// As large as it gets: a million rows, thousands of files, long names and long samples. The
// caller frees what it allocated with summary_case_free_large.
train_summary summary_case_large(void);
void summary_case_free_large(void);

#endif
