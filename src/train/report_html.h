// report.html: a run on one page that needs no network and no script, at most REPORT_HTML_MAX
// bytes however long the run, the lists and the names are; results.json has everything in full.
#ifndef TRAIN_REPORT_HTML_H
#define TRAIN_REPORT_HTML_H

#include "base/buf.h"
#include "train/metrics.h"
#include <axl/status.h>

#define REPORT_HTML_MAX ((size_t)300 * 1024)

// Appends the page: HTML that is well-formed XML too.
void report_html_render(buf *out, const train_summary *s);

// Replaces the file at path, atomically and durably.
axl_status report_html_write(const train_summary *s, const char *path, axl_error *err);

#endif
