// A page that shows several models side by side and needs no other file.
#ifndef TRAIN_COMPARE_HTML_H
#define TRAIN_COMPARE_HTML_H

#include "base/buf.h"

#include <axl/compare.h>

void compare_html_render(buf *out, const axl_compare_model *models, size_t count);

// Replaces the file at path, atomically and durably.
axl_status compare_html_write(const axl_compare_model *models, size_t count, const char *path,
                              axl_error *err);

#endif
